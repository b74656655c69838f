#include "serve/evidence.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tap.h"

static void
make_id(int i, char id[RAI_ULID_TEXT])
{
	const unsigned char random[10] = {1, 2, 3, 4, 5, 6, 0, (unsigned char)(i >> 16),
	    (unsigned char)(i >> 8), (unsigned char)i};

	rai_ulid_from(1700000000000, random, id);
}

static struct rai_serve_evidence *
opened(enum rai_join_task task, const char *path, const char *challenger)
{
	const struct rai_serve_evidence_config config = {
	    .task = task, .path = path, .champion = "sha256:1", .challenger = challenger};
	struct rai_serve_evidence *e = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_serve_evidence_new(&config, &e, &err) == 0, "new"))
		printf("# %s\n", err.msg);
	return e;
}

static struct rai_serve_evidence *
fresh(enum rai_join_task task)
{
	return opened(task, NULL, "sha256:2");
}

/* The three parts of a pair in each of their orders. */
static void
test_orders(void)
{
	static const int order[6][3] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {0, 1, 2}, {1, 0, 2}};
	struct rai_serve_evidence *e = fresh(RAI_JOIN_NUMBERS);
	char id[RAI_ULID_TEXT];
	int i, k;

	for (i = 0; i < 6; i++) {
		make_id(i, id);
		for (k = 0; k < 3; k++)
			if (order[i][k] == 2)
				rai_serve_evidence_truth(e, id, 200);
			else
				rai_serve_evidence_prediction(e, id,
				    (enum rai_serve_side)order[i][k], order[i][k] ? 150 : 190);
		is_int(rai_serve_evidence_so_far(e)->n, i + 1, "a pair in any order");
		rai_serve_evidence_truth(e, id, 100);
	}
	is_int(rai_serve_evidence_so_far(e)->n, 6, "truth that is repeated makes no pair");
	/* 50/200 - 10/200 */
	ok_rel(rai_serve_evidence_so_far(e)->sum, 6 * 0.2, 1e-12,
	    "the challenger's relative error less the champion's");
	make_id(99, id);
	rai_serve_evidence_truth(e, id, 1);
	rai_serve_evidence_prediction(e, id, RAI_SIDE_CHAMPION, 1);
	rai_serve_evidence_prediction(e, id, RAI_SIDE_CHALLENGER, 1);
	is_int(rai_serve_evidence_so_far(e)->n, 6, "truth about a row that nobody knew is nothing");
	rai_serve_evidence_free(e);
}

static double
one(enum rai_join_task task, double champion, double challenger, double actual)
{
	struct rai_serve_evidence *e = fresh(task);
	const struct rai_stat_sequence *s;
	double sum;

	rai_serve_evidence_prediction(e, "01JDQ0000000000000000000AA", RAI_SIDE_CHAMPION, champion);
	rai_serve_evidence_prediction(
	    e, "01JDQ0000000000000000000AA", RAI_SIDE_CHALLENGER, challenger);
	rai_serve_evidence_truth(e, "01JDQ0000000000000000000AA", actual);
	s = rai_serve_evidence_so_far(e);
	sum = s->n > 0 ? s->sum : NAN;
	rai_serve_evidence_free(e);
	return sum;
}

static void
test_losses(void)
{
	double cat = rai_serve_join_class("cat"), dog = rai_serve_join_class("dog");

	ok_rel(one(RAI_JOIN_NUMBERS, 100, 90, 100), 0.1, 1e-12, "10 percent off");
	ok(one(RAI_JOIN_NUMBERS, 1e9, 100, 100) == -1, "a loss is at most 1");
	ok(isnan(one(RAI_JOIN_NUMBERS, 1, 2, 0)), "a true value of 0 makes no pair");
	ok(one(RAI_JOIN_CLASSES, cat, dog, cat) == 1, "the challenger has the wrong class");
	ok(one(RAI_JOIN_CLASSES, dog, cat, cat) == -1, "the champion has");
	ok(one(RAI_JOIN_CLASSES, dog, dog, cat) == 0, "both have");
}

/* Far more rows than are remembered: the newest are, the oldest are not, and nothing is mixed up.
 */
static void
test_many(void)
{
	struct rai_serve_evidence *e = fresh(RAI_JOIN_NUMBERS);
	char id[RAI_ULID_TEXT];
	int i, n = 3 * RAI_EVIDENCE_KEPT;

	for (i = 0; i < n; i++) {
		make_id(i, id);
		rai_serve_evidence_prediction(e, id, RAI_SIDE_CHAMPION, i + 1);
		rai_serve_evidence_prediction(e, id, RAI_SIDE_CHALLENGER, i + 1);
	}
	for (i = 0; i < RAI_EVIDENCE_KEPT; i++) {
		make_id(i, id);
		rai_serve_evidence_truth(e, id, i + 1);
	}
	/* one is left where fewer than 8 of 16 expected came after it: 1 % (Poisson) */
	ok(rai_serve_evidence_so_far(e)->n < RAI_EVIDENCE_KEPT / 50, "the oldest are forgotten");
	for (i = n - RAI_EVIDENCE_KEPT / 4; i < n; i++) {
		make_id(i, id);
		rai_serve_evidence_truth(e, id, i + 1);
	}
	ok(rai_serve_evidence_so_far(e)->n > RAI_EVIDENCE_KEPT / 4 - 100,
	    "the newest quarter is there");
	ok(rai_serve_evidence_so_far(e)->sum == 0, "each with its own numbers");
	rai_serve_evidence_free(e);
}

/* Pairs that once counted are not thrown away without a word. */
static void
test_damaged(const struct rai_serve_evidence_config *config)
{
	const uint64_t verdicts[] = {99, RAI_STAT_WORSE};
	struct rai_serve_evidence *e;
	struct rai_err err = RAI_ERR_INIT;
	struct stat st;
	int fd;

	ok(rai_serve_evidence_new(config, &e, &err) == 0, "evidence of these two");
	rai_serve_evidence_free(e);
	fd = open(config->path, O_RDWR);
	ok(pwrite(fd, &verdicts[0], sizeof(verdicts[0]), 24) == 8, "with a verdict of no kind");
	ok(rai_serve_evidence_new(config, &e, &err) != 0 && strstr(err.msg, "is not whole") != NULL,
	    "is refused");
	ok(pwrite(fd, &verdicts[1], sizeof(verdicts[1]), 24) == 8 && fstat(fd, &st) == 0 &&
		ftruncate(fd, st.st_size - 1) == 0,
	    "and so is one without its last byte");
	ok(rai_serve_evidence_new(config, &e, &err) != 0 && strstr(err.msg, "is not whole") != NULL,
	    "which might have been of a row that waits");
	ok(ftruncate(fd, st.st_size) == 0 && rai_serve_evidence_new(config, &e, &err) == 0,
	    "whole again it goes on");
	is_int(rai_serve_evidence_verdict(e), RAI_STAT_WORSE, "with the verdict that stands there");
	rai_serve_evidence_free(e);
	close(fd);
}

/* What one has stored the next one goes on with; what is torn or about others is none. */
static void
test_file(void)
{
	const struct rai_serve_evidence_config same = {
	    .task = RAI_JOIN_NUMBERS, .champion = "sha256:1", .challenger = "sha256:2"};
	struct rai_serve_evidence_config config = same;
	struct rai_serve_evidence *e, *other;
	struct rai_err err = RAI_ERR_INIT;
	const char *tmp = getenv("TMPDIR");
	char dir[64], path[96], a[RAI_ULID_TEXT], b[RAI_ULID_TEXT];
	FILE *f;

	snprintf(dir, sizeof(dir), "%.40s/evidence.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		exit(1);
	snprintf(path, sizeof(path), "%s/m.trial", dir);
	make_id(1, a);
	make_id(2, b);
	e = opened(RAI_JOIN_NUMBERS, path, "sha256:2");
	rai_serve_evidence_prediction(e, a, RAI_SIDE_CHAMPION, 100);
	rai_serve_evidence_prediction(e, a, RAI_SIDE_CHALLENGER, 150);
	rai_serve_evidence_truth(e, a, 100);
	rai_serve_evidence_prediction(e, b, RAI_SIDE_CHAMPION, 100);
	rai_serve_evidence_prediction(e, b, RAI_SIDE_CHALLENGER, 200);
	rai_serve_evidence_said(e, RAI_STAT_WORSE);
	config.path = path;
	ok(rai_serve_evidence_new(&config, &other, &err) != 0 &&
		strstr(err.msg, "another process keeps its evidence there") != NULL,
	    "two do not share a file");
	rai_serve_evidence_free(e);
	e = opened(RAI_JOIN_NUMBERS, path, "sha256:2");
	ok(rai_serve_evidence_so_far(e)->n == 1 && rai_serve_evidence_so_far(e)->sum == 0.5 &&
		rai_serve_evidence_verdict(e) == RAI_STAT_WORSE,
	    "the pair and the verdict are there");
	rai_serve_evidence_truth(e, a, 100);
	rai_serve_evidence_truth(e, b, 100);
	ok(rai_serve_evidence_so_far(e)->n == 2 && rai_serve_evidence_so_far(e)->sum == 1.5,
	    "a row that waited still makes one, a pair that was counted none");
	other = opened(RAI_JOIN_NUMBERS, path, "sha256:3");
	is_int(rai_serve_evidence_so_far(other)->n, 0, "another challenger begins anew");
	rai_serve_evidence_prediction(e, a, RAI_SIDE_CHAMPION, 1);
	ok(rai_serve_evidence_so_far(e)->n == 2, "whoever had the file goes on with its own");
	rai_serve_evidence_free(e);
	rai_serve_evidence_free(other);
	f = fopen(path, "w");
	ok(f != NULL && fputs("what is this", f) > 0 && fclose(f) == 0, "a file of something else");
	ok(rai_serve_evidence_new(&config, &e, &err) != 0 &&
		strstr(err.msg, "is no evidence of rai-serve") != NULL,
	    "is left alone");
	unlink(path);
	test_damaged(&config);
	unlink(path);
	ok(rmdir(dir) == 0, "nothing else is left");
}

int
main(void)
{
	test_file();
	test_orders();
	test_losses();
	test_many();
	return tap_done();
}

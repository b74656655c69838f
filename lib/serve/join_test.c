#include "serve/join.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/tap.h"

static struct rai_serve_join *
open_join(size_t window, enum rai_join_task task, const char *folder)
{
	struct rai_serve_join_config config = {
	    .window = window, .task = task, .folder = folder, .name = "a/b.c"};
	struct rai_serve_join *j = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_serve_join_new(&config, &j, &err) == 0, "a table"))
		printf("# %s\n", err.msg);
	return j;
}

static void
test_join__accuracy_is_exact(void)
{
	struct rai_serve_join *j = open_join(2, RAI_JOIN_NUMBERS, NULL);
	struct rai_serve_accuracy a;
	char id[4][RAI_ULID_TEXT];

	rai_serve_join_accuracy(j, &a);
	ok(isnan(a.rolling) && isnan(a.latest) && a.pairs == 0,
	    "no accuracy before the first pair");
	rai_serve_join_issue(j, 1793261000123, 90, id[0]);
	rai_serve_join_issue(j, 1793261000123, 150, id[1]);
	rai_serve_join_issue(j, 1793261000124, 1000, id[2]);
	rai_serve_join_issue(j, 1793261000124, 5, id[3]);
	ok(rai_ulid_valid(id[0], strlen(id[0])), "an id is a ULID");
	ok(strcmp(id[0], id[1]) < 0 && strcmp(id[1], id[2]) < 0, "ids sort in order of issue");
	is_int(rai_serve_join_actual(j, id[0], 100), RAI_JOIN_JOINED, "the truth joins");
	is_int(rai_serve_join_actual(j, id[1], 100), RAI_JOIN_JOINED, "and again");
	rai_serve_join_accuracy(j, &a);
	ok_near(a.rolling, 1 - (0.1 + 0.5) / 2, 1e-15, "rolling accuracy is 1 - MAPE");
	ok_near(a.latest, 0.5, 1e-15, "the latest pair's own");
	is_int(rai_serve_join_actual(j, id[2], -100), RAI_JOIN_JOINED, "an error of 1100 %");
	rai_serve_join_accuracy(j, &a);
	ok(a.rolling == 0 && a.latest == 0 && a.pairs == 2, "accuracy is never below 0");
	is_int(rai_serve_join_actual(j, id[3], 0), RAI_JOIN_JOINED, "a true value of 0 joins");
	rai_serve_join_accuracy(j, &a);
	ok(a.latest == 0 && a.pairs == 2, "and is not counted");
	/* the latest two errors: 1000 to -100, and 5 to 0 */
	ok_near(a.rmse, sqrt((1100. * 1100 + 5 * 5) / 2), 1e-12, "but in the RMSE");
	is_int(rai_serve_join_actual(j, id[0], 1), RAI_JOIN_REPEATED, "the second truth does not");
	rai_serve_join_free(j);
}

static void
test_join__unknown_ids(void)
{
	struct rai_serve_join *j = open_join(10, RAI_JOIN_NUMBERS, NULL);
	struct rai_serve_join *other = open_join(10, RAI_JOIN_NUMBERS, NULL);
	char first[RAI_ULID_TEXT], id[RAI_ULID_TEXT];
	int i;

	rai_serve_join_issue(j, 1793261000123, 1, first);
	rai_serve_join_issue(other, 1793261000123, 1, id);
	is_int(rai_serve_join_actual(j, id, 1), RAI_JOIN_UNKNOWN, "another process's id");
	is_int(rai_serve_join_actual(j, "", 1), RAI_JOIN_UNKNOWN, "no id");
	is_int(rai_serve_join_actual(j, "01M83TFFZE8D9ZW3PS7C00000U", 1), RAI_JOIN_UNKNOWN,
	    "letters that a ULID does not have");
	is_int(rai_serve_join_actual(j, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 1), RAI_JOIN_UNKNOWN,
	    "the largest id there is");
	for (i = 0; i < RAI_JOIN_KEPT; i++)
		rai_serve_join_issue(j, 1793261000999, 2, id);
	is_int(rai_serve_join_actual(j, first, 1), RAI_JOIN_UNKNOWN, "an id from too long ago");
	is_int(rai_serve_join_actual(j, id, 2), RAI_JOIN_JOINED, "the last one is remembered");
	rai_serve_join_free(j);
	rai_serve_join_free(other);
	rai_serve_join_free(NULL);
}

static void
test_join__classes(void)
{
	struct rai_serve_join *j = open_join(10, RAI_JOIN_CLASSES, NULL);
	struct rai_serve_accuracy a;
	char id[RAI_ULID_TEXT];

	rai_serve_join_issue(j, 1793261000123, rai_serve_join_class("yes"), id);
	rai_serve_join_actual(j, id, rai_serve_join_class("no"));
	rai_serve_join_accuracy(j, &a);
	ok(a.latest == 0 && a.rolling == 0, "another class is wrong");
	rai_serve_join_issue(j, 1793261000123, rai_serve_join_class("yes"), id);
	rai_serve_join_actual(j, id, rai_serve_join_class("yes"));
	rai_serve_join_accuracy(j, &a);
	ok(a.latest == 1 && a.rolling == 0.5, "the same is right; the share of right ones");
	/* FNV-1a of "a" is af63dc4c8601ec8c (its authors' test vectors) */
	ok(rai_serve_join_class("a") == 0xaf63dc4c8601ec8cU >> 11, "a class as a number");
	rai_serve_join_free(j);
}

/* What a process that dies by kill -9 has issued and joined; its ids come back. */
static void
in_a_process_that_dies(const char *folder, char id[3][RAI_ULID_TEXT])
{
	int to[2];
	pid_t pid;

	fflush(stdout);
	if (pipe(to) != 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		struct rai_serve_join_config config = {
		    .window = 4, .folder = folder, .name = "a/b.c"};
		struct rai_serve_join *j = NULL;
		int i;

		if (rai_serve_join_new(&config, &j, NULL) != 0)
			_exit(1);
		for (i = 0; i < 3; i++)
			rai_serve_join_issue(j, 1793261000123, 90, id[i]);
		rai_serve_join_actual(j, id[0], 100);
		rai_serve_join_actual(j, id[1], 120);
		(void)!write(to[1], id, 3 * RAI_ULID_TEXT);
		raise(SIGKILL);
	}
	is_int(read(to[0], id, 3 * RAI_ULID_TEXT), 3 * RAI_ULID_TEXT, "a process has died");
	waitpid(pid, NULL, 0);
	close(to[0]);
	close(to[1]);
}

static void
test_join__outlives_the_process(const char *folder)
{
	struct rai_serve_join_config config = {.window = 4, .folder = folder, .name = "a/b.c"};
	struct rai_serve_join *j, *second = NULL;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_accuracy a;
	char id[3][RAI_ULID_TEXT], next[RAI_ULID_TEXT];

	in_a_process_that_dies(folder, id);
	j = open_join(4, RAI_JOIN_NUMBERS, folder);
	rai_serve_join_accuracy(j, &a);
	ok(a.pairs == 2, "its pairs are there");
	ok_near(a.rolling, 1 - (0.1 + 0.25) / 2, 1e-15, "with their errors");
	ok_near(a.latest, 0.75, 1e-15, "the latest is the latest");
	is_int(rai_serve_join_actual(j, id[0], 100), RAI_JOIN_REPEATED, "none counts twice");
	is_int(
	    rai_serve_join_actual(j, id[2], 90), RAI_JOIN_JOINED, "its predictions can be joined");
	rai_serve_join_issue(j, 1793261000123, 1, next);
	ok(strcmp(next, id[2]) > 0, "ids go on, and none comes again");
	ok(rai_serve_join_new(&config, &second, &err) != 0 &&
		strstr(err.msg, "another process") != NULL,
	    "two at once is an error");
	ok(strstr(err.msg, "/a%2Fb.c.state") != NULL, "that names the file");
	rai_serve_join_free(j);
	j = open_join(2, RAI_JOIN_NUMBERS, folder);
	rai_serve_join_accuracy(j, &a);
	ok(a.pairs == 2 && a.latest == 1, "a smaller window keeps the latest pairs");
	ok_near(a.rolling, 1 - (0.25 + 0) / 2, 1e-15, "these and no others");
	rai_serve_join_free(j);
	j = open_join(100, RAI_JOIN_NUMBERS, folder);
	rai_serve_join_accuracy(j, &a);
	ok(a.pairs == 2, "a larger one keeps what there is");
	is_int(rai_serve_join_actual(j, id[1], 1), RAI_JOIN_REPEATED, "with the predictions");
	rai_serve_join_free(j);
	j = open_join(100, RAI_JOIN_CLASSES, folder);
	rai_serve_join_accuracy(j, &a);
	ok(a.pairs == 0, "what was of numbers says nothing of classes");
	rai_serve_join_free(j);
}

/* How many pairs of the target there are; *anew: another's are gone.  What is there gets one more.
 */
static size_t
pairs_of(const char *folder, const char *target, int *anew)
{
	struct rai_serve_join_config config = {
	    .window = 4, .folder = folder, .name = "t", .target = target};
	struct rai_serve_join *j = NULL;
	struct rai_serve_accuracy a;
	char id[RAI_ULID_TEXT];

	if (rai_serve_join_new(&config, &j, NULL) != 0)
		return SIZE_MAX;
	*anew = rai_serve_join_was_of_another(j);
	rai_serve_join_accuracy(j, &a);
	rai_serve_join_issue(j, 1793261000123, 90, id);
	rai_serve_join_actual(j, id, 100);
	rai_serve_join_free(j);
	return a.pairs;
}

static void
test_join__target(const char *folder)
{
	int anew = -1;

	ok(pairs_of(folder, NULL, &anew) == 0 && !anew, "a state that says no target, as once");
	ok(pairs_of(folder, "Price", &anew) == 1 && !anew, "is read as that of any");
	ok(pairs_of(folder, "Price", &anew) == 2 && !anew, "and says it from then on");
	ok(pairs_of(folder, "Rent", &anew) == 0 && anew, "pairs of another target are gone");
	ok(pairs_of(folder, "Rent", &anew) == 1 && !anew, "once");
}

/* 1: a state opens and works as it should; 0: it is refused; -1: it does not work. */
static int
works(const struct rai_serve_join_config *config)
{
	struct rai_serve_join *j = NULL;
	struct rai_serve_accuracy a;
	char id[RAI_ULID_TEXT];
	int good;

	if (rai_serve_join_new(config, &j, NULL) != 0)
		return 0;
	rai_serve_join_accuracy(j, &a);
	good = a.pairs <= 4 && !(a.rolling < 0) && !(a.rolling > 1);
	rai_serve_join_issue(j, 1793261000124, 90, id);
	good &= rai_serve_join_actual(j, id, 100) == RAI_JOIN_JOINED;
	rai_serve_join_free(j);
	return good ? 1 : -1;
}

/* How many pairs a process finds that looks back on so many; SIZE_MAX: the state is refused. */
static size_t
pairs_in(const char *folder, size_t window)
{
	struct rai_serve_join_config config = {.window = window, .folder = folder, .name = "w"};
	struct rai_serve_join *j = NULL;
	struct rai_serve_accuracy a;

	if (rai_serve_join_new(&config, &j, NULL) != 0)
		return SIZE_MAX;
	rai_serve_join_accuracy(j, &a);
	rai_serve_join_free(j);
	return a.pairs;
}

/* As on a disk that is full: no file may be larger than this one. */
static size_t
pairs_without_room(const char *folder, size_t window, off_t most)
{
	struct rlimit was, now;
	size_t n;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	now = was;
	now.rlim_cur = (rlim_t)most;
	setrlimit(RLIMIT_FSIZE, &now);
	n = pairs_in(folder, window);
	setrlimit(RLIMIT_FSIZE, &was);
	signal(SIGXFSZ, SIG_DFL);
	return n;
}

/* A window that changes is no reason to take a file that somebody has cut. */
static void
test_join__window(const char *folder)
{
	struct rai_serve_join_config config = {.window = 4, .folder = folder, .name = "w"};
	static const uint64_t changing = 0;
	char path[128];
	struct stat st;
	int fd;

	ok(works(&config) == 1 && works(&config) == 1, "two pairs");
	snprintf(path, sizeof(path), "%s/w.state", folder);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		exit(1);
	ok(pairs_without_room(folder, 1000, st.st_size) == SIZE_MAX, "no room for a larger window");
	ok(pairs_in(folder, 4) == 2, "takes no pair from the one that was");
	ok(ftruncate(fd, st.st_size - 32) == 0 && pairs_in(folder, 4) == SIZE_MAX &&
		pairs_in(folder, 3) == SIZE_MAX,
	    "cut to the size of another window, it is refused");
	ok(pwrite(fd, &changing, 8, 16) == 8 && pairs_in(folder, 4) == 0,
	    "but where a process ended while the window changed only pairs are lost");
	ok(works(&config) == 1 && pairs_in(folder, 4) == 1, "and it goes on");
	close(fd);
}

/* Any byte may be anything: no crash, and no pair that was not there. */
static void
test_join__altered_files(const char *folder)
{
	struct rai_serve_join_config config = {.window = 4, .folder = folder, .name = "x"};
	struct rai_buf was = RAI_BUF_INIT(SIZE_MAX / 2), now = RAI_BUF_INIT(SIZE_MAX / 2);
	struct rai_rng rng = rai_rng_new(1, 0);
	int i, k, count[3] = {0, 0, 0};
	char path[128];
	size_t at;

	snprintf(path, sizeof(path), "%s/x.state", folder);
	for (i = 0; i < 6; i++)
		ok(works(&config) == 1, "a state");
	rai_file_read(path, &was, NULL);
	for (i = 0; i < 60; i++) {
		rai_buf_clear(&now);
		rai_buf_add(&now, was.ptr, i % 7 == 6 ? rai_rng_below(&rng, was.len) : was.len);
		/* the head, the predictions, and the pairs at the end */
		for (k = 0; k < 8 && now.len > 512; k++) {
			at = rai_rng_below(&rng, 128);
			if (i % 3 == 1)
				at += sizeof(double) * 8;
			else if (i % 3 == 2)
				at = now.len - 1 - at;
			now.ptr[at] = (char)rai_rng_below(&rng, 256);
		}
		rai_file_write(path, now.ptr, now.len, 0600, NULL);
		count[works(&config) + 1]++;
	}
	ok(count[0] == 0, "60 altered files");
	ok(count[1] > 0 && count[2] > 0, "of which some are refused");
	rai_file_write(path,
	    "{\"my\":\"notes, longer than 64 bytes, as many things that people write are, and "
	    "more\"}",
	    80, 0600, NULL);
	ok(works(&config) == 0, "somebody else's file is refused");
	rai_buf_clear(&was);
	rai_file_read(path, &was, NULL);
	ok(strncmp(was.ptr, "{\"my\"", 5) == 0, "and left as it was");
	rai_buf_free(&was);
	rai_buf_free(&now);
}

static void
test_join__coverage_and_delay(void)
{
	struct rai_clock clock = {1, INT64_C(1793261000000)};
	struct rai_serve_join_config config = {.window = 4, .clock = &clock};
	struct rai_serve_join *j = NULL;
	struct rai_serve_coverage c;
	struct rai_serve_delays d;
	char id[4][RAI_ULID_TEXT];
	int i;

	ok(rai_serve_join_new(&config, &j, NULL) == 0, "a clock that stands");
	for (i = 0; i < 4; i++)
		rai_serve_join_issue(j, clock.now_ms, 1, id[i]);
	clock.now_ms += 1000;
	rai_serve_join_actual(j, id[0], 1);
	clock.now_ms += 3600000;
	rai_serve_join_actual(j, id[1], 1);
	rai_serve_join_actual(j, id[1], 1);
	rai_serve_join_issue(j, clock.now_ms, 1, id[2]);
	rai_serve_join_coverage(j, &c);
	ok(c.predictions[0] == 1 && c.with_truth[0] == 0, "one is new");
	ok(c.predictions[1] == 4 && c.with_truth[1] == 2, "two of four have their truth");
	ok(c.predictions[2] == 0 && c.predictions[3] == 0, "none is older");
	rai_serve_join_delay(j, &d);
	ok(d.count[0] == 1 && d.count[4] == 0 && d.count[5] == 1, "a border belongs to its bucket");
	ok(d.seconds == 1 + 3601, "the sum is in seconds");
	rai_serve_join_free(j);
}

int
main(void)
{
	char dir[] = "/tmp/rai-join-test.XXXXXX";

	if (mkdtemp(dir) == NULL)
		return 1;
	test_join__accuracy_is_exact();
	test_join__unknown_ids();
	test_join__classes();
	test_join__coverage_and_delay();
	test_join__outlives_the_process(dir);
	test_join__target(dir);
	test_join__window(dir);
	test_join__altered_files(dir);
	rai_file_remove_tree(dir, NULL);
	return tap_done();
}

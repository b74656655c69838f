#include "serve/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A row finds its place among WAYS, by its id; the oldest there makes room. */
enum { WAYS = 8, SETS = RAI_EVIDENCE_KEPT / WAYS };

enum {
	HAVE_CHAMPION = 1 << RAI_SIDE_CHAMPION,
	HAVE_CHALLENGER = 1 << RAI_SIDE_CHALLENGER,
	HAVE_TRUTH = 4,
	HAVE_ALL = 7
};

struct row {
	char id[RAI_ULID_TEXT];
	unsigned char have;
	double prediction[2], actual; /* by side */
	uint64_t age;                 /* 0: nothing here */
};

/* "raitria1", in the byte order of the machine, which is the file's. */
#define MAGIC UINT64_C(0x3161697274696172)

struct head {
	uint64_t magic, task, now, verdict;
	struct rai_stat_sequence so_far;
	char champion[80], challenger[80];
};

struct kept {
	struct head head;
	struct row row[RAI_EVIDENCE_KEPT];
};

_Static_assert(sizeof(struct row) == 64, "the layout of a file");

struct rai_serve_evidence {
	struct kept *kept; /* mapped */
	int fd;            /* -1: of no file */
};

static void
begin(struct head *k, const struct rai_serve_evidence_config *config)
{
	k->task = config->task;
	snprintf(k->champion, sizeof(k->champion), "%s", config->champion);
	snprintf(k->challenger, sizeof(k->challenger), "%s", config->challenger);
	k->magic = MAGIC;
}

/* Is it about these two? */
static int
is_ours(const struct head *k, const struct rai_serve_evidence_config *config)
{
	return k->task == config->task &&
	       strncmp(k->champion, config->champion, sizeof(k->champion)) == 0 &&
	       strncmp(k->challenger, config->challenger, sizeof(k->challenger)) == 0;
}

/* Could it have been written?  Half a pair more or less is no matter. */
static int
is_whole(const struct head *k, off_t size)
{
	const struct rai_stat_sequence *s = &k->so_far;
	double n = (double)s->n + 1;

	return size == (off_t)sizeof(struct kept) && k->verdict <= RAI_STAT_EQUIVALENT &&
	       s->n >= 0 && fabs(s->sum) <= n && s->v >= 0 && s->v <= 4 * n;
}

/* A row that the process had not done with when it ended is none. */
static void
mend(struct kept *k)
{
	struct row *r;
	size_t i;

	for (i = 0; i < RAI_EVIDENCE_KEPT; i++) {
		r = &k->row[i];
		if (r->have >= HAVE_ALL || memchr(r->id, '\0', sizeof(r->id)) == NULL ||
		    !isfinite(r->prediction[0]) || !isfinite(r->prediction[1]) ||
		    !isfinite(r->actual))
			memset(r, 0, sizeof(*r));
		if (r->age > k->head.now)
			k->head.now = r->age;
	}
}

static int
map(struct rai_serve_evidence *e, const char *path, struct rai_err *err)
{
	int flags = e->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *p;

	/* blocks are taken now: a disk that is full later must not end the process */
	if (e->fd >= 0 && (errno = posix_fallocate(e->fd, 0, sizeof(*e->kept))) != 0)
		return rai_fail_errno(err, "%s", path);
	p = mmap(NULL, sizeof(*e->kept), PROT_READ | PROT_WRITE, flags, e->fd, 0);
	if (p == MAP_FAILED)
		return rai_fail_errno(err, "memory for a trial");
	e->kept = p;
	return 0;
}

static int
open_path(struct rai_serve_evidence *e, const char *path, struct rai_err *err)
{
	struct stat st;

	e->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (e->fd < 0 || fstat(e->fd, &st) != 0)
		return rai_fail_errno(err, "%s: cannot be opened", path);
	return S_ISREG(st.st_mode) ? 0 : rai_fail(err, RAI_EINPUT, "%s: is no regular file", path);
}

static int
lock(struct rai_serve_evidence *e, const char *path, struct rai_err *err)
{
	return flock(e->fd, LOCK_EX | LOCK_NB) == 0
		   ? 0
		   : rai_fail(
			 err, RAI_EINPUT, "%s: another process keeps its evidence there", path);
}

static void
let_go(struct rai_serve_evidence *e)
{
	if (e->kept != NULL)
		munmap(e->kept, sizeof(*e->kept));
	if (e->fd >= 0)
		close(e->fd);
	e->kept = NULL;
	e->fd = -1;
}

/* Another pair's file is left to whoever still has it mapped: this one begins another. */
static int
open_file(struct rai_serve_evidence *e, const struct rai_serve_evidence_config *config,
    struct rai_err *err)
{
	struct head head;
	ssize_t n;

	memset(&head, 0, sizeof(head));
	if (open_path(e, config->path, err) != 0)
		return -1;
	n = pread(e->fd, &head, sizeof(head), 0);
	if (n > 0 && head.magic != MAGIC && head.magic != 0)
		return rai_fail(err, RAI_EINPUT, "%s: is no evidence of rai-serve", config->path);
	if (n > 0 && head.magic == MAGIC && !is_ours(&head, config)) {
		let_go(e);
		if (unlink(config->path) != 0)
			return rai_fail_errno(err, "%s: cannot be replaced", config->path);
		if (open_path(e, config->path, err) != 0)
			return -1;
	} else if (n > 0 && head.magic == MAGIC && !is_whole(&head, lseek(e->fd, 0, SEEK_END)))
		return rai_fail(err, RAI_EINPUT,
		    "%s: is not whole: such evidence was never written by rai-serve (move it away "
		    "to begin anew)",
		    config->path);
	if (lock(e, config->path, err) != 0 || map(e, config->path, err) != 0)
		return -1;
	if (e->kept->head.magic == 0)
		memset(e->kept, 0, sizeof(*e->kept));
	mend(e->kept);
	return 0;
}

int
rai_serve_evidence_new(const struct rai_serve_evidence_config *config,
    struct rai_serve_evidence **out, struct rai_err *err)
{
	struct rai_serve_evidence *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return rai_fail_memory(err);
	e->fd = -1;
	if ((config->path != NULL ? open_file(e, config, err) : map(e, NULL, err)) != 0) {
		rai_serve_evidence_free(e);
		return -1;
	}
	begin(&e->kept->head, config);
	*out = e;
	return 0;
}

void
rai_serve_evidence_free(struct rai_serve_evidence *e)
{
	if (e == NULL)
		return;
	if (e->kept != NULL && e->fd >= 0)
		(void)msync(e->kept, sizeof(*e->kept), MS_SYNC);
	let_go(e);
	free(e);
}

/* The row with this id, or NULL; *oldest: the one of its places that is to be used next. */
static struct row *
find(struct rai_serve_evidence *e, const char *id, struct row **oldest)
{
	uint64_t h = (uint64_t)rai_serve_join_class(id);
	struct row *set = e->kept->row + (h ^ h >> 26) % SETS * WAYS;
	size_t i;

	*oldest = set;
	for (i = 0; i < WAYS; i++) {
		if (set[i].age > 0 && strcmp(set[i].id, id) == 0)
			return &set[i];
		if (set[i].age < (*oldest)->age)
			*oldest = &set[i];
	}
	return NULL;
}

static double
loss(enum rai_join_task task, double prediction, double actual)
{
	if (task == RAI_JOIN_CLASSES)
		return prediction != actual;
	return fmin(1, fabs(actual - prediction) / fabs(actual));
}

/* A row that has everything becomes a pair, and its place is free. */
static void
settle(struct rai_serve_evidence *e, struct row *r)
{
	enum rai_join_task task = (enum rai_join_task)e->kept->head.task;

	if (r->have != HAVE_ALL)
		return;
	r->age = 0; /* first: who ends here loses a pair, and counts none twice */
	if (task == RAI_JOIN_CLASSES || r->actual != 0)
		rai_stat_sequence_add(&e->kept->head.so_far,
		    loss(task, r->prediction[RAI_SIDE_CHALLENGER], r->actual) -
			loss(task, r->prediction[RAI_SIDE_CHAMPION], r->actual));
}

void
rai_serve_evidence_prediction(
    struct rai_serve_evidence *e, const char *id, enum rai_serve_side side, double prediction)
{
	struct row *place, *r = find(e, id, &place);

	if (r == NULL) {
		r = place;
		memset(r, 0, sizeof(*r));
		memcpy(r->id, id, strnlen(id, sizeof(r->id) - 1));
		r->age = ++e->kept->head.now;
	}
	r->have |= (unsigned char)(1 << side);
	r->prediction[side] = prediction;
	settle(e, r);
}

void
rai_serve_evidence_truth(struct rai_serve_evidence *e, const char *id, double actual)
{
	struct row *place, *r = find(e, id, &place);

	if (r == NULL || (r->have & HAVE_TRUTH) != 0)
		return;
	r->have |= HAVE_TRUTH;
	r->actual = actual;
	settle(e, r);
}

const struct rai_stat_sequence *
rai_serve_evidence_so_far(const struct rai_serve_evidence *e)
{
	return &e->kept->head.so_far;
}

enum rai_stat_verdict
rai_serve_evidence_verdict(const struct rai_serve_evidence *e)
{
	return (enum rai_stat_verdict)e->kept->head.verdict;
}

void
rai_serve_evidence_said(struct rai_serve_evidence *e, enum rai_stat_verdict verdict)
{
	e->kept->head.verdict = verdict;
}

#include "serve/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rng.h"

/* "raistat1", in the byte order of the machine, which is the file's. */
#define MAGIC UINT64_C(0x3174617473696172)
#define NUMBER_MAX (UINT64_C(1) << 48) /* of a record; more were never written */

struct header {
	uint64_t magic, kept, window, task; /* window: 0 while it changes */
	unsigned char process[8];
	uint64_t target; /* 0: an earlier version did not say */
	uint64_t spare[2];
};

_Static_assert(sizeof(struct header) == 64 && sizeof(struct rai_serve_entry_kept) == 32 &&
		   sizeof(struct rai_serve_pair_kept) == 16,
    "the layout of a file");

static size_t
size_for(size_t window)
{
	return sizeof(struct header) + RAI_JOIN_KEPT * sizeof(struct rai_serve_entry_kept) +
	       RAI_RINGS * window * sizeof(struct rai_serve_pair_kept);
}

/* Is it that of some window? */
static int
is_any_size(size_t n)
{
	return n >= size_for(0) && (n - size_for(0)) % (size_for(1) - size_for(0)) == 0;
}

static void
set_places(struct rai_serve_keep *k, size_t window)
{
	struct header *h = k->map;
	struct rai_serve_entry_kept *entry = (void *)(h + 1);
	struct rai_serve_pair_kept *pair = (void *)(entry + RAI_JOIN_KEPT);
	size_t i;

	k->process = h->process;
	k->entry = entry;
	for (i = 0; i < RAI_RINGS; i++)
		k->ring[i] = pair + i * window;
}

char *
rai_serve_keep_path(const char *folder, const char *name, const char *suffix)
{
	static const char safe[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	struct rai_buf b = RAI_BUF_INIT(SIZE_MAX / 2);
	const char *p;

	rai_buf_printf(&b, "%s/", folder);
	for (p = name; *p != '\0'; p++)
		if (strchr(safe, *p) != NULL || (*p == '.' && p > name))
			rai_buf_char(&b, *p);
		else
			rai_buf_printf(&b, "%%%02X", (unsigned char)*p);
	rai_buf_printf(&b, ".%s", suffix);
	if (b.bad) {
		rai_buf_free(&b);
		return NULL;
	}
	return rai_buf_take(&b);
}

/* The pairs of a file that had another window; NULL: they are lost. */
struct old_pairs {
	int moved;
	struct rai_serve_pair_kept *pair;
	size_t window;
};

static int
take_old_pairs(int fd, const struct header *h, struct old_pairs *old, struct rai_err *err)
{
	size_t n = RAI_RINGS * (size_t)h->window * sizeof(*old->pair);

	old->pair = malloc(n);
	if (old->pair == NULL)
		return rai_fail_memory(err);
	old->window = (size_t)h->window;
	return pread(fd, old->pair, n, (off_t)(size_for(old->window) - n)) == (ssize_t)n
		   ? 0
		   : rai_fail_errno(err, "pairs");
}

static void
put_old_pairs(struct rai_serve_keep *k, size_t window, const struct old_pairs *old)
{
	const struct rai_serve_pair_kept *from;
	uint64_t top;
	size_t r, i;

	for (r = 0; r < RAI_RINGS; r++) {
		for (i = 0; i < window; i++)
			k->ring[r][i].n = 0;
		from = old->pair == NULL ? NULL : old->pair + r * old->window;
		for (i = 0, top = 0; old->pair != NULL && i < old->window; i++)
			if (from[i].n > top && from[i].n < NUMBER_MAX)
				top = from[i].n;
		for (i = 0; top > 0 && i < old->window; i++)
			if (from[i].n > 0 && from[i].n <= top && from[i].n + window > top)
				k->ring[r][(from[i].n - 1) % window] = from[i];
	}
}

/* What cannot have been written is taken out, and the highest numbers are found. */
static void
mend(struct rai_serve_keep *k, size_t window)
{
	struct rai_serve_pair_kept *pair;
	uint64_t seq;
	size_t r, i;

	for (i = 0; i < RAI_JOIN_KEPT; i++) {
		seq = atomic_load(&k->entry[i].seq);
		if (seq > NUMBER_MAX || (seq > 0 && (seq - 1) % RAI_JOIN_KEPT != i))
			atomic_store(&k->entry[i].seq, 0);
		else if (seq > k->issued)
			k->issued = seq;
	}
	for (r = 0; r < RAI_RINGS; r++) {
		for (i = 0; i < window; i++) {
			pair = &k->ring[r][i];
			if (pair->n > NUMBER_MAX || !isfinite(pair->value) || pair->value < 0 ||
			    (pair->n > 0 && (pair->n - 1) % window != i))
				pair->n = 0;
			else if (pair->n > k->pairs[r])
				k->pairs[r] = pair->n;
		}
		for (i = 0; i < window; i++)
			if (k->ring[r][i].n + window <= k->pairs[r])
				k->ring[r][i].n = 0;
	}
}

/* What stands for the target's name in a file; 0: nobody says. */
static uint64_t
target_of(const struct rai_serve_join_config *config)
{
	return config->target == NULL ? 0 : (uint64_t)rai_serve_join_class(config->target) << 1 | 1;
}

static int
is_of_another(const struct header *h, const struct rai_serve_join_config *config)
{
	uint64_t target = target_of(config);

	return h->task != config->task || (h->target != 0 && target != 0 && h->target != target);
}

/* Pairs of a size that is no window's are gone: of a process that ended as the window changed. */
static int
is_whole(const struct header *h, size_t size)
{
	if (h->window == 0)
		return is_any_size(size);
	return h->window <= SIZE_MAX / 64 && size_for((size_t)h->window) == size;
}

/* What the header says goes to the disk before what follows from it. */
static int
set_window(int fd, uint64_t window, struct rai_err *err)
{
	if (pwrite(fd, &window, sizeof(window), offsetof(struct header, window)) !=
		(ssize_t)sizeof(window) ||
	    fdatasync(fd) != 0)
		return rai_fail_errno(err, "state");
	return 0;
}

/* 1: it goes on with what is there; 0: it begins, or begins anew. */
static int
look_at_file(struct rai_serve_keep *k, const struct rai_serve_join_config *config,
    struct old_pairs *old, struct rai_err *err)
{
	struct header h;
	struct stat st;
	ssize_t n;

	if (fstat(k->fd, &st) != 0)
		return rai_fail_errno(err, "state");
	n = pread(k->fd, &h, sizeof(h), 0);
	if (n < 0)
		return rai_fail_errno(err, "state");
	if (!S_ISREG(st.st_mode) ||
	    (n > 0 && ((size_t)n < sizeof(h) || (h.magic != MAGIC && h.magic != 0))))
		return rai_fail(err, RAI_EINPUT, "is no state of rai-serve");
	if (n == 0 || h.magic == 0)
		return 0;
	k->of_another = is_of_another(&h, config);
	if (k->of_another)
		return 0;
	if (h.kept != RAI_JOIN_KEPT || !is_whole(&h, (size_t)st.st_size))
		return rai_fail(err, RAI_EINPUT,
		    "is not whole: a file of %lld bytes was never written by rai-serve "
		    "(move it away to begin anew)",
		    (long long)st.st_size);
	old->moved = h.window != config->window;
	if (old->moved && h.window != 0 && take_old_pairs(k->fd, &h, old, err) != 0)
		return -1;
	return 1;
}

static int
map(struct rai_serve_keep *k, size_t window, struct rai_err *err)
{
	int flags = k->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	k->size = size_for(window);
	/* blocks are taken now: a disk that is full later must not end the process */
	if (k->fd >= 0 && (ftruncate(k->fd, (off_t)k->size) != 0 ||
			      (errno = posix_fallocate(k->fd, 0, (off_t)k->size)) != 0))
		return rai_fail_errno(err, "state of %zu bytes", k->size);
	k->map = mmap(NULL, k->size, PROT_READ | PROT_WRITE, flags, k->fd, 0);
	if (k->map == MAP_FAILED) {
		k->map = NULL;
		return rai_fail_errno(err, "state of %zu bytes", k->size);
	}
	set_places(k, window);
	return 0;
}

static int
begin(struct rai_serve_keep *k, const struct rai_serve_join_config *config, struct rai_err *err)
{
	struct header *h = k->map;

	if (k->fd >= 0)
		memset(k->map, 0, k->size);
	h->kept = RAI_JOIN_KEPT;
	h->task = config->task;
	if (rai_rng_os(k->process, 6) != 0)
		return rai_fail_errno(err, "random numbers");
	return 0;
}

static int
open_file(const struct rai_serve_join_config *config, struct rai_serve_keep *k, struct rai_err *err)
{
	struct old_pairs old = {0, NULL, 0};
	char *path = rai_serve_keep_path(config->folder, config->name, "state");
	int rc = -1, known = 0;

	if (path == NULL)
		return rai_fail_memory(err);
	k->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (k->fd < 0)
		rai_fail_errno(err, "cannot be opened");
	else if (flock(k->fd, LOCK_EX | LOCK_NB) != 0)
		rai_fail(err, RAI_EINPUT, "another process keeps its state there");
	else if ((known = look_at_file(k, config, &old, err)) >= 0 &&
		 (!old.moved || set_window(k->fd, 0, err) == 0) && map(k, config->window, err) == 0)
		rc = known ? 0 : begin(k, config, err);
	if (rc == 0 && old.moved)
		put_old_pairs(k, config->window, &old);
	else if (old.pair != NULL && ftruncate(k->fd, (off_t)size_for(old.window)) == 0)
		(void)set_window(k->fd, old.window, NULL); /* as on a disk that is full */
	if (rc != 0)
		rai_wrap(err, "%s", path);
	free(old.pair);
	free(path);
	return rc;
}

int
rai_serve_keep_open(
    const struct rai_serve_join_config *config, struct rai_serve_keep *k, struct rai_err *err)
{
	struct header *h;

	memset(k, 0, sizeof(*k));
	k->fd = -1;
	if (config->folder != NULL) {
		if (open_file(config, k, err) != 0)
			return -1;
	} else if (map(k, config->window, err) != 0 || begin(k, config, err) != 0)
		return -1;
	if (k->fd >= 0)
		mend(k, config->window);
	h = k->map;
	h->window = config->window;
	if (config->target != NULL)
		h->target = target_of(config);
	h->magic = MAGIC;
	return 0;
}

void
rai_serve_keep_close(struct rai_serve_keep *k)
{
	if (k->map != NULL) {
		if (k->fd >= 0)
			(void)msync(k->map, k->size, MS_SYNC);
		munmap(k->map, k->size);
	}
	if (k->fd >= 0)
		close(k->fd);
	k->map = NULL;
	k->fd = -1;
}

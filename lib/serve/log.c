#include "serve/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "serve/rotate.h"

#define SECOND_NS INT64_C(1000000000)

/*
 * A line waits at most GATHER_MS for company; WAKE bytes do not wait, and are so few that their
 * writing does not keep a processor from requests for long.  The end waits so many
 * seconds for a file that takes nothing (a pipe that nobody reads, a network that is gone).
 */
enum { GATHER_MS = 50, WAKE = 16 << 10, LAST_S = 5 };

struct rai_serve_log {
	struct rai_serve_log_config config;
	pthread_t thread;
	pthread_mutex_t lock; /* never held during input or output */
	pthread_cond_t wake;
	struct rai_buf filling, writing; /* swapped under the lock */
	int reopen, stop;
	/* the writer's own */
	int fd;
	int midline;                /* what is written next must begin a line first */
	int failing, stuck, unsafe; /* in writing, in rotating, in syncing: said so already */
	int64_t unsynced;           /* since when something is not on the disk; 0: nothing */
	atomic_uint_least64_t dropped, written, errors;
};

/* Counts an error; tells it unless one of its kind has been told. */
static void
tell(struct rai_serve_log *l, int *said, const char *message)
{
	atomic_fetch_add(&l->errors, 1);
	if (!*said && l->config.warn != NULL)
		l->config.warn(l->config.payload, message);
	*said = 1;
}

/* For messages. */
static const char *
name_of(const struct rai_serve_log *l)
{
	return l->config.name != NULL ? l->config.name : "prediction log";
}

static void
complain(struct rai_serve_log *l, int *said, const char *what, int code)
{
	struct rai_err err = RAI_ERR_INIT;

	errno = code;
	rai_fail_errno(&err, "%s %s: %s", name_of(l), l->config.path, what);
	tell(l, said, err.msg);
}

/* Appends to a file whose last line may be cut off. */
static int
open_path(struct rai_serve_log *l)
{
	struct stat st;
	char last = '\n';
	int fd;

	if (strcmp(l->config.path, "-") == 0)
		return STDOUT_FILENO;
	fd = open(l->config.path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd < 0 && (errno == EACCES || errno == EINVAL))
		fd = open(
		    l->config.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		(void)!pread(fd, &last, 1, st.st_size - 1);
	l->midline = last != '\n';
	return fd;
}

/* What cannot be synced (a pipe, a terminal) needs no sync. */
static void
sync_path(struct rai_serve_log *l)
{
	int due = l->unsynced != 0 && l->fd >= 0;

	l->unsynced = 0;
	if (due && fdatasync(l->fd) == 0)
		l->unsafe = 0;
	else if (due && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		complain(l, &l->unsafe, "cannot be brought to the disk", errno);
}

static void
close_path(struct rai_serve_log *l)
{
	sync_path(l);
	if (l->fd >= 0 && l->fd != STDOUT_FILENO)
		close(l->fd);
	l->fd = -1;
}

static size_t
count_lines(const char *p, size_t n)
{
	const char *end = p + n;
	size_t lines = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		lines++;
	}
	return lines;
}

/* The piece of a line that a full disk let through is taken back where that is possible. */
static void
mend(struct rai_serve_log *l, const char *text, size_t done)
{
	const char *end = memrchr(text, '\n', done);
	size_t piece = end == NULL ? done : done - (size_t)(end + 1 - text);
	struct stat st;

	if (piece == 0)
		return;
	if (fstat(l->fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t)piece ||
	    ftruncate(l->fd, st.st_size - (off_t)piece) != 0)
		l->midline = 1;
}

/* Bytes of whole lines that the file has room for; of an empty one at least a line. */
static size_t
fitting(const struct rai_serve_log *l, const char *text, size_t n)
{
	struct stat st;
	uint64_t room;
	const char *end;

	if (l->config.max_size == 0 || l->stuck || fstat(l->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return n;
	room = (uint64_t)st.st_size < l->config.max_size ? l->config.max_size - (uint64_t)st.st_size
							 : 0;
	if (room >= n)
		return n;
	end = memrchr(text, '\n', (size_t)room);
	if (end == NULL && st.st_size == 0)
		end = memchr(text, '\n', n);
	return end == NULL ? 0 : (size_t)(end + 1 - text);
}

/* A file that cannot be rotated goes on growing, which loses less than stopping would. */
static void
rotate(struct rai_serve_log *l)
{
	struct rai_err err = RAI_ERR_INIT;

	sync_path(l);
	if (rai_serve_rotate(l->config.path, l->config.keep, &err) != 0) {
		rai_wrap(&err, "%s goes on growing, it cannot be rotated", name_of(l));
		tell(l, &l->stuck, err.msg);
		return;
	}
	close_path(l);
	l->fd = open_path(l);
	if (l->fd < 0)
		complain(l, &l->failing, "cannot be opened; serving goes on without it", errno);
}

static void
write_lines(struct rai_serve_log *l, const char *text, size_t n)
{
	size_t done = 0;
	ssize_t k = 0;

	if (l->midline && write(l->fd, "\n", 1) == 1)
		l->midline = 0;
	while (done < n && ((k = write(l->fd, text + done, n - done)) >= 0 || errno == EINTR))
		done += k > 0 ? (size_t)k : 0;
	atomic_fetch_add(&l->written, count_lines(text, done));
	if (l->unsynced == 0 && l->config.sync != RAI_LOG_SYNC_NONE)
		l->unsynced = rai_clock_mono_ns();
	if (done == n) {
		l->failing = 0;
		return;
	}
	complain(l, &l->failing, "cannot be written; serving goes on without it", errno);
	atomic_fetch_add(&l->dropped, count_lines(text + done, n - done));
	mend(l, text, done);
}

static void
write_out(struct rai_serve_log *l, const char *text, size_t n)
{
	size_t k;

	for (; n > 0; text += k, n -= k) {
		if (l->fd < 0 && (l->fd = open_path(l)) < 0) {
			complain(
			    l, &l->failing, "cannot be opened; serving goes on without it", errno);
			atomic_fetch_add(&l->dropped, count_lines(text, n));
			return;
		}
		k = fitting(l, text, n);
		if (k > 0)
			write_lines(l, text, k);
		else
			rotate(l);
	}
}

/* Waits for a line, or for whatever else there is to do. */
static void
await(struct rai_serve_log *l)
{
	int64_t ns = l->unsynced + SECOND_NS;
	struct timespec until = {ns / SECOND_NS, ns % SECOND_NS};
	int rc = 0;

	while (l->filling.len == 0 && !l->reopen && !l->stop && rc == 0)
		rc = l->unsynced == 0 ? pthread_cond_wait(&l->wake, &l->lock)
				      : pthread_cond_timedwait(&l->wake, &l->lock, &until);
	ns = rai_clock_mono_ns() + GATHER_MS * INT64_C(1000000);
	until = (struct timespec){ns / SECOND_NS, ns % SECOND_NS};
	while (l->filling.len > 0 && l->filling.len < WAKE && !l->reopen && !l->stop &&
	       pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0)
		;
}

/* Waits until there is something to do and company has had its time; 0 when all is over. */
static int
next_batch(struct rai_serve_log *l)
{
	int reopen, more;

	pthread_mutex_lock(&l->lock);
	await(l);
	struct rai_buf full = l->filling;
	l->filling = l->writing;
	l->writing = full;
	reopen = l->reopen;
	l->reopen = 0;
	more = !l->stop;
	pthread_mutex_unlock(&l->lock);
	if (l->writing.len > 0)
		write_out(l, l->writing.ptr, l->writing.len);
	if (l->writing.cap > 2 * WAKE && l->writing.len < WAKE)
		rai_buf_free(&l->writing); /* the rush is over */
	rai_buf_clear(&l->writing);
	if (l->config.sync == RAI_LOG_SYNC_BATCH ||
	    (l->unsynced != 0 && rai_clock_mono_ns() - l->unsynced >= SECOND_NS))
		sync_path(l);
	if (reopen && strcmp(l->config.path, "-") != 0) {
		close_path(l);
		l->failing = l->stuck = 0;
		l->fd = open_path(l);
		if (l->fd < 0)
			complain(l, &l->failing,
			    "cannot be opened again; serving goes on without it", errno);
	}
	return more;
}

static void *
writer(void *payload)
{
	while (next_batch(payload))
		;
	return NULL;
}

static int
start(struct rai_serve_log *l, struct rai_err *err)
{
	pthread_condattr_t attr;
	int rc;

	l->fd = open_path(l);
	if (l->fd < 0)
		return rai_fail_errno(err, "%s %s", name_of(l), l->config.path);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->wake, &attr);
	pthread_condattr_destroy(&attr);
	rc = pthread_create(&l->thread, NULL, writer, l);
	if (rc != 0) {
		errno = rc;
		close_path(l);
		return rai_fail_errno(err, "%s: thread", name_of(l));
	}
	/* lines can wait: when it wakes up it takes no processor from a request (sched(7)) */
	(void)pthread_setschedparam(l->thread, SCHED_BATCH, &(struct sched_param){0});
	return 0;
}

int
rai_serve_log_open(
    const struct rai_serve_log_config *config, struct rai_serve_log **out, struct rai_err *err)
{
	struct rai_serve_log *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return rai_fail_memory(err);
	l->config = *config;
	rai_buf_init(&l->filling, config->max_bytes);
	rai_buf_init(&l->writing, config->max_bytes);
	if (start(l, err) != 0) {
		free(l);
		return -1;
	}
	*out = l;
	return 0;
}

const struct rai_serve_log_config *
rai_serve_log_config(const struct rai_serve_log *l)
{
	return &l->config;
}

void
rai_serve_log_add(struct rai_serve_log *l, const char *text, size_t n, size_t lines)
{
	size_t before;
	int wake;

	pthread_mutex_lock(&l->lock);
	before = l->filling.len;
	rai_buf_add(&l->filling, text, n);
	if (l->filling.bad) {
		l->filling.bad = 0;
		atomic_fetch_add_explicit(&l->dropped, lines, memory_order_relaxed);
	}
	wake = before == 0 || (before < WAKE && l->filling.len >= WAKE);
	pthread_mutex_unlock(&l->lock);
	if (wake)
		pthread_cond_signal(&l->wake);
}

void
rai_serve_log_reopen(struct rai_serve_log *l)
{
	pthread_mutex_lock(&l->lock);
	l->reopen = 1;
	pthread_mutex_unlock(&l->lock);
	pthread_cond_signal(&l->wake);
}

uint64_t
rai_serve_log_dropped(const struct rai_serve_log *l)
{
	return atomic_load(&l->dropped);
}

uint64_t
rai_serve_log_written(const struct rai_serve_log *l)
{
	return atomic_load(&l->written);
}

uint64_t
rai_serve_log_errors(const struct rai_serve_log *l)
{
	return atomic_load(&l->errors);
}

/* 1: the thread has ended. */
static int
end_thread(struct rai_serve_log *l)
{
	struct timespec until;

	pthread_mutex_lock(&l->lock);
	l->stop = 1;
	pthread_mutex_unlock(&l->lock);
	pthread_cond_signal(&l->wake);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_S;
	if (pthread_timedjoin_np(l->thread, NULL, &until) == 0)
		return 1;
	pthread_detach(l->thread);
	return 0;
}

void
rai_serve_log_free(struct rai_serve_log *l)
{
	struct rai_err err = RAI_ERR_INIT;

	if (l == NULL)
		return;
	if (!end_thread(l)) {
		/* it may wake up any time, so what it uses stays */
		rai_fail(&err, RAI_ESYS,
		    "%s %s: takes nothing any more; what waited for it is lost", name_of(l),
		    l->config.path);
		if (l->config.warn != NULL)
			l->config.warn(l->config.payload, err.msg);
		return;
	}
	close_path(l);
	rai_buf_free(&l->filling);
	rai_buf_free(&l->writing);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

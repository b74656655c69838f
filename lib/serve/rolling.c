#include "serve/rolling.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

/* How all bins stood at a moment. */
struct mark {
	int64_t ms;
	int64_t *count; /* NULL: nothing had been counted */
};

/* The newest marks: the n-th that was made, from 0, lies at n % room. */
struct ring {
	struct mark mark[RAI_ROLLING_SERIES];
	size_t room, n;
};

struct rai_serve_rolling {
	pthread_mutex_t lock;
	size_t ncol;
	size_t *nbin, *start;        /* start: ncol + 1 places; a column without a past has none */
	int64_t *base;               /* in these places: what an earlier process had counted */
	int64_t began_ms, counts_ms; /* of these counts; of this process's own */
	size_t minutes;
	struct ring steps, hours;
};

_Static_assert(RAI_ROLLING_STEPS < RAI_ROLLING_SERIES && RAI_ROLLING_HOURS < RAI_ROLLING_SERIES,
    "a mark at both ends of every step");

int
rai_serve_rolling_new(size_t ncol, const size_t *nbin, int64_t now_ms,
    struct rai_serve_rolling **out, struct rai_err *err)
{
	struct rai_serve_rolling *r = calloc(1, sizeof(*r));
	size_t i, room;

	if (r == NULL)
		return rai_fail_memory(err);
	pthread_mutex_init(&r->lock, NULL);
	r->ncol = ncol;
	r->nbin = calloc(ncol, sizeof(*r->nbin));
	r->start = calloc(ncol + 1, sizeof(*r->start));
	if (r->nbin == NULL || r->start == NULL) {
		rai_serve_rolling_free(r);
		return rai_fail_memory(err);
	}
	for (i = 0; i < ncol; i++) {
		r->nbin[i] = nbin[i];
		room = nbin[i] <= RAI_ROLLING_BINS - r->start[i] ? nbin[i] : 0;
		r->start[i + 1] = r->start[i] + room;
	}
	r->base = calloc(r->start[ncol] + 1, sizeof(*r->base));
	if (r->base == NULL) {
		rai_serve_rolling_free(r);
		return rai_fail_memory(err);
	}
	r->steps.room = RAI_ROLLING_STEPS + 1;
	r->hours.room = RAI_ROLLING_HOURS + 1;
	r->began_ms = r->counts_ms = r->steps.mark[0].ms = r->hours.mark[0].ms = now_ms;
	r->steps.n = r->hours.n = 1;
	*out = r;
	return 0;
}

void
rai_serve_rolling_free(struct rai_serve_rolling *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < RAI_ROLLING_SERIES; i++) {
		free(r->steps.mark[i].count);
		free(r->hours.mark[i].count);
	}
	pthread_mutex_destroy(&r->lock);
	free(r->nbin);
	free(r->start);
	free(r->base);
	free(r);
}

int64_t
rai_serve_rolling_began(const struct rai_serve_rolling *r)
{
	return r->began_ms;
}

static int
has_past(const struct rai_serve_rolling *r, size_t col)
{
	return r->start[col + 1] > r->start[col];
}

/* As many as column col has bins. */
static void
read_column(
    const struct rai_serve_rolling *r, const struct rai_serve_bins *bins, size_t col, int64_t *out)
{
	size_t i;

	rai_serve_bins_read(bins, col, out);
	for (i = 0; has_past(r, col) && i < r->nbin[col]; i++)
		out[i] += r->base[r->start[col] + i];
}

/* All columns with a past. */
static void
read_all(const struct rai_serve_rolling *r, const struct rai_serve_bins *bins, int64_t *out)
{
	size_t i;

	for (i = 0; i < r->ncol; i++)
		if (has_past(r, i))
			read_column(r, bins, i, out + r->start[i]);
}

/* Without memory for another there is no mark, and the window is a step longer. */
static void
make_mark(const struct rai_serve_rolling *r, struct ring *ring, const struct rai_serve_bins *bins,
    int64_t now_ms)
{
	struct mark *mark = &ring->mark[ring->n % ring->room];

	if (mark->count == NULL)
		mark->count = calloc(r->start[r->ncol] + 1, sizeof(*mark->count));
	if (mark->count == NULL)
		return;
	read_all(r, bins, mark->count);
	mark->ms = now_ms;
	ring->n++;
}

/* The lock is held. */
static void
pass_minute(struct rai_serve_rolling *r, const struct rai_serve_bins *bins, int64_t now_ms)
{
	r->minutes++;
	if (r->minutes % RAI_ROLLING_STEP == 0)
		make_mark(r, &r->steps, bins, now_ms);
	if (r->minutes % 60 == 0)
		make_mark(r, &r->hours, bins, now_ms);
}

void
rai_serve_rolling_minute(
    struct rai_serve_rolling *r, const struct rai_serve_bins *bins, int64_t now_ms)
{
	pthread_mutex_lock(&r->lock);
	pass_minute(r, bins, now_ms);
	pthread_mutex_unlock(&r->lock);
}

/* The marks that a window and its series lie on; NULL: on none but the beginning. */
static const struct ring *
ring_of(const struct rai_serve_rolling *r, size_t col, enum rai_rolling_window window)
{
	if (!has_past(r, col) || window == RAI_ROLLING_ALL)
		return NULL;
	return window == RAI_ROLLING_HOUR ? &r->steps : &r->hours;
}

static size_t
kept(const struct ring *ring)
{
	return ring->n < ring->room ? ring->n : ring->room;
}

/* The k-th of those that are kept, oldest first. */
static const struct mark *
mark_at(const struct ring *ring, size_t k)
{
	return &ring->mark[(ring->n - kept(ring) + k) % ring->room];
}

/* Takes off what had been counted before. */
static void
subtract(const struct rai_serve_rolling *r, size_t col, const struct mark *before, int64_t *out)
{
	size_t i;

	for (i = 0; before->count != NULL && i < r->nbin[col]; i++)
		out[i] -= before->count[r->start[col] + i];
}

int64_t
rai_serve_rolling_read(struct rai_serve_rolling *r, const struct rai_serve_bins *bins, size_t col,
    enum rai_rolling_window window, int64_t *out)
{
	const struct ring *ring = ring_of(r, col, window);
	int64_t since;

	pthread_mutex_lock(&r->lock);
	read_column(r, bins, col, out);
	if (ring != NULL) {
		subtract(r, col, mark_at(ring, 0), out);
		since = mark_at(ring, 0)->ms;
	} else
		since = has_past(r, col) ? r->began_ms : r->counts_ms;
	pthread_mutex_unlock(&r->lock);
	return since;
}

size_t
rai_serve_rolling_series(struct rai_serve_rolling *r, const struct rai_serve_bins *bins, size_t col,
    enum rai_rolling_window window, int64_t *out)
{
	const struct ring *ring = ring_of(r, col, window);
	size_t n = 1, nbin = r->nbin[col], k;

	pthread_mutex_lock(&r->lock);
	if (ring != NULL)
		n = kept(ring);
	for (k = 0; k + 1 < n; k++)
		memcpy(out + k * nbin, mark_at(ring, k + 1)->count + r->start[col],
		    nbin * sizeof(*out));
	read_column(r, bins, col, out + (n - 1) * nbin);
	for (k = 0; ring != NULL && k < n; k++)
		subtract(r, col, mark_at(ring, k), out + k * nbin);
	pthread_mutex_unlock(&r->lock);
	return n;
}

/* "raidrif1", in the byte order of the machine; MOST: milliseconds since 1970, and of a bin. */
#define MAGIC UINT64_C(0x3166697264696172)
#define MOST (INT64_C(1) << 56)
enum { LONG_AGO = 26 * 60 }; /* minutes, after which no mark is left of what was */

/*
 * What is kept begins with this.  Behind it come the marks of steps and of hours, oldest first, and
 * one of the moment that it was kept; each is its time and the counts of all bins that have a past.
 */
struct kept_head {
	uint64_t magic;
	char digest[RAI_HASH_DIGEST];
	uint64_t ncol, nbin, minutes, steps, hours;
	int64_t began_ms;
};

_Static_assert(sizeof(struct kept_head) == 128, "the layout of a file");

static void
pack_mark(const struct rai_serve_rolling *r, int64_t ms, const int64_t *count, struct rai_buf *out)
{
	size_t n = r->start[r->ncol] * sizeof(*count);
	char *to;

	rai_buf_add(out, &ms, sizeof(ms));
	to = rai_buf_extend(out, n);
	if (to != NULL && count != NULL)
		memcpy(to, count, n);
	else if (to != NULL)
		memset(to, 0, n);
}

static void
pack_ring(const struct rai_serve_rolling *r, const struct ring *ring, struct rai_buf *out)
{
	size_t k;

	for (k = 0; k < kept(ring); k++)
		pack_mark(r, mark_at(ring, k)->ms, mark_at(ring, k)->count, out);
}

int
rai_serve_rolling_pack(struct rai_serve_rolling *r, const struct rai_serve_bins *bins,
    const char *digest, int64_t now_ms, struct rai_buf *out, struct rai_err *err)
{
	struct kept_head h = {.magic = MAGIC, .ncol = r->ncol, .nbin = r->start[r->ncol]};
	int64_t *now = calloc(r->start[r->ncol] + 1, sizeof(*now));

	if (now == NULL)
		return rai_fail_memory(err);
	memcpy(h.digest, digest, strnlen(digest, sizeof(h.digest) - 1));
	pthread_mutex_lock(&r->lock);
	h.minutes = r->minutes;
	h.steps = kept(&r->steps);
	h.hours = kept(&r->hours);
	h.began_ms = r->began_ms;
	rai_buf_add(out, &h, sizeof(h));
	pack_ring(r, &r->steps, out);
	pack_ring(r, &r->hours, out);
	read_all(r, bins, now);
	pack_mark(r, now_ms, now, out);
	pthread_mutex_unlock(&r->lock);
	free(now);
	return rai_buf_check(out, "what was counted", err);
}

/*
 * Marks of a time and n counts, which never become less; the last is that of the moment.  Times
 * may: clocks are set.
 */
static int
is_a_past(const int64_t *mark, size_t marks, size_t n, const int64_t *last)
{
	const int64_t *next;
	size_t k, i;

	for (k = 0; k < marks; k++, mark = next) {
		next = k + 1 < marks ? mark + n + 1 : last;
		if (mark[0] < 0 || mark[0] > MOST)
			return 0;
		for (i = 1; i <= n; i++)
			if (mark[i] < 0 || mark[i] > next[i] || next[i] > MOST)
				return 0;
	}
	return last[0] >= 0 && last[0] <= MOST;
}

static int
unpack_ring(const struct rai_serve_rolling *r, struct ring *ring, const int64_t *mark, size_t marks)
{
	size_t n = r->start[r->ncol], k;

	for (k = 0; k < marks; k++, mark += n + 1) {
		if (ring->mark[k].count == NULL)
			ring->mark[k].count = calloc(n + 1, sizeof(*mark));
		if (ring->mark[k].count == NULL)
			return -1;
		ring->mark[k].ms = mark[0];
		memcpy(ring->mark[k].count, mark + 1, n * sizeof(*mark));
	}
	ring->n = marks;
	return 0;
}

/* The time in between has passed without a value. */
static void
catch_up(
    struct rai_serve_rolling *r, const struct rai_serve_bins *bins, int64_t kept_ms, int64_t now_ms)
{
	int64_t away = now_ms > kept_ms ? (now_ms - kept_ms) / 60000 : 0, k;

	for (k = away > LONG_AGO ? away - LONG_AGO : 0; k < away; k++)
		pass_minute(r, bins, kept_ms + (k + 1) * 60000);
}

static int
go_on(struct rai_serve_rolling *r, const struct rai_serve_bins *bins, const struct kept_head *h,
    const int64_t *mark, int64_t now_ms, struct rai_err *err)
{
	size_t n = r->start[r->ncol];
	const int64_t *hours = mark + h->steps * (n + 1), *last = hours + h->hours * (n + 1);

	if (!is_a_past(mark, h->steps, n, last) || !is_a_past(hours, h->hours, n, last) ||
	    h->began_ms < 0 || h->began_ms > MOST)
		return rai_fail(err, RAI_EINPUT, "its counts were never written by rai-serve");
	if (unpack_ring(r, &r->steps, mark, h->steps) != 0 ||
	    unpack_ring(r, &r->hours, hours, h->hours) != 0)
		return rai_fail_memory(err);
	memcpy(r->base, last + 1, n * sizeof(*r->base));
	r->minutes = h->minutes;
	r->began_ms = h->began_ms;
	catch_up(r, bins, last[0], now_ms);
	return 0;
}

int
rai_serve_rolling_unpack(struct rai_serve_rolling *r, const struct rai_serve_bins *bins,
    const char *digest, int64_t now_ms, const char *from, size_t len, struct rai_err *err)
{
	struct kept_head h;
	size_t n = r == NULL ? 0 : r->start[r->ncol], size;
	int64_t *mark;
	int rc;

	if (len < sizeof(h))
		return rai_fail(err, RAI_EINPUT, "is no state of rai-serve");
	memcpy(&h, from, sizeof(h));
	if (h.magic != MAGIC)
		return rai_fail(err, RAI_EINPUT, "is no state of rai-serve");
	if (r == NULL || strncmp(h.digest, digest, sizeof(h.digest)) != 0 || h.ncol != r->ncol ||
	    h.nbin != n)
		return 0;
	if (h.steps < 1 || h.steps > r->steps.room || h.hours < 1 || h.hours > r->hours.room ||
	    len - sizeof(h) != (h.steps + h.hours + 1) * (n + 1) * sizeof(*mark))
		return rai_fail(err, RAI_EINPUT, "is not whole");
	size = len - sizeof(h);
	mark = malloc(size);
	if (mark == NULL)
		return rai_fail_memory(err);
	memcpy(mark, from + sizeof(h), size);
	pthread_mutex_lock(&r->lock);
	rc = go_on(r, bins, &h, mark, now_ms, err);
	pthread_mutex_unlock(&r->lock);
	free(mark);
	return rc;
}

#include "serve/rolling.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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
	size_t *nbin, *start; /* start: ncol + 1 places; a column without a past has none */
	int64_t began_ms;
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
	r->steps.room = RAI_ROLLING_STEPS + 1;
	r->hours.room = RAI_ROLLING_HOURS + 1;
	r->began_ms = r->steps.mark[0].ms = r->hours.mark[0].ms = now_ms;
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
	free(r);
}

int64_t
rai_serve_rolling_began(const struct rai_serve_rolling *r)
{
	return r->began_ms;
}

/* Without memory for another there is no mark, and the window is a step longer. */
static void
make_mark(const struct rai_serve_rolling *r, struct ring *ring, const struct rai_serve_bins *bins,
    int64_t now_ms)
{
	struct mark *mark = &ring->mark[ring->n % ring->room];
	size_t i;

	if (mark->count == NULL)
		mark->count = calloc(r->start[r->ncol] + 1, sizeof(*mark->count));
	if (mark->count == NULL)
		return;
	for (i = 0; i < r->ncol; i++)
		if (r->start[i + 1] > r->start[i])
			rai_serve_bins_read(bins, i, mark->count + r->start[i]);
	mark->ms = now_ms;
	ring->n++;
}

void
rai_serve_rolling_minute(
    struct rai_serve_rolling *r, const struct rai_serve_bins *bins, int64_t now_ms)
{
	pthread_mutex_lock(&r->lock);
	r->minutes++;
	if (r->minutes % RAI_ROLLING_STEP == 0)
		make_mark(r, &r->steps, bins, now_ms);
	if (r->minutes % 60 == 0)
		make_mark(r, &r->hours, bins, now_ms);
	pthread_mutex_unlock(&r->lock);
}

/* The marks that a window and its series lie on; NULL: on none but the beginning. */
static const struct ring *
ring_of(const struct rai_serve_rolling *r, size_t col, enum rai_rolling_window window)
{
	if (r->start[col + 1] == r->start[col] || window == RAI_ROLLING_ALL)
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
	rai_serve_bins_read(bins, col, out);
	if (ring != NULL) {
		subtract(r, col, mark_at(ring, 0), out);
		since = mark_at(ring, 0)->ms;
	} else
		since = r->began_ms;
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
	rai_serve_bins_read(bins, col, out + (n - 1) * nbin);
	for (k = 0; ring != NULL && k < n; k++)
		subtract(r, col, mark_at(ring, k), out + k * nbin);
	pthread_mutex_unlock(&r->lock);
	return n;
}

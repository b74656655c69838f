#include "serve/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stat/stat.h"

/* LEAST: live values, below which an index says nothing.  An index of EFFECT is commonly called a
 * large move; what chance alone would give comes on top. */
enum { LEAST = 100 };
#define EFFECT 0.2

/* What had been counted at the last point. */
struct before {
	uint64_t count[RAI_SERVE_TIMES];
	int64_t ns;
};

struct rai_serve_watch {
	struct rai_serve_models *models;
	const struct rai_clock *clock;
	struct rai_serve_history *history;
	struct before *before; /* by model; the lock's */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	int stop, running;
};

int
rai_serve_moved(const struct rai_serve_live *live, size_t col, struct rai_serve_moved *out)
{
	const struct rai_serve_model *m = &live->model;
	const struct rai_serve_reference *r =
	    m->facts == NULL || m->facts->column == NULL ? NULL : &m->facts->column[col];
	int64_t *now;
	size_t i, n = m->nbin == NULL ? 0 : m->nbin[col];

	if (live->bins == NULL || r == NULL || r->count == NULL || n == 0)
		return -1;
	now = calloc(n, sizeof(*now));
	if (now == NULL)
		return -1;
	rai_serve_bins_read(live->bins, col, now);
	memset(out, 0, sizeof(*out));
	for (i = 0; i < n; i++)
		out->n += now[i];
	out->enough = out->n >= LEAST;
	out->judged =
	    out->enough && (col == m->schema->n || m->schema->col[col].type != RAI_COL_DATE);
	if (out->enough) {
		out->psi = rai_stat_psi(now, r->count, n);
		out->expected = rai_stat_psi_expected(now, r->count, n);
		out->threshold = EFFECT + out->expected;
	}
	free(now);
	return 0;
}

/* The largest of all features. */
static double
worst(const struct rai_serve_live *live)
{
	struct rai_serve_moved moved;
	double most = NAN;
	size_t i;

	for (i = 0; i < live->model.schema->n; i++)
		if (rai_serve_moved(live, i, &moved) == 0 && moved.judged)
			most = fmax(most, moved.psi / moved.threshold);
	return most;
}

/* What is since before, which becomes now when it is to be kept; the lock is held. */
static void
look(struct rai_serve_watch *w, const struct rai_serve_live *live, size_t index, int keep,
    struct rai_serve_point *p)
{
	const struct rai_serve_named *named = &w->models->named[index];
	struct before *before = &w->before[index], now;
	uint64_t since[RAI_SERVE_TIMES];
	struct rai_serve_accuracy a;
	double n = 0;
	size_t i;

	rai_serve_latency_read(named->latency, now.count);
	now.ns = rai_clock_mono_ns();
	for (i = 0; i < RAI_SERVE_TIMES; i++) {
		since[i] = now.count[i] - before->count[i];
		n += (double)since[i];
	}
	rai_serve_join_accuracy(named->join, &a);
	p->ms = rai_clock_now(w->clock);
	p->accuracy = a.rolling;
	p->drift = worst(live);
	p->p50 = rai_serve_latency_quantile(since, 0.5);
	p->p99 = rai_serve_latency_quantile(since, 0.99);
	p->per_second = now.ns > before->ns ? n / ((double)(now.ns - before->ns) / 1e9) : NAN;
	if (keep)
		*before = now;
}

static void
note_all(struct rai_serve_watch *w)
{
	const struct rai_serve_snapshot *s = rai_serve_models_enter(w->models, 0);
	struct rai_serve_point p;
	size_t i;

	for (i = 0; i < w->models->n; i++) {
		look(w, s->entry[i].current, i, 1, &p);
		rai_serve_history_add(w->history, i, &p);
	}
	rai_serve_models_leave(w->models, 0, s);
}

static void *
run(void *payload)
{
	struct rai_serve_watch *w = payload;
	struct timespec until;
	int waited;

	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&w->lock);
	note_all(w);
	while (!w->stop) {
		until.tv_sec += RAI_HISTORY_EVERY_S;
		for (waited = 0; !w->stop && waited == 0;)
			waited = pthread_cond_timedwait(&w->wake, &w->lock, &until);
		if (!w->stop)
			note_all(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int
rai_serve_watch_start(struct rai_serve_models *models, const struct rai_clock *clock,
    struct rai_serve_watch **out, struct rai_err *err)
{
	struct rai_serve_watch *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	size_t i;

	if (w == NULL)
		return rai_fail_memory(err);
	w->models = models;
	w->clock = clock;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	w->before = calloc(models->n, sizeof(*w->before));
	for (i = 0; w->before != NULL && i < models->n; i++)
		w->before[i].ns = rai_clock_mono_ns();
	if (w->before == NULL)
		rai_fail_memory(err);
	else if (rai_serve_history_new(models->n, &w->history, err) == 0) {
		w->running = pthread_create(&w->thread, NULL, run, w) == 0;
		if (w->running) {
			*out = w;
			return 0;
		}
		rai_fail(err, RAI_ESYS, "no thread can be started");
	}
	rai_serve_watch_stop(w);
	return -1;
}

void
rai_serve_watch_stop(struct rai_serve_watch *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = 1;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	if (w->running)
		pthread_join(w->thread, NULL);
	rai_serve_history_free(w->history);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w->before);
	free(w);
}

size_t
rai_serve_watch_read(struct rai_serve_watch *w, const struct rai_serve_live *live, size_t index,
    struct rai_serve_point *out)
{
	size_t n = rai_serve_history_read(w->history, index, out);

	pthread_mutex_lock(&w->lock);
	look(w, live, index, 0, &out[n]);
	pthread_mutex_unlock(&w->lock);
	return n + 1;
}

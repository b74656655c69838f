#include "serve/watch.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "serve/keep.h"
#include "serve/moved.h"

#define KEPT_MOST (RAI_HISTORY_PACKED + RAI_ROLLING_PACKED) /* bytes of a file */

/* What had been counted at the last point. */
struct before {
	uint64_t count[RAI_SERVE_TIMES];
	int64_t ns;
};

struct rai_serve_watch {
	struct rai_serve_models *models;
	const struct rai_serve_app_config *config;
	struct rai_serve_history *history;
	struct before *before; /* by model; the lock's */
	pthread_mutex_t lock;
	pthread_t thread;
	atomic_int stop;
	int running;
	int warned; /* that nothing can be kept; the thread's */
};

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
	p->ms = rai_clock_now(w->config->clock);
	p->accuracy = a.rolling;
	p->drift = rai_serve_moved_most(live);
	p->p50 = rai_serve_latency_quantile(since, 0.5);
	p->p99 = rai_serve_latency_quantile(since, 0.99);
	p->per_second = now.ns > before->ns ? n / ((double)(now.ns - before->ns) / 1e9) : NAN;
	if (keep)
		*before = now;
}

/* What answers for a name, and what may answer for it again: a minute has passed. */
static void
roll(struct rai_serve_watch *w, const struct rai_serve_entry *e)
{
	const struct rai_serve_live *live[] = {e->current, e->previous};
	size_t i;

	for (i = 0; i < sizeof(live) / sizeof(live[0]); i++)
		if (live[i] != NULL && live[i]->bins != NULL)
			rai_serve_rolling_minute(
			    live[i]->rolling, live[i]->bins, rai_clock_now(w->config->clock));
}

/* rolls: it is a whole minute. */
static void
note_all(struct rai_serve_watch *w, int rolls)
{
	const struct rai_serve_snapshot *s = rai_serve_models_enter(w->models, 0);
	struct rai_serve_point p;
	size_t i;

	for (i = 0; i < w->models->n; i++) {
		if (rolls)
			roll(w, &s->entry[i]);
		look(w, s->entry[i].current, i, 1, &p);
		rai_serve_history_add(w->history, i, &p);
	}
	rai_serve_models_leave(w->models, 0, s);
}

static char *
path_of(const struct rai_serve_watch *w, size_t index, struct rai_err *err)
{
	char *path = rai_serve_keep_path(w->config->state, w->models->named[index].name, "drift");

	if (path == NULL)
		rai_fail_memory(err);
	return path;
}

/* What may be swapped for each other is of one kind: of a name's hash, 53 bits. */
static uint64_t
kind_of(const struct rai_serve_model *m)
{
	return (uint64_t)rai_serve_join_class(m->schema->target.name) << 1 | (m->nclass > 0);
}

/* All of a file: the minutes, and the counts where there are bins. */
static int
pack(struct rai_serve_watch *w, size_t index, const struct rai_serve_live *live,
    struct rai_buf *out, struct rai_err *err)
{
	struct rai_buf counts = RAI_BUF_INIT(RAI_ROLLING_PACKED);
	int rc = 0;

	if (live->bins != NULL)
		rc = rai_serve_rolling_pack(live->rolling, live->bins, live->model.digest,
		    rai_clock_now(w->config->clock), &counts, err);
	if (rc == 0)
		rc = rai_serve_history_pack(
		    w->history, index, kind_of(&live->model), &counts, out, err);
	rai_buf_free(&counts);
	return rc;
}

/* Before they kept the minutes, files had the counts only. */
static int
unpack(struct rai_serve_watch *w, size_t index, const struct rai_serve_live *live,
    const struct rai_buf *from, struct rai_err *err)
{
	size_t used;

	if (rai_serve_history_unpack(w->history, index, kind_of(&live->model), from, &used, err) !=
	    0)
		return -1;
	if (used > 0 && used == from->len)
		return 0;
	return rai_serve_rolling_unpack(live->rolling, live->bins, live->model.digest,
	    rai_clock_now(w->config->clock), from->ptr + used, from->len - used, err);
}

/* Nobody waits for the disk here: a request may work on another snapshot meanwhile. */
static int
keep_one(
    struct rai_serve_watch *w, size_t index, const struct rai_serve_live *live, struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT(KEPT_MOST);
	char *path = path_of(w, index, err);
	int rc = -1;

	if (path != NULL && pack(w, index, live, &b, err) == 0)
		rc = rai_file_write(path, b.ptr, b.len, 0600, err);
	rai_buf_free(&b);
	free(path);
	return rc;
}

static void
keep_all(struct rai_serve_watch *w)
{
	const struct rai_serve_snapshot *s;
	struct rai_err err = RAI_ERR_INIT;
	size_t i;
	int rc = 0;

	if (w->config->state == NULL)
		return;
	s = rai_serve_models_enter(w->models, 0);
	for (i = 0; i < w->models->n; i++) /* the first that fails is told of */
		if (keep_one(w, i, s->entry[i].current, rc == 0 ? &err : NULL) != 0)
			rc = -1;
	rai_serve_models_leave(w->models, 0, s);
	if (rc != 0 && !w->warned && w->config->note != NULL) {
		rai_wrap(&err, "drift and the history would not outlive the process");
		w->config->note(w->config->payload, err.msg);
	}
	w->warned = rc != 0;
}

static int
go_on(
    struct rai_serve_watch *w, size_t index, const struct rai_serve_live *live, struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT(KEPT_MOST);
	char *path = path_of(w, index, err);
	int rc = path == NULL ? -1 : 0;

	if (rc == 0 && access(path, F_OK) == 0) {
		rc = rai_file_read(path, &b, err);
		if (rc == 0 && (rc = unpack(w, index, live, &b, err)) != 0)
			rai_wrap(err, "%s", path);
	}
	rai_buf_free(&b);
	free(path);
	return rc;
}

/* Before the first request. */
static int
go_on_all(struct rai_serve_watch *w, struct rai_err *err)
{
	const struct rai_serve_snapshot *s;
	size_t i;
	int rc = 0;

	if (w->config->state == NULL)
		return 0;
	s = rai_serve_models_enter(w->models, 0);
	for (i = 0; rc == 0 && i < w->models->n; i++)
		rc = go_on(w, i, s->entry[i].current, err);
	rai_serve_models_leave(w->models, 0, s);
	return rc;
}

/* Until it is time for the next point, or to stop; what is over meanwhile is cleared. */
static void
pass_time(struct rai_serve_watch *w, const struct timespec *until)
{
	while (!atomic_load(&w->stop) && rai_serve_models_wait(w->models, until) == 0)
		rai_serve_models_clear(w->models);
}

static void
note_and_keep(struct rai_serve_watch *w, int rolls)
{
	pthread_mutex_lock(&w->lock);
	note_all(w, rolls);
	pthread_mutex_unlock(&w->lock);
	keep_all(w);
}

static void *
run(void *payload)
{
	struct rai_serve_watch *w = payload;
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&w->lock);
	note_all(w, 1);
	pthread_mutex_unlock(&w->lock);
	for (;;) {
		until.tv_sec += RAI_HISTORY_EVERY_S;
		pass_time(w, &until);
		if (atomic_load(&w->stop))
			break;
		note_and_keep(w, 1);
	}
	note_and_keep(w, 0); /* the minute that was not over */
	return NULL;
}

int
rai_serve_watch_start(struct rai_serve_models *models, const struct rai_serve_app_config *config,
    struct rai_serve_watch **out, struct rai_err *err)
{
	struct rai_serve_watch *w = calloc(1, sizeof(*w));
	size_t i;

	if (w == NULL)
		return rai_fail_memory(err);
	w->models = models;
	w->config = config;
	pthread_mutex_init(&w->lock, NULL);
	w->before = calloc(models->n, sizeof(*w->before));
	for (i = 0; w->before != NULL && i < models->n; i++)
		w->before[i].ns = rai_clock_mono_ns();
	if (w->before == NULL)
		rai_fail_memory(err);
	else if (rai_serve_history_new(models->n, &w->history, err) == 0 &&
		 go_on_all(w, err) == 0) {
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
	atomic_store(&w->stop, 1);
	rai_serve_models_wake(w->models);
	if (w->running)
		pthread_join(w->thread, NULL);
	rai_serve_history_free(w->history);
	pthread_mutex_destroy(&w->lock);
	free(w->before);
	free(w);
}

size_t
rai_serve_watch_read(struct rai_serve_watch *w, const struct rai_serve_live *live, size_t index,
    struct rai_serve_point *out)
{
	size_t n = rai_serve_history_read(w->history, index, rai_clock_now(w->config->clock), out);

	pthread_mutex_lock(&w->lock);
	look(w, live, index, 0, &out[n]);
	pthread_mutex_unlock(&w->lock);
	return n + 1;
}

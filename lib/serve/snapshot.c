#include "serve/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "serve/trial.h"

enum { LINE = 64 };

/* A lane's way in.  The lock is taken by few besides the lane's thread. */
struct rai_serve_gate {
	_Alignas(LINE) pthread_mutex_t lock;
	struct rai_serve_snapshot *now;
};

/* Requests of a lane that use a snapshot; guarded by the lane's lock. */
struct rai_serve_stay {
	_Alignas(LINE) size_t requests;
};

void
rai_serve_snapshot_free(struct rai_serve_snapshot *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; s->entry != NULL && i < s->n; i++) {
		rai_serve_live_drop(s->entry[i].current);
		rai_serve_live_drop(s->entry[i].previous);
		rai_serve_trial_drop(s->entry[i].trial);
	}
	free(s->entry);
	free(s->stay);
	free(s);
}

struct rai_serve_snapshot *
rai_serve_snapshot_new(size_t n, unsigned lanes, struct rai_err *err)
{
	struct rai_serve_snapshot *s = calloc(1, sizeof(*s));
	unsigned i;

	if (s == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	s->n = n;
	s->entry = calloc(n, sizeof(*s->entry));
	s->stay = aligned_alloc(LINE, lanes * sizeof(*s->stay));
	atomic_init(&s->left, lanes);
	if (s->entry == NULL || s->stay == NULL) {
		rai_serve_snapshot_free(s);
		rai_fail_memory(err);
		return NULL;
	}
	for (i = 0; i < lanes; i++)
		s->stay[i].requests = 0;
	return s;
}

/* A lane will not use s again. */
static void
lane_is_done(struct rai_serve_models *m, struct rai_serve_snapshot *s)
{
	if (atomic_fetch_sub(&s->left, 1) != 1)
		return;
	s->next = atomic_load(&m->over);
	while (!atomic_compare_exchange_weak(&m->over, &s->next, s))
		;
	sem_post(&m->news);
}

const struct rai_serve_snapshot *
rai_serve_models_enter(struct rai_serve_models *m, unsigned lane)
{
	struct rai_serve_gate *g = &m->gate[lane];
	struct rai_serve_snapshot *s;

	pthread_mutex_lock(&g->lock);
	s = g->now;
	s->stay[lane].requests++;
	pthread_mutex_unlock(&g->lock);
	return s;
}

void
rai_serve_models_leave(
    struct rai_serve_models *m, unsigned lane, const struct rai_serve_snapshot *used)
{
	struct rai_serve_gate *g = &m->gate[lane];
	struct rai_serve_snapshot *s = (struct rai_serve_snapshot *)used;
	int done;

	pthread_mutex_lock(&g->lock);
	done = --s->stay[lane].requests == 0 && g->now != s;
	pthread_mutex_unlock(&g->lock);
	if (done)
		lane_is_done(m, s);
}

const struct rai_serve_snapshot *
rai_serve_snapshot_now(const struct rai_serve_models *m)
{
	return m->gate[0].now;
}

void
rai_serve_snapshot_publish(struct rai_serve_models *m, struct rai_serve_snapshot *s)
{
	struct rai_serve_snapshot *old;
	unsigned i;
	int done;

	for (i = 0; i < m->lanes; i++) {
		pthread_mutex_lock(&m->gate[i].lock);
		old = m->gate[i].now;
		m->gate[i].now = s;
		done = old != NULL && old->stay[i].requests == 0;
		pthread_mutex_unlock(&m->gate[i].lock);
		if (done)
			lane_is_done(m, old);
	}
}

void
rai_serve_models_clear(struct rai_serve_models *m)
{
	struct rai_serve_snapshot *s, *next;

	pthread_mutex_lock(&m->clearing);
	for (s = atomic_exchange(&m->over, NULL); s != NULL; s = next) {
		next = s->next;
		rai_serve_snapshot_free(s);
	}
	pthread_mutex_unlock(&m->clearing);
}

int
rai_serve_models_wait(struct rai_serve_models *m, const struct timespec *until)
{
	int rc;

	do
		rc = sem_clockwait(&m->news, CLOCK_MONOTONIC, until);
	while (rc != 0 && errno == EINTR);
	return rc;
}

void
rai_serve_models_wake(struct rai_serve_models *m)
{
	sem_post(&m->news);
}

int
rai_serve_gates_open(
    struct rai_serve_models *m, struct rai_serve_snapshot *first, struct rai_err *err)
{
	unsigned i;

	m->gate = aligned_alloc(LINE, m->lanes * sizeof(*m->gate));
	if (m->gate == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < m->lanes; i++) {
		pthread_mutex_init(&m->gate[i].lock, NULL);
		m->gate[i].now = NULL;
	}
	rai_serve_snapshot_publish(m, first);
	return 0;
}

void
rai_serve_gates_close(struct rai_serve_models *m)
{
	unsigned i;

	if (m->gate == NULL)
		return;
	rai_serve_snapshot_publish(m, NULL);
	rai_serve_models_clear(m);
	for (i = 0; i < m->lanes; i++)
		pthread_mutex_destroy(&m->gate[i].lock);
	free(m->gate);
	m->gate = NULL;
}

#include "base/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define LOOKS 20000 /* for work before a member sleeps: about 50 us */

struct member {
	struct rai_team *team;
	size_t index;
	pthread_t thread;
};

struct rai_team {
	struct member *member; /* all but the caller */
	size_t nmember;
	pthread_mutex_t lock;
	pthread_cond_t work;
	atomic_size_t round;  /* counts the loops; written under the lock */
	atomic_size_t active; /* members inside a loop; grows under the lock, while open */
	atomic_size_t next;
	int open, done;
	size_t n;
	void (*item)(void *ctx, size_t i, size_t worker);
	void *ctx;
};

static void
relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static void
do_items(struct rai_team *t, size_t worker)
{
	size_t i;

	while ((i = atomic_fetch_add(&t->next, 1)) < t->n)
		t->item(t->ctx, i, worker);
}

/* Waits for a loop after the one that was seen; the number of the new one, or 0 at the end. */
static size_t
join_loop(struct rai_team *t, size_t seen)
{
	size_t i, round;

	for (i = 0; i < LOOKS && atomic_load(&t->round) == seen; i++)
		relax();
	pthread_mutex_lock(&t->lock);
	while (!t->done && (atomic_load(&t->round) == seen || !t->open)) {
		seen = atomic_load(&t->round);
		pthread_cond_wait(&t->work, &t->lock);
	}
	round = t->done ? 0 : atomic_load(&t->round);
	if (round != 0)
		atomic_fetch_add(&t->active, 1);
	pthread_mutex_unlock(&t->lock);
	return round;
}

static void *
serve(void *arg)
{
	struct member *m = arg;
	size_t round = 0;

	while ((round = join_loop(m->team, round)) != 0) {
		do_items(m->team, m->index);
		atomic_fetch_sub(&m->team->active, 1);
	}
	return NULL;
}

struct rai_team *
rai_team_new(size_t threads)
{
	struct rai_team *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->member = calloc(threads, sizeof(*t->member));
	if (t->member == NULL) {
		free(t);
		return NULL;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	while (t->nmember + 1 < threads) {
		struct member *m = &t->member[t->nmember];

		m->team = t;
		m->index = t->nmember + 1;
		if (pthread_create(&m->thread, NULL, serve, m) != 0)
			break;
		t->nmember++;
	}
	return t;
}

void
rai_team_free(struct rai_team *t)
{
	size_t i;

	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->done = 1;
	atomic_fetch_add(&t->round, 1);
	pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
	for (i = 0; i < t->nmember; i++)
		pthread_join(t->member[i].thread, NULL);
	pthread_cond_destroy(&t->work);
	pthread_mutex_destroy(&t->lock);
	free(t->member);
	free(t);
}

size_t
rai_team_size(const struct rai_team *t)
{
	return t->nmember + 1;
}

void
rai_team_run(
    struct rai_team *t, size_t n, void (*item)(void *ctx, size_t i, size_t worker), void *ctx)
{
	size_t i;

	if (t->nmember == 0 || n <= 1) {
		for (i = 0; i < n; i++)
			item(ctx, i, 0);
		return;
	}
	pthread_mutex_lock(&t->lock);
	t->n = n;
	t->item = item;
	t->ctx = ctx;
	atomic_store(&t->next, 0);
	t->open = 1;
	atomic_fetch_add(&t->round, 1);
	pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
	do_items(t, 0);
	pthread_mutex_lock(&t->lock);
	t->open = 0;
	pthread_mutex_unlock(&t->lock);
	/* nobody joins any more; the others finish what they hold */
	for (i = 0; atomic_load(&t->active) != 0; i++)
		if (i < LOOKS)
			relax();
		else
			sched_yield();
}

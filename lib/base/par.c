#include "base/par.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

struct job {
	void (*item)(void *ctx, size_t i, size_t worker);
	void *ctx;
	size_t n;
	atomic_size_t next;
};

struct worker {
	struct job *job;
	size_t index;
	pthread_t thread;
};

size_t
rai_par_cores(void)
{
	cpu_set_t set;
	int n;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (size_t)n : 1;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->job->next, 1)) < w->job->n)
		w->job->item(w->job->ctx, i, w->index);
	return NULL;
}

void
rai_par_for(size_t n, size_t threads, void (*item)(void *ctx, size_t i, size_t worker), void *ctx)
{
	struct job job = {item, ctx, n, 0};
	struct worker self = {&job, 0, 0}, *more = NULL;
	size_t i, started = 0;

	threads = threads > n ? n : threads;
	if (threads > 1)
		more = calloc(threads - 1, sizeof(*more));
	for (i = 0; more != NULL && i < threads - 1; i++) {
		more[i].job = &job;
		more[i].index = i + 1;
		if (pthread_create(&more[i].thread, NULL, work, &more[i]) != 0)
			break;
		started++;
	}
	work(&self);
	for (i = 0; i < started; i++)
		pthread_join(more[i].thread, NULL);
	free(more);
}

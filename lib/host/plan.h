#ifndef RAI_HOST_PLAN_H
#define RAI_HOST_PLAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Pure: what is wanted and what is found give steps; nothing is done here.  The rules are those
 * of Kubernetes' Deployment controller: never more than replicas + surge at once, never fewer
 * than replicas - unavailable able to answer; broken old replicas go first.
 */
enum rai_host_state {
	RAI_HOST_WAITING,   /* no process: it ended, and starts again when due */
	RAI_HOST_STARTING,  /* a process that is not (or not long enough) ready */
	RAI_HOST_AVAILABLE, /* ready for minReadySeconds */
	RAI_HOST_STOPPING   /* told to stop, still there: not counted */
};

struct rai_host_seen {
	int current; /* of the wanted template, unaltered */
	int number;  /* n of name-hash-n when it is of the wanted template, else -1 */
	int due;     /* WAITING: the back-off is over */
	enum rai_host_state state;
};

struct rai_host_want {
	int64_t replicas, surge, unavailable;
	int recreate;
};

enum rai_host_action { RAI_HOST_CREATE, RAI_HOST_START, RAI_HOST_STOP };

struct rai_host_step {
	enum rai_host_action action;
	size_t at;          /* START, STOP: index in seen */
	int number;         /* CREATE: the free number */
	const char *reason; /* constant text */
};

/*
 * Writes at most max steps and returns how many; max = n + replicas is always enough.  No step
 * and rai_host_settled() means: nothing to do.
 */
size_t rai_host_plan(const struct rai_host_want *want, const struct rai_host_seen *seen, size_t n,
    struct rai_host_step *steps, size_t max);

/* 1 when exactly the wanted replicas are there, available, and nothing else is. */
int rai_host_settled(const struct rai_host_want *want, const struct rai_host_seen *seen, size_t n);

#endif

#ifndef RAI_HOST_RUNTIME_H
#define RAI_HOST_RUNTIME_H

#include <stdint.h>

#include "base/clock.h"
#include "host/manifest.h"
#include "json/event.h"

/*
 * Deployments run as processes of this machine: started, probed, restarted, rolled and healed.
 * One thread; rai_host_step() never blocks for long, rai_host_wait() sleeps until something
 * happens.  Everything is kept in the state folder (host/store.h), so that a later rai-sync takes
 * over what an earlier one left running.  Events (rai-json(5), deployment.*) are appended to out.
 */
struct rai_host;

struct rai_host_options {
	const char *state;             /* folder */
	const char *listen;            /* IPv4 address of the Services' ports */
	const struct rai_clock *clock; /* for the events' time; may be NULL */
	struct rai_buf *out;           /* events */
	struct rai_event_chain *chain; /* of the events; the caller may change it between steps */
};

/* 0: *out holds the folder; 1: another process does (*holder, 0 when unknown). */
int rai_host_open(
    const struct rai_host_options *o, struct rai_host **out, int *holder, struct rai_err *err);

/* Leaves replicas running; NULL is fine. */
void rai_host_close(struct rai_host *h);

/*
 * From now on this is wanted; takes *m over (it is empty afterwards), also on failure.
 * -1: a port could not be opened; what ran before stays wanted.
 */
int rai_host_apply(
    struct rai_host *h, struct rai_host_manifest *m, const char *revision, struct rai_err *err);

/* Looks, decides and acts once.  -1: this machine failed (disk full, ...). */
int rai_host_step(struct rai_host *h, struct rai_err *err);

/* Sleeps until something happens, at most max_ms; wake (-1: none) is watched too. */
void rai_host_wait(struct rai_host *h, int64_t max_ms, int wake);

/* Every Deployment as wanted / at least one that will not get there by itself. */
int rai_host_is_settled(const struct rai_host *h);
int rai_host_is_degraded(const struct rai_host *h);

/* Something outside (Git, an image) keeps the wanted state from being known: says so, once.
 * NULL: it is over. */
void rai_host_trouble(struct rai_host *h, const char *message);

/* From now on nothing is wanted: all replicas drain.  Step until it answers 1: nothing runs. */
void rai_host_stop_all(struct rai_host *h);
int rai_host_is_empty(const struct rai_host *h);

/*
 * What apply would change, for people, a line each; 1: there are differences.  Reads the state
 * folder (which may not exist) and the kernel, changes nothing.
 */
int rai_host_diff(const char *state, const struct rai_host_manifest *m, const char *revision,
    struct rai_buf *lines, struct rai_err *err);

#endif

#ifndef RAI_HOST_REPLICA_H
#define RAI_HOST_REPLICA_H

#include "host/plan.h"
#include "host/probe.h"
#include "host/process.h"
#include "host/template.h"

/*
 * Inside the room: one replica, from its record in the state folder to its process.
 * All times are monotonic milliseconds.
 */
enum { RAI_HOST_NAME = 96, RAI_HOST_REASON = 160 };

struct rai_host_watch { /* one probe's life */
	struct rai_host_get get;
	int64_t next_ms;
	int64_t good, bad; /* in a row */
};

struct rai_host_replica {
	char name[RAI_HOST_NAME], deployment[64];
	int number;
	struct rai_host_spec spec;
	struct rai_host_process process;
	int probe_port;
	int stopping, forget, killed; /* told to stop; for good; by SIGKILL */
	int altered;                  /* its process is not what was started */
	int ready, was_ready;
	int64_t restarts; /* in a row */
	int64_t started_ms, ready_ms, stop_ms, next_start_ms, checked_ms;
	struct rai_host_watch watch[2];
	char identity[RAI_HASH_HEX]; /* "" until it has been ready */
	char *record;                /* the text of its file */
	const char *action;          /* since the last event: create restart update ... or NULL */
	char reason[RAI_HOST_REASON];
};

struct rai_host_place {     /* where replicas live */
	const char *state;  /* absolute */
	const char *marker; /* NAME=value in every replica's environment */
};

/* NULL: no memory. */
struct rai_host_replica *rai_host_replica_new(const char *deployment, const char *name, int number);
void rai_host_replica_free(struct rai_host_replica *r); /* the process stays */

/* The spec of d for this replica, with the environment below it. */
int rai_host_replica_spec(struct rai_host_replica *r, const struct rai_host_place *place,
    const struct rai_host_deployment *d, struct rai_err *err);

/* Starts its process; http is the shared socket or -1.  1: it could not be (reason says why). */
int rai_host_replica_start(struct rai_host_replica *r, const struct rai_host_place *place, int http,
    int64_t now_ms, struct rai_err *err);

/* Asks it to end: to be started again, or (forget) never. */
void rai_host_replica_stop(struct rai_host_replica *r, int forget, int64_t now_ms);

/* Looks at the process, its probes and its time-outs.  1: it has ended (process is NONE now). */
int rai_host_replica_look(struct rai_host_replica *r, int64_t now_ms);

/* When look() wants to be called again at the latest. */
int64_t rai_host_replica_next(const struct rai_host_replica *r, int64_t now_ms);

enum rai_host_state rai_host_replica_state(const struct rai_host_replica *r, int64_t now_ms);

/* Writes its record where it has changed; removes it when forget and ended. */
int rai_host_replica_save(
    struct rai_host_replica *r, const struct rai_host_place *place, struct rai_err *err);

/* From the record's text; its process is found again if it lives.  NULL: not a record. */
struct rai_host_replica *rai_host_replica_load(const char *text, size_t n, struct rai_err *err);

#endif

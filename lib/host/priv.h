#ifndef RAI_HOST_PRIV_H
#define RAI_HOST_PRIV_H

#include "host/replica.h"
#include "host/runtime.h"

/* Inside the room: what the runtime keeps, shared by runtime.c and its neighbours. */
enum rai_host_phase { RAI_HOST_ROLLING, RAI_HOST_SETTLED, RAI_HOST_HEALING, RAI_HOST_DEGRADED };

struct rai_host_gone { /* a replica that was removed, for the next event */
	char name[RAI_HOST_NAME], reason[64];
};

enum { RAI_HOST_GONE_MAX = 32 };

struct rai_host_running { /* one Deployment */
	char name[64];
	const struct rai_host_deployment *want; /* NULL: no longer in Git */
	char *live;                             /* the text of its live file */
	enum rai_host_phase phase;
	int was_settled;     /* at this revision */
	int unadopted;       /* applied, but not looked at yet */
	int64_t since_ms;    /* begin of the phase that is to be timed */
	int64_t progress_ms; /* of the last progress */
	int64_t best;        /* the most progress so far */
	const char *action;  /* of the object since the last event, or NULL */
	char reason[240];    /* why it is not as wanted */
	struct rai_host_gone gone[RAI_HOST_GONE_MAX];
	size_t n_gone;
};

struct rai_host_socket {
	int port, fd;
};

struct rai_host {
	char *state, *listen, *marker;
	const struct rai_clock *clock;
	struct rai_buf *out;
	struct rai_event_chain *chain;
	int lock, notify;
	struct rai_host_manifest manifest;
	char revision[72];
	struct rai_host_running *running; /* n_running */
	size_t n_running;
	struct rai_host_replica **replica; /* n_replicas, by deployment and number */
	size_t n_replicas;
	struct rai_host_socket *socket; /* n_sockets */
	size_t n_sockets;
	int64_t files_ms; /* when the state folder was last compared */
	int stopping;
	char trouble[RAI_ERR_MAX];
};

int64_t rai_host_now(void); /* monotonic milliseconds */

struct rai_host_place rai_host_place_of(const struct rai_host *h);
int rai_host_add_replica(struct rai_host *h, struct rai_host_replica *r, struct rai_err *err);

/* Reads STATE/replicas and looks for processes of ours that no record names (adopt.c). */
int rai_host_adopt(struct rai_host *h, struct rai_err *err);

/* What the plan sees of one Deployment's replicas; at[k] is the place of seen[k] in h->replica. */
size_t rai_host_see(const struct rai_host *h, const struct rai_host_running *d, int64_t now_ms,
    struct rai_host_seen *seen, size_t *at);
struct rai_host_want rai_host_want_of(const struct rai_host_running *d);

/* Where a Deployment stands by now; says so when that has changed (judge.c). */
void rai_host_evaluate(struct rai_host *h, struct rai_host_running *d, int64_t now_ms);

/* Files of ours that a hand has changed are reported and put back (judge.c). */
void rai_host_check_files(struct rai_host *h, int64_t now_ms);

char *rai_host_live_path(const struct rai_host *h, const char *name); /* caller frees */

/* Appends deployment.<verb> and keeps it in STATE/status; forgets the collected actions. */
void rai_host_report(
    struct rai_host *h, struct rai_host_running *d, const char *verb, int64_t now_ms);

#endif

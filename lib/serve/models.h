#ifndef RAI_SERVE_MODELS_H
#define RAI_SERVE_MODELS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/hash.h"
#include "serve/app.h"
#include "serve/join.h"
#include "serve/metrics.h"
#include "serve/names.h"
#include "serve/rolling.h"

/*
 * Inside of this room: the models that are served, by name.  The names are fixed; which model
 * answers for one may change at any time.  A request works on a snapshot, which never changes: a
 * change publishes another, and the old one is over when its last request has ended.  Neither
 * waits for the other, however long a request takes, nor for what is over to be freed.
 */

/* What headers say of a model; a longer version is cut. */
struct rai_serve_shown {
	char version[RAI_SERVE_VERSION], digest[RAI_HASH_DIGEST];
};

/* One model with the counters that belong to its bins. */
struct rai_serve_live {
	struct rai_serve_model model;
	struct rai_serve_shown shown;
	struct rai_serve_bins *bins;       /* NULL: the model has no profile */
	struct rai_serve_rolling *rolling; /* of the bins; NULL: there are none */
	struct rai_buf who;           /* the members "model", "version" and "digest" as JSON text */
	struct rai_serve_names names; /* of the schema's columns */
	double *class_key;            /* rai_serve_join_class() of every class; NULL: a number */
	atomic_uint users;            /* snapshots that hold it */
};

/* Takes the model over, also on failure; it begins to answer at now_ms. */
struct rai_serve_live *rai_serve_live_new(
    unsigned lanes, int64_t now_ms, const struct rai_serve_model *m, struct rai_err *err);
struct rai_serve_live *rai_serve_live_hold(struct rai_serve_live *live); /* NULL is fine */
void rai_serve_live_drop(struct rai_serve_live *live);                   /* NULL is fine */

/* What belongs to a name, whichever model answers for it. */
struct rai_serve_named {
	char *name;
	enum rai_join_task task;
	struct rai_serve_join *join;
	struct rai_serve_latency *latency;
};

/* What may answer for a name. */
struct rai_serve_entry {
	struct rai_serve_live *current;
	struct rai_serve_live *previous; /* that it replaced, or NULL */
	struct rai_serve_trial *trial;   /* of a challenger beside current, or NULL */
};

struct rai_serve_snapshot;
struct rai_serve_trial;

struct rai_serve_models {
	size_t n;
	struct rai_serve_named *named; /* n; the first is the default */
	unsigned lanes;
	const struct rai_clock *clock;
	struct rai_serve_gate *gate;               /* lanes: where requests get their snapshot */
	pthread_mutex_t change;                    /* held by the one who changes something */
	_Atomic(struct rai_serve_snapshot *) over; /* the latest that is over: to be cleared */
	pthread_mutex_t clearing;                  /* held by the one who does */
	sem_t news;                                /* posted when something is over */
};

struct rai_serve_snapshot {
	struct rai_serve_entry *entry; /* as many as there are names */
	size_t n;
	struct rai_serve_stay *stay;     /* by lane */
	atomic_uint left;                /* lanes that may still use it */
	struct rai_serve_snapshot *next; /* that was over before it */
};

/* Takes over the models, also on failure; two of one name are an error. */
int rai_serve_models_new(const struct rai_serve_app_config *config,
    const struct rai_serve_model *model, size_t n, struct rai_serve_models **out,
    struct rai_err *err);
void rai_serve_models_free(struct rai_serve_models *m); /* NULL is fine; nobody may be inside */

/* Every enter has its leave, on the same lane. */
const struct rai_serve_snapshot *rai_serve_models_enter(struct rai_serve_models *m, unsigned lane);
void rai_serve_models_leave(
    struct rai_serve_models *m, unsigned lane, const struct rai_serve_snapshot *s);

/* Frees all that is over: after this, it is free, whoever did it.  Not for threads that answer. */
void rai_serve_models_clear(struct rai_serve_models *m);

/* Until something is over, somebody wakes it, or (-1) that moment of the monotonic clock. */
int rai_serve_models_wait(struct rai_serve_models *m, const struct timespec *until);
void rai_serve_models_wake(struct rai_serve_models *m);

/* The index of a name, or n. */
size_t rai_serve_models_find(const struct rai_serve_models *m, const char *name, size_t len);

/*
 * The next request for the model's name is answered by it, and what answered until now becomes the
 * previous one.  Takes model over, also on failure.  The name must be one of these, and the model
 * must predict the same target, and classes where its predecessor does.
 */
int rai_serve_models_swap(
    struct rai_serve_models *m, const struct rai_serve_model *model, struct rai_err *err);

/* rai_serve_app_try(). */
int rai_serve_models_try(struct rai_serve_models *m, const struct rai_serve_trial_config *config,
    const struct rai_serve_model *challenger, struct rai_err *err);

/* The previous model of a name answers again, and the current one becomes the previous. */
int rai_serve_models_back_out(struct rai_serve_models *m, size_t index, struct rai_err *err);

#endif

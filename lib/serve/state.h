#ifndef RAI_SERVE_STATE_H
#define RAI_SERVE_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/hash.h"
#include "serve/app.h"
#include "serve/join.h"
#include "serve/metrics.h"
#include "serve/rows.h"

/* Inside of this room: what its route handlers share. */

/* The model of the moment with the counters that belong to its bins. */
struct rai_serve_live {
	struct rai_serve_model model;
	struct rai_serve_bins *bins; /* NULL: the model has no profile */
	struct rai_buf who;          /* the members "model", "version" and "digest" as JSON text */
};

struct rai_serve_app {
	struct rai_serve_app_config config;
	pthread_rwlock_t lock; /* readers answer a request; the writer swaps live */
	struct rai_serve_live *live;
	struct rai_serve_metrics *metrics;
	struct rai_serve_join *join;
	atomic_int draining;
	int64_t start_ms;
};

/* Per connection, reused from request to request. */
struct rai_serve_slot {
	struct rai_serve_row row;
	struct rai_buf line; /* of the prediction log */
	/* headers, which outlive the lock */
	char id[RAI_ULID_TEXT], version[RAI_SERVE_VERSION], digest[RAI_HASH_DIGEST];
	int begun;
};

enum { RAI_SERVE_BATCH = 10000 }; /* rows in one request */

/* Fills r with {"error": message}. */
void rai_serve_error(struct rai_serve_reply *r, int status, const char *message);

/* POST /predict and POST /feedback; the lock is held for reading. */
void rai_serve_predict(
    struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r);
void rai_serve_feedback(
    struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r);

/* What a page shows above the form. */
struct rai_serve_page {
	const struct rai_serve_row *row; /* values to show again, or NULL */
	const char *error;               /* or NULL */
	const char *id;                  /* of the prediction, or NULL: none yet */
	double prediction;
};

/* The form, made from the model's schema. */
void rai_serve_page_write(
    const struct rai_serve_model *m, const struct rai_serve_page *p, struct rai_serve_reply *r);

#endif

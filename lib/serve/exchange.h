#ifndef RAI_SERVE_EXCHANGE_H
#define RAI_SERVE_EXCHANGE_H

#include "serve/state.h"

/* Inside of this room: how a protocol's request becomes its reply. */
struct rai_serve_protocol {
	/* The document to c->slot->rows. */
	int (*read)(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err);

	/* c->slot->scores to r->body, with its type; doc has gone through read. */
	void (*write)(struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r);

	/* An error; NULL: c->fail(). */
	void (*fail)(
	    struct rai_serve_call *c, struct rai_serve_reply *r, int status, const char *message);
};

/* The rows of a body of KServe's v1: "instances", or "inputs". */
int rai_serve_v1_read(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err);

/* The request's body as JSON; all of its rows are predicted, or none. */
void rai_serve_exchange(
    struct rai_serve_call *c, const struct rai_serve_protocol *p, struct rai_serve_reply *r);

/*
 * {"predictions": [...], "ids": [...], "model", "version", "digest"} and, of classes,
 * "probabilities"; while a challenger is on trial also "versions".
 */
void rai_serve_predictions_write(
    struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r);

/* The same with the array of predictions under each of n names. */
void rai_serve_predictions_write_as(
    struct rai_serve_call *c, const char *const *name, size_t n, struct rai_serve_reply *r);

/* 1: Accept prefers CSV to JSON, and the predictions are in r as CSV.  Else 0. */
int rai_serve_csv_reply(struct rai_serve_call *c, struct rai_serve_reply *r);

#endif

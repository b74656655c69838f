#ifndef RAI_SERVE_SCORE_H
#define RAI_SERVE_SCORE_H

#include "base/ulid.h"
#include "json/json.h"
#include "serve/app.h"

/*
 * Inside of this room: where every protocol's rows become predictions.  A handler reads its body
 * into c->slot->rows, for the schema of c->live->model, calls rai_serve_score(), and writes
 * c->slot->scores in the shape that its protocol wants.
 */
struct rai_serve_call;
struct rai_serve_live;

struct rai_serve_scores {
	size_t n, nout;            /* rows; numbers of each: 1, or one per class */
	double *out;               /* n x nout: row i's begin at i x nout */
	char (*id)[RAI_ULID_TEXT]; /* n prediction ids */
	unsigned char *challenged; /* n: answered by the challenger of the call's trial, if any */
	size_t said, nsaid; /* one row's members, as the log's line has them there; 0: not yet */
	size_t room_out, room_id;
};

/*
 * Predicts all rows of the slot, or none.  Then each gets its id and is remembered for feedback,
 * counted and logged.  RAI_EINPUT is the sender's fault, anything else ours.
 */
int rai_serve_score(struct rai_serve_call *c, struct rai_err *err);

/*
 * 0: the n numbers of out, what the model gives for the row in cell, are finite.  Else -1 and the
 * reason: RAI_EINPUT where one of the row's numbers lies outside of training; it is named.
 */
int rai_serve_score_check(const struct rai_schema *s, const struct rai_cell *cell,
    const double *out, size_t n, struct rai_err *err);

/* The reply's headers: the id of the first prediction; the trace, when the request has one. */
void rai_serve_score_headers(struct rai_serve_call *c, struct rai_serve_reply *r);

/* The index of the most probable class; of several the first. */
size_t rai_serve_class(const struct rai_serve_model *m, const double *out);

/*
 * Who answered row i.  After rai_serve_score(), c->live is the challenger when it answered all
 * rows: what is said about a whole answer is said about c->live.
 */
const struct rai_serve_live *rai_serve_score_by(const struct rai_serve_call *c, size_t i);

/* What a prediction is to serve/join.h: the number, or what stands for its class. */
double rai_serve_score_key(const struct rai_serve_live *live, const double *out);

/* The prediction into live's bins, where it has any. */
void rai_serve_score_count(const struct rai_serve_live *live, unsigned lane, const double *out);

/* The member "id" of a prediction. */
void rai_serve_score_write_id(const char id[RAI_ULID_TEXT], struct rai_jw *w);

/* The members "prediction" and, of classes, "probabilities". */
void rai_serve_score_write(const struct rai_serve_model *m, const double *out, struct rai_jw *w);

/* Those of row i, once it is scored. */
void rai_serve_score_write_row(const struct rai_serve_call *c, size_t i, struct rai_jw *w);

void rai_serve_scores_release(struct rai_serve_scores *s);
void rai_serve_scores_trim(struct rai_serve_scores *s); /* gives large memory back */

#endif

#ifndef RAI_MODEL_EXTERNAL_H
#define RAI_MODEL_EXTERNAL_H

#include "model/kind.h"

/*
 * A program of somebody else that trains and answers, as one more kind of model: it gets the same
 * rows, prepared in the native view, under the same split, gate and report.  It is run without a
 * shell, and speaks JSON lines on stdin and stdout; rai-train(1) documents them.
 *
 * The model file keeps what the program left as bytes that nothing here looks into.  The command
 * never comes from the file: who opens it must know it.
 */
struct rai_external; /* one running program */

/* What it needs to know of the features. */
struct rai_external_about {
	const char *const *command; /* argv, ncommand words */
	size_t ncommand;
	size_t width, nclass;
	const char *const *names; /* width; NULL: f0, f1 ... */
	const size_t *levels;     /* width; NULL: all are numbers */
	uint64_t seed;
};

#define RAI_EXTERNAL_ARTIFACT ((size_t)1 << 30) /* bytes, at most */

/* Trains on the rows of d; what the program left goes into artifact. */
int rai_external_train(const struct rai_external_about *a, const struct rai_fit_data *d,
    struct rai_buf *artifact, struct rai_err *err);

/* Starts the program on an artifact (n bytes, copied).  Caller frees *out. */
int rai_external_start(const struct rai_external_about *a, const void *artifact, size_t n,
    struct rai_external **out, struct rai_err *err);

/*
 * Asks for n rows (row-major, n x width); out gets n x outputs numbers.  Calls from several
 * threads wait for each other.  After a failure all answers are NaN.
 */
void rai_external_ask(struct rai_external *e, const double *x, size_t n, double *out);

/* 0, or -1 with the first failure since the start. */
int rai_external_check(struct rai_external *e, struct rai_err *err);
void rai_external_free(struct rai_external *e); /* NULL is fine; ends the program */

extern const struct rai_kind rai_kind_external;

/* The same for a fitted model of this kind; 0 for any other. */
int rai_fitted_check(const struct rai_fitted *f, struct rai_err *err);

#endif

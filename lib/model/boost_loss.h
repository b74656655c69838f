#ifndef RAI_MODEL_BOOST_LOSS_H
#define RAI_MODEL_BOOST_LOSS_H

#include <stddef.h>

#include "base/err.h"

/*
 * What boosting makes small, and its first and second derivatives with respect to the scores.
 * Scores are identities of the target (squared, absolute), its logarithm (Poisson), log-odds
 * (logistic) or logarithms of shares (softmax).
 */
enum rai_boost_loss {
	RAI_BOOST_SQUARED,
	RAI_BOOST_ABSOLUTE,
	RAI_BOOST_POISSON,
	RAI_BOOST_LOGISTIC,
	RAI_BOOST_SOFTMAX,
};

struct rai_boost_target {
	enum rai_boost_loss loss;
	const double *y; /* n */
	size_t n, outputs;
	double *score; /* outputs x n */
	double *g;     /* n: first derivatives of the output at hand */
	double *h;     /* n: second ones; NULL: 1 for every row */
	double *share; /* softmax: outputs x n, probabilities; else NULL */
};

/* The second derivative is 1 (or taken for it) for every row. */
int rai_boost_loss_counted(enum rai_boost_loss loss);

/* Targets that the loss does not know are refused. */
int rai_boost_loss_check(const struct rai_boost_target *t, struct rai_err *err);

/* The best constant scores, outputs of them. */
int rai_boost_loss_base(const struct rai_boost_target *t, double *base, struct rai_err *err);

/* Rows [from, to): share from the scores. */
void rai_boost_loss_share(const struct rai_boost_target *t, size_t from, size_t to);

/* Rows [from, to): g and h of output k; max_g and max_h grow to the largest |g| and h. */
void rai_boost_loss_derive(const struct rai_boost_target *t, size_t k, size_t from, size_t to,
    double *max_g, double *max_h);

/* 1 / (1 + exp(-s)) */
double rai_boost_loss_sigmoid(double s);

/* exp(score) over their sum; both arrays hold n numbers, `step` apart. */
void rai_boost_loss_softmax(const double *score, size_t n, size_t step, double *out);

/* Sorts v; n > 0. */
double rai_boost_loss_median(double *v, size_t n);

/* The loss of a row with these scores (outputs of them, `step` apart). */
double rai_boost_loss_row(
    enum rai_boost_loss loss, double y, const double *score, size_t outputs, size_t step);

#endif

#ifndef RAI_MODEL_NEWTON_H
#define RAI_MODEL_NEWTON_H

#include "model/kind.h"

/*
 * The logistic loss, to be made small:
 *   |w|^2 / 2 + C sum over rows of -log(probability of the row's class)
 * Two classes: one score x w + b, whose logistic function is the probability of the second.
 * More: one score per class, their softmax.  The intercepts b are not penalised.
 */
struct rai_newton_options {
	double c;
	size_t max_iter; /* Newton steps at most */
	double tol; /* stops when no slope is larger, or a step promised to lower the loss by less
		       than tol^2 of it */
	size_t threads;
};

/*
 * y: the class (0 .. nclass - 1) of each row of d, all of which have rows.  out: per score,
 * width coefficients and the intercept; 1 score for two classes, else nclass.
 */
int rai_newton(const struct rai_fit_data *d, const size_t *y, size_t nclass,
    const struct rai_newton_options *o, double *out, struct rai_err *err);

#endif

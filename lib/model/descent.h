#ifndef RAI_MODEL_DESCENT_H
#define RAI_MODEL_DESCENT_H

#include "model/moments.h"

struct rai_descent_options {
	double alpha;    /* of the penalties together */
	double l1_ratio; /* 1: only the absolute values, 0: only the squares */
	size_t max_iter; /* passes over the coefficients, at most */
	double tol;      /* stops when the duality gap is below tol times the target's squares */
};

/*
 * Least squares with an elastic net (Zou, Hastie 2005), the intercept free:
 *   1/(2n) |y - Xw|^2 + alpha l1_ratio |w|_1 + alpha (1 - l1_ratio) / 2 |w|^2
 * coef: m->width numbers.
 */
int rai_descent(const struct rai_moments *m, const struct rai_descent_options *o, double *coef,
    struct rai_err *err);

#endif

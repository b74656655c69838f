#ifndef RAI_MODEL_LEAST_SQUARES_H
#define RAI_MODEL_LEAST_SQUARES_H

#include "model/moments.h"

/*
 * Least squares, plain (alpha 0: of several solutions the shortest) or with the ridge penalty
 * alpha on the coefficients, not on the intercept.  centred: the rows as rai_moments_of() gives
 * them, by which plain least squares sharpens its answer; NULL when the rows are gone.  Its last
 * column is used up.  coef: m->width numbers.
 */
int rai_least_squares(const struct rai_moments *m, double alpha, double *centred, size_t threads,
    double *coef, struct rai_err *err);

#endif

#ifndef RAI_DRIFT_RESIDUAL_H
#define RAI_DRIFT_RESIDUAL_H

#include <stddef.h>

#include "drift/profile.h"

/*
 * The signed error of labelled predictions: which way they miss.  Prices that rose by a tenth are
 * seen here long before the absolute error shows them, because misses above and below no longer
 * cancel.
 *
 * Of each pair log(actual / prediction), where the profile's error is a "ratio", or actual -
 * prediction, where it is a "difference"; their mean against that of the hold-out, two-sided:
 * B. Welch, "The generalization of 'Student's' problem when several different population variances
 * are involved", Biometrika 34, 1947.
 */
#define RAI_DRIFT_SIGNED 0.02   /* floor of a ratio: 2 % */
#define RAI_DRIFT_SIGNED_SD 0.1 /* of a difference: in robust sd of the hold-out's */

struct rai_drift_residual {
	size_t n;               /* pairs that have one; 0: nothing was asked */
	int ratio;              /* else a difference */
	double mean, low, high; /* of a ratio: of its logarithm, as are the next ones */
	double reference;       /* of the hold-out */
	double effect;          /* mean - reference, in floors: 1 is enough */
	double p;               /* not adjusted */
	int moved;
	char why[160];
};

/*
 * error: without a name, nothing is asked.  scratch: n doubles.  confidence: of low and high.
 * moved and why are left to rai_drift_residual_decide.
 */
void rai_drift_residual(struct rai_drift_residual *out, const struct rai_profile_col *error,
    const double *prediction, const double *actual, size_t n, double confidence, double *scratch);

/* p: adjusted.  Returns whether it lingers (verdict.h). */
int rai_drift_residual_decide(struct rai_drift_residual *r, double p, double alpha);

/* "the actual values are 10.2 % above the predictions (9.1 to 11.3 %; hold-out 0.3 % below)" */
void rai_drift_residual_say(const struct rai_drift_residual *r, char *out, size_t size);

#endif

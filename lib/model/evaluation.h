#ifndef RAI_MODEL_EVALUATION_H
#define RAI_MODEL_EVALUATION_H

#include "model/metric.h"

/* What a metric hides: how errors are spread, which classes are confused, what probabilities mean.
 */

/* Of actual - predicted, in the target's unit. */
struct rai_residuals {
	double mean, sd; /* sd: of the sample (n - 1), NaN where n < 2 */
	double quantile[7];
};

extern const double rai_residual_shares[7]; /* 0, 5, 25, 50, 75, 95, 100 % */

/*
 * Quantiles are interpolated between order statistics (type 7 of Hyndman and Fan 1996, as NumPy
 * does).  s is about numbers, n at least 1.
 */
int rai_residuals(const struct rai_scored *s, struct rai_residuals *out, struct rai_err *err);

/* out: nclass x nclass, zeroed here: rows of actual class i of which class k is said, at i * nclass
 * + k. */
void rai_confusion(const struct rai_scored *s, size_t *out);

/*
 * Calibration: rows in groups of equal size by what the model said, and how often that was right.
 * Of two classes the probability of the second against its share; of more the probability of the
 * class that is said against the share of rows of which it is right.
 */
struct rai_reliability {
	size_t n;
	double said, is; /* mean probability, share */
};

#define RAI_RELIABILITY_GROUPS 10

/* Returns how many groups there are (fewer where n is), or -1. */
int rai_reliability(const struct rai_scored *s, struct rai_reliability out[RAI_RELIABILITY_GROUPS],
    struct rai_err *err);

#endif

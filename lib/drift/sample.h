#ifndef RAI_DRIFT_SAMPLE_H
#define RAI_DRIFT_SAMPLE_H

#include "drift/tally.h"

/*
 * The values that a numeric column has in a window, and all that the checks ask of them.  Missing
 * values are none of them.  They are held one by one, or counted (tally.h says what is exact then).
 */
struct rai_drift_sample {
	const double *sorted; /* n, the caller's; NULL: counted */
	size_t n;
	const struct rai_drift_tally *tally;
	const uint32_t *up; /* its rai_drift_tally_sum() */
};

/* How many values lie below x, or at x and below. */
size_t rai_drift_sample_below(const struct rai_drift_sample *s, double x);
size_t rai_drift_sample_up_to(const struct rai_drift_sample *s, double x);

/* Quantile q of the values with the ranks from to to - 1, at least one, between order statistics.
 */
double rai_drift_sample_quantile(
    const struct rai_drift_sample *s, size_t from, size_t to, double q);

/*
 * Kolmogorov-Smirnov's and Wasserstein's distances from m sorted values (stat.h), which are those
 * that a tally was made with.
 */
double rai_drift_sample_ks(const struct rai_drift_sample *s, const double *y, size_t m);
double rai_drift_sample_w1(
    const struct rai_drift_sample *s, const double *y, size_t m, double low, double high);

#endif

#ifndef RAI_DRIFT_CALIBRATE_PRIV_H
#define RAI_DRIFT_CALIBRATE_PRIV_H

#include "drift/calibrate.h"
#include "drift/draw.h"

/* What calibrate.c and power.c share. */
struct rai_drift_simulation {
	const struct rai_drift_urn *urn;
	const struct rai_drift_plan *plan;
	size_t window;
	double alpha;
};

/* 95 % for a share k of n: E. Wilson, Journal of the American Statistical Association 22, 1927. */
void rai_drift_wilson(int64_t k, int64_t n, double *low, double *high);

/* x to the power of n, one multiplication after the other. */
double rai_drift_power_of(double x, int64_t n);

/* Rows from a move to the end of the first run of sustain windows, each hot with probability q,
 * that comes after it: half a window on average until the first whole one begins.  NaN: never. */
double rai_drift_delay(double q, int64_t sustain, size_t window);

/*
 * Power of every column that is judged, against every effect; trials of each.  effect < 0: all
 * three, else only numbers moved by that.  The caller frees *out and the names in it.
 */
int rai_drift_powers(const struct rai_drift_simulation *s, double effect, size_t trials,
    struct rai_drift_power **out, size_t *n, struct rai_err *err);
void rai_drift_powers_free(struct rai_drift_power *p, size_t n);

#endif

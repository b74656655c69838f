#ifndef RAI_MODEL_METRIC_H
#define RAI_MODEL_METRIC_H

#include <stddef.h>
#include <stdint.h>

#include "json/json.h"

/*
 * Regression metrics of predictions p against actual values a, n of each, in the target's unit:
 *   r2        1 - sum (a - p)^2 / sum (a - mean a)^2; NaN where the actual values are all equal
 *   rmse      sqrt(mean (a - p)^2)
 *   mae       mean |a - p|
 *   mape      mean |a - p| / |a| over the rows with a != 0; NaN where there are none
 *   accuracy  1 - mape, at least 0
 */
enum rai_metric {
	RAI_METRIC_R2,
	RAI_METRIC_RMSE,
	RAI_METRIC_MAE,
	RAI_METRIC_MAPE,
	RAI_METRIC_ACCURACY,
	RAI_METRICS
};

extern const char *const rai_metric_names[]; /* in that order, NULL-terminated */

/* The metric called name, or -1. */
int rai_metric_find(const char *name);

/* 1: larger is better; -1: smaller is. */
int rai_metric_direction(enum rai_metric metric);

/* out: RAI_METRICS values. */
void rai_metric_all(const double *a, const double *p, size_t n, double *out);

struct rai_interval {
	double value, low, high; /* low .. high: 95 % by bootstrap of the rows; NaN: unknown */
};

#define RAI_METRIC_RESAMPLES 1000

/* out: RAI_METRICS intervals; NaN bounds where memory runs out or n < 2. */
void rai_metric_intervals(
    const double *a, const double *p, size_t n, uint64_t seed, struct rai_interval *out);

/*
 * Paired bootstrap: fills diff, RAI_METRIC_RESAMPLES of them, sorted, with how much better p is
 * than q on the same resampled rows (positive: p is better, in the metric's unit).  0, or -1.
 */
int rai_metric_paired(enum rai_metric metric, const double *a, const double *p, const double *q,
    size_t n, uint64_t seed, double *diff, struct rai_err *err);

/* {"r2":{"value":..,"low":..,"high":..},...} under key. */
void rai_metric_write(const struct rai_interval *m, struct rai_jw *w, const char *key);

#endif

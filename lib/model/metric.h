#ifndef RAI_MODEL_METRIC_H
#define RAI_MODEL_METRIC_H

#include <stddef.h>
#include <stdint.h>

#include "json/json.h"

/*
 * Metrics of predictions p against actual values a of n rows.  Of numbers, in the target's unit:
 *   r2        1 - sum (a - p)^2 / sum (a - mean a)^2; NaN where the actual values are all equal
 *   rmse      sqrt(mean (a - p)^2)
 *   mae       mean |a - p|
 *   mape      mean |a - p| / |a| over the rows with a != 0; NaN where there are none
 *   accuracy  1 - mape, at least 0
 * Of classes, where p is one probability per class:
 *   accuracy  share of the rows whose most probable class (the first of equals) is the actual one
 *   log_loss  mean -ln of the actual class's probability, which is kept from 1e-15 to 1 - 1e-15
 */
enum rai_metric {
	RAI_METRIC_R2,
	RAI_METRIC_RMSE,
	RAI_METRIC_MAE,
	RAI_METRIC_MAPE,
	RAI_METRIC_ACCURACY,
	RAI_METRIC_LOG_LOSS,
	RAI_METRICS
};

extern const char *const rai_metric_names[]; /* in that order, NULL-terminated */

/* The metric called name, or -1. */
int rai_metric_find(const char *name);

/* 1: larger is better; -1: smaller is. */
int rai_metric_direction(enum rai_metric metric);

/* Does the metric say something about numbers (nclass 0), or about classes? */
int rai_metric_fits(enum rai_metric metric, size_t nclass);

/* Predictions to be measured; nothing here is owned. */
struct rai_scored {
	const double *actual;    /* n: numbers, or classes 0 .. nclass - 1 */
	const double *predicted; /* n numbers, or n x nclass probabilities, row-major */
	size_t n, nclass;        /* nclass 0: numbers */
};

/* out: RAI_METRICS values, NaN for those that do not fit. */
void rai_metric_all(const struct rai_scored *s, double *out);

struct rai_interval {
	double value, low, high; /* low .. high: 95 % by bootstrap of the rows; NaN: unknown */
};

#define RAI_METRIC_RESAMPLES 1000

/* out: RAI_METRICS intervals; NaN bounds where memory runs out or n < 2. */
void rai_metric_intervals(const struct rai_scored *s, uint64_t seed, struct rai_interval *out);

/*
 * Paired bootstrap: fills diff, RAI_METRIC_RESAMPLES of them, sorted, with how much better p is
 * than q (other predictions of the same rows) on the same resampled rows (positive: p is better, in
 * the metric's unit).  0, or -1.
 */
int rai_metric_paired(enum rai_metric metric, const struct rai_scored *p, const double *q,
    uint64_t seed, double *diff, struct rai_err *err);

/* {"r2":{"value":..,"low":..,"high":..},...} under key: those that fit. */
void rai_metric_write(
    const struct rai_interval *m, size_t nclass, struct rai_jw *w, const char *key);

#endif

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
 * Of classes, where p is one probability per class, and the most probable class (the first of
 * equals) is what is said of a row; with two classes the second is the positive one:
 *   accuracy  share of the rows of which the right class is said
 *   log_loss  mean -ln of the actual class's probability, which is kept from 1e-15 to 1 - 1e-15
 *   auc       area under the ROC curve of the positive class; of more than two classes the mean
 *             over those that occur, each against the rest
 *   f1        2 right / (rows of the class + rows said to be of it), of the positive class; of
 *             more than two classes the mean over those that occur or are said
 *   brier     mean (p - 1 or 0)^2 of the positive class; of more than two classes summed over all
 *   balanced_accuracy  mean over the classes that occur of the share of their rows that is right
 * All as in scikit-learn, NaN where one cannot be computed.
 */
enum rai_metric {
	RAI_METRIC_R2,
	RAI_METRIC_RMSE,
	RAI_METRIC_MAE,
	RAI_METRIC_MAPE,
	RAI_METRIC_ACCURACY,
	RAI_METRIC_LOG_LOSS,
	RAI_METRIC_AUC,
	RAI_METRIC_F1,
	RAI_METRIC_BRIER,
	RAI_METRIC_BALANCED_ACCURACY,
	RAI_METRICS
};

extern const char *const rai_metric_names[]; /* in that order, NULL-terminated */

/* The metric called name, or -1. */
int rai_metric_find(const char *name);

/* 1: larger is better; -1: smaller is. */
int rai_metric_direction(enum rai_metric metric);

/* Does the metric say something about numbers (nclass 0), or about classes? */
int rai_metric_fits(enum rai_metric metric, size_t nclass);

/* "r2, rmse, ...": the names of those that fit. */
void rai_metric_list(size_t nclass, struct rai_buf *out);

/* Predictions to be measured; nothing here is owned. */
struct rai_scored {
	const double *actual;    /* n: numbers, or classes 0 .. nclass - 1 */
	const double *predicted; /* n numbers, or n x nclass probabilities, row-major */
	size_t n, nclass;        /* nclass 0: numbers */
};

/* The class that is said: the most probable of nclass, the first of equals. */
size_t rai_metric_class(const double *p, size_t nclass);

/* out: RAI_METRICS values, NaN for those that do not fit, all NaN where memory runs out. */
void rai_metric_all(const struct rai_scored *s, double *out);

struct rai_interval {
	double value, low, high; /* low .. high: 95 % by bootstrap of the rows; NaN: unknown */
};

#define RAI_METRIC_RESAMPLES 1000

/*
 * out: RAI_METRICS intervals, the same for any number of threads; of the resamples in which the
 * metric can be computed.  NaN bounds where those are fewer than half, memory runs out or n < 2.
 */
void rai_metric_intervals(
    const struct rai_scored *s, uint64_t seed, size_t threads, struct rai_interval *out);

/*
 * Paired bootstrap: fills diff, RAI_METRIC_RESAMPLES of them, sorted, with how much better p is
 * than q (other predictions of the same rows) on the same resampled rows (positive: p is better, in
 * the metric's unit; NaN, which is first: it cannot be computed).  0, or -1.
 */
int rai_metric_paired(enum rai_metric metric, const struct rai_scored *p, const double *q,
    uint64_t seed, size_t threads, double *diff, struct rai_err *err);

/* {"r2":{"value":..,"low":..,"high":..},...} under key: those that fit. */
void rai_metric_write(
    const struct rai_interval *m, size_t nclass, struct rai_jw *w, const char *key);

#endif

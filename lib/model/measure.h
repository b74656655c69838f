#ifndef RAI_MODEL_MEASURE_H
#define RAI_MODEL_MEASURE_H

#include <stdint.h>

#include "model/metric.h"

/*
 * Predictions made ready for metrics of many samples of their rows, of which each row may be taken
 * any number of times.  What is summed is kept per row, column by column; for auc the rows are
 * sorted once by each class's probability.  Private to this room.
 */
struct rai_measure {
	size_t n, nclass;
	unsigned want;          /* bits 1 << metric */
	double *a;              /* of numbers, n each: the actual value less the mean of all, */
	double *ee;             /* error^2, */
	double *e;              /* |error|, */
	double *r;              /* |error| / |actual|, 0 where the actual value is 0, */
	double *known;          /* 1, or 0 there */
	double *loss;           /* of classes, n each: -ln of the actual class's probability, */
	double *brier;          /* the squared errors of the probabilities, */
	uint32_t *label, *best; /* the actual class, and the most probable one */
	uint32_t *order;        /* norder x n, see measure.c */
	size_t norder;          /* classes of which auc is taken: 1 of two, else all */
};

/* Of the metrics in want; s may go afterwards.  -1: no memory, or more than 2^30 rows. */
int rai_measure_init(struct rai_measure *m, const struct rai_scored *s, unsigned want);
void rai_measure_release(struct rai_measure *m);

/* Numbers of scratch space that one sample needs. */
size_t rai_measure_scratch(const struct rai_measure *m);

/*
 * out: RAI_METRICS values of the sample in which row i stands count[i] times; NaN: not wanted, does
 * not fit, or unknown.
 */
void rai_measure(
    const struct rai_measure *m, const uint32_t *count, uint64_t *scratch, double *out);

#endif

#ifndef RAI_DRIFT_COVERAGE_H
#define RAI_DRIFT_COVERAGE_H

#include "drift/pairs.h"
#include "drift/verdict.h"

/*
 * How many predictions have got a label, and how long labels take.  An accuracy says something
 * about all predictions only where most of those that could have a label have one: who gets one
 * late or never is rarely drawn by lot.  Known of the newest RAI_DRIFT_MEMORY / 2 predictions.
 */
#define RAI_DRIFT_DELAYS 1000 /* the newest ones, of which the usual delay is taken */

struct rai_drift_lag {
	int64_t *made_ms; /* cap, by seq; in a ring of RAI_DRIFT_MEMORY */
	unsigned char *labelled;
	size_t cap;
	int64_t delay_ms[RAI_DRIFT_DELAYS], ndelay; /* of all so far, in a ring */
};

struct rai_drift_coverage {
	/* predictions from the oldest to the newest of a label window, made longer ago than 95 % of
	 * the labels took (all, where there are none such), and how many of them have a label */
	int64_t eligible, labelled;
	int64_t delays, median_ms, p95_ms; /* delays known; 0: none, and the other two are 0 */
};

/* 0, or -1: out of memory. */
int rai_drift_lag_prediction(struct rai_drift_lag *l, int64_t seq, int64_t made_ms, int labelled);

/* Both halves of a pair are there, the label now. */
void rai_drift_lag_pair(struct rai_drift_lag *l, const struct rai_drift_pair *pair);
void rai_drift_lag_delay(struct rai_drift_lag *l, int64_t delay_ms);

/* When prediction seq was made; 0: not known, or not remembered. */
int64_t rai_drift_lag_made(const struct rai_drift_lag *l, int64_t seq, int64_t predictions);
void rai_drift_lag_release(struct rai_drift_lag *l);

/* Of the predictions from .. to - 1 those that have a label; *of: how many are remembered. */
int64_t rai_drift_lag_labelled(
    const struct rai_drift_lag *l, int64_t from, int64_t to, int64_t predictions, int64_t *of);

/* Of a window of n pairs, at now_ms (0: not known), when so many predictions were seen. */
void rai_drift_lag_cover(const struct rai_drift_lag *l, const struct rai_drift_pair *pair, size_t n,
    int64_t predictions, int64_t now_ms, struct rai_drift_coverage *out);

/* Labels for less than this share of the eligible say nothing: forgets what labels said, but for
 * their unit.  Sets labels->told. */
void rai_drift_coverage_ask(
    const struct rai_drift_coverage *c, double least, struct rai_drift_labels *labels);

#endif

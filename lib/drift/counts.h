#ifndef RAI_DRIFT_COUNTS_H
#define RAI_DRIFT_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "drift/verdict.h"

/*
 * A window held as counts, in memory that depends on the reference alone.  Of a number: how many
 * values lie between two neighbours among the reference's order statistics, how many at one, and
 * how many on either side of every limit that a check asks for; of a category: how many of each
 * level.  Whatever the order of the rows, and of merging, the counts are the same.
 *
 * Exact, as if the values were held: KS, PSI and JS, the tails, what is out of range, missing and
 * new.  Wasserstein-1 takes the values between two neighbours as spread evenly: it is off by at
 * most half the sum over these gaps of (share of the window in the gap) x (its length), which is
 * half a thousandth of the reference's range with 500 order statistics.  A quantile of the window
 * (where it is asked whether the unit has changed) lies within its gap or, out of the reference's
 * range, within 1/16 of itself.  How often one category comes that the schema does not know is not
 * held, only how often they all do.  All numbers together are judged by at most
 * RAI_DRIFT_JOINT_ROWS rows, spread evenly: those whose number is a multiple of a power of two; of
 * them it is asked too whether a unit of about the same size has changed.  A frozen column is found
 * as long as the rows come in their order.  Rows that come again are not.
 */
struct rai_drift_counts;

/* What a window of counts can hold. */
#define RAI_DRIFT_COUNTS_ROWS ((int64_t)UINT32_MAX)

/* ref, and what it points at, must outlive it. */
int rai_drift_counts_new(
    const struct rai_drift_reference *ref, struct rai_drift_counts **out, struct rai_err *err);
void rai_drift_counts_free(struct rai_drift_counts *c); /* NULL is fine */
void rai_drift_counts_clear(struct rai_drift_counts *c);

/*
 * The next rows of the window.  rows->prediction NULL: there is none; rows->withheld NULL: nothing
 * is.  -1: there are too many.
 */
int rai_drift_counts_add(
    struct rai_drift_counts *c, const struct rai_drift_rows *rows, struct rai_err *err);

/*
 * The same in two steps: after the first one, column k (ref->profile->n: the prediction) of the
 * same rows; each column once, on any thread.
 */
int rai_drift_counts_begin(
    struct rai_drift_counts *c, const struct rai_drift_rows *rows, struct rai_err *err);
void rai_drift_counts_column(
    struct rai_drift_counts *c, const struct rai_drift_rows *rows, size_t k);

/*
 * The window as a server counts it: of each column, the prediction too, how many values fell into
 * which bin of the profile, and then the missing and the unseen ones (nbin + 2 counts).  In a bin
 * values are taken as spread like the reference's, so that D is known at the edges of the bins
 * (+- 0.002, and never too large by more), W1 about, and nothing of the tails, the range or all
 * numbers together.  What a unit does shows in the outermost bins alone: with RAI_DRIFT_END of the
 * values in one of them, where the reference has at most a quarter, the input is broken.  The
 * window has as many rows as the column that has most.
 */
#define RAI_DRIFT_END 0.75
int rai_drift_counts_bins(
    struct rai_drift_counts *c, size_t k, const int64_t *count, struct rai_err *err);

/*
 * Adds the counts of other rows against the same reference.  Which rows stand for all numbers
 * together is then not known, nor the order of rows: what needs them is not judged until the next
 * clear.
 */
int rai_drift_counts_merge(
    struct rai_drift_counts *to, struct rai_drift_counts *from, struct rai_err *err);

int64_t rai_drift_counts_rows(const struct rai_drift_counts *c);

/* rai_drift_judge_inputs() of such a window. */
int rai_drift_judge_counts(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, struct rai_drift_counts *c, struct rai_drift_inputs *out, struct rai_err *err);

#endif

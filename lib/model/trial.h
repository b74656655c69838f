#ifndef RAI_MODEL_TRIAL_H
#define RAI_MODEL_TRIAL_H

#include "model/train.h"

/*
 * Trials: learners measured on parts of the training rows.  A trial fits one specification on the
 * training side of one fold and measures it on the side held out; trials are independent of each
 * other, so they are the units of work for threads, and what the journal remembers.
 * Private to this room.
 */
struct rai_outcome {
	double metric[RAI_METRICS];
	double smear; /* see model/pipeline.h; 1 where there is none */
	double seconds;
};

/* Folds of one set of rows.  What their fits share is made when the first trial needs it, and
 * given up after the last one, so that few folds are in memory at a time. */
struct rai_arena {
	const struct rai_table *table;
	const struct rai_train_options *opt;
	enum rai_unit unit;
	struct rai_split fold[RAI_SPLIT_FOLDS];
	size_t nfold;
	struct rai_part *part; /* nfold */
};

/* The folds are the caller's to fill; they become the arena's. */
int rai_arena_init(struct rai_arena *a, struct rai_err *err);
void rai_arena_release(struct rai_arena *a);

struct rai_trial {
	struct rai_arena *arena;
	const struct rai_fitted *spec;
	const char *name; /* of what the specification is one of; with index, in the journal */
	size_t index, fold;
	double smear; /* 0: estimated from the rows held out */
	struct rai_outcome outcome;
	const struct rai_err *err; /* NULL: measured; else why not, and outcome is all NaN */
	int own;                   /* err is this trial's memory */
};

/* Trials of the n specifications at spec on every fold: n x folds of them, fold by fold within one
 * specification.  NULL: out of memory. */
struct rai_trial *rai_trials_new(
    struct rai_arena *a, const struct rai_fitted *const *spec, size_t n, const char *name);

/* Runs n trials, in any order; those that the journal knows are taken from there. */
void rai_trials_run(struct rai_trial *const *trial, size_t n, const struct rai_train_options *o);
void rai_trials_release(struct rai_trial *trial, size_t n);

/* Means over the k trials of one specification; spread: the standard deviations (NaN of one). */
void rai_trials_sum(
    const struct rai_trial *trial, size_t k, struct rai_outcome *mean, double spread[RAI_METRICS]);

/* The metrics that the mean of the target serves best; the others are better off with its median.
 */
int rai_metric_wants_mean(enum rai_metric metric);

#endif

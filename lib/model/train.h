#ifndef RAI_MODEL_TRAIN_H
#define RAI_MODEL_TRAIN_H

#include "model/metric.h"
#include "model/pipeline.h"
#include "model/search.h"
#include "table/split.h"
#include "table/table.h"

/*
 * From a table to one chosen, fitted and measured pipeline:
 *   1. the hold-out is set apart (table/split.h) and not looked at until the end;
 *   2. each candidate is fitted on the training rows without a validation part, cut from them,
 *      and measured on that part, or so on each of several folds; the best by the metric (its
 *      mean over the folds) is chosen.  A search (model/search.h) is made first, on folds of the
 *      rows that the candidates learn from, and its best draw is a candidate like others;
 *   3. the chosen one is fitted on all training rows and measured once on the hold-out.
 * So the hold-out says the truth about the model that is delivered.  With one
 * candidate step 2 is left out (of a search the folds have said all), unless the target is logged
 * and the metric is one of squared errors: then the factor of the back-transformation comes from
 * it.  Everything is a function of the table and the options except seconds.
 */
struct rai_candidate {
	struct rai_fitted spec; /* kind and parameters; nothing fitted */
	struct rai_search
	    *search; /* when given: spec is the best that it finds, as kind its base */
	double metric[RAI_METRICS];  /* in step 2: on the validation part, or means over the folds;
					NaN where step 2 was left out */
	double spread[RAI_METRICS];  /* standard deviations over the folds; NaN without */
	double holdout[RAI_METRICS]; /* with all_scores: fitted on all training rows, as the chosen
					one is, and measured on the hold-out; else NaN */
	double smear;                /* from step 2; see model/pipeline.h */
	double seconds;              /* of its fits in step 2, or of the one in step 3 */
};

struct rai_journal;
struct rai_checkpoints;

enum rai_rows_with_missing { RAI_MISSING_FILL, RAI_MISSING_DROP };

struct rai_train_options {
	enum rai_unit
	    unit; /* RAI_UNIT_AUTO: log where the target is positive, its skewness above 1 */
	struct rai_prep_options prep; /* view is set by the kind */
	enum rai_rows_with_missing missing;
	struct rai_split_by split; /* the hold-out */
	struct rai_split_by
	    validation; /* the part by which candidates are compared, or the folds: */
	size_t folds;   /* 0: one part */
	uint64_t seed;
	enum rai_metric metric; /* by which the best candidate is chosen */
	size_t threads;
	struct rai_candidate *candidate; /* ncandidate: specs in, measures out */
	size_t ncandidate;
	int all_scores;              /* measure every candidate on the hold-out, after the choice */
	struct rai_journal *journal; /* what was found out before an interruption; or NULL */
	const struct rai_checkpoints *checkpoints; /* of long fits; or NULL */
	/* When given, nothing is chosen: one candidate of its kind is fitted further on the
	 * training rows, with its preparation and unit; or, without a candidate, it is measured as
	 * it is.  t must conform to its schema.  Only read; must outlive the trained one. */
	const struct rai_pipeline *given;
	void (*tick)(void *ctx); /* after each unit of work, from any thread; or NULL */
	void *tick_ctx;
};

struct rai_trained {
	struct rai_pipeline pipeline;
	int borrowed;       /* pipeline is the given one, not its own */
	size_t chosen;      /* index of the candidate */
	enum rai_unit unit; /* never RAI_UNIT_AUTO */
	struct rai_split split;
	double *actual;    /* of split.test */
	double *predicted; /* the same, or one probability per class */
	struct rai_interval metric[RAI_METRICS];
};

#define RAI_TRAIN_ROWS 10 /* fewer rows are refused */

/* Units of work that will be ticked, at most. */
size_t rai_train_units(const struct rai_train_options *o);

/*
 * The scale on which the target of these rows is learned when RAI_UNIT_AUTO is asked for: the log
 * where it is positive with a long tail to the right (skewness above 1), else its own.
 */
enum rai_unit rai_train_unit(
    const struct rai_table *t, const size_t *rows, size_t nrow, enum rai_unit asked);

int rai_train(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err);

/* The predictions of the hold-out; they belong to r. */
struct rai_scored rai_trained_scored(const struct rai_trained *r);
void rai_trained_release(struct rai_trained *r);

#endif

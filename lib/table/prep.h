#ifndef RAI_TABLE_PREP_H
#define RAI_TABLE_PREP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "table/schema.h"
#include "table/table.h"

/*
 * The preparation: cells of a row -> the doubles that a learner sees.  Fitted on training rows
 * alone, stored in the model file, and applied by the same function in training and in serving.
 * Immutable after fit or read, so one may be used by many threads.
 *
 * Of each input column, in order:
 * - number: clipped to [q1 - k IQR, q3 + k IQR] of the training rows (where k and IQR are above 0);
 *   a missing one is the fill: the median, the mode (the smallest of the most frequent), or a
 *   constant.
 * - date: three features: year, month, day number (since 1970-01-01); missing: the fill.
 * - category, label: the code of its level; missing and unseen: -1.
 * - category, one-hot: one feature per level among the training rows; missing, unseen: all zero.
 *   Where "rare" is given the levels of fewer rows share one feature, to which unseen ones belong.
 * - category, target: the smoothed mean of the target, (sum + m prior) / (n + m), where the prior
 *   is the mean of all training rows; missing counts as a level; unseen, and levels of fewer than
 *   "rare" rows: the prior.  A target of two classes is 0 or 1; one of more gives a feature per
 *   class, the mean of "is that class".  The rows that a learner is fitted on get the means of
 *   rows outside their fold (rai_prep_training_matrix), or it would trust their own target.
 * - category, none: no feature.
 * - With RAI_FILL_MODE a missing category is the most frequent level (the first of them).
 * - Where asked for, and a value of the column was missing in training and is filled: one more
 *   feature, 1 where it is missing.
 * Last, in the standard view, each feature less its mean over its standard deviation (population;
 * 1 where that is 0).
 * In the native view only constants are filled in.
 * RAI_ENCODE_AUTO, by the levels among the training rows: none where there is one level and
 * nothing missing, or more levels than RAI_PREP_AUTO and than half of the rows that have one (an
 * address, an identifier); else target above RAI_PREP_AUTO levels, or above as many as there are
 * classes; else one-hot, or in the native view the number of the level, NaN when missing or
 * unseen.  (Boosting on the native levels of many fits their noise: R2 0.835 against 0.843 with
 * the means, and 0.778 against 0.800 by date, on melb_data.csv.)
 */
struct rai_prep;

enum rai_encode {
	RAI_ENCODE_AUTO,
	RAI_ENCODE_LABEL,
	RAI_ENCODE_ONE_HOT,
	RAI_ENCODE_TARGET,
	RAI_ENCODE_NATIVE, /* chosen for RAI_VIEW_NATIVE, not to be asked for */
	RAI_ENCODE_NONE,   /* the same for what says nothing */
};
enum rai_fill { RAI_FILL_MEDIAN, RAI_FILL_MODE, RAI_FILL_CONSTANT };

/* How a kind of model wants its features. */
enum rai_view {
	RAI_VIEW_FILLED,   /* no NaN: missing values are filled, categories encoded */
	RAI_VIEW_STANDARD, /* the same, each feature standardised */
	RAI_VIEW_NATIVE,   /* missing values stay NaN, categories of few levels of which nothing
			      else was said the numbers of their levels (NaN: missing or unseen) */
	RAI_VIEWS
};

#define RAI_PREP_AUTO \
	12 /* RAI_ENCODE_AUTO: one-hot or native up to this many levels, target above */
#define RAI_PREP_ONE_HOT 512 /* levels of one one-hot column; more is an error */

struct rai_prep_encode {
	const char *column;
	enum rai_encode encode;
};

struct rai_prep_fill {
	const char *column;
	enum rai_fill fill;
	const char *constant; /* RAI_FILL_CONSTANT: the value as text, read as a cell would be */
};

struct rai_prep_options {     /* zero is fine */
	enum rai_fill fill;   /* of columns not named in impute */
	const char *constant; /* RAI_FILL_CONSTANT: of numbers; the others: median */
	const struct rai_prep_fill *impute;
	size_t nimpute;         /* a name that is no column is an error */
	int indicator;          /* a feature that says what was missing */
	enum rai_encode encode; /* of columns not named below */
	const struct rai_prep_encode *column;
	size_t ncolumn;  /* a name that is not a category column is an error */
	double clip_iqr; /* k; 0: no clipping */
	double smooth;   /* m of the target encoding; 0: 10 */
	double rare;     /* rows; 0: 5 for the target encoding, no sharing for one-hot */
	enum rai_view view;
	uint64_t seed; /* of the folds */
};

/* How category column j would be encoded by a fit on these rows: never RAI_ENCODE_AUTO. */
int rai_prep_choice(const struct rai_table *t, size_t j, const size_t *rows, size_t n,
    const struct rai_prep_options *opt, enum rai_encode *out, struct rai_err *err);

/* How missing values of a column of that name and type are filled in the filled views. */
struct rai_prep_fill rai_prep_fill_of(
    const struct rai_prep_options *o, const char *name, enum rai_col_type type);

/*
 * Fits on the n rows of t; target[i] belongs to rows[i], on the learner's own scale (the log when
 * the target is logged).  opt may be NULL.  Caller frees *out.
 */
int rai_prep_fit(const struct rai_table *t, const size_t *rows, size_t n, const double *target,
    const struct rai_prep_options *opt, struct rai_prep **out, struct rai_err *err);
void rai_prep_free(struct rai_prep *p); /* NULL is fine */

/* A copy, bit for bit, for the same schema.  Caller frees *out. */
int rai_prep_clone(const struct rai_prep *p, const struct rai_schema *schema, struct rai_prep **out,
    struct rai_err *err);

/*
 * The native view of columns that are all numbers, for a model that was not prepared here: each
 * is one feature, as it is.  Caller frees *out.
 */
int rai_prep_plain(const struct rai_schema *s, struct rai_prep **out, struct rai_err *err);

size_t rai_prep_inputs(const struct rai_prep *p); /* cells per row */
size_t rai_prep_width(const struct rai_prep *p);  /* features */
const char *rai_prep_feature(const struct rai_prep *p,
    size_t j); /* "Rooms", "Type=h", "Date.year", "Suburb~class", "Car?", "Type=(rare)" */

/* The levels of feature j where it is a category in the native view; 0: it is a number. */
size_t rai_prep_levels(const struct rai_prep *p, size_t j);

/* The schema column that feature j is made of. */
size_t rai_prep_origin(const struct rai_prep *p, size_t j);

/* x: rai_prep_width() doubles, NaN only in the native view.  Allocates nothing; never fails. */
void rai_prep_row(const struct rai_prep *p, const struct rai_cell *cells, double *x);

/* The features of one column alone, in their places in x. */
void rai_prep_cell(const struct rai_prep *p, size_t column, struct rai_cell cell, double *x);

/*
 * Column-major: x[j * n + i] is feature j of rows[i], as rai_prep_row() makes it.  x has
 * n * rai_prep_width() doubles.
 */
void rai_prep_matrix(
    const struct rai_prep *p, const struct rai_table *t, const size_t *rows, size_t n, double *x);

/*
 * The same for the rows, target and options that p was fitted with, with one difference: a
 * target-encoded value is the mean over rows of other folds than the row's own, so that it knows
 * nothing of the row's target (cross fitting, as scikit-learn's TargetEncoder.fit_transform).
 */
int rai_prep_training_matrix(const struct rai_prep *p, const struct rai_table *t,
    const size_t *rows, size_t n, const double *target, const struct rai_prep_options *opt,
    double *x, struct rai_err *err);

/* Feature j alone of that matrix: n doubles into x. */
int rai_prep_training_feature(const struct rai_prep *p, const struct rai_table *t,
    const size_t *rows, size_t n, const double *target, const struct rai_prep_options *opt,
    size_t j, double *x, struct rai_err *err);

#define RAI_PREP_FOLDS 5

/* The fold of a row of the table, below RAI_PREP_FOLDS: of the seed and the row's number alone. */
size_t rai_prep_fold(uint64_t seed, size_t row);

/*
 * As a JSON object under key, and back with bit-equal doubles.  Reading checks every count and
 * index against the schema.  Caller frees *out.
 */
void rai_prep_write(const struct rai_prep *p, struct rai_jw *w, const char *key);
int rai_prep_read(const struct cJSON *obj, const struct rai_schema *schema, struct rai_prep **out,
    struct rai_err *err);

#endif

#ifndef RAI_DRIFT_PROFILE_H
#define RAI_DRIFT_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "json/json.h"

/*
 * The reference profile: what the training data looked like, column by column, in integers that
 * merge exactly.  rai-train writes it into the model file (metadata "rai.profile"), rai-serve
 * counts live traffic in the same bins, rai-drift compares.
 *
 * Numeric columns (also dates, the target "" and the prediction): edges are inner bin borders
 * taken from the quantiles of the reference; value v falls in bin i where edge[i-1] <= v < edge[i].
 * Categorical columns: one bin per level, in the level order given.  Both have two more counts:
 * missing, and unseen (categories not among the levels; always 0 for numbers).
 */
enum rai_profile_kind { RAI_PROFILE_NUM, RAI_PROFILE_CAT };

struct rai_profile_col {
	char *name; /* a feature's name; "target" and "prediction" are kept apart, see below */
	enum rai_profile_kind kind;
	size_t nbin;
	double *edge;   /* numeric: nbin - 1, increasing */
	char **level;   /* categorical: nbin */
	int64_t *count; /* nbin */
	int64_t missing, unseen;
	double *quantile; /* numeric: nquantile (at most 500) order statistics, sorted: for KS */
	size_t nquantile;
	double min, max; /* numeric: of the reference; NaN when it has no values */
};

struct rai_profile {
	struct rai_profile_col *col; /* the n features */
	size_t n;
	struct rai_profile_col target, prediction;
	/*
	 * What the predictions of the hold-out missed, of a number: "ratio", actual / prediction,
	 * or "difference", actual - prediction.  Without a name: not known.
	 */
	struct rai_profile_col error;
	int64_t rows;
	int64_t twins,
	    pairs;       /* of so many pairs of rows, those equal in all features; 0: not known */
	double accuracy; /* of the hold-out, 1 - MAPE; NaN: not known */
};

/*
 * Builds one column from n values (NaN: missing) or codes (-1: missing, -2: unseen).  Copies; the
 * struct may live in a profile and dies with it (rai_profile_release).  At most 10 bins; equal
 * values stay together, so heavy ties give fewer; a constant, or nothing at all, gives one.
 */
int rai_profile_from_num(
    struct rai_profile_col *out, const char *name, const double *v, size_t n, struct rai_err *err);
int rai_profile_from_cat(struct rai_profile_col *out, const char *name, char *const *level,
    size_t nlevel, const int32_t *code, size_t n, struct rai_err *err);

/* The same with all values as order statistics, so that what is compared with them is exact.  Such
 * a profile is not written. */
int rai_profile_from_num_all(
    struct rai_profile_col *out, const char *name, const double *v, size_t n, struct rai_err *err);

/* The same in the bins of another column, a number's, so that the two can be merged. */
int rai_profile_from_num_like(struct rai_profile_col *out, const struct rai_profile_col *like,
    const double *v, size_t n, struct rai_err *err);

/*
 * Adds the rows of one profile to those of another with the same columns and bin edges.  Counts,
 * missing and unseen values, ranges and rows are those of all rows together, exactly, whatever the
 * order of merging; categories are joined by name (where either has unseen ones, which might be
 * among the other's, the two must have the same).  The order statistics are exact while they are
 * all of the values (up to 500), else each merge moves them by at most 0.002 of the distribution
 * function.  Twins within each are all that is known then.  The accuracy is the mean by rows; not
 * known where it is not known of both.  On failure (the column is named) into is as it was, or
 * partly merged when memory is out.
 */
int rai_profile_merge(
    struct rai_profile *into, const struct rai_profile *from, struct rai_err *err);

/* The bin of a value: 0 .. nbin-1, or nbin for missing, nbin + 1 for unseen. */
size_t rai_profile_bin_num(const struct rai_profile_col *c, double v);
size_t rai_profile_bin_cat(const struct rai_profile_col *c, int32_t code);

/* Values in the bins: neither missing nor unseen. */
int64_t rai_profile_values(const struct rai_profile_col *c);

/*
 * Bit-equal there and back.  Reading checks lengths, order and sums, so that a profile that was
 * read is as good as one that was built.  A target or prediction without a name is absent (null).
 */
void rai_profile_write(const struct rai_profile *p, struct rai_jw *w, const char *key);
int rai_profile_read(const struct cJSON *obj, struct rai_profile *out, struct rai_err *err);
void rai_profile_release(struct rai_profile *p);

#endif

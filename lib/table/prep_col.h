#ifndef RAI_TABLE_PREP_COL_H
#define RAI_TABLE_PREP_COL_H

#include "table/prep.h"

/* The inside of a preparation; private to this room. */
struct rai_prep_col {
	char *name;
	enum rai_col_type type;
	enum rai_encode encode; /* categories; never RAI_ENCODE_AUTO */
	size_t first, width;    /* its features */
	double fill;            /* numbers and dates: what stands for a missing one; NaN: nothing */
	double low, high;       /* numbers: clipped to; infinite: not */
	size_t nlevel;          /* categories, as in the schema */
	int32_t *slot;          /* one-hot: feature of a level, from first; -1: none */
	int32_t shared;         /* one-hot: of rare and unseen levels; -1: none */
	double *value;     /* target: rai_prep.nmean numbers of each level, of missing, of unseen */
	int32_t fill_code; /* what stands for a missing one; RAI_CODE_MISSING: nothing does */
	int indicator;     /* its last feature says what was missing */
};

struct rai_prep {
	struct rai_prep_col *col; /* n */
	size_t n, width;
	char **feature;    /* width names */
	size_t *origin;    /* width columns */
	double *mean, *sd; /* width; NULL: not scaled */
	int native;        /* missing values stay NaN */
	size_t nmean;      /* features of a target-encoded column: 1, or one per class */
};

/* What fitting one column needs. */
struct rai_prep_data {
	const struct rai_table *t;
	const size_t *rows; /* n */
	size_t n;
	const double *target; /* n: numbers, or classes */
	const struct rai_prep_options *opt;
	const uint8_t *fold; /* n; only where a training matrix is made */
};

/* An empty preparation for the schema's columns, without features; NULL: no memory. */
struct rai_prep *rai_prep_new(const struct rai_schema *s);

/* Lays the features out once slots and encodings stand: first, width, names and origins. */
int rai_prep_layout(struct rai_prep *p, const struct rai_schema *s, struct rai_err *err);

/* Features that a target-encoded column has for a target of this kind. */
size_t rai_prep_means(const struct rai_col_spec *target);

/* The place of a code in value: its level, nlevel for missing, nlevel + 1 for unseen. */
size_t rai_prep_place(const struct rai_prep_col *c, int32_t code);

/* How missing values of column j are filled, and numbers clipped.  count: rows of each level. */
int rai_prep_fit_fill(const struct rai_prep_data *d, size_t j, const size_t *count,
    struct rai_prep_col *c, struct rai_err *err);

/* The means of the target by level into c->value. */
int rai_prep_fit_target(const struct rai_prep_data *d, const struct rai_column *v, size_t nmean,
    struct rai_prep_col *c, struct rai_err *err);

/* Column-major n x nmean into x: the means of each row's level without the rows of its fold. */
int rai_prep_out_of_fold(const struct rai_prep_data *d, const struct rai_column *v, size_t nmean,
    const struct rai_prep_col *c, double *x, struct rai_err *err);

#endif

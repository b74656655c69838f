#ifndef RAI_TABLE_PREP_COL_H
#define RAI_TABLE_PREP_COL_H

#include "table/prep.h"

/* The inside of a preparation; private to this room. */
struct rai_prep_col {
	char *name;
	enum rai_col_type type;
	enum rai_encode encode; /* categories; never RAI_ENCODE_AUTO */
	size_t first, width;    /* its features */
	double fill;            /* numbers and dates: what stands for a missing one */
	double low, high;       /* numbers: clipped to; infinite: not */
	size_t nlevel;          /* categories, as in the schema */
	int32_t *slot;          /* one-hot: feature of a level, from first; -1: none */
	double *value;          /* target: of a level */
	double missing, unseen; /* target */
	int32_t fill_code;      /* what stands for a missing one; RAI_CODE_MISSING: nothing does */
};

struct rai_prep {
	struct rai_prep_col *col; /* n */
	size_t n, width;
	char **feature;    /* width names */
	size_t *origin;    /* width columns */
	double *mean, *sd; /* width; NULL: not scaled */
	int native;        /* missing values stay NaN */
};

/* An empty preparation for the schema's columns, without features; NULL: no memory. */
struct rai_prep *rai_prep_new(const struct rai_schema *s);

/* Lays the features out once slots and encodings stand: first, width, names and origins. */
int rai_prep_layout(struct rai_prep *p, const struct rai_schema *s, struct rai_err *err);

#endif

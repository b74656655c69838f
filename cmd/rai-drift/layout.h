#ifndef RAI_DRIFT_LAYOUT_H
#define RAI_DRIFT_LAYOUT_H

#include "drift.h"

/* Which field of a row holds each column of the reference; -1: the input has none. */
struct layout {
	int *field;
	int target, prediction;
};

/* Where none of the columns is there, the input is about something else: an error.  Without a model
 * says which columns do not fit.  Release is right also after a failure. */
int layout_make(
    struct layout *l, const struct run *r, const struct rai_rows *rows, struct rai_err *err);
void layout_free(struct layout *l);

/* A row's value of column i, missing where the input has none. */
void layout_cell(const struct layout *l, const struct rai_schema *s, size_t i,
    const struct rai_field *f, struct misfits *m, struct rai_cell *out);

/* What the row says that some model predicted, NaN where it does not. */
double layout_prediction(const struct layout *l, const struct rai_field *f, struct misfits *m);

#endif

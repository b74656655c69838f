#ifndef RAI_SERVE_RECODE_H
#define RAI_SERVE_RECODE_H

#include "table/schema.h"

/*
 * Rows that were read for one model, as another one of the same columns understands them: the two
 * may have seen other categories.
 */
struct rai_serve_recode {
	const struct rai_schema *from, *to; /* both outlive it */
	int32_t **level;                    /* by column, then by code in from: the code in to */
};

/*
 * 0; or -1 with the first thing that differs: columns (name, type, order, how dates are read), the
 * target, or its classes.
 */
int rai_serve_recode_check(
    const struct rai_schema *from, const struct rai_schema *to, struct rai_err *err);

/* The schemas have passed the check. */
int rai_serve_recode_init(struct rai_serve_recode *r, const struct rai_schema *from,
    const struct rai_schema *to, struct rai_err *err);
void rai_serve_recode_release(struct rai_serve_recode *r);

/*
 * One row of cells with their text as it came (NULL: it did not come as text) to out, which may be
 * the same cells.
 */
void rai_serve_recode_row(const struct rai_serve_recode *r, const struct rai_cell *cell,
    const char *const *text, struct rai_cell *out);

#endif

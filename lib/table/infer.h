#ifndef RAI_TABLE_INFER_H
#define RAI_TABLE_INFER_H

#include <stddef.h>

#include "table/schema.h"

/* What the first values of a column look like. */
struct rai_tally {
	size_t values; /* that are not empty */
	size_t numbers, iso, day_first;
	size_t late; /* day first, with a day after the 12th: no month could stand there */
};

void rai_tally_add(struct rai_tally *t, const char *text, size_t len);

/*
 * The type by the rule of table.h; *day_first only when dates are clearly d/m/y.  Without any
 * value the type is RAI_COL_NUM and the answer is 1: not known yet.
 */
int rai_tally_type(const struct rai_tally *t, enum rai_col_type *type, int *day_first);

#endif

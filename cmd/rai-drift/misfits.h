#ifndef RAI_DRIFT_MISFITS_H
#define RAI_DRIFT_MISFITS_H

#include <stdint.h>

#include "base/err.h"
#include "table/csv.h"
#include "table/schema.h"

/* Values that do not fit their column (text where a number belongs) and count as missing: how many,
 * and where and what the first one is. */
struct misfits {
	int64_t n;
	const struct rai_rows *rows; /* that are being read */
	char first[RAI_ERR_MAX];
};

/* A field as a value of its column; missing, and one more, where it does not fit. */
void misfits_read(struct misfits *m, const struct rai_col_spec *column, const struct rai_field *f,
    struct rai_cell *out);

/* As many more, of which this is the first, at a line of a file (0: of a piece of it whose lines
 * nobody counts). */
void misfits_add(
    struct misfits *m, int64_t n, const char *file, int64_t line, const struct rai_err *first);

/* Those of a part that follows. */
void misfits_join(struct misfits *m, const struct misfits *part);

#endif

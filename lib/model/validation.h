#ifndef RAI_MODEL_VALIDATION_H
#define RAI_MODEL_VALIDATION_H

#include "table/table.h"

/*
 * A validation part cut from training rows by the same rule as the hold-out: at random, or the
 * newest by a column.  rows holds the ntrain rows that stay, then the nvalid ones; each side
 * ascending.
 */
struct rai_validation {
	size_t *rows, ntrain, nvalid;
};

/* n at least 2; share, by and seed as in rai_split_make().  Both sides get at least one row. */
int rai_validation_make(const struct rai_table *t, const size_t *rows, size_t n, const char *by,
    double share, uint64_t seed, struct rai_validation *out, struct rai_err *err);
void rai_validation_release(struct rai_validation *v);

#endif

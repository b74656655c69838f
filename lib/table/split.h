#ifndef RAI_TABLE_SPLIT_H
#define RAI_TABLE_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "table/table.h"

/* Row numbers of the two sides, each ascending; a function of table, by, share and seed alone. */
struct rai_split {
	size_t *train, ntrain; /* ntrain and ntest at least 1 */
	size_t *test, ntest;
	double boundary; /* by date: the first day (since 1970-01-01) held out; else NaN */
};

/*
 * test: the share held out, 0 < test < 1.  by: "random" (seed), or a date or number column whose
 * newest rows are held out; rows of the boundary day stay together on the held-out side (or on
 * the training side where that side would be empty); rows without a date train.
 */
int rai_split_make(const struct rai_table *t, const char *by, double test, uint64_t seed,
    struct rai_split *out, struct rai_err *err);
void rai_split_release(struct rai_split *s);

#endif

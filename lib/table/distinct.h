#ifndef RAI_TABLE_DISTINCT_H
#define RAI_TABLE_DISTINCT_H

#include <stddef.h>

#include "base/err.h"

/*
 * How many different numbers are among the n at v, exactly: NaN is none, and the two zeros are
 * one.  In one pass, with memory by the answer and not by n.
 */
int rai_distinct(const double *v, size_t n, size_t *out, struct rai_err *err);

#endif

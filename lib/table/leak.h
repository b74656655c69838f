#ifndef RAI_TABLE_LEAK_H
#define RAI_TABLE_LEAK_H

#include "table/table.h"

/*
 * Inputs that are the target in another form (its logarithm, its band, its code), which nobody
 * has when a prediction is wanted.  An input is one when, on the rows where it is not missing,
 * at least RAI_LEAK_ROWS and half of all:
 * - it is a number, the target a number of 20 values or more, and sorted by the input the target
 *   rises (or falls) throughout, to a ten-thousandth of its range, and either lies on a smooth
 *   curve (between its neighbours to a tenth of their distance, in the median), or the input has 5
 *   values or more with 3 different targets or more to each, whose ranges do not overlap: bands;
 * - it is a category that says the very number, with 10 rows to each level on average;
 * - the target is a class, or has fewer values and the input is a category, and each target has
 *   one value of the input and each value of the input one target, with 10 rows to each on
 *   average.
 * A strong input is none of that: any noise breaks the order, and a value that parts the classes
 * is not their code.  Numbers of few values prove nothing of each other, and dates are left alone:
 * what grows with time rises with any date.
 */
#define RAI_LEAK_ROWS 100

/* leak: schema.n flags.  rows: n of them, those that train; but: a column not to be judged. */
int rai_leak_find(const struct rai_table *t, const size_t *rows, size_t n, const char *but,
    char *leak, struct rai_err *err);

#endif

#ifndef RAI_TABLE_SPLIT_PARTS_H
#define RAI_TABLE_SPLIT_PARTS_H

#include "base/rng.h"
#include "table/split.h"

/* The n rows of a table that are to be cut; positions count within rows.  Private to this room. */
struct rai_cut {
	const struct rai_table *t;
	const struct rai_split_by *by;
	const size_t *rows;
	size_t n;
	struct rai_rng rng;
};

/*
 * All positions at random; stratified: stratum after stratum, at random within each, so that
 * every k-th of them takes the same share of each stratum.
 */
int rai_cut_order(struct rai_cut *c, size_t *order, struct rai_err *err);

/* group[i]: of position i, from 0 on.  *ngroup at most n. */
int rai_cut_groups(const struct rai_cut *c, size_t *group, size_t *ngroup, struct rai_err *err);

/* Sorted ascending; NaN is left out.  Caller frees *sorted, *known of them. */
int rai_cut_sorted(const struct rai_cut *c, double **sorted, size_t *known, struct rai_err *err);

/* The value of a date or number column in position i; NaN: none. */
double rai_cut_value(const struct rai_cut *c, size_t i);

#endif

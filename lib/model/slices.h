#ifndef RAI_MODEL_SLICES_H
#define RAI_MODEL_SLICES_H

#include "model/gate.h"
#include "table/table.h"

/*
 * How well a model does on each part of the hold-out: per level of a category column, or per
 * quarter of the values of a number or date column.  A model that is good on average may fail one
 * region, one kind of house, one group of people.
 */
struct rai_slice {
	char label[128]; /* "Regionname=Western Victoria", "Rooms 3 .. 4" */
	size_t n;        /* rows */
	struct rai_interval metric;
	double gap; /* how much worse than on the whole hold-out, in the metric's unit */
	/* passed: no gap above the limit; failed: one that is real; unclear: too few rows to tell
	 */
	enum rai_verdict verdict;
};

struct rai_slices {
	struct rai_slice *slice; /* count of them, in the order of levels or values */
	size_t count;
};

struct rai_slice_rule {
	enum rai_metric metric;
	double worst_gap; /* the largest gap that is accepted */
	size_t min_rows;  /* of a slice about which something can be said */
	uint64_t seed;    /* of the bootstrap, on */
	size_t threads;
};

/*
 * scored belongs to the rows of t.  A slice fails when its gap is above worst_gap and the
 * interval of its metric does not reach the metric of the whole hold-out.  Caller releases out.
 */
int rai_slices_make(const struct rai_table *t, const char *column, const size_t *rows,
    const struct rai_scored *scored, const struct rai_slice_rule *rule, struct rai_slices *out,
    struct rai_err *err);
void rai_slices_release(struct rai_slices *s);

/* One check for all slices of a column; slices of which nothing can be said do not fail it. */
void rai_gate_slices(
    struct rai_gate *g, const struct rai_slices *s, const struct rai_slice_rule *rule);

#endif

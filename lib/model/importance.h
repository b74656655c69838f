#ifndef RAI_MODEL_IMPORTANCE_H
#define RAI_MODEL_IMPORTANCE_H

#include "model/metric.h"
#include "model/pipeline.h"
#include "table/table.h"

/*
 * Permutation importance (Breiman 2001, in the form of Fisher, Rudin and Dominici 2019): how much
 * worse the metric gets on held-out rows when the values of one input column are shuffled among
 * them, all the features that are made of it together.  Of columns that say nearly the same each
 * stands in for the other, and both seem to matter less than they do.
 */
#define RAI_IMPORTANCE_REPEATS 5 /* shuffles of each column */
#define RAI_IMPORTANCE_ROWS 5000 /* more rows than this: a random part of that many */

struct rai_importance {
	double drop; /* mean loss of the metric, in its unit; positive: the column helps */
	double sd;   /* over the shuffles */
};

/*
 * out: one per input column of t.  rows: the n rows that s is about.  A function of these and the
 * seed, never of threads.
 */
int rai_importance(const struct rai_pipeline *p, const struct rai_table *t, const size_t *rows,
    const struct rai_scored *s, enum rai_metric metric, uint64_t seed, size_t threads,
    struct rai_importance *out, struct rai_err *err);

#endif

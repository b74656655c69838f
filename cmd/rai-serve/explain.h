#ifndef RAI_SERVE_EXPLAIN_H
#define RAI_SERVE_EXPLAIN_H

#include "drift/profile.h"
#include "model/model.h"
#include "serve/app.h"

/* How lib/serve asks for explanations: 0 the kind of model has none; then one of a row. */
int explain_can(const struct rai_model *m);
int explain(const struct rai_model *m, const struct rai_cell *row, const struct rai_cell *baseline,
    size_t output, struct rai_serve_explanation *out, size_t *steps, struct rai_err *err);

/*
 * A typical row by the profile: the median of each number and date, the most frequent level of each
 * category; of a column that the profile lacks a missing value.  The caller frees it; NULL: no
 * memory.
 */
struct rai_cell *explain_typical(const struct rai_schema *s, const struct rai_profile *p);

#endif

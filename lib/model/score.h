#ifndef RAI_MODEL_SCORE_H
#define RAI_MODEL_SCORE_H

#include "model/model.h"
#include "model/pipeline.h"
#include "table/table.h"

/*
 * Predictions of many rows of a table at once: out holds those of rows[i] from i * outputs on
 * (1, or one per class), the same bits for any number of threads.
 */
int rai_score_pipeline(const struct rai_pipeline *p, const struct rai_table *t, const size_t *rows,
    size_t n, size_t threads, double *out, struct rai_err *err);

/*
 * With another model, whose schema may differ from the table's (see table/conform.h).
 */
int rai_score_model(const struct rai_model *m, const struct rai_table *t, const size_t *rows,
    size_t n, size_t threads, double *out, struct rai_err *err);

#endif

#ifndef RAI_MODEL_CASES_H
#define RAI_MODEL_CASES_H

#include "model/gate.h"
#include "model/pipeline.h"

/*
 * Critical cases: rows whose prediction must lie in bounds, whatever the metrics say.  A file of
 * CSV or JSON lines with columns of the model (absent ones are missing values) and
 *   case      a name for people; may be absent
 *   at_least  the prediction may not be below this; empty: no such bound
 *   at_most   the prediction may not be above this; empty: no such bound
 *   expect    of classes: the one that must be the most probable; empty: any
 * A row without a bound, a column that is neither the model's nor one of these, and a class that
 * the model does not have are errors.  Adds the check "cases", which names the first failing row.
 */
int rai_gate_cases(struct rai_gate *g, const char *path, const struct rai_schema *schema,
    const struct rai_pipeline *p, struct rai_err *err);

#endif

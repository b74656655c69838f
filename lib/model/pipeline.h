#ifndef RAI_MODEL_PIPELINE_H
#define RAI_MODEL_PIPELINE_H

#include "model/kind.h"
#include "table/prep.h"

/*
 * Cells of a row -> preparation -> learner -> the target's own unit: the one way in which
 * training, serving and checks make a prediction.
 */
enum rai_unit { RAI_UNIT_SAME, RAI_UNIT_LOG }; /* the learner's scale */

#define RAI_PIPELINE_WIDTH 8192 /* features at most: a prediction keeps them on the stack */

struct rai_pipeline {
	struct rai_prep *prep;
	struct rai_fitted fitted;
	enum rai_unit unit;
};

/*
 * Allocates nothing.  A logged target comes back by exp alone: where errors are symmetric on the
 * log scale that is the median of the target, a little below its mean, and the better guess for
 * relative errors.
 */
double rai_pipeline_predict(const struct rai_pipeline *p, const struct rai_cell *cells);

void rai_pipeline_release(struct rai_pipeline *p);

#endif

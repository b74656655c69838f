#ifndef RAI_MODEL_PIPELINE_H
#define RAI_MODEL_PIPELINE_H

#include "model/kind.h"
#include "table/prep.h"

/*
 * Cells of a row -> preparation -> learner -> the target's own unit: the one way in which
 * training, serving and checks make a prediction.
 */
enum rai_unit { RAI_UNIT_SAME, RAI_UNIT_LOG, RAI_UNIT_AUTO }; /* the learner's scale */

#define RAI_PIPELINE_WIDTH 16384 /* features at most: a prediction keeps them on the stack */

struct rai_pipeline {
	struct rai_prep *prep;
	struct rai_fitted fitted;
	enum rai_unit unit;
	/*
	 * RAI_UNIT_LOG: the prediction is exp(learned) times this.  1 gives the median of the
	 * target where errors are symmetric on the log scale, the mean of exp(error) over rows that
	 * the fit has not seen gives its mean (the smearing estimate: Duan, JASA 78, 1983).
	 */
	double smear;
	/*
	 * RAI_UNIT_LOG: what was learned is kept from low to high, a factor of 2 beyond the
	 * training rows: exp makes anything of a line that is followed far outside.
	 */
	double low, high;
};

/* Sets low and high from the n targets that were learned from, on the learner's scale. */
void rai_pipeline_bound(struct rai_pipeline *p, const double *y, size_t n);

/* Numbers of one prediction: 1, or one probability per class. */
size_t rai_pipeline_outputs(const struct rai_pipeline *p);

/* out: that many numbers.  Allocates nothing. */
void rai_pipeline_predict(const struct rai_pipeline *p, const struct rai_cell *cells, double *out);

/*
 * n rows at once, the same bits: x is row-major, n x rai_prep_width(), as rai_prep_row() makes it;
 * out is n x outputs.
 */
void rai_pipeline_finish(const struct rai_pipeline *p, const double *x, size_t n, double *out);

void rai_pipeline_release(struct rai_pipeline *p);

#endif

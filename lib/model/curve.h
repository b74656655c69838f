#ifndef RAI_MODEL_CURVE_H
#define RAI_MODEL_CURVE_H

#include "model/train.h"

/*
 * The learning curve: what the chosen candidate reaches with fewer training rows.  A curve that
 * still climbs at its end asks for more rows; one far above it on the training rows has learned
 * them by heart.
 */
struct rai_curve_point {
	size_t rows;  /* trained on */
	double train; /* the metric on these rows, */
	double test;  /* and on the hold-out; both NaN where the fit failed */
};

#define RAI_CURVE_POINTS 6 /* 10, 20, 40, 60, 80 and 100 % */

/*
 * Each point holds the rows of the one before, drawn at random.  r is what rai_train() made of t
 * and o; its model is the last point.
 */
int rai_curve(const struct rai_table *t, const struct rai_train_options *o,
    const struct rai_trained *r, struct rai_curve_point *out, struct rai_err *err);

#endif

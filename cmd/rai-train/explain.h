#ifndef RAI_TRAIN_EXPLAIN_H
#define RAI_TRAIN_EXPLAIN_H

#include "model/curve.h"
#include "model/evaluation.h"
#include "model/importance.h"

/* What is said about a trained model beyond its metrics; all of the hold-out. */
struct explained {
	struct rai_importance *importance; /* one per input column; NULL: not asked for */
	struct rai_curve_point curve[RAI_CURVE_POINTS];
	size_t ncurve;                  /* 0: not asked for */
	struct rai_residuals residuals; /* of numbers */
	size_t *confusion;              /* of classes: nclass x nclass, actual by said */
	struct rai_reliability reliability[RAI_RELIABILITY_GROUPS];
	size_t nreliability;
};

#endif

#include <stdlib.h>

#include "drift.h"

/* The model's own estimate of what its predictions miss. */
static int
ask(const void *ctx, const struct rai_cell *cells, const double *prediction, size_t n,
    struct rai_drift_estimate *out)
{
	const struct rai_model *m = ctx;
	struct rai_impact_row *row = calloc(n + 1, sizeof(*row));
	double *own = calloc(n + 1, sizeof(*own));
	size_t i;

	if (row != NULL && own != NULL) {
		if (prediction == NULL)
			rai_model_predict_rows(m, cells, n, own);
		rai_impact_rows(
		    rai_model_impact(m), cells, prediction != NULL ? prediction : own, n, row);
		for (i = 0; i < n; i++)
			out[i] =
			    (struct rai_drift_estimate){row[i].loss, row[i].spoilt, row[i].outside};
	}
	free(own);
	free(row);
	return row != NULL && own != NULL ? 0 : -1;
}

void
drift_estimate(struct run *r)
{
	const struct rai_impact *m = rai_model_impact(r->model);

	if (m == NULL || r->o->no_impact || rai_model_classes(r->model) > 0)
		return;
	r->estimator = (struct rai_drift_estimator){.accuracy = m->metric == RAI_METRIC_ACCURACY,
	    .reference = m->reference,
	    .spread = m->spread,
	    .own = m->own,
	    .tail = m->tail,
	    .tail_share = m->tail_share,
	    .tail_index = m->tail_index,
	    .outside = m->outside,
	    .spoilt = m->spoilt,
	    .spoilt_sd = m->spoilt_sd,
	    .rows = (double)m->rows,
	    .ask = ask,
	    .ctx = r->model};
	r->ref.impact = &r->estimator;
}

#include "model/pipeline.h"

#include <math.h>
#include <string.h>

#include "base/fpmath.h"

static double
from_log(const struct rai_pipeline *p, double y)
{
	y = y < p->low ? p->low : y > p->high ? p->high : y;
	return rai_exp(y) * p->smear;
}

void
rai_pipeline_bound(struct rai_pipeline *p, const double *y, size_t n)
{
	double low = INFINITY, high = -INFINITY, factor = rai_log(2);
	size_t i;

	for (i = 0; i < n; i++) {
		low = y[i] < low ? y[i] : low;
		high = y[i] > high ? y[i] : high;
	}
	p->low = low - factor;
	p->high = high + factor;
}

size_t
rai_pipeline_outputs(const struct rai_pipeline *p)
{
	return rai_fitted_outputs(&p->fitted);
}

void
rai_pipeline_predict(const struct rai_pipeline *p, const struct rai_cell *cells, double *out)
{
	double x[RAI_PIPELINE_WIDTH];

	rai_prep_row(p->prep, cells, x);
	p->fitted.kind->predict(&p->fitted, x, out);
	if (p->unit == RAI_UNIT_LOG)
		*out = from_log(p, *out);
}

void
rai_pipeline_finish(const struct rai_pipeline *p, const double *x, size_t n, double *out)
{
	size_t i;

	rai_fitted_predict_rows(&p->fitted, x, n, out);
	if (p->unit == RAI_UNIT_LOG)
		for (i = 0; i < n; i++)
			out[i] = from_log(p, out[i]);
}

void
rai_pipeline_release(struct rai_pipeline *p)
{
	rai_fitted_release(&p->fitted);
	rai_prep_free(p->prep);
	memset(p, 0, sizeof(*p));
}

#include "model/pipeline.h"

#include <string.h>

#include "base/fpmath.h"

double
rai_pipeline_predict(const struct rai_pipeline *p, const struct rai_cell *cells)
{
	double x[RAI_PIPELINE_WIDTH], y;

	rai_prep_row(p->prep, cells, x);
	y = p->fitted.kind->predict(&p->fitted, x);
	return p->unit == RAI_UNIT_LOG ? rai_exp(y) : y;
}

void
rai_pipeline_release(struct rai_pipeline *p)
{
	rai_fitted_release(&p->fitted);
	rai_prep_free(p->prep);
	memset(p, 0, sizeof(*p));
}

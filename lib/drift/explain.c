#include "drift/explain.h"

#include <math.h>
#include <stdlib.h>

#include "drift/watch_priv.h"

int
rai_drift_expected_init(struct rai_drift_expected *e)
{
	e->loss = calloc(RAI_DRIFT_MEMORY, sizeof(*e->loss));
	return e->loss != NULL ? 0 : -1;
}

void
rai_drift_expected_release(struct rai_drift_expected *e)
{
	free(e->loss);
	e->loss = NULL;
}

void
rai_drift_expected_put(struct rai_drift_expected *e, int64_t seq, double loss)
{
	if (e->loss != NULL && isfinite(loss))
		e->loss[(size_t)seq % RAI_DRIFT_MEMORY] = loss;
}

double
rai_drift_expected_at(const struct rai_drift_expected *e, int64_t seq, int64_t predictions)
{
	if (e->loss == NULL || seq < 0 || seq >= predictions ||
	    predictions - seq > (int64_t)RAI_DRIFT_MEMORY)
		return 0;
	return e->loss[(size_t)seq % RAI_DRIFT_MEMORY];
}

void
rai_drift_explain(struct rai_drift_watch *w, const struct rai_drift_couples *c)
{
	double n = 0, loss = 0, square = 0, one;
	size_t i;

	w->explains = (struct rai_drift_impact){.expected = NAN, .low = NAN, .high = NAN};
	w->state.explains = &w->explains;
	for (i = 0; i < c->n; i++) {
		if (isnan(c->pair[i].prediction))
			continue;
		one = rai_drift_expected_at(&w->expected, c->pair[i].seq, w->state.predictions);
		n += one > 0;
		loss += one;
		square += one * one;
	}
	if (w->ref.impact != NULL && n >= RAI_DRIFT_LEAST && 2 * n >= (double)c->n)
		rai_drift_impact_expect(w->ref.impact, n, loss, square, &w->explains);
}

#include <math.h>
#include <stdlib.h>

#include "drift/check.h"

int
rai_drift_says_classes(const struct rai_drift_reference *ref)
{
	const struct rai_profile_col *c = &ref->profile->prediction;

	return c->name != NULL && c->kind == RAI_PROFILE_CAT &&
	       ref->schema->target.type == RAI_COL_CAT && ref->schema->target.nlevel == c->nbin;
}

int
rai_drift_check_class(
    struct rai_drift_check *out, const struct rai_profile_col *ref, const double *v, size_t n)
{
	int32_t *code = calloc(n + 1, sizeof(*code));
	int64_t *counts = calloc(4 * (ref->nbin + 2), sizeof(*counts));
	double *room = calloc(n + 1, sizeof(*room));
	int rc = code != NULL && counts != NULL && room != NULL ? 0 : -1;
	size_t i;

	for (i = 0; i < n && rc == 0; i++)
		code[i] = isfinite(v[i]) ? (int32_t)v[i] : RAI_CODE_MISSING;
	if (rc == 0)
		rai_drift_check_cat(out, ref, code, n, counts, room);
	free(code);
	free(counts);
	free(room);
	return rc;
}

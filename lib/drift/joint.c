#include <math.h>
#include <stdlib.h>

#include "drift/check.h"
#include "stat/stat.h"

/*
 * The rank of a value among the reference's, -1 for the least to 1 for the largest, the middle of
 * its ties: of the reference itself the mean is 0, whatever its distribution.  What is missing says
 * nothing: 0.
 */
static double
rank(const struct rai_profile_col *ref, double v)
{
	if (!isfinite(v))
		return 0;
	return (double)rai_stat_rank(ref->quantile, ref->nquantile, v) / (double)ref->nquantile - 1;
}

static int
is_judged(const struct rai_drift_reference *ref, size_t k)
{
	return ref->schema->col[k].type == RAI_COL_NUM && ref->profile->col[k].nquantile > 1;
}

int
rai_drift_check_joint(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    struct rai_drift_joint *out)
{
	size_t n = rows->n < RAI_DRIFT_JOINT_ROWS ? rows->n : RAI_DRIFT_JOINT_ROWS, i, k, p = 0;
	struct rai_stat_shift shift;
	double *v;
	int rc;

	*out = (struct rai_drift_joint){.p = 1};
	for (k = 0; k < ref->profile->n; k++)
		p += (size_t)is_judged(ref, k);
	/* fewer rows than that leave too little to estimate the covariance by */
	if (p < 2 || n < RAI_DRIFT_LEAST || n < 5 * p)
		return 0;
	v = malloc(n * p * sizeof(*v));
	if (v == NULL)
		return -1;
	for (p = 0, k = 0; k < ref->profile->n; k++)
		if (is_judged(ref, k)) {
			for (i = 0; i < n; i++)
				v[p * n + i] =
				    rank(&ref->profile->col[k], rows->num[k][i * rows->n / n]);
			p++;
		}
	rc = rai_stat_hotelling(v, n, p, (double)ref->profile->rows, &shift);
	free(v);
	*out = (struct rai_drift_joint){
	    .columns = shift.columns, .rows = n, .distance = shift.distance, .p = shift.p};
	return rc;
}

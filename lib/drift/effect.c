#include <math.h>
#include <stdio.h>

#include "drift/check.h"
#include "stat/stat.h"

/* Below it a double loses digits, and then is 0: which no p-value of so many rows is. */
#define P_LEAST 1e-300

const char *
rai_drift_p_text(double p, char out[RAI_DRIFT_P_TEXT])
{
	if (p < P_LEAST)
		snprintf(out, RAI_DRIFT_P_TEXT, "<%g", P_LEAST);
	else
		snprintf(out, RAI_DRIFT_P_TEXT, "%.2g", p);
	return out;
}

double
rai_drift_p(const struct rai_drift_check *c, enum rai_drift_what what)
{
	if (what == RAI_DRIFT_SHAPE)
		return c->p;
	if (what == RAI_DRIFT_ABSENT)
		return c->p_missing;
	return c->kind == RAI_PROFILE_CAT ? c->p_unseen : c->p_outside;
}

double
rai_drift_p_least(const struct rai_drift_check *c, enum rai_drift_what what)
{
	if (what == RAI_DRIFT_SHAPE)
		return c->least;
	if (what == RAI_DRIFT_ABSENT)
		return c->least_missing;
	return c->kind == RAI_PROFILE_CAT ? c->least_unseen : 0;
}

int
rai_drift_moved(const struct rai_drift_check *c, enum rai_drift_what what, double share)
{
	int cat = c->kind == RAI_PROFILE_CAT;

	if (what == RAI_DRIFT_ABSENT)
		return fabs(c->missing - c->missing_ref) >= share * RAI_DRIFT_MISSING;
	if (what == RAI_DRIFT_SHAPE && cat)
		return c->tv >= share * RAI_DRIFT_TV;
	if (what == RAI_DRIFT_SHAPE)
		return c->d >= share * RAI_DRIFT_KS &&
		       (isnan(c->w1) || c->w1 >= share * RAI_DRIFT_W1);
	if (cat)
		return c->unseen - c->unseen_ref >= share * RAI_DRIFT_UNSEEN ||
		       c->unseen_one >= share * RAI_DRIFT_UNSEEN;
	return c->outside - c->outside_ref >= share * RAI_DRIFT_TAIL;
}

/*
 * A check's statistic in standard deviations grows with the root of n m / (n + m) while the effect
 * stays as it is.  0: not even with any number of rows.
 */
int64_t
rai_drift_rows_to_decide(double p, double adjusted, double alpha, double n, double m)
{
	double have = rai_stat_normal_quantile(1 - p / 2), both, rows;
	double want = rai_stat_normal_quantile(1 - alpha * p / adjusted / 2);

	if (!(have > 0) || !(n > 0) || !(m > 0))
		return 0;
	both = n * m / (n + m) * (want / have) * (want / have);
	if (!(both < m))
		return 0;
	rows = ceil(both * m / (m - both));
	return rows < 1e15 ? (int64_t)rows : 0;
}

#include "drift/residual.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fpmath.h"
#include "drift/verdict.h"
#include "stat/stat.h"

/* Mean and its standard error of what the hold-out missed, from its order statistics. */
static struct rai_stat_mean
of_holdout(const struct rai_profile_col *error, int ratio, double rows, double *v)
{
	struct rai_stat_mean m;
	size_t i, k = 0;

	for (i = 0; i < error->nquantile; i++)
		if (!ratio)
			v[k++] = error->quantile[i];
		else if (error->quantile[i] > 0)
			v[k++] = rai_log(error->quantile[i]);
	m = rai_stat_mean(v, k, 0.95);
	if (rows > (double)k)
		m.se *= sqrt((double)k / rows);
	return m;
}

static double
rows_of(const struct rai_profile_col *c)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < c->nbin; i++)
		sum += c->count[i];
	return (double)sum;
}

/* Welch's test of two means with their standard errors, from n and m values. */
static double
welch(const struct rai_stat_mean *a, double n, const struct rai_stat_mean *b, double m)
{
	double va = a->se * a->se, vb = b->se * b->se, var = va + vb, df;

	if (!isfinite(var))
		return 1;
	if (!(var > 0))
		return a->mean == b->mean ? 1 : 0;
	df = var * var / (va * va / (n - 1) + vb * vb / (m - 1));
	return fmin(1, 2 * rai_stat_student_tail(fabs(a->mean - b->mean) / sqrt(var), df));
}

void
rai_drift_residual(struct rai_drift_residual *out, const struct rai_profile_col *error,
    const double *prediction, const double *actual, size_t n, double confidence, double *scratch)
{
	struct rai_stat_mean now, was;
	double floor_, rows, reference[500];
	size_t i, k = 0;

	memset(out, 0, sizeof(*out));
	out->mean = out->low = out->high = out->reference = out->effect = NAN;
	out->p = 1;
	if (error->name == NULL || error->kind != RAI_PROFILE_NUM || error->nquantile < 2 ||
	    error->nquantile > sizeof(reference) / sizeof(*reference))
		return;
	out->ratio = strcmp(error->name, "ratio") == 0;
	for (i = 0; i < n; i++)
		if (!out->ratio && isfinite(actual[i] - prediction[i]))
			scratch[k++] = actual[i] - prediction[i];
		else if (out->ratio && actual[i] > 0 && prediction[i] > 0)
			scratch[k++] = rai_log(actual[i] / prediction[i]);
	if (k < RAI_DRIFT_LEAST)
		return;
	rows = rows_of(error);
	was = of_holdout(error, out->ratio, rows, reference);
	floor_ = out->ratio
		     ? RAI_DRIFT_SIGNED
		     : RAI_DRIFT_SIGNED_SD * rai_stat_robust_sd(error->quantile, error->nquantile);
	now = rai_stat_mean(scratch, k, confidence);
	out->n = k;
	out->mean = now.mean;
	out->low = now.low;
	out->high = now.high;
	out->reference = was.mean;
	out->effect = floor_ > 0 ? fabs(now.mean - was.mean) / floor_ : INFINITY;
	out->p = welch(&now, (double)k, &was, rows);
}

int
rai_drift_residual_decide(struct rai_drift_residual *r, double p, double alpha)
{
	if (r->n == 0)
		return 0;
	r->moved = p < alpha && r->effect >= 1;
	if (r->moved)
		rai_drift_residual_say(r, r->why, sizeof(r->why));
	return p < rai_drift_alpha_back(alpha) && r->effect >= RAI_DRIFT_BACK;
}

/* Of the predictions, in percent. */
static double
percent(double log_ratio)
{
	return 100 * (rai_exp(log_ratio) - 1);
}

void
rai_drift_residual_say(const struct rai_drift_residual *r, char *out, size_t size)
{
	const char *side = r->mean >= 0 ? "above" : "below",
		   *was = r->reference >= 0 ? "above" : "below";
	double sign = r->mean >= 0 ? 1 : -1;

	if (r->ratio)
		snprintf(out, size,
		    "the actual values are %.1f %% %s the predictions (%.1f to %.1f %%; hold-out "
		    "%.1f %% %s)",
		    fabs(percent(r->mean)), side, sign * percent(sign > 0 ? r->low : r->high),
		    sign * percent(sign > 0 ? r->high : r->low), fabs(percent(r->reference)), was);
	else
		snprintf(out, size,
		    "the actual values are %.4g %s the predictions (%.4g to %.4g; hold-out %.4g "
		    "%s)",
		    fabs(r->mean), side, sign * (sign > 0 ? r->low : r->high),
		    sign * (sign > 0 ? r->high : r->low), fabs(r->reference), was);
}

#include "drift/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/* Rows of window and reference up to which KS is exact: some milliseconds at most. */
#define EXACT_ROWS 150
#define EXACT_REFERENCE 20000

/* A tail is what lies beyond this share of the reference on either side. */
#define TAIL 0.005

static int64_t
values(const struct rai_profile_col *c)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < c->nbin; i++)
		n += c->count[i];
	return n;
}

/* How often rows of the reference have no value in this column, 0..1. */
static double
missing_rate(const struct rai_profile_col *ref)
{
	int64_t all = values(ref) + ref->unseen + ref->missing;

	return all > 0 ? (double)ref->missing / (double)all : 0;
}

static void
begin(struct rai_drift_check *out, const struct rai_profile_col *ref)
{
	memset(out, 0, sizeof(*out));
	out->name = ref->name;
	out->kind = ref->kind;
	out->judged = 1;
	out->p = out->p_missing = out->p_unseen = out->p_outside = 1;
	out->w1 = out->w1_expected = NAN;
	out->missing_ref = missing_rate(ref);
}

/* A column that was there and is not: no population does that. */
static void
check_missing(struct rai_drift_check *out, const struct rai_profile_col *ref, int64_t missing,
    int64_t n, int64_t have)
{
	if (n == 0 || have == 0)
		return;
	out->missing = (double)missing / (double)n;
	out->p_missing = rai_stat_share_both(missing, n, ref->missing, have);
	if (out->missing - out->missing_ref > RAI_DRIFT_SURGE ||
	    (out->missing >= RAI_DRIFT_GONE && out->missing_ref <= 0.95)) {
		out->broken = 1;
		snprintf(out->why, sizeof(out->why),
		    "%.60s: %s, %.1f %% of values (reference %.1f %%)", out->name,
		    out->missing >= RAI_DRIFT_GONE ? "gone" : "missing", 100 * out->missing,
		    100 * out->missing_ref);
	}
}

/* The run of sorted values of one sign, by magnitude: where a unit shows as a factor. */
static double
magnitude(const double *sorted, size_t n, int negative, double q)
{
	size_t low = 0, high = n;

	while (low < n && sorted[low] <= 0)
		low++;
	while (high > 0 && sorted[high - 1] >= 0)
		high--;
	if (negative)
		return high > 0 ? -rai_stat_quantile(sorted, high, 1 - q) : NAN;
	return low < n ? rai_stat_quantile(sorted + low, n - low, q) : NAN;
}

/*
 * Another unit multiplies: the logarithms move by a constant and keep their spread.  The medians
 * must be a factor of RAI_DRIFT_UNIT apart, further than the reference's own quartiles, and the
 * log-quartile range the same within a factor of two (or both within 5 %).
 */
static double
unit_factor(const struct rai_profile_col *ref, const double *sorted, size_t n)
{
	const double *r = ref->quantile;
	size_t m = ref->nquantile;
	int negative = rai_stat_quantile(sorted, n, 0.5) < 0;
	double now = magnitude(sorted, n, negative, 0.5), was = magnitude(r, m, negative, 0.5);
	double wide, before, moved;

	if (isnan(now) || isnan(was) || negative != (rai_stat_quantile(r, m, 0.5) < 0))
		return 1;
	wide = log(magnitude(sorted, n, negative, 0.75) / magnitude(sorted, n, negative, 0.25));
	before = log(magnitude(r, m, negative, 0.75) / magnitude(r, m, negative, 0.25));
	moved = fabs(log(now / was));
	if (moved < log(RAI_DRIFT_UNIT) || moved < before)
		return 1;
	return fabs(wide - before) < 0.05 || (wide < 2 * before && before < 2 * wide) ? now / was
										      : 1;
}

static void
check_units(
    struct rai_drift_check *out, const struct rai_profile_col *ref, const double *sorted, size_t n)
{
	double factor;
	size_t i, outside = 0;

	if (out->broken || n < RAI_DRIFT_LEAST || ref->nquantile < RAI_DRIFT_LEAST)
		return;
	factor = unit_factor(ref, sorted, n);
	for (i = 0; i < n; i++)
		outside += sorted[i] < ref->min || sorted[i] > ref->max;
	out->broken = factor != 1 || (double)outside > RAI_DRIFT_OUTSIDE * (double)n;
	if (factor != 1)
		snprintf(out->why, sizeof(out->why),
		    "%.60s: another unit? values are %.3g times the reference's", out->name,
		    factor);
	else if (out->broken)
		snprintf(out->why, sizeof(out->why),
		    "%.60s: %.1f %% of values outside the training range %.6g to %.6g", out->name,
		    100 * (double)outside / (double)n, ref->min, ref->max);
}

/* Exact where the limit law is doubtful and the work small; it is never needed where p is large. */
static double
ks_p(double d, size_t n, int64_t have)
{
	double p = rai_stat_ks_p(d, (double)n, (double)have), exact;

	if (n == 0 || n > EXACT_ROWS || have > EXACT_REFERENCE || p > 0.5 || p < 1e-9)
		return p;
	exact = rai_stat_ks_p_exact(d, n, (size_t)have);
	return isnan(exact) ? p : exact;
}

/*
 * How many values lie below low or above high, of whose reference's have + 1 gaps `beyond` lie
 * there?  Kept where that is less likely than what was looked at before.
 */
static void
check_tail(struct rai_drift_check *out, const double *sorted, size_t n, double low, double high,
    double beyond, double have)
{
	size_t i, outside = 0;
	double p;

	for (i = 0; i < n && sorted[i] < low; i++)
		outside++;
	for (i = n; i > 0 && sorted[i - 1] > high; i--)
		outside++;
	p = rai_stat_beta_binomial_more((int64_t)outside, (int64_t)n, beyond, have + 1 - beyond);
	if (p >= out->p_outside)
		return;
	out->p_outside = p;
	out->outside = (double)outside / (double)n;
	out->outside_ref = beyond / (have + 1);
}

/* How far it has moved in units of its own spread, and what lies where little was, or nothing. */
static void
check_reach(struct rai_drift_check *out, const struct rai_profile_col *ref, const double *sorted,
    size_t n, int64_t have)
{
	const double *q = ref->quantile, all = (double)have;
	size_t nq = ref->nquantile, k = (size_t)(TAIL * (double)nq);
	double sd = rai_stat_robust_sd(q, nq), room = RAI_DRIFT_W1 * sd, low, high;

	if (n == 0 || have == 0 || nq == 0)
		return;
	low = q[k];
	high = q[nq - 1 - k];
	if (sd > 0) {
		out->w1 = rai_stat_w1(sorted, n, q, nq, low, high) / sd;
		out->w1_expected = rai_stat_w1_expected(q, nq, low, high, (double)n, all) / sd;
	}
	/* a tie at the end may move a little */
	check_tail(out, sorted, n, ref->min - room, ref->max + room, 2, all);
	check_tail(out, sorted, n, low - room, high + room,
	    2 * (floor((2 * (double)k + 1) * all / (2 * (double)nq)) + 1), all);
	out->p_outside = fmin(1, 2 * out->p_outside);
}

void
rai_drift_check_num(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const double *v, size_t n, double *scratch)
{
	int64_t now[1024], was[1024], have = values(ref);
	size_t i, m = 0, nbin = ref->nbin < 1023 ? ref->nbin : 1023;

	begin(out, ref);
	out->judged = !time;
	memset(now, 0, sizeof(now));
	for (i = 0; i < n; i++) {
		if (isfinite(v[i]))
			scratch[m++] = v[i];
		now[rai_profile_bin_num(ref, v[i])]++;
	}
	memcpy(was, ref->count, nbin * sizeof(*was));
	was[nbin] = ref->missing;
	out->n = m;
	out->psi = rai_stat_psi(now, was, nbin + 1);
	out->psi_expected = rai_stat_psi_expected(now, was, nbin + 1);
	out->js = rai_stat_js(now, was, nbin + 1);
	out->js_expected = rai_stat_js_expected(now, was, nbin + 1);
	check_missing(out, ref, (int64_t)(n - m), (int64_t)n, have + ref->missing);
	rai_stat_sort(scratch, m);
	out->d = rai_stat_ks_d(scratch, m, ref->quantile, ref->nquantile);
	out->p = ks_p(out->d, m, have);
	check_reach(out, ref, scratch, m, have);
	if (!time)
		check_units(out, ref, scratch, m);
}

/* I. Good, "The population frequencies of species and the estimation of population parameters",
 * Biometrika 40, 1953: the chance of a new species is the share of those seen once. */
static int64_t
seen_once(const struct rai_profile_col *ref)
{
	int64_t once = ref->unseen;
	size_t i;

	for (i = 0; i < ref->nbin; i++)
		once += ref->count[i] == 1;
	return once;
}

void
rai_drift_check_cat(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int32_t *code, size_t n, int64_t *scratch)
{
	size_t i, nbin = ref->nbin;
	int64_t *now = scratch, *was = scratch + nbin + 2, *work = scratch + 2 * (nbin + 2);
	int64_t have = values(ref) + ref->unseen, once = seen_once(ref), present;
	struct rai_stat_chi2 chi2;

	begin(out, ref);
	memset(now, 0, (nbin + 2) * sizeof(*now));
	for (i = 0; i < n; i++)
		now[rai_profile_bin_cat(ref, code[i])]++;
	memcpy(was, ref->count, nbin * sizeof(*was));
	was[nbin] = ref->missing;
	was[nbin + 1] = ref->unseen;
	present = (int64_t)n - now[nbin];
	out->n = (size_t)present;
	out->psi = rai_stat_psi(now, was, nbin + 2);
	out->psi_expected = rai_stat_psi_expected(now, was, nbin + 2);
	out->js = rai_stat_js(now, was, nbin + 2);
	out->js_expected = rai_stat_js_expected(now, was, nbin + 2);
	chi2 = rai_stat_chi2(now, was, nbin, work);
	out->x2 = chi2.x2;
	out->tv = chi2.tv;
	out->df = chi2.df;
	out->p = chi2.p;
	check_missing(out, ref, now[nbin], (int64_t)n, have + ref->missing);
	if (present == 0 || have == 0)
		return;
	out->unseen = (double)now[nbin + 1] / (double)present;
	out->unseen_ref = (double)once / (double)have;
	out->p_unseen = rai_stat_share_more(now[nbin + 1], present, once, have);
	if (!out->broken && present >= RAI_DRIFT_LEAST &&
	    out->unseen - out->unseen_ref > RAI_DRIFT_FLOOD) {
		out->broken = 1;
		snprintf(out->why, sizeof(out->why),
		    "%.60s: %.1f %% of values are categories never seen in training", out->name,
		    100 * out->unseen);
	}
}

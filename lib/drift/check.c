#include "drift/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/sample.h"
#include "stat/stat.h"

/* Rows of window and reference up to which KS is exact: some milliseconds at most. */
#define EXACT_ROWS 150
#define EXACT_REFERENCE 20000

/* A tail is what lies beyond this share of the reference on either side. */
#define TAIL 0.005

/* How often rows of the reference have no value in this column, 0..1. */
static double
missing_rate(const struct rai_profile_col *ref)
{
	int64_t all = rai_profile_values(ref) + ref->unseen + ref->missing;

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
	out->least_missing = 1;
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
	out->least_missing = rai_stat_share_least(missing + ref->missing, n, have);
	if (out->missing - out->missing_ref > RAI_DRIFT_SURGE ||
	    (out->missing >= RAI_DRIFT_GONE && out->missing_ref <= 0.95)) {
		out->broken = 1;
		snprintf(out->why, sizeof(out->why),
		    "%.60s: %s, %.1f %% of values (reference %.1f %%)", out->name,
		    out->missing >= RAI_DRIFT_GONE ? "gone" : "missing", 100 * out->missing,
		    100 * out->missing_ref);
	}
}

/* Of the values of one sign, by magnitude: where a unit shows as a factor.  NaN: there are none. */
static double
magnitude(const struct rai_drift_sample *s, int negative, double q)
{
	size_t from = rai_drift_sample_up_to(s, 0), to = rai_drift_sample_below(s, 0);

	if (negative)
		return to > 0 ? -rai_drift_sample_quantile(s, 0, to, 1 - q) : NAN;
	return from < s->n ? rai_drift_sample_quantile(s, from, s->n, q) : NAN;
}

/*
 * Another unit multiplies: the logarithms move by a constant and keep their spread.  The medians
 * must be a factor of RAI_DRIFT_UNIT apart, further than the reference's own quartiles, and the
 * log-quartile range the same within a factor of two (or both within 5 %).
 */
static double
unit_factor(const struct rai_profile_col *ref, const struct rai_drift_sample *s)
{
	const struct rai_drift_sample r = {.sorted = ref->quantile, .n = ref->nquantile};
	int negative = rai_drift_sample_quantile(s, 0, s->n, 0.5) < 0;
	double now = magnitude(s, negative, 0.5), was = magnitude(&r, negative, 0.5);
	double wide, before, moved;

	if (isnan(now) || isnan(was) ||
	    negative != (rai_drift_sample_quantile(&r, 0, r.n, 0.5) < 0))
		return 1;
	wide = log(magnitude(s, negative, 0.75) / magnitude(s, negative, 0.25));
	before = log(magnitude(&r, negative, 0.75) / magnitude(&r, negative, 0.25));
	moved = fabs(log(now / was));
	if (moved < log(RAI_DRIFT_UNIT) || moved < before)
		return 1;
	return fabs(wide - before) < 0.05 || (wide < 2 * before && before < 2 * wide) ? now / was
										      : 1;
}

static void
say_unit(struct rai_drift_check *out, double factor)
{
	const char *name = rai_drift_unit_name(factor);
	char times[32];

	snprintf(times, sizeof(times), factor >= 1000 && factor < 1e9 ? "%.0f" : "%.3g", factor);
	snprintf(out->why, sizeof(out->why),
	    "%.60s: another unit? values are %s times the reference's%s%s", out->name, times,
	    name != NULL ? ", as " : "", name != NULL ? name : "");
}

static void
check_units(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const struct rai_drift_sample *s)
{
	double factor, n = (double)s->n, outside;

	if (out->broken || s->n < RAI_DRIFT_LEAST || ref->nquantile < RAI_DRIFT_LEAST)
		return;
	factor = unit_factor(ref, s);
	outside = (double)(rai_drift_sample_below(s, ref->min) + s->n -
			   rai_drift_sample_up_to(s, ref->max));
	out->broken = factor != 1 || outside > RAI_DRIFT_OUTSIDE * n;
	if (factor != 1)
		say_unit(out, factor);
	else if (out->broken)
		snprintf(out->why, sizeof(out->why),
		    "%.60s: %.1f %% of values outside the training range %.6g to %.6g", out->name,
		    100 * outside / n, ref->min, ref->max);
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

/* Values beyond a limit on one side, and of the reference's have + 1 gaps those that lie there. */
struct tail {
	double limit, gaps;
	int above;
};

/* Kept where so many are less likely than what was looked at before. */
static void
check_tail(struct rai_drift_check *out, const struct rai_drift_sample *s, const struct tail *t,
    double have)
{
	size_t beyond = t->above ? s->n - rai_drift_sample_up_to(s, t->limit)
				 : rai_drift_sample_below(s, t->limit);
	double p = rai_stat_beta_binomial_more(
	    (int64_t)beyond, (int64_t)s->n, t->gaps, have + 1 - t->gaps);

	if (p >= out->p_outside)
		return;
	out->p_outside = p;
	out->outside = (double)beyond / (double)s->n;
	out->outside_ref = t->gaps / (have + 1);
}

/* A tie at the end of the reference may move by that much. */
static double
room_of(const struct rai_profile_col *ref)
{
	return RAI_DRIFT_W1 * rai_stat_robust_sd(ref->quantile, ref->nquantile);
}

/*
 * Beyond the range, the outermost and the TAIL-th order statistic that the profile keeps, each side
 * for itself: few wild values show beyond the range, many where the reference's own tail is long.
 * Returns how many.
 */
#define TAILS 6
static size_t
tails_of(const struct rai_profile_col *ref, double have, double room, struct tail out[TAILS])
{
	const double *q = ref->quantile;
	size_t nq = ref->nquantile, at[2] = {0, (size_t)(TAIL * (double)nq)}, i, n = 0;
	double gaps, before = 1;

	out[n++] = (struct tail){ref->min - room, 1, 0};
	out[n++] = (struct tail){ref->max + room, 1, 1};
	for (i = 0; i < 2; i++) {
		gaps = floor((2 * (double)at[i] + 1) * have / (2 * (double)nq)) + 1;
		if (gaps <= before)
			continue;
		before = gaps;
		out[n++] = (struct tail){q[at[i]] - room, gaps, 0};
		out[n++] = (struct tail){q[nq - 1 - at[i]] + room, gaps, 1};
	}
	return n;
}

static void
check_tails(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const struct rai_drift_sample *s, double have, double room)
{
	struct tail tail[TAILS];
	size_t i, n = tails_of(ref, have, room, tail);

	for (i = 0; i < n; i++)
		check_tail(out, s, &tail[i], have);
	out->p_outside = fmin(1, (double)n * out->p_outside);
}

size_t
rai_drift_check_limits(const struct rai_profile_col *ref, double *out)
{
	struct tail tail[TAILS];
	size_t i, n = 0, found;

	out[n++] = 0; /* magnitude() */
	if (ref->nquantile == 0)
		return n;
	out[n++] = ref->min;
	out[n++] = ref->max;
	found = tails_of(ref, (double)rai_profile_values(ref), room_of(ref), tail);
	for (i = 0; i < found; i++)
		out[n++] = tail[i].limit;
	for (i = 0; i + 1 < ref->nbin; i++)
		out[n++] = ref->edge[i];
	return n;
}

/* How far it has moved in units of its own spread, and what lies where little was, or nothing. */
static void
check_reach(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const struct rai_drift_sample *s, int64_t have)
{
	const double *q = ref->quantile, all = (double)have;
	size_t nq = ref->nquantile, k = (size_t)(TAIL * (double)nq);
	double sd = rai_stat_robust_sd(q, nq), low, high;

	if (s->n == 0 || have == 0 || nq == 0)
		return;
	low = q[k];
	high = q[nq - 1 - k];
	if (sd > 0) {
		out->w1 = rai_drift_sample_w1(s, q, nq, low, high) / sd;
		out->w1_expected = rai_stat_w1_expected(q, nq, low, high, (double)s->n, all) / sd;
	}
	check_tails(out, ref, s, all, room_of(ref));
}

/* now: nbin + 1 counts of the window, the last one of its missing values; was: room for as many. */
static void
check_sample(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const struct rai_drift_sample *s, const int64_t *now, int64_t *was)
{
	int64_t have = rai_profile_values(ref), missing = now[ref->nbin];
	size_t nbin = ref->nbin;

	begin(out, ref);
	out->judged = !time;
	memcpy(was, ref->count, nbin * sizeof(*was));
	was[nbin] = ref->missing;
	out->n = s->n;
	out->psi = rai_stat_psi(now, was, nbin + 1);
	out->psi_expected = rai_stat_psi_expected(now, was, nbin + 1);
	out->js = rai_stat_js(now, was, nbin + 1);
	out->js_expected = rai_stat_js_expected(now, was, nbin + 1);
	check_missing(out, ref, missing, (int64_t)s->n + missing, have + ref->missing);
	out->d = rai_drift_sample_ks(s, ref->quantile, ref->nquantile);
	out->p = ks_p(out->d, s->n, have);
	check_reach(out, ref, s, have);
	if (!time)
		check_units(out, ref, s);
}

void
rai_drift_check_num(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const double *v, size_t n, double *scratch)
{
	struct rai_drift_sample s = {.sorted = scratch};
	int64_t now[1024] = {0}, was[1024];
	size_t i;

	for (i = 0; i < n; i++) {
		if (isfinite(v[i]))
			scratch[s.n++] = v[i];
		now[rai_profile_bin_num(ref, v[i])]++;
	}
	rai_stat_sort(scratch, s.n);
	check_sample(out, ref, time, &s, now, was);
}

void
rai_drift_check_tally(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const struct rai_drift_tally *t, uint32_t *up)
{
	struct rai_drift_sample s = {.n = (size_t)t->n, .tally = t, .up = up};
	int64_t now[1024] = {0}, was[1024], before = 0, below;
	size_t i;

	rai_drift_tally_sum(t, up);
	for (i = 0; i + 1 < ref->nbin; i++) {
		below = (int64_t)rai_drift_tally_below(t, up, ref->edge[i]);
		now[i] = below - before;
		before = below;
	}
	now[i] = t->n - before;
	now[ref->nbin] = t->missing;
	check_sample(out, ref, time, &s, now, was);
}

void
rai_drift_check_levels(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int64_t *now, const double *new_code, size_t nnew, int64_t *scratch)
{
	size_t i, nbin = ref->nbin, at;
	int64_t *was = scratch, *work = scratch + nbin + 2;
	int64_t have = rai_profile_values(ref) + ref->unseen, present = now[nbin + 1];
	struct rai_stat_chi2 chi2;

	begin(out, ref);
	for (i = 0; i < nbin; i++)
		present += now[i];
	memcpy(was, ref->count, nbin * sizeof(*was));
	was[nbin] = ref->missing;
	was[nbin + 1] = ref->unseen;
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
	out->least = chi2.df > 0 ? 0 : 1;
	(void)rai_stat_tv(now, was, nbin, &out->linf, &at);
	out->linf_level = out->linf > 0 ? ref->level[at] : NULL;
	check_missing(out, ref, now[nbin], present + now[nbin], have + ref->missing);
	rai_drift_check_new(out, ref, now, new_code, nnew);
}

void
rai_drift_check_cat(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int32_t *code, size_t n, int64_t *scratch, double *room)
{
	size_t i, nnew = 0;

	memset(scratch, 0, (ref->nbin + 2) * sizeof(*scratch));
	for (i = 0; i < n; i++) {
		scratch[rai_profile_bin_cat(ref, code[i])]++;
		if (code[i] < RAI_CODE_UNSEEN)
			room[nnew++] = code[i];
	}
	rai_stat_sort(room, nnew);
	rai_drift_check_levels(out, ref, scratch, room, nnew, scratch + ref->nbin + 2);
}

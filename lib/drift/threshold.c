#include "drift/threshold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stat/stat.h"

#define COLUMNS 1024 /* the rate of more is that of so many */

/* Columns that must be over a threshold, of n. */
static size_t
wanted(const struct rai_drift_rule *rule, size_t n)
{
	double q = rule->quorum > 0 && rule->quorum < 1 ? rule->quorum * (double)n : rule->quorum;

	return q > 1 ? (size_t)ceil(q - 1e-9) : 1;
}

static int
is_over(const struct rai_drift_rule *rule, const struct rai_drift_check *c)
{
	return c->judged && !c->broken && (c->psi > rule->psi_above || c->p < rule->ks_p_below);
}

static size_t
bins_used(const struct rai_profile_col *c)
{
	size_t i, used = (size_t)(c->missing > 0) + (size_t)(c->unseen > 0);

	for (i = 0; i < c->nbin; i++)
		used += c->count[i] > 0;
	return used;
}

/* How often the index of a column is above psi without drift, in windows of n rows. */
static double
psi_rate(const struct rai_profile_col *c, double psi, double n)
{
	double m = (double)(rai_profile_values(c) + c->missing + c->unseen);
	size_t used = bins_used(c);

	return used < 2 ? 0 : rai_stat_psi_p(psi, used, n, m); /* a constant stays one */
}

/*
 * Not clearly back: half way from what is normal to the threshold or further, or a p-value below
 * ten times of it; and less often so by chance than `rare`.
 */
static int
is_near(const struct rai_drift_rule *rule, const struct rai_profile_col *ref,
    const struct rai_drift_check *c, double rows, double rare)
{
	double half = c->psi_expected + RAI_DRIFT_BACK * (rule->psi_above - c->psi_expected);

	if (is_over(rule, c))
		return 1;
	if (!c->judged || c->broken)
		return 0;
	return c->p < fmin(rare, 10 * rule->ks_p_below) ||
	       (c->psi > half && psi_rate(ref, c->psi, rows) < rare);
}

static void
mark(const struct rai_drift_rule *rule, struct rai_drift_check *c)
{
	char p[RAI_DRIFT_P_TEXT];

	if (c->drifted)
		return;
	c->drifted = 1;
	if (c->psi > rule->psi_above)
		snprintf(c->why, sizeof(c->why),
		    "%.60s: PSI %.3f above %.3g (without drift about %.3f)", c->name, c->psi,
		    rule->psi_above, c->psi_expected);
	else
		snprintf(c->why, sizeof(c->why), "%.60s: %s p %s below %.3g", c->name,
		    c->kind == RAI_PROFILE_CAT ? "chi-squared" : "KS", rai_drift_p_text(c->p, p),
		    rule->ks_p_below);
}

/* Of k columns with chance r each the expected number is n r, so k of them are near in no more
 * than n r / k of the windows (Markov), whatever they have to do with each other. */
#define RARELY 0.2

void
rai_drift_threshold_judge(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_inputs *in)
{
	size_t i, judged = 0, over = 0, near = 0, want;
	double rare;

	if (isnan(rule->psi_above) && !(rule->ks_p_below > 0))
		return;
	for (i = 0; i < in->n; i++)
		judged += in->col[i].judged != 0;
	want = wanted(rule, judged);
	rare = judged > 0 ? RARELY * (double)want / (double)judged : 0;
	for (i = 0; i < in->n; i++) {
		over += is_over(rule, &in->col[i]) != 0;
		near += is_near(rule, &ref->profile->col[i], &in->col[i], (double)in->rows, rare);
	}
	for (i = 0; i < in->n && over >= want; i++)
		if (is_over(rule, &in->col[i]))
			mark(rule, &in->col[i]);
	for (i = 0; i < in->n && near >= want; i++)
		in->col[i].lingers |=
		    is_near(rule, &ref->profile->col[i], &in->col[i], (double)in->rows, rare);
}

/* How often one column is over without drift: of two thresholds at least as often as of one. */
static double
column_rate(const struct rai_profile_col *c, const struct rai_drift_rule *rule, int64_t n)
{
	double psi = isnan(rule->psi_above) ? 0 : psi_rate(c, rule->psi_above, (double)n);

	return bins_used(c) < 2 ? 0 : fmax(psi, fmin(1, fmax(0, rule->ks_p_below)));
}

double
rai_drift_threshold_rate(
    const struct rai_drift_reference *ref, const struct rai_drift_rule *rule, int64_t n)
{
	double chance[COLUMNS + 1] = {1}, p, rate = 0; /* chance[k]: that k columns are over */
	size_t i, k, columns = 0;

	if (isnan(rule->psi_above) && !(rule->ks_p_below > 0))
		return 0;
	for (i = 0; i < ref->profile->n && columns < COLUMNS; i++) {
		if (ref->schema->col[i].type == RAI_COL_DATE)
			continue;
		p = column_rate(&ref->profile->col[i], rule, n);
		columns++;
		for (k = columns; k > 0; k--)
			chance[k] = chance[k] * (1 - p) + chance[k - 1] * p;
		chance[0] *= 1 - p;
	}
	for (k = wanted(rule, columns); k <= columns; k++)
		rate += chance[k];
	return fmin(1, rate);
}

/* W. Feller, "An Introduction to Probability Theory and Its Applications", vol. 1, XIII.7. */
double
rai_drift_threshold_every(double p, int64_t sustain)
{
	double run = pow(p, (double)sustain);

	if (p >= 1)
		return (double)sustain;
	return run > 0 ? (1 - run) / ((1 - p) * run) : INFINITY;
}

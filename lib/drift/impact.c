#include "drift/impact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "stat/stat.h"

const char *const rai_drift_impact_names[] = {"cannot tell", "same", "worse", NULL};

/* Some rows of a window, spread over it, as the models are asked. */
struct asked {
	struct rai_cell *cells; /* n x ncol */
	double *prediction;     /* n */
	struct rai_drift_estimate *estimate;
	size_t n, ncol;
};

static void
asked_release(struct asked *a)
{
	free(a->cells);
	free(a->prediction);
	free(a->estimate);
}

static int
asked_make(const struct rai_drift_rows *rows, size_t most, struct asked *a)
{
	size_t n = rows->n < most ? rows->n : most, ncol = rows->ncol, i, k;

	*a = (struct asked){.n = n, .ncol = ncol};
	a->cells = calloc(n * ncol + 1, sizeof(*a->cells));
	a->prediction = calloc(n + 1, sizeof(*a->prediction));
	a->estimate = calloc(n + 1, sizeof(*a->estimate));
	if (a->cells == NULL || a->prediction == NULL || a->estimate == NULL)
		return -1;
	for (i = 0; i < n; i++)
		a->prediction[i] = rows->prediction[i * rows->n / n];
	for (k = 0; k < ncol; k++)
		for (i = 0; i < n; i++) {
			size_t at = i * rows->n / n;

			a->cells[i * ncol + k] =
			    rows->num[k] != NULL
				? (struct rai_cell){rows->num[k][at], RAI_CODE_MISSING}
				: (struct rai_cell){NAN, rows->code[k][at]};
		}
	return 0;
}

/* Sums over the rows that were asked. */
struct sums {
	size_t n, outside;
	double loss, square, spoilt;
};

static int
ask_window(const struct rai_drift_estimator *e, const struct rai_drift_rows *rows, struct sums *s,
    double *loss)
{
	struct asked a;
	size_t i;
	int rc = asked_make(rows, RAI_IMPACT_ROWS_MAX, &a);

	if (rc == 0)
		rc = e->ask(e->ctx, a.cells, a.prediction, a.n, a.estimate);
	*s = (struct sums){a.n, 0, 0, 0, 0};
	for (i = 0; rc == 0 && i < a.n; i++) {
		if (loss != NULL)
			loss[i * rows->n / a.n] = a.estimate[i].loss;
		s->loss += a.estimate[i].loss;
		s->square += a.estimate[i].loss * a.estimate[i].loss;
		s->spoilt += a.estimate[i].spoilt;
		s->outside += a.estimate[i].outside != 0;
	}
	asked_release(&a);
	return rc;
}

static double
metric_of(const struct rai_drift_estimator *e, double loss)
{
	return e->accuracy ? fmax(0, 1 - loss) : loss;
}

/* Why no estimate of these columns can be trusted, into out->reason. */
static int
column_forbids(const struct rai_drift_check *c, struct rai_drift_impact *out)
{
	if (c->withheld)
		snprintf(out->reason, sizeof(out->reason), "the log does not say %.60s", c->name);
	else if (c->missing - c->missing_ref > RAI_IMPACT_MISSING && c->p_missing < 0.001)
		snprintf(out->reason, sizeof(out->reason),
		    "%.60s is missing in %.0f %% of the rows, and in %.0f %% of the reference",
		    c->name, 100 * c->missing, 100 * c->missing_ref);
	return out->reason[0] != '\0';
}

/* What chance may add to the mean of n rows with this standard deviation. */
static double
chance(double sd, double n)
{
	return rai_stat_normal_quantile(0.99) * sd / sqrt(n);
}

static void
set_limits(const struct rai_drift_estimator *e, const struct sums *s,
    const struct rai_drift_inputs *in, struct rai_drift_impact *out)
{
	double n = (double)s->n, share = e->outside;
	size_t k;

	for (k = 0; k < in->n; k++)
		share += in->col[k].unseen_ref;
	share = share > 1 ? 1 : share;
	out->outside = (double)s->outside / n;
	out->outside_expected = share;
	out->outside_limit = share + RAI_IMPACT_OUTSIDE + chance(sqrt(share * (1 - share)), n);
	out->spoilt = s->spoilt / n;
	out->spoilt_expected = e->spoilt;
	out->spoilt_limit =
	    e->spoilt + RAI_IMPACT_SPOILT + chance(e->spoilt_sd, 1 / (1 / n + 1 / e->rows));
}

/* 1: the window has left what was learned from, or may have. */
static int
left_support(const struct rai_drift_inputs *in, struct rai_drift_impact *out)
{
	size_t k;

	if (in->broken) {
		snprintf(out->reason, sizeof(out->reason), "the input is broken");
		return 1;
	}
	for (k = 0; k < in->n; k++)
		if (column_forbids(&in->col[k], out))
			return 1;
	if (out->outside > out->outside_limit)
		snprintf(out->reason, sizeof(out->reason),
		    "%.0f %% of the rows are unlike those that were learned from, where %.0f %% "
		    "are to be expected",
		    100 * out->outside, 100 * out->outside_expected);
	else if (out->spoilt > out->spoilt_limit)
		snprintf(out->reason, sizeof(out->reason),
		    "the columns of a row do not go together as they did where it was learned");
	return out->reason[0] != '\0';
}

/* What one row may lose beyond what is expected of it, as a share of the mean of n. */
static double
one_row(const struct rai_drift_estimator *e, double n)
{
	double rare = 0.025 / n;

	if (!(e->tail > 0) || !(e->tail_share > rare))
		return 0;
	return fmax(0, e->tail * rai_exp(e->tail_index * rai_log(e->tail_share / rare)) - 1) / n;
}

static void
set_interval(
    const struct rai_drift_estimator *e, const struct sums *s, struct rai_drift_impact *out)
{
	double n = (double)s->n, mean = s->loss / n, own = e->own * mean;
	double wide = rai_stat_normal_quantile(0.975) *
		      sqrt(e->spread * e->spread * s->square / (n * n) + own * own);

	double most = mean + wide + one_row(e, n) * mean, least = fmax(0, mean - wide);

	out->expected = metric_of(e, mean);
	out->low = metric_of(e, e->accuracy ? most : least);
	out->high = metric_of(e, e->accuracy ? least : most);
}

void
rai_drift_impact_expect(const struct rai_drift_estimator *e, double n, double loss, double square,
    struct rai_drift_impact *out)
{
	const struct sums s = {.n = (size_t)n, .loss = loss, .square = square};

	*out = (struct rai_drift_impact){.verdict = RAI_IMPACT_SAME,
	    .metric = e->accuracy ? "accuracy" : "mae",
	    .reference = metric_of(e, e->reference)};
	set_interval(e, &s, out);
}

static void
compare(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_impact *out)
{
	double limit = out->reference - RAI_DRIFT_ACCURACY;
	double back = out->reference - RAI_DRIFT_BACK * RAI_DRIFT_ACCURACY;

	out->lingers = ref->impact->accuracy
			   ? out->expected < back || out->expected < rule->accuracy_below
			   : out->expected > out->reference * (1 + RAI_DRIFT_BACK * RAI_IMPACT_MAE);
	if (!ref->impact->accuracy) {
		if (out->low > out->reference * (1 + RAI_IMPACT_MAE))
			out->verdict = RAI_IMPACT_WORSE;
	} else if (out->high < limit ||
		   (!isnan(rule->accuracy_below) && out->high < rule->accuracy_below))
		out->verdict = RAI_IMPACT_WORSE;
	if (out->verdict == RAI_IMPACT_WORSE)
		snprintf(out->reason, sizeof(out->reason),
		    "%s %.4g (%.4g to %.4g) is to be expected, against %.4g on the hold-out",
		    out->metric, out->expected, out->low, out->high, out->reference);
}

/* A value of the reference, drawn. */
static struct rai_cell
draw(const struct rai_profile_col *c, struct rai_rng *rng)
{
	struct rai_cell cell = {NAN, RAI_CODE_MISSING};
	int64_t all = c->missing + c->unseen, at;
	size_t b;

	for (b = 0; b < c->nbin; b++)
		all += c->count[b];
	if (all <= 0)
		return cell;
	at = (int64_t)rai_rng_below(rng, (uint64_t)all) - c->missing;
	if (at < 0)
		return cell;
	if (c->kind == RAI_PROFILE_NUM) {
		if (c->nquantile > 0)
			cell.num = c->quantile[rai_rng_below(rng, c->nquantile)];
		return cell;
	}
	cell.code = RAI_CODE_UNSEEN;
	for (b = 0; b < c->nbin && at >= c->count[b]; b++)
		at -= c->count[b];
	if (b < c->nbin)
		cell.code = (int32_t)b;
	return cell;
}

/* The mean loss of these rows as the models see them now. */
static int
mean_loss(const struct rai_drift_estimator *e, const struct asked *a, double *out)
{
	size_t i;

	if (e->ask(e->ctx, a->cells, NULL, a->n, a->estimate) != 0)
		return -1;
	*out = 0;
	for (i = 0; i < a->n; i++)
		*out += a->estimate[i].loss / (double)a->n;
	return 0;
}

/* The same as if column k had not moved; kept: n cells. */
static int
loss_without(const struct rai_drift_reference *ref, struct asked *a, size_t k,
    struct rai_cell *kept, double *out)
{
	struct rai_rng rng = rai_rng_new(0, k);
	size_t i;
	int rc;

	for (i = 0; i < a->n; i++) {
		kept[i] = a->cells[i * a->ncol + k];
		a->cells[i * a->ncol + k] = draw(&ref->profile->col[k], &rng);
	}
	rc = mean_loss(ref->impact, a, out);
	for (i = 0; i < a->n; i++)
		a->cells[i * a->ncol + k] = kept[i];
	return rc;
}

/* Into its place among the most expensive ones. */
static void
rank(struct rai_drift_impact *out, const char *name, double cost)
{
	size_t i = out->ncost < RAI_IMPACT_COSTS ? out->ncost++ : RAI_IMPACT_COSTS - 1;

	if (out->ncost == RAI_IMPACT_COSTS && i == RAI_IMPACT_COSTS - 1 &&
	    out->cost[i].name != NULL && out->cost[i].cost >= cost)
		return;
	for (; i > 0 && out->cost[i - 1].cost < cost; i--)
		out->cost[i] = out->cost[i - 1];
	out->cost[i] = (struct rai_drift_cost){name, cost};
}

static int
find_costs(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    const struct rai_drift_inputs *in, struct rai_drift_impact *out)
{
	struct rai_cell *kept = calloc(RAI_IMPACT_COST_ROWS, sizeof(*kept));
	struct asked a;
	double now, without;
	size_t k;
	int rc = asked_make(rows, RAI_IMPACT_COST_ROWS, &a);

	if (kept == NULL || rc != 0 || mean_loss(ref->impact, &a, &now) != 0)
		rc = -1;
	for (k = 0; k < in->n && rc == 0; k++)
		if (in->col[k].drifted && (rc = loss_without(ref, &a, k, kept, &without)) == 0)
			rank(out, in->col[k].name, now - without);
	asked_release(&a);
	free(kept);
	return rc;
}

int
rai_drift_judge_impact(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    const struct rai_drift_rows *rows, const struct rai_drift_inputs *in,
    struct rai_drift_impact *out, double *loss, struct rai_err *err)
{
	const struct rai_drift_estimator *e = ref->impact;
	struct sums s;

	if (loss != NULL)
		memset(loss, 0, rows->n * sizeof(*loss));
	*out = (struct rai_drift_impact){.expected = NAN, .low = NAN, .high = NAN, .lingers = 1};
	if (e == NULL || rows->n == 0)
		return 0;
	if (ask_window(e, rows, &s, loss) != 0)
		return rai_fail_memory(err);
	out->metric = e->accuracy ? "accuracy" : "mae";
	out->reference = metric_of(e, e->reference);
	set_limits(e, &s, in, out);
	if (left_support(in, out)) {
		if (loss != NULL)
			memset(loss, 0, rows->n * sizeof(*loss));
		return 0;
	}
	out->verdict = RAI_IMPACT_SAME;
	set_interval(e, &s, out);
	compare(ref, rule, out);
	if (in->drifted && find_costs(ref, rows, in, out) != 0)
		return rai_fail_memory(err);
	return 0;
}

int
rai_drift_impact_denied(
    const struct rai_drift_impact *impact, const struct rai_drift_labels *labels)
{
	return impact->metric != NULL && impact->verdict != RAI_IMPACT_UNKNOWN &&
	       strcmp(impact->metric, "accuracy") == 0 && labels->worse &&
	       labels->high < impact->low;
}

void
rai_drift_impact_say(const struct rai_drift_impact *impact, char *out, size_t size)
{
	*out = '\0';
	if (impact->metric == NULL)
		return;
	if (impact->verdict == RAI_IMPACT_UNKNOWN)
		snprintf(out, size, "what it costs cannot be told: %s", impact->reason);
	else if (impact->ncost > 0 && impact->verdict == RAI_IMPACT_WORSE)
		snprintf(out, size, "%s, most by %.60s", impact->reason, impact->cost[0].name);
	else
		snprintf(out, size, "%s %.4g (%.4g to %.4g) is to be expected", impact->metric,
		    impact->expected, impact->low, impact->high);
}

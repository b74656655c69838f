#include "model/gate.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rai_check *
rai_gate_add(struct rai_gate *g, const char *name)
{
	struct rai_check *c;

	assert(g->n < RAI_GATE_CHECKS);
	c = &g->check[g->n++];
	*c = (struct rai_check){name, RAI_VERDICT_FAILED, NAN, NAN, ""};
	return c;
}

int
rai_gate_passed(const struct rai_gate *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->check[i].verdict != RAI_VERDICT_PASSED)
			return 0;
	return 1;
}

void
rai_gate_at_least(struct rai_gate *g, enum rai_metric metric, double value, double limit)
{
	struct rai_check *c = rai_gate_add(g, "at_least");
	int up = rai_metric_direction(metric) > 0;
	int pass = up ? value >= limit : value <= limit;
	const char *word;

	c->verdict = pass ? RAI_VERDICT_PASSED : RAI_VERDICT_FAILED;
	c->value = value;
	c->limit = limit;
	word = up ? (pass ? "at least" : "below") : (pass ? "at most" : "above");
	snprintf(c->message, sizeof(c->message), "%s %.6g is %s %.6g%s", rai_metric_names[metric],
	    value, word, limit, isnan(value) ? " (it cannot be computed on this hold-out)" : "");
}

void
rai_gate_new_rows(struct rai_gate *g, const double *date, const size_t *rows, size_t n,
    double champion_newest, double limit)
{
	struct rai_check *c = rai_gate_add(g, "new_rows");
	size_t i, newer = 0;

	c->limit = limit;
	if (isnan(champion_newest)) {
		c->verdict = RAI_VERDICT_UNCLEAR;
		snprintf(c->message, sizeof(c->message),
		    "the champion does not say how new its rows were");
		return;
	}
	for (i = 0; i < n; i++)
		newer += date[rows[i]] > champion_newest;
	c->value = (double)newer / (double)n;
	c->verdict = c->value <= limit ? RAI_VERDICT_PASSED : RAI_VERDICT_FAILED;
	snprintf(c->message, sizeof(c->message),
	    "%zu of %zu training rows (%.3g) are newer than the champion's, %s %.3g", newer, n,
	    c->value, c->verdict == RAI_VERDICT_PASSED ? "at most" : "more than", limit);
}

void
rai_gate_no_champion(struct rai_gate *g)
{
	struct rai_check *c = rai_gate_add(g, "champion");

	c->verdict = RAI_VERDICT_PASSED;
	snprintf(c->message, sizeof(c->message), "no champion to compare with");
}

static double
difference(enum rai_metric metric, const struct rai_scored *p, const double *q, double *champion)
{
	const struct rai_scored other = {p->actual, q, p->n, p->nclass};
	double vp[RAI_METRICS], vq[RAI_METRICS];

	rai_metric_all(p, vp);
	rai_metric_all(&other, vq);
	*champion = vq[metric];
	return (vp[metric] - vq[metric]) * rai_metric_direction(metric);
}

/* The order statistic below which a share of the sorted resamples lies. */
static double
quantile(const double *sorted, double share)
{
	double at = share * (RAI_METRIC_RESAMPLES - 1);

	return sorted[(size_t)(at + 0.5)];
}

int
rai_gate_champion(struct rai_gate *g, enum rai_metric metric, const struct rai_scored *p,
    const double *q, double risk, uint64_t seed, size_t threads, struct rai_err *err)
{
	struct rai_check *c = rai_gate_add(g, "champion");
	double *diff = calloc(RAI_METRIC_RESAMPLES, sizeof(*diff));
	double low, high, champion, margin;
	const char *what;

	if (diff == NULL)
		return rai_fail_memory(err);
	if (rai_metric_paired(metric, p, q, seed, threads, diff, err) != 0) {
		free(diff);
		return -1;
	}
	low = quantile(diff, risk);
	high = quantile(diff, 1 - risk);
	free(diff);
	c->value = difference(metric, p, q, &champion);
	margin = rai_metric_direction(metric) > 0 ? 0.01 : 0.02 * champion;
	c->limit = -margin;
	c->verdict = RAI_VERDICT_PASSED;
	if (low > 0)
		what = "better than the champion";
	else if (high < 0) { /* surely worse, be it by less than the margin */
		c->verdict = RAI_VERDICT_FAILED;
		what = "worse than the champion";
	} else if (low >= -margin)
		what = "as good as the champion";
	else {
		c->verdict = RAI_VERDICT_UNCLEAR;
		what = "not enough evidence that it is not worse than the champion";
	}
	snprintf(c->message, sizeof(c->message),
	    "%s: %s gains %+.4g (from %+.4g to %+.4g at risk %g)", what, rai_metric_names[metric],
	    c->value, low, high, risk);
	return 0;
}

int
rai_gate_champion_seen(struct rai_gate *g, size_t n, size_t of)
{
	struct rai_check *c = rai_gate_add(g, "champion");

	c->verdict = RAI_VERDICT_UNCLEAR;
	snprintf(c->message, sizeof(c->message),
	    "not enough evidence: the champion has learned from all but %zu of the %zu held-out "
	    "rows",
	    n, of);
	return 0;
}

void
rai_gate_champion_rows(struct rai_gate *g, size_t n, size_t of, int known)
{
	struct rai_check *c = &g->check[g->n - 1];
	size_t len = strlen(c->message);

	if (!known)
		snprintf(c->message + len, sizeof(c->message) - len,
		    ", on rows of which the champion may have seen some");
	else if (n < of)
		snprintf(c->message + len, sizeof(c->message) - len,
		    ", on the %zu of %zu rows that it has not learned from", n, of);
}

void
rai_gate_write(const struct rai_gate *g, struct rai_jw *w, const char *key)
{
	size_t i;

	rai_jw_object(w, key);
	rai_jw_bool(w, "passed", rai_gate_passed(g));
	rai_jw_array(w, "checks");
	for (i = 0; i < g->n; i++) {
		const struct rai_check *c = &g->check[i];

		rai_jw_object(w, NULL);
		rai_jw_str(w, "name", c->name);
		if (c->verdict == RAI_VERDICT_UNCLEAR)
			rai_jw_null(w, "passed");
		else
			rai_jw_bool(w, "passed", c->verdict == RAI_VERDICT_PASSED);
		rai_jw_num(w, "value", c->value);
		rai_jw_num(w, "limit", c->limit);
		rai_jw_str(w, "message", c->message);
		rai_jw_end(w);
	}
	rai_jw_end(w);
	rai_jw_end(w);
}

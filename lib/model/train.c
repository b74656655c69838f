#include "model/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "model/fitting.h"
#include "model/given.h"
#include "model/score.h"

/* The choice among candidates, each a piece of work of its own. */
struct choosing {
	const struct rai_train_options *opt;
	struct rai_fitting fit;
	const size_t *rows; /* the validation part, n */
	size_t n;
	double *actual;
	struct rai_err *err; /* per candidate */
};

static struct rai_fit_options
fit_options(const struct rai_train_options *o)
{
	return (struct rai_fit_options){
	    .seed = o->seed, .threads = o->threads, .tick = o->tick, .tick_ctx = o->tick_ctx};
}

/* The metrics that the mean of the target serves best; the others are better off with its median.
 */
static int
wants_mean(enum rai_metric metric)
{
	return metric == RAI_METRIC_R2 || metric == RAI_METRIC_RMSE;
}

/* The smearing estimate from rows that the fit has not seen; predictions follow it. */
static double
smear(const double *actual, double *predicted, size_t n)
{
	double sum = 0, factor;
	size_t i;

	for (i = 0; i < n; i++)
		sum += actual[i] / predicted[i];
	factor = sum / (double)n;
	if (!(factor > 0) || !isfinite(factor))
		return 1;
	for (i = 0; i < n; i++)
		predicted[i] *= factor;
	return factor;
}

static void
try_candidate(void *ctx, size_t i, size_t worker)
{
	struct choosing *c = ctx;
	const struct rai_train_options *o = c->opt;
	struct rai_candidate *cand = &o->candidate[i];
	struct rai_fit_options opt = fit_options(o);
	size_t outputs = c->fit.nclass > 0 ? c->fit.nclass : 1;
	double *predicted = calloc(c->n + 1, outputs * sizeof(*predicted));
	struct rai_scored scored = {c->actual, predicted, c->n, c->fit.nclass};
	struct rai_pipeline p;

	(void)worker;
	if (predicted == NULL) {
		rai_fail_memory(&c->err[i]);
		return;
	}
	if (rai_fitting_fit(&c->fit, &cand->spec, &opt, &p, &cand->seconds, &c->err[i]) == 0) {
		if (rai_score_pipeline(
			&p, c->fit.table, c->rows, c->n, o->threads, predicted, &c->err[i]) == 0) {
			if (p.unit == RAI_UNIT_LOG && wants_mean(o->metric))
				cand->smear = smear(c->actual, predicted, c->n);
			rai_metric_all(&scored, cand->metric);
		}
		rai_fitted_release(&p.fitted);
	}
	free(predicted);
}

static size_t
best_candidate(const struct rai_train_options *o)
{
	size_t i, best = 0;
	int up = rai_metric_direction(o->metric);

	for (i = 1; i < o->ncandidate; i++) {
		double v = o->candidate[i].metric[o->metric];
		double w = o->candidate[best].metric[o->metric];

		if (isnan(w) ? !isnan(v) : v * up > w * up)
			best = i;
	}
	return best;
}

static int
try_all(struct choosing *c, struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;
	size_t i;

	for (i = 0; i < o->ncandidate; i++)
		if (rai_fitting_prepare(&c->fit, o->candidate[i].spec.kind->view, err) != 0)
			return -1;
	for (i = 0; i < c->n; i++)
		c->actual[i] = c->fit.table->target[c->rows[i]];
	rai_par_for(o->ncandidate, o->threads, try_candidate, c);
	for (i = 0; i < o->ncandidate; i++)
		if (c->err[i].code != RAI_OK)
			return rai_fail(err, c->err[i].code, "%s: %s",
			    o->candidate[i].spec.kind->name, c->err[i].msg);
	return 0;
}

static int
choose(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	const struct rai_split *s = &out->split;
	struct choosing c = {.opt = o};
	struct rai_split v = {.train = NULL};
	int rc = -1;

	if (o->ncandidate == 1 && !(out->unit == RAI_UNIT_LOG && wants_mean(o->metric)))
		return 0;
	if (rai_split_rows(t, &o->validation, s->train, s->ntrain, o->seed, &v, err) != 0)
		return rai_wrap(err, "validation part");
	c.rows = v.test;
	c.n = v.ntest;
	c.actual = malloc((c.n + 1) * sizeof(*c.actual));
	c.err = calloc(o->ncandidate, sizeof(*c.err));
	if (c.actual == NULL || c.err == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_fitting_init(&c.fit, t, &o->prep, out->unit, v.train, v.ntrain, err) != 0 ||
	    try_all(&c, err) != 0)
		goto out;
	out->chosen = best_candidate(o);
	rc = 0;
out:
	rai_fitting_release(&c.fit);
	free(c.actual);
	free(c.err);
	rai_split_release(&v);
	return rc;
}

static int
fit_chosen(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	struct rai_candidate *c = &o->candidate[out->chosen];
	struct rai_fit_options opt = fit_options(o);
	struct rai_fitting f;
	double seconds;
	int rc = -1;

	if (rai_fitting_init(
		&f, t, &o->prep, out->unit, out->split.train, out->split.ntrain, err) == 0 &&
	    rai_fitting_prepare(&f, c->spec.kind->view, err) == 0 &&
	    rai_fitting_fit(&f, &c->spec, &opt, &out->pipeline, &seconds, err) == 0) {
		rai_fitting_give_prep(&f, c->spec.kind->view);
		out->pipeline.smear = c->smear;
		if (o->ncandidate == 1)
			c->seconds = seconds;
		rc = 0;
	} else
		memset(&out->pipeline, 0, sizeof(out->pipeline));
	rai_fitting_release(&f);
	return rc;
}

struct rai_scored
rai_trained_scored(const struct rai_trained *r)
{
	return (struct rai_scored){
	    r->actual, r->predicted, r->split.ntest, r->pipeline.fitted.nclass};
}

static int
measure(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	const struct rai_split *s = &out->split;
	struct rai_scored scored;
	size_t i;

	out->actual = calloc(s->ntest + 1, sizeof(double));
	out->predicted =
	    calloc(s->ntest + 1, rai_pipeline_outputs(&out->pipeline) * sizeof(double));
	if (out->actual == NULL || out->predicted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->ntest; i++)
		out->actual[i] = t->target[s->test[i]];
	if (rai_score_pipeline(
		&out->pipeline, t, s->test, s->ntest, o->threads, out->predicted, err) != 0)
		return -1;
	scored = rai_trained_scored(out);
	rai_metric_intervals(&scored, o->seed, o->threads, out->metric);
	return 0;
}

/* What cannot be learned from is refused before any work. */
static int
check_rows(const struct rai_table *t, const struct rai_split *s, struct rai_err *err)
{
	size_t i;

	if (s->ntrain + s->ntest < RAI_TRAIN_ROWS || s->ntrain < 2 || s->ntest < 1)
		return rai_fail(err, RAI_EINPUT,
		    "%zu rows to train on and %zu held out: at least %d in all are needed",
		    s->ntrain, s->ntest, RAI_TRAIN_ROWS);
	if (t->schema.target.nlevel > RAI_CLASSES)
		return rai_fail(err, RAI_EINPUT,
		    "target \"%.64s\" has %zu classes, where at most %d are handled",
		    t->schema.target.name, t->schema.target.nlevel, RAI_CLASSES);
	for (i = 1; i < s->ntrain; i++)
		if (t->target[s->train[i]] != t->target[s->train[0]])
			return 0;
	if (t->schema.target.type == RAI_COL_CAT)
		return rai_fail(err, RAI_EINPUT,
		    "target \"%.64s\" is \"%.64s\" in all training rows: there is nothing to learn",
		    t->schema.target.name, t->schema.target.level[(size_t)t->target[s->train[0]]]);
	return rai_fail(err, RAI_EINPUT,
	    "target \"%.64s\" has one value in all training rows (%g): there is nothing to learn",
	    t->schema.target.name, t->target[s->train[0]]);
}

enum rai_unit
rai_train_unit(const struct rai_table *t, const size_t *rows, size_t nrow, enum rai_unit asked)
{
	double mean = 0, m2 = 0, m3 = 0, d, n = (double)nrow;
	size_t i;

	if (asked != RAI_UNIT_AUTO)
		return asked;
	if (t->schema.target.type == RAI_COL_CAT)
		return RAI_UNIT_SAME;
	for (i = 0; i < nrow; i++)
		mean += t->target[rows[i]] / n;
	for (i = 0; i < nrow; i++) {
		if (!(t->target[rows[i]] > 0))
			return RAI_UNIT_SAME;
		d = t->target[rows[i]] - mean;
		m2 += d * d / n;
		m3 += d * d * d / n;
	}
	return m3 > m2 * sqrt(m2) ? RAI_UNIT_LOG : RAI_UNIT_SAME;
}

size_t
rai_train_units(const struct rai_train_options *o)
{
	size_t i, units, n = 0, most = 0;

	for (i = 0; i < o->ncandidate; i++) {
		units = rai_fitted_units(&o->candidate[i].spec);
		n += units;
		most = units > most ? units : most;
	}
	return o->ncandidate == 1 ? n : n + most;
}

static int
learn(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	if (o->given != NULL)
		return rai_train_given(t, o, out, err);
	return choose(t, o, out, err) == 0 ? fit_chosen(t, o, out, err) : -1;
}

int
rai_train(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	struct rai_split *s = &out->split;
	size_t i, j;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < o->ncandidate; i++) {
		o->candidate[i].smear = 1;
		for (j = 0; j < RAI_METRICS; j++)
			o->candidate[i].metric[j] = NAN;
	}
	if (t->nrow < RAI_TRAIN_ROWS)
		return rai_fail(err, RAI_EINPUT,
		    "%zu row%s with a target: at least %d are needed to train and to judge",
		    t->nrow, t->nrow == 1 ? "" : "s", RAI_TRAIN_ROWS);
	if (rai_split_make(t, &o->split, o->seed, s, err) != 0)
		return -1;
	if (o->missing == RAI_MISSING_DROP) {
		s->ntrain = rai_table_complete(t, s->train, s->ntrain);
		s->ntest = rai_table_complete(t, s->test, s->ntest);
	}
	out->unit = rai_train_unit(t, s->train, s->ntrain, o->unit);
	if (check_rows(t, s, err) != 0 || learn(t, o, out, err) != 0 ||
	    measure(t, o, out, err) != 0) {
		rai_trained_release(out);
		return -1;
	}
	return 0;
}

void
rai_trained_release(struct rai_trained *r)
{
	if (!r->borrowed)
		rai_pipeline_release(&r->pipeline);
	rai_split_release(&r->split);
	free(r->actual);
	free(r->predicted);
	memset(r, 0, sizeof(*r));
}

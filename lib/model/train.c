#include "model/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/checkpoint.h"
#include "model/choose.h"
#include "model/fitting.h"
#include "model/given.h"
#include "model/score.h"
#include "model/trial.h"

/* All training rows, with what a fit that was interrupted has left. */
static int
fit_on(struct rai_fitting *f, const struct rai_train_options *o, const struct rai_candidate *c,
    struct rai_pipeline *out, double *seconds, struct rai_err *err)
{
	enum rai_view view = c->spec.kind->view;
	struct rai_fit_options opt = {
	    .seed = o->seed, .threads = o->threads, .tick = o->tick, .tick_ctx = o->tick_ctx};
	struct rai_checkpoint *point;
	int rc;

	if (rai_fitting_plan(f, view, err) != 0)
		return -1;
	point = rai_checkpoint_begin(o->checkpoints, "chosen", &c->spec,
	    rai_prep_width(f->view[view].prep), f->nclass, &opt);
	rc = c->spec.kind->can & RAI_CAN_COLUMNS && opt.resume == NULL
		 ? 0
		 : rai_fitting_prepare(f, view, err);
	if (rc == 0)
		rc = rai_fitting_fit(f, &c->spec, &opt, out, seconds, err);
	rai_checkpoint_end(point);
	return rc;
}

static int
fit_chosen(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	struct rai_candidate *c = &o->candidate[out->chosen];
	struct rai_fitting f;
	double seconds;
	int rc = -1;

	if (rai_fitting_init(
		&f, t, &o->prep, out->unit, out->split.train, out->split.ntrain, err) == 0 &&
	    fit_on(&f, o, c, &out->pipeline, &seconds, err) == 0) {
		rai_fitting_give_prep(&f, c->spec.kind->view);
		out->pipeline.smear = c->smear;
		if (o->ncandidate == 1 && c->search == NULL)
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
check_rows(const struct rai_table *t, const struct rai_train_options *o, const struct rai_split *s,
    struct rai_err *err)
{
	size_t i;

	if (s->ntrain + s->ntest < RAI_TRAIN_ROWS || s->ntrain < 2 || s->ntest < 1)
		return rai_fail(err, RAI_EINPUT,
		    "%zu rows to train on and %zu held out: at least %d in all are needed%s",
		    s->ntrain, s->ntest, RAI_TRAIN_ROWS,
		    o->missing == RAI_MISSING_DROP
			? " (impute: drop leaves out every row with a missing value)"
			: "");
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

/* The candidates that were not chosen, on the hold-out: a word for the report. */
static int
score_all(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	struct rai_arena a = {.table = t, .opt = o, .unit = out->unit, .nfold = 1};
	const struct rai_fitted **spec = calloc(o->ncandidate, sizeof(struct rai_fitted *));
	struct rai_trial **run = calloc(o->ncandidate, sizeof(struct rai_trial *)), *trial = NULL;
	size_t i, m, n = 0;
	int rc = -1;

	if (spec == NULL || run == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < o->ncandidate; i++)
		spec[i] = &o->candidate[i].spec;
	if (rai_split_copy(&out->split, &a.fold[0], err) != 0 || rai_arena_init(&a, err) != 0)
		goto out;
	trial = rai_trials_new(&a, spec, o->ncandidate, "holdout");
	if (trial == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < o->ncandidate; i++) {
		trial[i].smear = o->candidate[i].smear;
		if (i != out->chosen)
			run[n++] = &trial[i];
	}
	rai_trials_run(run, n, o);
	for (i = 0; i < n; i++)
		if (run[i]->err != NULL) {
			rai_fail(err, run[i]->err->code, "%s: %s", run[i]->spec->kind->name,
			    run[i]->err->msg);
			goto out;
		}
	for (i = 0; i < o->ncandidate; i++)
		for (m = 0; m < RAI_METRICS; m++)
			o->candidate[i].holdout[m] =
			    i == out->chosen ? out->metric[m].value : trial[i].outcome.metric[m];
	rc = 0;
out:
	rai_trials_release(trial, o->ncandidate);
	rai_arena_release(&a);
	free(spec);
	free(run);
	return rc;
}

static int
learn(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	if (o->given != NULL)
		return rai_train_given(t, o, out, err);
	if (rai_choose(t, o, out->unit, &out->split, &out->chosen, err) != 0 ||
	    fit_chosen(t, o, out, err) != 0)
		return -1;
	return 0;
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
			o->candidate[i].metric[j] = o->candidate[i].spread[j] =
			    o->candidate[i].holdout[j] = NAN;
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
	if (check_rows(t, o, s, err) != 0 || learn(t, o, out, err) != 0 ||
	    measure(t, o, out, err) != 0 ||
	    (o->all_scores && o->given == NULL && score_all(t, o, out, err) != 0)) {
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

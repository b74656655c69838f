#include "model/trial.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "model/cache.h"
#include "model/checkpoint.h"
#include "model/fitting.h"
#include "model/journal.h"

#define MANY 8 /* trials per thread from which on a fit gets one thread */

/* What the trials on one fold share. */
struct rai_part {
	pthread_mutex_t lock;
	size_t left; /* trials that still need it */
	int begun;
	struct rai_fitting fit;
	double *actual;       /* of the rows held out */
	double *x[RAI_VIEWS]; /* their features, row-major; NULL: not made yet */
};

static const struct rai_err no_memory = {RAI_ESYS, "out of memory"};

int
rai_arena_init(struct rai_arena *a, struct rai_err *err)
{
	size_t i;

	a->part = calloc(a->nfold, sizeof(*a->part));
	if (a->part == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < a->nfold; i++)
		pthread_mutex_init(&a->part[i].lock, NULL);
	return 0;
}

/* Nothing is left of what the trials shared. */
static void
empty(struct rai_part *p)
{
	size_t i;

	if (!p->begun)
		return;
	rai_fitting_release(&p->fit);
	free(p->actual);
	p->actual = NULL;
	for (i = 0; i < RAI_VIEWS; i++) {
		free(p->x[i]);
		p->x[i] = NULL;
	}
	p->begun = 0;
}

void
rai_arena_release(struct rai_arena *a)
{
	size_t i;

	for (i = 0; i < a->nfold; i++)
		rai_split_release(&a->fold[i]);
	for (i = 0; a->part != NULL && i < a->nfold; i++) {
		empty(&a->part[i]);
		pthread_mutex_destroy(&a->part[i].lock);
	}
	free(a->part);
	memset(a, 0, sizeof(*a));
}

/* The features of the rows held out, as serving would make them. */
static int
held_out(const struct rai_arena *a, const struct rai_split *s, const struct rai_prep *prep,
    double **out, struct rai_err *err)
{
	size_t width = rai_prep_width(prep), i, total;
	struct rai_cell *cells = calloc(a->table->schema.n + 1, sizeof(*cells));
	double *x = NULL;

	if (__builtin_mul_overflow(s->ntest, width * sizeof(double), &total)) {
		free(cells);
		return rai_fail(err, RAI_EINPUT, "too many rows and features");
	}
	x = malloc(total + 1);
	if (cells == NULL || x == NULL) {
		free(cells);
		free(x);
		return rai_fail_memory(err);
	}
	for (i = 0; i < s->ntest; i++) {
		rai_table_cells(a->table, s->test[i], cells);
		rai_prep_row(prep, cells, x + i * width);
	}
	free(cells);
	*out = x;
	return 0;
}

static int
begin(struct rai_arena *a, size_t fold, struct rai_err *err)
{
	struct rai_part *p = &a->part[fold];
	const struct rai_split *s = &a->fold[fold];
	size_t i;

	p->begun = 1;
	if (rai_fitting_init(&p->fit, a->table, &a->opt->prep, a->unit, s->train, s->ntrain, err) !=
	    0)
		return -1;
	p->actual = malloc((s->ntest + 1) * sizeof(*p->actual));
	if (p->actual == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->ntest; i++)
		p->actual[i] = a->table->target[s->test[i]];
	return 0;
}

/* Makes what a trial needs and is not there yet. */
static int
prepare(const struct rai_trial *t, struct rai_err *err)
{
	struct rai_part *p = &t->arena->part[t->fold];
	enum rai_view view = t->spec->kind->view;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	if (p->actual == NULL) {
		empty(p);
		rc = begin(t->arena, t->fold, err);
	}
	if (rc == 0 && p->x[view] == NULL) {
		rc = rai_fitting_prepare(&p->fit, view, err);
		if (rc == 0 && p->left > 1)
			p->fit.view[view].cache = rai_fit_cache_new();
		if (rc == 0)
			rc = held_out(t->arena, &t->arena->fold[t->fold], p->fit.view[view].prep,
			    &p->x[view], err);
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

static void
done_with(const struct rai_trial *t)
{
	struct rai_part *p = &t->arena->part[t->fold];

	pthread_mutex_lock(&p->lock);
	if (--p->left == 0)
		empty(p);
	pthread_mutex_unlock(&p->lock);
}

int
rai_metric_wants_mean(enum rai_metric metric)
{
	return metric == RAI_METRIC_R2 || metric == RAI_METRIC_RMSE;
}

static void
scale(double *v, size_t n, double factor)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] *= factor;
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
	scale(predicted, n, factor);
	return factor;
}

static int
measure(struct rai_trial *t, const struct rai_train_options *o, size_t threads, struct rai_err *err)
{
	struct rai_part *p = &t->arena->part[t->fold];
	struct rai_fit_options opt = {
	    .seed = o->seed, .threads = threads, .tick = o->tick, .tick_ctx = o->tick_ctx};
	size_t n = t->arena->fold[t->fold].ntest;
	size_t outputs = p->fit.nclass > 0 ? p->fit.nclass : 1;
	struct rai_pipeline pipeline;
	struct rai_checkpoint *point;
	char key[RAI_JOURNAL_KEY];
	double *predicted;
	int rc;

	rai_journal_key(key, t->name, t->index, t->fold);
	point = rai_checkpoint_begin(o->checkpoints, key, t->spec,
	    rai_prep_width(p->fit.view[t->spec->kind->view].prep), p->fit.nclass, &opt);
	rc = rai_fitting_fit(&p->fit, t->spec, &opt, &pipeline, &t->outcome.seconds, err);
	rai_checkpoint_end(point);
	if (rc != 0)
		return -1;
	predicted = calloc(n + 1, outputs * sizeof(*predicted));
	if (predicted != NULL) {
		struct rai_scored scored = {p->actual, predicted, n, p->fit.nclass};

		rai_pipeline_finish(&pipeline, p->x[t->spec->kind->view], n, predicted);
		if (t->smear > 0)
			scale(predicted, n * outputs, t->outcome.smear = t->smear);
		else if (pipeline.unit == RAI_UNIT_LOG && rai_metric_wants_mean(o->metric))
			t->outcome.smear = smear(p->actual, predicted, n);
		rai_metric_all(&scored, t->outcome.metric);
	}
	free(predicted);
	rai_fitted_release(&pipeline.fitted);
	return predicted == NULL ? rai_fail_memory(err) : 0;
}

static void
failed(struct rai_trial *t, const struct rai_err *err)
{
	struct rai_err *own = malloc(sizeof(*own));

	t->own = own != NULL;
	t->err = &no_memory;
	if (own == NULL)
		return;
	*own = *err;
	t->err = own;
}

static void
blank(struct rai_outcome *v)
{
	size_t i;

	for (i = 0; i < RAI_METRICS; i++)
		v->metric[i] = NAN;
	v->smear = 1;
	v->seconds = 0;
}

struct running {
	struct rai_trial **trial; /* those still to be run */
	const struct rai_train_options *opt;
	size_t threads; /* of each fit */
};

static void
run_one(void *ctx, size_t i, size_t worker)
{
	struct running *r = ctx;
	struct rai_trial *t = r->trial[i];
	struct rai_err err = RAI_ERR_INIT;
	char key[RAI_JOURNAL_KEY];

	(void)worker;
	if (prepare(t, &err) != 0 || measure(t, r->opt, r->threads, &err) != 0)
		failed(t, &err);
	else {
		rai_journal_key(key, t->name, t->index, t->fold);
		rai_journal_add(r->opt->journal, key, &t->outcome);
	}
	done_with(t);
}

/* Was it run before the training was interrupted?  Then its units are done. */
static int
known(struct rai_trial *t, const struct rai_train_options *o)
{
	char key[RAI_JOURNAL_KEY];
	size_t k;

	rai_journal_key(key, t->name, t->index, t->fold);
	if (!rai_journal_find(o->journal, key, &t->outcome))
		return 0;
	for (k = rai_fitted_units(t->spec); o->tick != NULL && k > 0; k--)
		o->tick(o->tick_ctx);
	return 1;
}

struct rai_trial *
rai_trials_new(
    struct rai_arena *a, const struct rai_fitted *const *spec, size_t n, const char *name)
{
	struct rai_trial *t = calloc(n * a->nfold + 1, sizeof(*t));
	size_t i, f;

	for (i = 0; t != NULL && i < n; i++)
		for (f = 0; f < a->nfold; f++)
			t[i * a->nfold + f] = (struct rai_trial){
			    .arena = a, .spec = spec[i], .name = name, .index = i, .fold = f};
	return t;
}

void
rai_trials_run(struct rai_trial *const *trial, size_t n, const struct rai_train_options *o)
{
	struct rai_trial **todo = calloc(n + 1, sizeof(struct rai_trial *));
	struct running r = {todo, o, o->threads};
	size_t i, f, m = 0;

	/* fold after fold, so that few are in memory */
	for (f = 0; f < RAI_SPLIT_FOLDS; f++)
		for (i = 0; i < n; i++) {
			if (trial[i]->fold != f)
				continue;
			blank(&trial[i]->outcome);
			trial[i]->err = todo == NULL ? &no_memory : NULL;
			if (todo != NULL && !known(trial[i], o))
				todo[m++] = trial[i];
		}
	for (i = 0; i < m; i++)
		todo[i]->arena->part[todo[i]->fold].left++;
	if (m >= MANY * o->threads)
		r.threads = 1;
	rai_par_for(m, o->threads, run_one, &r);
	free(todo);
}

void
rai_trials_release(struct rai_trial *trial, size_t n)
{
	size_t i;

	for (i = 0; trial != NULL && i < n; i++)
		if (trial[i].own)
			free((struct rai_err *)(uintptr_t)trial[i].err);
	free(trial);
}

void
rai_trials_sum(
    const struct rai_trial *trial, size_t k, struct rai_outcome *mean, double spread[RAI_METRICS])
{
	size_t i, m;

	*mean = (struct rai_outcome){.smear = 0};
	for (i = 0; i < k; i++) {
		mean->smear += trial[i].outcome.smear / (double)k;
		mean->seconds += trial[i].outcome.seconds;
	}
	for (m = 0; m < RAI_METRICS; m++) {
		double sum = 0, square = 0;

		for (i = 0; i < k; i++)
			sum += trial[i].outcome.metric[m];
		mean->metric[m] = sum / (double)k;
		for (i = 0; i < k; i++) {
			double d = trial[i].outcome.metric[m] - mean->metric[m];

			square += d * d;
		}
		spread[m] = k > 1 ? sqrt(square / (double)(k - 1)) : NAN;
	}
}

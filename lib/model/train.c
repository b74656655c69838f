#include "model/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fpmath.h"
#include "base/par.h"
#include "model/score.h"
#include "model/validation.h"

/* Features of some rows, made for kinds that share a scale. */
struct prepared {
	struct rai_prep *prep;
	double *x; /* column-major, n x width */
};

struct fitting {
	const struct rai_table *table;
	const struct rai_train_options *opt;
	const size_t *rows; /* n */
	size_t n;
	double *y;                /* n, on the learner's scale */
	struct prepared scale[2]; /* by enum of struct rai_kind */
};

static double *
unit_of(const struct rai_train_options *o, const double *target, const size_t *rows, size_t n,
    struct rai_err *err)
{
	double *y = malloc((n + 1) * sizeof(*y));
	size_t i;

	if (y == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	for (i = 0; i < n; i++) {
		double v = target[rows[i]];

		if (o->unit == RAI_UNIT_LOG && !(v > 0)) {
			rai_fail(err, RAI_EINPUT,
			    "the target is %g in a row: its logarithm needs positive values "
			    "(transform: none)",
			    v);
			free(y);
			return NULL;
		}
		y[i] = o->unit == RAI_UNIT_LOG ? rai_log(v) : v;
	}
	return y;
}

static int
prepare(struct fitting *f, int scale, struct rai_err *err)
{
	struct rai_prep_options opt = f->opt->prep;
	struct prepared *p = &f->scale[scale];
	size_t total;

	if (p->prep != NULL)
		return 0;
	opt.scale = scale == RAI_KIND_STANDARD ? RAI_SCALE_STANDARD : RAI_SCALE_NONE;
	if (rai_prep_fit(f->table, f->rows, f->n, f->y, &opt, &p->prep, err) != 0)
		return -1;
	if (rai_prep_width(p->prep) > RAI_PIPELINE_WIDTH)
		return rai_fail(err, RAI_EINPUT,
		    "%zu features, where at most %d are handled: encode: target, or drop columns",
		    rai_prep_width(p->prep), RAI_PIPELINE_WIDTH);
	if (__builtin_mul_overflow(f->n, rai_prep_width(p->prep) * sizeof(double), &total))
		return rai_fail(err, RAI_EINPUT, "too many rows and features");
	p->x = malloc(total + 1);
	if (p->x == NULL)
		return rai_fail_memory(err);
	return rai_prep_matrix(p->prep, f->table, f->rows, f->n, p->x, err);
}

static int
begin(struct fitting *f, const struct rai_table *t, const struct rai_train_options *o,
    const size_t *rows, size_t n, struct rai_err *err)
{
	*f = (struct fitting){.table = t, .opt = o, .rows = rows, .n = n};
	f->y = unit_of(o, t->target, rows, n, err);
	return f->y == NULL ? -1 : 0;
}

static void
end(struct fitting *f)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		rai_prep_free(f->scale[i].prep);
		free(f->scale[i].x);
	}
	free(f->y);
}

/* Fits spec; *out borrows the preparation. */
static int
fit_one(const struct fitting *f, const struct rai_fitted *spec, struct rai_pipeline *out,
    double *seconds, struct rai_err *err)
{
	const struct prepared *p = &f->scale[spec->kind->scale];
	struct rai_fit_data d = {p->x, f->y, f->n, rai_prep_width(p->prep)};
	struct rai_fit_options opt = {
	    f->opt->seed, f->opt->threads, f->opt->tick, f->opt->tick_ctx};
	int64_t start = rai_clock_mono_ns();
	int rc;

	*out = (struct rai_pipeline){p->prep, *spec, f->opt->unit};
	rc = out->fitted.kind->fit(&out->fitted, &d, &opt, err);
	*seconds = (double)(rai_clock_mono_ns() - start) * 1e-9;
	return rc;
}

/* The choice among candidates, each a piece of work of its own. */
struct choosing {
	struct fitting fit;
	const size_t *rows; /* the validation part, n */
	size_t n;
	double *actual;
	struct rai_err *err; /* per candidate */
};

static void
try_candidate(void *ctx, size_t i, size_t worker)
{
	struct choosing *c = ctx;
	struct rai_candidate *cand = &c->fit.opt->candidate[i];
	struct rai_pipeline p;
	double *predicted = malloc((c->n + 1) * sizeof(*predicted));

	(void)worker;
	if (predicted == NULL) {
		rai_fail_memory(&c->err[i]);
		return;
	}
	if (fit_one(&c->fit, &cand->spec, &p, &cand->seconds, &c->err[i]) == 0) {
		if (rai_score_pipeline(&p, c->fit.table, c->rows, c->n, c->fit.opt->threads,
			predicted, &c->err[i]) == 0)
			rai_metric_all(c->actual, predicted, c->n, cand->metric);
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
	const struct rai_train_options *o = c->fit.opt;
	size_t i;

	for (i = 0; i < o->ncandidate; i++)
		if (prepare(&c->fit, (int)o->candidate[i].spec.kind->scale, err) != 0)
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
choose(const struct rai_table *t, const struct rai_train_options *o, const struct rai_split *s,
    size_t *chosen, struct rai_err *err)
{
	struct choosing c = {.err = NULL};
	struct rai_validation v = {NULL, 0, 0};
	int rc = -1;

	*chosen = 0;
	if (o->ncandidate == 1)
		return 0;
	if (rai_validation_make(t, s->train, s->ntrain, o->split_by, o->test, o->seed, &v, err) !=
	    0)
		goto out;
	c.rows = v.rows + v.ntrain;
	c.n = v.nvalid;
	c.actual = malloc((c.n + 1) * sizeof(*c.actual));
	c.err = calloc(o->ncandidate, sizeof(*c.err));
	if (c.actual == NULL || c.err == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (begin(&c.fit, t, o, v.rows, v.ntrain, err) != 0 || try_all(&c, err) != 0)
		goto out;
	*chosen = best_candidate(o);
	rc = 0;
out:
	end(&c.fit);
	free(c.actual);
	free(c.err);
	rai_validation_release(&v);
	return rc;
}

static int
fit_chosen(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	const struct rai_candidate *c = &o->candidate[out->chosen];
	struct fitting f;
	double seconds;
	int rc = -1;

	if (begin(&f, t, o, out->split.train, out->split.ntrain, err) == 0 &&
	    prepare(&f, (int)c->spec.kind->scale, err) == 0 &&
	    fit_one(&f, &c->spec, &out->pipeline, &seconds, err) == 0) {
		f.scale[c->spec.kind->scale].prep = NULL; /* now the pipeline's */
		if (o->ncandidate == 1)
			o->candidate[0].seconds = seconds;
		rc = 0;
	} else
		memset(&out->pipeline, 0, sizeof(out->pipeline));
	end(&f);
	return rc;
}

static int
measure(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	const struct rai_split *s = &out->split;
	size_t i;

	out->actual = malloc((s->ntest + 1) * sizeof(double));
	out->predicted = malloc((s->ntest + 1) * sizeof(double));
	if (out->actual == NULL || out->predicted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->ntest; i++)
		out->actual[i] = t->target[s->test[i]];
	if (rai_score_pipeline(
		&out->pipeline, t, s->test, s->ntest, o->threads, out->predicted, err) != 0)
		return -1;
	rai_metric_intervals(out->actual, out->predicted, s->ntest, o->seed, out->metric);
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
	for (i = 1; i < s->ntrain; i++)
		if (t->target[s->train[i]] != t->target[s->train[0]])
			return 0;
	return rai_fail(err, RAI_EINPUT,
	    "target \"%.64s\" has one value in all training rows (%g): there is nothing to learn",
	    t->schema.target.name, t->target[s->train[0]]);
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

int
rai_train(const struct rai_table *t, const struct rai_train_options *o, struct rai_trained *out,
    struct rai_err *err)
{
	struct rai_split *s = &out->split;
	size_t i, j;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < o->ncandidate; i++)
		for (j = 0; j < RAI_METRICS; j++)
			o->candidate[i].metric[j] = NAN;
	if (t->nrow < RAI_TRAIN_ROWS)
		return rai_fail(err, RAI_EINPUT,
		    "%zu row%s with a target: at least %d are needed to train and to judge",
		    t->nrow, t->nrow == 1 ? "" : "s", RAI_TRAIN_ROWS);
	if (rai_split_make(t, o->split_by, o->test, o->seed, s, err) != 0)
		return -1;
	if (o->missing == RAI_MISSING_DROP) {
		s->ntrain = rai_table_complete(t, s->train, s->ntrain);
		s->ntest = rai_table_complete(t, s->test, s->ntest);
	}
	if (check_rows(t, s, err) != 0 || choose(t, o, s, &out->chosen, err) != 0 ||
	    fit_chosen(t, o, out, err) != 0 || measure(t, o, out, err) != 0) {
		rai_trained_release(out);
		return -1;
	}
	return 0;
}

void
rai_trained_release(struct rai_trained *r)
{
	rai_pipeline_release(&r->pipeline);
	rai_split_release(&r->split);
	free(r->actual);
	free(r->predicted);
	memset(r, 0, sizeof(*r));
}

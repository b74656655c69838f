#include "model/curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/fitting.h"
#include "model/score.h"

#define STREAM 0x6375727665 /* of the random numbers */

static const int percent[RAI_CURVE_POINTS] = {10, 20, 40, 60, 80, 100};

/* The metric of p on these rows. */
static int
measure(const struct rai_pipeline *p, const struct rai_table *t, const size_t *rows, size_t n,
    const struct rai_train_options *o, double *out, struct rai_err *err)
{
	double *actual = malloc((n + 1) * sizeof(*actual)), value[RAI_METRICS];
	double *predicted = malloc((n + 1) * rai_pipeline_outputs(p) * sizeof(*predicted));
	struct rai_scored s = {actual, predicted, n, p->fitted.nclass};
	size_t i;
	int rc = -1;

	if (actual == NULL || predicted == NULL)
		rai_fail_memory(err);
	else
		rc = rai_score_pipeline(p, t, rows, n, o->threads, predicted, err);
	for (i = 0; rc == 0 && i < n; i++)
		actual[i] = t->target[rows[i]];
	if (rc == 0) {
		rai_metric_all(&s, value);
		*out = value[o->metric];
	}
	free(actual);
	free(predicted);
	return rc;
}

/* Fits on out->rows of rows and measures; a fit that fails leaves NaN. */
static int
fit_point(const struct rai_table *t, const struct rai_train_options *o, const struct rai_trained *r,
    const size_t *rows, struct rai_curve_point *out, struct rai_err *err)
{
	const struct rai_fitted *spec = &o->candidate[r->chosen].spec;
	struct rai_fit_options opt = {.seed = o->seed, .threads = o->threads};
	struct rai_err why = RAI_ERR_INIT;
	struct rai_pipeline p;
	struct rai_fitting f;
	double seconds;
	int rc = 0;

	if (rai_fitting_init(&f, t, &o->prep, r->unit, rows, out->rows, &why) == 0 &&
	    rai_fitting_prepare(&f, spec->kind->view, &why) == 0 &&
	    rai_fitting_fit(&f, spec, &opt, &p, &seconds, &why) == 0) {
		p.smear = r->pipeline.smear;
		rc = measure(&p, t, rows, out->rows, o, &out->train, err) != 0 ||
			     measure(&p, t, r->split.test, r->split.ntest, o, &out->test, err) != 0
			 ? -1
			 : 0;
		rai_fitted_release(&p.fitted);
	}
	rai_fitting_release(&f);
	return rc;
}

static int
by_row(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

int
rai_curve(const struct rai_table *t, const struct rai_train_options *o, const struct rai_trained *r,
    struct rai_curve_point *out, struct rai_err *err)
{
	const struct rai_split *s = &r->split;
	size_t *order = malloc((s->ntrain + 1) * sizeof(*order));
	size_t *rows = malloc((s->ntrain + 1) * sizeof(*rows)), k;
	struct rai_rng rng = rai_rng_new(o->seed, STREAM);
	int rc = 0;

	if (order == NULL || rows == NULL) {
		free(order);
		free(rows);
		return rai_fail_memory(err);
	}
	memcpy(order, s->train, s->ntrain * sizeof(*order));
	rai_rng_shuffle(&rng, order, s->ntrain);
	for (k = 0; k < RAI_CURVE_POINTS && rc == 0; k++) {
		out[k] = (struct rai_curve_point){
		    (size_t)((double)s->ntrain * percent[k] / 100 + 0.5), NAN, NAN};
		if (out[k].rows == s->ntrain) {
			out[k].test = r->metric[o->metric].value;
			rc = measure(&r->pipeline, t, s->train, s->ntrain, o, &out[k].train, err);
			continue;
		}
		memcpy(rows, order, out[k].rows * sizeof(*rows));
		qsort(rows, out[k].rows, sizeof(*rows), by_row);
		if (out[k].rows >= 2)
			rc = fit_point(t, o, r, rows, &out[k], err);
	}
	free(order);
	free(rows);
	return rc;
}

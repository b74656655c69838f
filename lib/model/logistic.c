#include <math.h>
#include <stdlib.h>

#include "base/fpmath.h"
#include "model/explain_game.h"
#include "model/kind.h"
#include "model/matrix.h"
#include "model/newton.h"

/*
 * Logistic regression.  Two classes have one score, that of the second; more have one each.  A
 * class without rows gets NEVER for its intercept, hence probability 0.
 */
#define NEVER (-1e300)

enum { LOGISTIC_C, LOGISTIC_MAX_ITER, LOGISTIC_TOL };

struct logistic {
	const double *coef;      /* scores x width */
	const double *intercept; /* scores */
	double *own;             /* memory of both; NULL: they lie in a mapped file */
};

static size_t
scores_of(size_t nclass)
{
	return nclass == 2 ? 1 : nclass;
}

/* The classes that have rows, as 0 .. return - 1: class[] says which they are, y[] the rows'. */
static size_t
present(const struct rai_fit_data *d, size_t *class, size_t *y)
{
	size_t number[RAI_CLASSES] = {0}, count = 0, i;

	for (i = 0; i < d->n; i++)
		number[(size_t)d->y[i]] = 1;
	for (i = 0; i < d->nclass; i++)
		if (number[i] > 0) {
			class[count] = i;
			number[i] = count++;
		}
	for (i = 0; i < d->n; i++)
		y[i] = number[(size_t)d->y[i]];
	return count;
}

/* From the scores of the classes that have rows to those of all. */
static void
spread(double *coef, double *intercept, const double *w, size_t width, const size_t *class,
    size_t count, size_t nclass)
{
	size_t scores = scores_of(nclass), i, j;

	for (i = 0; i < scores; i++)
		intercept[i] = scores == 1 ? 0 : NEVER;
	if (scores > 1 && count == 2) /* the first of two has no score */
		intercept[class[0]] = 0;
	for (i = 0; i < scores_of(count); i++) {
		size_t to = scores == 1 ? 0 : class[count == 2 ? 1 : i];

		for (j = 0; j < width; j++)
			coef[to * width + j] = w[i * (width + 1) + j];
		intercept[to] = w[i * (width + 1) + width];
	}
}

static void
release(struct rai_fitted *f)
{
	struct logistic *l = f->state;

	free(l->own);
	free(l);
	f->state = NULL;
}

static int
fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct rai_newton_options o = {f->param[LOGISTIC_C], (size_t)f->param[LOGISTIC_MAX_ITER],
	    f->param[LOGISTIC_TOL], opt->threads};
	size_t class[RAI_CLASSES], count, scores = scores_of(d->nclass), *y, i;
	struct logistic *l = calloc(1, sizeof(*l));
	double *w = calloc(scores * (d->width + 1), sizeof(*w));
	int rc = -1;

	y = calloc(d->n + 1, sizeof(*y));
	if (l != NULL)
		l->own = calloc(scores * (d->width + 1), sizeof(*l->own));
	f->state = l;
	if (l == NULL || l->own == NULL || w == NULL || y == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if ((count = present(d, class, y)) < 2) {
		rai_fail(err, RAI_EINPUT, "logistic needs rows of two classes at least");
		goto out;
	}
	if (rai_newton(d, y, count, &o, w, err) != 0)
		goto out;
	for (i = 0; i < scores * (d->width + 1); i++)
		if (!isfinite(w[i])) {
			rai_fail(err, RAI_EINPUT, "the features are too large or not finite");
			goto out;
		}
	l->coef = l->own;
	l->intercept = l->own + scores * d->width;
	spread(l->own, l->own + scores * d->width, w, d->width, class, count, d->nclass);
	f->width = d->width;
	f->nclass = d->nclass;
	if (opt->tick != NULL)
		opt->tick(opt->tick_ctx);
	rc = 0;
out:
	if (rc != 0 && l != NULL)
		release(f);
	free(w);
	free(y);
	return rc;
}

static void
predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct logistic *l = f->state;
	size_t scores = scores_of(f->nclass), c;
	double max = -HUGE_VAL, sum = 0, e;

	for (c = 0; c < scores; c++) {
		out[c] = l->intercept[c] + rai_dot(l->coef + c * f->width, x, f->width);
		max = fmax(max, out[c]);
	}
	if (scores == 1) {
		e = rai_exp(-fabs(out[0]));
		out[1] = (out[0] >= 0 ? 1 : e) / (1 + e);
		out[0] = (out[0] >= 0 ? e : 1) / (1 + e);
		return;
	}
	for (c = 0; c < scores; c++)
		sum += out[c] = rai_exp(out[c] - max);
	for (c = 0; c < scores; c++)
		out[c] /= sum;
}

static int
explain(const struct rai_fitted *f, struct rai_explain_game *g)
{
	const struct logistic *l = f->state;
	size_t k = scores_of(f->nclass) == 1 ? 0 : g->output;

	g->scale = f->nclass == 2 ? RAI_SCALE_LOG_ODDS : RAI_SCALE_SOFTMAX;
	g->factor = f->nclass == 2 && g->output == 0 ? -1 : 1;
	rai_explain_constant(g, l->intercept[k]);
	rai_explain_linear(g, l->coef + k * f->width, f->width);
	return 0;
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct logistic *l = f->state;
	size_t scores = scores_of(f->nclass);

	rai_safetensors_add(out, "coefficients", RAI_DTYPE_F64, scores, f->width, l->coef);
	rai_safetensors_add(out, "intercepts", RAI_DTYPE_F64, scores, 0, l->intercept);
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct logistic *l = calloc(1, sizeof(*l));
	size_t scores = scores_of(f->nclass);

	if (l == NULL)
		return rai_fail_memory(err);
	f->state = l;
	if (rai_safetensors_f64(file, "coefficients", scores, f->width, &l->coef, err) != 0 ||
	    rai_safetensors_f64(file, "intercepts", scores, 0, &l->intercept, err) != 0)
		return -1;
	return 0;
}

const struct rai_kind rai_kind_logistic = {
    .name = "logistic",
    .param =
	{
	    [LOGISTIC_C] = {"C", 1, 1e-12, 1e12, RAI_PARAM_REAL, NULL, NULL},
	    [LOGISTIC_MAX_ITER] = {"max_iter", 100, 1, 1e9, RAI_PARAM_WHOLE, NULL, NULL},
	    [LOGISTIC_TOL] = {"tol", 1e-4, 0, 1, RAI_PARAM_REAL, NULL, NULL},
	    {.name = NULL},
	},
    .view = RAI_VIEW_STANDARD,
    .can = RAI_CAN_CLASSES,
    .fit = fit,
    .predict = predict,
    .explain = explain,
    .save = save,
    .load = load,
    .release = release,
};

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/descent.h"
#include "model/explain_game.h"
#include "model/kind.h"
#include "model/least_squares.h"
#include "model/matrix.h"
#include "model/moments.h"

/*
 * The linear kinds of a number: one answer from the moments of the rows, by different solvers.
 * Each keeps the moments, so that a fit goes on with new rows alone as if it had seen all.
 */
struct linear {
	double intercept;
	const double *coef;         /* width */
	double *own;                /* memory of coef where it is not the mapped file's */
	struct rai_moments moments; /* mean NULL: not kept */
};

enum { ENET_ALPHA, ENET_L1_RATIO, ENET_MAX_ITER, ENET_TOL };
enum { LASSO_ALPHA, LASSO_MAX_ITER, LASSO_TOL };

static int
solve(const struct rai_fitted *f, const struct rai_moments *m, double *centred, size_t threads,
    double *coef, struct rai_err *err)
{
	struct rai_descent_options o = {.alpha = f->param[0], .l1_ratio = 1};

	if (f->kind == &rai_kind_linear)
		return rai_least_squares(m, 0, centred, threads, coef, err);
	if (f->kind == &rai_kind_ridge)
		return rai_least_squares(m, f->param[0], centred, threads, coef, err);
	if (f->kind == &rai_kind_elastic_net) {
		o.l1_ratio = f->param[ENET_L1_RATIO];
		o.max_iter = (size_t)f->param[ENET_MAX_ITER];
		o.tol = f->param[ENET_TOL];
	} else {
		o.max_iter = (size_t)f->param[LASSO_MAX_ITER];
		o.tol = f->param[LASSO_TOL];
	}
	return rai_descent(m, &o, coef, err);
}

/* Joins what an earlier fit has seen to the moments of new rows. */
static int
join(struct rai_moments *m, const struct rai_fitted *from, struct rai_err *err)
{
	const struct linear *before = from->state;

	if (from->width != m->width)
		return rai_fail(err, RAI_EINPUT,
		    "a model of %zu features cannot be continued with rows of %zu", from->width,
		    m->width);
	if (before->moments.mean == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "this model cannot be continued: one of more than %d features keeps no moments "
		    "of its rows (it has %zu)",
		    RAI_MOMENTS_KEPT, from->width);
	rai_moments_add(m, &before->moments);
	return 0;
}

static int
too_large(struct rai_err *err)
{
	return rai_fail(err, RAI_EINPUT, "the features or the target are too large or not finite");
}

static int
check_moments(const struct rai_moments *m, struct rai_err *err)
{
	size_t j;

	for (j = 0; j <= m->width; j++)
		if (!isfinite(m->mean[j]) || !isfinite(m->co[rai_packed(j) + j]))
			return too_large(err);
	return 0;
}

static int
finish(struct linear *l, double *coef, struct rai_err *err)
{
	const struct rai_moments *m = &l->moments;
	size_t j;

	l->intercept = m->mean[m->width];
	for (j = 0; j < m->width; j++)
		l->intercept -= coef[j] * m->mean[j];
	for (j = 0; j < m->width; j++)
		if (!isfinite(coef[j]) || !isfinite(l->intercept))
			return too_large(err);
	return 0;
}

static void
release(struct rai_fitted *f)
{
	struct linear *l = f->state;

	rai_moments_release(&l->moments);
	free(l->own);
	free(l);
	f->state = NULL;
}

static int
fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct linear *l = calloc(1, sizeof(*l));
	double *centred = NULL;
	int rc = -1;

	if (l == NULL)
		return rai_fail_memory(err);
	f->state = l;
	f->width = d->width;
	if ((l->coef = l->own = calloc(d->width + 1, sizeof(double))) == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_moments_of(d, opt->threads, &l->moments, &centred, err) != 0)
		goto out;
	if (opt->from != NULL) {
		free(centred);
		centred = NULL;
		if (join(&l->moments, opt->from, err) != 0)
			goto out;
	}
	if (check_moments(&l->moments, err) != 0 ||
	    solve(f, &l->moments, centred, opt->threads, l->own, err) != 0 ||
	    finish(l, l->own, err) != 0)
		goto out;
	if (l->moments.width > RAI_MOMENTS_KEPT)
		rai_moments_release(&l->moments);
	if (opt->tick != NULL)
		opt->tick(opt->tick_ctx);
	rc = 0;
out:
	free(centred);
	if (rc != 0)
		release(f);
	return rc;
}

static void
predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct linear *l = f->state;

	*out = l->intercept + rai_dot(l->coef, x, f->width);
}

static int
explain(const struct rai_fitted *f, struct rai_explain_game *g)
{
	const struct linear *l = f->state;

	rai_explain_constant(g, l->intercept);
	rai_explain_linear(g, l->coef, f->width);
	return 0;
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct linear *l = f->state;

	rai_safetensors_add(out, "coefficients", RAI_DTYPE_F64, f->width, 0, l->coef);
	rai_safetensors_add(out, "intercept", RAI_DTYPE_F64, 0, 0, &l->intercept);
	rai_moments_save(&l->moments, out);
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct linear *l = calloc(1, sizeof(*l));
	const double *intercept;

	if (l == NULL)
		return rai_fail_memory(err);
	f->state = l;
	if (rai_safetensors_f64(file, "coefficients", f->width, 0, &l->coef, err) != 0 ||
	    rai_safetensors_f64(file, "intercept", 0, 0, &intercept, err) != 0)
		return -1;
	l->intercept = *intercept;
	return rai_moments_load(&l->moments, f->width, file, err);
}

#define LINEAR_KIND                                                                          \
	.view = RAI_VIEW_STANDARD, .can = RAI_CAN_REGRESSION | RAI_CAN_CONTINUE, .fit = fit, \
	.predict = predict, .explain = explain, .save = save, .load = load, .release = release

const struct rai_kind rai_kind_linear = {
    .name = "linear",
    .param = {{.name = NULL}},
    LINEAR_KIND,
};

const struct rai_kind rai_kind_ridge = {
    .name = "ridge",
    .param = {{"alpha", 1, 0, 1e12, RAI_PARAM_REAL, NULL, NULL}, {.name = NULL}},
    LINEAR_KIND,
};

const struct rai_kind rai_kind_lasso = {
    .name = "lasso",
    .param =
	{
	    [LASSO_ALPHA] = {"alpha", 1, 0, 1e12, RAI_PARAM_REAL, NULL, NULL},
	    [LASSO_MAX_ITER] = {"max_iter", 1000, 1, 1e9, RAI_PARAM_WHOLE, NULL, NULL},
	    [LASSO_TOL] = {"tol", 1e-4, 0, 1, RAI_PARAM_REAL, NULL, NULL},
	    {.name = NULL},
	},
    LINEAR_KIND,
};

const struct rai_kind rai_kind_elastic_net = {
    .name = "elastic-net",
    .param =
	{
	    [ENET_ALPHA] = {"alpha", 1, 0, 1e12, RAI_PARAM_REAL, NULL, NULL},
	    [ENET_L1_RATIO] = {"l1_ratio", 0.5, 0, 1, RAI_PARAM_REAL, NULL, NULL},
	    [ENET_MAX_ITER] = {"max_iter", 1000, 1, 1e9, RAI_PARAM_WHOLE, NULL, NULL},
	    [ENET_TOL] = {"tol", 1e-4, 0, 1, RAI_PARAM_REAL, NULL, NULL},
	    {.name = NULL},
	},
    LINEAR_KIND,
};

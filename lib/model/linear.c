#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "model/kind.h"

/*
 * Least squares, plain and with a ridge penalty on the coefficients (not on the intercept).
 *
 * Both solve (G + D) w = b on centred columns z_j divided by their length, G = Z'Z, b = Z'(y -
 * mean): ridge takes D from alpha (alpha / length_j^2, as the penalty falls on the unscaled
 * coefficient). Plain least squares takes a tiny D and improves the answer from the true residuals,
 *   w <- w + (G + D)^-1 Z'(y - mean - Z w)
 * (iterated Tikhonov regularisation: Engl, Hanke, Neubauer, "Regularization of Inverse Problems",
 * chapter 5).  From w = 0 this tends to the least-squares solution of smallest norm, so dependent
 * columns (all levels of a category, say) need no special case.
 * The sums run in one fixed order in our own code: no BLAS whose kernels depend on the CPU.
 */
#define TINY 1e-10 /* D of plain least squares; G has ones on its diagonal */
#define ROUNDS 4   /* leaves TINY / (s + TINY) to the 4th power of the part along eigenvalue s */

/* What a fit has learned. */
struct linear {
	double intercept;
	const double *coef; /* width */
	double *own;        /* memory of coef where it is not the mapped file's */
};

struct system {
	size_t n, p;
	double *z;     /* n x p, column-major: centred, of length 1 (or all zero) */
	double *gram;  /* p x p, lower triangle by rows; then its Cholesky factor */
	double *diag;  /* p: D */
	double *mean;  /* p */
	double *len;   /* p: length of the centred column; 0: constant */
	double *resid; /* n */
	double *step;  /* p */
	double *w;     /* p */
	double y_mean;
};

static double
dot(const double *a, const double *b, size_t n)
{
	double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		s0 += a[i] * b[i];
		s1 += a[i + 1] * b[i + 1];
		s2 += a[i + 2] * b[i + 2];
		s3 += a[i + 3] * b[i + 3];
	}
	for (; i < n; i++)
		s0 += a[i] * b[i];
	return (s0 + s1) + (s2 + s3);
}

static double
mean_of(const double *v, size_t n)
{
	double s = 0;
	size_t i;

	for (i = 0; i < n; i++)
		s += v[i];
	return s / (double)n;
}

static void
centre(struct system *s, const struct rai_fit_data *d)
{
	size_t i, j;

	for (j = 0; j < s->p; j++) {
		const double *x = d->x + j * s->n;
		double *z = s->z + j * s->n, scale;

		s->mean[j] = mean_of(x, s->n);
		for (i = 0; i < s->n; i++)
			z[i] = x[i] - s->mean[j];
		s->len[j] = sqrt(dot(z, z, s->n));
		/* a constant column keeps only the rounding of its mean */
		if (s->len[j] <= 1e-12 * fabs(s->mean[j]) * sqrt((double)s->n))
			s->len[j] = 0;
		scale = s->len[j] > 0 ? 1 / s->len[j] : 0;
		for (i = 0; i < s->n; i++)
			z[i] *= scale;
	}
	s->y_mean = mean_of(d->y, s->n);
	for (i = 0; i < s->n; i++)
		s->resid[i] = d->y[i] - s->y_mean;
}

/* Row j of the lower triangle. */
static void
gram_row(void *ctx, size_t j, size_t worker)
{
	struct system *s = ctx;
	size_t k;

	(void)worker;
	for (k = 0; k <= j; k++)
		s->gram[j * s->p + k] = dot(s->z + j * s->n, s->z + k * s->n, s->n);
	s->gram[j * s->p + j] += s->len[j] > 0 ? s->diag[j] : 1;
}

/* G = L L'; G is positive definite thanks to D, up to rounding. */
static int
cholesky(double *g, size_t p)
{
	size_t i, j;
	double v;

	for (i = 0; i < p; i++) {
		for (j = 0; j < i; j++)
			g[i * p + j] = (g[i * p + j] - dot(g + i * p, g + j * p, j)) / g[j * p + j];
		v = g[i * p + i] - dot(g + i * p, g + i * p, i);
		if (!(v > 0))
			return -1;
		g[i * p + i] = sqrt(v);
	}
	return 0;
}

static void
solve(const double *l, size_t p, double *b)
{
	size_t i, k;

	for (i = 0; i < p; i++)
		b[i] = (b[i] - dot(l + i * p, b, i)) / l[i * p + i];
	for (i = p; i-- > 0;) {
		b[i] /= l[i * p + i];
		for (k = 0; k < i; k++)
			b[k] -= l[i * p + k] * b[i];
	}
}

/* One round: w += (G + D)^-1 Z' resid, and the residual follows. */
static void
improve(struct system *s)
{
	size_t i, j;

	for (j = 0; j < s->p; j++)
		s->step[j] = dot(s->z + j * s->n, s->resid, s->n);
	solve(s->gram, s->p, s->step);
	for (j = 0; j < s->p; j++) {
		const double *z = s->z + j * s->n;

		s->w[j] += s->step[j];
		for (i = 0; i < s->n; i++)
			s->resid[i] -= s->step[j] * z[i];
	}
}

static int
allocate(struct system *s, struct rai_err *err)
{
	size_t p = s->p, total;

	if (__builtin_mul_overflow(s->n, p, &total) || p > SIZE_MAX / 8 / (p + 1))
		return rai_fail(err, RAI_EINPUT, "too many rows and features: %zu x %zu", s->n, p);
	s->z = malloc((total + 1) * sizeof(double));
	s->gram = malloc((p * p + 1) * sizeof(double));
	s->resid = malloc((s->n + 1) * sizeof(double));
	s->diag = calloc(p + 1, 5 * sizeof(double));
	if (s->z == NULL || s->gram == NULL || s->resid == NULL || s->diag == NULL)
		return rai_fail_memory(err);
	s->mean = s->diag + p;
	s->len = s->mean + p;
	s->step = s->len + p;
	s->w = s->step + p;
	return 0;
}

static int
take(struct rai_fitted *f, const struct system *s, struct rai_err *err)
{
	double *coef = calloc(s->p + 1, sizeof(*coef));
	struct linear *l = calloc(1, sizeof(*l));
	size_t j;

	if (coef == NULL || l == NULL) {
		free(coef);
		free(l);
		return rai_fail_memory(err);
	}
	l->intercept = s->y_mean;
	for (j = 0; j < s->p; j++) {
		coef[j] = s->len[j] > 0 ? s->w[j] / s->len[j] : 0;
		l->intercept -= coef[j] * s->mean[j];
	}
	l->coef = l->own = coef;
	f->state = l;
	f->width = s->p;
	return 0;
}

/* alpha < 0: plain least squares */
static int
fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    double alpha, struct rai_err *err)
{
	struct system s = {.n = d->n, .p = d->width};
	int rc = -1, round, rounds = alpha > 0 ? 1 : ROUNDS;
	size_t j;

	if (allocate(&s, err) != 0)
		goto out;
	centre(&s, d);
	for (j = 0; j < s.p; j++)
		s.diag[j] = alpha > 0 && s.len[j] > 0 ? alpha / (s.len[j] * s.len[j]) : TINY;
	rai_par_for(s.p, opt->threads, gram_row, &s);
	if (cholesky(s.gram, s.p) != 0) {
		rai_fail(err, RAI_EINPUT, "the features are too large or not finite");
		goto out;
	}
	for (round = 0; round < rounds; round++)
		improve(&s);
	rc = take(f, &s, err);
	if (rc == 0 && opt->tick != NULL)
		opt->tick(opt->tick_ctx);
out:
	free(s.z);
	free(s.gram);
	free(s.resid);
	free(s.diag);
	return rc;
}

static int
fit_linear(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	return fit(f, d, opt, 0, err);
}

static int
fit_ridge(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	return fit(f, d, opt, f->param[0], err);
}

static void
predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct linear *l = f->state;

	*out = l->intercept + dot(l->coef, x, f->width);
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct linear *l = f->state;

	rai_safetensors_add(out, "coefficients", RAI_DTYPE_F64, f->width, 0, l->coef);
	rai_safetensors_add(out, "intercept", RAI_DTYPE_F64, 0, 0, &l->intercept);
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *c = rai_safetensors_find(file, "coefficients");
	const struct rai_tensor *b = rai_safetensors_find(file, "intercept");
	struct linear *l;
	size_t j;

	if (c == NULL || c->dtype != RAI_DTYPE_F64 || c->rank != 1 || c->shape[0] != f->width)
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"coefficients\" must be %zu numbers of dtype F64", f->width);
	if (b == NULL || b->dtype != RAI_DTYPE_F64 || b->rank != 0)
		return rai_fail(
		    err, RAI_EINPUT, "tensor \"intercept\" must be one number of dtype F64");
	if ((uintptr_t)c->data % sizeof(double) != 0)
		return rai_fail(err, RAI_EINPUT, "tensor \"coefficients\" is not aligned");
	f->state = l = calloc(1, sizeof(*l));
	if (l == NULL)
		return rai_fail_memory(err);
	memcpy(&l->intercept, b->data, sizeof(l->intercept));
	l->coef = c->data;
	for (j = 0; j < f->width; j++)
		if (!isfinite(l->coef[j]) || !isfinite(l->intercept))
			return rai_fail(err, RAI_EINPUT, "a coefficient is not finite");
	return 0;
}

static void
release(struct rai_fitted *f)
{
	struct linear *l = f->state;

	free(l->own);
	free(l);
}

const struct rai_kind rai_kind_linear = {
    .name = "linear",
    .param = {{.name = NULL}},
    .view = RAI_VIEW_STANDARD,
    .can = RAI_CAN_REGRESSION,
    .fit = fit_linear,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};

const struct rai_kind rai_kind_ridge = {
    .name = "ridge",
    .param = {{"alpha", 1, 0, 1e12, RAI_PARAM_REAL, NULL, NULL}, {.name = NULL}},
    .view = RAI_VIEW_STANDARD,
    .can = RAI_CAN_REGRESSION,
    .fit = fit_ridge,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};

#include "model/descent.h"

#include <math.h>
#include <stdlib.h>

#include "model/matrix.h"

/*
 * Cyclic coordinate descent (Friedman, Hastie, Tibshirani, "Regularization Paths for Generalized
 * Linear Models via Coordinate Descent", 2010), with the products of the columns instead of the
 * rows ("covariance updates").  All in sums, not means: l1 and l2 are n times the penalties.
 */
struct descent {
	size_t p;
	double *gram;      /* p x p, whole */
	const double *rhs; /* p: X'y */
	double squares;    /* y'y */
	double *norm;      /* p: squares of column j; 0: constant */
	double *w;         /* p */
	double *fit;       /* p: X'X w */
	double l1, l2;
};

static void
move(struct descent *d, size_t j, double to)
{
	const double *column = d->gram + j * d->p;
	double by = to - d->w[j];
	size_t k;

	for (k = 0; k < d->p; k++)
		d->fit[k] += by * column[k];
	d->w[j] = to;
}

/* One pass; returns the largest change as a share of the largest coefficient. */
static double
pass(struct descent *d)
{
	double largest = 0, change = 0;
	size_t j;

	for (j = 0; j < d->p; j++) {
		double old = d->w[j], pull, to;

		if (d->norm[j] == 0)
			continue;
		pull = d->rhs[j] - d->fit[j] + d->norm[j] * old;
		to = fmax(fabs(pull) - d->l1, 0) / (d->norm[j] + d->l2);
		to = pull < 0 ? -to : to;
		if (to != old)
			move(d, j, to);
		change = fmax(change, fabs(to - old));
		largest = fmax(largest, fabs(to));
	}
	return largest > 0 ? change / largest : 0;
}

/*
 * An upper bound of how far the objective is above its minimum: less the dual's value at the
 * residual scaled into the dual's feasible set (Kim et al., "An Interior-Point Method for
 * Large-Scale l1-Regularized Least Squares", 2007).
 */
static double
duality_gap(const struct descent *d)
{
	double steepest = 0, sum = 0, ridge = 0, with_target, squares, scale;
	size_t j;

	for (j = 0; j < d->p; j++) {
		steepest = fmax(steepest, fabs(d->rhs[j] - d->fit[j] - d->l2 * d->w[j]));
		sum += fabs(d->w[j]);
		ridge += d->w[j] * d->w[j];
	}
	with_target = d->squares - rai_dot(d->w, d->rhs, d->p);
	squares = with_target - rai_dot(d->w, d->rhs, d->p) + rai_dot(d->w, d->fit, d->p);
	scale = steepest > d->l1 ? d->l1 / steepest : 1;
	return 0.5 * squares * (1 + scale * scale) + d->l1 * sum - scale * with_target +
	       0.5 * d->l2 * (1 + scale * scale) * ridge;
}

static void
fill(struct descent *d, const struct rai_moments *m)
{
	size_t i, k;

	for (i = 0; i < d->p; i++) {
		d->norm[i] = rai_moments_length(m, i) > 0 ? m->co[rai_packed(i) + i] : 0;
		for (k = 0; k <= i; k++)
			d->gram[i * d->p + k] = d->gram[k * d->p + i] = m->co[rai_packed(i) + k];
	}
	d->rhs = m->co + rai_packed(d->p);
	d->squares = d->rhs[d->p];
}

int
rai_descent(const struct rai_moments *m, const struct rai_descent_options *o, double *coef,
    struct rai_err *err)
{
	double n = (double)m->rows;
	struct descent d = {.p = m->width,
	    .w = coef,
	    .l1 = o->alpha * o->l1_ratio * n,
	    .l2 = o->alpha * (1 - o->l1_ratio) * n};
	size_t i;
	int rc = -1;

	if (d.p > SIZE_MAX / sizeof(double) / (d.p + 1))
		return rai_fail(err, RAI_EINPUT, "too many features: %zu", d.p);
	d.gram = malloc((d.p * d.p + 1) * sizeof(double));
	d.norm = calloc(d.p + 1, 2 * sizeof(double));
	if (d.gram == NULL || d.norm == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	d.fit = d.norm + d.p;
	fill(&d, m);
	for (i = 0; i < d.p; i++)
		coef[i] = 0;
	for (i = 0; i < o->max_iter; i++)
		if (pass(&d) <= o->tol && duality_gap(&d) < o->tol * d.squares)
			break;
	rc = 0;
out:
	free(d.gram);
	free(d.norm);
	return rc;
}

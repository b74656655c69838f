#include "model/newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/par.h"
#include "model/matrix.h"

/*
 * Newton's method, each step by conjugate gradients that stop early (Nocedal, Wright, "Numerical
 * Optimization", algorithm 7.1), halved until the loss falls.  The second derivatives are never
 * written down, only multiplied, so that many features and classes need no more memory than their
 * rows.  Sums over rows run per block of BLOCK rows or per column, each in one order, whatever the
 * number of threads.
 */
#define BLOCK 1024
#define INNER_MAX 250 /* conjugate gradients per step */
#define HALVINGS 40
#define LITTLE 1000000 /* products: starting threads takes longer */

struct newton {
	const struct rai_fit_data *d;
	const struct rai_newton_options *o;
	const size_t *y;
	size_t n, p, k; /* rows, features, scores */
	size_t dim;     /* k x (p + 1) */
	size_t threads; /* one where there is little to do */
	size_t nblock;
	double *score;     /* k x n: of w */
	double *slope;     /* k x n: of the scores along a direction; then what is summed over x */
	double *prob;      /* k x n */
	double *loss;      /* nblock */
	double step;       /* along slope, for losses */
	double *w;         /* dim: the answer; per score, p coefficients and the intercept */
	double *gradient;  /* dim */
	double *direction; /* dim */
	double *residual, *search, *product; /* dim, of the conjugate gradients */
	const double *factor;                /* dim: what scores() multiplies x with */
	double *scores_out, *sums_out;
};

/* scores_out = x factor, for one block of rows */
static void
scores(void *ctx, size_t block, size_t worker)
{
	struct newton *s = ctx;
	size_t from = block * BLOCK, to = from + BLOCK < s->n ? from + BLOCK : s->n, c, i, j;

	(void)worker;
	for (c = 0; c < s->k; c++)
		for (i = from; i < to; i++)
			s->scores_out[c * s->n + i] = s->factor[c * (s->p + 1) + s->p];
	for (j = 0; j < s->p; j++) {
		const double *x = s->d->x + j * s->n;

		for (c = 0; c < s->k; c++) {
			double f = s->factor[c * (s->p + 1) + j], *out = s->scores_out + c * s->n;

			for (i = from; i < to; i++)
				out[i] += f * x[i];
		}
	}
}

static void
make_scores(struct newton *s, const double *factor, double *out)
{
	s->factor = factor;
	s->scores_out = out;
	rai_par_for(s->nblock, s->threads, scores, s);
}

/* sums_out = slope' (x, 1), for one column of x */
static void
sums(void *ctx, size_t j, size_t worker)
{
	struct newton *s = ctx;
	size_t c;

	(void)worker;
	for (c = 0; c < s->k; c++)
		s->sums_out[c * (s->p + 1) + j] =
		    j < s->p ? rai_dot(s->d->x + j * s->n, s->slope + c * s->n, s->n)
			     : rai_mean(s->slope + c * s->n, s->n) * (double)s->n;
}

/* The loss of row i where the scores are those of w and step times slope. */
static double
row_loss(const struct newton *s, size_t i)
{
	double max = -HUGE_VAL, sum = 0, z;
	size_t c;

	if (s->k == 1) {
		z = s->score[i] + s->step * s->slope[i];
		z = s->y[i] == 1 ? -z : z;
		return (z > 0 ? z : 0) + rai_log(1 + rai_exp(-fabs(z)));
	}
	for (c = 0; c < s->k; c++)
		max = fmax(max, s->score[c * s->n + i] + s->step * s->slope[c * s->n + i]);
	for (c = 0; c < s->k; c++)
		sum += rai_exp(s->score[c * s->n + i] + s->step * s->slope[c * s->n + i] - max);
	c = s->y[i] * s->n + i;
	return rai_log(sum) + max - (s->score[c] + s->step * s->slope[c]);
}

static void
block_loss(void *ctx, size_t block, size_t worker)
{
	struct newton *s = ctx;
	size_t i, to = (block + 1) * BLOCK < s->n ? (block + 1) * BLOCK : s->n;

	(void)worker;
	s->loss[block] = 0;
	for (i = block * BLOCK; i < to; i++)
		s->loss[block] += row_loss(s, i);
}

/* At w + step * direction, whose scores are in slope. */
static double
loss(struct newton *s, double step)
{
	double sum = 0, penalty = 0;
	size_t i;

	s->step = step;
	rai_par_for(s->nblock, s->threads, block_loss, s);
	for (i = 0; i < s->nblock; i++)
		sum += s->loss[i];
	for (i = 0; i < s->dim; i++) {
		double w = s->w[i] + step * s->direction[i];

		penalty += i % (s->p + 1) < s->p ? w * w : 0;
	}
	return 0.5 * penalty + s->o->c * sum;
}

/* prob from score, and slope = prob - (1 for the row's class) */
static void
block_probabilities(void *ctx, size_t block, size_t worker)
{
	struct newton *s = ctx;
	size_t n = s->n, i, c, to = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;

	(void)worker;
	for (i = block * BLOCK; i < to; i++) {
		double max = s->k == 1 ? 0 : -HUGE_VAL, sum = 0, e;

		if (s->k == 1) {
			e = rai_exp(-fabs(s->score[i]));
			s->prob[i] = (s->score[i] >= 0 ? 1 : e) / (1 + e);
			s->slope[i] = s->prob[i] - (double)s->y[i];
			continue;
		}
		for (c = 0; c < s->k; c++)
			max = fmax(max, s->score[c * n + i]);
		for (c = 0; c < s->k; c++)
			sum += s->prob[c * n + i] = rai_exp(s->score[c * n + i] - max);
		for (c = 0; c < s->k; c++) {
			s->prob[c * n + i] /= sum;
			s->slope[c * n + i] = s->prob[c * n + i] - (s->y[i] == c ? 1 : 0);
		}
	}
}

/* out = C slope' (x, 1) + w, the intercepts of w left out */
static void
collect(struct newton *s, const double *w, double *out)
{
	size_t i;

	s->sums_out = out;
	rai_par_for(s->p + 1, s->threads, sums, s);
	for (i = 0; i < s->dim; i++)
		out[i] = s->o->c * out[i] + (i % (s->p + 1) < s->p ? w[i] : 0);
}

/* slope: from scores along a direction to the change of (prob - 1 for the class) */
static void
block_curvature(void *ctx, size_t block, size_t worker)
{
	struct newton *s = ctx;
	size_t n = s->n, i, c, to = (block + 1) * BLOCK < n ? (block + 1) * BLOCK : n;

	(void)worker;
	for (i = block * BLOCK; i < to; i++) {
		double mean = 0;

		if (s->k == 1) {
			s->slope[i] *= s->prob[i] * (1 - s->prob[i]);
			continue;
		}
		for (c = 0; c < s->k; c++)
			mean += s->prob[c * n + i] * s->slope[c * n + i];
		for (c = 0; c < s->k; c++)
			s->slope[c * n + i] = s->prob[c * n + i] * (s->slope[c * n + i] - mean);
	}
}

/* out = (second derivatives at w) v */
static void
curvature(struct newton *s, const double *v, double *out)
{
	make_scores(s, v, s->slope);
	rai_par_for(s->nblock, s->threads, block_curvature, s);
	collect(s, v, out);
}

/* direction: approximately -(second derivatives)^-1 gradient */
static void
find_direction(struct newton *s, double precision)
{
	double rr = rai_dot(s->gradient, s->gradient, s->dim), target = precision * sqrt(rr);
	size_t i, round;

	memset(s->direction, 0, s->dim * sizeof(double));
	for (i = 0; i < s->dim; i++)
		s->search[i] = s->residual[i] = -s->gradient[i];
	for (round = 0; round < INNER_MAX && sqrt(rr) > target; round++) {
		double bend, move, before = rr;

		curvature(s, s->search, s->product);
		bend = rai_dot(s->search, s->product, s->dim);
		if (!(bend > 0))
			break;
		move = rr / bend;
		for (i = 0; i < s->dim; i++) {
			s->direction[i] += move * s->search[i];
			s->residual[i] -= move * s->product[i];
		}
		rr = rai_dot(s->residual, s->residual, s->dim);
		for (i = 0; i < s->dim; i++)
			s->search[i] = s->residual[i] + rr / before * s->search[i];
	}
}

/* Moves w along direction; 0, or 1: the loss falls no more, or that was the last that counts. */
static int
go(struct newton *s, double *now)
{
	double descent = rai_dot(s->gradient, s->direction, s->dim), step = 1, next = 0;
	size_t i, half;

	make_scores(s, s->direction, s->slope);
	for (half = 0; half < HALVINGS; half++, step /= 2)
		if ((next = loss(s, step)) <= *now + 1e-4 * step * descent)
			break;
	if (half == HALVINGS || !(next < *now))
		return 1;
	*now = next;
	for (i = 0; i < s->dim; i++)
		s->w[i] += step * s->direction[i];
	for (i = 0; i < s->k * s->n; i++)
		s->score[i] += step * s->slope[i];
	return -descent / 2 <= s->o->tol * s->o->tol * *now;
}

static void
iterate(struct newton *s)
{
	double now, first = 0;
	size_t i, j;

	now = loss(s, 0);
	for (i = 0; i < s->o->max_iter; i++) {
		double steepest = 0, norm;

		rai_par_for(s->nblock, s->threads, block_probabilities, s);
		collect(s, s->w, s->gradient);
		for (j = 0; j < s->dim; j++)
			steepest = fmax(steepest, fabs(s->gradient[j]));
		if (!(steepest > s->o->tol))
			break;
		norm = sqrt(rai_dot(s->gradient, s->gradient, s->dim));
		first = i == 0 ? norm : first;
		find_direction(s, fmin(0.25, sqrt(norm / first)));
		if (go(s, &now) != 0)
			break;
	}
}

int
rai_newton(const struct rai_fit_data *d, const size_t *y, size_t nclass,
    const struct rai_newton_options *o, double *out, struct rai_err *err)
{
	struct newton s = {.d = d, .o = o, .y = y, .n = d->n, .p = d->width, .w = out};
	size_t cells;
	double *rows = NULL, *vectors = NULL;
	int rc = -1;

	s.k = nclass == 2 ? 1 : nclass;
	s.dim = s.k * (s.p + 1);
	s.nblock = (s.n + BLOCK - 1) / BLOCK;
	if (__builtin_mul_overflow(s.n, s.k, &cells) || cells > SIZE_MAX / 4 / sizeof(double))
		return rai_fail(err, RAI_EINPUT, "too many rows and classes: %zu x %zu", s.n, s.k);
	s.threads = s.n < LITTLE / s.dim ? 1 : o->threads;
	rows = calloc(cells + 1, 3 * sizeof(double));
	vectors = calloc(s.dim + s.nblock + 1, 6 * sizeof(double));
	if (rows == NULL || vectors == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	s.score = rows;
	s.slope = rows + cells;
	s.prob = rows + 2 * cells;
	s.gradient = vectors;
	s.direction = vectors + s.dim;
	s.residual = vectors + 2 * s.dim;
	s.search = vectors + 3 * s.dim;
	s.product = vectors + 4 * s.dim;
	s.loss = vectors + 5 * s.dim;
	memset(out, 0, s.dim * sizeof(double));
	iterate(&s);
	rc = 0;
out:
	free(rows);
	free(vectors);
	return rc;
}

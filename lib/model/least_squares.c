#include "model/least_squares.h"

#include <math.h>
#include <stdlib.h>

#include "base/par.h"
#include "model/matrix.h"

/*
 * Both solve (G + D) w = b on centred columns z_j divided by their length, G = Z'Z, b = Z'(y -
 * mean): ridge takes D from alpha (alpha / length_j^2, as the penalty falls on the unscaled
 * coefficient). Plain least squares takes a tiny D and improves the answer from what is left,
 *   w <- w + (G + D)^-1 Z'(y - mean - Z w)
 * (iterated Tikhonov regularisation: Engl, Hanke, Neubauer, "Regularization of Inverse Problems",
 * chapter 5).  From w = 0 this tends to the least-squares solution of smallest norm, so dependent
 * columns (all levels of a category, say) need no special case.
 * Z'(y - mean - Z w) is summed over the rows, or taken as b - G w where they are gone; the latter
 * keeps half as many digits where columns nearly depend on each other.
 */
#define TINY 1e-10 /* D of plain least squares; G has ones on its diagonal */
#define ROUNDS 4   /* leaves TINY / (s + TINY) to the 4th power of the part along eigenvalue s */

struct system {
	const struct rai_moments *m;
	size_t p, n;
	double *factor; /* packed p x p: the Cholesky factor of G + D */
	double *len;    /* p: length of the centred column; 0: constant */
	double *rhs;    /* p: b */
	double *step;   /* p */
	double *w;      /* p */
	double *z;      /* n x (p + 1), or NULL */
	double *resid;  /* n, the last column of z */
};

/* Element (i, k) of G. */
static double
gram(const struct system *s, size_t i, size_t k)
{
	size_t at = i >= k ? rai_packed(i) + k : rai_packed(k) + i;

	if (s->len[i] == 0 || s->len[k] == 0)
		return 0;
	return s->m->co[at] / s->len[i] / s->len[k];
}

static void
make_system(struct system *s, double alpha)
{
	const double *with_target = s->m->co + rai_packed(s->p);
	size_t i, k;

	for (i = 0; i < s->p; i++) {
		double *row = s->factor + rai_packed(i), d;

		s->len[i] = rai_moments_length(s->m, i);
		for (k = 0; k < i; k++)
			row[k] = gram(s, i, k);
		d = alpha > 0 && s->len[i] > 0 ? alpha / (s->len[i] * s->len[i]) : TINY;
		row[i] = 1 + d;
		s->rhs[i] = s->len[i] > 0 ? with_target[i] / s->len[i] : 0;
	}
}

/* step[j] = z_j'(what w leaves of the target) */
static void
correlate_rows(void *ctx, size_t j, size_t worker)
{
	struct system *s = ctx;

	(void)worker;
	s->step[j] = s->len[j] > 0 ? rai_dot(s->z + j * s->n, s->resid, s->n) / s->len[j] : 0;
}

static void
correlate_moments(void *ctx, size_t j, size_t worker)
{
	struct system *s = ctx;
	double left = s->rhs[j];
	size_t k;

	(void)worker;
	for (k = 0; k < s->p; k++)
		left -= gram(s, j, k) * s->w[k];
	s->step[j] = left;
}

/* One round: w += (G + D)^-1 Z' resid, and the residual follows. */
static void
improve(struct system *s, size_t threads)
{
	size_t i, j;

	rai_par_for(s->p, threads, s->z != NULL ? correlate_rows : correlate_moments, s);
	rai_cholesky_solve(s->factor, s->p, s->step);
	for (j = 0; j < s->p; j++) {
		double move = s->len[j] > 0 ? s->step[j] / s->len[j] : 0;
		const double *z = s->z != NULL ? s->z + j * s->n : NULL;

		s->w[j] += s->step[j];
		for (i = 0; z != NULL && i < s->n; i++)
			s->resid[i] -= move * z[i];
	}
}

int
rai_least_squares(const struct rai_moments *m, double alpha, double *centred, size_t threads,
    double *coef, struct rai_err *err)
{
	struct system s = {.m = m, .p = m->width, .n = (size_t)m->rows, .z = centred};
	int rc = -1, round, rounds = alpha > 0 ? 1 : ROUNDS;
	size_t j;

	s.factor = malloc((rai_packed(s.p) + 1) * sizeof(double));
	s.len = calloc(s.p + 1, 4 * sizeof(double));
	if (s.factor == NULL || s.len == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	s.rhs = s.len + s.p;
	s.step = s.rhs + s.p;
	s.w = s.step + s.p;
	s.resid = centred != NULL ? centred + s.p * s.n : NULL;
	make_system(&s, alpha);
	if (rai_cholesky(s.factor, s.p) != 0) {
		rai_fail(err, RAI_EINPUT, "the features are too large or not finite");
		goto out;
	}
	for (round = 0; round < rounds; round++)
		improve(&s, threads);
	for (j = 0; j < s.p; j++)
		coef[j] = s.len[j] > 0 ? s.w[j] / s.len[j] : 0;
	rc = 0;
out:
	free(s.factor);
	free(s.len);
	return rc;
}

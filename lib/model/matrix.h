#ifndef RAI_MODEL_MATRIX_H
#define RAI_MODEL_MATRIX_H

#include <stddef.h>

/*
 * Linear algebra in one fixed order, so that it gives the same bits everywhere: no BLAS, whose
 * kernels depend on the CPU.
 * A symmetric p x p matrix is kept as its lower triangle by rows: element (i, k), k <= i, is at
 * rai_packed(i) + k.
 */
static inline size_t
rai_packed(size_t i)
{
	return i * (i + 1) / 2;
}

/* Sum of a[i] * b[i]: four interleaved partial sums. */
double rai_dot(const double *a, const double *b, size_t n);

double rai_mean(const double *v, size_t n); /* n > 0 */

/* G = L L', in place.  -1: g is not positive definite, or not finite. */
int rai_cholesky(double *g, size_t p);

/* b becomes the solution of L L' x = b. */
void rai_cholesky_solve(const double *l, size_t p, double *b);

#endif

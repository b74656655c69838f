#include "model/matrix.h"

#include <math.h>

double
rai_dot(const double *a, const double *b, size_t n)
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

double
rai_mean(const double *v, size_t n)
{
	double s = 0;
	size_t i;

	for (i = 0; i < n; i++)
		s += v[i];
	return s / (double)n;
}

int
rai_cholesky(double *g, size_t p)
{
	size_t i, j;
	double v;

	for (i = 0; i < p; i++) {
		double *row = g + rai_packed(i);

		for (j = 0; j < i; j++) {
			const double *above = g + rai_packed(j);

			row[j] = (row[j] - rai_dot(row, above, j)) / above[j];
		}
		v = row[i] - rai_dot(row, row, i);
		if (!(v > 0))
			return -1;
		row[i] = sqrt(v);
	}
	return 0;
}

void
rai_cholesky_solve(const double *l, size_t p, double *b)
{
	size_t i, k;

	for (i = 0; i < p; i++) {
		const double *row = l + rai_packed(i);

		b[i] = (b[i] - rai_dot(row, b, i)) / row[i];
	}
	for (i = p; i-- > 0;) {
		const double *row = l + rai_packed(i);

		b[i] /= row[i];
		for (k = 0; k < i; k++)
			b[k] -= row[k] * b[i];
	}
}

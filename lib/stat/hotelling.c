#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/* A column whose spread is explained by those before it, but for this share, says nothing new. */
#define NEW 1e-6

static double
mean_of(const double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

static double
covariance(const double *a, double ma, const double *b, double mb, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (a[i] - ma) * (b[i] - mb);
	return sum / (double)(n - 1);
}

/*
 * Solves L z = mean by rows of a Cholesky factor that is made as it is needed: z'z is the quadratic
 * form, and row k of l is column k's part of it.  Returns the number of columns that count.
 */
static size_t
form(const double *v, size_t n, size_t p, double *mean, double *l, double *z, double *out)
{
	size_t i, j, k, used = 0;
	double sum, diagonal;

	*out = 0;
	for (i = 0; i < p; i++) {
		double *row = l + i * p;

		memset(row, 0, p * sizeof(*row));
		z[i] = 0;
		mean[i] = mean_of(v + i * n, n);
		for (j = 0; j <= i; j++) {
			sum = covariance(v + i * n, mean[i], v + j * n, mean[j], n);
			diagonal = sum;
			for (k = 0; k < j; k++)
				sum -= row[k] * l[j * p + k];
			if (j < i)
				row[j] = l[j * p + j] > 0 ? sum / l[j * p + j] : 0;
			else if (sum > NEW * diagonal && sum > DBL_MIN)
				row[i] = sqrt(sum);
		}
		if (row[i] == 0)
			continue; /* constant, or a copy of others */
		sum = mean[i];
		for (k = 0; k < i; k++)
			sum -= row[k] * z[k];
		z[i] = sum / row[i];
		*out += z[i] * z[i];
		used++;
	}
	return used;
}

/*
 * H. Hotelling, "The generalization of Student's ratio", Annals of Mathematical Statistics 2, 1931:
 * T^2 (n - q) / (q (n - 1)) follows F with q and n - q degrees of freedom.
 */
int
rai_stat_hotelling(const double *v, size_t n, size_t p, double m, struct rai_stat_shift *out)
{
	double *work, square;
	size_t q;

	*out = (struct rai_stat_shift){0, 1, 0};
	if (n < 2 || p == 0 || !(m > 0))
		return 0;
	work = malloc((p * p + 2 * p) * sizeof(*work));
	if (work == NULL)
		return -1;
	q = form(v, n, p, work, work + 2 * p, work + p, &square);
	free(work);
	out->columns = q;
	if (q == 0 || n <= q + 1)
		return 0;
	out->distance = sqrt(square);
	square /= 1 / (double)n + 1 / m;
	out->p = gsl_cdf_fdist_Q(
	    square * (double)(n - q) / ((double)q * (double)(n - 1)), (double)q, (double)(n - q));
	return 0;
}

#include "stat/stat.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* Half a count, as Jeffreys' prior puts into every cell of a multinomial. */
#define SMOOTH 0.5

static size_t
totals(const int64_t *a, const int64_t *b, size_t nbin, double *n, double *m)
{
	size_t i, used = 0;

	*n = *m = 0;
	for (i = 0; i < nbin; i++) {
		*n += (double)a[i];
		*m += (double)b[i];
		used += a[i] > 0 || b[i] > 0;
	}
	return used;
}

/* S. Kullback, R. Leibler, "On Information and Sufficiency", 1951: the symmetric divergence J. */
double
rai_stat_psi(const int64_t *a, const int64_t *b, size_t nbin)
{
	double n, m, p, q, sum = 0;
	size_t i, used = totals(a, b, nbin, &n, &m);

	if (n == 0 || m == 0)
		return 0;
	for (i = 0; i < nbin; i++) {
		if (a[i] == 0 && b[i] == 0)
			continue;
		p = ((double)a[i] + SMOOTH) / (n + SMOOTH * (double)used);
		q = ((double)b[i] + SMOOTH) / (m + SMOOTH * (double)used);
		sum += (p - q) * log(p / q);
	}
	return sum;
}

/*
 * PSI / (1/n + 1/m) is about chi-squared with B - 1 degrees of freedom when both samples come from
 * one distribution: B. Yurdakul, J. Naranjo, "Statistical properties of the population stability
 * index", Journal of Risk Model Validation 14(4), 2020.
 */
double
rai_stat_psi_expected(const int64_t *a, const int64_t *b, size_t nbin)
{
	double n, m;
	size_t used = totals(a, b, nbin, &n, &m);

	if (n == 0 || m == 0)
		return 0;
	return (double)(used - 1) * (1 / n + 1 / m);
}

double
rai_stat_psi_p(double psi, size_t used, double n, double m)
{
	if (used < 2 || !(n > 0) || !(m > 0))
		return psi > 0 ? 0 : 1;
	return psi > 0 ? gsl_cdf_chisq_Q(psi / (1 / n + 1 / m), (double)(used - 1)) : 1;
}

#include "stat/stat.h"

#include <math.h>
#include <stdlib.h>

/* N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", 1948. */
double
rai_stat_ks_d(const double *x, size_t n, const double *y, size_t m)
{
	size_t i = 0, j = 0;
	double at, gap, d = 0;

	while (i < n && j < m) {
		at = x[i] <= y[j] ? x[i] : y[j];
		while (i < n && x[i] <= at)
			i++;
		while (j < m && y[j] <= at)
			j++;
		gap = fabs((double)i / (double)n - (double)j / (double)m);
		if (gap > d)
			d = gap;
	}
	return d;
}

/*
 * Kolmogorov's limit law Q(t), t = d sqrt(nm / (n + m)), by the series that converges fast:
 * 2 sum (-1)^(k-1) exp(-2 k^2 t^2) for large t, 1 - sqrt(2 pi)/t sum exp(-(2k-1)^2 pi^2 / (8 t^2))
 * for small (W. Feller, Annals of Mathematical Statistics 19, 1948).
 */
double
rai_stat_ks_p(double d, double n, double m)
{
	double t, sum = 0, term;
	int k;

	if (!(n > 0) || !(m > 0) || !(d > 0))
		return 1;
	t = d * sqrt(n / (n + m) * m);
	if (t < 0.2)
		return 1; /* 1 - Q < 1e-11 */
	if (t < 1) {
		for (k = 1; k <= 20; k++)
			sum += exp(-(2 * k - 1) * (2 * k - 1) * M_PI * M_PI / (8 * t * t));
		return 1 - sqrt(2 * M_PI) / t * sum;
	}
	for (k = 1; k <= 20; k++) {
		term = exp(-2.0 * k * k * t * t);
		sum += k % 2 ? term : -term;
	}
	return 2 * sum;
}

/*
 * Every order of the pooled values is a path from (0, 0) to (n, m), all equally likely, and the
 * distance stays below d where the path stays in a band: counted step by step as shares of all
 * paths to a point (P. Kim, R. Jennrich, "Tables of the exact sampling distribution of the
 * two-sample Kolmogorov-Smirnov criterion", 1970), as P(path inside | point).
 */
double
rai_stat_ks_p_exact(double d, size_t n, size_t m)
{
	double x = (double)n, y = (double)m, band = ceil(d * x * y - 1e-7) - 0.5, inside, *u;
	size_t i, j, from, to;

	if (n == 0 || m == 0 || !(d > 0))
		return 1;
	u = calloc(m + 1, sizeof(*u));
	if (u == NULL)
		return NAN;
	for (i = 0; i <= n; i++) {
		/* |i m - j n| < band */
		double low = ((double)i * y - band) / x, high = ((double)i * y + band) / x;

		from = low > 0 ? (size_t)ceil(low) : 0;
		to = high < y ? (size_t)floor(high) : m;
		if (from > 0)
			u[from - 1] = 0;
		for (j = from; j <= to; j++) {
			double a = (double)i, b = (double)j;

			if (i == 0)
				u[j] = 1;
			else
				u[j] = a / (a + b) * u[j] + (j > 0 ? b / (a + b) * u[j - 1] : 0);
		}
		for (j = to + 1; i == 0 && j <= m; j++)
			u[j] = 0;
	}
	inside = u[m];
	free(u);
	return inside < 1 ? 1 - inside : 0;
}

#include <math.h>

#include "stat/stat.h"

/* J. Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37, 1991. */
double
rai_stat_js(const int64_t *a, const int64_t *b, size_t nbin)
{
	double n = 0, m = 0, p, q, sum = 0;
	size_t i;

	for (i = 0; i < nbin; i++) {
		n += (double)a[i];
		m += (double)b[i];
	}
	if (n == 0 || m == 0)
		return 0;
	for (i = 0; i < nbin; i++) {
		p = (double)a[i] / n;
		q = (double)b[i] / m;
		if (p > 0)
			sum += p * log2(2 * p / (p + q)) / 2;
		if (q > 0)
			sum += q * log2(2 * q / (p + q)) / 2;
	}
	return sum > 0 ? sqrt(sum) : 0;
}

/* Near p = q the divergence in nats is an eighth of the PSI: F. Osterreicher, I. Vajda, "A new
 * class of metric divergences on probability spaces", 2003. */
double
rai_stat_js_expected(const int64_t *a, const int64_t *b, size_t nbin)
{
	return sqrt(rai_stat_psi_expected(a, b, nbin) / (8 * M_LN2));
}

double
rai_stat_tv(const int64_t *a, const int64_t *b, size_t nbin, double *most, size_t *at)
{
	double n = 0, m = 0, gap, sum = 0;
	size_t i;

	*most = 0;
	*at = 0;
	for (i = 0; i < nbin; i++) {
		n += (double)a[i];
		m += (double)b[i];
	}
	for (i = 0; i < nbin && n > 0 && m > 0; i++) {
		gap = fabs((double)a[i] / n - (double)b[i] / m);
		sum += gap / 2;
		if (gap > *most) {
			*most = gap;
			*at = i;
		}
	}
	return sum;
}

/* How much of the stretch from a to b lies between low and high. */
static double
within(double a, double b, double low, double high)
{
	a = a > low ? a : low;
	b = b < high ? b : high;
	return b > a ? b - a : 0;
}

/* L. Wasserstein's distance of order 1 on the line: the area between the distribution functions
 * (S. Vallender, Theory of Probability and its Applications 18, 1974). */
double
rai_stat_w1(const double *x, size_t n, const double *y, size_t m, double low, double high)
{
	size_t i = 0, j = 0;
	double at, next, area = 0;

	if (n == 0 || m == 0)
		return 0;
	at = x[0] <= y[0] ? x[0] : y[0];
	while (i < n || j < m) {
		while (i < n && x[i] <= at)
			i++;
		while (j < m && y[j] <= at)
			j++;
		if (i == n && j == m)
			break;
		next = j == m || (i < n && x[i] <= y[j]) ? x[i] : y[j];
		area += fabs((double)i / (double)n - (double)j / (double)m) *
			within(at, next, low, high);
		at = next;
	}
	return area;
}

/*
 * Without drift sqrt(nm / (n + m)) times the area tends to the integral of |B(F(t))|, B a Brownian
 * bridge, and E|B(u)| = sqrt(2 u (1 - u) / pi) (E. del Barrio, E. Gine, C. Matran, Annals of
 * Probability 27, 1999).
 */
double
rai_stat_w1_expected(const double *y, size_t m, double low, double high, double n, double all)
{
	double u, sum = 0;
	size_t i;

	if (!(n > 0) || !(all > 0))
		return 0;
	for (i = 1; i < m; i++) {
		u = (double)i / (double)m;
		sum += sqrt(u * (1 - u)) * within(y[i - 1], y[i], low, high);
	}
	return sqrt(M_2_PI * (1 / n + 1 / all)) * sum;
}

/* F. Hampel, "The influence curve and its role in robust estimation", JASA 69, 1974. */
double
rai_stat_robust_sd(const double *sorted, size_t n)
{
	double middle, iqr, sum = 0;
	size_t i;

	if (n == 0)
		return 0;
	iqr = rai_stat_quantile(sorted, n, 0.75) - rai_stat_quantile(sorted, n, 0.25);
	if (iqr > 0)
		return iqr / 1.3489795003921634;
	middle = rai_stat_quantile(sorted, n, 0.5);
	for (i = 0; i < n; i++)
		sum += fabs(sorted[i] - middle);
	return sum / (double)n * sqrt(M_PI_2);
}

#include "stat/stat.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* W. Cochran, "Some methods for strengthening the common chi-squared tests", Biometrics 10, 1954:
 * the approximation wants about 5 expected in a cell. */
#define LEAST 5.0

struct pair {
	double n, m; /* totals of the two samples */
};

static int
too_rare(struct pair total, int64_t a, int64_t b)
{
	double both = (double)a + (double)b, all = total.n + total.m;

	return both * total.n / all < LEAST || both * total.m / all < LEAST;
}

/* Copies the frequent categories to scratch and sums the rest into one; returns how many. */
static size_t
pool(struct pair total, const int64_t *a, const int64_t *b, size_t nbin, int64_t *keep)
{
	int64_t *x = keep, *y = keep + nbin, rest_a = 0, rest_b = 0;
	size_t i, n = 0, least = 0;

	for (i = 0; i < nbin; i++) {
		if (too_rare(total, a[i], b[i])) {
			rest_a += a[i];
			rest_b += b[i];
			continue;
		}
		x[n] = a[i];
		y[n] = b[i];
		if (x[n] + y[n] < x[least] + y[least])
			least = n;
		n++;
	}
	if (rest_a + rest_b == 0)
		return n;
	if (n > 0 && too_rare(total, rest_a, rest_b)) {
		x[least] += rest_a;
		y[least] += rest_b;
		return n;
	}
	x[n] = rest_a;
	y[n] = rest_b;
	return n + 1;
}

/* K. Pearson's test of homogeneity (Philosophical Magazine 50, 1900) on a 2 x B table. */
struct rai_stat_chi2
rai_stat_chi2(const int64_t *a, const int64_t *b, size_t nbin, int64_t *scratch)
{
	struct rai_stat_chi2 r = {0, 1, 0, 0};
	struct pair total = {0, 0};
	size_t i, n;

	for (i = 0; i < nbin; i++) {
		total.n += (double)a[i];
		total.m += (double)b[i];
	}
	if (total.n == 0 || total.m == 0)
		return r;
	n = pool(total, a, b, nbin, scratch);
	for (i = 0; i < n; i++) {
		double x = (double)scratch[i], y = (double)scratch[nbin + i];
		double share = (x + y) / (total.n + total.m);

		r.x2 += (x - share * total.n) * (x - share * total.n) / (share * total.n) +
			(y - share * total.m) * (y - share * total.m) / (share * total.m);
		r.tv += fabs(x / total.n - y / total.m) / 2;
	}
	r.df = (int64_t)n - 1;
	if (r.df > 0)
		r.p = gsl_cdf_chisq_Q(r.x2, (double)r.df);
	return r;
}

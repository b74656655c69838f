#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "stat/stat.h"

static double
log_gamma(double x)
{
	gsl_sf_result r;

	(void)gsl_sf_lngamma_e(x, &r);
	return r.val;
}

static double
log_choose(double n, double k)
{
	return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

/*
 * J. Skellam, "A probability distribution derived from the binomial distribution by regarding the
 * probability of success as variable between the sets of trials", JRSS B 10, 1948.  The sum runs
 * over the shorter tail by the ratio of neighbours.
 */
double
rai_stat_beta_binomial_more(int64_t k, int64_t n, double a, double b)
{
	int below = (double)k < (double)n * a / (a + b);
	double at = below ? 0 : (double)k, end = below ? (double)k - 1 : (double)n,
	       size = (double)n;
	double log_p, p, sum = 0;

	if (k <= 0)
		return 1;
	if (k > n)
		return 0;
	log_p = log_choose(size, at) + log_gamma(at + a) + log_gamma(size - at + b) -
		log_gamma(size + a + b) - log_gamma(a) - log_gamma(b) + log_gamma(a + b);
	p = exp(log_p);
	for (; at <= end && (p > 0 || below); at++) {
		sum += p;
		if (!below && p < sum * 1e-17)
			break;
		p *= (size - at) / (at + 1) * (at + a) / (size - at - 1 + b);
	}
	sum = sum < 1 ? sum : 1;
	return below ? 1 - sum : sum;
}

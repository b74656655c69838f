#include "stat/stat.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/*
 * R. Fisher's exact test (Journal of the Royal Statistical Society 85, 1922): given that k + j of
 * n + m have the property, the number among the n is hypergeometric when the shares are equal.
 * Beyond what the library counts in (32 bits) the normal limit with a continuity correction.
 */
static double
normal_more(double k, double n, double j, double m)
{
	double share = (k + j) / (n + m);
	double sd = sqrt(n * share * (1 - share) * m / (n + m));

	return sd > 0 ? gsl_cdf_ugaussian_Q((k - 0.5 - n * share) / sd) : 1;
}

double
rai_stat_share_more(int64_t k, int64_t n, int64_t j, int64_t m)
{
	if (k <= 0 || n <= 0 || m <= 0 || (k == n && j == m))
		return 1; /* the last: all have it, and the library would count to n */
	if (n > INT32_MAX / 2 || m > INT32_MAX / 2)
		return normal_more((double)k, (double)n, (double)j, (double)m);
	return gsl_cdf_hypergeometric_Q(
	    (unsigned)(k - 1), (unsigned)(k + j), (unsigned)(n + m - k - j), (unsigned)n);
}

double
rai_stat_share_both(int64_t k, int64_t n, int64_t j, int64_t m)
{
	/* k or fewer with the property is n - k or more without it */
	double more = rai_stat_share_more(k, n, j, m);
	double fewer = rai_stat_share_more(n - k, n, m - j, m);
	double p = 2 * (more < fewer ? more : fewer);

	return p < 1 ? p : 1;
}

double
rai_stat_share_least(int64_t both, int64_t n, int64_t m)
{
	int64_t most = both < n ? both : n, least = both < m ? 0 : both - m;
	double more = rai_stat_share_more(most, n, both - most, m);
	double fewer = rai_stat_share_more(n - least, n, m - (both - least), m);
	double p = 2 * (more < fewer ? more : fewer);

	return p < 1 ? p : 1;
}

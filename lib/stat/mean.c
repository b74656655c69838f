#include "stat/stat.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* "Student" (W. Gosset), "The probable error of a mean", Biometrika 6, 1908. */
struct rai_stat_mean
rai_stat_mean(const double *v, size_t n, double confidence)
{
	struct rai_stat_mean r = {0, INFINITY, -INFINITY, INFINITY};
	double sum = 0, squares = 0, t;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	if (n > 0)
		r.mean = sum / (double)n;
	if (n < 2)
		return r;
	for (i = 0; i < n; i++)
		squares += (v[i] - r.mean) * (v[i] - r.mean);
	r.se = sqrt(squares / (double)(n - 1) / (double)n);
	t = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, (double)(n - 1));
	r.low = r.mean - t * r.se;
	r.high = r.mean + t * r.se;
	return r;
}

double
rai_stat_student_tail(double t, double df)
{
	return gsl_cdf_tdist_Q(t, df);
}

double
rai_stat_normal_tail(double z)
{
	return gsl_cdf_ugaussian_Q(z);
}

double
rai_stat_normal_quantile(double p)
{
	return gsl_cdf_ugaussian_Pinv(p);
}

/* R. Hyndman, Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50,
 * 1996. */
double
rai_stat_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	if (i + 1 >= n)
		return sorted[n - 1];
	return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

#include "stat/sequential.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "base/fpmath.h"

/*
 * RANGE: the length of [-1, 1], the scale c of the boundary.  RHO tunes where it is tightest, at
 * v = 10 for a risk of 0.05: v / (2 L + log(1 + 2 L)) with L = log(40); any value is valid.
 */
#define RANGE 2.0
#define RHO 1.0522616974888905

void
rai_stat_sequence_add(struct rai_stat_sequence *s, double d)
{
	double before = s->n > 0 ? s->sum / (double)s->n : 0;

	if (isnan(d))
		return;
	d = fmin(fmax(d, -1), 1);
	s->v += (d - before) * (d - before);
	s->sum += d;
	s->n++;
}

static double
log_gamma(double x)
{
	gsl_sf_result r;

	(void)gsl_sf_lngamma_e(x, &r);
	return r.val;
}

/*
 * log P(a, x), the regularised lower incomplete gamma function, for x >= a.  The other tail is at
 * most exp(a - x + a log(x / a)) (Chernoff); where that is nothing to a double, P is 1.
 */
static double
log_lower(double a, double x)
{
	gsl_sf_result r;

	if (a - x + a * rai_log(x / a) < -40)
		return 0;
	(void)gsl_sf_gamma_inc_P_e(a, x, &r);
	return rai_log(r.val);
}

/* Log of the gamma-exponential mixture m(s, v) for s >= 0 (proposition 9). */
static double
log_mixture(double s, double v)
{
	const double c2 = RANGE * RANGE, r = RHO / c2;
	double a = (v + RHO) / c2, x = a + s / RANGE;

	return r * rai_log(r) - log_gamma(r) - log_lower(r, r) + log_gamma(a) + log_lower(a, x) -
	       a * rai_log(x) + x - r;
}

/*
 * Is s above the boundary u(v), where the mixture reaches 1 / risk?  A mixture over lambda of
 * exp(lambda s - psi(lambda) v) with psi(lambda) >= lambda^2 / 2 is at most exp(s^2 / 2 v): where
 * that is less there is nothing to compute.
 */
static int
above(double s, double v, double threshold)
{
	if (s <= 0 || s * s < 2 * v * threshold)
		return 0;
	return log_mixture(s, v) >= threshold;
}

/* u(v) from above, by bisection until the ends meet. */
static double
boundary(double v, double threshold)
{
	double low = sqrt(2 * v * threshold), high = low + RANGE * threshold, mid;

	while (!above(high, v, threshold)) {
		low = high;
		high *= 1.5;
	}
	for (mid = low + (high - low) / 2; mid > low && mid < high && high - low > 1e-12 * high;
	     mid = low + (high - low) / 2)
		if (above(mid, v, threshold))
			high = mid;
		else
			low = mid;
	return high;
}

struct rai_stat_between
rai_stat_sequence_interval(const struct rai_stat_sequence *s, double alpha)
{
	struct rai_stat_between b = {0, -1, 1};
	double u;

	if (s->n == 0)
		return b;
	u = boundary(s->v, -rai_log(alpha / 2)) / (double)s->n;
	b.mean = s->sum / (double)s->n;
	b.low = fmax(b.mean - u, -1);
	b.high = fmin(b.mean + u, 1);
	return b;
}

enum rai_stat_verdict
rai_stat_sequence_judge(const struct rai_stat_sequence *s, const struct rai_stat_rule *rule)
{
	double threshold = -rai_log(rule->alpha / 2), room = rule->margin * (double)s->n;

	if (s->n < rule->least)
		return RAI_STAT_UNDECIDED;
	if (above(-s->sum, s->v, threshold))
		return RAI_STAT_BETTER;
	if (above(s->sum, s->v, threshold))
		return RAI_STAT_WORSE;
	if (above(room - s->sum, s->v, threshold) && above(room + s->sum, s->v, threshold))
		return RAI_STAT_EQUIVALENT;
	return RAI_STAT_UNDECIDED;
}

#include "drift/sample.h"

#include "stat/stat.h"

size_t
rai_drift_sample_below(const struct rai_drift_sample *s, double x)
{
	size_t low = 0, high = s->n, mid;

	if (s->sorted == NULL)
		return rai_drift_tally_below(s->tally, s->up, x);
	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->sorted[mid] < x)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
rai_drift_sample_up_to(const struct rai_drift_sample *s, double x)
{
	size_t low = 0, high = s->n, mid;

	if (s->sorted == NULL)
		return rai_drift_tally_up_to(s->tally, s->up, x);
	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->sorted[mid] <= x)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

double
rai_drift_sample_quantile(const struct rai_drift_sample *s, size_t from, size_t to, double q)
{
	double at = q * (double)(to - from - 1), low;
	size_t k = (size_t)at;

	if (s->sorted != NULL)
		return rai_stat_quantile(s->sorted + from, to - from, q);
	low = rai_drift_tally_value(s->tally, s->up, from + k);
	if (from + k + 1 >= to)
		return low;
	return low +
	       (at - (double)k) * (rai_drift_tally_value(s->tally, s->up, from + k + 1) - low);
}

double
rai_drift_sample_ks(const struct rai_drift_sample *s, const double *y, size_t m)
{
	if (s->sorted == NULL)
		return rai_drift_tally_ks(s->tally, s->up);
	return rai_stat_ks_d(s->sorted, s->n, y, m);
}

double
rai_drift_sample_w1(
    const struct rai_drift_sample *s, const double *y, size_t m, double low, double high)
{
	if (s->sorted == NULL)
		return rai_drift_tally_w1(s->tally, s->up, low, high);
	return rai_stat_w1(s->sorted, s->n, y, m, low, high);
}

#include "drift/sample.h"

#include "stat/stat.h"

size_t
rai_drift_sample_below(const struct rai_drift_sample *s, double x)
{
	size_t low = 0, high = s->n, mid;

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
	return rai_stat_quantile(s->sorted + from, to - from, q);
}

double
rai_drift_sample_ks(const struct rai_drift_sample *s, const double *y, size_t m)
{
	return rai_stat_ks_d(s->sorted, s->n, y, m);
}

double
rai_drift_sample_w1(
    const struct rai_drift_sample *s, const double *y, size_t m, double low, double high)
{
	return rai_stat_w1(s->sorted, s->n, y, m, low, high);
}

#include <math.h>
#include <stddef.h>

#include "base/fpmath.h"
#include "stat/stat.h"

size_t
rai_stat_rank(const double *sorted, size_t n, double v)
{
	size_t low = 0, high = n, below, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (sorted[mid] < v)
			low = mid + 1;
		else
			high = mid;
	}
	for (below = low, high = n; low < high;) {
		mid = low + (high - low) / 2;
		if (sorted[mid] <= v)
			low = mid + 1;
		else
			high = mid;
	}
	return below + low;
}

/* M. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
 * Statistics 37, 1988, PPND7. */
double
rai_stat_normal_score(double p)
{
	double q = p - 0.5, r, z;

	if (fabs(q) <= 0.425) {
		r = 0.180625 - q * q;
		return q *
		       (((5.9109374720e+01 * r + 1.5929113202e+02) * r + 5.0434271938e+01) * r +
			   3.3871327179e+00) /
		       (((6.7187563600e+01 * r + 7.8757757664e+01) * r + 1.7895169469e+01) * r + 1);
	}
	r = sqrt(-rai_log(q < 0 ? p : 1 - p));
	if (r <= 5) {
		r -= 1.6;
		z = (((1.7023821103e-01 * r + 1.3067284816e+00) * r + 2.7568153900e+00) * r +
			1.4234372777e+00) /
		    ((1.2021132975e-01 * r + 7.3700164250e-01) * r + 1);
	} else {
		r -= 5;
		z = (((1.7337203997e-02 * r + 4.2868294337e-01) * r + 3.0812263860e+00) * r +
			6.6579051150e+00) /
		    ((1.2258202635e-02 * r + 2.4197894225e-01) * r + 1);
	}
	return q < 0 ? -z : z;
}

#include <math.h>
#include <string.h>

#include "drift/tally_priv.h"

void
rai_drift_tally_sum(const struct rai_drift_tally *t, uint32_t *up)
{
	uint32_t sum = 0;
	size_t k;

	for (k = 0; k < 2 * t->ncut + 1; k++)
		up[k] = sum += rai_drift_tally_slot(t, k);
}

/* The least number with these bits, or one that is infinite. */
static double
leads(size_t k)
{
	uint64_t bits = (uint64_t)k << 48;
	double x;

	bits ^= bits >> 63 ? UINT64_C(1) << 63 : ~UINT64_C(0);
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* The values before a slot. */
static size_t
before(const uint32_t *up, size_t k)
{
	return k > 0 ? up[k - 1] : 0;
}

/* Where the values of slot 2 j lie. */
static void
bounds(const struct rai_drift_tally *t, size_t j, double *low, double *high)
{
	*low = j > 0 ? t->cut[j - 1] : t->min;
	*high = j < t->ncut ? t->cut[j] : t->max;
}

/* Of the values in gap j, those less than x (or not greater). */
static size_t
in_gap(const struct rai_drift_tally *t, size_t j, double x, int equal)
{
	const struct rai_drift_tally_gap *g = find_gap(t, 2 * j);
	size_t i, k, n = 0;
	double low, high, share;

	if (g != NULL) {
		k = first_from(t->limit + g->first, g->n, x);
		if (k < g->n && t->limit[g->first + k] == x) {
			for (i = 0; i < 2 * k + 1 + (size_t)equal; i++)
				n += g->part[i];
			return n;
		}
	}
	bounds(t, j, &low, &high);
	if (x <= low || x >= high)
		return x >= high ? rai_drift_tally_slot(t, 2 * j) : 0;
	share = (x - low) / (high - low);
	return (size_t)(share * rai_drift_tally_slot(t, 2 * j) + 0.5);
}

size_t
rai_drift_tally_below(const struct rai_drift_tally *t, const uint32_t *up, double x)
{
	size_t j = first_from(t->cut, t->ncut, x);

	if (j < t->ncut && t->cut[j] == x)
		return up[2 * j];
	return before(up, 2 * j) + in_gap(t, j, x, 0);
}

size_t
rai_drift_tally_up_to(const struct rai_drift_tally *t, const uint32_t *up, double x)
{
	size_t j = first_from(t->cut, t->ncut, x);

	if (j < t->ncut && t->cut[j] == x)
		return up[2 * j + 1];
	return before(up, 2 * j) + in_gap(t, j, x, 1);
}

static double
between(double low, double high, size_t k, size_t n)
{
	return low + (high - low) * (((double)k + 0.5) / (double)n);
}

/* The k-th of the values out of range. */
static double
by_leading(const struct rai_drift_tally *t, const uint32_t *lead, size_t k, double low, double high)
{
	size_t i;

	for (i = 0; i + 1 < RAI_DRIFT_TALLY_LEADING && k >= lead[i]; i++)
		k -= lead[i];
	return between(
	    fmax(low, fmax(t->min, leads(i))), fmin(high, fmin(t->max, leads(i + 1))), k, lead[i]);
}

double
rai_drift_tally_value(const struct rai_drift_tally *t, const uint32_t *up, size_t rank)
{
	size_t low = 0, high = 2 * t->ncut, mid, k, j;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (up[mid] <= rank)
			low = mid + 1;
		else
			high = mid;
	}
	j = low / 2;
	k = rank - before(up, low);
	if (low % 2 == 1)
		return t->cut[j];
	if (t->ncut == 0 || j == 0)
		return by_leading(t, t->below, k, t->min, t->ncut > 0 ? t->cut[0] : t->max);
	if (j == t->ncut)
		return by_leading(t, t->above, k, t->cut[j - 1], t->max);
	return between(t->cut[j - 1], t->cut[j], k, rai_drift_tally_slot(t, low));
}

/* Between two neighbours the reference's distribution function stands and the window's only rises:
 * they are furthest apart at a cut or just before it. */
double
rai_drift_tally_ks(const struct rai_drift_tally *t, const uint32_t *up)
{
	double n = (double)t->n, m = (double)t->m, d = 0;
	size_t j, end;

	for (j = 0; t->n > 0 && j < t->ncut; j = end) {
		for (end = j + 1; end < t->ncut && t->cut[end] == t->cut[j]; end++)
			;
		d = fmax(d, fabs((double)up[2 * j] / n - rank_of(t, j) / m));
		d = fmax(d, fabs((double)up[2 * j + 1] / n - rank_of(t, end) / m));
	}
	return d;
}

/* The area between a line from a to b and 0, over a stretch of length 1. */
static double
area(double a, double b)
{
	if (a * b >= 0)
		return fabs(a + b) / 2;
	return (a * a + b * b) / (2 * fabs(b - a));
}

double
rai_drift_tally_w1(const struct rai_drift_tally *t, const uint32_t *up, double low, double high)
{
	double n = (double)t->n, m = (double)t->m, sum = 0, a, b, from, to, left, right;
	size_t j;

	for (j = 1; t->n > 0 && j < t->ncut; j++) {
		left = t->cut[j - 1];
		right = t->cut[j];
		from = fmax(left, low);
		to = fmin(right, high);
		if (!(to > from))
			continue;
		a = (double)up[2 * j - 1] / n - rank_of(t, j) / m;
		b = (double)rai_drift_tally_slot(t, 2 * j) / n;
		sum += (to - from) * area(a + b * ((from - left) / (right - left)),
					 a + b * ((to - left) / (right - left)));
	}
	return sum;
}

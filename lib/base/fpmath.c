#include "base/fpmath.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2 = LN2_HI + LN2_LO; LN2_HI has 21 zero bits at its end, so that k * LN2_HI is exact. */
#define LN2_HI 0x1.62e42fee00000p-1
#define LN2_LO 0x1.a39ef35793c76p-33
#define INV_LN2 0x1.71547652b82fep+0

static uint64_t
bits(double x)
{
	uint64_t u;

	memcpy(&u, &x, sizeof(u));
	return u;
}

static double
from_bits(uint64_t u)
{
	double x;

	memcpy(&x, &u, sizeof(x));
	return x;
}

/* 2^k for -1022 <= k <= 1023 */
static double
power_of_two(int k)
{
	return from_bits((uint64_t)(k + 1023) << 52);
}

/*
 * exp(x) = 2^k exp(r), k = round(x / ln 2), |r| <= ln 2 / 2.  exp(r) by its Taylor series to
 * r^14 / 14!, whose remainder is below 2^-62; the two leading terms are added last, together with
 * the part of r that rounding cut off.
 */
double
rai_exp(double x)
{
	static const double term[] = {1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0,
	    1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0,
	    1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5};
	double k, hi, lo, r, cut, p;
	size_t i;
	int e;

	if (isnan(x))
		return x;
	if (x > 709.782712893384)
		return HUGE_VAL;
	if (x < -745.1332191019412)
		return 0;
	k = x * INV_LN2;
	e = (int)(k < 0 ? k - 0.5 : k + 0.5);
	k = e;
	hi = x - k * LN2_HI;
	lo = k * LN2_LO;
	r = hi - lo;
	cut = (hi - r) - lo;
	p = term[0];
	for (i = 1; i < sizeof(term) / sizeof(term[0]); i++)
		p = p * r + term[i];
	p = 1 + (r + (cut + r * cut + r * r * p));
	if (e > 1023)
		return p * 2 * power_of_two(e - 1);
	if (e < -1022)
		return p * power_of_two(e + 100) * 0x1p-100;
	return p * power_of_two(e);
}

/* The rounding error of a * b, exactly (Dekker 1971; both factors of moderate size). */
static double
product_error(double a, double b, double product)
{
	double ca = a * 134217729.0, cb = b * 134217729.0;
	double a1 = ca - (ca - a), b1 = cb - (cb - b);
	double a2 = a - a1, b2 = b - b1;

	return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
}

/*
 * log(x) = k ln 2 + log(m), sqrt(1/2) <= m < sqrt(2); with f = m - 1 (exact) and s = f / (2 + f):
 * log(m) = 2 atanh(s) = 2 s + s z (2/3 + 2/5 z + 2/7 z^2 ...), z = s^2 <= 0.0295.
 * s is carried in two parts, and the large parts are summed with their rounding error.
 */
double
rai_log(double x)
{
	uint64_t u = bits(x);
	double k = 0, m, f, d, dlo, s, slo, z, p, big, small, sum;
	int i;

	if (isnan(x) || x < 0)
		return isnan(x) ? x : NAN;
	if (x == 0)
		return -HUGE_VAL;
	if (isinf(x))
		return x;
	if (u < UINT64_C(1) << 52) { /* subnormal */
		u = bits(x * 0x1p54);
		k = -54;
	}
	k += (double)(int)((u >> 52) - 1023);
	m = from_bits((u & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff) << 52);
	if (m > 0x1.6a09e667f3bcdp+0) {
		m *= 0.5;
		k += 1;
	}
	f = m - 1;
	d = 2 + f;
	dlo = f - (d - 2);
	s = f / d;
	p = s * d;
	slo = ((f - p) - product_error(s, d, p) - s * dlo) / d;
	z = s * s;
	p = 0;
	for (i = 25; i >= 3; i -= 2)
		p = p * z + 2.0 / i;
	big = k * LN2_HI;
	small = 2 * s;
	sum = big + small;
	/* k is 0 or |big| > |small| */
	return sum + ((big == 0 ? 0 : small - (sum - big)) + (2 * slo + (s * z * p + k * LN2_LO)));
}

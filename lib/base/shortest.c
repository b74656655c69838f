#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/power5.h"

__extension__ typedef unsigned __int128 u128;

#define E16 UINT64_C(10000000000000000)

/* A positive double scaled to 17 digits before the point: whole + rest / 2^shift, exactly. */
struct scaled {
	uint64_t whole; /* E16 to 10 E16 - 1 */
	u128 rest;
	int shift, odd;
	int k;         /* it was multiplied by 10^k */
	uint64_t half; /* twice that, over 2^shift, is the distance to the next double */
};

/* v / 2^20, rounded down. */
static inline int
down(int v)
{
	return v >= 0 ? v >> 20 : -((-v + (1 << 20) - 1) >> 20);
}

/* 0: out of the range where all of this fits into 128 bits, which is 1e-10 to 1e15 or so. */
static int
scale(double v, struct scaled *out)
{
	uint64_t bits, m;
	int e, k;
	u128 n;

	memcpy(&bits, &v, sizeof(bits));
	m = bits & ((UINT64_C(1) << 52) - 1);
	e = (int)(bits >> 52) - 1075;
	/* at a power of two the next double below is nearer: left to the slow way */
	if (m == 0 || e < -86 || e > -2)
		return 0;
	m |= UINT64_C(1) << 52;
	/* 16 - the decimal exponent: that of two times log10(2), from below, or one more */
	k = 16 - down((e + 52) * (e < -52 ? 315653 : 315652));
	for (;; k--) {
		if (k < 0 || k >= RAI_POWERS5)
			return 0;
		out->shift = -(k + e);
		if (out->shift < 1)
			return 0;
		n = (u128)m * rai_power5[k];
		out->whole = (uint64_t)(n >> out->shift);
		if (n >> out->shift < (u128)10 * E16)
			break;
	}
	if (out->whole < E16)
		return 0;
	out->rest = n & (((u128)1 << out->shift) - 1);
	out->odd = (int)(m & 1);
	out->k = k;
	out->half = rai_power5[k];
	return 1;
}

/*
 * The nearest multiple of unit (1, 10 or 100), half to even, over unit; 0: it does not read back,
 * as it is not within half the distance to the next double.
 */
static uint64_t
nearest(const struct scaled *s, uint64_t unit)
{
	uint64_t q = s->whole / unit, above = s->whole - q * unit, below = unit - above - 1;
	u128 rest, other;

	/* most are told by the whole part alone */
	if ((above < below ? above : below) * 2 > (s->half >> s->shift) + 1)
		return 0;
	rest = ((u128)above << s->shift) + s->rest;
	other = ((u128)unit << s->shift) - rest;
	if (rest > other || (rest == other && (q & 1) != 0)) {
		q++;
		rest = other;
	}
	/* at exactly half the way reading rounds to even */
	return 2 * rest < s->half || (2 * rest == s->half && !s->odd) ? q : 0;
}

/* Eight digits: fours, pairs, then single ones are parted side by side in one word. */
static inline void
put_eight(uint32_t v, char *out)
{
	uint64_t w = v / 10000 | (uint64_t)(v % 10000) << 32, high;

	/* x / 100 is x 10486 >> 20 below 10^4, x / 10 is x 103 >> 10 below 100 */
	high = w * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
	w = high | (w - high * 100) << 16;
	high = w * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	w = htole64(high | (w - high * 10) << 8 | UINT64_C(0x3030303030303030));
	memcpy(out, &w, 8);
}

/*
 * digits of them from q, with a point after the first x + 1, which are not all of them, as it is no
 * whole number; %g's form without exponent.
 */
static int
put_digits(uint64_t q, int digits, int x, char *out)
{
	char text[20];
	int n;

	if (q % 100000000 == 0) {
		q /= 100000000;
		digits -= 8;
	}
	if (q % 10000 == 0) {
		q /= 10000;
		digits -= 4;
	}
	while (q % 10 == 0) {
		q /= 10;
		digits--;
	}
	for (n = digits; n > 8; q /= 100000000)
		put_eight((uint32_t)(q % 100000000), text + (n -= 8));
	for (; n > 0; q /= 10)
		text[--n] = (char)('0' + q % 10);
	if (x < 0) {
		memcpy(out, "0.0000", 6);
		out += 1 - x;
		memcpy(out, text, (size_t)digits);
		out[digits] = '\0';
		return 1 - x + digits;
	}
	memcpy(out, text, (size_t)x + 1);
	out[x + 1] = '.';
	memcpy(out + x + 2, text + x + 1, (size_t)(digits - x - 1));
	out[digits + 1] = '\0';
	return digits + 1;
}

/*
 * What the slow way finds, in integers: the digits that printf would give are the exact value's,
 * rounded half to even, and whether they read back is whether they lie within half the distance
 * to the next double (as in Steele and White, "How to print floating-point numbers accurately",
 * PLDI 1990).  0: this one is left to the slow way.
 */
static int
format_fast(double v, char *out)
{
	static const struct {
		uint64_t unit, limit;
		int digits;
	} step[] = {{100, E16 / 10, 15}, {10, E16, 16}, {1, 10 * E16, 17}};
	struct scaled s;
	uint64_t q;
	size_t i;
	int x;

	if (!scale(v, &s))
		return 0;
	x = 16 - s.k;
	for (i = 0; i < 3; i++) {
		q = nearest(&s, step[i].unit);
		if (q != 0)
			return q < step[i].limit && x >= -4 && x < 15
				   ? put_digits(q, step[i].digits, x, out)
				   : 0;
	}
	return 0;
}

/* A whole number below 10^16. */
static int
put_whole(uint64_t q, char *out)
{
	char text[16] = {0};
	int n = 0, skip = 0;

	if (q >= 100000000) {
		n = put_whole(q / 100000000, out);
		put_eight((uint32_t)(q % 100000000), out + n);
		out[n + 8] = '\0';
		return n + 8;
	}
	put_eight((uint32_t)q, text);
	while (skip < 7 && text[skip] == '0')
		skip++;
	memcpy(out, text + skip, 9);
	return 8 - skip;
}

/* A whole number of at most 15 digits, as most that people enter are; 0: it is none. */
static int
format_whole(double v, char *out)
{
	uint64_t q;

	return v < 1e15 && v == (double)(q = (uint64_t)v) ? put_whole(q, out) : 0;
}

/*
 * One of at most 15 digits, four of them behind the point, as most others are; 0: it is none.  That
 * it reads back says the quotient of two whole numbers, which is rounded once as reading rounds;
 * and of what has 15 digits, no two read as the same number.
 */
static int
format_short(double v, char *out)
{
	uint64_t q;
	char text[8];
	int n, digits = 4;

	if (FLT_EVAL_METHOD != 0 || !(v < 1e11))
		return 0;
	q = (uint64_t)(v * 1e4 + 0.5);
	if (q == 0 || (double)q / 1e4 != v)
		return 0;
	n = put_whole(q / 10000, out);
	put_eight((uint32_t)(q % 10000), text);
	while (text[4 + digits - 1] == '0')
		digits--;
	out[n++] = '.';
	memcpy(out + n, text + 4, 4);
	out[n + digits] = '\0';
	return n + digits;
}

int
rai_num_format(double v, char out[RAI_NUM_TEXT])
{
	int digits, n, minus = v < 0;

	if (v == 0)
		return snprintf(out, RAI_NUM_TEXT, "%s", signbit(v) ? "-0" : "0");
	out[0] = '-';
	n = format_whole(fabs(v), out + minus);
	if (n == 0)
		n = format_short(fabs(v), out + minus);
	if (n == 0)
		n = format_fast(fabs(v), out + minus);
	if (n > 0)
		return n + minus;
	for (digits = 15; digits <= 17; digits++) {
		n = snprintf(out, RAI_NUM_TEXT, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return n;
}

#include <endian.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <emmintrin.h>
#endif

#include "base/num.h"
#include "base/power5.h"

__extension__ typedef unsigned __int128 u128;

const uint64_t rai_power5[RAI_POWERS5] = {1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125,
    9765625, 48828125, 244140625, 1220703125, 6103515625, 30517578125, 152587890625, 762939453125,
    3814697265625, 19073486328125, 95367431640625, 476837158203125, 2384185791015625,
    11920928955078125, 59604644775390625, 298023223876953125, 1490116119384765625,
    7450580596923828125};

/* floor(2^127 / (5^k 2^j)), where 5^k 2^j has its highest bit set; that of 1 is not used. */
static const uint64_t inverse5[RAI_POWERS5] = {0, 0xcccccccccccccccc, 0xa3d70a3d70a3d70a,
    0x83126e978d4fdf3b, 0xd1b71758e219652b, 0xa7c5ac471b478423, 0x8637bd05af6c69b5,
    0xd6bf94d5e57a42bc, 0xabcc77118461cefc, 0x89705f4136b4a597, 0xdbe6fecebdedd5be,
    0xafebff0bcb24aafe, 0x8cbccc096f5088cb, 0xe12e13424bb40e13, 0xb424dc35095cd80f,
    0x901d7cf73ab0acd9, 0xe69594bec44de15b, 0xb877aa3236a4b449, 0x9392ee8e921d5d07,
    0xec1e4a7db69561a5, 0xbce5086492111aea, 0x971da05074da7bee, 0xf1c90080baf72cb1,
    0xc16d9a0095928a27, 0x9abe14cd44753b52, 0xf79687aed3eec551, 0xc612062576589dda,
    0x9e74d1b791e07e48};

/* m 2^e to the nearest double, half to even; sticky: something below m's last bit was cut off. */
static inline double
nearest(u128 m, int e, int sticky)
{
	uint64_t high = (uint64_t)(m >> 64), top;
	int shift = high != 0 ? 64 - __builtin_clzll(high) : 0;
	union {
		uint64_t bits;
		double value;
	} d;

	/* top: the highest 64 bits, normalised */
	if (shift > 0) {
		sticky |= (m & (((u128)1 << shift) - 1)) != 0;
		top = (uint64_t)(m >> shift);
	} else
		top = (uint64_t)m;
	e += shift;
	shift = __builtin_clzll(top);
	top <<= shift;
	e -= shift;
	/* 53 bits stay, 11 are rounded; the exponents here are far from the limits of a double */
	d.bits = top >> 11;
	/* above half, or half and odd (0x800 is the last bit that stays); nobody can guess which */
	d.bits += (top >> 10 & 1) & (uint64_t)(((top & 0xbff) != 0) | (sticky != 0));
	d.bits += (uint64_t)(e + 11 + 1022 + 52) << 52;
	return d.value;
}

/* 10^0 to 10^22: all powers of ten that a double holds exactly. */
static const double power10[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#define EXACT ((int)(sizeof(power10) / sizeof(power10[0])))

/* m 2^63 / d times 2^e, exactly rounded; the highest bits of m and d are set. */
static double
divide(uint64_t m, uint64_t d, int e)
{
	u128 n = (u128)m << 63;
	uint64_t q = (uint64_t)(n / d);

	return nearest(q, e, (uint64_t)n != q * d);
}

/*
 * m 10^e exactly rounded, for m > 0 and -RAI_POWERS5 < e < 0: m / 5^-e.  With both normalised the
 * quotient q of m 2^63 by the divisor has 63 or 64 bits, enough for 53 and the rounding.  A product
 * gives q or q - 1; where the lowest 9 bits are neither all ones nor zero that is the same number
 * after rounding.
 */
static inline double
scale_down(uint64_t m, int e)
{
	int lead = __builtin_clzll(m), down = __builtin_clzll(rai_power5[-e]);
	uint64_t q = (uint64_t)((u128)(m << lead) * inverse5[-e] >> 64);

	if (((q + 1) & 0x1ff) > 1)
		return nearest(q, e - 63 - lead + down, 1);
	return divide(m << lead, rai_power5[-e] << down, e - 63 - lead + down);
}

/* The same for |e| < RAI_POWERS5. */
static inline double
scale(uint64_t m, int e)
{
	/*
	 * Both exact: one operation, rounded once (Clinger, "How to Read Floating Point Numbers
	 * Accurately", 1990), where operations on doubles have no more bits than a double.
	 */
	if (FLT_EVAL_METHOD == 0 && m <= (uint64_t)1 << 53 && e > -EXACT && e < EXACT)
		return e < 0 ? (double)m / power10[-e] : (double)m * power10[e];
	return e >= 0 ? nearest((u128)m * rai_power5[e], e, 0) : scale_down(m, e);
}

/* Eight characters, the first in the low byte: are they digits, and of what number? */
static inline int
all_digits(uint64_t w)
{
	return ((w & (w + UINT64_C(0x0606060606060606))) & UINT64_C(0xf0f0f0f0f0f0f0f0)) ==
	       UINT64_C(0x3030303030303030);
}

static inline uint64_t
eight_value(uint64_t w)
{
	w -= UINT64_C(0x3030303030303030);
	w = w * 10 + (w >> 8); /* pairs, then fours, then all eight */
	return ((w & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064) +
		   (w >> 16 & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001)) >>
	       32;
}

/* Eight digits at once, or 0 when not all of them are digits. */
static inline int
eight_digits(const char *s, uint64_t *m)
{
	uint64_t w;

	memcpy(&w, s, 8);
	w = le64toh(w);
	if (!all_digits(w))
		return 0;
	*m = *m * 100000000 + eight_value(w);
	return 1;
}

/* Digits from s into m; returns their number. */
static inline size_t
digits(const char *s, const char *end, uint64_t *m)
{
	const char *start = s;

	while (end - s >= 8 && eight_digits(s, m))
		s += 8;
	for (; s < end && *s >= '0' && *s <= '9'; s++)
		*m = *m * 10 + (uint64_t)(*s - '0');
	return (size_t)(s - start);
}

/* Whatever the fast way does not cover: long mantissas, large exponents, and what is no number. */
static int
slow(const char *s, size_t len, double *out)
{
	char text[128], *end;
	size_t i;
	double v;

	if (len == 0 || len >= sizeof(text))
		return -1;
	for (i = 0; i < len; i++)
		if (strchr("0123456789+-.eE", s[i]) == NULL || s[i] == '\0')
			return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	errno = 0;
	v = strtod(text, &end);
	if (end != text + len || !isfinite(v))
		return -1;
	*out = v;
	return 0;
}

int
rai_num_double(const char *s, size_t len, double *out)
{
	const char *p = s, *end = s + len;
	int negative = 0, e = 0, sign = 1;
	uint64_t m = 0, x = 0;
	size_t whole, part = 0;

	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	whole = digits(p, end, &m);
	p += whole;
	if (p < end && *p == '.') {
		part = digits(p + 1, end, &m);
		p += 1 + part;
	}
	if (whole + part == 0)
		return slow(s, len, out);
	if (p < end && (*p == 'e' || *p == 'E')) {
		size_t n;

		p++;
		if (p < end && (*p == '-' || *p == '+'))
			sign = *p++ == '-' ? -1 : 1;
		n = digits(p, end, &x);
		if (n == 0 || n > 4)
			return slow(s, len, out);
		p += n;
	}
	if (p != end)
		return -1;
	/* 19 digits fit into m, leading zeros only by luck: then the slow way does it */
	if (whole + part > 19)
		return slow(s, len, out);
	e = sign * (int)x - (int)part;
	if (m == 0)
		*out = negative ? -0.0 : 0.0;
	else if (e <= -RAI_POWERS5 || e >= RAI_POWERS5)
		return slow(s, len, out);
	else
		*out = negative ? -scale(m, e) : scale(m, e);
	return 0;
}

/* -v, or v itself, without a branch: half of all signs are guessed wrong. */
static inline double
signed_by(double v, int negative)
{
	union {
		double value;
		uint64_t bits;
	} d = {v};

	d.bits ^= (uint64_t)negative << 63;
	return d.value;
}

/* The number that the k digits before end are, k <= 8, where 8 bytes may be read; no branch. */
static inline uint64_t
last_digits(const char *end, size_t k, int *fine)
{
	/* the last k bytes of a word, which the others make zeros of */
	static const uint64_t keep[] = {0, UINT64_C(0xff) << 56, UINT64_C(0xffff) << 48,
	    UINT64_C(0xffffff) << 40, UINT64_C(0xffffffff) << 32, UINT64_C(0xffffffffff) << 24,
	    UINT64_C(0xffffffffffff) << 16, UINT64_C(0xffffffffffffff) << 8, UINT64_MAX};
	uint64_t w;

	memcpy(&w, end - 8, 8);
	w = (le64toh(w) & keep[k]) | (UINT64_C(0x3030303030303030) & ~keep[k]);
	*fine &= all_digits(w);
	return eight_value(w);
}

/* 10^0 to 10^16 in integers. */
static const uint64_t ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
    1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
    1000000000000000, 10000000000000000};

/* m and the k digits from p behind it, 8 <= k <= 19. */
static inline uint64_t
fraction_by_eight(uint64_t m, const char *p, size_t k, int *fine)
{
	size_t b = k < 16 ? k - 8 : 8, c = k - 8 - b;

	m = m * ten[8] + last_digits(p + 8, 8, fine);
	m = m * ten[b] + last_digits(p + 8 + b, b, fine);
	return m * ten[c] + last_digits(p + k, c, fine);
}

#ifdef __x86_64__

/* From k bytes on, k <= 16: 16 bytes, of which the last k are ones. */
static const unsigned char last_bytes[32] = {
    [16] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

/* The number that the last k digits of d are. */
static inline uint64_t
digits_of(__m128i d, size_t k, int *fine)
{
	const __m128i nine = _mm_set1_epi8(9);
	uint64_t halves;

	d = _mm_sub_epi8(d, _mm_set1_epi8('0'));
	d = _mm_and_si128(d, _mm_loadu_si128((const __m128i *)(const void *)(last_bytes + k)));
	*fine &= _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(d, nine), nine)) == 0xffff;
	/* pairs, fours, eights; the earlier digits are in the lower bytes */
	d = _mm_add_epi16(
	    _mm_mullo_epi16(_mm_and_si128(d, _mm_set1_epi16(255)), _mm_set1_epi16(10)),
	    _mm_srli_epi16(d, 8));
	d = _mm_madd_epi16(d, _mm_set1_epi32(1 << 16 | 100));
	d = _mm_madd_epi16(_mm_packs_epi32(d, d), _mm_set1_epi32(1 << 16 | 10000));
	halves = (uint64_t)_mm_cvtsi128_si64(d);
	return (halves & UINT32_MAX) * ten[8] + (halves >> 32);
}

/* The number that the k digits before end are, k <= 16, where 16 bytes may be read. */
static inline uint64_t
last_sixteen(const char *end, size_t k, int *fine)
{
	return digits_of(_mm_loadu_si128((const __m128i *)(const void *)(end - 16)), k, fine);
}

/* m and the k digits from p behind it, as above; before p there are two bytes at least. */
static inline uint64_t
fraction(uint64_t m, const char *p, size_t k, int *fine)
{
	/* of the digits that are more than 16, for 14 to 18: what to multiply by, and what stays */
	static const uint64_t by[2][5] = {{1, 1, 1, 10, 10}, {1, 1, 1, 1, 10}};
	static const uint64_t stays[2][5] = {{0, 0, 0, 15, 15}, {0, 0, 0, 0, 15}};
	uint64_t first = (uint64_t)(unsigned char)p[0] - '0', second, many = k - 14;

	if (many > 4)
		return fraction_by_eight(m, p, k, fine);
	second = (uint64_t)(unsigned char)p[1] - '0';
	*fine &= (first <= 9) & (second <= 9);
	m = m * by[0][many] + (first & stays[0][many]);
	m = m * by[1][many] + (second & stays[1][many]);
	return m * ten[k < 16 ? k : 16] + last_sixteen(p + k, k < 16 ? k : 16, fine);
}

#else
#define fraction fraction_by_eight
#endif

/*
 * Some digits, a point, more digits, as programs write a double: 17 of them or so, of which nobody
 * knows how many, so that branches on their number would often be wrong.  Anything else goes the
 * way of all.
 */
static __attribute__((noinline)) int
long_in(const char *s, size_t len, double *out)
{
	const char *end = s + len, *p = s + (*s == '-');
	size_t whole, part;
	uint64_t m = 0;
	int fine = 1;

	for (whole = 0; whole < 10 && p[whole] >= '0' && p[whole] <= '9'; whole++)
		m = m * 10 + (uint64_t)(p[whole] - '0');
	p += whole + 1;
	if (whole == 0 || p >= end || p[-1] != '.' || (part = (size_t)(end - p)) < 8 ||
	    part + whole > 19)
		return rai_num_double(s, len, out);
	m = fraction(m, p, part, &fine);
	if (!fine || m == 0)
		return rai_num_double(s, len, out);
	*out = signed_by(
	    whole + part > 14 ? scale_down(m, -(int)part) : scale(m, -(int)part), *s == '-');
	return 0;
}

#ifdef __x86_64__
#define SHORT 15 /* characters at most, so that the digits are fewer than 2^53 */

/*
 * Digits with at most one point among them and a sign before, without a branch for any of that:
 * what comes before the point moves over it, what is no digit of the text becomes a zero.
 */
static inline int
short_in(const char *s, size_t len, double *out)
{
	/* 10^15 for a point in front of 15 digits to 10^0 for one behind the last; first: for none
	 */
	static const double unit[17] = {
	    1, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1};
	const __m128i point = _mm_set1_epi8('.');
	const size_t negative = *s == '-';
	size_t places, n;
	uint64_t m, halves[2];
	__m128i text, behind;
	int fine = 1;
	u128 w;

	memcpy(&w, s, sizeof(w));
	w <<= 8 * (16 - len); /* the last character in the last byte, zeros before the first */
	halves[0] = (uint64_t)w;
	halves[1] = (uint64_t)(w >> 64);
	text = _mm_set_epi64x((long long)halves[1], (long long)halves[0]);
	places = (size_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, point));
	places =
	    31 - (size_t)__builtin_clz((unsigned)(2 * places + 1)); /* 0, or 1 + the point's byte */
	behind = _mm_loadu_si128((const __m128i *)(const void *)(last_bytes + 16 - places));
	text = _mm_or_si128(
	    _mm_and_si128(text, behind), _mm_andnot_si128(behind, _mm_slli_si128(text, 1)));
	n = len - negative - (places > 0);
	m = digits_of(text, n, &fine);
	if (!fine || n == 0)
		return rai_num_double(s, len, out);
	*out = signed_by((double)m / unit[places], (int)negative);
	return 0;
}

#else
#define SHORT 8

/*
 * Up to 8 digits with at most one point among them, without a branch for each: the text is moved
 * to the high end of a word that is filled with zeros, the digits before the point over the point.
 */
static inline int
short_in(const char *s, size_t len, double *out)
{
	const uint64_t zeros = UINT64_C(0x3030303030303030);
	size_t sign = *s == '-', n = len - sign, part = 0;
	uint64_t w, point, before;

	if (n == 0)
		return rai_num_double(s, len, out);
	memcpy(&w, s, 8);
	w = le64toh(w) << (64 - 8 * len);
	w = len == n ? w : w & ~(UINT64_C(0xff) << (64 - 8 * len));
	w |= n == 8 ? 0 : zeros >> (8 * n);
	point = w ^ UINT64_C(0x2e2e2e2e2e2e2e2e);
	point = (point - UINT64_C(0x0101010101010101)) & ~point & UINT64_C(0x8080808080808080);
	if (point != 0) {
		/* the lowest mark is exact; a second point stays and is no digit */
		int at = __builtin_ctzll(point) & ~7;

		before = at == 0 ? 0 : w & ((UINT64_C(1) << at) - 1);
		part = (size_t)(56 - at) / 8;
		w = (at == 56 ? 0 : w >> (at + 8) << (at + 8)) | before << 8 | '0';
		if (n == 1)
			return -1;
	}
	if (!all_digits(w))
		return rai_num_double(s, len, out);
	*out = signed_by((double)eight_value(w) / power10[part], (int)sign);
	return 0;
}

#endif

int
rai_num_double_in(const char *s, size_t len, double *out)
{
	if (len > SHORT)
		return long_in(s, len, out);
	if (FLT_EVAL_METHOD != 0 || len == 0)
		return rai_num_double(s, len, out);
	return short_in(s, len, out);
}

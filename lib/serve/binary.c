#include "serve/binary.h"

#include <math.h>
#include <string.h>

uint64_t
rai_serve_binary_uint(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

int64_t
rai_serve_binary_int(const unsigned char *p, size_t n)
{
	uint64_t v = rai_serve_binary_uint(p, n), sign = UINT64_C(1) << (8 * n - 1);

	/* what is taken away is 2^(8n), in two steps that both fit */
	return (v & sign) == 0 ? (int64_t)v : (int64_t)(v - sign) - (int64_t)(sign - 1) - 1;
}

/* 1 sign, 5 exponent and 10 fraction bits. */
static double
half(unsigned v)
{
	int exponent = (int)(v >> 10 & 31);
	double fraction = v & 1023, x;

	if (exponent == 31)
		x = fraction == 0 ? INFINITY : NAN;
	else if (exponent == 0)
		x = ldexp(fraction, -24);
	else
		x = ldexp(1024 + fraction, exponent - 25);
	return (v & 0x8000) == 0 ? x : -x;
}

double
rai_serve_binary_float(const unsigned char *p, size_t n)
{
	uint64_t bits = rai_serve_binary_uint(p, n);
	uint32_t low = (uint32_t)bits;
	double v;
	float f;

	if (n == 2)
		return half((unsigned)bits);
	if (n == 4) {
		memcpy(&f, &low, sizeof(f));
		return (double)f;
	}
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void
add_uint(struct rai_buf *b, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		rai_buf_char(b, (char)(v & 255));
}

void
rai_serve_binary_add_num(struct rai_buf *b, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	add_uint(b, bits, sizeof(bits));
}

void
rai_serve_binary_add_text(struct rai_buf *b, const char *text)
{
	size_t n = strlen(text);

	add_uint(b, n, 4);
	rai_buf_add(b, text, n);
}

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/rng.h"
#include "base/tap.h"

/* The reference is the C library: the first of three precisions that reads back. */
static int
same(double v)
{
	char want[64], got[RAI_NUM_TEXT];
	int digits, n;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(want, sizeof(want), "%.*g", digits, v);
		if (strtod(want, NULL) == v)
			break;
	}
	n = rai_num_format(v, got);
	if (strcmp(want, got) == 0 && (size_t)n == strlen(got))
		return 1;
	printf("# %.17g: got %s, want %s\n", v, got, want);
	return 0;
}

static void
test_format__edges(void)
{
	static const double v[] = {0, -0.0, 1, -1, 3, 10, -1000, 123456, 0.1, -0.1, 0.3, 1.5, 1e-4,
	    9.999e-5, 1e-5, 1e15, 999999999999999, 999999999999999.9, 99999999999999.99, 1e14,
	    123456789012345678, 4503599627370495.5, 9007199254740993, 5e-324,
	    2.2250738585072014e-308, DBL_MAX, 0.30000000000000004, 1e22, 1e23, 2, 4, 1024, 0.5,
	    0.0009765625, 9.5367431640625e-07, 0.99999999999999989, 1.0000000000000002,
	    9.9999999999999982, 99.999999999999986, 2251799813685248.5, 1125899906842624.1,
	    1.7976931348623157, 0.00012345678901234567};
	size_t i;
	char name[40];

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(name, sizeof(name), "%.17g", v[i]);
		ok(same(v[i]), name);
	}
}

static double
from_bits(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void
test_format__random(void)
{
	struct rai_rng r = rai_rng_new(3, 1);
	int i, wrong = 0;
	double v;

	for (i = 0; i < 120000; i++) {
		uint64_t u = rai_rng_u64(&r), w = rai_rng_u64(&r);

		switch (u % 6) {
		case 0: /* any exponent of the fast way and around it */
			v = from_bits(((u >> 8) % 120 + 970) << 52 | w >> 12);
			break;
		case 1: /* short decimals */
			v = (double)(w >> (u >> 8 & 63)) / pow(10, (double)(u >> 16 & 15));
			break;
		case 2: /* neighbours of short decimals */
			v = nextafter((double)(w >> 40) / 1000, u & 256 ? 0 : 1e9);
			break;
		case 4: /* four digits behind the point, as many before it as there may be, and
			   beside them */
			v = (double)(w >> (14 + (u >> 8 & 31))) / 1e4;
			v = nextafter(v, u >> 16 & 1 ? v : u >> 17 & 1 ? 0 : 1e12);
			break;
		case 3: /* few bits: exact halves */
			v = ldexp((double)(w >> 34), -(int)(u >> 8 & 63));
			break;
		default:
			v = (rai_rng_unit(&r) - 0.5) * 1e6;
		}
		wrong += isfinite(v) && !same(v);
	}
	is_int(wrong, 0, "120000 numbers, each the same text");
}

int
main(void)
{
	test_format__edges();
	test_format__random();
	return tap_done();
}

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/rng.h"
#include "base/tap.h"

/* The reference is the C library's strtod, which rounds exactly. */
static int
same(const char *text)
{
	double want = strtod(text, NULL), got = 0;

	char more[128] = "";
	double in = 0;

	/* what stands behind the text must not matter */
	memcpy(more, text, strlen(text));
	memcpy(more + strlen(text), "9.5x9.5", 7);
	if (!isfinite(want))
		return rai_num_double(text, strlen(text), &got) == -1;
	if (rai_num_double(text, strlen(text), &got) == 0 &&
	    memcmp(&got, &want, sizeof(got)) == 0 &&
	    rai_num_double_in(more, strlen(text), &in) == 0 && memcmp(&in, &want, sizeof(in)) == 0)
		return 1;
	printf("# %s: got %.17g, want %.17g\n", text, got, want);
	return 0;
}

static void
test_double__edges(void)
{
	static const char *const text[] = {"0", "-0", "0.0e9", "1", "-1.", ".5", "+7", "1e22",
	    "1e23", "1e27", "1e28", "1e-27", "1e-28", "9007199254740993", "9007199254740995",
	    "9007199254740992.5", "18446744073709551615", "9999999999999999999",
	    "99999999999999999999", "1.7976931348623157e308", "1.7976931348623159e308",
	    "4.9406564584124654e-324", "2.2250738585072011e-308", "1e-400", "1e400",
	    "0.00000000000000000000000000000000000001", "123456781234567812345678",
	    "000000000000000000000001.5", "8.5e-1", "5e-0001", "1e00005"};
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		ok(same(text[i]), text[i]);
}

static void
test_double__refused(void)
{
	static const char *const text[] = {"", "-", ".", "e5", "1e", "1e+", "1 ", "1,5", "1.2.3",
	    "--1", "1e5.5", "12345678x", "1234567:", "/2345678", "-", "-.", "..", "1..", ".1.",
	    "1.2.", "1-", "-1-", "1e", "+", "inf", "-nan", "1e99999"};
	char more[32];
	size_t i;
	double d = 7;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		snprintf(more, sizeof(more), "%s23456789", text[i]);
		ok(rai_num_double(text[i], strlen(text[i]), &d) == -1 &&
			rai_num_double_in(more, strlen(text[i]), &d) == -1 && d == 7,
		    text[i]);
	}
}

/* Texts of every length, exponents around those of the fast way, and exact halves. */
static void
test_double__random(void)
{
	struct rai_rng r = rai_rng_new(1, 1);
	int i, wrong = 0;

	for (i = 0; i < 60000; i++) {
		uint64_t u = rai_rng_u64(&r), v = rai_rng_u64(&r);
		char text[64];

		switch (u % 5) {
		case 0:
			snprintf(text, sizeof(text), "%.*g", (int)(u >> 8) % 19 + 1,
			    (rai_rng_unit(&r) - 0.5) * 1000);
			break;
		case 1:
			snprintf(text, sizeof(text), "%llue%d",
			    (unsigned long long)(v >> (u >> 8 & 63)), (int)(u >> 16 & 63) - 32);
			break;
		case 2:
			snprintf(text, sizeof(text), "%llu",
			    (unsigned long long)(((UINT64_C(1) << 53) + (v >> 12)) * 2 + 1));
			break;
		case 3:
			snprintf(text, sizeof(text), "%s%.*f", u >> 60 & 1 ? "-" : "",
			    (int)(u >> 8) % 6, (double)(v >> 40) / 1000);
			break;
		default:
			snprintf(text, sizeof(text), "%.*f", (int)(u >> 8) % 18,
			    (double)(v >> 44) / (double)(1 << (u >> 40 & 15)));
		}
		wrong += !same(text);
	}
	is_int(wrong, 0, "60000 texts, each to the last bit");
}

int
main(void)
{
	test_double__edges();
	test_double__refused();
	test_double__random();
	return tap_done();
}

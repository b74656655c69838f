#include "model/codes.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"

static void
test_codes__more_values_than_bins(void)
{
	enum { N = 200000 };
	struct rai_rng r = rai_rng_new(5, 0);
	double *x = calloc(N, sizeof(*x));
	struct rai_fit_data d = {.x = x, .y = x, .n = N, .width = 1};
	size_t i, wrong = 0, largest = 0, *count = calloc(RAI_CODES_BINS, sizeof(*count));
	struct rai_codes c;

	if (x == NULL || count == NULL)
		abort();
	for (i = 0; i < N; i++) /* half of them 0, the others all different */
		x[i] = i % 2 == 0 ? 0 : rai_rng_unit(&r) - 0.5;
	ok(rai_codes_make(&d, 1, &c, NULL) == 0, "codes");
	ok(rai_codes_nbin(&c, 0) > RAI_CODES_BINS * 9 / 10, "most bins are used");
	for (i = 0; i < c.ngroup; i++)
		count[c.code[i]]++;
	for (i = 0; i < N; i++) {
		uint16_t b = c.code[c.group[i]];

		wrong += x[i] < c.low[b] || x[i] > c.high[b];
	}
	is_int(wrong, 0, "every value lies in its bin");
	for (i = 0; i < rai_codes_nbin(&c, 0); i++)
		largest = count[i] > largest && c.low[i] != 0 ? count[i] : largest;
	ok(largest <= 3, "one frequent value does not take the others' bins");
	rai_codes_release(&c);
	free(x);
	free(count);
}

/* Rows 0 and 2 are alike, and -0 is 0. */
static void
test_codes__rows_alike(void)
{
	static const double x[] = {0.0, 7, -0.0, 7, 5, 5, 5, 6}, y[] = {1, 2, 3, 4};
	struct rai_fit_data d = {.x = x, .y = y, .n = 4, .width = 2};
	struct rai_codes c;

	ok(rai_codes_make(&d, 2, &c, NULL) == 0, "codes");
	is_int(c.ngroup, 3, "three different rows");
	ok(c.group[0] == c.group[2] && c.group[1] != c.group[3], "and which");
	is_int(c.code[c.ngroup * 0 + c.group[3]], 1, "a code counts the values below");
	ok(rai_codes_threshold(&c, 0, 0) == 3.5, "a threshold lies half way");
	rai_codes_release(&c);
	d.nclass = 2;
	ok(rai_codes_make(&d, 1, &c, NULL) == 0, "codes for classes");
	is_int(c.ngroup, 4, "rows that are alike may be of two classes");
	rai_codes_release(&c);
}

int
main(void)
{
	test_codes__more_values_than_bins();
	test_codes__rows_alike();
	return tap_done();
}

#include "table/distinct.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"

static void
is_distinct(const double *v, size_t n, size_t want, const char *name)
{
	size_t got = SIZE_MAX;

	ok(rai_distinct(v, n, &got, NULL) == 0 && got == want, name);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of neighbours in order, which is another way to count. */
static void
test_distinct__as_sorted(void)
{
	static double v[200000];
	struct rai_rng rng = rai_rng_new(1, 0);
	size_t n = sizeof(v) / sizeof(v[0]), range, i, got = 0, want;
	char name[64];

	for (range = 1; range <= 10000000; range *= 100) {
		for (i = 0; i < n; i++)
			v[i] = ((double)rai_rng_below(&rng, range) - (double)(range / 2)) / 8;
		snprintf(name, sizeof(name), "of %zu numbers", range);
		rai_distinct(v, n, &got, NULL);
		qsort(v, n, sizeof(v[0]), by_value);
		for (i = 1, want = 1; i < n; i++)
			want += v[i] != v[i - 1];
		is_int((long long)got, (long long)want, name);
	}
}

int
main(void)
{
	const double some[] = {1, NAN, -0.0, 2, 0.0, 1, -1, INFINITY, NAN, 5e-324, INFINITY};

	is_distinct(NULL, 0, 0, "of nothing");
	is_distinct(some + 1, 1, 0, "of NaN");
	is_distinct(some, 11, 6, "zeros are one, NaN is none");
	test_distinct__as_sorted();
	return tap_done();
}

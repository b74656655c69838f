#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "stat/stat.h"

enum { MOST = 5000 };

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
draw(struct rai_rng *r, int kind)
{
	double u = rai_rng_unit(r) - 0.5;

	switch (kind) {
	case 0:
		return u;
	case 1:
		return floor(10 * u);
	case 2:
		return ldexp(u, (int)rai_rng_below(r, 2000) - 1000);
	case 3:
		return u < -0.4 ? -INFINITY : u > 0.4 ? INFINITY : u < 0 ? -0.0 : 0.0;
	default:
		return 3;
	}
}

static int
sorts(struct rai_rng *r, int kind, size_t n)
{
	static double v[MOST], w[MOST];
	size_t i;
	int same = 1;

	for (i = 0; i < n; i++)
		v[i] = w[i] = draw(r, kind);
	rai_stat_sort(v, n);
	qsort(w, n, sizeof(*w), by_value);
	for (i = 0; i < n; i++)
		same &= v[i] == w[i];
	return same;
}

int
main(void)
{
	static const char *const what[] = {
	    "numbers", "ties", "of every size", "zeros and infinities", "one value"};
	static const size_t size[] = {0, 1, 2, 511, 512, 513, MOST};
	struct rai_rng r = rai_rng_new(3, 1);
	int kind, good;
	size_t i;

	for (kind = 0; kind < 5; kind++) {
		for (good = 1, i = 0; i < sizeof(size) / sizeof(*size); i++)
			good &= sorts(&r, kind, size[i]);
		ok(good, what[kind]);
	}
	return tap_done();
}

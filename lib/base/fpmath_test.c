#include "base/fpmath.h"

#include <stdint.h>

#include "base/rng.h"
#include "base/tap.h"

/* The distance to the long double result of the C library, in units of the last place. */
static double
ulps(double got, long double want)
{
	double w = (double)want, ulp = nextafter(fabs(w), HUGE_VAL) - fabs(w);

	return (double)(fabsl((long double)got - want) / (long double)ulp);
}

/* Under valgrind long double has only a double's digits: then its own rounding is allowed for. */
static double
bound(void)
{
	volatile long double one = 1.0L, small = 0x1p-60L;

	return one + small == one ? 1.5 : 1.0;
}

static void
test_exp__within_one_ulp(void)
{
	struct rai_rng r = rai_rng_new(1, 1);
	double worst = 0, x, e;
	int i;

	for (i = 0; i < 200000; i++) {
		x = (rai_rng_unit(&r) - 0.5) * (i % 2 ? 1400 : 4);
		e = ulps(rai_exp(x), expl((long double)x));
		worst = e > worst ? e : worst;
	}
	printf("# exp: worst %.3f ulp\n", worst);
	ok(worst < bound(), "exp is within 1 ulp of the long double result");
}

static void
test_log__within_one_ulp(void)
{
	struct rai_rng r = rai_rng_new(2, 1);
	double worst = 0, x, e;
	int i;

	for (i = 0; i < 200000; i++) {
		x = i % 3 == 0   ? 0.5 + rai_rng_unit(&r)
		    : i % 3 == 1 ? rai_rng_unit(&r) * 1e7
				 : exp((rai_rng_unit(&r) - 0.5) * 1400);
		if (x == 0)
			continue;
		e = x == 1 ? 0 : ulps(rai_log(x), logl((long double)x));
		worst = e > worst ? e : worst;
	}
	printf("# log: worst %.3f ulp\n", worst);
	ok(worst < bound(), "log is within 1 ulp of the long double result");
}

static void
test_special_values(void)
{
	ok(rai_exp(0) == 1, "exp(0) is 1");
	ok(rai_exp(-HUGE_VAL) == 0 && rai_exp(HUGE_VAL) == HUGE_VAL, "exp of infinities");
	ok(rai_exp(710) == HUGE_VAL && rai_exp(-746) == 0, "exp overflows and underflows");
	ok(rai_exp(709.7) < HUGE_VAL && rai_exp(-745) > 0, "exp reaches the ends of the range");
	ok(isnan(rai_exp(NAN)) && isnan(rai_log(NAN)), "NaN stays NaN");
	ok(rai_log(1) == 0, "log(1) is 0");
	ok(rai_log(0) == -HUGE_VAL && rai_log(HUGE_VAL) == HUGE_VAL, "log at its ends");
	ok(isnan(rai_log(-1)), "log of a negative number is NaN");
	ok_rel(rai_log(0x1p-1074), -744.44007192138126, 1e-15, "log of the smallest number");
	ok_rel(rai_exp(rai_log(1480000.0)), 1480000.0, 1e-14, "there and back");
}

int
main(void)
{
	test_exp__within_one_ulp();
	test_log__within_one_ulp();
	test_special_values();
	return tap_done();
}

#include "stat/sequential.h"

#include "base/rng.h"
#include "base/tap.h"

/*
 * Golden numbers: SciPy 1.17's gammaln, gammainc and brentq on
 *   r log r - gammaln(r) - log(gammainc(r, r)) + gammaln(a) + log(gammainc(a, x)) - a log(x)
 *     + (c s + v) / c^2 = log(2 / alpha),
 *   c = 2, r = rho / c^2, a = (v + rho) / c^2, x = (c s + v + rho) / c^2,
 *   rho = 10 / (2 log(40) + log(1 + 2 log(40))).
 */
static void
test_boundary(void)
{
	static const struct {
		double v, alpha, u;
	} golden[] = {
	    {0.5, 0.05, 9.294751510315171},
	    {10, 0.05, 17.46834730219909},
	    {10, 0.001, 27.250056972179596},
	    {2000, 0.05, 182.40123892802114},
	    {3e5, 0.05, 2453.9944688499836},
	};
	struct rai_stat_sequence s = {.n = 1 << 20};
	struct rai_stat_between b;
	size_t i;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		s.v = golden[i].v;
		b = rai_stat_sequence_interval(&s, golden[i].alpha);
		ok_rel(b.high * (double)s.n, golden[i].u, 1e-9, "boundary as in SciPy");
		ok(b.low == -b.high, "on both sides");
	}
}

static void
test_stream(void)
{
	struct rai_stat_sequence s = {0, 0, 0};
	struct rai_stat_between b = rai_stat_sequence_interval(&s, 0.05);
	int i;

	ok(b.mean == 0 && b.low == -1 && b.high == 1, "nothing seen, nothing known");
	for (i = 0; i < 300; i++)
		rai_stat_sequence_add(&s, 0.25 * (i * 7 % 11 - 4) / 11);
	rai_stat_sequence_add(&s, NAN);
	b = rai_stat_sequence_interval(&s, 0.05);
	is_int(s.n, 300, "NaN is left out");
	ok_rel(s.v, 1.5995222944682548, 1e-12, "squares around the mean of those before");
	ok_rel(b.low, -0.014096694472959477, 1e-9, "low end as in SciPy");
	ok_rel(b.high, 0.05879366416992917, 1e-9, "high end as in SciPy");
	s = (struct rai_stat_sequence){0, 0, 0};
	rai_stat_sequence_add(&s, 7);
	rai_stat_sequence_add(&s, -INFINITY);
	ok(s.sum == 0 && s.v == 5, "what is outside is taken as the end");
}

/* No size of evidence makes it fail, and an interval and a verdict never disagree. */
static void
test_sizes(void)
{
	const struct rai_stat_rule rule = {0.05, 0.01, 100};
	struct rai_stat_sequence s;
	struct rai_stat_between b;
	enum rai_stat_verdict v;
	double mean, spread;
	int agree = 1, finite = 1, shrinks = 1;
	double last;

	for (spread = 0; spread <= 1; spread += 0.25)
		for (mean = -0.2; mean <= 0.2; mean += 0.005) {
			last = 2;
			for (s.n = 100; s.n < INT64_C(10000000000); s.n *= 4) {
				s.sum = mean * (double)s.n;
				s.v = spread * (double)s.n;
				b = rai_stat_sequence_interval(&s, rule.alpha);
				v = rai_stat_sequence_judge(&s, &rule);
				finite &= isfinite(b.low) && isfinite(b.high);
				shrinks &= b.high - b.low <= last;
				last = b.high - b.low;
				agree &= (v == RAI_STAT_BETTER) == (b.high < 0) &&
					 (v == RAI_STAT_WORSE) == (b.low > 0) &&
					 (v == RAI_STAT_EQUIVALENT) ==
					     (b.low <= 0 && b.high >= 0 && b.low > -rule.margin &&
						 b.high < rule.margin);
			}
		}
	ok(finite, "finite at every size");
	ok(shrinks, "more of the same is never less certain");
	ok(agree, "verdict and interval agree");
}

/* Differences whose expected value is 0, of several shapes. */
static double
draw_null(struct rai_rng *r, int shape)
{
	double u = rai_rng_unit(r);

	switch (shape) {
	case 0:
		return 0.4 * u - 0.2;
	case 1: /* of two classifiers: mostly both right */
		return u < 0.05 ? 1 : u < 0.1 ? -1 : 0;
	default: /* rarely much worse, mostly a little better */
		return u < 0.02 ? 0.98 : -0.02;
	}
}

enum { RUNS = 200, STEPS = 10000 };

/* One who looks after every pair, for STEPS pairs: how often is there ever a false verdict? */
static void
test_false_verdicts(void)
{
	static const char *const name[] = {
	    "even differences: false verdicts of one who always looks are within alpha",
	    "classes: within alpha", "rare large losses: within alpha"};
	const struct rai_stat_rule rule = {0.05, 0, 1};
	int shape, run, i, wrong, naive;

	for (shape = 0; shape < 3; shape++) {
		wrong = naive = 0;
		for (run = 0; run < RUNS; run++) {
			struct rai_rng r = rai_rng_new(20261128, (uint64_t)(shape * RUNS + run));
			struct rai_stat_sequence s = {0, 0, 0};
			int fooled = 0;

			for (i = 0; i < STEPS; i++) {
				rai_stat_sequence_add(&s, draw_null(&r, shape));
				fooled |= i > 100 && s.sum * s.sum > 1.96 * 1.96 * s.v;
				if (rai_stat_sequence_judge(&s, &rule) != RAI_STAT_UNDECIDED)
					break;
			}
			wrong += i < STEPS;
			naive += fooled;
		}
		printf("# %d of %d, and %d by an interval for one look\n", wrong, RUNS, naive);
		ok(wrong <= 0.05 * RUNS, name[shape]);
		ok(naive > 0.2 * RUNS, "where an interval that is made for one look is fooled");
	}
}

/* Expected differences that move: the interval is about their mean so far, at every step. */
static void
test_moving_mean(void)
{
	int run, i, missed = 0;

	for (run = 0; run < 100; run++) {
		struct rai_rng r = rai_rng_new(7, (uint64_t)run);
		struct rai_stat_sequence s = {0, 0, 0};
		struct rai_stat_between b;
		double mean, sum = 0;

		for (i = 0; i < 1000; i++) {
			mean = i < 300 ? -0.3 : i % 100 < 50 ? 0.1 : 0.3;
			sum += mean;
			rai_stat_sequence_add(&s, mean + 0.6 * (rai_rng_unit(&r) - 0.5));
			b = rai_stat_sequence_interval(&s, 0.05);
			if (sum / (i + 1) < b.low || sum / (i + 1) > b.high)
				break;
		}
		missed += i < 1000;
	}
	printf("# %d of 100\n", missed);
	ok(missed <= 5, "the mean of moving expectations stays inside");
}

/* Pairs until the verdict, at the median of 101 runs; 0: never within STEPS. */
static int
pairs_until(double mean, double width, double margin, enum rai_stat_verdict want)
{
	const struct rai_stat_rule rule = {0.05, margin, 50};
	int at[STEPS + 1] = {0}, run, i, seen = 0;

	for (run = 0; run < 101; run++) {
		struct rai_rng r = rai_rng_new(99, (uint64_t)run);
		struct rai_stat_sequence s = {0, 0, 0};

		for (i = 1; i < STEPS; i++) {
			rai_stat_sequence_add(&s, mean + width * (rai_rng_unit(&r) - 0.5));
			if (rai_stat_sequence_judge(&s, &rule) == want)
				break;
		}
		at[i]++;
	}
	for (i = 0; i < STEPS; i++)
		if ((seen += at[i]) > 50)
			return i;
	return 0;
}

static void
test_power(void)
{
	int big = pairs_until(0.05, 0.4, 0, RAI_STAT_WORSE);
	int small = pairs_until(-0.01, 0.4, 0, RAI_STAT_BETTER);
	int same = pairs_until(0, 0.4, 0.02, RAI_STAT_EQUIVALENT);

	printf("# differences of sd 0.115: 5 points worse after %d pairs, 1 point better after %d, "
	       "equal within 2 points after %d\n",
	    big, small, same);
	ok(big > 50 && big < 400, "5 points are seen in hundreds");
	ok(small > big && small < 6000, "1 point in thousands");
	ok(same > big && same < 4000, "and equality within 2 points");
}

int
main(void)
{
	test_boundary();
	test_stream();
	test_sizes();
	test_false_verdicts();
	test_moving_mean();
	test_power();
	return tap_done();
}

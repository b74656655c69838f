#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "stat/stat.h"

/* The golden numbers are SciPy's and NumPy's, tails exact fractions: scripts/peers/stat_golden.py
 * prints them. */

static void
test_counts(void)
{
	static const int64_t a[] = {10, 20, 30, 0, 40}, b[] = {100, 280, 210, 5, 405};
	static const int64_t c[] = {7, 0}, d[] = {0, 9}, none[] = {0, 0};
	double most;
	size_t at;

	ok_rel(rai_stat_js(a, b, 5), 0.11446028155877996, 1e-12, "Jensen-Shannon distance");
	ok_rel(rai_stat_js(b, a, 5), 0.11446028155877996, 1e-12, "is symmetric");
	ok(rai_stat_js(c, d, 2) == 1 && rai_stat_js(c, c, 2) == 0, "from 0 to 1");
	ok(rai_stat_js(none, d, 2) == 0 && rai_stat_js_expected(none, d, 2) == 0, "empty");
	ok_rel(rai_stat_tv(a, b, 5, &most, &at), 0.09, 1e-12, "total variation");
	ok_rel(most, 0.09, 1e-12, "largest difference");
	is_int((int64_t)at, 2, "of the third");
	ok(rai_stat_tv(none, d, 2, &most, &at) == 0 && most == 0, "of nothing");
}

static void
test_w1(void)
{
	static const double x[] = {1, 2, 2, 3, 5, 8, 8, 8, 13}, y[] = {2, 3, 3, 4, 8, 9, 10};
	static const double u[] = {1, 2, 2.5}, v[] = {-4, 30, 31, 32};
	static const double z[] = {-4, 1, 2, 2.5, 3, 7, 40}, tied[] = {1, 1, 1, 1, 1, 5};

	ok_rel(
	    rai_stat_w1(x, 9, y, 7, -INFINITY, INFINITY), 1.0317460317460316, 1e-12, "with ties");
	ok_rel(rai_stat_w1(y, 7, x, 9, -INFINITY, INFINITY), 1.0317460317460316, 1e-12,
	    "is symmetric");
	ok_rel(rai_stat_w1(u, 3, v, 4, -INFINITY, INFINITY), 22.916666666666668, 1e-12,
	    "on both sides");
	ok(rai_stat_w1(x, 9, x, 9, 0, 99) == 0 && rai_stat_w1(x, 0, y, 7, 0, 99) == 0,
	    "nothing is 0");
	/* as of 1 2 2 3 5 6 6 6 6 and 2 3 3 4 6 6 6 */
	ok_rel(rai_stat_w1(x, 9, y, 7, 1, 6), 0.46031746031746024, 1e-12, "ends drawn in");
	ok_rel(rai_stat_w1_expected(z, 7, -INFINITY, INFINITY, 50, 700), 1.8747151434047704, 1e-12,
	    "without drift");
	ok_rel(rai_stat_robust_sd(z, 7), 2.5945538823848033, 1e-12, "robust sd");
	ok_rel(rai_stat_robust_sd(tied, 6), 0.8355427582103334, 1e-12, "quartiles on one value");
	ok(rai_stat_robust_sd(tied, 5) == 0 && rai_stat_robust_sd(tied, 0) == 0, "constant, none");
}

static void
test_ks_exact(void)
{
	static const struct {
		double d;
		size_t n, m;
		double p;
	} golden[] = {{0.5833333333333334, 20, 30, 0.00029828406193658873},
	    {0.19, 20, 1000, 0.4280378881248946}, {0.5, 10, 10, 0.16782134274394334},
	    {0.1008, 100, 5000, 0.25521151989298524}, {1, 3, 4, 0.05714285714285715}};
	size_t i;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		ok_rel(rai_stat_ks_p_exact(golden[i].d, golden[i].n, golden[i].m), golden[i].p,
		    1e-9, "exact p of D");
		ok_rel(rai_stat_ks_p_exact(golden[i].d, golden[i].m, golden[i].n), golden[i].p,
		    1e-9, "whichever is first");
	}
	ok(rai_stat_ks_p_exact(0, 5, 5) == 1 && rai_stat_ks_p_exact(0.5, 0, 5) == 1, "none");
	ok_rel(rai_stat_ks_p_exact(0.06, 2000, 3000), rai_stat_ks_p(0.06, 2000, 3000), 0.04,
	    "many values: the limit law");
}

static void
test_tail(void)
{
	ok_rel(rai_stat_beta_binomial_more(3, 50, 1, 1000), 0.00010187819733806824, 1e-9, "rare");
	ok_rel(rai_stat_beta_binomial_more(20, 2000, 2, 9999), 4.469926662710075e-15, 1e-9,
	    "very rare");
	ok_rel(rai_stat_beta_binomial_more(1, 10, 1, 10), 0.5, 1e-9, "even");
	ok_rel(rai_stat_beta_binomial_more(900, 1000, 90, 12), 0.32499129651602626, 1e-9, "most");
	ok_rel(rai_stat_beta_binomial_more(4, 5, 0.5, 0.5), 0.3828125, 1e-9, "at the ends");
	ok(rai_stat_beta_binomial_more(0, 5, 1, 1) == 1, "none or more is sure");
	ok(rai_stat_beta_binomial_more(6, 5, 1, 1) == 0, "more than all is not");
	/* the chance that a new value is the largest, of n new ones and m old ones */
	ok_rel(rai_stat_beta_binomial_more(1, 30, 1, 70), 0.3, 1e-9, "order statistics");
}

static void
test_hotelling(void)
{
	double v[6 * 40];
	struct rai_stat_shift s;
	int i;

	for (i = 0; i < 40; i++) {
		v[i] = sin(i * 1.3);
		v[40 + i] = cos(i * i % 17);
		v[80 + i] = sin(i * 1.3) + (i % 7 - 3) / 10.0;
		v[120 + i] = i % 5 - 1.5;
		v[160 + i] = 3;                     /* says nothing */
		v[200 + i] = 2 * v[i] - v[120 + i]; /* nothing new */
	}
	ok(rai_stat_hotelling(v, 40, 4, 300, &s) == 0, "four columns");
	is_int(s.columns, 4, "all count");
	ok_rel(s.distance, 0.6021470553223491, 1e-9, "Mahalanobis distance");
	ok_rel(s.p, 0.032949390615255536, 1e-9, "p of T squared");
	ok(rai_stat_hotelling(v, 40, 6, 300, &s) == 0 && s.columns == 4, "a constant and a copy");
	ok_rel(s.p, 0.032949390615255536, 1e-6, "change nothing");
	ok(rai_stat_hotelling(v, 2, 4, 300, &s) == 0 && s.p == 1, "too few rows: no evidence");
	ok(rai_stat_hotelling(v, 40, 0, 300, &s) == 0 && s.p == 1, "no columns");
}

/* Under the null its p-values are uniform, also of columns that depend on each other. */
static void
test_hotelling__null(void)
{
	struct rai_rng r = rai_rng_new(3, 0);
	enum { N = 60, TRIALS = 4000 };
	double v[3 * N];
	struct rai_stat_shift s;
	int i, t, rejected = 0;

	for (t = 0; t < TRIALS; t++) {
		for (i = 0; i < N; i++) {
			v[i] = rai_rng_unit(&r) - 0.5;
			v[N + i] = rai_rng_unit(&r) - 0.5 + v[i];
			v[2 * N + i] = (rai_rng_unit(&r) < 0.2) - 0.2;
		}
		rai_stat_hotelling(v, N, 3, 1e12, &s);
		rejected += s.p < 0.05;
	}
	/* 200 are expected, sd 14 */
	ok(rejected > 150 && rejected < 255, "5 % of p-values are below 0.05");
}

static void
test_fdr(void)
{
	double p[] = {0.01, 0.04, 0.03, 0.5, 0.002, 0.2};
	static const double want[] = {0.03, 0.06, 0.06, 0.5, 0.012, 0.24};
	size_t order[6], i;

	rai_stat_fdr(p, order, 6);
	for (i = 0; i < 6; i++)
		ok_rel(p[i], want[i], 1e-12, "Benjamini and Hochberg");
}

int
main(void)
{
	test_counts();
	test_w1();
	test_ks_exact();
	test_tail();
	test_hotelling();
	test_hotelling__null();
	test_fdr();
	return tap_done();
}

#include "stat/stat.h"

#include "base/tap.h"

/*
 * The numbers come from scipy 1.10.1: ks_2samp, kstwobign.sf, chi2_contingency without correction,
 * hypergeom, sem, t.interval, norm, numpy's quantile; the index from its formula in numpy.
 */

static void
test_psi(void)
{
	static const int64_t a[] = {10, 20, 30, 0, 40}, b[] = {100, 180, 310, 5, 405};
	static const int64_t c[] = {0, 5, 0}, d[] = {3, 0, 0}, none[] = {0, 0, 0};

	ok_rel(rai_stat_psi(a, b, 5), 0.0029220853602566614, 1e-12, "psi");
	ok_rel(rai_stat_psi(c, d, 3), 3.4388459589674993, 1e-12, "psi of disjoint bins is finite");
	ok_rel(rai_stat_psi_expected(a, b, 5), 4 * (0.01 + 0.001), 1e-12, "without drift");
	ok_rel(rai_stat_psi_expected(c, d, 3), 1.0 / 5 + 1.0 / 3, 1e-12, "bins in use only");
	ok(rai_stat_psi(b, b, 5) == 0, "the same is 0");
	ok(rai_stat_psi(none, d, 3) == 0 && rai_stat_psi_expected(none, d, 3) == 0, "empty");
}

static void
test_ks(void)
{
	static const double x[] = {1, 2, 2, 3, 5, 8, 8, 8, 13}, y[] = {2, 3, 3, 4, 8, 9, 10};
	static const struct {
		double d, n, m, p;
	} golden[] = {{0.1, 500, 10000, 0.00014618138515884276},
	    {0.03, 500, 10000, 0.784769805922802}, {0.05, 30, 30, 0.9999999999999333},
	    {0.5, 20, 50, 0.0015809806454589964}, {0.01, 100, 100, 1},
	    {0.0441, 500, 10000, 0.31257157008824377}};
	size_t i;

	ok_rel(rai_stat_ks_d(x, 9, y, 7), 0.19047619047619047, 1e-12, "D with ties");
	ok_rel(rai_stat_ks_d(y, 7, x, 9), 0.19047619047619047, 1e-12, "is symmetric");
	ok(rai_stat_ks_d(x, 9, x, 9) == 0, "the same is 0");
	ok(rai_stat_ks_d(x, 1, y, 7) == 1, "apart is 1");
	ok(rai_stat_ks_d(x, 0, y, 7) == 0 && rai_stat_ks_p(0.5, 0, 7) == 1, "empty");
	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
		ok_rel(rai_stat_ks_p(golden[i].d, golden[i].n, golden[i].m), golden[i].p, 1e-10,
		    "p of D");
}

static void
test_chi2(void)
{
	static const int64_t a[] = {50, 30, 15, 40}, b[] = {400, 310, 190, 260};
	static const int64_t c[] = {50, 30, 15, 40, 1, 0, 2, 1, 3};
	static const int64_t d[] = {400, 310, 190, 260, 3, 4, 2, 6, 9};
	int64_t scratch[18];
	struct rai_stat_chi2 r = rai_stat_chi2(a, b, 4, scratch);

	ok_rel(r.x2, 5.998626484931366, 1e-12, "x2");
	ok_rel(r.p, 0.11167706871301902, 1e-9, "p");
	is_int(r.df, 3, "df");
	/* five rare ones pooled are rare still: they join the smallest of the others */
	r = rai_stat_chi2(c, d, 9, scratch);
	ok_rel(r.x2, 3.9756843857464537, 1e-12, "x2 with rare categories");
	ok_rel(r.p, 0.26410177607218666, 1e-9, "p");
	ok_rel(r.tv, 0.07637038446897604, 1e-12, "total variation");
	r = rai_stat_chi2(a, b, 1, scratch);
	ok(r.df == 0 && r.p == 1 && r.x2 == 0, "one category cannot move");
	r = rai_stat_chi2(a, b, 0, scratch);
	ok(r.df == 0 && r.p == 1, "no category");
}

static void
test_share(void)
{
	static const struct {
		int64_t k, n, j, m;
		double more, both;
	} golden[] = {{8, 500, 60, 10000, 0.015013834843027233, 0.030027669686054467},
	    {0, 500, 60, 10000, 1, 0.10616890377513871},
	    {30, 500, 300, 10000, 0.0004992664411777602, 0.0009985328823555204},
	    {3, 30, 0, 10, 0.4109311740890688, 0.8218623481781376},
	    {100, 100000, 10, 20000, 0.01716840514750695, 0.0343368102950139}};
	size_t i;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		ok_rel(rai_stat_share_more(golden[i].k, golden[i].n, golden[i].j, golden[i].m),
		    golden[i].more, 1e-6, "k or more");
		ok_rel(rai_stat_share_both(golden[i].k, golden[i].n, golden[i].j, golden[i].m),
		    golden[i].both, 1e-6, "two-sided");
	}
	ok(rai_stat_share_more(499, 500, 5, 10000) < 1e-100, "certain");
	ok(rai_stat_share_both(500, 500, 10000, 10000) == 1, "all of all");
	ok(rai_stat_share_both(0, 500, 0, 10000) == 1, "none of none");
	ok(rai_stat_share_more(1, 0, 5, 10) == 1, "of nothing");
	/* scripts/peers/stat_golden.py */
	ok_rel(rai_stat_share_least(7, 5, 60), 5.084814709351991e-06, 1e-9, "all that fit");
	ok(rai_stat_share_least(0, 500, 9000) == 1 && rai_stat_share_least(70, 10, 60) == 1,
	    "none and all cannot differ");
	ok_rel(rai_stat_share_more(2000000200, 4000000000, 2000000000, 4000000000),
	    rai_stat_normal_tail(199.5 / sqrt(4e9 / 4 / 2)), 1e-2, "above 2^30: normal");
}

static void
test_holm_and_mean(void)
{
	double p[] = {0.01, 0.04, 0.03, 0.005, 0.6};
	static const double v[] = {0.1, 0.25, 0.3, 0.05, 0.6, 0.2};
	static const double sorted[] = {0.05, 0.1, 0.2, 0.25, 0.3, 0.6};
	struct rai_stat_mean r;
	size_t order[5];

	rai_stat_holm(p, order, 5);
	ok_rel(p[0], 0.04, 1e-12, "Holm: 4 times");
	ok_rel(p[1], 0.09, 1e-12, "never below a smaller one's");
	ok_rel(p[2], 0.09, 1e-12, "3 times");
	ok_rel(p[3], 0.025, 1e-12, "5 times");
	ok_rel(p[4], 0.6, 1e-12, "once");
	rai_stat_holm(p, order, 0);
	r = rai_stat_mean(v, 6, 0.95);
	ok_rel(r.mean, 0.25, 1e-12, "mean");
	ok_rel(r.se, 0.07958224257542214, 1e-12, "standard error");
	ok_rel(r.low, 0.04542733271855162, 1e-6, "interval from");
	ok_rel(r.high, 0.4545726672814483, 1e-6, "to");
	r = rai_stat_mean(v, 1, 0.95);
	ok(r.mean == 0.1 && isinf(r.high), "one value has no interval");
	ok_rel(rai_stat_normal_tail(3.5), 0.00023262907903552502, 1e-9, "normal tail");
	ok_rel(rai_stat_normal_quantile(0.975), 1.959963984540054, 1e-9, "normal quantile");
	ok_rel(rai_stat_quantile(sorted, 6, 0.3), 0.15, 1e-12, "sample quantile");
	ok(rai_stat_quantile(sorted, 6, 1) == 0.6 && rai_stat_quantile(sorted, 1, 0.5) == 0.05,
	    "at the ends");
}

int
main(void)
{
	test_psi();
	test_ks();
	test_chi2();
	test_share();
	test_holm_and_mean();
	return tap_done();
}

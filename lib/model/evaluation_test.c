#include "model/evaluation.h"

#include "base/tap.h"

/* numpy.quantile, mean and std(ddof=1) of the same six residuals. */
static void
test_residuals(void)
{
	static const double a[] = {3, -0.5, 2, 7, 4.2, 100}, p[] = {2.5, 0, 2, 8, 4, 90};
	static const double want[] = {
	    -1, -0.875, -0.375, 0.10000000000000009, 0.42500000000000004, 7.625, 10};
	struct rai_residuals r;
	size_t k;

	ok(rai_residuals(&(struct rai_scored){a, p, 6, 0}, &r, NULL) == 0, "made");
	ok_rel(r.mean, 1.5333333333333332, 1e-14, "mean");
	ok_rel(r.sd, 4.181706190858782, 1e-14, "standard deviation");
	for (k = 0; k < 7; k++)
		ok_rel(r.quantile[k], want[k], 1e-13, "quantile");
	ok(rai_residuals(&(struct rai_scored){a, p, 1, 0}, &r, NULL) == 0, "one row");
	ok(r.quantile[0] == 0.5 && r.quantile[6] == 0.5 && isnan(r.sd), "is all its quantiles");
}

/* sklearn.metrics.confusion_matrix */
static void
test_confusion(void)
{
	static const double y[] = {0, 1, 2, 2, 1, 0, 2, 0, 1, 2},
			    p[] = {.7, .2, .1, .2, .5, .3, .1, .3, .6, .4, .3, .3, .3, .3, .4, .5,
				.25, .25, .2, .2, .6, .1, .6, .3, .25, .5, .25, .2, .1, .7};
	static const size_t want[] = {2, 1, 0, 0, 2, 1, 1, 0, 3};
	size_t got[9];

	rai_confusion(&(struct rai_scored){y, p, 10, 3}, got);
	ok(memcmp(got, want, sizeof(got)) == 0, "actual by said");
}

/* sklearn.calibration.calibration_curve, n_bins=10, strategy="quantile" */
static void
test_reliability(void)
{
	static const int once[] = {0, 0, 1, 0, 1, 0, 1, 1, 0, 1};
	static const double is[] = {0, 1, .5, 0, 1, 0, 1, .5, 0, 1};
	struct rai_reliability r[RAI_RELIABILITY_GROUPS];
	double y[20], p[40];
	int i, same = 1;

	for (i = 0; i < 20; i++) {
		y[i] = once[i % 10];
		p[2 * i + 1] = (i * 7 % 20) / 20.0 + 0.01;
		p[2 * i] = 1 - p[2 * i + 1];
	}
	is_int(rai_reliability(&(struct rai_scored){y, p, 20, 2}, r, NULL), 10, "ten groups");
	for (i = 0; i < 10; i++)
		same = same && r[i].n == 2 && fabs(r[i].said - (0.035 + 0.1 * i)) < 1e-12 &&
		       fabs(r[i].is - is[i]) < 1e-12;
	ok(same, "what was said, and what is");
	is_int(
	    rai_reliability(&(struct rai_scored){y, p, 3, 2}, r, NULL), 3, "of three rows, three");
}

int
main(void)
{
	test_residuals();
	test_confusion();
	test_reliability();
	return tap_done();
}

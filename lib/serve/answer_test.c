#include "serve/answer.h"

#include <math.h>

#include "base/tap.h"

/* Golden numbers by hand, from the definition of the order statistics. */
int
main(void)
{
	static const double tied[] = {1, 2, 2, 2, 5};
	double error[100], range[2];
	struct rai_serve_facts f = {.error = error, .nerror = 100, .ratio = 0};
	double closest[2];
	size_t i;

	for (i = 0; i < 100; i++)
		error[i] = (double)i + 1;
	/* 0.05 x 101 = 5.05: the 5th; 0.95 x 101 = 95.95: the 96th */
	ok(rai_serve_answer_interval(&f, 1000, range) && range[0] == 1005 && range[1] == 1096,
	    "differences are added, outward");
	f.ratio = 1;
	ok(rai_serve_answer_interval(&f, 10, range) && range[0] == 50 && range[1] == 960,
	    "ratios are multiplied");
	ok(!rai_serve_answer_interval(&f, -10, range), "not of a sign that they cannot have");
	f.nerror = 19;
	ok(rai_serve_answer_interval(&f, 1, range) && range[0] == 1 && range[1] == 19,
	    "19 rows are just enough");
	f.nerror = 18;
	ok(!rai_serve_answer_interval(&f, 1, range), "18 are not");
	ok(!rai_serve_answer_interval(NULL, 1, range), "and no facts have none");
	ok(rai_serve_answer_rank(tied, 5, 2) == 0.5, "ties count half");
	ok(rai_serve_answer_rank(tied, 5, 0) == 0 && rai_serve_answer_rank(tied, 5, 9) == 1 &&
		rai_serve_answer_rank(tied, 5, 4) == 0.8,
	    "below, above, between");
	ok(isnan(rai_serve_answer_rank(tied, 0, 2)), "no values, no rank");
	rai_serve_answer_closest(error, 100, 50.5, closest);
	/* numpy.quantile(numpy.arange(1, 101), [0.45, 0.55]) */
	ok_rel(closest[0], 45.55, 1e-12, "the tenth around the middle begins");
	ok_rel(closest[1], 55.45, 1e-12, "and ends");
	rai_serve_answer_closest(error, 100, -7, closest);
	ok(closest[0] == 1 && fabs(closest[1] - 10.9) < 1e-12, "below all it is the first");
	rai_serve_answer_closest(error, 100, 700, closest);
	ok(fabs(closest[0] - 90.1) < 1e-12 && closest[1] == 100, "above all the last");
	return tap_done();
}

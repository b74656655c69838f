#include "model/importance.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/curve.h"

/* y = 3 a + 4 (kind is "long") + noise; "idle" says nothing. */
static struct rai_table *
make_table(int rows)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_table_options opt = {.target = "y"};
	struct rai_source *source = NULL;
	struct rai_rng r = rai_rng_new(5, 0);
	struct rai_table *t = NULL;
	struct rai_err err = RAI_ERR_INIT;
	int i;

	rai_buf_str(&text, "a,idle,kind,y\n");
	for (i = 0; i < rows; i++) {
		double a = rai_rng_unit(&r), idle = rai_rng_unit(&r), noise = rai_rng_unit(&r);
		int is_long = rai_rng_unit(&r) < 0.5;

		rai_buf_printf(&text, "%.6f,%.6f,%s,%.6f\n", a, idle, is_long ? "long" : "short",
		    3 * a + 4 * is_long + 0.2 * noise);
	}
	if (rai_source_memory("test", text.ptr, text.len, &source, &err) != 0 ||
	    rai_table_from(source, &opt, &t, &err) != 0)
		printf("# %s\n", err.msg);
	rai_buf_free(&text);
	return t;
}

static struct rai_train_options
options(struct rai_candidate *c)
{
	return (struct rai_train_options){.split = {RAI_SPLIT_RANDOM, NULL, 0.25, NULL},
	    .validation = {RAI_SPLIT_RANDOM, NULL, 0.2, NULL},
	    .seed = 1,
	    .metric = RAI_METRIC_R2,
	    .threads = 2,
	    .candidate = c,
	    .ncandidate = 1};
}

/*
 * Of a linear model without error, shuffling a column that makes up a share v of the variance
 * doubles its part of the errors: r2 falls by 2 v.  Here var(3 a) = 9 / 12, var(4 kind) = 4.
 */
static void
test_importance(void)
{
	struct rai_table *t = make_table(4000);
	struct rai_candidate c = {.seconds = 0};
	struct rai_train_options o = options(&c);
	struct rai_importance one[3], three[3];
	struct rai_trained r;
	struct rai_scored s;
	double all = 9 / 12.0 + 4 + 0.04 / 12;

	rai_fitted_init(&c.spec, rai_kind_find("linear"));
	if (!ok(rai_train(t, &o, &r, NULL) == 0, "trained"))
		return;
	s = rai_trained_scored(&r);
	ok(rai_importance(&r.pipeline, t, r.split.test, &s, RAI_METRIC_R2, 7, 1, one, NULL) == 0 &&
		rai_importance(
		    &r.pipeline, t, r.split.test, &s, RAI_METRIC_R2, 7, 3, three, NULL) == 0,
	    "measured");
	ok(memcmp(one, three, sizeof(one)) == 0, "the same on any number of threads");
	ok_rel(one[0].drop, 2 * 9 / 12.0 / all, 0.1, "a number");
	ok_near(one[1].drop, 0, 1e-4, "a column that says nothing");
	ok_rel(one[2].drop, 2 * 4 / all, 0.1, "a category, with all its features");
	ok(one[2].sd > 0 && one[2].sd < 0.2, "shuffles differ a little");
	ok(rai_importance(&r.pipeline, t, r.split.test, &s, RAI_METRIC_RMSE, 7, 2, three, NULL) ==
		    0 &&
		three[0].drop > 0 && three[2].drop > three[0].drop,
	    "of an error a loss is positive too");
	rai_trained_release(&r);
	rai_table_free(t);
}

static void
test_curve(void)
{
	struct rai_table *t = make_table(400);
	struct rai_candidate c = {.seconds = 0};
	struct rai_train_options o = options(&c);
	struct rai_curve_point p[RAI_CURVE_POINTS], again[RAI_CURVE_POINTS];
	struct rai_trained r;

	rai_fitted_init(&c.spec, rai_kind_find("tree"));
	if (!ok(rai_train(t, &o, &r, NULL) == 0, "trained"))
		return;
	ok(rai_curve(t, &o, &r, p, NULL) == 0, "drawn");
	is_int(p[0].rows, 30, "from a tenth of the rows");
	is_int(p[5].rows, 300, "to all of them");
	ok(p[0].test < p[5].test, "more rows are better");
	ok(p[5].test == r.metric[RAI_METRIC_R2].value, "the last is the model's own");
	ok(p[5].train > 0.999, "a tree knows its rows by heart");
	o.threads = 1;
	ok(rai_curve(t, &o, &r, again, NULL) == 0 && memcmp(p, again, sizeof(p)) == 0,
	    "the same on one thread");
	rai_trained_release(&r);
	rai_table_free(t);
}

int
main(void)
{
	test_importance();
	test_curve();
	return tap_done();
}

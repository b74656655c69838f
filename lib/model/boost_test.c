#include <math.h>
#include <stdlib.h>

#include "base/tap.h"
#include "model/boost.h"

/*
 * The same sample as scikit-learn 1.2.1's HistGradientBoostingRegressor and -Classifier saw for
 * the numbers below (max_leaf_nodes 6, min_samples_leaf 5, learning_rate 0.5, l2_regularization 1,
 * no early stopping).
 */
#define ROWS 240
#define WIDTH 3

struct sample {
	double x[WIDTH * ROWS]; /* column-major */
	double y[ROWS];
};

static uint64_t
draw(uint64_t *state, uint64_t below)
{
	*state = (*state * 1103515245 + 12345) % 2147483648;
	return (*state >> 8) % below;
}

static void
make_sample(struct sample *s)
{
	uint64_t state = 2024;
	double a, b, c, e;
	int i;

	for (i = 0; i < ROWS; i++) {
		a = (double)draw(&state, 12);
		b = (double)draw(&state, 9);
		c = (double)draw(&state, 50);
		e = (double)draw(&state, 100);
		s->x[i] = a;
		s->x[ROWS + i] = b == 8 ? NAN : b;
		s->x[2 * ROWS + i] = c / 4;
		s->y[i] = 3 * a - (b == 8 ? 2 * a : 0) + (c > 30 ? 20 : 0) + e / 10;
	}
}

static void
set(struct rai_fitted *f, const char *param, const char *value)
{
	struct rai_err err = RAI_ERR_INIT;

	if (rai_fitted_set_text(f, param, value, &err) != 0)
		printf("# %s\n", err.msg);
}

static void
start(struct rai_fitted *f, const char *rounds)
{
	rai_fitted_init(f, rai_kind_find("boost"));
	set(f, "max_iter", rounds);
	set(f, "learning_rate", "0.5");
	set(f, "max_leaf_nodes", "6");
	set(f, "min_samples_leaf", "5");
	set(f, "l2_regularization", "1");
	set(f, "colsample", "1");
}

static void
fit(struct rai_fitted *f, const struct rai_fit_data *d, size_t threads)
{
	struct rai_fit_options opt = {.seed = 7, .threads = threads};
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(f->kind->fit(f, d, &opt, &err) == 0, "fit"))
		printf("# %s\n", err.msg);
}

static void
ask(const struct rai_fitted *f, const struct rai_fit_data *d, size_t row, double *out)
{
	double x[64];
	size_t j;

	for (j = 0; j < d->width; j++)
		x[j] = d->x[j * d->n + row];
	f->kind->predict(f, x, out);
}

static const size_t asked[] = {0, 1, 2, 3, 4, 5, 239};
#define ASKED (sizeof(asked) / sizeof(asked[0]))

static void
check_against(struct rai_fitted *f, const struct rai_fit_data *d, const double *want, double eps,
    const char *name)
{
	double out[RAI_CLASSES];
	size_t i, k, outputs = d->nclass > 2 ? d->nclass : 1;

	fit(f, d, 1);
	for (i = 0; i < ASKED; i++) {
		ask(f, d, asked[i], out);
		for (k = 0; k < outputs; k++)
			ok_near(out[d->nclass == 2 ? 1 : k], want[i * outputs + k], eps, name);
	}
	rai_fitted_release(f);
}

static void
test_boost__numbers_as_scikit_learn(const struct sample *s)
{
	static const double squared[] = {50.578098418829079, 32.220867505215381, 27.743631325057653,
	    38.519419464789543, 19.123984418189181, 13.837479687435293, 19.123984418189181};
	static const double absolute[] = {
	    45.225, 31.9125, 28.0125, 41.85, 20.8125, 16.0875, 16.0875};
	static const double poisson[] = {48.590185990650816, 30.868543682991273, 25.929623394406672,
	    37.5303946075882, 20.050810449709495, 15.186660651593835, 20.050810449709495};
	struct rai_fit_data d = {.x = s->x, .y = s->y, .n = ROWS, .width = WIDTH};
	struct rai_fitted f;
	double whole[ROWS];
	int i;

	start(&f, "4");
	/* scikit-learn's gradients are floats */
	check_against(&f, &d, squared, 1e-5, "squared error, with missing values");
	start(&f, "3");
	set(&f, "loss", "absolute_error");
	set(&f, "l2", "0");
	check_against(&f, &d, absolute, 1e-5, "absolute error");
	for (i = 0; i < ROWS; i++)
		whole[i] = floor(s->y[i]);
	d.y = whole;
	start(&f, "3");
	set(&f, "loss", "poisson");
	check_against(&f, &d, poisson, 1e-4, "poisson");
}

static void
test_boost__classes_as_scikit_learn(const struct sample *s)
{
	static const double two[] = {0.91757626189727493, 0.90175907021800228, 0.45579653278237853,
	    0.83169511609446667, 0.071925185495954877, 0.071925185495954877, 0.071925185495954877};
	static const double three[] = {0.017046511882633088, 0.031119764708615667,
	    0.95183372340875128, 0.035077617920554707, 0.084459824856559076, 0.88046255722288624,
	    0.1333387088040566, 0.45025069307249593, 0.41641059812344738, 0.02122774242989893,
	    0.056021042188754915, 0.92275121538134619, 0.028575659471111594, 0.936309994069907,
	    0.035114346458981427, 0.37079107596444982, 0.58944545496997602, 0.039763469065574243,
	    0.51837582603577004, 0.36307307928328009, 0.11855109468094989};
	double y[ROWS];
	struct rai_fit_data d = {.x = s->x, .y = y, .n = ROWS, .width = WIDTH, .nclass = 2};
	struct rai_fitted f;
	int i;

	for (i = 0; i < ROWS; i++)
		y[i] = s->y[i] > 27.7;
	start(&f, "4");
	check_against(&f, &d, two, 1e-5, "two classes");
	d.nclass = 3;
	for (i = 0; i < ROWS; i++)
		y[i] = (s->y[i] >= 15) + (s->y[i] >= 30);
	start(&f, "3");
	check_against(&f, &d, three, 1e-5, "three classes");
}

/* Many rows, with more distinct values than bins, missing ones and a category of 100 levels. */
#define BIG 30000
#define BIG_WIDTH 11

static void
make_big(double *x, double *y)
{
	uint64_t state = 5;
	size_t i, j;

	for (i = 0; i < BIG; i++) {
		for (j = 0; j < BIG_WIDTH; j++)
			x[j * BIG + i] = (double)draw(&state, j == 10 ? 100 : 5000);
		y[i] = x[i] / 100 + x[BIG + i] * x[2 * BIG + i] / 1e5 +
		       (double)((size_t)x[10 * BIG + i] * 37 % 100) + (double)draw(&state, 10);
		if (draw(&state, 10) == 0)
			x[BIG + i] = NAN;
		if (draw(&state, 50) == 0)
			x[10 * BIG + i] = NAN;
	}
}

static double
r2(const struct rai_fitted *f, const struct rai_fit_data *d)
{
	double mean = 0, rest = 0, all = 0, out;
	size_t i;

	for (i = 0; i < d->n; i++)
		mean += d->y[i] / (double)d->n;
	for (i = 0; i < d->n; i++) {
		ask(f, d, i, &out);
		rest += (d->y[i] - out) * (d->y[i] - out);
		all += (d->y[i] - mean) * (d->y[i] - mean);
	}
	return 1 - rest / all;
}

static int
same_fit(const struct rai_fitted *a, const struct rai_fitted *b)
{
	const struct rai_boost *s = a->state, *t = b->state;

	return s->ntree == t->ntree && s->nsets == t->nsets &&
	       memcmp(s->root, t->root, (s->ntree + 1) * sizeof(*s->root)) == 0 &&
	       memcmp(s->node, t->node, (size_t)s->root[s->ntree] * sizeof(*s->node)) == 0 &&
	       (s->nsets == 0 || memcmp(s->sets, t->sets, s->nsets * sizeof(*s->sets)) == 0) &&
	       memcmp(s->base, t->base, rai_boost_outputs(a) * sizeof(*s->base)) == 0;
}

static int
feature_of(const void *ctx, size_t j, double *out, struct rai_err *err)
{
	(void)err;
	memcpy(out, (const double *)ctx + j * BIG, BIG * sizeof(*out));
	return 0;
}

static int
no_feature(const void *ctx, size_t j, double *out, struct rai_err *err)
{
	return j == 7 ? rai_fail_memory(err) : feature_of(ctx, j, out, err);
}

/* Without a matrix, from features that come one by one. */
static void
check_columns(const struct rai_fitted *want, struct rai_fit_data d)
{
	const struct rai_fit_options opt = {.seed = 1, .threads = 2};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;

	d.feature = feature_of;
	d.feature_ctx = d.x;
	d.x = NULL;
	start(&f, "6");
	fit(&f, &d, 2);
	ok(same_fit(want, &f), "feature by feature");
	rai_fitted_release(&f);
	d.feature = no_feature;
	start(&f, "6");
	ok(f.kind->fit(&f, &d, &opt, &err) != 0 && err.code != RAI_OK, "a feature that cannot be");
}

static void
test_boost__threads_change_nothing(const double *x, const double *y, size_t nclass)
{
	static const size_t levels[BIG_WIDTH] = {[10] = 100};
	static const struct {
		const char *param, *value, *name;
		double r2;
	} way[] = {{"max_bins", "255", "as it is", 0.87}, {"subsample", "0.5", "some rows", 0.86},
	    {"colsample", "0.3", "some features", 0.65},
	    {"early_stopping", "3", "early stopping", 0.86},
	    {"max_bins", "20", "rare levels share a bin", 0.7}};
	struct rai_fit_data d = {
	    .x = x, .y = y, .n = BIG, .width = BIG_WIDTH, .levels = levels, .nclass = nclass};
	struct rai_fitted one, three;
	size_t i;

	for (i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		start(&one, "6");
		set(&one, way[i].param, way[i].value);
		three = one;
		fit(&one, &d, 1);
		fit(&three, &d, 3);
		ok(same_fit(&one, &three), way[i].name);
		if (nclass == 0)
			ok(r2(&one, &d) > way[i].r2, "it learns");
		if (i == 0)
			check_columns(&one, d);
		rai_fitted_release(&one);
		rai_fitted_release(&three);
	}
}

static void
test_boost__batches_are_rows(const double *x, const double *y, size_t nclass)
{
	static const size_t levels[BIG_WIDTH] = {[10] = 100};
	struct rai_fit_data d = {
	    .x = x, .y = y, .n = BIG, .width = BIG_WIDTH, .levels = levels, .nclass = nclass};
	double row[100 * BIG_WIDTH], out[300], each[3];
	size_t i, j, outputs, differ = 0;
	struct rai_fitted f;

	start(&f, "11");
	fit(&f, &d, 2);
	outputs = rai_fitted_outputs(&f);
	for (i = 0; i < 100; i++)
		for (j = 0; j < BIG_WIDTH; j++)
			row[i * BIG_WIDTH + j] = x[j * BIG + i];
	f.kind->predict_rows(&f, row, 100, out);
	for (i = 0; i < 100; i++) {
		f.kind->predict(&f, row + i * BIG_WIDTH, each);
		differ += memcmp(each, out + i * outputs, outputs * sizeof(double)) != 0;
	}
	is_int(differ, 0, "a batch gives the bits of its rows");
	rai_fitted_release(&f);
}

/* Levels 0, 3, 70 and those missing are high; in a list of 100 levels, or of 8. */
static void
test_boost__categories(size_t nlevel)
{
	double x[2000], y[2000], out;
	struct rai_fit_data d = {.x = x, .y = y, .n = 2000, .width = 1, .levels = &nlevel};
	uint64_t state = 9;
	struct rai_fitted f;
	size_t i;

	for (i = 0; i < 2000; i++) {
		size_t level = (size_t)draw(&state, nlevel);

		x[i] = level == 1 ? NAN : (double)level;
		y[i] = level == 0 || level == 3 || level == 70 || level == 1 ? 10 : 0;
	}
	start(&f, "1");
	set(&f, "leaves", "2");
	set(&f, "rate", "1");
	set(&f, "l2", "0");
	fit(&f, &d, 1);
	for (i = 0; i < nlevel; i++) {
		double v = i == 1 ? NAN : (double)i;

		f.kind->predict(&f, &v, &out);
		if (fabs(out - (i == 0 || i == 3 || i == 70 || i == 1 ? 10 : 0)) > 1e-6)
			break;
	}
	is_int(i, nlevel, "one split puts every level on its side");
	out = 5;
	f.kind->predict(&f, &(double){1e6}, &out);
	ok_near(out, 10, 1e-6, "a level that nobody knows goes where missing ones go");
	rai_fitted_release(&f);
}

static void
test_boost__missing_goes_with_most(void)
{
	double x[100], y[100], out;
	struct rai_fit_data d = {.x = x, .y = y, .n = 100, .width = 1};
	struct rai_fitted f;
	size_t i;

	for (i = 0; i < 100; i++) {
		x[i] = (double)i;
		y[i] = i < 30 ? 0 : 10;
	}
	start(&f, "1");
	set(&f, "leaves", "2");
	set(&f, "rate", "1");
	set(&f, "l2", "0");
	fit(&f, &d, 1);
	out = 0;
	f.kind->predict(&f, &(double){NAN}, &out);
	ok_near(out, 10, 1e-6, "missing, where training had none: with most rows");
	f.kind->predict(&f, &(double){29.5}, &out);
	ok_near(out, 0, 1e-6, "cut at the midpoint: it belongs to the left");
	rai_fitted_release(&f);
}

static void
test_boost__refuses(const struct sample *s)
{
	struct rai_fit_data d = {.x = s->x, .y = s->y, .n = ROWS, .width = WIDTH, .nclass = 0};
	struct rai_fit_options opt = {.seed = 1, .threads = 1};
	struct rai_err err = RAI_ERR_INIT;
	double y[ROWS];
	struct rai_fitted f;
	int i;

	for (i = 0; i < ROWS; i++)
		y[i] = i == 9 ? -1 : 1;
	d.y = y;
	start(&f, "1");
	set(&f, "loss", "poisson");
	is_int(f.kind->fit(&f, &d, &opt, &err), -1, "poisson and a negative count");
	is_str(err.msg, "loss poisson: a target is -1; counts must not be negative", "says which");
	d.nclass = 2;
	is_int(f.kind->fit(&f, &d, &opt, &err), -1, "a loss for classes");
	is_str(err.msg, "boost: loss is for numbers; classes are learned by their log loss",
	    "says why");
}

/* Constant and all-missing features, few rows, large targets: a fit, and finite numbers. */
static void
test_boost__odd_data(void)
{
	double x[40], y[20], out;
	struct rai_fit_data d = {.x = x, .y = y, .n = 20, .width = 2};
	struct rai_fitted f;
	size_t i;

	for (i = 0; i < 20; i++) {
		x[i] = 4;
		x[20 + i] = NAN;
		y[i] = i % 2 == 0 ? 1e300 : -1e300;
	}
	start(&f, "3");
	fit(&f, &d, 2);
	ask(&f, &d, 0, &out);
	ok(isfinite(out), "nothing to split by: the mean");
	rai_fitted_release(&f);
	for (i = 0; i < 20; i++)
		x[20 + i] = i % 2 == 0 ? -HUGE_VAL : HUGE_VAL;
	start(&f, "3");
	set(&f, "min_samples_leaf", "1");
	fit(&f, &d, 2);
	ask(&f, &d, 0, &out);
	ok(out > 5e299 && isfinite(out), "infinite features are cut");
	rai_fitted_release(&f);
}

int
main(void)
{
	static double x[BIG_WIDTH * BIG], y[BIG], class[BIG];
	struct sample s;
	size_t i;

	make_sample(&s);
	make_big(x, y);
	test_boost__numbers_as_scikit_learn(&s);
	test_boost__classes_as_scikit_learn(&s);
	test_boost__threads_change_nothing(x, y, 0);
	test_boost__batches_are_rows(x, y, 0);
	for (i = 0; i < BIG; i++)
		class[i] = y[i] > 80;
	test_boost__threads_change_nothing(x, class, 2);
	test_boost__batches_are_rows(x, class, 2);
	for (i = 0; i < BIG; i++)
		class[i] = (y[i] > 60) + (y[i] > 100);
	test_boost__threads_change_nothing(x, class, 3);
	test_boost__batches_are_rows(x, class, 3);
	test_boost__categories(8);
	test_boost__categories(100);
	test_boost__missing_goes_with_most();
	test_boost__refuses(&s);
	test_boost__odd_data();
	return tap_done();
}

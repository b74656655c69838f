#include <math.h>

#include "model/kind_sample.h"
#include "model/moments.h"

static const struct rai_fit_options one_thread = {.seed = 1, .threads = 1};

static struct rai_fit_data
first_columns(const struct sample *s, size_t width)
{
	return (struct rai_fit_data){.x = s->x, .y = s->y, .n = SAMPLE_ROWS, .width = width};
}

/* want: the coefficients, then the intercept */
static void
check(const struct rai_fit_data *d, const char *kind, const char *const *params, const double *want,
    double eps)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	const double *coef;
	size_t j;

	if (!ok(sample_fit(&f, kind, d, &one_thread, params, &err) == 0, kind)) {
		printf("# %s\n", err.msg);
		return;
	}
	coef = sample_saved(&f, "coefficients");
	for (j = 0; j < d->width; j++)
		ok_near(coef[j], want[j], eps, "coefficient");
	ok_near(*(const double *)sample_saved(&f, "intercept"), want[j], eps, "intercept");
	rai_fitted_release(&f);
}

/* The numbers are those of scikit-learn 1.2 (LinearRegression, Ridge, Lasso, ElasticNet). */
static void
test_linear__as_scikit_learn(void)
{
	static const double plain[] = {
	    3.0253869688756607, -2.0531859537708677, 0.8379404628321605, 0.023130123780660483};
	static const double ridge[] = {
	    2.518617265010787, -1.7194292534741102, 0.74374507341246676, 1.2850590419125378};
	static const double lasso1[] = {
	    2.8794855374789039, -1.8910275987183549, 0.7014826319871249, 0.64545713855468101};
	static const double lasso5[] = {
	    2.2958872069340885, -1.2423905312167642, 0.15564986768119571, 3.1347220375118523};
	static const double tight[] = {3.0218895065105276, -2.0507625609903966, 0.8354054373247829,
	    0.013458451206483708, -0.022893137737721503};
	static const double net[] = {2.730834061445472, -1.8299567368129961, 0.73376432038697459,
	    0.0068673125628749112, 0.84398810254808332};
	static const double net2[] = {2.3911245453601278, -1.60488069836551, 0.66168693727572325,
	    0.043441078684885892, 1.5561269836184062};
	struct rai_fit_data three, four;
	struct sample s;

	sample_make(&s);
	three = first_columns(&s, 3);
	four = first_columns(&s, 4);
	check(&three, "linear", SAMPLE_DEFAULTS, plain, 1e-12);
	check(&three, "ridge", SAMPLE_PARAMS("alpha", "100"), ridge, 1e-12);
	check(&three, "lasso", SAMPLE_DEFAULTS, lasso1, 1e-12);
	check(&three, "lasso", SAMPLE_PARAMS("alpha", "5"), lasso5, 1e-12);
	check(&four, "lasso", SAMPLE_PARAMS("alpha", "0.01", "tol", "1e-12"), tight, 1e-10);
	check(&four, "elastic-net", SAMPLE_DEFAULTS, net, 1e-12);
	check(&four, "elastic-net", SAMPLE_PARAMS("alpha", "2", "l1_ratio", "0.3", "tol", "1e-12"),
	    net2, 1e-10);
}

static void
test_linear__dependent_and_constant_columns(void)
{
	/* the fourth column is the sum of the first two, by scikit-learn as above */
	static const double lasso[] = {
	    2.9524367415842545, -1.9721069701284208, 0.76971149933477034, 0, 0.33429254169670664};
	static const char *const kinds[] = {"linear", "ridge", "lasso", "elastic-net"};
	struct rai_fit_data d, three;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f, g;
	struct sample s;
	size_t i, k;

	sample_make(&s);
	d = first_columns(&s, 4);
	three = first_columns(&s, 3);
	for (i = 0; i < SAMPLE_ROWS; i++)
		s.x[3 * SAMPLE_ROWS + i] = s.x[i] + s.x[SAMPLE_ROWS + i];
	check(&d, "lasso", SAMPLE_PARAMS("alpha", "0.5"), lasso, 1e-12);
	ok(sample_fit(&f, "linear", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0 &&
		sample_fit(&g, "linear", &three, &one_thread, SAMPLE_DEFAULTS, &err) == 0,
	    "fits");
	for (i = 0; i < 3; i++)
		ok_near(sample_ask(&f, &d, i, 0), sample_ask(&g, &three, i, 0), 1e-9,
		    "a dependent column changes no answer");
	rai_fitted_release(&f);
	rai_fitted_release(&g);
	for (i = 0; i < SAMPLE_ROWS; i++)
		s.x[3 * SAMPLE_ROWS + i] = 0.1;
	for (k = 0; k < 4; k++) {
		ok(sample_fit(&f, kinds[k], &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, kinds[k]);
		ok(((const double *)sample_saved(&f, "coefficients"))[3] == 0,
		    "a constant column gets no weight");
		ok(isfinite(sample_ask(&f, &d, 0, 0)), "and hurts nothing");
		rai_fitted_release(&f);
	}
}

static void
test_linear__fewer_rows_than_features(void)
{
	/* scikit-learn: Lasso(alpha=0.5, tol=1e-12, max_iter=1000000) on the first 3 rows */
	static const double lasso[] = {
	    1.0608882166235143, 0, 0.42472971632619538, 0, -2.5182057131521343};
	struct rai_fit_data d = {.n = 3, .width = 4};
	struct rai_err err = RAI_ERR_INIT;
	double x[12], y[3] = {1, 1, 1};
	struct rai_fitted f;
	struct sample s;
	size_t i, j;

	sample_make(&s);
	for (i = 0; i < 3; i++)
		for (j = 0; j < 4; j++)
			x[j * 3 + i] = s.x[j * SAMPLE_ROWS + i];
	d.x = x;
	d.y = s.y;
	check(&d, "lasso", SAMPLE_PARAMS("alpha", "0.5", "tol", "1e-12", "max_iter", "1000000"),
	    lasso, 1e-6);
	ok(sample_fit(&f, "linear", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "plain");
	for (i = 0; i < 3; i++)
		ok_near(sample_ask(&f, &d, i, 0), s.y[i], 1e-8, "all rows are met");
	rai_fitted_release(&f);
	d.n = 1;
	d.y = y;
	ok(sample_fit(&f, "linear", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "one row");
	ok_near(sample_ask(&f, &d, 0, 0), 1, 0, "is its own answer");
	rai_fitted_release(&f);
}

/* The rows [from, from + n) of s. */
static struct rai_fit_data
part(const struct sample *s, size_t from, size_t n, double *x)
{
	size_t i, j;

	for (j = 0; j < SAMPLE_WIDTH; j++)
		for (i = 0; i < n; i++)
			x[j * n + i] = s->x[j * SAMPLE_ROWS + from + i];
	return (struct rai_fit_data){.x = x, .y = s->y + from, .n = n, .width = SAMPLE_WIDTH};
}

static void
test_linear__goes_on_with_new_rows(void)
{
	static const char *const kinds[] = {"linear", "ridge", "lasso", "elastic-net"};
	static const size_t cut[] = {0, 30, 31, SAMPLE_ROWS};
	double x[SAMPLE_WIDTH * SAMPLE_ROWS];
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fit_data all, d;
	struct rai_fitted whole, f[3], again;
	struct sample s;
	size_t k, i;

	sample_make(&s);
	all = first_columns(&s, 4);
	for (k = 0; k < 4; k++) {
		if (sample_fit(&whole, kinds[k], &all, &one_thread, SAMPLE_DEFAULTS, &err) != 0)
			abort();
		for (i = 0; i < 3; i++) {
			struct rai_fit_options opt = one_thread;

			opt.from = i > 0 ? &f[i - 1] : NULL;
			d = part(&s, cut[i], cut[i + 1] - cut[i], x);
			ok(sample_fit(&f[i], kinds[k], &d, &opt, SAMPLE_DEFAULTS, &err) == 0,
			    kinds[k]);
		}
		is_int(*(const int64_t *)sample_saved(&f[2], "rows"), SAMPLE_ROWS, "all rows");
		for (i = 0; i < SAMPLE_ROWS; i++)
			if (fabs(sample_ask(&f[2], &all, i, 0) - sample_ask(&whole, &all, i, 0)) >
			    1e-10)
				break;
		ok(i == SAMPLE_ROWS, "part by part as all at once");
		{
			struct rai_fit_options opt = one_thread;

			opt.from = &f[1];
			opt.threads = 3;
			ok(sample_fit(&again, kinds[k], &d, &opt, SAMPLE_DEFAULTS, &err) == 0,
			    "again");
			ok(sample_same(&again, &f[2]), "gives the same bytes");
			rai_fitted_release(&again);
		}
		for (i = 0; i < 3; i++)
			rai_fitted_release(&f[i]);
		rai_fitted_release(&whole);
	}
}

static void
test_linear__what_cannot_go_on(void)
{
	enum { WIDE = RAI_MOMENTS_KEPT + 1 };
	struct rai_fit_options opt = one_thread;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fit_data d = {.n = 2, .width = WIDE}, four;
	struct rai_fitted wide, f;
	double *x = calloc(WIDE, 2 * sizeof(*x)), y[2] = {1, 2};
	struct sample s;
	size_t j;

	if (x == NULL)
		abort();
	for (j = 0; j < WIDE; j++)
		x[2 * j] = (double)(j % 7);
	d.x = x;
	d.y = y;
	sample_make(&s);
	four = first_columns(&s, 4);
	ok(sample_fit(&wide, "ridge", &d, &opt, SAMPLE_DEFAULTS, &err) == 0, "a wide fit");
	ok(sample_saved(&wide, "comoments") == NULL, "keeps no moments");
	opt.from = &wide;
	ok(sample_fit(&f, "ridge", &d, &opt, SAMPLE_DEFAULTS, &err) == -1, "and does not go on");
	ok(strstr(err.msg, "more than 512 features keeps no moments") != NULL, err.msg);
	ok(sample_fit(&f, "ridge", &four, &opt, SAMPLE_DEFAULTS, &err) == -1,
	    "nor with other features");
	ok(strstr(err.msg, "of 513 features cannot be continued with rows of 4") != NULL, err.msg);
	rai_fitted_release(&wide);
	free(x);
}

static void
test_linear__any_number_of_threads(void)
{
	static const char *const kinds[] = {"linear", "ridge", "lasso", "elastic-net"};
	struct rai_fit_options many = {.seed = 2, .threads = 5};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted a, b;
	struct rai_fit_data d;
	struct sample s;
	size_t k;

	sample_make(&s);
	d = first_columns(&s, 4);
	for (k = 0; k < 4; k++) {
		ok(sample_fit(&a, kinds[k], &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0 &&
			sample_fit(&b, kinds[k], &d, &many, SAMPLE_DEFAULTS, &err) == 0,
		    kinds[k]);
		ok(sample_same(&a, &b), "the same bytes");
		rai_fitted_release(&a);
		rai_fitted_release(&b);
	}
}

static void
test_linear__features_without_end(void)
{
	static const char *const kinds[] = {"linear", "ridge", "lasso", "elastic-net"};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;
	size_t k, i;

	sample_make(&s);
	d = first_columns(&s, 2);
	for (i = 0; i < SAMPLE_ROWS; i++)
		s.x[i] *= 1e200;
	for (k = 0; k < 4; k++) {
		ok(sample_fit(&f, kinds[k], &d, &one_thread, SAMPLE_DEFAULTS, &err) == -1,
		    kinds[k]);
		ok(strstr(err.msg, "too large") != NULL, err.msg);
		rai_fitted_release(&f);
	}
}

static void
test_linear__load_trusts_nothing(void)
{
	static const struct sample_refusal cases[] = {
	    {{"coefficients", 0, 0, NAN, 0}, 4, "\"coefficients\" is not finite at 0"},
	    {{"coefficients", 0, 0, 1, 1}, 4, "\"coefficients\" must be 4 x 1"},
	    {{"coefficients", 0, 0, 1, 0}, 5, "\"coefficients\" must be 5 x 1"},
	    {{"intercept", 0, 0, INFINITY, 0}, 4, "\"intercept\" is not finite"},
	    {{"intercept", 1, 0, 0, 0}, 4, "\"intercept\" must be 1 x 1"},
	    {{"rows", 0, 0, -0.0, 0}, 4, "\"rows\" must be from 1"},
	    {{"rows", 0, 0, 1, 0}, 4, "\"rows\" must be from 1"},
	    {{"rows", 1, 0, 0, 0}, 4, "\"rows\" must be one whole number"},
	    {{"means", 1, 0, 0, 0}, 4, "\"means\" must be 5 x 1"},
	    {{"means", 0, 4, NAN, 0}, 4, "\"means\" is not finite at 4"},
	    {{"comoments", 0, 0, 1, 1}, 4, "\"comoments\" must be 15 x 1"},
	    {{"comoments", 0, 14, -1, 0}, 4, "column 4 has a negative sum of squares"},
	    {{"comoments", 0, 1, INFINITY, 0}, 4, "\"comoments\" is not finite at 1"},
	};
	static const struct sample_change none = {"means", 0, 0, 7, 0};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;

	sample_make(&s);
	d = first_columns(&s, 4);
	if (sample_fit(&f, "linear", &d, &one_thread, SAMPLE_DEFAULTS, &err) != 0)
		abort();
	ok(sample_load_changed(&f, &none, 4, &err) == 0, "a mean of its own");
	sample_load_refuses(&f, cases, sizeof(cases) / sizeof(cases[0]));
	rai_fitted_release(&f);
}

int
main(void)
{
	test_linear__as_scikit_learn();
	test_linear__dependent_and_constant_columns();
	test_linear__fewer_rows_than_features();
	test_linear__goes_on_with_new_rows();
	test_linear__what_cannot_go_on();
	test_linear__any_number_of_threads();
	test_linear__features_without_end();
	test_linear__load_trusts_nothing();
	return tap_done();
}

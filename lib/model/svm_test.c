#include "model/svm.h"

#include "base/fpmath.h"
#include "model/kind_sample.h"

static const struct rai_fit_options one_thread = {.seed = 1, .threads = 1};

/* The numbers are those of scikit-learn 1.2: SVR(tol=1e-10, ...).predict(first three rows). */
static void
test_svr__as_scikit_learn(void)
{
	static const struct {
		const char *params[14]; /* ends with NULL */
		size_t vectors;
		double want[3];
	} cases[] = {
	    {{"tol", "1e-10"}, 78, {3.57200221410935, 9.19659352673341, 3.17375377870007}},
	    {{"tol", "1e-10", "kernel", "linear", "C", "0.5"}, 80,
		{4.06597195138684, 9.81147285286086, 1.20199564677223}},
	    {{"tol", "1e-10", "kernel", "poly", "C", "0.1", "degree", "2", "coef0", "1", "gamma",
		 "0.01"},
		80, {5.96810457214416, 8.31080930704749, 5.80471548260531}},
	    {{"tol", "1e-10", "kernel", "sigmoid", "gamma", "auto", "C", "2", "coef0", "-1"}, 80,
		{7.2356524348687, 7.16771346695737, 7.17916017969128}},
	    {{"tol", "1e-10", "C", "10", "gamma", "0.05", "epsilon", "0.5"}, 56,
		{2.61175759315384, 8.53504666842534, 1.21458751032408}},
	};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;
	size_t k, i;

	sample_make(&s);
	d = (struct rai_fit_data){.x = s.x, .y = s.y, .n = SAMPLE_ROWS, .width = 3};
	for (k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		if (!ok(sample_fit(&f, "svr", &d, &one_thread, cases[k].params, &err) == 0, "svr"))
			printf("# %s\n", err.msg);
		is_int(((const struct rai_svm *)f.state)->nvector, cases[k].vectors, "vectors");
		for (i = 0; i < 3; i++)
			ok_near(sample_ask(&f, &d, i, 0), cases[k].want[i], 1e-7, "prediction");
		rai_fitted_release(&f);
	}
}

/* A target within epsilon needs no support vector. */
static void
test_svr__constant(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf file;
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;
	size_t i;

	sample_make(&s);
	for (i = 0; i < SAMPLE_ROWS; i++) {
		s.y[i] = 7;
		s.x[i] = 0.1;
	}
	d = (struct rai_fit_data){.x = s.x, .y = s.y, .n = SAMPLE_ROWS, .width = 3};
	ok(sample_fit(&f, "svr", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "constant target");
	ok_near(sample_ask(&f, &d, 5, 0), 7, 0.1 + 1e-9, "is met within epsilon");
	file = sample_file(&f);
	ok(file.len > 0, "and saved");
	rai_buf_free(&file);
	rai_fitted_release(&f);
	d.n = 1;
	ok(sample_fit(&f, "svr", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "one row");
	rai_fitted_release(&f);
}

static void
decide(const struct rai_fitted *f, const struct rai_fit_data *d, size_t row, double *value)
{
	const struct rai_svm *s = f->state;
	double x[SAMPLE_WIDTH];
	size_t i, k;

	sample_row(d, row, x);
	for (k = 0; k < s->npair; k++) {
		value[k] = s->intercept[k];
		for (i = 0; i < s->nvector; i++)
			value[k] +=
			    s->coef[i * s->npair + k] *
			    rai_svm_kernel(&s->kernel, s->vector + i * f->width, x, f->width);
	}
}

/* SVC(tol=1e-10, ...).decision_function; of two classes with the other sign. */
static void
test_svc__as_scikit_learn(void)
{
	static const double two[] = {5}, three[] = {0, 12};
	static const double want2[] = {0.781324991234027, -0.636114508717099, 0.991213984011342};
	static const double want3[] = {-1.14025495285419, 0.52128031240058, 1.66114605720265,
	    -1.90497628833425, -0.536367917861223, 0.999999982214148, -1.00000003557062,
	    0.339603314947694, 1.54308473688503};
	struct rai_err err = RAI_ERR_INIT;
	double class[SAMPLE_ROWS], value[3], p[3];
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;
	size_t i, k, right = 0;

	sample_make(&s);
	d = (struct rai_fit_data){.x = s.x, .y = class, .n = SAMPLE_ROWS, .width = 3, .nclass = 2};
	sample_classify(&s, two, 1, class);
	ok(sample_fit(&f, "svc", &d, &one_thread, SAMPLE_PARAMS("tol", "1e-10"), &err) == 0, "two");
	is_int(((const struct rai_svm *)f.state)->nvector, 39, "vectors");
	for (i = 0; i < 3; i++) {
		decide(&f, &d, i, value);
		ok_near(value[0], want2[i], 1e-7, "decision");
	}
	rai_fitted_release(&f);
	sample_classify(&s, three, 2, class);
	d.nclass = 3;
	ok(sample_fit(&f, "svc", &d, &one_thread, SAMPLE_PARAMS("tol", "1e-10", "C", "2"), &err) ==
		0,
	    "three");
	is_int(((const struct rai_svm *)f.state)->nvector, 45, "vectors");
	for (i = 0; i < 3; i++) {
		decide(&f, &d, i, value);
		for (k = 0; k < 3; k++)
			ok_near(value[k], want3[3 * i + k], 1e-6, "decision");
	}
	for (i = 0; i < SAMPLE_ROWS; i++) {
		for (k = 0; k < 3; k++)
			p[k] = sample_ask(&f, &d, i, k);
		if (fabs(p[0] + p[1] + p[2] - 1) < 1e-12)
			right += p[(size_t) class[i]] >= 0.5;
	}
	ok(right > SAMPLE_ROWS * 3 / 4, "probabilities that sum to 1 and find the class");
	rai_fitted_release(&f);
}

/* scikit-learn's calibration, which minimises the same by BFGS, to the digits that it reaches. */
static void
test_sigmoid__as_scikit_learn(void)
{
	double value[40], ab[2];
	char first[40];
	int i;

	for (i = 0; i < 40; i++) {
		value[i] = i * i * 7 % 41 / 10.0 - 2;
		first[i] = value[i] + i * 13 % 17 / 8.0 - 1 > 0;
	}
	rai_svm_sigmoid(value, first, 40, ab);
	ok_near(ab[0], -2.4545433284592, 1e-4, "a");
	ok_near(ab[1], 0.337771195473095, 1e-4, "b");
	for (i = 0; i < 40; i++)
		first[i] = 1;
	rai_svm_sigmoid(value, first, 40, ab);
	ok(isfinite(ab[0]) && isfinite(ab[1]), "one side alone");
}

/* The minimum under the sum's constraint is linear equations, solved by numpy. */
static void
test_couple__is_the_minimum(void)
{
	static const double r[] = {0.7, 0.9, 0.6}, sigmoid[] = {-1, 0, -1, 0, -1, 0};
	static const double want[] = {0.6458196181698486, 0.25082290980908495, 0.10335747202106649};
	double value[3], p[3];
	int i;

	for (i = 0; i < 3; i++)
		value[i] = rai_log(r[i] / (1 - r[i]));
	rai_svm_couple(value, sigmoid, 3, p);
	for (i = 0; i < 3; i++)
		ok_near(p[i], want[i], 1e-9, "probability");
}

static void
test_svc__seeds_and_threads(void)
{
	static const double cut[] = {0, 6, 12};
	struct rai_fit_options many = {.seed = 1, .threads = 4}, other = {.seed = 2, .threads = 1};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted a, b, c;
	double class[SAMPLE_ROWS];
	struct rai_fit_data d;
	struct sample s;

	sample_make(&s);
	sample_classify(&s, cut, 3, class);
	d = (struct rai_fit_data){.x = s.x, .y = class, .n = SAMPLE_ROWS, .width = 4, .nclass = 4};
	ok(sample_fit(&a, "svc", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0 &&
		sample_fit(&b, "svc", &d, &many, SAMPLE_DEFAULTS, &err) == 0 &&
		sample_fit(&c, "svc", &d, &other, SAMPLE_DEFAULTS, &err) == 0,
	    "four classes");
	ok(sample_same(&a, &b), "the same bytes with any number of threads");
	ok(!sample_same(&a, &c), "another seed deals other folds");
	rai_fitted_release(&a);
	rai_fitted_release(&b);
	rai_fitted_release(&c);
}

static void
test_svc__few_rows(void)
{
	static const double cut[] = {5};
	struct rai_err err = RAI_ERR_INIT;
	double class[SAMPLE_ROWS];
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;
	size_t i;

	sample_make(&s);
	d = (struct rai_fit_data){.x = s.x, .y = class, .n = SAMPLE_ROWS, .width = 4, .nclass = 5};
	for (i = 0; i < SAMPLE_ROWS; i++)
		class[i] = i == 7 ? 3 : i % 2 == 0 ? 1 : 2;
	ok(sample_fit(&f, "svc", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0,
	    "a class of one row, two of none");
	ok(sample_ask(&f, &d, 0, 0) == 0 && sample_ask(&f, &d, 0, 4) == 0, "probability 0");
	ok_near(sample_ask(&f, &d, 0, 1) + sample_ask(&f, &d, 0, 2) + sample_ask(&f, &d, 0, 3), 1,
	    1e-12, "the others' sum is 1");
	rai_fitted_release(&f);
	d.nclass = 2;
	sample_classify(&s, cut, 1, class);
	for (i = 0; i < SAMPLE_ROWS; i++)
		s.x[i] = class[i] * 100;
	ok(sample_fit(&f, "svc", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "separable");
	for (i = 0; i < SAMPLE_ROWS; i++)
		if ((sample_ask(&f, &d, i, 1) > 0.5) != (class[i] == 1))
			break;
	is_int(i, SAMPLE_ROWS, "all rows on their side");
	rai_fitted_release(&f);
	for (i = 0; i < SAMPLE_ROWS; i++)
		class[i] = 1;
	ok(sample_fit(&f, "svc", &d, &one_thread, SAMPLE_DEFAULTS, &err) == -1, "one class");
	is_str(err.msg, "svc needs rows of two classes at least", "is refused");
}

static void
test_set__words(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;

	rai_fitted_init(&f, rai_kind_find("svr"));
	is_str(rai_fitted_word(&f, RAI_SVM_P_KERNEL), "rbf", "the kernel by default");
	is_str(rai_fitted_word(&f, RAI_SVM_P_GAMMA), "scale", "gamma by default");
	ok(rai_fitted_set_text(&f, "kernel", "cubic", &err) == -1, "no such kernel");
	is_str(err.msg, "svr: kernel must be one of: rbf, linear, poly, sigmoid", "says which");
	ok(rai_fitted_set_text(&f, "gamma", "0", &err) == -1, "gamma is above 0");
	ok(strstr(err.msg, "or one of: scale, auto") != NULL, err.msg);
	rai_fitted_init(&f, rai_kind_find("svc"));
	ok(rai_fitted_set(&f, "epsilon", 1, &err) == -1, "svc has no epsilon");
}

static void
test_svm__load_trusts_nothing(void)
{
	static const struct sample_refusal cases[] = {
	    {{"support_vectors", 0, 1, NAN, 0}, 3, "\"support_vectors\" is not finite at 1"},
	    {{"support_vectors", 0, 0, 1, 0}, 2, "\"support_vectors\" must be"},
	    {{"support_vectors", 1, 0, 1, 0}, 3, "\"support_vectors\" must be 1 x 3"},
	    {{"dual_coefficients", 0, 0, 1, 3}, 3, "\"dual_coefficients\" must be"},
	    {{"dual_coefficients", 0, 2, INFINITY, 0}, 3, "\"dual_coefficients\" is not finite"},
	    {{"intercepts", 0, 0, 1, 1}, 3, "\"intercepts\" must be 3 x 1"},
	    {{"gamma", 0, 0, NAN, 0}, 3, "\"gamma\" is not finite"},
	    {{"sigmoids", 1, 0, 0, 0}, 3, "\"sigmoids\" must be 3 x 2"},
	    {{"classes", 1, 0, 0, 0}, 3, "\"classes\" must be aligned"},
	    {{"classes", 0, 0, 1, 0}, 3, "\"classes\" must rise, from 0 to 2"},
	    {{"classes", 0, 2, 1, 0}, 3, "\"classes\" must rise, from 0 to 2"},
	    {{"classes", 0, 1, 0, 0}, 3, "\"classes\" must rise, from 0 to 2"},
	    {{"classes", 0, 0, 0, 2}, 3, "with 2 to 64 numbers"},
	    {{"classes", 0, 0, 0, 1}, 3, "\"sigmoids\" must be 1 x 2"},
	};
	static const struct sample_change none = {"intercepts", 0, 0, 7, 0};
	static const double cut[] = {0, 12};
	struct rai_err err = RAI_ERR_INIT;
	double class[SAMPLE_ROWS];
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;

	sample_make(&s);
	sample_classify(&s, cut, 2, class);
	d = (struct rai_fit_data){.x = s.x, .y = class, .n = SAMPLE_ROWS, .width = 3, .nclass = 3};
	if (sample_fit(&f, "svc", &d, &one_thread, SAMPLE_DEFAULTS, &err) != 0)
		abort();
	ok(sample_load_changed(&f, &none, 3, &err) == 0, "an intercept of its own");
	sample_load_refuses(&f, cases, sizeof(cases) / sizeof(cases[0]));
	rai_fitted_release(&f);
}

int
main(void)
{
	test_svr__as_scikit_learn();
	test_svr__constant();
	test_svc__as_scikit_learn();
	test_sigmoid__as_scikit_learn();
	test_couple__is_the_minimum();
	test_svc__seeds_and_threads();
	test_svc__few_rows();
	test_set__words();
	test_svm__load_trusts_nothing();
	return tap_done();
}

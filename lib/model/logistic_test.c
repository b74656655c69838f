#include "model/kind_sample.h"

static const struct rai_fit_options one_thread = {.seed = 1, .threads = 1};

/* The first width columns and classes of s, class[] being their memory. */
static struct rai_fit_data
classes(const struct sample *s, size_t width, const double *cut, size_t n, double *class)
{
	sample_classify(s, cut, n, class);
	return (struct rai_fit_data){
	    .x = s->x, .y = class, .n = SAMPLE_ROWS, .width = width, .nclass = n + 1};
}

static void
check(const struct rai_fit_data *d, const char *c, const double *coef, const double *intercept,
    const double *probability)
{
	struct rai_err err = RAI_ERR_INIT;
	size_t scores = d->nclass == 2 ? 1 : d->nclass, i, k;
	const double *got_coef, *got_intercept;
	struct rai_fitted f;

	if (!ok(sample_fit(&f, "logistic", d, &one_thread, SAMPLE_PARAMS("C", c, "tol", "1e-9"),
		    &err) == 0,
		"logistic")) {
		printf("# %s\n", err.msg);
		return;
	}
	got_coef = sample_saved(&f, "coefficients");
	got_intercept = sample_saved(&f, "intercepts");
	for (i = 0; i < scores * d->width; i++)
		ok_near(got_coef[i], coef[i], 1e-6, "coefficient");
	/* only their differences matter */
	for (i = 0; i < scores; i++)
		ok_near(got_intercept[i] - (scores > 1 ? got_intercept[0] : 0),
		    intercept[i] - (scores > 1 ? intercept[0] : 0), 1e-6, "intercept");
	for (i = 0; i < 3; i++)
		for (k = 0; k < d->nclass; k++)
			ok_near(sample_ask(&f, d, i, k), probability[i * d->nclass + k], 1e-7,
			    "probability");
	rai_fitted_release(&f);
}

/* The numbers are those of scikit-learn 1.2: LogisticRegression(C=..., tol=1e-12,
 * solver="newton-cg"). */
static void
test_logistic__as_scikit_learn(void)
{
	static const double two[] = {5}, three[] = {0, 12};
	static const double coef[] = {1.8606477114715001, -1.2918962644921366, 0.68079939563833136};
	static const double intercept[] = {-3.9846483};
	static const double probability[] = {0.788976996667, 0.211023003333, 0.0367034486487,
	    0.963296551351, 0.923412331396, 0.0765876686042};
	static const double coef_strong[] = {
	    0.67379343517364565, -0.40511584488227781, 0.24132062136140353};
	static const double intercept_strong[] = {-1.83443636};
	static const double probability_strong[] = {0.671929494808, 0.328070505192, 0.231188765651,
	    0.768811234349, 0.746839810262, 0.253160189738};
	static const double coef3[] = {-1.8137387946536838, 1.3064490745884074,
	    -0.43893210315990333, -0.05116952334017201, -0.031222616007183502,
	    -0.015616682483270677, 1.8649083179938535, -1.2752264585812343, 0.45454878564316309};
	static const double intercept3[] = {1.32130643, 3.24914409, -4.57045053};
	static const double probability3[] = {0.0317333262105, 0.964710332111, 0.00355634167814,
	    0.00229573404052, 0.861587608881, 0.136116657078, 0.230611597266, 0.769036482857,
	    0.000351919877474};
	double class[SAMPLE_ROWS];
	struct rai_fit_data d;
	struct sample s;

	sample_make(&s);
	d = classes(&s, 3, two, 1, class);
	check(&d, "1", coef, intercept, probability);
	check(&d, "0.05", coef_strong, intercept_strong, probability_strong);
	d = classes(&s, 3, three, 2, class);
	check(&d, "1", coef3, intercept3, probability3);
}

/* Where a line parts the classes the penalty alone keeps the coefficients finite. */
static void
test_logistic__separable(void)
{
	struct rai_err err = RAI_ERR_INIT;
	double x[SAMPLE_ROWS], class[SAMPLE_ROWS];
	struct rai_fit_data d = {.x = x, .y = class, .n = SAMPLE_ROWS, .width = 1, .nclass = 2};
	static const char *const c[] = {"1", "1e6", "1e12"};
	struct rai_fitted f;
	size_t i, k, wrong;

	for (i = 0; i < SAMPLE_ROWS; i++) {
		x[i] = (double)i / 10;
		class[i] = i >= 30;
	}
	for (k = 0; k < 3; k++) {
		ok(sample_fit(&f, "logistic", &d, &one_thread, SAMPLE_PARAMS("C", c[k]), &err) == 0,
		    c[k]);
		for (wrong = i = 0; i < SAMPLE_ROWS; i++)
			wrong += (sample_ask(&f, &d, i, 1) > 0.5) != (class[i] == 1);
		is_int(wrong, 0, "all rows on their side");
		rai_fitted_release(&f);
	}
}

static void
test_logistic__classes_without_rows(void)
{
	static const double cut[] = {5}, four[] = {-1e9, 0, 1e9, 2e9};
	struct rai_err err = RAI_ERR_INIT;
	double class[SAMPLE_ROWS], other[SAMPLE_ROWS];
	struct rai_fit_data d, binary;
	struct rai_fitted f, g;
	struct sample s;
	size_t i, wrong = 0;

	sample_make(&s);
	binary = classes(&s, 3, cut, 1, other);
	d = classes(&s, 3, four, 4, class); /* only classes 1 and 2 have rows */
	for (i = 0; i < SAMPLE_ROWS; i++)
		class[i] = other[i] + 1;
	ok(sample_fit(&f, "logistic", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "five classes");
	ok(sample_fit(&g, "logistic", &binary, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "two");
	for (i = 0; i < SAMPLE_ROWS; i++)
		wrong += sample_ask(&f, &d, i, 0) != 0 || sample_ask(&f, &d, i, 3) != 0 ||
			 sample_ask(&f, &d, i, 4) != 0 ||
			 fabs(sample_ask(&f, &d, i, 2) - sample_ask(&g, &binary, i, 1)) > 1e-14;
	is_int(wrong, 0, "those without rows have probability 0, the others as alone");
	rai_fitted_release(&f);
	rai_fitted_release(&g);
	for (i = 0; i < SAMPLE_ROWS; i++)
		class[i] = i % 3 == 0 ? 0 : i % 3 == 1 ? 2 : 3;
	ok(sample_fit(&f, "logistic", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0,
	    "three of five");
	ok(sample_ask(&f, &d, 0, 1) == 0 && sample_ask(&f, &d, 0, 4) == 0, "probability 0");
	ok_near(sample_ask(&f, &d, 0, 0) + sample_ask(&f, &d, 0, 2) + sample_ask(&f, &d, 0, 3), 1,
	    1e-15, "the others' sum is 1");
	rai_fitted_release(&f);
	for (i = 0; i < SAMPLE_ROWS; i++)
		class[i] = 3;
	ok(sample_fit(&f, "logistic", &d, &one_thread, SAMPLE_DEFAULTS, &err) == -1, "one class");
	is_str(err.msg, "logistic needs rows of two classes at least", "is refused");
}

/* Several blocks of rows, dependent and constant columns. */
static void
test_logistic__any_number_of_threads(void)
{
	enum { N = 3000 };
	struct rai_fit_options many = {.seed = 2, .threads = 4};
	double *x = malloc(4 * N * sizeof(*x)), *class = malloc(N * sizeof(*class));
	struct rai_fit_data d = {.n = N, .width = 4, .nclass = 3};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted a, b;
	struct sample s;
	size_t i, j;

	if (x == NULL || class == NULL)
		abort();
	sample_make(&s);
	for (i = 0; i < N; i++) {
		for (j = 0; j < 2; j++)
			x[j * N + i] = s.x[j * SAMPLE_ROWS + (i + i / 79) % SAMPLE_ROWS];
		x[2 * N + i] = x[i] - x[N + i];
		x[3 * N + i] = 0.3;
		class[i] = (double)((i / 7 + (size_t)x[i] % 2) % 3);
	}
	d.x = x;
	d.y = class;
	ok(sample_fit(&a, "logistic", &d, &one_thread, SAMPLE_DEFAULTS, &err) == 0, "one thread");
	ok(sample_fit(&b, "logistic", &d, &many, SAMPLE_DEFAULTS, &err) == 0, "four");
	ok(sample_same(&a, &b), "the same bytes");
	rai_fitted_release(&a);
	rai_fitted_release(&b);
	free(x);
	free(class);
}

static void
test_logistic__load_trusts_nothing(void)
{
	static const struct sample_refusal cases[] = {
	    {{"coefficients", 0, 5, NAN, 0}, 3, "\"coefficients\" is not finite at 5"},
	    {{"coefficients", 0, 0, 1, 0}, 2, "\"coefficients\" must be 3 x 2"},
	    {{"coefficients", 1, 0, 1, 0}, 3, "\"coefficients\" must be 3 x 3"},
	    {{"intercepts", 0, 0, 0, 1}, 3, "\"intercepts\" must be 3 x 1"},
	    {{"intercepts", 0, 2, INFINITY, 0}, 3, "\"intercepts\" is not finite at 2"},
	};
	static const struct sample_change none = {"intercepts", 0, 0, 7, 0};
	static const double cut[] = {0, 12};
	struct rai_err err = RAI_ERR_INIT;
	double class[SAMPLE_ROWS];
	struct rai_fitted f;
	struct rai_fit_data d;
	struct sample s;

	sample_make(&s);
	d = classes(&s, 3, cut, 2, class);
	if (sample_fit(&f, "logistic", &d, &one_thread, SAMPLE_DEFAULTS, &err) != 0)
		abort();
	ok(sample_load_changed(&f, &none, 3, &err) == 0, "an intercept of its own");
	sample_load_refuses(&f, cases, sizeof(cases) / sizeof(cases[0]));
	rai_fitted_release(&f);
}

int
main(void)
{
	test_logistic__as_scikit_learn();
	test_logistic__separable();
	test_logistic__classes_without_rows();
	test_logistic__any_number_of_threads();
	test_logistic__load_trusts_nothing();
	return tap_done();
}

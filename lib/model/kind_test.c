#include "model/kind.h"

#include "base/tap.h"

/* 60 rows of 3 features by a linear congruential generator, so that others can make them too. */
#define ROWS 60
#define WIDTH 4

struct sample {
	double x[WIDTH * ROWS]; /* column-major; the last column is the sum of the first two */
	double y[ROWS];
};

static void
make_sample(struct sample *s)
{
	uint64_t state = 12345;
	double v[4];
	int i, j;

	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < 4; j++) {
			state = (state * 1103515245 + 12345) % 2147483648;
			v[j] = (double)((state >> 8) % (j < 3 ? 1000 : 100)) / 10.0;
		}
		for (j = 0; j < 3; j++)
			s->x[j * ROWS + i] = v[j];
		s->x[3 * ROWS + i] = v[0] + v[1];
		s->y[i] = 3 * v[0] - 2 * v[1] + (v[2] > 40 ? 50 : 0) + v[3];
	}
}

static void
fit(struct rai_fitted *f, const char *kind, const char *param, double value, const struct sample *s,
    size_t width, size_t threads)
{
	struct rai_fit_data d = {.x = s->x, .y = s->y, .n = ROWS, .width = width};
	struct rai_fit_options opt = {.seed = 7, .threads = threads};
	struct rai_err err = RAI_ERR_INIT;

	rai_fitted_init(f, rai_kind_find(kind));
	if (param != NULL && rai_fitted_set(f, param, value, &err) != 0)
		printf("# %s\n", err.msg);
	if (!ok(f->kind->fit(f, &d, &opt, &err) == 0, kind))
		printf("# %s\n", err.msg);
}

/* What a fit saves under this name; belongs to it. */
static struct rai_tensor
saved(const struct rai_fitted *f, const char *name)
{
	static const struct rai_tensor none;
	struct rai_safetensors_out o = {.ntensor = 0};
	size_t i;

	f->kind->save(f, &o);
	for (i = 0; i < o.ntensor; i++)
		if (strcmp(o.tensor[i].name, name) == 0)
			return o.tensor[i];
	return none;
}

static double
number(const struct rai_fitted *f, const char *name, size_t i)
{
	return ((const double *)saved(f, name).data)[i];
}

static double
ask_x(const struct rai_fitted *f, const double *x)
{
	double out;

	f->kind->predict(f, x, &out);
	return out;
}

static double
ask(const struct rai_fitted *f, const struct sample *s, int row)
{
	double x[WIDTH];
	int j;

	for (j = 0; j < WIDTH; j++)
		x[j] = s->x[j * ROWS + row];
	return ask_x(f, x);
}

/* The numbers below are those of scikit-learn 1.2 on the same rows. */
static void
test_linear__as_scikit_learn(void)
{
	struct rai_fitted f;
	struct sample s;
	double want[3];
	int i;

	make_sample(&s);
	fit(&f, "linear", NULL, 0, &s, 3, 1);
	ok_rel(number(&f, "intercept", 0), 6.52855816057901, 1e-10, "intercept");
	ok_rel(number(&f, "coefficients", 0), 2.800033822093497, 1e-10, "first coefficient");
	ok_rel(number(&f, "coefficients", 1), -2.005094475805719, 1e-10, "second");
	ok_rel(number(&f, "coefficients", 2), 0.7441950036703671, 1e-10, "third");
	for (i = 0; i < 3; i++)
		want[i] = ask(&f, &s, i);
	rai_fitted_release(&f);
	fit(&f, "linear", NULL, 0, &s, 4, 2);
	for (i = 0; i < 3; i++)
		ok_rel(ask(&f, &s, i), want[i], 1e-9, "a dependent column changes no answer");
	rai_fitted_release(&f);
	fit(&f, "ridge", "alpha", 1000, &s, 3, 1);
	ok_rel(number(&f, "intercept", 0), 8.294864536499645, 1e-10, "ridge: intercept");
	ok_rel(number(&f, "coefficients", 0), 2.7390984052358722, 1e-10, "first coefficient");
	ok_rel(number(&f, "coefficients", 2), 0.7218175100204837, 1e-10, "third");
	rai_fitted_release(&f);
}

static void
test_linear__constant_column(void)
{
	struct rai_fitted f;
	struct sample s;
	int i;

	make_sample(&s);
	for (i = 0; i < ROWS; i++)
		s.x[2 * ROWS + i] = 0.1;
	fit(&f, "linear", NULL, 0, &s, 3, 1);
	ok(number(&f, "coefficients", 2) == 0, "a constant column gets no weight");
	ok(isfinite(number(&f, "intercept", 0)) && isfinite(number(&f, "coefficients", 0)),
	    "and hurts nothing");
	rai_fitted_release(&f);
}

static void
test_set__says_what_is_right(void)
{
	static const struct {
		const char *kind, *param;
		double value;
		const char *want;
	} cases[] = {
	    {"ridge", "alfa", 1, "ridge has no parameter \"alfa\" (alpha)"},
	    {"linear", "alpha", 1, "linear has no parameter \"alpha\" (it has none)"},
	    {"ridge", "alpha", -1, "ridge: alpha must be a number from 0"},
	    {"forest", "trees", 0, "forest: trees must be a whole number from 1"},
	    {"forest", "trees", 1.5, "whole number"},
	    {"tree", "max_depth", NAN, "whole number"},
	};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rai_fitted_init(&f, rai_kind_find(cases[i].kind));
		ok(rai_fitted_set(&f, cases[i].param, cases[i].value, &err) == -1, cases[i].want);
		ok(strstr(err.msg, cases[i].want) != NULL, err.msg);
	}
	ok(rai_kind_find("magic") == NULL, "no such kind");
}

int
main(void)
{
	test_linear__as_scikit_learn();
	test_linear__constant_column();
	test_set__says_what_is_right();
	return tap_done();
}

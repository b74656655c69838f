#include "model/kind.h"

#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/bins.h"
#include "model/grow.h"

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

static double
training_error(const struct rai_fitted *f, const struct sample *s)
{
	double e = 0;
	int i;

	for (i = 0; i < ROWS; i++)
		e += (ask(f, s, i) - s->y[i]) * (ask(f, s, i) - s->y[i]);
	return e / ROWS;
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
test_tree__as_scikit_learn(void)
{
	static const double a[] = {50, 50, 50}, b[] = {10, 90, 10};
	struct rai_fitted f;
	struct sample s;

	make_sample(&s);
	fit(&f, "tree", "max_depth", 3, &s, 3, 1);
	is_int(saved(&f, "nodes").shape[0], 15, "depth 3: nodes");
	ok_rel(training_error(&f, &s), 716.5535338383839, 1e-9, "error");
	ok_rel(ask_x(&f, a), 8.440000000000007, 1e-9, "a prediction");
	ok_rel(ask_x(&f, b), -68.2, 1e-9, "another");
	rai_fitted_release(&f);
	fit(&f, "tree", "min_samples_leaf", 5, &s, 3, 1);
	is_int(saved(&f, "nodes").shape[0], 17, "5 rows in a leaf: nodes");
	ok_rel(training_error(&f, &s), 747.0718174603173, 1e-9, "error");
	ok_rel(ask_x(&f, a), 23.900000000000006, 1e-9, "a prediction");
	rai_fitted_release(&f);
	fit(&f, "tree", NULL, 0, &s, 3, 1);
	is_int(saved(&f, "nodes").shape[0], 119, "a full tree: nodes");
	ok_near(training_error(&f, &s), 0, 1e-20, "learns its rows by heart");
	rai_fitted_release(&f);
}

static void
test_forest__any_number_of_threads(void)
{
	struct rai_fitted one, four;
	struct sample s;

	make_sample(&s);
	fit(&one, "forest", "trees", 30, &s, 3, 1);
	fit(&four, "forest", "trees", 30, &s, 3, 4);
	is_int(saved(&one, "roots").shape[0], 31, "as many trees as asked for");
	ok(saved(&one, "nodes").bytes == saved(&four, "nodes").bytes &&
		memcmp(saved(&one, "nodes").data, saved(&four, "nodes").data,
		    saved(&one, "nodes").bytes) == 0,
	    "the same nodes, bit for bit");
	ok(training_error(&one, &s) < 500, "close to its rows");
	ok(training_error(&one, &s) > 0, "but no tree has seen them all");
	rai_fitted_release(&one);
	rai_fitted_release(&four);
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

/* A forest file with one tree of n nodes, loaded after the node at is overwritten. */
static int
load_altered(const struct rai_fitted *f, size_t at, struct rai_node node, struct rai_err *err)
{
	struct rai_tensor nodes = saved(f, "nodes");
	struct rai_node *copy = malloc(nodes.bytes);
	struct rai_fitted back;
	struct rai_safetensors_out o = {.ntensor = 0};
	struct rai_buf out = RAI_BUF_INIT(1 << 20);
	struct rai_safetensors s;
	size_t i;
	int rc;

	if (copy == NULL)
		abort();
	memcpy(copy, nodes.data, nodes.bytes);
	copy[at] = node;
	f->kind->save(f, &o);
	for (i = 0; i < o.ntensor; i++)
		if (o.tensor[i].data == nodes.data)
			o.tensor[i].data = copy;
	rai_safetensors_render(&o, &out);
	rc = rai_safetensors_parse(out.ptr, out.len, &s, err);
	if (rc == 0) {
		rai_fitted_init(&back, f->kind);
		back.width = 3;
		rc = f->kind->load(&back, &s, err);
		rai_fitted_release(&back);
		rai_safetensors_release(&s);
	}
	rai_buf_free(&out);
	free(copy);
	return rc;
}

static void
test_load__refuses_what_is_no_tree(void)
{
	struct rai_fitted f;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_node root;
	struct sample s;

	make_sample(&s);
	fit(&f, "tree", "max_depth", 3, &s, 3, 1);
	memcpy(&root, saved(&f, "nodes").data, sizeof(root));
	is_int(load_altered(&f, 0, root, &err), 0, "as it was saved, it loads");
	is_int(load_altered(&f, 0, (struct rai_node){1, 3, root.right}, &err), -1,
	    "a feature that is not there");
	is_int(load_altered(&f, 0, (struct rai_node){1, -7, root.right}, &err), -1,
	    "a negative feature");
	is_int(load_altered(&f, 0, (struct rai_node){1, 0, root.right + 1}, &err), -1,
	    "a right child inside another subtree");
	is_int(load_altered(&f, 0, (struct rai_node){1, 0, 1}, &err), -1, "both children the same");
	is_int(load_altered(&f, 0, (struct rai_node){1, 0, 0}, &err), -1, "its own child");
	is_int(load_altered(&f, 0, (struct rai_node){1, 0, 1000}, &err), -1, "a child outside");
	is_int(load_altered(&f, 0, (struct rai_node){1, 0, -1}, &err), -1, "a child before it");
	is_int(load_altered(&f, 0, (struct rai_node){1, -1, 0}, &err), -1, "nodes left over");
	is_int(load_altered(&f, 14, (struct rai_node){1, 0, 2}, &err), -1, "children missing");
	is_int(load_altered(&f, 0, (struct rai_node){NAN, 0, root.right}, &err), -1,
	    "a threshold that is no number");
	rai_fitted_release(&f);
}

static void
test_bins__many_values(void)
{
	struct rai_rng r = rai_rng_new(5, 0);
	double *x = calloc(10000, sizeof(*x));
	struct rai_fit_data d = {.x = x, .y = x, .n = 10000, .width = 1};
	struct rai_bins b = {.n = 0};
	size_t i, wrong = 0, largest = 0, count[RAI_BINS] = {0};

	if (x == NULL)
		abort();
	for (i = 0; i < 10000; i++) /* half of them 0, the others all different */
		x[i] = i % 2 == 0 ? 0 : rai_rng_unit(&r);
	ok(rai_bins_make(&d, 1, &b, NULL) == 0, "bins");
	is_int(b.nbin[0], RAI_BINS, "all bins are used");
	for (i = 0; i < 10000; i++) {
		wrong += x[i] < b.low[b.code[i]] || x[i] > b.high[b.code[i]];
		count[b.code[i]]++;
	}
	is_int(wrong, 0, "every value lies in its bin");
	for (i = 1; i < RAI_BINS; i++)
		largest = count[i] > largest ? count[i] : largest;
	ok(largest <= 30, "one frequent value does not take the others' bins");
	rai_bins_release(&b);
	free(x);
}

int
main(void)
{
	test_linear__as_scikit_learn();
	test_linear__constant_column();
	test_tree__as_scikit_learn();
	test_forest__any_number_of_threads();
	test_set__says_what_is_right();
	test_load__refuses_what_is_no_tree();
	test_bins__many_values();
	return tap_done();
}

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "model/cache.h"
#include "model/grow.h"
#include "model/kind.h"
#include "model/trees.h"

/* 60 rows of 3 features by a linear congruential generator, so that others can make them too. */
#define ROWS 60
#define WIDTH 3

struct sample {
	double x[WIDTH * ROWS]; /* column-major */
	double y[ROWS];
	double class[ROWS]; /* of y: below 0, below 100, others */
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
		s->y[i] = 3 * v[0] - 2 * v[1] + (v[2] > 40 ? 50 : 0) + v[3];
		s->class[i] = (s->y[i] >= 0) + (s->y[i] >= 100);
	}
}

/* params: "name=value name=value"; nclass 0: regression. */
static int
try_fit(struct rai_fitted *f, const char *kind, const char *params, const struct rai_fit_data *d,
    size_t threads, struct rai_err *err)
{
	struct rai_fit_options opt = {.seed = 7, .threads = threads};
	char text[200], *p, *value, *rest = text;

	rai_fitted_init(f, rai_kind_find(kind));
	snprintf(text, sizeof(text), "%s", params);
	while ((p = strtok_r(rest, " ", &rest)) != NULL) {
		value = strchr(p, '=');
		*value++ = '\0';
		if (rai_fitted_set_text(f, p, value, err) != 0)
			return -1;
	}
	return f->kind->fit(f, d, &opt, err);
}

static void
fit(struct rai_fitted *f, const char *kind, const char *params, const struct sample *s,
    size_t nclass, size_t threads, struct rai_fit_cache *cache)
{
	struct rai_fit_data d = {.x = s->x,
	    .y = nclass > 0 ? s->class : s->y,
	    .n = ROWS,
	    .width = WIDTH,
	    .nclass = nclass,
	    .cache = cache};
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(try_fit(f, kind, params, &d, threads, &err) == 0, kind))
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

static void
row_of(const struct sample *s, int i, double *x)
{
	int j;

	for (j = 0; j < WIDTH; j++)
		x[j] = s->x[j * ROWS + i];
}

/* Over the training rows: the mean square of y, or of the classes' shares, less the prediction. */
static double
training_error(const struct rai_fitted *f, const struct sample *s)
{
	double e = 0, x[WIDTH], out[3];
	size_t k;
	int i;

	for (i = 0; i < ROWS; i++) {
		row_of(s, i, x);
		f->kind->predict(f, x, out);
		for (k = 0; k < f->nclass; k++) {
			double d = out[k] - (k == (size_t)s->class[i]);

			e += d * d;
		}
		if (f->nclass == 0)
			e += (out[0] - s->y[i]) * (out[0] - s->y[i]);
	}
	return e / ROWS;
}

static const double ask_a[] = {50, 50, 50}, ask_b[] = {10, 90, 10};

/*
 * DecisionTreeRegressor and DecisionTreeClassifier of scikit-learn 1.2 on the same rows, where
 * its answer is the same for every random_state.  It counts leaves too: of k nodes that ask,
 * 2 k + 1.  NAN: differs between its runs.
 */
static void
test_tree__as_scikit_learn(void)
{
	static const struct {
		const char *params;
		size_t nclass;
		int nodes;
		double error, a, b; /* of classes, the share of class 1 */
	} cases[] = {
	    {"max_depth=3", 0, 15, 716.5535338383839, 8.440000000000007, -68.2},
	    {"min_samples_leaf=5", 0, 17, 747.0718174603173, 23.900000000000006, NAN},
	    {"min_samples_split=0.3", 0, 11, 971.346125108225, 8.440000000000007, -68.2},
	    {"min_samples_leaf=0.1", 0, 13, 889.5646846320345, 8.440000000000007, -68.2},
	    {"min_impurity_decrease=100", 0, 17, 609.6782611111112, 8.440000000000007, -68.2},
	    {"max_depth=none", 0, 119, 0, NAN, NAN},
	    {"criterion=friedman_mse max_depth=3", 0, 15, 716.5535338383839, 8.440000000000007,
		-68.2},
	    {"max_depth=2", 3, 7, 0.32076388888888896, 0.28125, 0},
	    {"criterion=gini max_depth=3", 3, 13, 0.16206349206349208, 0.6, 0},
	    {"max_depth=4", 3, 17, 0.07407407407407408, 0.888888888889, 0},
	    {"min_samples_leaf=5", 3, 13, 0.1440740740740741, 0.888888888889, 0},
	    {"min_impurity_decrease=0.02", 3, 17, 0.058730158730158744, 1, 0},
	    {"criterion=entropy max_depth=2", 3, 7, 0.2600301258195995, 0.666666666667, NAN},
	    {"criterion=log_loss min_impurity_decrease=0.1", 3, 11, 0.12021531100478468,
		0.916666666667, NAN},
	};
	struct rai_fitted f;
	struct sample s;
	double out[3];
	size_t i;

	make_sample(&s);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		printf("# %zu classes, %s\n", cases[i].nclass, cases[i].params);
		fit(&f, "tree", cases[i].params, &s, cases[i].nclass, 1, NULL);
		is_int(2 * saved(&f, "nodes").shape[0] + 1, cases[i].nodes, "nodes");
		ok_near(
		    training_error(&f, &s), cases[i].error, 1e-9 * cases[i].error + 1e-20, "error");
		f.kind->predict(&f, ask_a, out);
		if (!isnan(cases[i].a))
			ok_near(out[f.nclass > 0], cases[i].a, 1e-10, "a prediction");
		f.kind->predict(&f, ask_b, out);
		if (!isnan(cases[i].b))
			ok_near(out[f.nclass > 0], cases[i].b, 1e-10, "another");
		rai_fitted_release(&f);
	}
}

/* The same, on y less its smallest value. */
static void
test_tree__poisson_as_scikit_learn(void)
{
	struct rai_fitted f;
	struct sample s;
	double out, least = 0;
	int i;

	make_sample(&s);
	for (i = 0; i < ROWS; i++)
		least = fmin(least, s.y[i]);
	for (i = 0; i < ROWS; i++)
		s.y[i] -= least;
	fit(&f, "tree", "criterion=poisson max_depth=3", &s, 0, 1, NULL);
	f.kind->predict(&f, ask_a, &out);
	ok_rel(out, 131.51, 1e-10, "a prediction");
	f.kind->predict(&f, ask_b, &out);
	ok_rel(out, 24, 1e-10, "another");
	rai_fitted_release(&f);
}

static void
test_tree__a_cut_without_gain(void)
{
	static const double x[] = {0, 0, 1, 1, 0, 1, 0, 1}, y[] = {0, 1, 1, 0};
	struct rai_fit_data d = {.x = x, .y = y, .n = 4, .width = 2};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	double row[2], out;
	int i, right = 0;

	ok(try_fit(&f, "tree", "", &d, 1, &err) == 0, "exclusive or");
	for (i = 0; i < 4; i++) {
		row[0] = x[i];
		row[1] = x[4 + i];
		f.kind->predict(&f, row, &out);
		right += out == y[i];
	}
	is_int(right, 4, "is learned, though the first cut gains nothing");
	rai_fitted_release(&f);
}

/* Rows that are alike are one group inside; the tree must not see the difference. */
static void
test_tree__rows_alike(void)
{
	struct rai_fitted f;
	struct sample s;
	double sum[10] = {0}, x[WIDTH] = {0}, out;
	int i, n[10] = {0}, right = 0;

	make_sample(&s);
	for (i = 0; i < ROWS; i++) {
		int k = (int)(s.x[i] / 10);

		s.x[i] = k;
		s.x[ROWS + i] = s.x[2 * ROWS + i] = 0;
		sum[k] += s.y[i];
		n[k]++;
	}
	fit(&f, "tree", "", &s, 0, 1, NULL);
	for (i = 0; i < 10; i++) {
		x[0] = i;
		f.kind->predict(&f, x, &out);
		right += fabs(out - sum[i] / n[i]) < 1e-10;
	}
	is_int(right, 10, "each value has the mean of its rows");
	rai_fitted_release(&f);
}

static int
same_bytes(const struct rai_fitted *f, const struct rai_fitted *g)
{
	struct rai_safetensors_out a = {.ntensor = 0}, b = {.ntensor = 0};
	size_t i;

	f->kind->save(f, &a);
	g->kind->save(g, &b);
	if (a.ntensor != b.ntensor)
		return 0;
	for (i = 0; i < a.ntensor; i++)
		if (a.tensor[i].bytes != b.tensor[i].bytes ||
		    memcmp(a.tensor[i].data, b.tensor[i].data, a.tensor[i].bytes) != 0)
			return 0;
	return 1;
}

static void
test_forest__any_number_of_threads(void)
{
	static const struct {
		const char *kind, *params;
		size_t nclass;
	} cases[] = {{"forest", "trees=30", 0}, {"forest", "n_estimators=30", 3},
	    {"forest", "trees=30 bootstrap=no max_features=2 max_depth=4", 0},
	    {"extra-trees", "trees=30", 0}, {"extra-trees", "trees=30 bootstrap=yes", 3}};
	struct rai_fit_cache *cache;
	struct rai_fitted one, four, shared;
	struct sample s;
	size_t i;

	make_sample(&s);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cache = rai_fit_cache_new();
		fit(&one, cases[i].kind, cases[i].params, &s, cases[i].nclass, 1, NULL);
		fit(&four, cases[i].kind, cases[i].params, &s, cases[i].nclass, 4, NULL);
		is_int(saved(&one, "roots").shape[0], 31, "as many trees as asked for");
		ok(same_bytes(&one, &four), "the same, bit for bit");
		fit(&shared, cases[i].kind, cases[i].params, &s, cases[i].nclass, 4, cache);
		ok(same_bytes(&one, &shared), "and with a cache");
		rai_fitted_release(&shared);
		fit(&shared, cases[i].kind, cases[i].params, &s, cases[i].nclass, 1, cache);
		ok(same_bytes(&one, &shared), "and from it");
		rai_fitted_release(&one);
		rai_fitted_release(&four);
		rai_fitted_release(&shared);
		rai_fit_cache_free(cache);
	}
}

static void
test_forest__many_rows_at_once(void)
{
	enum { ASKED = 2500 };
	static const char *const kinds[] = {"tree", "forest", "extra-trees"};
	static double x[ASKED * WIDTH], one[ASKED * 3], all[ASKED * 3];
	struct rai_rng r = rai_rng_new(1, 0);
	struct rai_fitted f;
	struct sample s;
	size_t i, k, nclass;

	make_sample(&s);
	for (i = 0; i < ASKED * WIDTH; i++)
		x[i] = (double)rai_rng_below(&r, 1000) / 10;
	x[5] = NAN; /* no such value is promised, but it must stay inside */
	for (k = 0; k < 3; k++)
		for (nclass = 0; nclass <= 3; nclass += 3) {
			fit(&f, kinds[k], "", &s, nclass, 2, NULL);
			for (i = 0; i < ASKED; i++)
				f.kind->predict(
				    &f, x + i * WIDTH, one + i * rai_fitted_outputs(&f));
			rai_fitted_predict_rows(&f, x, ASKED, all);
			ok(memcmp(one, all, ASKED * rai_fitted_outputs(&f) * sizeof(*all)) == 0,
			    "as one by one, bit for bit");
			rai_fitted_release(&f);
		}
}

/*
 * On 2,000 rows that were not learned from, means and standard deviations of scikit-learn 1.2
 * over 8 seeds: forest 1207, 35; extra trees 689, 23 (mean square); share of classes right:
 * 0.754, 0.012 and 0.793, 0.007.
 */
static void
test_forest__as_good_as_scikit_learn(void)
{
	static const struct {
		const char *kind;
		size_t nclass;
		double least, most;
	} cases[] = {{"forest", 0, 1090, 1320}, {"extra-trees", 0, 610, 770},
	    {"forest", 3, 0.72, 0.79}, {"extra-trees", 3, 0.77, 0.82}};
	struct rai_rng r;
	struct rai_fitted f;
	struct sample s;
	double x[3], out[3] = {0}, score, y;
	size_t i, c, j, best, class;

	make_sample(&s);
	for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		fit(&f, cases[c].kind, "", &s, cases[c].nclass, 2, NULL);
		r = rai_rng_new(3, 0);
		for (score = 0, i = 0; i < 2000; i++) {
			for (j = 0; j < 3; j++)
				x[j] = (double)rai_rng_below(&r, 1000) / 10;
			y = 3 * x[0] - 2 * x[1] + (x[2] > 40 ? 50 : 0) + 4.95;
			class = (size_t)((y >= 0) + (y >= 100));
			f.kind->predict(&f, x, out);
			best = out[1] > out[0];
			best = out[2] > out[best] ? 2 : best;
			score += cases[c].nclass > 0 ? best == class : (out[0] - y) * (out[0] - y);
		}
		score /= 2000;
		if (!ok(score > cases[c].least && score < cases[c].most, "on new rows"))
			printf("# %g\n", score);
		rai_fitted_release(&f);
	}
}

static void
test_fit__says_what_is_right(void)
{
	static const struct {
		const char *kind, *params;
		size_t nclass;
		const char *want;
	} cases[] = {
	    {"tree", "criterion=gini", 0, "criterion: of a number it is squared_error or poisson"},
	    {"forest", "criterion=poisson", 3, "criterion: of classes it is gini or entropy"},
	    {"forest", "criterion=poisson", 0, "poisson needs a target of at least 0"},
	    {"forest", "criterion=mae", 0, "criterion must be one of: auto, squared_error"},
	    {"tree", "min_samples_leaf=1.5", 0, "min_samples_leaf must be a whole number"},
	    {"tree", "min_samples_split=2.5", 0, "min_samples_split must be a whole number"},
	    {"extra-trees", "bootstrap=perhaps", 0, "bootstrap must be one of: yes, no"},
	    {"forest", "max_features=some", 0, "max_features must be a number from"},
	};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_fitted f;
	struct sample s;
	size_t i;

	make_sample(&s);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rai_fit_data d = {.x = s.x,
		    .y = cases[i].nclass > 0 ? s.class : s.y,
		    .n = ROWS,
		    .width = WIDTH,
		    .nclass = cases[i].nclass};

		ok(try_fit(&f, cases[i].kind, cases[i].params, &d, 1, &err) == -1, cases[i].want);
		ok(strstr(err.msg, cases[i].want) != NULL, err.msg);
	}
}

/* Saves f, with the bytes of a tensor replaced from byte `at`, and loads that. */
static int
load_altered(const struct rai_fitted *f, const char *name, size_t at, const void *bytes, size_t n,
    struct rai_err *err)
{
	struct rai_tensor t = saved(f, name);
	char *copy = malloc(t.bytes);
	struct rai_fitted back;
	struct rai_safetensors_out o = {.ntensor = 0};
	struct rai_buf out = RAI_BUF_INIT(1 << 20);
	struct rai_safetensors s;
	size_t i;
	int rc;

	if (copy == NULL)
		abort();
	memcpy(copy, t.data, t.bytes);
	memcpy(copy + at, bytes, n);
	f->kind->save(f, &o);
	for (i = 0; i < o.ntensor; i++)
		if (o.tensor[i].data == t.data)
			o.tensor[i].data = copy;
	rai_safetensors_render(&o, &out);
	rc = rai_safetensors_parse(out.ptr, out.len, &s, err);
	if (rc == 0) {
		rai_fitted_init(&back, f->kind);
		back.width = f->width;
		back.nclass = f->nclass;
		rc = f->kind->load(&back, &s, err);
		if (rc == 0 && n == 0)
			ok(same_bytes(f, &back), "what is loaded is what was saved");
		rai_fitted_release(&back);
		rai_safetensors_release(&s);
	}
	rai_buf_free(&out);
	free(copy);
	return rc;
}

static void
test_load__refuses_nodes(void)
{
	struct rai_fitted f;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_node root;
	struct rai_nodes nodes;
	struct sample s;
	uint32_t word;
	size_t i;

	make_sample(&s);
	fit(&f, "tree", "max_depth=3", &s, 0, 1, NULL);
	nodes = ((const struct rai_trees *)f.state)->nodes;
	ok(nodes.wide == NULL, "a small tree has packed nodes");
	is_int(saved(&f, "nodes").rank, 1, "one word each");
	root = rai_nodes_at(&nodes, 0);
	is_int(root.right, 4, "three nodes on the left");
	is_int(load_altered(&f, "nodes", 0, &word, 0, &err), 0, "as it was saved, it loads");
	{
		const struct {
			struct rai_node node;
			const char *what;
		} bad[] = {
		    {{WIDTH, 0, 4}, "a feature that is not there"},
		    {{root.feature, UINT16_MAX, 4}, "a threshold that is not there"},
		    {{root.feature, 0, 5}, "a right child inside another subtree"},
		    {{root.feature, 0, 0}, "its own child"},
		    {{root.feature, 0, 1}, "no left child where nodes follow"},
		    {{root.feature, 0, 7}, "a right child outside"},
		    {{root.feature, 0, UINT32_MAX}, "a child far away"},
		    {{root.feature | RAI_NODE_RIGHT_LEAF, 0, 4}, "a leaf where nodes are left"},
		};

		for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			word = rai_nodes_pack(bad[i].node, nodes.cut_bits, nodes.feature_bits);
			is_int(load_altered(&f, "nodes", 0, &word, sizeof(word), &err), -1,
			    bad[i].what);
		}
	}
	root.feature = 0; /* the last node of a tree has two leaves */
	root.right = 1;
	word = rai_nodes_pack(root, nodes.cut_bits, nodes.feature_bits);
	is_int(load_altered(&f, "nodes", 6 * sizeof(word), &word, sizeof(word), &err), -1,
	    "a child missing");
	rai_fitted_release(&f);
}

/* Of a tree whose nodes need more than 32 bits, some of its leaves having the same value. */
static void
test_load__wide_nodes(void)
{
	enum { WIDE_ROWS = 5000, WIDE = 65 };
	double *column = calloc((size_t)WIDE_ROWS * WIDE, sizeof(*column));
	double *row = calloc((size_t)WIDE_ROWS * WIDE, sizeof(*row));
	double *y = calloc(3 * (size_t)WIDE_ROWS, sizeof(*y)), *many = y + WIDE_ROWS;
	double *one = many + WIDE_ROWS;
	struct rai_fit_data d = {.x = column, .y = y, .n = WIDE_ROWS, .width = WIDE};
	const struct rai_trees *trees;
	struct rai_fitted f;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_node far = {0, 0, UINT32_MAX};
	size_t i, wrong = 0;

	if (column == NULL || row == NULL || y == NULL)
		abort();
	for (i = 0; i < WIDE_ROWS; i++) {
		column[i] = row[i * WIDE] = (double)i;
		y[i] = (double)(i % 2500);
	}
	is_int(try_fit(&f, "tree", "", &d, 1, &err), 0, "a tree of many rows and features");
	trees = f.state;
	ok(trees->nodes.wide != NULL, "its nodes are not packed");
	ok(trees->leaf != NULL && trees->nvalue == 2500, "what leaves share stands there once");
	f.kind->predict_rows(&f, row, WIDE_ROWS, many);
	for (i = 0; i < WIDE_ROWS; i++) {
		f.kind->predict(&f, row + i * WIDE, one + i);
		wrong += many[i] != y[i] || one[i] != y[i];
	}
	is_int(wrong, 0, "each row has its own leaf");
	is_int(saved(&f, "nodes").rank, 2, "two words each");
	is_int(load_altered(&f, "nodes", 0, &far, 0, &err), 0, "as it was saved, it loads");
	is_int(load_altered(&f, "nodes", 0, &far, sizeof(far), &err), -1, "a child far away");
	rai_fitted_release(&f);
	free(column);
	free(row);
	free(y);
}

static void
test_load__refuses_numbers(void)
{
	static const double nan = NAN, big = 2, minus = -1;
	static const int64_t one = 1, back = -1, huge = INT64_MAX;
	struct rai_fitted f;
	struct rai_err err = RAI_ERR_INIT;
	struct sample s;

	make_sample(&s);
	fit(&f, "forest", "trees=3", &s, 0, 1, NULL);
	is_int(load_altered(&f, "roots", 0, &one, 8, &err), -1, "roots that do not begin at 0");
	is_int(load_altered(&f, "roots", 8, &back, 8, &err), -1, "roots that go back");
	is_int(load_altered(&f, "roots", 8, &huge, 8, &err), -1, "a root far away");
	is_int(load_altered(&f, "roots", 24, &one, 8, &err), -1, "roots that end early");
	is_int(load_altered(&f, "threshold_starts", 8, &huge, 8, &err), -1, "starts far away");
	is_int(load_altered(&f, "thresholds", 8, &nan, 8, &err), -1, "a threshold of no number");
	is_int(load_altered(&f, "thresholds", 8, &minus, 8, &err), -1, "thresholds that fall");
	is_int(load_altered(&f, "values", 8, &nan, 8, &err), -1, "a value of no number");
	is_int(load_altered(&f, "leaves", 0, &one, 0, &err), 0, "leaves as they were saved");
	is_int(load_altered(&f, "leaves", 4, &back, 2, &err), -1, "a value that is not there");
	rai_fitted_release(&f);
	fit(&f, "tree", "", &s, 3, 1, NULL);
	is_int(load_altered(&f, "values", 0, &big, 0, &err), 0, "of classes, as it was saved");
	is_int(load_altered(&f, "values", 0, &big, 8, &err), -1, "shares above 1");
	is_int(load_altered(&f, "values", 0, &minus, 8, &err), -1, "shares below 0");
	rai_fitted_release(&f);
	fit(&f, "forest", "trees=3 min_samples_split=1e9", &s, 0, 1, NULL);
	is_int(saved(&f, "nodes").bytes, 0, "trees of one leaf");
	is_int(load_altered(&f, "values", 0, &big, 0, &err), 0, "load too");
	rai_fitted_release(&f);
}

int
main(void)
{
	test_tree__as_scikit_learn();
	test_tree__poisson_as_scikit_learn();
	test_tree__a_cut_without_gain();
	test_tree__rows_alike();
	test_forest__any_number_of_threads();
	test_forest__many_rows_at_once();
	test_forest__as_good_as_scikit_learn();
	test_fit__says_what_is_right();
	test_load__refuses_nodes();
	test_load__wide_nodes();
	test_load__refuses_numbers();
	return tap_done();
}

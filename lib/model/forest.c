#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/fpmath.h"
#include "base/par.h"
#include "base/rng.h"
#include "model/cache.h"
#include "model/grow.h"
#include "model/kind.h"
#include "model/trees.h"

/*
 * One tree; a random forest: the mean of trees, each on its own bootstrap sample (Breiman,
 * "Random Forests", Machine Learning 45, 2001); extremely randomised trees: the mean of trees
 * with random cuts (Geurts, Ernst, Wehenkel, Machine Learning 63, 2006).  Tree t draws its rows
 * from the random stream t of the seed and its features from another, so trees may be grown in
 * any order and on any number of threads.
 */
enum { /* parameters that all three have, from the first or the second on */
	P_CRITERION,
	P_MAX_DEPTH,
	P_MIN_SPLIT,
	P_MIN_LEAF,
	P_MAX_FEATURES,
	P_MIN_DECREASE,
	P_BOOTSTRAP,
};

enum { FEATURES_AUTO = -1, FEATURES_ALL = -2, FEATURES_SQRT = -3, FEATURES_LOG2 = -4 };

#define GROWTH_STREAMS (UINT64_C(1) << 32) /* the stream of tree t's features, less t */

struct growing {
	struct rai_basis *basis;
	struct rai_grower **grower; /* one per thread */
	struct rai_tree *tree;
	struct rai_err *err; /* per thread */
	const struct rai_fit_options *opt;
};

static void
grow_one(void *ctx, size_t t, size_t worker)
{
	struct growing *g = ctx;
	struct rai_rng rng = rai_rng_new(g->opt->seed, GROWTH_STREAMS + t);
	const struct rai_draw *draw = rai_basis_take(g->basis, t);

	if (draw == NULL) {
		rai_fail_memory(&g->err[worker]);
		return;
	}
	if (rai_grow(g->grower[worker], draw, &rng, &g->tree[t], &g->err[worker]) == 0 &&
	    g->opt->tick != NULL)
		g->opt->tick(g->opt->tick_ctx);
	rai_basis_give(g->basis, t, draw);
}

static int
grow_all(struct rai_fitted *f, struct growing *g, const struct rai_impurity *m,
    const struct rai_grow_params *p, size_t ntree, struct rai_err *err)
{
	size_t threads = g->opt->threads < ntree ? g->opt->threads : ntree, t, i;
	int rc = -1;

	g->grower = calloc(threads, sizeof(struct rai_grower *));
	g->tree = calloc(ntree, sizeof(*g->tree));
	g->err = calloc(threads, sizeof(*g->err));
	if (g->grower == NULL || g->tree == NULL || g->err == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < threads; i++)
		if ((g->grower[i] = rai_grower_new(m, p)) == NULL) {
			rai_fail_memory(err);
			goto out;
		}
	rai_par_for(ntree, threads, grow_one, g);
	for (i = 0; i < threads; i++)
		if (g->err[i].code != RAI_OK) {
			rai_fail(err, g->err[i].code, "%s", g->err[i].msg);
			goto out;
		}
	rc = rai_trees_join(f, m->codes, g->tree, ntree, err);
out:
	for (t = 0; g->tree != NULL && t < ntree; t++) {
		free(g->tree[t].node);
		free(g->tree[t].value);
	}
	for (i = 0; g->grower != NULL && i < threads; i++)
		rai_grower_free(g->grower[i]);
	free(g->grower);
	free(g->tree);
	free(g->err);
	return rc;
}

static int
criterion_of(
    const struct rai_fit_data *d, double value, enum rai_criterion *out, struct rai_err *err)
{
	enum rai_criterion c = (enum rai_criterion)value;
	size_t i;

	if (c == RAI_CRITERION_AUTO)
		c = d->nclass > 0 ? RAI_CRITERION_GINI : RAI_CRITERION_SQUARED_ERROR;
	if (d->nclass > 0 && c < RAI_CRITERION_GINI)
		return rai_fail(err, RAI_EINPUT, "criterion: of classes it is gini or entropy");
	if (d->nclass == 0 && c >= RAI_CRITERION_GINI)
		return rai_fail(
		    err, RAI_EINPUT, "criterion: of a number it is squared_error or poisson");
	for (i = 0; c == RAI_CRITERION_POISSON && i < d->n; i++)
		if (!(d->y[i] >= 0))
			return rai_fail(err, RAI_EINPUT,
			    "criterion: poisson needs a target of at least 0 (a row has %g)",
			    d->y[i]);
	*out = c;
	return 0;
}

/* Below `share` or equal a share of n rows, rounded up; above it a number of them. */
static int
rows_of(const char *name, double value, double share, size_t n, uint64_t *out, struct rai_err *err)
{
	if (value <= share)
		value = ceil(value * (double)n);
	else if (value != floor(value))
		return rai_fail(err, RAI_EINPUT,
		    "%s must be a whole number of rows, or a share of them (%g)", name, value);
	*out = value < 1 ? 1 : (uint64_t)value;
	return 0;
}

static size_t
depth_of(double max_depth)
{
	return max_depth > 0 && max_depth < RAI_TREE_DEPTH - 1 ? (size_t)max_depth
							       : RAI_TREE_DEPTH - 1;
}

/* Up to 1 a share of the features, above a number of them. */
static size_t
features_of(double max_features, size_t width, size_t nclass, size_t ntree)
{
	double k = max_features, w = (double)width;

	if (k == FEATURES_AUTO)
		k = nclass > 0 && ntree > 1 ? FEATURES_SQRT : FEATURES_ALL;
	if (k == FEATURES_ALL)
		k = w;
	else if (k == FEATURES_SQRT)
		k = floor(sqrt(w));
	else if (k == FEATURES_LOG2)
		k = (double)(63 - __builtin_clzll(width));
	else if (k <= 1)
		k = floor(k * w);
	return k < 1 ? 1 : k > w ? width : (size_t)k;
}

/* param: from P_CRITERION on. */
static int
fit_trees(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    const double *param, size_t ntree, enum rai_grow_cuts cuts, enum rai_draw_rows rows,
    struct rai_err *err)
{
	struct rai_grow_params p = {cuts, depth_of(param[P_MAX_DEPTH]), 0,
	    features_of(param[P_MAX_FEATURES], d->width, d->nclass, ntree), param[P_MIN_DECREASE]};
	struct rai_basis_key key = {RAI_CENTRE_MEAN, rows, opt->seed};
	struct growing g = {.opt = opt};
	struct rai_impurity m;
	enum rai_criterion criterion;
	uint64_t min_leaf;
	int rc = -1;

	if (criterion_of(d, param[P_CRITERION], &criterion, err) != 0 ||
	    rows_of("min_samples_split", param[P_MIN_SPLIT], 1, d->n, &p.min_split, err) != 0 ||
	    rows_of("min_samples_leaf", param[P_MIN_LEAF], 1 - 0x1p-53, d->n, &min_leaf, err) != 0)
		return -1;
	p.min_split = p.min_split < 2 ? 2 : p.min_split;
	if (criterion == RAI_CRITERION_POISSON)
		key.centre = RAI_CENTRE_ZERO;
	if (rai_basis_open(d, &key, opt->threads, &g.basis, err) != 0)
		return -1;
	f->width = d->width;
	f->nclass = d->nclass;
	if (rai_impurity_make(criterion, rai_basis_codes(g.basis), rai_basis_target(g.basis),
		min_leaf, &m, err) == 0) {
		rc = grow_all(f, &g, &m, &p, ntree, err);
		rai_impurity_release(&m);
	}
	rai_basis_close(g.basis);
	return rc;
}

static int
fit_tree(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	return fit_trees(f, d, opt, f->param, 1, RAI_GROW_BEST, RAI_DRAW_ALL, err);
}

static enum rai_draw_rows
rows_drawn(const struct rai_fitted *f)
{
	return f->param[1 + P_BOOTSTRAP] != 0 ? RAI_DRAW_BOOTSTRAP : RAI_DRAW_ALL;
}

static int
fit_forest(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	return fit_trees(
	    f, d, opt, f->param + 1, (size_t)f->param[0], RAI_GROW_BEST, rows_drawn(f), err);
}

static int
fit_extra(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	return fit_trees(
	    f, d, opt, f->param + 1, (size_t)f->param[0], RAI_GROW_RANDOM, rows_drawn(f), err);
}

static const struct rai_param_word criteria[] = {{"auto", RAI_CRITERION_AUTO},
    {"squared_error", RAI_CRITERION_SQUARED_ERROR}, {"friedman_mse", RAI_CRITERION_SQUARED_ERROR},
    {"poisson", RAI_CRITERION_POISSON}, {"gini", RAI_CRITERION_GINI},
    {"entropy", RAI_CRITERION_ENTROPY}, {"log_loss", RAI_CRITERION_ENTROPY}, {NULL, 0}};

static const struct rai_param_word no_limit[] = {{"none", 0}, {NULL, 0}};

static const struct rai_param_word features[] = {{"auto", FEATURES_AUTO}, {"all", FEATURES_ALL},
    {"sqrt", FEATURES_SQRT}, {"log2", FEATURES_LOG2}, {NULL, 0}};

static const struct rai_param_word yes_no[] = {
    {"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}, {NULL, 0}};

#define PARAM_TREES                                                                   \
	{                                                                             \
		"trees", 100, 1, RAI_TREES_MAX, RAI_PARAM_WHOLE, NULL, "n_estimators" \
	}
#define PARAM_BOOTSTRAP(value)                                         \
	{                                                              \
		"bootstrap", value, 0, 0, RAI_PARAM_WORD, yes_no, NULL \
	}
#define PARAMS_GROWTH                                                                   \
	{"criterion", RAI_CRITERION_AUTO, 0, 0, RAI_PARAM_WORD, criteria, NULL},        \
	    {"max_depth", 0, 0, 1e6, RAI_PARAM_WHOLE, no_limit, NULL},                  \
	    {"min_samples_split", 2, 1e-9, 1e9, RAI_PARAM_REAL, NULL, NULL},            \
	    {"min_samples_leaf", 1, 1e-9, 1e9, RAI_PARAM_REAL, NULL, NULL},             \
	    {"max_features", FEATURES_AUTO, 1e-6, 1e6, RAI_PARAM_REAL, features, NULL}, \
	{                                                                               \
		"min_impurity_decrease", 0, 0, 1e300, RAI_PARAM_REAL, NULL, NULL        \
	}
#define ASKED_AS_TREES                                                                \
	.view = RAI_VIEW_FILLED, .can = RAI_CAN_REGRESSION | RAI_CAN_CLASSES,         \
	.predict = rai_trees_predict, .predict_rows = rai_trees_predict_rows,         \
	.explain = rai_trees_explain, .save = rai_trees_save, .load = rai_trees_load, \
	.release = rai_trees_release

const struct rai_kind rai_kind_tree = {
    .name = "tree",
    .param = {PARAMS_GROWTH, {.name = NULL}},
    .fit = fit_tree,
    ASKED_AS_TREES,
};

const struct rai_kind rai_kind_forest = {
    .name = "forest",
    .param = {PARAM_TREES, PARAMS_GROWTH, PARAM_BOOTSTRAP(1), {.name = NULL}},
    .units = "trees",
    .fit = fit_forest,
    ASKED_AS_TREES,
};

const struct rai_kind rai_kind_extra_trees = {
    .name = "extra-trees",
    .param = {PARAM_TREES, PARAMS_GROWTH, PARAM_BOOTSTRAP(0), {.name = NULL}},
    .units = "trees",
    .fit = fit_extra,
    ASKED_AS_TREES,
};

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "model/grow.h"
#include "model/kind.h"

/*
 * One tree, and a random forest: the mean of trees, each on its own bootstrap sample (Breiman,
 * "Random Forests", Machine Learning 45, 2001).  Tree t draws from the random stream t of the
 * seed, so trees may be grown in any order and on any number of threads.
 */
_Static_assert(sizeof(struct rai_node) == 16, "nodes are stored as they lie in memory");

#define TREES_MAX 100000

/* What a fit has learned: of tree t the nodes root[t] .. root[t + 1] - 1. */
struct trees {
	const struct rai_node *node;
	const int64_t *root; /* ntree + 1; the last is the number of nodes */
	size_t ntree;
	void *own[2]; /* memory of the arrays above where it is not the mapped file's */
};

struct growing {
	struct rai_grower **grower; /* one per thread */
	struct rai_grow_params params;
	enum rai_grow_rows rows;
	struct rai_node **node; /* per tree */
	size_t *nnode;
	struct rai_err *err; /* per thread */
	const struct rai_fit_options *opt;
};

static void
grow_one(void *ctx, size_t t, size_t worker)
{
	struct growing *g = ctx;
	struct rai_rng rng = rai_rng_new(g->opt->seed, t);

	if (rai_grow(g->grower[worker], &g->params, g->rows, &rng, &g->node[t], &g->nnode[t],
		&g->err[worker]) == 0 &&
	    g->opt->tick != NULL)
		g->opt->tick(g->opt->tick_ctx);
}

/* All trees in one array, with their starts. */
static int
join(struct rai_fitted *f, struct rai_node *const *node, const size_t *nnode, size_t ntree,
    struct rai_err *err)
{
	struct rai_node *all;
	int64_t *root = malloc((ntree + 1) * sizeof(*root));
	struct trees *s = calloc(1, sizeof(*s));
	size_t t, total = 0;

	if (root == NULL || s == NULL) {
		free(root);
		free(s);
		return rai_fail_memory(err);
	}
	for (t = 0; t < ntree; t++) {
		root[t] = (int64_t)total;
		total += nnode[t];
	}
	root[ntree] = (int64_t)total;
	all = malloc(total * sizeof(*all));
	if (all == NULL) {
		free(root);
		free(s);
		return rai_fail_memory(err);
	}
	for (t = 0; t < ntree; t++)
		memcpy(all + root[t], node[t], nnode[t] * sizeof(*all));
	s->node = s->own[0] = all;
	s->root = s->own[1] = root;
	s->ntree = ntree;
	f->state = s;
	return 0;
}

static int
make_growers(struct growing *g, size_t threads, const struct rai_bins *bins, const double *y,
    struct rai_err *err)
{
	size_t i;

	for (i = 0; i < threads; i++)
		if ((g->grower[i] = rai_grower_new(bins, y)) == NULL)
			return rai_fail_memory(err);
	return 0;
}

static int
grow_all(struct rai_fitted *f, struct growing *g, const struct rai_bins *bins, const double *y,
    size_t ntree, size_t threads, struct rai_err *err)
{
	size_t t, i;
	int rc = -1;

	g->grower = calloc(threads, sizeof(struct rai_grower *));
	g->node = calloc(ntree, sizeof(struct rai_node *));
	g->nnode = calloc(ntree, sizeof(*g->nnode));
	g->err = calloc(threads, sizeof(*g->err));
	if (g->grower == NULL || g->node == NULL || g->nnode == NULL || g->err == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (make_growers(g, threads, bins, y, err) != 0)
		goto out;
	rai_par_for(ntree, threads, grow_one, g);
	for (i = 0; i < threads; i++)
		if (g->err[i].code != RAI_OK) {
			rai_fail(err, g->err[i].code, "%s", g->err[i].msg);
			goto out;
		}
	rc = join(f, g->node, g->nnode, ntree, err);
out:
	for (t = 0; g->node != NULL && t < ntree; t++)
		free(g->node[t]);
	for (i = 0; g->grower != NULL && i < threads; i++)
		rai_grower_free(g->grower[i]);
	free(g->grower);
	free(g->node);
	free(g->nnode);
	free(g->err);
	return rc;
}

static int
fit_trees(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct growing *g, size_t ntree, struct rai_err *err)
{
	struct rai_bins bins = {.n = 0};
	size_t threads = opt->threads < ntree ? opt->threads : ntree;
	int rc;

	if (rai_bins_make(d, opt->threads, &bins, err) != 0)
		return -1;
	f->width = d->width;
	g->opt = opt;
	rc = grow_all(f, g, &bins, d->y, ntree, threads, err);
	rai_bins_release(&bins);
	return rc;
}

static size_t
depth_of(double max_depth)
{
	return max_depth > 0 && max_depth < RAI_TREE_DEPTH - 1 ? (size_t)max_depth
							       : RAI_TREE_DEPTH - 1;
}

static int
fit_tree(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct growing g = {.rows = RAI_GROW_ALL,
	    .params = {depth_of(f->param[0]), (uint64_t)f->param[1], d->width}};

	return fit_trees(f, d, opt, &g, 1, err);
}

/* Up to 1 a share of the features, above a number of them. */
static size_t
features_of(double max_features, size_t width)
{
	size_t k = (size_t)(max_features <= 1 ? max_features * (double)width : max_features);

	return k < 1 ? 1 : k > width ? width : k;
}

static int
fit_forest(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct growing g = {.rows = RAI_GROW_BOOTSTRAP,
	    .params = {
		depth_of(f->param[1]), (uint64_t)f->param[2], features_of(f->param[3], d->width)}};

	return fit_trees(f, d, opt, &g, (size_t)f->param[0], err);
}

/*
 * Several trees are walked in step, so that their memory is waited for together; the leaves are
 * summed in the order of the trees all the same.
 */
#define ABREAST 8

static void
walk(const struct rai_node **at, const double *x)
{
	size_t k;
	int moved;

	do {
		moved = 0;
		for (k = 0; k < ABREAST; k++) {
			const struct rai_node *p = at[k];

			if (p->feature >= 0) {
				at[k] = p + (x[p->feature] <= p->value ? 1 : p->right);
				moved = 1;
			}
		}
	} while (moved);
}

static void
predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct trees *s = f->state;
	const struct rai_node *at[ABREAST];
	double sum = 0;
	size_t t, k;

	for (t = 0; t + ABREAST <= s->ntree; t += ABREAST) {
		for (k = 0; k < ABREAST; k++)
			at[k] = s->node + s->root[t + k];
		walk(at, x);
		for (k = 0; k < ABREAST; k++)
			sum += at[k]->value;
	}
	for (; t < s->ntree; t++) {
		const struct rai_node *p = s->node + s->root[t];

		while (p->feature >= 0)
			p += x[p->feature] <= p->value ? 1 : p->right;
		sum += p->value;
	}
	*out = sum / (double)s->ntree;
}

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct trees *s = f->state;

	rai_safetensors_add(out, "roots", RAI_DTYPE_I64, s->ntree + 1, 0, s->root);
	rai_safetensors_add(out, "nodes", RAI_DTYPE_U8, (size_t)s->root[s->ntree],
	    sizeof(struct rai_node), s->node);
}

/*
 * The n nodes at p must be one tree in preorder: each left child follows its parent, and where a
 * left side ends, the right child that was promised begins.  Then every walk ends, inside.
 */
static int
check_tree(const struct rai_node *p, size_t n, size_t width, const char **why)
{
	struct {
		size_t at, depth;
	} right[RAI_TREE_DEPTH];
	size_t i, open = 0, depth = 0;

	for (i = 0; i < n; i++) {
		if (!isfinite(p[i].value)) {
			*why = "a value that is not finite";
			return -1;
		}
		if (p[i].feature >= 0) {
			*why = "a child or a feature that is not there, or too deep";
			if ((size_t)p[i].feature >= width || p[i].right < 2 ||
			    (size_t)p[i].right >= n - i || ++depth >= RAI_TREE_DEPTH)
				return -1;
			right[open].at = i + (size_t)p[i].right;
			right[open++].depth = depth;
			continue;
		}
		*why = "nodes that are not one tree in preorder";
		if (p[i].feature != -1 || p[i].right != 0)
			return -1;
		if (open == 0)
			return i + 1 == n ? 0 : -1;
		if (right[--open].at != i + 1)
			return -1;
		depth = right[open].depth;
	}
	return -1;
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *r = rai_safetensors_find(file, "roots");
	const struct rai_tensor *d = rai_safetensors_find(file, "nodes");
	const char *why = "";
	struct trees *s;
	size_t t;

	if (r == NULL || r->dtype != RAI_DTYPE_I64 || r->rank != 1 || r->shape[0] < 2 ||
	    r->shape[0] > TREES_MAX + 1 || (uintptr_t)r->data % 8 != 0)
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"roots\" must be aligned, of dtype I64, with 2 to %d numbers",
		    TREES_MAX + 1);
	if (d == NULL || d->dtype != RAI_DTYPE_U8 || d->rank != 2 ||
	    d->shape[1] != sizeof(struct rai_node) || (uintptr_t)d->data % 8 != 0)
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"nodes\" must be aligned, of dtype U8, with rows of %zu bytes",
		    sizeof(struct rai_node));
	f->state = s = calloc(1, sizeof(*s));
	if (s == NULL)
		return rai_fail_memory(err);
	s->root = r->data;
	s->node = d->data;
	s->ntree = (size_t)r->shape[0] - 1;
	if (s->root[0] != 0 || (uint64_t)s->root[s->ntree] != d->shape[0])
		return rai_fail(err, RAI_EINPUT, "\"roots\" does not cover \"nodes\"");
	for (t = 0; t < s->ntree; t++) {
		if (s->root[t + 1] <= s->root[t] || s->root[t + 1] > s->root[s->ntree])
			return rai_fail(err, RAI_EINPUT, "\"roots\" does not increase");
		if (check_tree(s->node + s->root[t], (size_t)(s->root[t + 1] - s->root[t]),
			f->width, &why) != 0)
			return rai_fail(err, RAI_EINPUT, "tree %zu has %s", t, why);
	}
	return 0;
}

static void
release(struct rai_fitted *f)
{
	struct trees *s = f->state;

	free(s->own[0]);
	free(s->own[1]);
	free(s);
}

const struct rai_kind rai_kind_tree = {
    .name = "tree",
    .param = {{"max_depth", 0, 0, 1e6, RAI_PARAM_WHOLE, NULL, NULL},
	{"min_samples_leaf", 1, 1, 1e9, RAI_PARAM_WHOLE, NULL, NULL}, {.name = NULL}},
    .view = RAI_VIEW_FILLED,
    .can = RAI_CAN_REGRESSION,
    .fit = fit_tree,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};

const struct rai_kind rai_kind_forest = {
    .name = "forest",
    .param = {{"trees", 100, 1, TREES_MAX, RAI_PARAM_WHOLE, NULL, "n_estimators"},
	{"max_depth", 0, 0, 1e6, RAI_PARAM_WHOLE, NULL, NULL},
	{"min_samples_leaf", 1, 1, 1e9, RAI_PARAM_WHOLE, NULL, NULL},
	{"max_features", 1, 1e-6, 1e6, RAI_PARAM_REAL, NULL, NULL}, {.name = NULL}},
    .units = "trees",
    .view = RAI_VIEW_FILLED,
    .can = RAI_CAN_REGRESSION,
    .fit = fit_forest,
    .predict = predict,
    .save = save,
    .load = load,
    .release = release,
};

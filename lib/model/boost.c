#include "model/boost.h"

#include <math.h>
#include <stdlib.h>

#include "model/boost_loss.h"
#include "model/boost_ready.h"

/*
 * The kind "boost": histogram gradient boosting (Friedman, "Greedy function approximation", Annals
 * of Statistics 29, 2001; histograms and leaf-wise growth as in LightGBM, Ke et al., NIPS 2017).
 * Missing values and categories are asked as they are.
 */
_Static_assert(sizeof(struct rai_boost_node) == 16, "nodes are stored as they lie in memory");

static void
save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct rai_boost *s = f->state;

	rai_safetensors_add(out, "base", RAI_DTYPE_F64, rai_boost_outputs(f), 0, s->base);
	rai_safetensors_add(out, "roots", RAI_DTYPE_I64, s->ntree + 1, 0, s->root);
	rai_safetensors_add(out, "nodes", RAI_DTYPE_U8, (size_t)s->root[s->ntree],
	    sizeof(struct rai_boost_node), s->node);
	if (s->nsets > 0)
		rai_safetensors_add(out, "sets", RAI_DTYPE_I64, s->nsets, 0, s->sets);
}

/* Why the set at this place is none, or NULL. */
static const char *
check_set(const struct rai_boost *s, uint64_t at)
{
	if (at >= s->nsets)
		return "a set of levels that is not there";
	if (s->sets[at] < 1 || (uint64_t)s->sets[at] > (uint64_t)INT32_MAX ||
	    ((uint64_t)s->sets[at] + 63) / 64 >= s->nsets - at)
		return "a set of levels without an end";
	return NULL;
}

/*
 * Why the n nodes at p are no tree, or NULL.  Children come after their parent and inside the
 * tree: then every walk ends, inside.
 */
static const char *
check_tree(const struct rai_boost *s, const struct rai_boost_node *p, size_t n, size_t width)
{
	const char *why;
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t what = p[i].what;

		/* a leaf is asked, too, before the walk stays there */
		if ((what & RAI_BOOST_FEATURE) >= width)
			return "a feature that is not there";
		if (p[i].left == 0 && p[i].right == 0) {
			if (what != 0 || !isfinite(p[i].u.value))
				return "a leaf that is not a finite number";
			continue;
		}
		if (p[i].left == 0 || p[i].right == 0 || p[i].left >= n - i || p[i].right >= n - i)
			return "a child that is not there";
		if ((what & RAI_BOOST_CATEGORY) == 0 &&
		    ((what & RAI_BOOST_WIDE) != 0 || isnan(p[i].u.value)))
			return "a threshold that is no number";
		if ((what & RAI_BOOST_WIDE) != 0 && (why = check_set(s, p[i].u.bits)) != NULL)
			return why;
	}
	return NULL;
}

static int
check_trees(struct rai_boost *s, size_t width, struct rai_err *err)
{
	const char *why;
	size_t t;
	int64_t i;

	for (t = 0; t < s->ntree; t++) {
		if (s->root[t + 1] <= s->root[t] || s->root[t + 1] > s->root[s->ntree])
			return rai_fail(err, RAI_EINPUT, "\"roots\" does not increase");
		why = check_tree(
		    s, s->node + s->root[t], (size_t)(s->root[t + 1] - s->root[t]), width);
		if (why != NULL)
			return rai_fail(err, RAI_EINPUT, "tree %zu has %s", t, why);
	}
	for (i = 0; i < s->root[s->ntree]; i++)
		s->categories |= (s->node[i].what & RAI_BOOST_CATEGORY) != 0;
	return 0;
}

/* A vector of 8-byte numbers, aligned; NULL: there is none like it. */
static const struct rai_tensor *
find_vector(
    const struct rai_safetensors *file, const char *name, enum rai_dtype dtype, struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(file, name);

	if (t == NULL || t->dtype != dtype || t->rank != 1 || t->shape[0] < 1 ||
	    (uintptr_t)t->data % 8 != 0) {
		rai_fail(err, RAI_EINPUT,
		    "tensor \"%s\" must be aligned, a vector of dtype %s with at least one number",
		    name, dtype == RAI_DTYPE_F64 ? "F64" : "I64");
		return NULL;
	}
	return t;
}

static int
load_arrays(
    struct rai_boost *s, size_t outputs, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *b, *r, *n, *sets;
	size_t k;

	if ((b = find_vector(file, "base", RAI_DTYPE_F64, err)) == NULL ||
	    (r = find_vector(file, "roots", RAI_DTYPE_I64, err)) == NULL)
		return -1;
	n = rai_safetensors_find(file, "nodes");
	if (n == NULL || n->dtype != RAI_DTYPE_U8 || n->rank != 2 ||
	    n->shape[1] != sizeof(struct rai_boost_node) || (uintptr_t)n->data % 8 != 0)
		return rai_fail(err, RAI_EINPUT,
		    "tensor \"nodes\" must be aligned, of dtype U8, with rows of %zu bytes",
		    sizeof(struct rai_boost_node));
	if (rai_safetensors_find(file, "sets") != NULL) {
		if ((sets = find_vector(file, "sets", RAI_DTYPE_I64, err)) == NULL)
			return -1;
		s->sets = sets->data;
		s->nsets = sets->shape[0];
	}
	s->base = b->data;
	s->root = r->data;
	s->node = n->data;
	s->ntree = r->shape[0] - 1;
	if (b->shape[0] != outputs)
		return rai_fail(err, RAI_EINPUT, "\"base\" must have %zu numbers", outputs);
	for (k = 0; k < outputs; k++)
		if (!isfinite(s->base[k]))
			return rai_fail(
			    err, RAI_EINPUT, "\"base\" has a number that is not finite");
	if (s->ntree < 1 || s->ntree > RAI_BOOST_TREES_MAX || s->ntree % outputs != 0)
		return rai_fail(err, RAI_EINPUT,
		    "\"roots\" must name 1 to %d trees, the same number for each output",
		    RAI_BOOST_TREES_MAX);
	if (s->root[0] != 0 || (uint64_t)s->root[s->ntree] != n->shape[0])
		return rai_fail(err, RAI_EINPUT, "\"roots\" does not cover \"nodes\"");
	return 0;
}

static int
load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct rai_boost *s = f->state = calloc(1, sizeof(*s));

	if (s == NULL)
		return rai_fail_memory(err);
	if (f->width == 0 || f->width > RAI_BOOST_FEATURES_MAX)
		return rai_fail(err, RAI_EINPUT, "boost: 1 to %d features, not %zu",
		    RAI_BOOST_FEATURES_MAX, f->width);
	if (load_arrays(s, rai_boost_outputs(f), file, err) != 0)
		return -1;
	if (check_trees(s, f->width, err) != 0)
		return -1;
	if (!f->seldom)
		s->ready = rai_boost_ready_new(s, f->width);
	return 0;
}

static void
release(struct rai_fitted *f)
{
	struct rai_boost *s = f->state;
	size_t i;

	for (i = 0; i < sizeof(s->own) / sizeof(s->own[0]); i++)
		free(s->own[i]);
	rai_boost_ready_free(s->ready);
	free(s);
}

static const struct rai_param_word losses[] = {{"squared_error", RAI_BOOST_SQUARED},
    {"absolute_error", RAI_BOOST_ABSOLUTE}, {"poisson", RAI_BOOST_POISSON}, {.name = NULL}};

const struct rai_kind rai_kind_boost =
    {
	.name = "boost",
	.param =
	    {
		[RAI_BOOST_ROUNDS] = {"rounds", 500, 1, 100000, RAI_PARAM_WHOLE, NULL, "max_iter"},
		[RAI_BOOST_RATE] = {"rate", 0.05, 1e-6, 1, RAI_PARAM_REAL, NULL, "learning_rate"},
		[RAI_BOOST_LEAVES] = {"leaves", 31, 2, RAI_BOOST_LEAVES_MAX, RAI_PARAM_WHOLE, NULL,
		    "max_leaf_nodes"},
		[RAI_BOOST_MAX_DEPTH] = {"max_depth", 0, 0, 1e6, RAI_PARAM_WHOLE, NULL, NULL},
		[RAI_BOOST_MIN_ROWS] = {"min_samples_leaf", 20, 1, 1e9, RAI_PARAM_WHOLE, NULL,
		    NULL},
		[RAI_BOOST_L2] = {"l2", 5, 0, 1e9, RAI_PARAM_REAL, NULL, "l2_regularization"},
		[RAI_BOOST_MAX_BINS] = {"max_bins", 255, 2, 255, RAI_PARAM_WHOLE, NULL, NULL},
		[RAI_BOOST_SUBSAMPLE] = {"subsample", 1, 0.01, 1, RAI_PARAM_REAL, NULL, NULL},
		[RAI_BOOST_COLSAMPLE] = {"colsample", 0.5, 0.01, 1, RAI_PARAM_REAL, NULL,
		    "max_features"},
		[RAI_BOOST_EARLY_STOPPING] = {"early_stopping", 0, 0, 100000, RAI_PARAM_WHOLE, NULL,
		    "n_iter_no_change"},
		[RAI_BOOST_LOSS] = {"loss", RAI_BOOST_SQUARED, 0, 0, RAI_PARAM_WORD, losses, NULL},
		{.name = NULL},
	    },
	.units = "rounds",
	.view = RAI_VIEW_NATIVE,
	.can = RAI_CAN_REGRESSION | RAI_CAN_CLASSES | RAI_CAN_CONTINUE | RAI_CAN_RESUME |
	       RAI_CAN_COLUMNS,
	.fit = rai_boost_fit,
	.predict = rai_boost_predict,
	.predict_rows = rai_boost_predict_rows,
	.explain = rai_boost_explain,
	.save = save,
	.load = load,
	.release = release,
};

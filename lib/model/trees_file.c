#include "model/trees.h"

#include <math.h>
#include <stdlib.h>

_Static_assert(sizeof(struct rai_node) == 8, "nodes are stored as they lie in memory");

void
rai_trees_save(const struct rai_fitted *f, struct rai_safetensors_out *out)
{
	const struct rai_trees *s = f->state;
	size_t nodes = (size_t)s->root[s->ntree];
	size_t thresholds = (size_t)s->threshold_start[f->width];

	rai_safetensors_add(out, "roots", RAI_DTYPE_I64, s->ntree + 1, 0, s->root);
	rai_safetensors_add(out, "values", RAI_DTYPE_F64, s->nvalue, f->nclass, s->value);
	if (s->leaf != NULL)
		rai_safetensors_add(out, "leaves", RAI_DTYPE_U16, nodes + s->ntree, 0, s->leaf);
	rai_safetensors_add(
	    out, "threshold_starts", RAI_DTYPE_I64, f->width + 1, 0, s->threshold_start);
	if (nodes == 0)
		return;
	rai_safetensors_add(out, "thresholds", RAI_DTYPE_F64, thresholds, 0, s->threshold);
	if (s->nodes.wide != NULL)
		rai_safetensors_add(out, "nodes", RAI_DTYPE_U32, nodes, 2, s->nodes.wide);
	else
		rai_safetensors_add(out, "nodes", RAI_DTYPE_U32, nodes, 0, s->nodes.packed);
}

/* columns 0: a vector. */
static const void *
need(const struct rai_safetensors *file, const char *name, enum rai_dtype dtype, uint64_t rows,
    uint64_t columns, struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(file, name);
	uintptr_t align = dtype == RAI_DTYPE_U16 ? 2 : dtype == RAI_DTYPE_U32 ? 4 : 8;

	if (t == NULL || t->dtype != dtype || t->rank != (columns > 0 ? 2u : 1u) ||
	    t->shape[0] != rows || (columns > 0 && t->shape[1] != columns) ||
	    (uintptr_t)t->data % align != 0) {
		rai_fail(err, RAI_EINPUT,
		    "tensor \"%s\" must be aligned, of dtype %s, with %llu rows of %llu", name,
		    dtype == RAI_DTYPE_U16   ? "U16"
		    : dtype == RAI_DTYPE_U32 ? "U32"
		    : dtype == RAI_DTYPE_I64 ? "I64"
					     : "F64",
		    (unsigned long long)rows, (unsigned long long)(columns > 0 ? columns : 1));
		return NULL;
	}
	return t->data;
}

/* From 0 up to a last one that is the number of rows of `of`, none below the one before. */
static int
check_starts(const int64_t *start, size_t n, const char *name, const struct rai_safetensors *file,
    const char *of, struct rai_err *err)
{
	const struct rai_tensor *t = rai_safetensors_find(file, of);
	uint64_t rows = t != NULL && t->rank > 0 ? t->shape[0] : 0;
	size_t i;

	if (start[0] != 0 || (uint64_t)start[n] != rows)
		return rai_fail(err, RAI_EINPUT, "\"%s\" does not cover \"%s\"", name, of);
	for (i = 0; i < n; i++)
		if (start[i + 1] < start[i] || (uint64_t)start[i + 1] > rows)
			return rai_fail(err, RAI_EINPUT, "\"%s\" goes back", name);
	return 0;
}

static int
load_thresholds(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct rai_trees *s = f->state;
	const int64_t *start;
	int64_t i;
	size_t j;

	s->threshold_start = start =
	    need(file, "threshold_starts", RAI_DTYPE_I64, f->width + 1, 0, err);
	if (start == NULL ||
	    check_starts(start, f->width, "threshold_starts", file, "thresholds", err) != 0)
		return -1;
	if (start[f->width] == 0)
		return 0;
	s->threshold = need(file, "thresholds", RAI_DTYPE_F64, (uint64_t)start[f->width], 0, err);
	if (s->threshold == NULL)
		return -1;
	for (j = 0; j < f->width; j++) {
		if (start[j + 1] - start[j] > UINT16_MAX)
			return rai_fail(err, RAI_EINPUT, "feature %zu has too many thresholds", j);
		for (i = start[j]; i < start[j + 1]; i++)
			if (!isfinite(s->threshold[i]) ||
			    (i > start[j] && s->threshold[i] <= s->threshold[i - 1]))
				return rai_fail(err, RAI_EINPUT,
				    "\"thresholds\" of feature %zu are not finite and rising", j);
	}
	return 0;
}

/* Which of the values each leaf has; or they are as many as there are leaves. */
static int
load_leaves(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct rai_trees *s = f->state;
	const struct rai_tensor *values = rai_safetensors_find(file, "values");
	uint64_t leaves = (uint64_t)s->root[s->ntree] + s->ntree, i;
	uint16_t last = 0;

	s->nvalue = leaves;
	if (rai_safetensors_find(file, "leaves") == NULL)
		return 0;
	s->leaf = need(file, "leaves", RAI_DTYPE_U16, leaves, 0, err);
	if (s->leaf == NULL)
		return -1;
	for (i = 0; i < leaves; i++)
		last = s->leaf[i] > last ? s->leaf[i] : last;
	if (values != NULL && values->rank > 0 && last >= values->shape[0])
		return rai_fail(err, RAI_EINPUT, "\"leaves\" name values that are not there");
	s->nvalue = (size_t)last + 1;
	return 0;
}

static int
load_values(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct rai_trees *s = f->state;
	size_t i, k;

	s->value = need(file, "values", RAI_DTYPE_F64, s->nvalue, f->nclass, err);
	if (s->value == NULL)
		return -1;
	for (i = 0; i < s->nvalue; i++) {
		const double *v = s->value + i * (f->nclass > 0 ? f->nclass : 1);
		double sum = 0;

		if (f->nclass == 0 && !isfinite(v[0]))
			return rai_fail(err, RAI_EINPUT, "\"values\" of a leaf are not finite");
		for (k = 0; k < f->nclass; k++)
			sum += v[k] >= 0 ? v[k] : NAN;
		if (f->nclass > 0 && !(fabs(sum - 1) < 1e-9))
			return rai_fail(err, RAI_EINPUT, "\"values\" of a leaf do not sum to 1");
	}
	return 0;
}

/*
 * The n nodes from `first` on must be one tree in preorder.  A node whose subtree has k nodes
 * promises right - 1 of them to its left child, and what is then left to the other; where that is
 * none, the flag says so.  Then every walk ends, inside.
 */
static int
check_tree(const struct rai_fitted *f, const struct rai_nodes *nodes, size_t first, size_t n,
    const char **why)
{
	const int64_t *start = ((const struct rai_trees *)f->state)->threshold_start;
	struct {
		size_t n, depth;
	} open[RAI_TREE_DEPTH + 1];
	size_t i, nopen = 0, feature, left, right, depth;
	struct rai_node p;

	open[nopen].n = n;
	open[nopen++].depth = 0;
	for (i = first; nopen > 0; i++) {
		p = rai_nodes_at(nodes, i);
		n = open[--nopen].n;
		depth = open[nopen].depth;
		feature = p.feature & (RAI_NODE_RIGHT_LEAF - 1);
		*why = "a feature or a threshold that is not there";
		if (feature >= f->width || p.cut >= start[feature + 1] - start[feature])
			return -1;
		*why = "nodes that are not one tree in preorder";
		if (p.right < 1 || p.right > n)
			return -1;
		left = p.right - 1;
		right = n - p.right;
		if ((right == 0) != ((p.feature & RAI_NODE_RIGHT_LEAF) != 0))
			return -1;
		*why = "nodes too deep";
		if (depth + 1 >= RAI_TREE_DEPTH)
			return -1;
		open[nopen].n = right;
		open[nopen].depth = depth + 1;
		nopen += right > 0;
		open[nopen].n = left;
		open[nopen].depth = depth + 1;
		nopen += left > 0;
	}
	return 0;
}

static int
load_nodes(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	struct rai_trees *s = f->state;
	const struct rai_tensor *t = rai_safetensors_find(file, "nodes");
	uint64_t n = (uint64_t)s->root[s->ntree];
	const void *nodes;
	const char *why = "";
	size_t i;

	if (n == 0)
		return 0;
	nodes = need(file, "nodes", RAI_DTYPE_U32, n, t != NULL && t->rank == 2 ? 2 : 0, err);
	if (nodes == NULL)
		return -1;
	if (t->rank == 2)
		s->nodes.wide = nodes;
	else {
		s->nodes.packed = nodes;
		s->nodes.cut_bits = rai_trees_bits(rai_trees_most_thresholds(s, f->width));
		s->nodes.feature_bits = rai_trees_bits(f->width);
		if (s->nodes.cut_bits + s->nodes.feature_bits > 30)
			return rai_fail(err, RAI_EINPUT, "\"nodes\" must be rows of 2");
	}
	for (i = 0; i < s->ntree; i++) {
		n = (uint64_t)(s->root[i + 1] - s->root[i]);
		if (n > 0 && check_tree(f, &s->nodes, (size_t)s->root[i], n, &why) != 0)
			return rai_fail(err, RAI_EINPUT, "tree %zu has %s", i, why);
	}
	return 0;
}

int
rai_trees_load(struct rai_fitted *f, const struct rai_safetensors *file, struct rai_err *err)
{
	const struct rai_tensor *r = rai_safetensors_find(file, "roots");
	struct rai_trees *s;

	if (f->width == 0 || f->width > RAI_CODES_WIDTH)
		return rai_fail(err, RAI_EINPUT, "trees ask 1 to %d features", RAI_CODES_WIDTH);
	if (r == NULL || r->rank != 1 || r->shape[0] < 2 || r->shape[0] > RAI_TREES_MAX + 1)
		return rai_fail(err, RAI_EINPUT, "tensor \"roots\" must have 2 to %d numbers",
		    RAI_TREES_MAX + 1);
	f->state = s = calloc(1, sizeof(*s));
	if (s == NULL)
		return rai_fail_memory(err);
	s->ntree = (size_t)r->shape[0] - 1;
	s->root = need(file, "roots", RAI_DTYPE_I64, r->shape[0], 0, err);
	if (s->root == NULL || check_starts(s->root, s->ntree, "roots", file, "nodes", err) != 0)
		return -1;
	return load_thresholds(f, file, err) != 0 || load_leaves(f, file, err) != 0 ||
		       load_values(f, file, err) != 0 || load_nodes(f, file, err) != 0
		   ? -1
		   : 0;
}

#include "model/trees.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

void
rai_trees_release(struct rai_fitted *f)
{
	struct rai_trees *s = f->state;
	size_t i;

	for (i = 0; i < sizeof(s->own) / sizeof(s->own[0]); i++)
		free(s->own[i]);
	free(s);
}

static void
place(const struct rai_trees *s, const double *x, size_t width, uint16_t *out)
{
	size_t j;

	for (j = 0; j < width; j++)
		out[j] = rai_walk_below(s->threshold + s->threshold_start[j],
		    (size_t)(s->threshold_start[j + 1] - s->threshold_start[j]), x[j]);
}

/* A tree is read once for all rows of a block, so that many of them make up for its way from
 * memory to the nearest cache. */
#define BLOCK 1024   /* trees or rows walked for together */
#define PLACES 32768 /* features of the rows placed at once; at least RAI_CODES_WIDTH */
#define SMALL 15     /* nodes of a tree whose leaves are the bits of a short word */

/* Rows whose value is above cut lose the leaves that are not in keep. */
static void
drop(const uint16_t *x, uint16_t cut, uint16_t keep, size_t n, uint16_t *still)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i cuts = _mm_set1_epi16((short)cut), kept = _mm_set1_epi16((short)keep);

	for (; i + 8 <= n; i += 8) {
		__m128i *at = (__m128i *)(void *)(still + i);
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(x + i));
		__m128i below = _mm_cmpeq_epi16(_mm_subs_epu16(v, cuts), _mm_setzero_si128());

		_mm_storeu_si128(at, _mm_and_si128(_mm_loadu_si128(at), _mm_or_si128(below, kept)));
	}
#endif
	for (; i < n; i++)
		still[i] &= x[i] > cut ? keep : UINT16_MAX;
}

/*
 * A small tree asks all of its nodes: where a row goes right, the leaves on the left are out of its
 * reach, and in the end the first that is left is its own (C. Lucchese et al., "QuickScorer",
 * SIGIR 2015).  x: n numbers for each feature.
 */
static void
walk_small(const struct rai_nodes *nodes, size_t root, size_t nnode, const uint16_t *x, size_t n,
    uint32_t *leaf)
{
	uint16_t still[BLOCK];
	uint32_t first[2 * SMALL] = {0}; /* of the leaves below a node */
	size_t p, i;

	memset(still, 0xff, n * sizeof(*still));
	for (p = 0; p < nnode; p++) {
		struct rai_node node = rai_nodes_at(nodes, root + p);
		uint32_t right = node.right;

		if (!(node.feature & RAI_NODE_RIGHT_LEAF))
			first[p + right] = first[p] + right;
		if (right > 1)
			first[p + 1] = first[p];
		drop(x + (node.feature & (RAI_NODE_RIGHT_LEAF - 1)) * n, node.cut,
		    (uint16_t) ~(((UINT32_C(1) << right) - 1) << first[p]), n, still);
	}
	for (i = 0; i < n; i++)
		leaf[i] = (uint32_t)__builtin_ctz(still[i]);
}

/* The same where each has one output. */
static void
add_numbers(const struct rai_trees *s, const struct rai_walks *w, double *out)
{
	size_t row = w->tree_step == 0, tree, i;

	for (i = 0; i < w->n; i++) {
		tree = w->tree + i * w->tree_step;
		out[i * row] += *rai_trees_value(s, (size_t)w->root[tree] + tree + w->leaf[i], 1);
	}
}

/* Adds what the walks from tree t on have found: of one row in n trees, or of n rows in one. */
static void
add_leaves(const struct rai_trees *s, const struct rai_walks *w, size_t outputs, double *out)
{
	const double *value;
	size_t i, k, tree;

	if (outputs == 1) {
		add_numbers(s, w, out);
		return;
	}
	for (i = 0; i < w->n; i++) {
		tree = w->tree + i * w->tree_step;
		value = rai_trees_value(s, (size_t)w->root[tree] + tree + w->leaf[i], outputs);
		for (k = 0; k < outputs; k++)
			out[k] += value[k];
		out += w->tree_step == 0 ? outputs : 0;
	}
}

void
rai_trees_predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_trees *s = f->state;
	size_t outputs = rai_fitted_outputs(f), t, k;
	uint16_t placed[PLACES + RAI_WALK_READ];
	uint32_t leaf[BLOCK] = {0};

	place(s, x, f->width, placed);
	memset(out, 0, outputs * sizeof(*out));
	for (t = 0; t < s->ntree; t += BLOCK) {
		struct rai_walks w = {s->nodes, s->root,
		    s->ntree - t < BLOCK ? s->ntree - t : BLOCK, t, 1, placed, 0, leaf};

		rai_walk(&w);
		add_leaves(s, &w, outputs, out);
	}
	for (k = 0; k < outputs; k++)
		out[k] /= (double)s->ntree;
}

/* Row by row becomes feature by feature. */
static void
turn(const uint16_t *placed, size_t n, size_t width, uint16_t *column)
{
	size_t i, j;

	for (j = 0; j < width; j++)
		for (i = 0; i < n; i++)
			column[j * n + i] = placed[i * width + j];
}

static void
predict_block(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	const struct rai_trees *s = f->state;
	size_t outputs = rai_fitted_outputs(f), t, i;
	uint16_t placed[PLACES + RAI_WALK_READ], column[PLACES];
	uint32_t leaf[BLOCK] = {0};
	int columns = 0;

	for (i = 0; i < n; i++)
		place(s, x + i * f->width, f->width, placed + i * f->width);
	memset(out, 0, n * outputs * sizeof(*out));
	for (t = 0; t < s->ntree; t++) {
		size_t nodes = (size_t)(s->root[t + 1] - s->root[t]);
		struct rai_walks w = {s->nodes, s->root, n, t, 0, placed, f->width, leaf};

		if (nodes <= SMALL) {
			if (!columns++)
				turn(placed, n, f->width, column);
			walk_small(&s->nodes, (size_t)s->root[t], nodes, column, n, leaf);
		} else
			rai_walk(&w);
		add_leaves(s, &w, outputs, out);
	}
	for (i = 0; i < n * outputs; i++)
		out[i] /= (double)s->ntree;
}

void
rai_trees_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	size_t outputs = rai_fitted_outputs(f), i, block = PLACES / f->width;

	block = block < BLOCK ? block : BLOCK;
	for (i = 0; i < n; i += block)
		predict_block(
		    f, x + i * f->width, n - i < block ? n - i : block, out + i * outputs);
}

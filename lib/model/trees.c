#include "model/trees.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "model/walk.h"

#define FEATURE(node) ((node)->feature & (RAI_NODE_RIGHT_LEAF - 1))

/* Numbers the bins that any node cuts after: number[bin] is that of its threshold. */
static int
join_thresholds(struct rai_trees *s, const struct rai_codes *c, const struct rai_tree *tree,
    uint16_t *number, struct rai_err *err)
{
	int64_t *start = malloc((c->width + 1) * sizeof(*start));
	double *threshold = NULL;
	size_t t, i, j, b, n = 0, total = 0;

	s->threshold_start = s->own[4] = start;
	if (start == NULL)
		return rai_fail_memory(err);
	for (t = 0; t < s->ntree; t++)
		for (i = 0; i < tree[t].n; i++)
			number[c->start[FEATURE(&tree[t].node[i])] + tree[t].node[i].cut] = 1;
	for (b = 0; b < c->start[c->width]; b++)
		total += number[b];
	s->threshold = s->own[3] = threshold = malloc((total + 1) * sizeof(*threshold));
	if (threshold == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < c->width; j++) {
		start[j] = (int64_t)n;
		for (b = 0; b < rai_codes_nbin(c, j); b++)
			if (number[c->start[j] + b] != 0) {
				number[c->start[j] + b] = (uint16_t)(n - (size_t)start[j]);
				threshold[n++] = rai_codes_threshold(c, j, (uint32_t)b);
			}
	}
	start[c->width] = (int64_t)n;
	return 0;
}

static int
join_nodes(struct rai_trees *s, const struct rai_codes *c, const struct rai_tree *tree,
    const uint16_t *number, size_t outputs, struct rai_err *err)
{
	int64_t *root = malloc((s->ntree + 1) * sizeof(*root));
	struct rai_node *node = NULL, *p;
	double *value = NULL;
	size_t t, i, total = 0, bytes;

	s->root = s->own[0] = root;
	if (root == NULL)
		return rai_fail_memory(err);
	for (t = 0; t < s->ntree; t++) {
		root[t] = (int64_t)total;
		total += tree[t].n;
	}
	root[s->ntree] = (int64_t)total;
	if (__builtin_mul_overflow(total + s->ntree, outputs * sizeof(*value), &bytes))
		return rai_fail_memory(err);
	s->node = s->own[1] = node = malloc((total + 1) * sizeof(*node));
	s->value = s->own[2] = value = malloc(bytes);
	if (node == NULL || value == NULL)
		return rai_fail_memory(err);
	for (t = 0; t < s->ntree; t++) {
		p = node + root[t];
		memcpy(value + ((size_t)root[t] + t) * outputs, tree[t].value,
		    (tree[t].n + 1) * outputs * sizeof(*value));
		for (i = 0; i < tree[t].n; i++) {
			p[i] = tree[t].node[i];
			p[i].cut = number[c->start[FEATURE(&p[i])] + p[i].cut];
		}
	}
	return 0;
}

int
rai_trees_join(struct rai_fitted *f, const struct rai_codes *c, const struct rai_tree *tree,
    size_t ntree, struct rai_err *err)
{
	struct rai_trees *s = calloc(1, sizeof(*s));
	uint16_t *number = calloc(c->start[c->width], sizeof(*number));
	int rc = -1;

	if (s == NULL || number == NULL) {
		free(s);
		free(number);
		return rai_fail_memory(err);
	}
	s->ntree = ntree;
	f->state = s;
	if (join_thresholds(s, c, tree, number, err) == 0)
		rc = join_nodes(s, c, tree, number, rai_fitted_outputs(f), err);
	free(number);
	if (rc != 0) {
		rai_trees_release(f);
		f->state = NULL;
	}
	return rc;
}

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

#define BLOCK 256    /* trees or rows walked for together */
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
 * SIGIR 2015).  x: BLOCK numbers for each feature.
 */
static void
walk_small(const struct rai_node *node, size_t nnode, const uint16_t *x, size_t n, uint32_t *leaf)
{
	uint16_t still[BLOCK];
	uint32_t first[2 * SMALL] = {0}; /* of the leaves below a node */
	size_t p, i;

	memset(still, 0xff, sizeof(still));
	for (p = 0; p < nnode; p++) {
		uint32_t right = node[p].right;

		if (!(node[p].feature & RAI_NODE_RIGHT_LEAF))
			first[p + right] = first[p] + right;
		if (right > 1)
			first[p + 1] = first[p];
		drop(x + FEATURE(&node[p]) * BLOCK, node[p].cut,
		    (uint16_t) ~(((UINT32_C(1) << right) - 1) << first[p]), n, still);
	}
	for (i = 0; i < n; i++)
		leaf[i] = (uint32_t)__builtin_ctz(still[i]);
}

static void
add(double *out, const double *value, size_t outputs)
{
	size_t k;

	for (k = 0; k < outputs; k++)
		out[k] += value[k];
}

void
rai_trees_predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_trees *s = f->state;
	size_t outputs = rai_fitted_outputs(f), t, i, k;
	uint16_t placed[PLACES + 1];
	uint32_t leaf[BLOCK] = {0};

	place(s, x, f->width, placed);
	memset(out, 0, outputs * sizeof(*out));
	for (t = 0; t < s->ntree; t += BLOCK) {
		struct rai_walks w = {s->node, s->root, s->ntree - t < BLOCK ? s->ntree - t : BLOCK,
		    t, 1, placed, 0, leaf};

		rai_walk(&w);
		for (i = 0; i < w.n; i++)
			add(out, s->value + ((size_t)s->root[t + i] + t + i + leaf[i]) * outputs,
			    outputs);
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
			column[j * BLOCK + i] = placed[i * width + j];
}

static void
predict_block(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	const struct rai_trees *s = f->state;
	size_t outputs = rai_fitted_outputs(f), t, i;
	uint16_t placed[PLACES + 1], column[PLACES];
	uint32_t leaf[BLOCK] = {0};
	int columns = 0;

	for (i = 0; i < n; i++)
		place(s, x + i * f->width, f->width, placed + i * f->width);
	memset(out, 0, n * outputs * sizeof(*out));
	for (t = 0; t < s->ntree; t++) {
		const double *value = s->value + ((size_t)s->root[t] + t) * outputs;
		int64_t nodes = s->root[t + 1] - s->root[t];
		struct rai_walks w = {s->node, s->root, n, t, 0, placed, f->width, leaf};

		if (nodes <= SMALL && f->width <= PLACES / BLOCK) {
			if (!columns++)
				turn(placed, n, f->width, column);
			walk_small(s->node + s->root[t], (size_t)nodes, column, n, leaf);
		} else
			rai_walk(&w);
		for (i = 0; i < n; i++)
			add(out + i * outputs, value + leaf[i] * outputs, outputs);
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

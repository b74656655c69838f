#ifndef RAI_MODEL_WALK_H
#define RAI_MODEL_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "model/grow.h"

/*
 * Nodes of trees one behind the other, each tree in preorder (model/grow.h), in one of two forms:
 * as they grow, or in words of 32 bits where all that they say fits: from the lowest bit on the
 * flag RAI_NODE_RIGHT_LEAF, cut_bits of the cut, feature_bits of the feature, and right.
 */
struct rai_nodes {
	const struct rai_node *wide; /* or NULL: they are packed */
	const uint32_t *packed;
	unsigned cut_bits, feature_bits; /* of packed ones; together less than 31 */
};

static inline struct rai_node
rai_nodes_at(const struct rai_nodes *s, size_t i)
{
	uint32_t v, feature;

	if (s->wide != NULL)
		return s->wide[i];
	v = s->packed[i];
	feature = v >> (1 + s->cut_bits) & ((UINT32_C(1) << s->feature_bits) - 1);
	return (struct rai_node){(uint16_t)(feature | (v & 1 ? RAI_NODE_RIGHT_LEAF : 0)),
	    (uint16_t)(v >> 1 & ((UINT32_C(1) << s->cut_bits) - 1)),
	    v >> (1 + s->cut_bits + s->feature_bits)};
}

/* The largest right that a packed node has room for. */
static inline uint32_t
rai_nodes_reach(unsigned cut_bits, unsigned feature_bits)
{
	return UINT32_MAX >> (1 + cut_bits + feature_bits);
}

/* Node p, which fits, as a packed one. */
uint32_t rai_nodes_pack(struct rai_node p, unsigned cut_bits, unsigned feature_bits);

/*
 * Many walks through trees at once: of one row through many trees, or of many rows through one.
 * A node sends a row to the right where x[feature] > cut.
 */
#define RAI_WALK_NODES INT32_MAX /* nodes at most */

struct rai_walks {
	struct rai_nodes nodes;
	const int64_t *root;    /* of tree t: root[t] .. root[t + 1] - 1 */
	size_t n;               /* walks to be made */
	size_t tree, tree_step; /* walk i goes through tree + i * tree_step, a step of 0 or 1 */
	/* and asks the row at x + i * x_step; RAI_WALK_READ numbers behind a row may be read */
	const uint16_t *x;
	size_t x_step;
	uint32_t *leaf; /* n: where each ends, from left to right in its tree */
	/* NULL, or n: walk i goes on from node at[i], which leaf[i] leaves are on the left of */
	const uint32_t *at;
};

#define RAI_WALK_ENDED UINT32_MAX /* at[i] of a walk that is at its leaf already */

#define RAI_WALK_READ 32

/* The node where walk i begins. */
static inline uint32_t
rai_walk_from(const struct rai_walks *w, size_t i)
{
	const int64_t *root = w->root + w->tree + i * w->tree_step;

	if (w->at != NULL)
		return w->at[i];
	return root[0] == root[1] ? RAI_WALK_ENDED : (uint32_t)root[0];
}

void rai_walk(const struct rai_walks *w);

/* How many of n rising numbers are below x, n at most UINT16_MAX; of NaN, all are. */
uint16_t rai_walk_below(const double *v, size_t n, double x);

/* The same of many: of x[i * step] it is out[i * out_step], i < m. */
void rai_walk_below_many(const double *v, size_t n, const double *x, size_t step, size_t m,
    uint16_t *out, size_t out_step);

/*
 * rai_walk() by one way of those that there are, for tests.  -1: this processor does not have it,
 * or it is not for such nodes.
 */
enum rai_walk_way { RAI_WALK_PLAIN, RAI_WALK_AVX2, RAI_WALK_AVX512 };
int rai_walk_by(enum rai_walk_way way, const struct rai_walks *w);
int rai_walk_avx2(const struct rai_walks *w);

#endif

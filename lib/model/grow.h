#ifndef RAI_MODEL_GROW_H
#define RAI_MODEL_GROW_H

#include "base/rng.h"
#include "model/cut.h"
#include "model/draw.h"

/*
 * Growing one tree on coded features: CART (Breiman, Friedman, Olshen, Stone, 1984), depth first.
 *
 * Only nodes that ask are stored, in preorder; leaves are numbered from left to right.  The left
 * child of a node follows it, unless right is 1: then it is a leaf.  The right child is `right`
 * nodes further, unless the node has the flag RAI_NODE_RIGHT_LEAF.  As a tree of k nodes has
 * k + 1 leaves, `right` is also the number of leaves on the left.
 */
struct rai_node {
	uint16_t feature; /* and the flag */
	uint16_t cut;     /* while it grows, the bin; in a model, the number of its threshold */
	uint32_t right;
};

#define RAI_NODE_RIGHT_LEAF 0x8000
#define RAI_TREE_DEPTH 512 /* no tree is deeper */

struct rai_tree {
	struct rai_node *node; /* n */
	double *value; /* (n + 1) x outputs: of each leaf the mean, or the share of classes */
	size_t n;
};

enum rai_grow_cuts { RAI_GROW_BEST, RAI_GROW_RANDOM };

struct rai_grow_params {
	enum rai_grow_cuts cuts;
	size_t max_depth;    /* 0 .. RAI_TREE_DEPTH - 1 */
	uint64_t min_split;  /* rows, each as often as it was drawn; at least 2 */
	size_t max_features; /* looked at for one split, of those not constant there */
	double min_decrease; /* of impurity, times the node's share of the rows */
};

/* Scratch for trees of one fit; one per thread. */
struct rai_grower;

/* m and p must outlive it.  NULL: out of memory. */
struct rai_grower *rai_grower_new(const struct rai_impurity *m, const struct rai_grow_params *p);
void rai_grower_free(struct rai_grower *g); /* NULL is fine */

/* Grows a tree on the rows of draw.  Caller frees out->node and out->value. */
int rai_grow(struct rai_grower *g, const struct rai_draw *draw, struct rai_rng *rng,
    struct rai_tree *out, struct rai_err *err);

#endif

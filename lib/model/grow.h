#ifndef RAI_MODEL_GROW_H
#define RAI_MODEL_GROW_H

#include "base/rng.h"
#include "model/bins.h"

/* One node of a tree in preorder: the left child follows, the right one stands `right` further. */
struct rai_node {
	double value;    /* go left where x[feature] <= value; of a leaf: the prediction */
	int32_t feature; /* -1: a leaf */
	int32_t right;   /* in nodes from this one; of a leaf: 0 */
};

#define RAI_TREE_DEPTH 512 /* no tree is deeper */

/*
 * Growing one regression tree on binned features: CART with squared error (Breiman, Friedman,
 * Olshen, Stone, 1984), depth first, nodes in preorder.
 */
struct rai_grow_params {
	size_t max_depth;          /* 1 .. RAI_TREE_DEPTH - 1 */
	uint64_t min_samples_leaf; /* rows, each as often as it was drawn; at least 1 */
	size_t max_features;       /* looked at for one split, of those not constant there */
};

/* Scratch for trees over the same bins; one per thread. */
struct rai_grower;

/* bins and y (one per row of bins) must outlive it.  NULL: out of memory. */
struct rai_grower *rai_grower_new(const struct rai_bins *bins, const double *y);
void rai_grower_free(struct rai_grower *g); /* NULL is fine */

enum rai_grow_rows { RAI_GROW_ALL, RAI_GROW_BOOTSTRAP };

/*
 * Grows a tree on all rows, or on as many drawn with replacement.  Caller frees *node, n of them.
 */
int rai_grow(struct rai_grower *g, const struct rai_grow_params *p, enum rai_grow_rows rows,
    struct rai_rng *rng, struct rai_node **node, size_t *n, struct rai_err *err);

#endif

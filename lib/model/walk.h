#ifndef RAI_MODEL_WALK_H
#define RAI_MODEL_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "model/grow.h"

/*
 * Many walks through trees at once: of one row through many trees, or of many rows through one.
 * The nodes of all trees lie in one array, each tree in preorder (model/grow.h); a node sends a row
 * to the right where x[feature] > cut.
 */
#define RAI_WALK_NODES INT32_MAX /* nodes at most */

struct rai_walks {
	const struct rai_node *node;
	const int64_t *root;    /* of tree t: root[t] .. root[t + 1] - 1 */
	size_t n;               /* walks to be made */
	size_t tree, tree_step; /* walk i goes through tree + i * tree_step */
	const uint16_t *x; /* and asks the row at x + i * x_step; one number more may be read */
	size_t x_step;
	uint32_t *leaf; /* n: where each ends, from left to right in its tree */
};

void rai_walk(const struct rai_walks *w);

/* How many of n rising numbers are below x, n at most UINT16_MAX; of NaN, all are. */
uint16_t rai_walk_below(const double *v, size_t n, double x);

/* rai_walk() by one way of those that there are, for tests; -1: this processor does not have it. */
enum rai_walk_way { RAI_WALK_PLAIN, RAI_WALK_AVX512 };
int rai_walk_by(enum rai_walk_way way, const struct rai_walks *w);

#endif

#ifndef RAI_MODEL_WALK_TOP_H
#define RAI_MODEL_WALK_TOP_H

#include "model/walk.h"

/*
 * The first nodes of a tree, which all rows pass, asked of many rows at once without walking (C.
 * Lucchese et al., "QuickScorer", SIGIR 2015): where a row goes right, the ways out on the left are
 * out of its reach, and in the end the first that is left is its own.  A way out is a leaf, or
 * leads to a node from where rai_walk() goes on.
 */
#define RAI_WALK_TOP 15 /* nodes at most, so that the ways out are the bits of a short word */

struct rai_walk_top {
	size_t n, nout; /* nodes, and ways out: one more */
	uint16_t feature[RAI_WALK_TOP];
	uint16_t cut[RAI_WALK_TOP];
	uint16_t keep[RAI_WALK_TOP];     /* the ways out that a row to its right may still take */
	uint32_t at[RAI_WALK_TOP + 1];   /* where they lead: a node, or RAI_WALK_ENDED */
	uint32_t leaf[RAI_WALK_TOP + 1]; /* leaves on the left of that */
};

/* Of the tree of n nodes from root on: all of it where it is as small as that, else 4 levels. */
void rai_walk_top_make(
    const struct rai_nodes *nodes, size_t root, size_t n, struct rai_walk_top *top);

/*
 * Where n rows leave it, for struct rai_walks.  x: of every feature n numbers, one behind the
 * other.
 */
void rai_walk_top_ask(
    const struct rai_walk_top *top, const uint16_t *x, size_t n, uint32_t *at, uint32_t *leaf);

/* The same by one way of those that there are, for tests.  -1: this processor does not have it. */
int rai_walk_top_ask_by(enum rai_walk_way way, const struct rai_walk_top *top, const uint16_t *x,
    size_t n, uint32_t *at, uint32_t *leaf);

#endif

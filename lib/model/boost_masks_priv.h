#ifndef RAI_MODEL_BOOST_MASKS_PRIV_H
#define RAI_MODEL_BOOST_MASKS_PRIV_H

#include <stdint.h>

#include "model/boost_masks.h"

/* Inside of this room: how masks lie, which boost_masks_make.c makes and boost_masks.c asks. */

#define EVERY 32   /* nodes between two masks that are kept */
#define PLACES 512 /* questions that a row is asked, at most */
#define LINE 64    /* bytes of the cache's */
#define LANES RAI_BOOST_MASKS_LANES

/* What a node of a tree takes away. */
struct rai_mask_node {
	uint32_t tree, mask;
};

/* A number: the nodes of one feature that send what is missing the same way. */
struct rai_mask_number {
	size_t feature, missing_left;
	size_t nthreshold, threshold; /* rising and different, from there on */
	size_t nnode, node;           /* by their thresholds */
	size_t mask; /* of the first EVERY nodes together, of the first 2 * EVERY and so on */
};

/*
 * A category: a mask for each level, then one for all else.  Levels from `kept` on that no set
 * names are as the one before it.
 */
struct rai_mask_category {
	size_t feature, nlevel, kept, mask;
};

struct rai_boost_masks {
	size_t ntree, width, stride; /* words from one mask to the next: trees in whole lanes */
	size_t nnumber, ncategory;
	struct rai_mask_number *number;
	struct rai_mask_category *category;
	double *threshold;
	uint32_t
	    *end; /* of threshold i: how many of its number's nodes have this or a lesser one */
	struct rai_mask_node *node;
	uint32_t *mask;
	double *value;   /* of the leaves, tree after tree */
	uint32_t *first; /* ntree: a tree's leaves among them */
};

#endif

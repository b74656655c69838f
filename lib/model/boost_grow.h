#ifndef RAI_MODEL_BOOST_GROW_H
#define RAI_MODEL_BOOST_GROW_H

#include "model/boost_hist.h"

/*
 * Growing one tree on binned features, the leaf with the largest gain first.  The gain of a split
 * is the usual second-order one (Friedman 2001; Chen and Guestrin, "XGBoost", KDD 2016):
 * GL^2 / (HL + l2) + GR^2 / (HR + l2) - G^2 / (H + l2), in the units of the packed gradients.
 */
struct rai_boost_rules {
	size_t leaves;     /* at most; at least 2 */
	size_t max_depth;  /* splits on a way down, at most; at least 1 */
	uint32_t min_rows; /* of a leaf; at least 1 */
	double l2;         /* in units of the packed second derivatives */
	double smooth;     /* the same, of a category's level: see find_category */
	double cat_l2;     /* more l2 for splits by a category */
	enum rai_boost_packing packing;
};

#define RAI_BOOST_LEVELS 32     /* levels on the smaller side of a split by a category, at most */
#define RAI_BOOST_LEVEL_ROWS 10 /* a level with fewer in a node is not looked at there */

/* What a split knows; left says of each code whether its rows go left. */
struct rai_boost_split {
	double gain; /* 0: there is none */
	uint32_t feature;
	uint16_t bin;     /* of a number: the last one that goes left */
	uint16_t nothing; /* 1: the node had no row where the feature is missing */
	uint64_t left[4]; /* a set of codes */
	int64_t g, h;     /* of the left side; h is n where counted */
	uint32_t n;
};

static inline int
rai_boost_goes_left(const struct rai_boost_split *s, uint8_t code)
{
	return (int)(s->left[code >> 6] >> (code & 63) & 1);
}

/* Sums of a node. */
struct rai_boost_sum {
	int64_t g, h;
	uint32_t n;
};

/* The best split of feature j. */
void rai_boost_find(const struct rai_boost_bins *b, const struct rai_boost_hist *hist, size_t j,
    const struct rai_boost_rules *rules, const struct rai_boost_sum *node,
    struct rai_boost_split *best);

/* A leaf's rows are row[first] .. row[first + sum.n - 1]. */
struct rai_boost_leaf {
	size_t node, first, depth;
	struct rai_boost_sum sum;
	struct rai_boost_split split; /* the best one, not done */
	struct rai_boost_hist *hist;  /* while the leaf may be split */
};

/* Children lie beside each other, after their parent; left 0: a leaf, number leaf. */
struct rai_boost_branch {
	struct rai_boost_split split;
	size_t left, leaf;
};

struct rai_boost_grower {
	const struct rai_boost_bins *bins;
	struct rai_boost_rules rules;
	struct rai_team *team;
	/* the tree, after rai_boost_grow */
	struct rai_boost_branch *branch; /* nbranch */
	size_t nbranch;
	struct rai_boost_leaf *leaf; /* nleaf */
	size_t nleaf;
	/* scratch */
	uint32_t *row;                  /* the tree's rows, in the order of its leaves */
	uint32_t *to_left, *to_right;   /* as many */
	uint32_t *nleft;                /* per block of rows */
	struct rai_boost_adder **adder; /* one per worker */
	struct rai_boost_hist *unused;
	uint8_t *look;  /* width: 1 where a tree may split by the feature; set by the caller */
	uint8_t *use;   /* per 8 features: any of them looked at */
	size_t *column; /* ncolumn: all features of those eights */
	size_t ncolumn;
	struct rai_boost_split *found; /* 2 x width */
};

/* bins and team must outlive it. */
int rai_boost_grower_init(struct rai_boost_grower *g, const struct rai_boost_bins *bins,
    const struct rai_boost_rules *rules, struct rai_team *team, struct rai_err *err);
void rai_boost_grower_release(struct rai_boost_grower *g);

/* From the packed gradients in the bins' records; look is set, and row holds nrow of the bins'
 * rows, ascending. */
int rai_boost_grow(struct rai_boost_grower *g, size_t nrow, struct rai_err *err);

/* The leaf that row i of the bins falls into. */
size_t rai_boost_leaf_of(const struct rai_boost_grower *g, size_t i);

#endif

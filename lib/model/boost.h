#ifndef RAI_MODEL_BOOST_H
#define RAI_MODEL_BOOST_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "model/kind.h"

/*
 * What the files of the kind "boost" share: gradient boosted trees, as they are kept and asked.
 * A score is the base plus the sum of one leaf of each tree; with several outputs tree t belongs to
 * output t mod outputs.  A sum is made as eight, each in the order of its trees, so that a
 * processor need not wait for one addition after the other: see rai_boost_total().
 */
#define RAI_BOOST_SUMS 8

/* What the trees of one output add up to: its i-th tree is in sum i mod 8. */
static inline double
rai_boost_total(const double *sum)
{
	return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

enum rai_boost_param {
	RAI_BOOST_ROUNDS,
	RAI_BOOST_RATE,
	RAI_BOOST_LEAVES,
	RAI_BOOST_MAX_DEPTH,
	RAI_BOOST_MIN_ROWS,
	RAI_BOOST_L2,
	RAI_BOOST_MAX_BINS,
	RAI_BOOST_SUBSAMPLE,
	RAI_BOOST_COLSAMPLE,
	RAI_BOOST_EARLY_STOPPING,
	RAI_BOOST_LOSS,
};

#define RAI_BOOST_TREES_MAX 10000000 /* rounds times outputs */
#define RAI_BOOST_LEAVES_MAX 32768
#define RAI_BOOST_FEATURES_MAX (1 << 28)
#define RAI_BOOST_SELDOM 64 /* rows */

/*
 * One node.  Children come after their parent: the left one `left` nodes further, the right one
 * `right`; of a leaf both are 0, so that a walk that goes on stays there.
 */
struct rai_boost_node {
	union {
		double value;  /* of a number: left where x <= value; of a leaf: what it adds */
		uint64_t bits; /* of a category: bit k is set where level k goes left; or, with
				  RAI_BOOST_WIDE, the place of its set among the sets */
	} u;
	uint32_t what; /* the feature, and of the flags below */
	uint16_t left, right;
};

#define RAI_BOOST_CATEGORY (UINT32_C(1) << 31)
#define RAI_BOOST_WIDE (UINT32_C(1) << 30)         /* more than 64 levels */
#define RAI_BOOST_MISSING_LEFT (UINT32_C(1) << 29) /* what is missing, and unknown levels */
#define RAI_BOOST_FEATURE (RAI_BOOST_FEATURES_MAX - 1)

/* What a fit has learned (rai_fitted.state). */
struct rai_boost {
	const struct rai_boost_node *node; /* root[ntree] of them */
	const int64_t *root;               /* ntree + 1 */
	size_t ntree;
	const double *base; /* outputs: the score before any tree */
	const int64_t
	    *sets; /* nsets words; a set is its number of levels, then its bits, 64 in a word */
	size_t nsets;
	int categories; /* any node asks for one */
	/* Of a model that was read: the sooner way to ask; or NULL.  Where rows are seldom asked
	 * for (rai_fitted.seldom) it is made by who asks for row RAI_BOOST_SELDOM. */
	_Atomic(struct rai_boost_ready *) ready;
	atomic_size_t asked; /* rows so far, while there is none */
	void *own[4];        /* memory of the arrays above where it is not the mapped file's */
};

/* Scores of one row: 1, or one per class where there are more than 2. */
size_t rai_boost_outputs(const struct rai_fitted *f);

/* Adds the leaves of trees [from, to) to the scores of n rows, row-major (x: n x width, score:
 * n x outputs). */
void rai_boost_add_trees(
    const struct rai_fitted *f, size_t from, size_t to, const double *x, size_t n, double *score);

void rai_boost_predict(const struct rai_fitted *f, const double *x, double *out);
void rai_boost_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out);

/* Where node p sends row x: so many nodes further, 0 from a leaf. */
size_t rai_boost_step(const struct rai_boost *s, const struct rai_boost_node *p, const double *x);

int rai_boost_explain(const struct rai_fitted *f, struct rai_explain_game *g);

int rai_boost_fit(struct rai_fitted *f, const struct rai_fit_data *d,
    const struct rai_fit_options *opt, struct rai_err *err);

#endif

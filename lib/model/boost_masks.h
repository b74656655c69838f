#ifndef RAI_MODEL_BOOST_MASKS_H
#define RAI_MODEL_BOOST_MASKS_H

#include "model/boost.h"
#include "model/walk.h"

/*
 * Small trees of boosting asked without walking, with the same answers to the bit (Lucchese et al.,
 * "QuickScorer: A Fast Algorithm to Rank Documents with Additive Ensembles of Regression Trees",
 * SIGIR 2015).  A tree's leaves are the bits of a word, from left to right.  A node that sends the
 * row to the right takes away the leaves on its left; when all have, the lowest bit that is left is
 * the row's leaf.
 *
 * Which nodes of a feature send a row to the right is known from its value: of a number those with
 * smaller thresholds, of a category those whose set it is not in.  So what they take away, in all
 * trees together, is computed before: for each category, and for every so many thresholds.  A row
 * is then asked by ANDs over arrays of words, one for each feature, and a few nodes more.
 */
struct rai_boost_masks;

#define RAI_BOOST_MASKS_LEAVES 32  /* of a tree, at most */
#define RAI_BOOST_MASKS_TREES 4096 /* at most */

/* NULL: the trees are too large or too many for this, it would take too much, or no memory. */
struct rai_boost_masks *rai_boost_masks_new(const struct rai_boost *s, size_t width);
void rai_boost_masks_free(struct rai_boost_masks *m); /* NULL is fine */

/* As rai_boost_ready_add(). */
void rai_boost_masks_add(
    const struct rai_boost_masks *m, const double *x, size_t n, size_t outputs, double *score);

#define RAI_BOOST_MASKS_LANES 16 /* words that are ANDed at once: a line of the cache's */

/*
 * all: the AND of it with n arrays of stride words, which are whole lanes, by one way of those that
 * there are, for tests.  -1: this processor does not have it.
 */
int rai_boost_masks_and_by(
    enum rai_walk_way way, uint32_t *all, size_t stride, const uint32_t *const *with, size_t n);

#endif

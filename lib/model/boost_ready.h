#ifndef RAI_MODEL_BOOST_READY_H
#define RAI_MODEL_BOOST_READY_H

#include "model/boost.h"

/*
 * Trees of boosting made ready to be asked often, with the same answers to the bit.  Small ones by
 * masks (model/boost_masks.h); of the others values become small numbers (places), so that every
 * node compares two of them (model/walk.h).  A number has the count of the thresholds below it,
 * twice where what is missing goes left in some nodes and right in others; a category has, for each
 * node that asks for it, whether it goes right there.
 */
struct rai_boost_ready;

/* NULL: it would take too much memory, or there is none. */
struct rai_boost_ready *rai_boost_ready_new(const struct rai_boost *s, size_t width);
void rai_boost_ready_free(struct rai_boost_ready *r); /* NULL is fine */

/* Adds the leaves of all trees, summed as model/boost.h says, to the scores of n rows; x: n x
 * width. */
void rai_boost_ready_add(
    const struct rai_boost_ready *r, const double *x, size_t n, size_t outputs, double *score);

#endif

#ifndef RAI_MODEL_ENSEMBLE_BUILD_H
#define RAI_MODEL_ENSEMBLE_BUILD_H

#include "base/buf.h"
#include "model/ensemble.h"

/*
 * Collects the trees of a foreign file into an ensemble; private to this room.
 */
struct rai_ensemble_build {
	struct rai_buf node, root, set, base; /* arrays of what struct rai_ensemble has */
};

#define RAI_ENSEMBLE_BYTES ((size_t)1 << 31)

void rai_ensemble_build_init(struct rai_ensemble_build *b);
void rai_ensemble_build_release(struct rai_ensemble_build *b);

/*
 * Adds a tree of n nodes whose left and right are numbers of nodes of the same array, the root
 * first, as they stand in the file: what cannot be reached is left out, a node with two parents
 * or a child that is not there is an error.
 */
int rai_ensemble_build_tree(struct rai_ensemble_build *b, const struct rai_ensemble_node *tree,
    size_t n, size_t group, struct rai_err *err);

/* Room for the words of a set of categories up to max; *at is its first word. */
int rai_ensemble_build_set(
    struct rai_ensemble_build *b, size_t words, int32_t *at, struct rai_err *err);
void rai_ensemble_build_put(struct rai_ensemble_build *b, int32_t at, uint32_t category);

/* Makes the state of f (kind, params, width and nclass are set) and empties b. */
int rai_ensemble_build_finish(
    struct rai_ensemble_build *b, struct rai_fitted *f, struct rai_err *err);

#endif

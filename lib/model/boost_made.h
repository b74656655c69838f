#ifndef RAI_MODEL_BOOST_MADE_H
#define RAI_MODEL_BOOST_MADE_H

#include "model/boost.h"
#include "model/boost_grow.h"

/* The trees of a fit while they become more. */
struct rai_boost_made {
	struct rai_boost_node *node;
	int64_t *root; /* ntree + 1 */
	int64_t *sets;
	double *base; /* outputs */
	size_t ntree, nsets;
	size_t node_room, set_room, tree_room;
};

/* Room for trees in all; outputs numbers of base, all 0. */
int rai_boost_made_init(
    struct rai_boost_made *m, size_t trees, size_t outputs, struct rai_err *err);
void rai_boost_made_release(struct rai_boost_made *m);

/* Appends all trees of s, or the one just grown; value[l] is what its leaf l adds. */
int rai_boost_made_copy(struct rai_boost_made *m, const struct rai_boost *s, struct rai_err *err);
int rai_boost_made_add(struct rai_boost_made *m, const struct rai_boost_grower *g,
    const double *value, struct rai_err *err);

/* Forgets all trees but the first ntree. */
void rai_boost_made_cut(struct rai_boost_made *m, size_t ntree);

/* The trees as they are asked; the arrays belong to m. */
struct rai_boost rai_boost_made_view(const struct rai_boost_made *m);

#endif

#include "model/explain_game.h"
#include "model/trees.h"

/* One tree of many as a game's walk sees it: its place, and which of each leaf's values counts. */
struct tree {
	const struct rai_trees *trees;
	size_t node, leaf; /* its first ones */
	size_t outputs, output;
};

#define LEAF SIZE_MAX /* in place of a node: only the leaf's number says where that is */

/* Where a node's left or right child is: leaves are numbered from left to right (grow.h). */
static struct rai_explain_at
child(struct rai_node p, struct rai_explain_at at, int right)
{
	if (right)
		return (struct rai_explain_at){
		    p.feature & RAI_NODE_RIGHT_LEAF ? LEAF : at.node + p.right, at.leaf + p.right};
	return (struct rai_explain_at){p.right == 1 ? LEAF : at.node + 1, at.leaf};
}

static void
ask(const void *state, const struct rai_explain_game *g, struct rai_explain_at at,
    struct rai_explain_step *out)
{
	const struct tree *t = state;
	struct rai_node p;
	double threshold;

	out->leaf = at.node == LEAF;
	if (out->leaf) {
		out->value = rai_trees_value(t->trees, t->leaf + at.leaf, t->outputs)[t->output];
		return;
	}
	p = rai_nodes_at(&t->trees->nodes, t->node + at.node);
	out->feature = p.feature & (RAI_NODE_RIGHT_LEAF - 1);
	threshold = t->trees->threshold[t->trees->threshold_start[out->feature] + p.cut];
	out->row = child(p, at, !(g->x[out->feature] <= threshold));
	out->baseline = child(p, at, !(g->z[out->feature] <= threshold));
}

int
rai_trees_explain(const struct rai_fitted *f, struct rai_explain_game *g)
{
	const struct rai_trees *s = f->state;
	struct tree one = {.trees = s, .outputs = rai_fitted_outputs(f), .output = g->output};
	struct rai_explain_at root = {0, 0};
	size_t t;

	g->scale = f->nclass > 0 ? RAI_SCALE_PROBABILITY : RAI_SCALE_VALUE;
	g->factor = 1 / (double)s->ntree;
	for (t = 0; t < s->ntree; t++) {
		one.node = (size_t)s->root[t];
		one.leaf = one.node + t;
		root.node = s->root[t] == s->root[t + 1] ? LEAF : 0;
		if (rai_explain_tree(g, ask, &one, root) != 0)
			return -1;
	}
	return 0;
}

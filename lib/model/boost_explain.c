#include "model/boost.h"
#include "model/boost_loss.h"
#include "model/explain_game.h"

static void
ask(const void *state, const struct rai_explain_game *g, struct rai_explain_at at,
    struct rai_explain_step *out)
{
	const struct rai_boost *s = state;
	const struct rai_boost_node *p = s->node + at.node;

	out->leaf = p->left == 0 && p->right == 0;
	if (out->leaf) {
		out->value = p->u.value;
		return;
	}
	out->feature = p->what & RAI_BOOST_FEATURE;
	out->row.node = at.node + rai_boost_step(s, p, g->x);
	out->baseline.node = at.node + rai_boost_step(s, p, g->z);
}

int
rai_boost_explain(const struct rai_fitted *f, struct rai_explain_game *g)
{
	const struct rai_boost *s = f->state;
	size_t outputs = rai_boost_outputs(f), k = outputs > 1 ? g->output : 0, t;
	enum rai_boost_loss loss = (enum rai_boost_loss)f->param[RAI_BOOST_LOSS];

	if (f->nclass > 0)
		g->scale = outputs > 1 ? RAI_SCALE_SOFTMAX : RAI_SCALE_LOG_ODDS;
	else
		g->scale = loss == RAI_BOOST_POISSON ? RAI_SCALE_LOG : RAI_SCALE_VALUE;
	if (f->nclass == 2 && g->output == 0)
		g->factor = -1;
	rai_explain_constant(g, s->base[k]);
	for (t = k; t < s->ntree; t += outputs)
		if (rai_explain_tree(g, ask, s, (struct rai_explain_at){(size_t)s->root[t], 0}) !=
		    0)
			return -1;
	return 0;
}

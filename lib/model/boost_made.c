#include "model/boost_made.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
rai_boost_made_init(struct rai_boost_made *m, size_t trees, size_t outputs, struct rai_err *err)
{
	memset(m, 0, sizeof(*m));
	m->root = calloc(trees + 1, sizeof(*m->root));
	m->base = calloc(outputs, sizeof(*m->base));
	m->tree_room = trees;
	if (m->root == NULL || m->base == NULL) {
		rai_boost_made_release(m);
		return rai_fail_memory(err);
	}
	return 0;
}

void
rai_boost_made_release(struct rai_boost_made *m)
{
	free(m->node);
	free(m->root);
	free(m->sets);
	free(m->base);
	memset(m, 0, sizeof(*m));
}

/* Room for so many elements in all; *p moves. */
static int
grow_room(void **p, size_t *room, size_t need, size_t size, struct rai_err *err)
{
	size_t bytes, more = *room + *room / 2 > need ? *room + *room / 2 : need;
	void *q;

	if (need <= *room)
		return 0;
	if (__builtin_mul_overflow(more, size, &bytes) || (q = realloc(*p, bytes)) == NULL)
		return rai_fail_memory(err);
	*p = q;
	*room = more;
	return 0;
}

static int
make_room(struct rai_boost_made *m, size_t nodes, size_t words, struct rai_err *err)
{
	void *node = m->node, *sets = m->sets;
	int rc = grow_room(
	    &node, &m->node_room, (size_t)m->root[m->ntree] + nodes, sizeof(*m->node), err);

	if (rc == 0)
		rc = grow_room(&sets, &m->set_room, m->nsets + words, sizeof(*m->sets), err);
	m->node = node;
	m->sets = sets;
	return rc;
}

int
rai_boost_made_copy(struct rai_boost_made *m, const struct rai_boost *s, struct rai_err *err)
{
	size_t t, i, first = (size_t)m->root[m->ntree], n = (size_t)s->root[s->ntree];

	if (make_room(m, n, s->nsets, err) != 0)
		return -1;
	memcpy(m->node + first, s->node, n * sizeof(*m->node));
	for (i = first; i < first + n; i++)
		if ((m->node[i].what & RAI_BOOST_WIDE) != 0)
			m->node[i].u.bits += m->nsets;
	if (s->nsets > 0)
		memcpy(m->sets + m->nsets, s->sets, s->nsets * sizeof(*m->sets));
	m->nsets += s->nsets;
	for (t = 0; t < s->ntree; t++)
		m->root[++m->ntree] = (int64_t)first + s->root[t + 1];
	return 0;
}

/* Which levels go left.  Those that do not exist go with what is missing. */
static void
set_levels(struct rai_boost_made *m, const struct rai_boost_bins *b,
    const struct rai_boost_split *s, struct rai_boost_node *node)
{
	size_t levels = b->levels[s->feature], level, words = (levels + 63) / 64;
	const uint8_t *bin = b->level_bin[s->feature];
	uint64_t *set = (uint64_t *)m->sets + m->nsets + 1, none = 0;
	int missing = (node->what & RAI_BOOST_MISSING_LEFT) != 0;

	if (levels <= 64) {
		set = &none;
		words = 1;
	} else {
		node->what |= RAI_BOOST_WIDE;
		m->sets[m->nsets] = (int64_t)levels;
		memset(set, 0, words * sizeof(*set));
	}
	for (level = 0; level < words * 64; level++)
		if (level < levels ? rai_boost_goes_left(s, bin[level]) : missing)
			/* cppcheck-suppress objectIndex ; words is 1 where set is none */
			set[level / 64] |= UINT64_C(1) << level % 64;
	node->u.bits = levels <= 64 ? none : m->nsets;
	m->nsets += levels <= 64 ? 0 : words + 1;
}

static void
set_branch(struct rai_boost_made *m, const struct rai_boost_bins *b,
    const struct rai_boost_split *s, struct rai_boost_node *node)
{
	node->what = s->feature;
	if (rai_boost_goes_left(s, (uint8_t)b->nbin[s->feature]))
		node->what |= RAI_BOOST_MISSING_LEFT;
	if (b->levels[s->feature] > 0) {
		node->what |= RAI_BOOST_CATEGORY;
		set_levels(m, b, s, node);
	} else if (s->bin + 1 < b->nbin[s->feature])
		node->u.value = b->upper[s->feature * RAI_BOOST_BINS + s->bin];
	else
		node->u.value = HUGE_VAL; /* all numbers left, what is missing right */
}

/* Words that the tree's wide sets take. */
static size_t
set_words(const struct rai_boost_grower *g)
{
	size_t i, levels, words = 0;

	for (i = 0; i < g->nbranch; i++) {
		levels = g->branch[i].left != 0 ? g->bins->levels[g->branch[i].split.feature] : 0;
		words += levels > 64 ? (levels + 63) / 64 + 1 : 0;
	}
	return words;
}

int
rai_boost_made_add(struct rai_boost_made *m, const struct rai_boost_grower *g, const double *value,
    struct rai_err *err)
{
	struct rai_boost_node *node;
	size_t i;

	if (make_room(m, g->nbranch, set_words(g), err) != 0)
		return -1;
	node = m->node + m->root[m->ntree];
	memset(node, 0, g->nbranch * sizeof(*node));
	for (i = 0; i < g->nbranch; i++) {
		const struct rai_boost_branch *p = &g->branch[i];

		if (p->left == 0) {
			node[i].u.value = value[p->leaf];
			continue;
		}
		set_branch(m, g->bins, &p->split, &node[i]);
		node[i].left = (uint16_t)(p->left - i);
		node[i].right = (uint16_t)(p->left + 1 - i);
	}
	m->root[m->ntree + 1] = m->root[m->ntree] + (int64_t)g->nbranch;
	m->ntree++;
	return 0;
}

void
rai_boost_made_cut(struct rai_boost_made *m, size_t ntree)
{
	size_t end, nsets = 0;
	int64_t i;

	m->ntree = ntree;
	for (i = 0; i < m->root[ntree]; i++) {
		if ((m->node[i].what & RAI_BOOST_WIDE) == 0)
			continue;
		end = m->node[i].u.bits + 1 + ((size_t)m->sets[m->node[i].u.bits] + 63) / 64;
		nsets = end > nsets ? end : nsets;
	}
	m->nsets = nsets;
}

struct rai_boost
rai_boost_made_view(const struct rai_boost_made *m)
{
	struct rai_boost s = {.node = m->node,
	    .root = m->root,
	    .ntree = m->ntree,
	    .base = m->base,
	    .sets = m->sets,
	    .nsets = m->nsets,
	    .own = {m->node, m->root, m->sets, m->base}};
	int64_t i;

	for (i = 0; i < m->root[m->ntree]; i++)
		s.categories |= (m->node[i].what & RAI_BOOST_CATEGORY) != 0;
	return s;
}

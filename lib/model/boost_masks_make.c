#include <stdlib.h>
#include <string.h>

#include "model/boost_masks_priv.h"

#define BYTES ((size_t)1 << 24) /* that masks may take */

void
rai_boost_masks_free(struct rai_boost_masks *m)
{
	if (m == NULL)
		return;
	free(m->number);
	free(m->category);
	free(m->threshold);
	free(m->end);
	free(m->node);
	free(m->mask);
	free(m->value);
	free(m->first);
	free(m);
}

/* A node while all are collected, and what it is sorted by. */
struct found {
	const struct rai_boost_node *p;
	uint64_t threshold; /* of a number, as a word in the same order; 0: a category */
	struct rai_mask_node node;
	size_t place;
};

struct build {
	const struct rai_boost *s;
	struct rai_boost_masks *m;
	struct found *found; /* all nodes, in a block of twice their size */
	size_t nfound, room, nvalue;
};

/* Numbers before categories, then by feature; of a number, by the way of what is missing. */
static size_t
place_of(const struct rai_boost_node *p, size_t width)
{
	size_t feature = p->what & RAI_BOOST_FEATURE;

	if (p->what & RAI_BOOST_CATEGORY)
		return 2 * width + feature;
	return 2 * feature + ((p->what & RAI_BOOST_MISSING_LEFT) != 0);
}

/* A word that is less than another where the number is. */
static uint64_t
word_of(double v)
{
	uint64_t word;

	memcpy(&word, &v, sizeof(word));
	return word >> 63 ? ~word : word | UINT64_C(1) << 63;
}

/* The leaves below p, the next of which is number *leaf; -1: more than a word has. */
static int
collect(struct build *b, const struct rai_boost_node *p, size_t tree, unsigned *leaf)
{
	unsigned before = *leaf;
	struct found *f;

	if (b->nvalue + b->nfound == b->room) /* two nodes have the same child */
		return -1;
	if (p->left == 0) {
		if (before == RAI_BOOST_MASKS_LEAVES)
			return -1;
		b->m->value[b->nvalue++] = p->u.value;
		++*leaf;
		return 0;
	}
	f = &b->found[b->nfound++];
	f->place = place_of(p, b->m->width);
	f->threshold = p->what & RAI_BOOST_CATEGORY ? 0 : word_of(p->u.value);
	if (collect(b, p + p->left, tree, leaf) != 0)
		return -1;
	f->p = p;
	/* the leaves from `before` on are on its left: fewer than 32, as there is one on its right
	 */
	f->node.tree = (uint32_t)tree;
	f->node.mask =
	    *leaf - before > 31 ? 0 : ~(((UINT32_C(1) << (*leaf - before)) - 1) << before);
	return collect(b, p + p->right, tree, leaf);
}

static int
collect_all(struct build *b)
{
	const struct rai_boost *s = b->s;
	size_t t;

	for (t = 0; t < s->ntree; t++) {
		unsigned leaf = 0;

		if (s->root[t + 1] - s->root[t] >= 2 * RAI_BOOST_MASKS_LEAVES)
			return -1;
		b->m->first[t] = (uint32_t)b->nvalue;
		if (collect(b, s->node + s->root[t], t, &leaf) != 0)
			return -1;
	}
	return 0;
}

/* One pass of a radix sort, by the byte that begins at bit `shift`; what is equal stays in order.
 */
static void
sort_by_byte(const struct found *from, struct found *to, size_t n, unsigned shift)
{
	size_t next[257] = {0}, i;

	for (i = 0; i < n; i++)
		next[(from[i].threshold >> shift & 255) + 1]++;
	for (i = 0; i < 256; i++)
		next[i + 1] += next[i];
	for (i = 0; i < n; i++)
		to[next[from[i].threshold >> shift & 255]++] = from[i];
}

/* By threshold the n nodes at p, which end at `to`; what all of them have in common is passed over.
 */
static void
sort_place(struct found *p, struct found *to, size_t n)
{
	struct found *from = p, *next = to, *was;
	uint64_t differ = 0;
	unsigned shift;
	size_t i;

	for (i = 1; i < n; i++)
		differ |= p[i].threshold ^ p[0].threshold;
	for (shift = 0; shift < 64; shift += 8) {
		if ((differ >> shift & 255) == 0)
			continue;
		sort_by_byte(from, next, n, shift);
		was = from;
		from = next;
		next = was;
	}
	if (from != to)
		memcpy(to, from, n * sizeof(*to));
}

/*
 * By place, and there by threshold, and there as the trees have them.  A place's nodes are few
 * enough for the cache, and many thresholds are round: most of their low bytes are the same.
 * -1: no memory.
 */
static int
sort_found(struct build *b)
{
	struct found *other = b->found + b->nfound;
	size_t nplace = 3 * b->m->width, *next = calloc(nplace + 1, sizeof(*next)), i, begin;

	if (next == NULL)
		return -1;
	for (i = 0; i < b->nfound; i++)
		next[b->found[i].place + 1]++;
	for (i = 0; i < nplace; i++)
		next[i + 1] += next[i];
	for (i = 0; i < b->nfound; i++)
		other[next[b->found[i].place]++] = b->found[i];
	/* now next[i] is where place i ends */
	for (i = begin = 0; i < nplace; begin = next[i++])
		sort_place(other + begin, b->found + begin, next[i] - begin);
	free(next);
	return 0;
}

static size_t
levels_of(const struct rai_boost *s, const struct rai_boost_node *p)
{
	return p->what & RAI_BOOST_WIDE ? (size_t)s->sets[p->u.bits] : 64;
}

/* Does node p send the level to the right?  Level n of n: all that is none of them. */
static int
goes_right(const struct rai_boost *s, const struct rai_boost_node *p, size_t level)
{
	uint64_t word;

	if (level >= levels_of(s, p))
		return (p->what & RAI_BOOST_MISSING_LEFT) == 0;
	word = p->what & RAI_BOOST_WIDE ? (uint64_t)s->sets[p->u.bits + 1 + level / 64] : p->u.bits;
	return (word >> level % 64 & 1) == 0;
}

/* The category that the nodes from .. to - 1 ask for. */
static struct rai_mask_category
category_of(const struct build *b, size_t from, size_t to)
{
	struct rai_mask_category c = {b->found[from].p->what & RAI_BOOST_FEATURE, 0, 0, 0};
	uint64_t named = 0;
	uint32_t wide = 0;
	size_t i;

	for (i = from; i < to; i++) {
		const struct rai_boost_node *p = b->found[i].p;

		if (levels_of(b->s, p) > c.nlevel)
			c.nlevel = levels_of(b->s, p);
		wide |= p->what & RAI_BOOST_WIDE;
		named |= p->u.bits;
	}
	c.kept = c.nlevel;
	if (!wide && named >> 62 == 0) /* one level that nobody names stays */
		c.kept = named == 0 ? 1 : 65 - (size_t)__builtin_clzll(named);
	return c;
}

/* The places of the sorted nodes, and how many masks they take; -1: too many. */
static int
lay_out(struct build *b, size_t *masks)
{
	struct rai_boost_masks *m = b->m;
	size_t i, j;

	*masks = 0;
	for (i = 0; i < b->nfound; i = j) {
		uint32_t what = b->found[i].p->what;

		for (j = i; j < b->nfound && b->found[i].place == b->found[j].place; j++)
			;
		/* how many thresholds are below a number is a short one; BYTES ends just before */
		if (m->nnumber + m->ncategory == PLACES ||
		    ((what & RAI_BOOST_CATEGORY) == 0 && j - i > UINT16_MAX))
			return -1;
		if (what & RAI_BOOST_CATEGORY) {
			struct rai_mask_category *c = &m->category[m->ncategory++];

			*c = category_of(b, i, j);
			c->mask = *masks;
			*masks += c->kept + 1;
		} else {
			m->number[m->nnumber++] = (struct rai_mask_number){what & RAI_BOOST_FEATURE,
			    (what & RAI_BOOST_MISSING_LEFT) != 0, 0, 0, j - i, i, *masks};
			*masks += (j - i) / EVERY;
		}
		if (*masks > BYTES / sizeof(uint32_t) / m->stride)
			return -1;
	}
	return 0;
}

static void
fill_number(struct build *b, struct rai_mask_number *f, size_t *nthreshold)
{
	struct rai_boost_masks *m = b->m;
	uint32_t *mask = m->mask + f->mask * m->stride;
	size_t i;

	f->threshold = *nthreshold;
	for (i = 0; i < f->nnode; i++) {
		const struct found *x = &b->found[f->node + i];

		m->node[f->node + i] = x->node;
		if (f->nthreshold == 0 ||
		    m->threshold[f->threshold + f->nthreshold - 1] != x->p->u.value)
			m->threshold[f->threshold + f->nthreshold++] = x->p->u.value;
		m->end[f->threshold + f->nthreshold - 1] = (uint32_t)i + 1;
	}
	*nthreshold += f->nthreshold;
	for (i = 0; i / EVERY < f->nnode / EVERY; i++) {
		if (i % EVERY == 0) {
			if (i > 0)
				memcpy(mask + m->stride, mask, m->stride * sizeof(*mask));
			mask += i > 0 ? m->stride : 0;
		}
		mask[m->node[f->node + i].tree] &= m->node[f->node + i].mask;
	}
}

/* From the nodes from `first` on; returns where the next place begins. */
static size_t
fill_category(struct build *b, const struct rai_mask_category *f, size_t first)
{
	struct rai_boost_masks *m = b->m;
	size_t i, k;

	for (i = first; i < b->nfound && b->found[first].place == b->found[i].place; i++)
		for (k = 0; k <= f->kept; k++)
			if (goes_right(b->s, b->found[i].p, k < f->kept ? k : f->nlevel))
				m->mask[(f->mask + k) * m->stride + b->found[i].node.tree] &=
				    b->found[i].node.mask;
	return i;
}

static void
fill(struct build *b)
{
	struct rai_boost_masks *m = b->m;
	size_t i, thresholds = 0, node = 0;

	for (i = 0; i < m->nnumber; i++) {
		fill_number(b, &m->number[i], &thresholds);
		node += m->number[i].nnode;
	}
	for (i = 0; i < m->ncategory; i++)
		node = fill_category(b, &m->category[i], node);
}

static int
make(struct build *b)
{
	struct rai_boost_masks *m = b->m;
	size_t nodes = (size_t)b->s->root[b->s->ntree], masks;

	b->room = nodes;
	b->found = malloc((2 * nodes + 1) * sizeof(*b->found));
	m->value = malloc((nodes + 1) * sizeof(*m->value));
	m->first = malloc((m->ntree + 1) * sizeof(*m->first));
	m->number = malloc(PLACES * sizeof(*m->number));
	m->category = malloc(PLACES * sizeof(*m->category));
	if (b->found == NULL || m->value == NULL || m->first == NULL || m->number == NULL ||
	    m->category == NULL || collect_all(b) != 0 || sort_found(b) != 0 ||
	    lay_out(b, &masks) != 0)
		return -1;
	/* no lanes across two lines of the cache: stride words are whole lines */
	m->mask = aligned_alloc(LINE, (masks + 1) * m->stride * sizeof(*m->mask));
	m->threshold = malloc((b->nfound + 1) * sizeof(*m->threshold));
	m->end = malloc((b->nfound + 1) * sizeof(*m->end));
	m->node = malloc((b->nfound + 1) * sizeof(*m->node));
	if (m->mask == NULL || m->threshold == NULL || m->end == NULL || m->node == NULL)
		return -1;
	memset(m->mask, 0xff, (masks + 1) * m->stride * sizeof(*m->mask));
	fill(b);
	return 0;
}

struct rai_boost_masks *
rai_boost_masks_new(const struct rai_boost *s, size_t width)
{
	struct build b = {.s = s};

	if (s->ntree > RAI_BOOST_MASKS_TREES)
		return NULL;
	b.m = calloc(1, sizeof(*b.m));
	if (b.m == NULL)
		return NULL;
	b.m->ntree = s->ntree;
	b.m->width = width;
	b.m->stride = (s->ntree + LANES - 1) / LANES * LANES + (s->ntree == 0 ? LANES : 0);
	if (make(&b) != 0) {
		rai_boost_masks_free(b.m);
		b.m = NULL;
	}
	free(b.found);
	return b.m;
}

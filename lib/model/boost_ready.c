#include "model/boost_ready.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/boost_masks.h"
#include "model/walk.h"

/*
 * Of a node the children stand side by side, and a leaf is its own left child: every step is the
 * same few instructions without a branch, and a tree of depth d is walked in d of them whatever the
 * row.  ABREAST walks are made in step, so that their memory is waited for together.
 */
struct node {
	uint16_t place, cut; /* the right child where x[place] > cut, which no leaf's is */
	uint32_t left;
};

#define ABREAST 16
#define NODES ((size_t)1 << 24) /* at most */
#define PLACES 32768            /* of the rows placed at once */
#define TURN 1024               /* trees that one row goes through before their leaves are added */
#define BLOCK 64                /* rows walked for together */
#define BITS ((size_t)1 << 24)  /* bytes that the levels may take */

/* What a feature becomes. */
struct source {
	size_t threshold, nthreshold; /* rising numbers, from threshold on */
	size_t set, nset;             /* nodes that ask for its category */
	size_t right, left;           /* places of its number: missing goes right, or left */
	int is_right, is_left;        /* which of them are asked for */
	size_t first;                 /* place of the first of the sets */
	/* nlevel + 1 rows of bytes, the last for all else: bit k says that it goes right at set k
	 */
	size_t nlevel, bytes, bits;
};

struct tree {
	uint32_t root, depth;
};

struct rai_boost_ready {
	struct rai_boost_masks
	    *masks; /* small trees are asked by these, and nothing else is there */
	size_t ntree, width, nplace;
	struct node *node;       /* tree after tree, each in levels */
	double *value;           /* of a node that is a leaf */
	struct tree *tree;       /* ntree */
	uint32_t *order;         /* ntree: in every turn of them, those of least depth first */
	struct source *source;   /* width */
	double *threshold;       /* of all features */
	unsigned char *bits;     /* of all features */
	uint16_t spread[256][8]; /* the bits of a byte as numbers */
};

void
rai_boost_ready_free(struct rai_boost_ready *r)
{
	if (r == NULL)
		return;
	rai_boost_masks_free(r->masks);
	free(r->node);
	free(r->value);
	free(r->tree);
	free(r->order);
	free(r->source);
	free(r->threshold);
	free(r->bits);
	free(r);
}

static int
is_leaf(const struct rai_boost_node *p)
{
	return p->left == 0; /* then right is, too */
}

static size_t
levels_of(const struct rai_boost *s, const struct rai_boost_node *p)
{
	return p->what & RAI_BOOST_WIDE ? (size_t)s->sets[p->u.bits] : 64;
}

/* How many thresholds, sets and levels each feature has. */
static void
count(struct rai_boost_ready *r, const struct rai_boost *s)
{
	const struct rai_boost_node *p, *end = s->node + s->root[s->ntree];
	struct source *f;

	for (p = s->node; p < end; p++) {
		if (is_leaf(p))
			continue;
		f = &r->source[p->what & RAI_BOOST_FEATURE];
		if (p->what & RAI_BOOST_CATEGORY) {
			f->nset++;
			if (levels_of(s, p) > f->nlevel)
				f->nlevel = levels_of(s, p);
		} else {
			f->nthreshold++;
			f->is_left |= (p->what & RAI_BOOST_MISSING_LEFT) != 0;
			f->is_right |= (p->what & RAI_BOOST_MISSING_LEFT) == 0;
		}
	}
}

/* Where everything lies; -1: too much. */
static int
lay_out(struct rai_boost_ready *r, size_t *thresholds, size_t *bytes)
{
	size_t j;

	*thresholds = *bytes = 0;
	for (j = 0; j < r->width; j++) {
		struct source *f = &r->source[j];

		f->threshold = *thresholds;
		*thresholds += f->nthreshold;
		f->right = r->nplace;
		r->nplace += (size_t)f->is_right;
		f->left = r->nplace;
		r->nplace += (size_t)f->is_left;
		f->first = r->nplace;
		f->bytes = (f->nset + 7) / 8;
		f->bits = *bytes;
		/* whole bytes are spread: room for all of their bits */
		if (f->nset > PLACES || r->nplace > PLACES || r->nplace + f->bytes * 8 > PLACES ||
		    f->nlevel >= BITS || f->bytes * (f->nlevel + 1) > BITS - *bytes)
			return -1;
		r->nplace += f->bytes * 8;
		*bytes += f->nset > 0 ? f->bytes * (f->nlevel + 1) : 0;
	}
	return 0;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The thresholds of each feature, rising; -1: too many. */
static int
sort_thresholds(struct rai_boost_ready *r, const struct rai_boost *s)
{
	const struct rai_boost_node *p, *end = s->node + s->root[s->ntree];
	size_t i, j, n;

	for (j = 0; j < r->width; j++)
		r->source[j].nthreshold = 0;
	for (p = s->node; p < end; p++)
		if (!is_leaf(p) && !(p->what & RAI_BOOST_CATEGORY)) {
			struct source *f = &r->source[p->what & RAI_BOOST_FEATURE];

			r->threshold[f->threshold + f->nthreshold++] = p->u.value;
		}
	for (j = 0; j < r->width; j++) {
		double *v = r->threshold + r->source[j].threshold;

		qsort(v, r->source[j].nthreshold, sizeof(*v), ascending);
		for (i = n = 0; i < r->source[j].nthreshold; i++)
			if (n == 0 || v[i] != v[n - 1])
				v[n++] = v[i];
		r->source[j].nthreshold = n;
		if (n > UINT16_MAX)
			return -1;
	}
	return 0;
}

static void
add_set(struct rai_boost_ready *r, const struct rai_boost *s, const struct rai_boost_node *p,
    struct source *f)
{
	size_t level, k = f->set, n = levels_of(s, p);
	unsigned char bit = (unsigned char)(1u << k % 8);
	int missing_left = (p->what & RAI_BOOST_MISSING_LEFT) != 0, left;
	uint64_t word;

	for (level = 0; level <= f->nlevel; level++) {
		left = missing_left;
		if (level < n) {
			word = p->what & RAI_BOOST_WIDE
				   ? (uint64_t)s->sets[p->u.bits + 1 + level / 64]
				   : p->u.bits;
			left = (int)(word >> level % 64 & 1);
		}
		if (!left)
			r->bits[f->bits + level * f->bytes + k / 8] |= bit;
	}
	f->set++;
}

/* The question of node p, in places. */
static void
ask(struct rai_boost_ready *r, const struct rai_boost *s, const struct rai_boost_node *p,
    struct node *out)
{
	struct source *f = &r->source[p->what & RAI_BOOST_FEATURE];

	if (p->what & RAI_BOOST_CATEGORY) {
		out->place = (uint16_t)(f->first + f->set);
		out->cut = 0;
		add_set(r, s, p, f);
		return;
	}
	out->place = (uint16_t)(p->what & RAI_BOOST_MISSING_LEFT ? f->left : f->right);
	out->cut = rai_walk_below(r->threshold + f->threshold, f->nthreshold, p->u.value);
}

/* A node whose level it is next: where it stood, and its depth. */
struct waiting {
	const struct rai_boost_node *p;
	uint32_t depth;
};

/*
 * Tree t in levels behind the first n nodes.  -1: it has more than it should, as two of its nodes
 * have the same child; such trees are asked as they are.
 */
static int
add_tree(
    struct rai_boost_ready *r, const struct rai_boost *s, size_t t, size_t n, struct waiting *queue)
{
	size_t limit = (size_t)(s->root[t + 1] - s->root[t]), head, tail = 0;
	struct node *out;

	queue[tail++] = (struct waiting){s->node + s->root[t], 0};
	for (head = 0; head < tail; head++) {
		const struct rai_boost_node *p = queue[head].p;
		uint32_t depth = queue[head].depth;

		out = &r->node[n + head];
		if (is_leaf(p)) {
			*out = (struct node){0, UINT16_MAX, (uint32_t)(n + head)};
			r->value[n + head] = p->u.value;
			r->tree[t].depth = depth;
			continue;
		}
		if (tail + 2 > limit)
			return -1;
		ask(r, s, p, out);
		out->left = (uint32_t)(n + tail);
		queue[tail++] = (struct waiting){p + p->left, depth + 1};
		queue[tail++] = (struct waiting){p + p->right, depth + 1};
	}
	r->tree[t].root = (uint32_t)n;
	return 0;
}

static int
add_trees(struct rai_boost_ready *r, const struct rai_boost *s)
{
	struct waiting *queue = malloc((size_t)s->root[s->ntree] * sizeof(*queue));
	size_t t;
	int rc = queue == NULL ? -1 : 0;

	/* as many nodes as there were, if all is well: then each tree keeps its place */
	for (t = 0; t < s->ntree && rc == 0; t++)
		rc = add_tree(r, s, t, (size_t)s->root[t], queue);
	free(queue);
	return rc;
}

struct ranked {
	uint32_t depth, tree;
};

static int
shallow_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return (x->tree > y->tree) - (x->tree < y->tree);
}

static int
order_trees(struct rai_boost_ready *r)
{
	struct ranked *rank = malloc(r->ntree * sizeof(*rank));
	size_t t;

	if (rank == NULL)
		return -1;
	for (t = 0; t < r->ntree; t++)
		rank[t] = (struct ranked){r->tree[t].depth, (uint32_t)t};
	for (t = 0; t < r->ntree; t += TURN)
		qsort(rank + t, r->ntree - t < TURN ? r->ntree - t : TURN, sizeof(*rank),
		    shallow_first);
	for (t = 0; t < r->ntree; t++)
		r->order[t] = rank[t].tree;
	free(rank);
	return 0;
}

static int
make(struct rai_boost_ready *r, const struct rai_boost *s)
{
	size_t nodes = (size_t)s->root[s->ntree], thresholds, bytes, i;

	r->source = calloc(r->width, sizeof(*r->source));
	if (r->source == NULL || nodes > NODES)
		return -1;
	count(r, s);
	if (lay_out(r, &thresholds, &bytes) != 0)
		return -1;
	r->threshold = malloc((thresholds + 1) * sizeof(*r->threshold));
	r->bits = calloc(bytes + 1, 1);
	r->node = calloc(nodes + 1, sizeof(*r->node));
	r->value = calloc(nodes + 1, sizeof(*r->value));
	r->tree = calloc(s->ntree + 1, sizeof(*r->tree));
	r->order = calloc(s->ntree + 1, sizeof(*r->order));
	if (r->threshold == NULL || r->bits == NULL || r->node == NULL || r->value == NULL ||
	    r->tree == NULL || r->order == NULL)
		return -1;
	for (i = 0; i < sizeof(r->spread) / sizeof(r->spread[0][0]); i++)
		r->spread[i / 8][i % 8] = (uint16_t)(i / 8 >> i % 8 & 1);
	return sort_thresholds(r, s) != 0 || add_trees(r, s) != 0 ? -1 : order_trees(r);
}

struct rai_boost_ready *
rai_boost_ready_new(const struct rai_boost *s, size_t width)
{
	struct rai_boost_ready *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->ntree = s->ntree;
	r->width = width;
	r->masks = rai_boost_masks_new(s, width);
	if (r->masks == NULL && make(r, s) != 0) {
		rai_boost_ready_free(r);
		return NULL;
	}
	return r;
}

/* The places of a category. */
static void
place_level(const struct rai_boost_ready *r, const struct source *f, double v, uint16_t *out)
{
	size_t level = v >= 0 && v < (double)f->nlevel ? (size_t)v : f->nlevel, k;
	const unsigned char *bits = r->bits + f->bits + level * f->bytes;

	for (k = 0; k < f->bytes; k++)
		memcpy(out + f->first + k * 8, r->spread[bits[k]], sizeof(r->spread[0]));
}

static void
place(const struct rai_boost_ready *r, const double *x, uint16_t *out)
{
	size_t j;
	uint16_t below;

	for (j = 0; j < r->width; j++) {
		const struct source *f = &r->source[j];

		if (f->nthreshold > 0) {
			below = rai_walk_below(r->threshold + f->threshold, f->nthreshold, x[j]);
			if (f->is_right)
				out[f->right] = below;
			if (f->is_left)
				out[f->left] = isnan(x[j]) ? 0 : below;
		}
		if (f->nset > 0)
			place_level(r, f, x[j], out);
	}
}

/* Walk k begins at[k], asks the row x + k * stride, and is at[k] after so many steps. */
static inline __attribute__((always_inline)) void
walk(const struct node *node, const uint16_t *x, size_t stride, uint32_t steps, uint32_t *at)
{
	uint32_t here[ABREAST];
	size_t k;

	memcpy(here, at, sizeof(here));
	for (; steps > 0; steps--)
#pragma GCC unroll 16
		for (k = 0; k < ABREAST; k++) {
			struct node p = node[here[k]];

			here[k] = p.left + (x[k * stride + p.place] > p.cut);
		}
	memcpy(at, here, sizeof(here));
}

/* One row through the n trees from t on, a turn of them at most; leaf: where it ends in each. */
static void
walk_trees(const struct rai_boost_ready *r, size_t t, size_t n, const uint16_t *x, uint32_t *leaf)
{
	const uint32_t *order = r->order + t;
	uint32_t at[ABREAST];
	size_t i, k, m;

	for (i = 0; i < n; i += m) {
		m = n - i < ABREAST ? n - i : ABREAST;
		for (k = 0; k < m; k++)
			at[k] = r->tree[order[i + k]].root;
		for (; k < ABREAST; k++)
			at[k] = at[0];
		walk(r->node, x, 0, r->tree[order[i + m - 1]].depth, at);
		for (k = 0; k < m; k++)
			leaf[order[i + k] - t] = at[k];
	}
}

/* Tree t adds to the sum t mod nsum of a row's nsum ones. */
static void
add_row(const struct rai_boost_ready *r, const double *x, size_t nsum, double *sum)
{
	uint16_t placed[PLACES];
	uint32_t leaf[TURN];
	size_t t, i, n;

	place(r, x, placed);
	for (t = 0; t < r->ntree; t += n) {
		n = r->ntree - t < TURN ? r->ntree - t : TURN;
		walk_trees(r, t, n, placed, leaf);
		for (i = 0; i < n; i++)
			sum[(t + i) % nsum] += r->value[leaf[i]];
	}
}

/* n rows through one tree after the other; their places fit together, in whole groups of rows. */
static void
add_block(const struct rai_boost_ready *r, const double *x, size_t n, size_t nsum, double *sum)
{
	uint16_t placed[PLACES];
	uint32_t at[ABREAST];
	size_t t, i, k, all = (n + ABREAST - 1) / ABREAST * ABREAST;

	for (i = 0; i < n; i++)
		place(r, x + i * r->width, placed + i * r->nplace);
	memset(placed + n * r->nplace, 0, (all - n) * r->nplace * sizeof(*placed));
	for (t = 0; t < r->ntree; t++)
		for (i = 0; i < n; i += ABREAST) {
			for (k = 0; k < ABREAST; k++)
				at[k] = r->tree[t].root;
			walk(r->node, placed + i * r->nplace, r->nplace, r->tree[t].depth, at);
			for (k = 0; k < ABREAST && i + k < n; k++)
				sum[(i + k) * nsum + t % nsum] += r->value[at[k]];
		}
}

static void
add_rows(const struct rai_boost_ready *r, const double *x, size_t n, size_t nsum, double *sum)
{
	size_t block = r->nplace > 0 ? PLACES / r->nplace / ABREAST * ABREAST : BLOCK, i, m;

	block = block < BLOCK ? block : BLOCK;
	if (n < ABREAST / 2 || block == 0)
		for (i = 0; i < n; i++)
			add_row(r, x + i * r->width, nsum, sum + i * nsum);
	else
		for (i = 0; i < n; i += m) {
			m = n - i < block ? n - i : block;
			add_block(r, x + i * r->width, m, nsum, sum + i * nsum);
		}
}

void
rai_boost_ready_add(
    const struct rai_boost_ready *r, const double *x, size_t n, size_t outputs, double *score)
{
	double sum[BLOCK * RAI_BOOST_SUMS];
	size_t i, k, m;

	if (r->masks != NULL) {
		rai_boost_masks_add(r->masks, x, n, outputs, score);
		return;
	}
	if (outputs > 1) {
		add_rows(r, x, n, outputs, score);
		return;
	}
	for (i = 0; i < n; i += m) {
		m = n - i < BLOCK ? n - i : BLOCK;
		memset(sum, 0, m * RAI_BOOST_SUMS * sizeof(*sum));
		add_rows(r, x + i * r->width, m, RAI_BOOST_SUMS, sum);
		for (k = 0; k < m; k++)
			score[i + k] += rai_boost_total(sum + k * RAI_BOOST_SUMS);
	}
}

#include "model/grow.h"

#include <stdlib.h>
#include <string.h>

/* What a tree knows of one row. */
struct row {
	double wy;  /* weight times target */
	uint32_t w; /* weight: how often it was drawn */
	uint32_t i; /* position in the tree's own code columns */
};

struct slot { /* one bin of the histogram of a node */
	double wy;
	uint64_t w;
};

struct pending { /* a node still to be made from rows [begin, end) */
	size_t begin, end, depth;
	size_t parent; /* whose right child it is; SIZE_MAX: a left child or the root */
	size_t live;   /* features that may differ among the rows: the first ones of the order */
};

struct split {
	double gain; /* sum(left)^2 / w(left) + sum(right)^2 / w(right) */
	size_t feature;
	size_t left_bin, right_bin; /* the two filled bins on both sides of the cut */
};

struct rai_grower {
	const struct rai_bins *bins;
	const double *y;
	uint8_t *code;     /* width x m: the codes of the rows in the tree */
	struct row *row;   /* m of them, in node order */
	struct row *spare; /* m: for the stable partition */
	uint32_t *count;   /* n: how often each row was drawn */
	uint32_t *feature; /* width: order in which they are looked at */
	size_t m;
	/* Two histograms, for rows at even and odd places: neighbours then do not wait for each
	 * other when they fall into the same bin.  Empty between searches. */
	struct slot hist[2][RAI_BINS];
	uint64_t filled[2][RAI_BINS / 64];
	struct pending stack[RAI_TREE_DEPTH + 1];
	struct rai_node *node;
	size_t nnode, cap;
};

struct rai_grower *
rai_grower_new(const struct rai_bins *bins, const double *y)
{
	struct rai_grower *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->bins = bins;
	g->y = y;
	g->code = malloc(bins->width * bins->n);
	g->row = malloc(bins->n * sizeof(*g->row));
	g->spare = malloc(bins->n * sizeof(*g->spare));
	g->count = malloc(bins->n * sizeof(*g->count));
	g->feature = malloc(bins->width * sizeof(*g->feature));
	if (g->code == NULL || g->row == NULL || g->spare == NULL || g->count == NULL ||
	    g->feature == NULL) {
		rai_grower_free(g);
		return NULL;
	}
	return g;
}

void
rai_grower_free(struct rai_grower *g)
{
	if (g == NULL)
		return;
	free(g->code);
	free(g->row);
	free(g->spare);
	free(g->count);
	free(g->feature);
	free(g->node);
	free(g);
}

/* Draws the rows and packs what the tree needs of them, in the order of the data. */
static void
take_rows(struct rai_grower *g, enum rai_grow_rows rows, struct rai_rng *rng)
{
	const struct rai_bins *b = g->bins;
	size_t i, j, k;

	memset(g->count, 0, b->n * sizeof(*g->count));
	for (i = 0; i < b->n; i++)
		g->count[rows == RAI_GROW_ALL ? i : rai_rng_below(rng, b->n)]++;
	g->m = 0;
	for (i = 0; i < b->n; i++)
		if (g->count[i] > 0) {
			g->row[g->m] =
			    (struct row){g->count[i] * g->y[i], g->count[i], (uint32_t)g->m};
			g->m++;
		}
	for (j = 0; j < b->width; j++) {
		const uint8_t *from = b->code + j * b->n;
		uint8_t *to = g->code + j * g->m;

		for (i = k = 0; i < b->n; i++) {
			to[k] = from[i];
			k += g->count[i] > 0;
			if (k == g->m)
				break;
		}
		g->feature[j] = (uint32_t)j;
	}
}

static int
is_constant(const struct row *row, size_t n, const uint8_t *code)
{
	uint8_t first = code[row[0].i];
	size_t k;

	for (k = 1; k < n; k++)
		if (code[row[k].i] != first)
			return 0;
	return 1;
}

static inline void
count_row(struct slot *hist, uint64_t *filled, const struct row *r, const uint8_t *code)
{
	uint8_t c = code[r->i];

	hist[c].wy += r->wy;
	hist[c].w += r->w;
	filled[c / 64] |= UINT64_C(1) << c % 64;
}

static void
fill(struct rai_grower *g, const struct row *row, size_t n, const uint8_t *code)
{
	size_t k;

	for (k = 0; k + 2 <= n; k += 2) {
		count_row(g->hist[0], g->filled[0], &row[k], code);
		count_row(g->hist[1], g->filled[1], &row[k + 1], code);
	}
	if (k < n)
		count_row(g->hist[0], g->filled[0], &row[k], code);
}

/* What a node sums up to. */
struct total {
	double wy;
	uint64_t w;
};

/*
 * Walks the filled bins of a feature in the order of its values, keeps the cut with the largest
 * gain, and leaves the histograms empty.
 */
static void
search(struct rai_grower *g, const struct total *all, uint64_t min_leaf, size_t feature,
    struct split *best)
{
	struct total left = {0, 0};
	size_t bin, last = 0;
	int word;

	for (word = 0; word < RAI_BINS / 64; word++) {
		uint64_t set = g->filled[0][word] | g->filled[1][word];

		g->filled[0][word] = g->filled[1][word] = 0;
		for (; set != 0; set &= set - 1) {
			uint64_t right = all->w - left.w;

			bin = (size_t)word * 64 + (size_t)__builtin_ctzll(set);
			if (left.w >= min_leaf && right >= min_leaf) {
				double sum = all->wy - left.wy;
				double gain =
				    left.wy * left.wy / (double)left.w + sum * sum / (double)right;

				if (gain > best->gain)
					*best = (struct split){gain, feature, last, bin};
			}
			left.wy += g->hist[0][bin].wy + g->hist[1][bin].wy;
			left.w += g->hist[0][bin].w + g->hist[1][bin].w;
			g->hist[0][bin] = g->hist[1][bin] = (struct slot){0, 0};
			last = bin;
		}
	}
}

/* Two rows: any feature that tells them apart does. */
static void
split_pair(const struct row *row, const uint8_t *code, size_t feature, struct split *best)
{
	uint8_t a = code[row[0].i], b = code[row[1].i];

	*best = (struct split){0, feature, a < b ? a : b, a < b ? b : a};
}

/* A number below n, for n far below 2^32: its bias of n / 2^32 is nothing here. */
static size_t
draw_below(struct rai_rng *rng, size_t n)
{
	return (size_t)((rai_rng_u64(rng) >> 32) * n >> 32);
}

static uint32_t
swap_features(struct rai_grower *g, size_t a, size_t b)
{
	uint32_t t = g->feature[a];

	g->feature[a] = g->feature[b];
	g->feature[b] = t;
	return g->feature[a];
}

/*
 * The best split of the rows, over features in random order until max_features of them that are
 * not constant here have been looked at.  The constant ones go behind the *live first, where no
 * descendant looks; the set of the live ones of an ancestor stays what it was.  0: no split.
 */
static int
find_split(struct rai_grower *g, const struct rai_grow_params *p, struct rai_rng *rng,
    const struct row *row, size_t n, const struct total *all, size_t *live, struct split *best)
{
	size_t looked = 0;

	/* a cut must beat the node itself by more than rounding */
	*best =
	    (struct split){all->wy * all->wy / (double)all->w * (1 + 1e-14), 0, SIZE_MAX, SIZE_MAX};
	while (looked < *live && looked < p->max_features) {
		size_t f = swap_features(g, looked, looked + draw_below(rng, *live - looked));
		const uint8_t *code = g->code + f * g->m;

		if (is_constant(row, n, code)) {
			swap_features(g, looked, --*live);
			continue;
		}
		if (n == 2 && p->min_samples_leaf == 1) {
			split_pair(row, code, f, best);
			return 1;
		}
		looked++;
		fill(g, row, n, code);
		search(g, all, p->min_samples_leaf, f, best);
	}
	return best->left_bin != SIZE_MAX;
}

/* Rows with a code up to the cut come first, both sides in their old order; returns how many. */
static size_t
partition(struct rai_grower *g, struct row *row, size_t n, const struct split *s)
{
	const uint8_t *code = g->code + s->feature * g->m;
	size_t k, left = 0, right = 0;

	for (k = 0; k < n; k++) {
		int go_right = code[row[k].i] > s->left_bin;

		g->spare[right] = row[k];
		row[left] = row[k];
		left += !go_right;
		right += (size_t)go_right;
	}
	memcpy(row + left, g->spare, right * sizeof(*row));
	return left;
}

static int
add_node(struct rai_grower *g, struct rai_err *err)
{
	struct rai_node *p;
	size_t cap;

	if (g->nnode == g->cap) {
		cap = g->cap == 0 ? 1024 : g->cap * 2;
		p = realloc(g->node, cap * sizeof(*p));
		if (p == NULL)
			return rai_fail_memory(err);
		g->node = p;
		g->cap = cap;
	}
	g->node[g->nnode++] = (struct rai_node){0, -1, 0};
	return 0;
}

static int
is_pure(const struct row *row, size_t n)
{
	double first = row[0].wy / row[0].w;
	size_t k;

	for (k = 1; k < n; k++)
		if (row[k].wy / row[k].w != first)
			return 0;
	return 1;
}

/* Half way between the two sides, but never so that the right side's values go left. */
static double
threshold(const struct rai_bins *b, const struct split *s)
{
	double below = b->high[s->feature * RAI_BINS + s->left_bin];
	double above = b->low[s->feature * RAI_BINS + s->right_bin];
	double t = below / 2 + above / 2;

	return t >= below && t < above ? t : below;
}

/* Makes the node of `at`; pushes its children, the left one on top. */
static int
make_node(struct rai_grower *g, const struct rai_grow_params *p, struct rai_rng *rng,
    const struct pending *at, size_t *depth, struct rai_err *err)
{
	struct row *row = g->row + at->begin;
	size_t k, n = at->end - at->begin, me = g->nnode, live = at->live, left;
	struct total all = {0, 0};
	struct split s;

	if (add_node(g, err) != 0)
		return -1;
	if (at->parent != SIZE_MAX)
		g->node[at->parent].right = (int32_t)(me - at->parent);
	for (k = 0; k < n; k++) {
		all.wy += row[k].wy;
		all.w += row[k].w;
	}
	g->node[me].value = all.wy / (double)all.w;
	if (n < 2 || at->depth >= p->max_depth || all.w < 2 * p->min_samples_leaf ||
	    is_pure(row, n) || !find_split(g, p, rng, row, n, &all, &live, &s))
		return 0;
	left = partition(g, row, n, &s);
	g->node[me].value = threshold(g->bins, &s);
	g->node[me].feature = (int32_t)s.feature;
	g->stack[(*depth)++] = (struct pending){at->begin + left, at->end, at->depth + 1, me, live};
	g->stack[(*depth)++] =
	    (struct pending){at->begin, at->begin + left, at->depth + 1, SIZE_MAX, live};
	return 0;
}

int
rai_grow(struct rai_grower *g, const struct rai_grow_params *p, enum rai_grow_rows rows,
    struct rai_rng *rng, struct rai_node **node, size_t *n, struct rai_err *err)
{
	size_t depth = 0;

	take_rows(g, rows, rng);
	g->nnode = g->cap = 0;
	g->node = NULL;
	g->stack[depth++] = (struct pending){0, g->m, 0, SIZE_MAX, g->bins->width};
	while (depth > 0) {
		struct pending at = g->stack[--depth];

		if (g->nnode >= INT32_MAX) {
			rai_fail(err, RAI_EINPUT, "a tree of more than %d nodes", INT32_MAX);
			goto fail;
		}
		if (make_node(g, p, rng, &at, &depth, err) != 0)
			goto fail;
	}
	*node = g->node;
	*n = g->nnode;
	g->node = NULL;
	return 0;
fail:
	free(g->node);
	g->node = NULL;
	return -1;
}

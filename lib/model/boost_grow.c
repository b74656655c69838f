#include "model/boost_grow.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 8192      /* rows handed out at once */
#define SMALL_WORK 8192 /* additions that are not worth a second thread */

/* One split on its way: what the threads work on. */
struct splitting {
	struct rai_boost_grower *g;
	const struct rai_boost_leaf *from; /* the leaf that is split */
	const struct rai_boost_split *split;
	struct rai_boost_leaf *small, *large; /* the children; NULL: not to be looked at */
	struct rai_boost_hist *hist;          /* of small, and of large: the parent's */
	const uint8_t *code;                  /* the split's feature */
	uint8_t goes_left[256];
	int small_is_left, adds;
	size_t nblock;
};

int
rai_boost_grower_init(struct rai_boost_grower *g, const struct rai_boost_bins *bins,
    const struct rai_boost_rules *rules, struct rai_team *team, struct rai_err *err)
{
	size_t i, threads = rai_team_size(team), n = bins->n, bad = 0;

	memset(g, 0, sizeof(*g));
	g->bins = bins;
	g->rules = *rules;
	g->team = team;
	g->branch = calloc(2 * rules->leaves, sizeof(*g->branch));
	g->leaf = calloc(rules->leaves + 1, sizeof(*g->leaf));
	g->row = calloc(n, sizeof(*g->row));
	g->to_left = calloc(n, sizeof(*g->to_left));
	g->to_right = calloc(n, sizeof(*g->to_right));
	g->nleft = calloc(n / BLOCK + 2, sizeof(*g->nleft));
	g->adder = calloc(threads, sizeof(struct rai_boost_adder *));
	g->look = calloc(bins->width, sizeof(*g->look));
	g->use = calloc(bins->width / 8 + 1, sizeof(*g->use));
	g->column = calloc(bins->width, sizeof(*g->column));
	g->found = calloc(2 * bins->width, sizeof(*g->found));
	for (i = 0; g->adder != NULL && i < threads; i++)
		bad |= (g->adder[i] = rai_boost_adder_new(bins, rules->packing)) == NULL;
	if (bad || g->branch == NULL || g->leaf == NULL || g->row == NULL || g->to_left == NULL ||
	    g->to_right == NULL || g->nleft == NULL || g->adder == NULL || g->look == NULL ||
	    g->use == NULL || g->column == NULL || g->found == NULL) {
		rai_boost_grower_release(g);
		return rai_fail_memory(err);
	}
	return 0;
}

static void
give_back(struct rai_boost_grower *g, struct rai_boost_leaf *leaf)
{
	if (leaf->hist == NULL)
		return;
	leaf->hist->next = g->unused;
	g->unused = leaf->hist;
	leaf->hist = NULL;
}

static struct rai_boost_hist *
take_hist(struct rai_boost_grower *g)
{
	struct rai_boost_hist *h = g->unused;

	if (h == NULL)
		return rai_boost_hist_new(g->bins->first[g->bins->width], g->rules.packing);
	g->unused = h->next;
	return h;
}

void
rai_boost_grower_release(struct rai_boost_grower *g)
{
	struct rai_boost_hist *h;
	size_t i;

	for (i = 0; i < g->nleaf; i++)
		give_back(g, &g->leaf[i]);
	while ((h = g->unused) != NULL) {
		g->unused = h->next;
		rai_boost_hist_free(h);
	}
	for (i = 0; g->adder != NULL && i < rai_team_size(g->team); i++)
		rai_boost_adder_free(g->adder[i]);
	free(g->branch);
	free(g->leaf);
	free(g->row);
	free(g->to_left);
	free(g->to_right);
	free(g->nleft);
	free(g->adder);
	free(g->look);
	free(g->use);
	free(g->column);
	free(g->found);
	memset(g, 0, sizeof(*g));
}

/* On the team where the work is worth it. */
static void
run(struct rai_boost_grower *g, size_t n, size_t work,
    void (*item)(void *ctx, size_t i, size_t worker), void *ctx)
{
	size_t i;

	if (work >= SMALL_WORK)
		rai_team_run(g->team, n, item, ctx);
	else
		for (i = 0; i < n; i++)
			item(ctx, i, 0);
}

static size_t
block_rows(size_t block, size_t n)
{
	return n - block * BLOCK < BLOCK ? n - block * BLOCK : BLOCK;
}

static void
add_root(void *ctx, size_t block, size_t worker)
{
	struct splitting *s = ctx;
	struct rai_boost_grower *g = s->g;

	rai_boost_add(g->adder[worker], g->bins, g->use, g->row + block * BLOCK,
	    block_rows(block, s->small->sum.n));
}

/* A block's rows to the two sides, each in its order; and the smaller child's gradients added. */
static void
part_block(void *ctx, size_t block, size_t worker)
{
	struct splitting *s = ctx;
	struct rai_boost_grower *g = s->g;
	size_t first = s->from->first + block * BLOCK, i, n = block_rows(block, s->from->sum.n);
	const uint32_t *restrict row = g->row + first;
	uint32_t *restrict left = g->to_left + first, *restrict right = g->to_right + first;
	size_t nl = 0, nr = 0;

	for (i = 0; i < n; i++) {
		uint32_t r = row[i], goes = s->goes_left[s->code[r]];

		left[nl] = r;
		right[nr] = r;
		nl += goes;
		nr += 1 - goes;
	}
	g->nleft[block + 1] = (uint32_t)nl;
	if (s->adds)
		rai_boost_add(g->adder[worker], g->bins, g->use, s->small_is_left ? left : right,
		    s->small_is_left ? nl : nr);
}

/* The two sides of a block to where they belong among all rows of the children. */
static void
place_block(const struct splitting *s, size_t block)
{
	struct rai_boost_grower *g = s->g;
	size_t first = s->from->first + block * BLOCK, n = block_rows(block, s->from->sum.n);
	size_t before = g->nleft[block], nl = g->nleft[block + 1] - before;

	memcpy(g->row + s->from->first + before, g->to_left + first, nl * sizeof(*g->row));
	memcpy(g->row + s->from->first + s->split->n + block * BLOCK - before, g->to_right + first,
	    (n - nl) * sizeof(*g->row));
}

static void
subtract(struct rai_boost_hist *from, const struct rai_boost_hist *what, size_t first, size_t end)
{
	size_t k;

	for (k = first; k < end; k++) {
		from->g[k] -= what->g[k];
		from->n[k] -= what->n[k];
	}
	for (k = first; from->h != NULL && k < end; k++)
		from->h[k] -= what->h[k];
}

static void
find_column(struct splitting *s, size_t c)
{
	struct rai_boost_grower *g = s->g;
	const struct rai_boost_bins *b = g->bins;
	size_t j = g->column[c];

	g->found[2 * c].gain = g->found[2 * c + 1].gain = 0;
	if (s->small != NULL && g->look[j])
		rai_boost_find(b, s->hist, j, &g->rules, &s->small->sum, &g->found[2 * c]);
	if (s->large == NULL)
		return;
	subtract(s->large->hist, s->hist, b->first[j], b->first[j + 1]);
	if (g->look[j])
		rai_boost_find(
		    b, s->large->hist, j, &g->rules, &s->large->sum, &g->found[2 * c + 1]);
}

static void
collect_column(void *ctx, size_t c, size_t worker)
{
	struct splitting *s = ctx;
	struct rai_boost_grower *g = s->g;

	(void)worker;
	rai_boost_collect(g->adder, rai_team_size(g->team), g->bins, g->column[c], s->hist);
}

static void
find_root(void *ctx, size_t c, size_t worker)
{
	(void)worker;
	find_column(ctx, c);
}

static void
place_or_find(void *ctx, size_t i, size_t worker)
{
	struct splitting *s = ctx;

	if (i < s->nblock) {
		place_block(s, i);
		return;
	}
	collect_column(s, i - s->nblock, worker);
	find_column(s, i - s->nblock);
}

/* Of equal gains the first feature's; a leaf that cannot be split needs its histogram no more. */
static void
best_found(struct rai_boost_grower *g, size_t side, struct rai_boost_leaf *leaf)
{
	size_t c;

	for (c = 0; c < g->ncolumn; c++)
		if (g->found[2 * c + side].gain > leaf->split.gain)
			leaf->split = g->found[2 * c + side];
	if (leaf->split.gain == 0)
		give_back(g, leaf);
}

static int
may_split(const struct rai_boost_grower *g, const struct rai_boost_leaf *leaf)
{
	return leaf->sum.n / 2 >= g->rules.min_rows && leaf->depth < g->rules.max_depth;
}

/* Every row is in one bin of any feature. */
static struct rai_boost_sum
sum_of(const struct rai_boost_hist *hist, size_t first, size_t end)
{
	struct rai_boost_sum sum = {0, 0, 0};
	size_t k;

	for (k = first; k < end; k++) {
		sum.g += hist->g[k];
		sum.h += hist->h != NULL ? hist->h[k] : hist->n[k];
		sum.n += hist->n[k];
	}
	return sum;
}

static int
start_root(struct rai_boost_grower *g, size_t nrow, struct rai_err *err)
{
	struct rai_boost_leaf *root = &g->leaf[0];
	struct splitting s = {.g = g, .small = root};
	size_t j = g->column[0];

	memset(root, 0, sizeof(*root));
	memset(&g->branch[0], 0, sizeof(g->branch[0]));
	g->nleaf = g->nbranch = 1;
	root->sum.n = (uint32_t)nrow;
	if ((s.hist = root->hist = take_hist(g)) == NULL)
		return rai_fail_memory(err);
	run(g, (nrow + BLOCK - 1) / BLOCK, nrow * g->ncolumn, add_root, &s);
	run(g, g->ncolumn, SMALL_WORK, collect_column, &s);
	rai_boost_adders_reset(g->adder, rai_team_size(g->team));
	root->sum = sum_of(root->hist, g->bins->first[j], g->bins->first[j + 1]);
	if (may_split(g, root))
		run(g, g->ncolumn, SMALL_WORK, find_root, &s);
	else
		memset(g->found, 0, 2 * g->ncolumn * sizeof(*g->found));
	best_found(g, 0, root);
	return 0;
}

/* The children of leaf at: the left one takes its place, the right one is the last leaf. */
static void
make_children(struct rai_boost_grower *g, size_t at)
{
	struct rai_boost_leaf *left = &g->leaf[at], *right = &g->leaf[g->nleaf];
	struct rai_boost_leaf from = *left;
	const struct rai_boost_split *s = &from.split;

	g->branch[from.node].split = *s;
	g->branch[from.node].left = g->nbranch;
	memset(&g->branch[g->nbranch], 0, 2 * sizeof(*g->branch));
	g->branch[g->nbranch].leaf = at;
	g->branch[g->nbranch + 1].leaf = g->nleaf;
	*left = (struct rai_boost_leaf){.node = g->nbranch,
	    .first = from.first,
	    .depth = from.depth + 1,
	    .sum = {s->g, s->h, s->n}};
	*right = (struct rai_boost_leaf){.node = g->nbranch + 1,
	    .first = from.first + s->n,
	    .depth = from.depth + 1,
	    .sum = {from.sum.g - s->g, from.sum.h - s->h, from.sum.n - s->n}};
	g->nbranch += 2;
	g->nleaf++;
}

static int
split_leaf(struct rai_boost_grower *g, size_t at, struct rai_err *err)
{
	struct rai_boost_leaf from = g->leaf[at], *left = &g->leaf[at], *right = &g->leaf[g->nleaf];
	struct splitting s = {.g = g, .from = &from, .split = &from.split};
	size_t blocks = (from.sum.n + BLOCK - 1) / BLOCK, i;

	make_children(g, at);
	s.code = g->bins->code + from.split.feature * g->bins->n;
	for (i = 0; i < 256; i++)
		s.goes_left[i] = (uint8_t)rai_boost_goes_left(&from.split, (uint8_t)i);
	s.small_is_left = left->sum.n <= right->sum.n;
	s.small = s.small_is_left ? left : right;
	s.large = s.small_is_left ? right : left;
	s.adds = g->nleaf < g->rules.leaves && may_split(g, s.large);
	run(g, blocks, from.sum.n * (s.adds ? g->ncolumn / 2 + 1 : 1), part_block, &s);
	s.nblock = blocks;
	for (i = 0; i < blocks; i++)
		g->nleft[i + 1] += g->nleft[i];
	if (!s.adds) {
		run(g, blocks, from.sum.n, place_or_find, &s);
		give_back(g, &from);
		return 0;
	}
	if ((s.hist = take_hist(g)) == NULL) {
		give_back(g, &from);
		return rai_fail_memory(err);
	}
	s.small->hist = s.hist;
	s.large->hist = from.hist;
	if (!may_split(g, s.small))
		s.small = NULL;
	run(g, blocks + g->ncolumn, SMALL_WORK, place_or_find, &s);
	rai_boost_adders_reset(g->adder, rai_team_size(g->team));
	best_found(g, 0, s.small_is_left ? left : right);
	best_found(g, 1, s.large);
	return 0;
}

/* Which features' sums are made: all of the eights that hold one to look at. */
static void
choose_columns(struct rai_boost_grower *g)
{
	size_t j, width = g->bins->width;

	memset(g->use, 0, width / 8 + 1);
	for (j = 0; j < width; j++)
		g->use[j / 8] |= g->look[j];
	g->ncolumn = 0;
	for (j = 0; j < width; j++)
		if (g->use[j / 8])
			g->column[g->ncolumn++] = j;
}

/* The leaf that gains most; of equal ones the first; nleaf: none. */
static size_t
best_leaf(const struct rai_boost_grower *g)
{
	size_t i, best = g->nleaf;
	double gain = 0;

	for (i = 0; i < g->nleaf; i++)
		if (g->leaf[i].hist != NULL && g->leaf[i].split.gain > gain) {
			gain = g->leaf[i].split.gain;
			best = i;
		}
	return best;
}

int
rai_boost_grow(struct rai_boost_grower *g, size_t nrow, struct rai_err *err)
{
	size_t i, at;
	int rc = 0;

	choose_columns(g);
	if (start_root(g, nrow, err) != 0)
		return -1;
	while (rc == 0 && g->nleaf < g->rules.leaves && (at = best_leaf(g)) < g->nleaf)
		rc = split_leaf(g, at, err);
	for (i = 0; i < g->nleaf; i++)
		give_back(g, &g->leaf[i]);
	return rc;
}

size_t
rai_boost_leaf_of(const struct rai_boost_grower *g, size_t i)
{
	const struct rai_boost_branch *p = g->branch;
	const uint8_t *code = g->bins->record + i * g->bins->stride + 8;

	while (p->left != 0)
		p = g->branch + p->left + !rai_boost_goes_left(&p->split, code[p->split.feature]);
	return p->leaf;
}

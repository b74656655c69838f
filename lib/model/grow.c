#include "model/grow.h"

#include <stdlib.h>
#include <string.h>

struct pending { /* a node still to be made from rows [begin, end) */
	size_t begin, end, depth;
	size_t parent; /* whose right child it is; SIZE_MAX: a left child or the root */
	size_t live;   /* features that may differ among the rows: the first ones of the order */
	struct rai_total all;
	int64_t *hist; /* of the few-bin features; NULL: none */
};

struct rai_grower {
	const struct rai_impurity *m;
	const struct rai_grow_params *p;
	const struct rai_codes *codes;
	const struct rai_draw *draw;
	struct rai_rng *rng;
	struct rai_cutter cutter;
	uint32_t *id;              /* ngroup: the groups of the tree, in node order */
	uint32_t *spare_id;        /* ngroup */
	struct rai_local *local;   /* ngroup: the rows of one node */
	size_t nlocal;             /* 0: not gathered yet */
	struct rai_sorted *sorted; /* nmany x ngroup, by node as id is, and by code in each node */
	struct rai_sorted *spare;  /* ngroup */
	uint8_t *side;             /* ngroup: 1 where the row went right */
	size_t *rank;              /* width: which of the many-bin features j is */
	uint32_t *feature;         /* width: order in which they are looked at */
	int64_t **pool;            /* npool histograms not in use */
	size_t npool, poolcap;
	struct pending stack[RAI_TREE_DEPTH + 1];
	struct rai_tree tree;
	size_t nleaf, cap;
};

struct rai_grower *
rai_grower_new(const struct rai_impurity *m, const struct rai_grow_params *p)
{
	const struct rai_codes *c = m->codes;
	size_t n = c->ngroup, nmany = p->cuts == RAI_GROW_BEST ? c->width - c->nfew : 0, k;
	struct rai_grower *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->m = m;
	g->p = p;
	g->codes = c;
	g->id = malloc(n * sizeof(*g->id));
	g->spare_id = malloc(n * sizeof(*g->spare_id));
	g->local = malloc(n * sizeof(*g->local));
	g->sorted = malloc((nmany * n + 1) * sizeof(*g->sorted));
	g->spare = malloc(((nmany > 0) * n + 1) * sizeof(*g->spare));
	g->side = malloc(n);
	g->rank = calloc(c->width, sizeof(*g->rank));
	g->feature = malloc(c->width * sizeof(*g->feature));
	if (rai_cutter_init(&g->cutter, m, NULL) != 0 || g->id == NULL || g->spare_id == NULL ||
	    g->local == NULL || g->sorted == NULL || g->spare == NULL || g->side == NULL ||
	    g->rank == NULL || g->feature == NULL) {
		rai_grower_free(g);
		return NULL;
	}
	for (k = 0; k < nmany; k++)
		g->rank[c->many[k]] = k;
	return g;
}

void
rai_grower_free(struct rai_grower *g)
{
	if (g == NULL)
		return;
	while (g->npool > 0)
		free(g->pool[--g->npool]);
	free(g->pool);
	rai_cutter_release(&g->cutter);
	free(g->id);
	free(g->spare_id);
	free(g->local);
	free(g->sorted);
	free(g->spare);
	free(g->side);
	free(g->rank);
	free(g->feature);
	free(g);
}

/* A histogram of few_bins x cells, its contents arbitrary.  NULL: out of memory. */
static int64_t *
take_hist(struct rai_grower *g)
{
	if (g->npool > 0)
		return g->pool[--g->npool];
	return malloc(g->codes->few_bins * rai_draw_cells(g->m->target) * sizeof(**g->pool));
}

static int
give_hist(struct rai_grower *g, int64_t *hist, struct rai_err *err)
{
	int64_t **p;

	if (hist == NULL)
		return 0;
	if (g->npool == g->poolcap) {
		p = realloc(g->pool, (g->poolcap + 16) * sizeof(*p));
		if (p == NULL) {
			free(hist);
			return rai_fail_memory(err);
		}
		g->pool = p;
		g->poolcap += 16;
	}
	g->pool[g->npool++] = hist;
	return 0;
}

static int
keeps_order(const struct rai_grower *g, size_t feature)
{
	return g->p->cuts == RAI_GROW_BEST && g->codes->few[feature] == SIZE_MAX;
}

/* The tree's rows as they are at its root. */
static int
take_rows(struct rai_grower *g, const struct rai_draw *d, struct rai_err *err)
{
	const struct rai_codes *c = g->codes;
	size_t j, k, m, cells = c->few_bins * rai_draw_cells(g->m->target);

	g->draw = d;
	g->cutter.row = d->row;
	memcpy(g->id, d->id, d->m * sizeof(*g->id));
	for (j = 0; j < c->width; j++) {
		const uint32_t *order;
		struct rai_sorted *to;

		g->feature[j] = (uint32_t)j;
		if (!keeps_order(g, j))
			continue;
		order = c->order + g->rank[j] * c->ngroup;
		to = g->sorted + g->rank[j] * c->ngroup;
		for (k = m = 0; m < d->m; k++) {
			to[m] = (struct rai_sorted){order[k], c->code[j * c->ngroup + order[k]]};
			m += d->row[order[k]].w > 0;
		}
	}
	g->stack[0] = (struct pending){
	    .end = d->m, .parent = SIZE_MAX, .live = c->width, .all = {d->q, d->w}};
	if (d->hist != NULL && g->p->cuts == RAI_GROW_BEST) {
		if ((g->stack[0].hist = take_hist(g)) == NULL)
			return rai_fail_memory(err);
		memcpy(g->stack[0].hist, d->hist, cells * sizeof(*d->hist));
	}
	return 0;
}

/* The rows of the node side by side, for searches that go through them. */
static const struct rai_local *
gather(struct rai_grower *g, const struct pending *at)
{
	size_t k, n = at->end - at->begin;
	const uint32_t *id = g->id + at->begin;

	if (g->nlocal == 0) {
		for (k = 0; k < n; k++) {
			const struct rai_drawn *r = &g->draw->row[id[k]];

			g->local[k] = (struct rai_local){r->q, (uint32_t)r->w, id[k]};
		}
		g->nlocal = n;
	}
	return g->local;
}

/* Two rows: any feature that tells them apart does. */
static int
cut_pair(struct rai_grower *g, const struct pending *at, size_t feature, struct rai_best_cut *best)
{
	const uint16_t *code = g->codes->code + feature * g->codes->ngroup;
	uint32_t a = code[g->id[at->begin]], b = code[g->id[at->begin + 1]];
	const struct rai_drawn *r;

	if (a == b)
		return 0;
	r = &g->draw->row[g->id[at->begin + (a > b)]];
	*best = (struct rai_best_cut){
	    0, feature, a < b ? a : b, a < b ? b : a, {g->m->target->nclass > 0 ? 0 : r->q, r->w}};
	return 1;
}

static int
search(struct rai_grower *g, const struct pending *at, size_t feature, struct rai_best_cut *best)
{
	const struct rai_codes *c = g->codes;
	size_t n = at->end - at->begin;

	if (g->p->cuts == RAI_GROW_RANDOM)
		return rai_cutter_random(&g->cutter, feature, gather(g, at), n, g->rng, best);
	if (c->few[feature] == SIZE_MAX)
		return rai_cutter_sorted(&g->cutter, feature,
		    g->sorted + g->rank[feature] * c->ngroup + at->begin, n, best);
	if (at->hist != NULL)
		return rai_cutter_hist(&g->cutter, feature,
		    at->hist + c->few[feature] * rai_draw_cells(g->m->target), best);
	return rai_cutter_rows(&g->cutter, feature, gather(g, at), n, best);
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
 * The best cut of the rows, over features in random order until max_features of them that are
 * not constant here have been looked at and one can be cut.  The constant ones go behind the
 * *live first, where no descendant looks; the set of the live ones of an ancestor stays what it
 * was.  0: no cut.
 */
static int
find_cut(struct rai_grower *g, struct pending *at, struct rai_best_cut *best)
{
	size_t looked = 0, n = at->end - at->begin;
	int pair = n == 2 && g->m->min_leaf == 1 && g->p->min_decrease <= 0 &&
		   g->p->cuts == RAI_GROW_BEST && g->m->criterion != RAI_CRITERION_POISSON;

	*best = (struct rai_best_cut){-__builtin_inf(), SIZE_MAX, 0, 0, {0, 0}};
	g->nlocal = 0;
	rai_cutter_node(&g->cutter, &at->all, g->id + at->begin, n);
	while (looked < at->live && (looked < g->p->max_features || best->feature == SIZE_MAX)) {
		size_t draw = (size_t)((rai_rng_u64(g->rng) >> 32) * (at->live - looked) >> 32);
		size_t f = swap_features(g, looked, looked + draw);

		if (!(pair ? cut_pair(g, at, f, best) : search(g, at, f, best))) {
			swap_features(g, looked, --at->live);
			continue;
		}
		if (pair)
			return 1;
		looked++;
	}
	if (best->feature == SIZE_MAX)
		return 0;
	return g->p->min_decrease <= 0 ||
	       rai_cutter_decrease(&g->cutter, best) * (double)at->all.w / (double)g->draw->w >=
		   g->p->min_decrease;
}

/* Rows with a code up to the cut come first, both sides in their old order; returns how many. */
static size_t
partition(struct rai_grower *g, const struct pending *at, const struct rai_best_cut *cut)
{
	const uint16_t *code = g->codes->code + cut->feature * g->codes->ngroup;
	size_t k, n = at->end - at->begin, left = 0, right = 0;
	uint32_t *id = g->id + at->begin;

	for (k = 0; k < n; k++) {
		uint32_t me = id[k];
		uint8_t go_right = code[me] > cut->left_bin;

		g->side[me] = go_right;
		g->spare_id[right] = me;
		id[left] = me;
		left += !go_right;
		right += go_right;
	}
	memcpy(id + left, g->spare_id, right * sizeof(*id));
	return left;
}

/* The same for the features whose rows are kept in order. */
static void
partition_sorted(struct rai_grower *g, const struct pending *at)
{
	size_t j, k, n = at->end - at->begin;

	for (j = 0; j < at->live; j++) {
		struct rai_sorted *row;
		size_t left = 0, right = 0;

		if (!keeps_order(g, g->feature[j]))
			continue;
		row = g->sorted + g->rank[g->feature[j]] * g->codes->ngroup + at->begin;
		for (k = 0; k < n; k++) {
			uint8_t go_right = g->side[row[k].id];

			g->spare[right] = row[k];
			row[left] = row[k];
			left += !go_right;
			right += go_right;
		}
		memcpy(row + left, g->spare, right * sizeof(*row));
	}
}

/* Room for one more node and the leaf after it. */
static int
make_room(struct rai_grower *g, struct rai_err *err)
{
	size_t cap = g->cap == 0 ? 64 : g->cap * 2;
	size_t outputs = g->m->target->nclass > 0 ? g->m->target->nclass : 1, bytes;
	struct rai_node *node;
	double *value;

	if (g->tree.n + 1 < g->cap)
		return 0;
	node = realloc(g->tree.node, cap * sizeof(*node));
	if (node != NULL)
		g->tree.node = node;
	if (__builtin_mul_overflow(cap, outputs * sizeof(*value), &bytes))
		return rai_fail_memory(err);
	value = realloc(g->tree.value, bytes);
	if (value != NULL)
		g->tree.value = value;
	if (node == NULL || value == NULL)
		return rai_fail_memory(err);
	g->cap = cap;
	return 0;
}

/* The mean of the target; of one group, without the rounding of its numbers. */
static double
mean_of(const struct rai_grower *g, const struct pending *at)
{
	const struct rai_target *t = g->m->target;

	if (at->end - at->begin == 1)
		return g->draw->sum[g->id[at->begin]] / (double)at->all.w;
	return t->mean + (double)at->all.q / (double)at->all.w / t->scale;
}

static void
add_leaf(struct rai_grower *g, const struct pending *at)
{
	const struct rai_draw *d = g->draw;
	size_t k, nclass = g->m->target->nclass;
	double *value = g->tree.value + g->nleaf * (nclass > 0 ? nclass : 1);

	if (at->parent != SIZE_MAX)
		g->tree.node[at->parent].feature |= RAI_NODE_RIGHT_LEAF;
	g->nleaf++;
	if (nclass == 0) {
		*value = mean_of(g, at);
		return;
	}
	for (k = 0; k < nclass; k++)
		value[k] = 0;
	for (k = at->begin; k < at->end; k++)
		value[d->row[g->id[k]].q] += (double)d->row[g->id[k]].w;
	for (k = 0; k < nclass; k++)
		value[k] /= (double)at->all.w;
}

static int
is_pure(const struct rai_grower *g, const struct pending *at)
{
	const struct rai_drawn *row = g->draw->row;
	const struct rai_drawn *first = &row[g->id[at->begin]];
	size_t k;

	for (k = at->begin + 1; k < at->end; k++) {
		const struct rai_drawn *r = &row[g->id[k]];

		if (g->m->target->nclass > 0 || r->w == first->w) {
			if (r->q != first->q)
				return 0;
		} else if ((double)r->q / (double)r->w != (double)first->q / (double)first->w)
			return 0;
	}
	return 1;
}

/* Whether a child with these rows may be cut, by what is known without looking at them. */
static int
may_split(const struct rai_grower *g, const struct pending *at)
{
	return at->depth < g->p->max_depth && at->all.w >= g->p->min_split &&
	       at->all.w >= 2 * g->m->min_leaf;
}

/* Whether it pays to have histograms of all features for that. */
static int
wants_hist(const struct rai_grower *g, const struct pending *at)
{
	return may_split(g, at) && at->end - at->begin > 2 &&
	       3 * g->p->max_features >= g->codes->width &&
	       rai_draw_pays(g->codes, g->m->target, at->end - at->begin);
}

/* The smaller child is counted, the larger one is what it leaves of their parent's. */
static int
pass_hist(struct rai_grower *g, int64_t *hist, struct pending *left, struct pending *right,
    struct rai_err *err)
{
	size_t cells = g->codes->few_bins * rai_draw_cells(g->m->target), k;
	int left_small = left->end - left->begin <= right->end - right->begin;
	struct pending *small = left_small ? left : right, *large = left_small ? right : left;
	int64_t *counted;

	if (hist == NULL || !wants_hist(g, large))
		return give_hist(g, hist, err);
	counted = take_hist(g);
	if (counted == NULL) {
		free(hist);
		return rai_fail_memory(err);
	}
	memset(counted, 0, cells * sizeof(*counted));
	rai_draw_fill(g->codes, g->m->target, g->draw->row, g->id + small->begin,
	    small->end - small->begin, counted);
	for (k = 0; k < cells; k++)
		hist[k] -= counted[k];
	large->hist = hist;
	if (wants_hist(g, small)) {
		small->hist = counted;
		return 0;
	}
	return give_hist(g, counted, err);
}

/* Rows above which the rows of two leaves are not told apart where their sums will do. */
#define SUMS_DO 32

/* Cuts the node in two; pushes its children, the left one on top. */
static int
split_node(struct rai_grower *g, struct pending *at, const struct rai_best_cut *cut, size_t *depth,
    struct rai_err *err)
{
	const struct rai_codes *c = g->codes;
	double middle = c->high[c->start[cut->feature] + cut->left_bin] / 2 +
			c->low[c->start[cut->feature] + cut->right_bin] / 2;
	struct pending *r = &g->stack[(*depth)++], *l = &g->stack[(*depth)++];
	struct rai_total all = cut->left;
	size_t left;

	*r = (struct pending){at->begin, at->end, at->depth + 1, g->tree.n, at->live,
	    {at->all.q - all.q, at->all.w - all.w}, NULL};
	*l = (struct pending){at->begin, at->end, at->depth + 1, SIZE_MAX, at->live, all, NULL};
	g->tree.node[g->tree.n++] = (struct rai_node){(uint16_t)cut->feature,
	    (uint16_t)rai_codes_cut(c, cut->feature, cut->left_bin, cut->right_bin, middle), 0};
	if (g->m->target->nclass == 0 && at->end - at->begin > SUMS_DO && !may_split(g, l) &&
	    !may_split(g, r))
		return give_hist(g, at->hist, err);
	left = partition(g, at, cut);
	l->end = r->begin = at->begin + left;
	if (may_split(g, l) || may_split(g, r))
		partition_sorted(g, at);
	return pass_hist(g, at->hist, l, r, err);
}

/* Makes the node of `at`, or its leaf. */
static int
make_node(struct rai_grower *g, struct pending *at, size_t *depth, struct rai_err *err)
{
	struct rai_best_cut cut;

	if (make_room(g, err) != 0) {
		free(at->hist);
		return -1;
	}
	if (at->parent != SIZE_MAX)
		g->tree.node[at->parent].right = (uint32_t)(g->tree.n - at->parent);
	if (at->end - at->begin < 2 || !may_split(g, at) || is_pure(g, at) ||
	    !find_cut(g, at, &cut)) {
		add_leaf(g, at);
		return give_hist(g, at->hist, err);
	}
	return split_node(g, at, &cut, depth, err);
}

int
rai_grow(struct rai_grower *g, const struct rai_draw *draw, struct rai_rng *rng,
    struct rai_tree *out, struct rai_err *err)
{
	size_t depth = 1;

	g->rng = rng;
	g->tree = (struct rai_tree){NULL, NULL, 0};
	g->nleaf = g->cap = 0;
	if (take_rows(g, draw, err) != 0)
		return -1;
	while (depth > 0) {
		struct pending at = g->stack[--depth];

		if (make_node(g, &at, &depth, err) != 0)
			goto fail;
	}
	*out = g->tree;
	return 0;
fail:
	while (depth > 0)
		free(g->stack[--depth].hist);
	free(g->tree.node);
	free(g->tree.value);
	return -1;
}

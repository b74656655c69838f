#include "model/trees.h"

#include <stdlib.h>
#include <string.h>

#include "model/walk_top.h"

void
rai_trees_release(struct rai_fitted *f)
{
	struct rai_trees *s = f->state;
	size_t i;

	for (i = 0; i < sizeof(s->own) / sizeof(s->own[0]); i++)
		free(s->own[i]);
	free(s);
}

/* n rows of width features. */
static void
place(const struct rai_trees *s, const double *x, size_t n, size_t width, uint16_t *out)
{
	size_t j;

	for (j = 0; j < width; j++)
		rai_walk_below_many(s->threshold + s->threshold_start[j],
		    (size_t)(s->threshold_start[j + 1] - s->threshold_start[j]), x + j, width, n,
		    out + j, width);
}

/* The same of one, which would pay for the searches in step without having them. */
static void
place_one(const struct rai_trees *s, const double *x, size_t width, uint16_t *out)
{
	size_t j;

	for (j = 0; j < width; j++)
		out[j] = rai_walk_below(s->threshold + s->threshold_start[j],
		    (size_t)(s->threshold_start[j + 1] - s->threshold_start[j]), x[j]);
}

/* A tree is read once for all rows of a block, so that many of them make up for its way from
 * memory to the nearest cache. */
#define BLOCK 1024   /* rows walked for together */
#define TREES 128    /* trees that one row walks through together */
#define PLACES 32768 /* features of the rows placed at once; at least RAI_CODES_WIDTH */
#define MANY 64      /* rows for which the first nodes of a tree are looked at on their own */

/* As add_leaves(), of many rows in one tree, where each has one output. */
static void
add_numbers(const struct rai_trees *s, const struct rai_walks *w, double *out)
{
	const size_t first = (size_t)w->root[w->tree] + w->tree, n = w->n;
	const uint32_t *leaf = w->leaf;
	const double *value = s->value;
	size_t i;

	if (s->leaf == NULL)
		for (i = 0; i < n; i++)
			out[i] += value[first + leaf[i]];
	else
		for (i = 0; i < n; i++)
			out[i] += value[s->leaf[first + leaf[i]]];
}

/* Adds what the walks from tree t on have found: of one row in n trees, or of n rows in one. */
static void
add_leaves(const struct rai_trees *s, const struct rai_walks *w, size_t outputs, double *out)
{
	const double *value;
	size_t i, k, tree;

	if (outputs == 1 && w->tree_step == 0) {
		add_numbers(s, w, out);
		return;
	}
	for (i = 0; i < w->n; i++) {
		tree = w->tree + i * w->tree_step;
		value = rai_trees_value(s, (size_t)w->root[tree] + tree + w->leaf[i], outputs);
		for (k = 0; k < outputs; k++)
			out[k] += value[k];
		out += w->tree_step == 0 ? outputs : 0;
	}
}

void
rai_trees_predict(const struct rai_fitted *f, const double *x, double *out)
{
	const struct rai_trees *s = f->state;
	size_t outputs = rai_fitted_outputs(f), t, k;
	uint16_t placed[PLACES + RAI_WALK_READ];
	uint32_t leaf[TREES] = {0};

	place_one(s, x, f->width, placed);
	memset(out, 0, outputs * sizeof(*out));
	for (t = 0; t < s->ntree; t += TREES) {
		struct rai_walks w = {s->nodes, s->root,
		    s->ntree - t < TREES ? s->ntree - t : TREES, t, 1, placed, 0, leaf, NULL};

		rai_walk(&w);
		add_leaves(s, &w, outputs, out);
	}
	for (k = 0; k < outputs; k++)
		out[k] /= (double)s->ntree;
}

static size_t
whole_groups(size_t n)
{
	return (n + MANY - 1) / MANY * MANY;
}

/* Row by row becomes feature by feature, of whole groups of rows: those that there are not are 0.
 */
static void
turn(const uint16_t *placed, size_t n, size_t width, uint16_t *column)
{
	size_t i, j, all = whole_groups(n);

	for (j = 0; j < width; j++, column += all) {
		for (i = 0; i < n; i++)
			column[i] = placed[i * width + j];
		memset(column + n, 0, (all - n) * sizeof(*column));
	}
}

/* Where there are many, they are at most as many whole groups as there are places for. */
static void
predict_block(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	const struct rai_trees *s = f->state;
	size_t outputs = rai_fitted_outputs(f), t, i;
	uint16_t placed[PLACES + RAI_WALK_READ], column[PLACES];
	uint32_t leaf[BLOCK] = {0}, at[BLOCK];
	struct rai_walk_top top;

	place(s, x, n, f->width, placed);
	if (n >= MANY)
		turn(placed, n, f->width, column);
	memset(out, 0, n * outputs * sizeof(*out));
	for (t = 0; t < s->ntree; t++) {
		size_t nodes = (size_t)(s->root[t + 1] - s->root[t]);
		struct rai_walks w = {s->nodes, s->root, n, t, 0, placed, f->width, leaf, NULL};

		if (n >= MANY) {
			rai_walk_top_make(&s->nodes, (size_t)s->root[t], nodes, &top);
			rai_walk_top_ask(&top, column, whole_groups(n), at, leaf);
			w.at = at;
		}
		if (n < MANY || nodes > RAI_WALK_TOP)
			rai_walk(&w);
		add_leaves(s, &w, outputs, out);
	}
	for (i = 0; i < n * outputs; i++)
		out[i] /= (double)s->ntree;
}

void
rai_trees_predict_rows(const struct rai_fitted *f, const double *x, size_t n, double *out)
{
	size_t outputs = rai_fitted_outputs(f), i, m, block = PLACES / f->width;

	block = block < BLOCK ? block : BLOCK;
	if (block > MANY) { /* blocks alike, of whole groups */
		block = block / MANY * MANY;
		m = (n + block - 1) / block;
		block = m > 0 ? whole_groups((n + m - 1) / m) : block;
	}
	for (i = 0; i < n; i += m) {
		m = n - i < block ? n - i : block;
		predict_block(f, x + i * f->width, m, out + i * outputs);
	}
}

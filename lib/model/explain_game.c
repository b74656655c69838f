#include "model/explain_game.h"

enum side { NEITHER, ROW, BASELINE };

void
rai_explain_constant(struct rai_explain_game *g, double v)
{
	g->base += g->factor * v;
	g->score += g->factor * v;
}

void
rai_explain_linear(struct rai_explain_game *g, const double *coef, size_t width)
{
	size_t j;

	for (j = 0; j < width; j++) {
		g->base += g->factor * coef[j] * g->z[j];
		g->score += g->factor * coef[j] * g->x[j];
		g->part[g->player[j]] += g->factor * coef[j] * (g->x[j] - g->z[j]);
	}
}

/* a! b! / (a + b + 1)! */
static double
weight(size_t a, size_t b)
{
	size_t n = a + b, k = a < b ? a : b, i;
	double choose = 1;

	for (i = 1; i <= k; i++)
		choose = choose * (double)(n - k + i) / (double)i;
	return 1 / ((double)(n + 1) * choose);
}

static void
take_side(struct rai_explain_game *g, size_t player, struct rai_explain_at other)
{
	struct rai_explain_level *l = &g->level[++g->depth];

	*l = (struct rai_explain_level){.player = player, .other = other};
	g->side[player] = ROW;
	g->nrow++;
}

/* To a leaf, as the players' sides say; one that has not taken any begins with the row's. */
static int
descend(struct rai_explain_game *g, rai_explain_ask *ask, const void *state,
    struct rai_explain_at at, double *value)
{
	struct rai_explain_step s = {.leaf = 0};
	size_t player;

	for (;;) {
		if (g->steps == 0)
			return -1;
		g->steps--;
		ask(state, g, at, &s);
		if (s.leaf) {
			*value = s.value;
			return 0;
		}
		at = s.row;
		if (s.row.node == s.baseline.node && s.row.leaf == s.baseline.leaf)
			continue;
		player = g->player[s.feature];
		if (g->side[player] == NEITHER)
			take_side(g, player, s.baseline);
		else if (g->side[player] == BASELINE)
			at = s.baseline;
	}
}

/* A leaf is reached by the sets of players that have all of one side and none of the other. */
static void
count_leaf(struct rai_explain_game *g, double v)
{
	struct rai_explain_level *l = &g->level[g->depth];

	if (g->nrow == 0)
		g->base += v;
	else
		l->row += v * weight(g->nrow - 1, g->nbaseline);
	if (g->nbaseline == 0)
		g->score += v;
	else
		l->baseline += v * weight(g->nbaseline - 1, g->nrow);
}

static void
hand_up(struct rai_explain_game *g)
{
	struct rai_explain_level *l = &g->level[g->depth];

	l[-1].row += l->row;
	l[-1].baseline += l->baseline;
	l->row = l->baseline = 0;
}

/* The next place to go down from, where a player changes sides.  0: all have. */
static int
retreat(struct rai_explain_game *g, struct rai_explain_at *at)
{
	struct rai_explain_level *l;

	for (; g->depth > 0; g->depth--) {
		l = &g->level[g->depth];
		if (g->side[l->player] == ROW) {
			g->part[l->player] += l->row;
			hand_up(g);
			g->side[l->player] = BASELINE;
			g->nrow--;
			g->nbaseline++;
			*at = l->other;
			return 1;
		}
		g->part[l->player] -= l->baseline;
		hand_up(g);
		g->side[l->player] = NEITHER;
		g->nbaseline--;
	}
	return 0;
}

int
rai_explain_tree(
    struct rai_explain_game *g, rai_explain_ask *ask, const void *state, struct rai_explain_at root)
{
	struct rai_explain_at at = root;
	double value;

	g->depth = g->nrow = g->nbaseline = 0;
	g->level[0] = (struct rai_explain_level){.player = 0};
	do {
		if (descend(g, ask, state, at, &value) != 0)
			return -1;
		count_leaf(g, g->factor * value);
	} while (retreat(g, &at));
	return 0;
}

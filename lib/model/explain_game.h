#ifndef RAI_MODEL_EXPLAIN_GAME_H
#define RAI_MODEL_EXPLAIN_GAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What a kind of model (kind.h) fills to explain one score of one row; private to this room.  The
 * players are the columns that features are made of, each on the side of the row or on that of the
 * baseline; see model/explain.h for what comes of it.
 */
enum rai_explain_scale {
	RAI_SCALE_VALUE,       /* the score is the number that is predicted */
	RAI_SCALE_LOG,         /* its logarithm */
	RAI_SCALE_ROOT,        /* its square root, with its sign */
	RAI_SCALE_PROBABILITY, /* of the class */
	RAI_SCALE_LOG_ODDS,    /* of the class */
	RAI_SCALE_SOFTMAX,     /* of the class: exp(score) over the sum of those of all classes */
};

struct rai_explain_game {
	const double *x, *z;    /* features of the row and of the baseline */
	const uint32_t *player; /* of each feature */
	size_t output;          /* the class that is explained; 0 of a number */
	size_t steps;           /* nodes that may still be looked at */

	/* The kind sets scale, and factor: what each number is multiplied by. */
	enum rai_explain_scale scale;
	double factor;

	/* It adds to these, which begin with 0: the scores of both rows, what each player adds. */
	double base, score;
	double *part;

	/* memory of the walks: a side for each player, one level more than players */
	unsigned char *side;
	struct rai_explain_level *level;
	size_t depth, nrow, nbaseline; /* players that have taken sides, and on which */
};

/* A place in a tree; what the numbers mean is its kind's business, but equal is the same place. */
struct rai_explain_at {
	size_t node, leaf;
};

/* What is there: the value of a leaf, or a feature with the places where both rows go on. */
struct rai_explain_step {
	int leaf;
	double value;
	size_t feature;
	struct rai_explain_at row, baseline;
};

typedef void rai_explain_ask(const void *state, const struct rai_explain_game *g,
    struct rai_explain_at at, struct rai_explain_step *out);

/* One place up the way, where a player took sides; of the leaves behind it the sums. */
struct rai_explain_level {
	size_t player;
	struct rai_explain_at other; /* where the baseline goes on */
	double row, baseline;        /* of value times what it counts for a player on that side */
};

/* A number that does not depend on the row. */
void rai_explain_constant(struct rai_explain_game *g, double v);

/* The sum of coef[j] times feature j, of width features. */
void rai_explain_linear(struct rai_explain_game *g, const double *coef, size_t width);

/* One tree from its root on.  -1: no steps are left. */
int rai_explain_tree(struct rai_explain_game *g, rai_explain_ask *ask, const void *state,
    struct rai_explain_at root);

#endif

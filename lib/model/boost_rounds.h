#ifndef RAI_MODEL_BOOST_ROUNDS_H
#define RAI_MODEL_BOOST_ROUNDS_H

#include "model/boost_loss.h"
#include "model/boost_made.h"

/*
 * A boosting fit on its way.  Whatever is summed over rows in floating point is summed within
 * RAI_BOOST_PARTS fixed stretches of rows, and then over these in their order: the threads share
 * out the stretches and change nothing.
 */
#define RAI_BOOST_PARTS 64
#define RAI_BOOST_HELD 0.1  /* share of the rows that early stopping watches */
#define RAI_BOOST_SMOOTH 10 /* rows: see rai_boost_rules */

struct rai_boost_part {
	double max_g, max_h, loss;
	double *g, *h; /* per leaf */
};

struct rai_boost_rounds {
	struct rai_fitted *f;
	const struct rai_fit_data *d;
	const struct rai_fit_options *opt;
	struct rai_team *team;
	struct rai_boost_bins bins;
	struct rai_boost_grower grower;
	struct rai_boost_target target;
	struct rai_boost_made made;
	size_t output; /* the one whose tree is grown */
	size_t old;    /* rounds that were continued from */
	/* of the tree at hand */
	double g_scale, h_scale; /* packed units of 1 */
	double *value;           /* per leaf */
	uint16_t *leaf_of;       /* n */
	size_t nin;              /* rows it is grown on */
	uint64_t dither;
	/* rows */
	uint8_t *held;    /* n: 1: watched, not learned from; NULL: there are none */
	uint32_t *inside; /* ninside: the others */
	size_t ninside;
	struct rai_boost_part part[RAI_BOOST_PARTS];
	size_t npart, part_rows;
	/* early stopping */
	double best_loss;
	size_t best_round;
};

/* Grows the trees of one round and moves the scores. */
int rai_boost_round(struct rai_boost_rounds *r, size_t round, struct rai_err *err);

/* The loss of the rows that are held out, summed. */
double rai_boost_held_loss(struct rai_boost_rounds *r);

/* Scores from the base and all trees made so far.  losses, where rows are held out and it is not
 * NULL: what rai_boost_held_loss was after each round. */
int rai_boost_replay(struct rai_boost_rounds *r, double *losses, struct rai_err *err);

#endif

#ifndef RAI_MODEL_SEARCH_H
#define RAI_MODEL_SEARCH_H

#include "model/kind.h"
#include "model/metric.h"

/*
 * A search for good parameters of one kind.  Each draw is a specification, and a function of the
 * search (its space and seed) and of the draw's number alone; all are measured on the same folds.
 *
 * With halving (successive halving: Jamieson, Talwalkar, AISTATS 2016), all draws are first
 * measured with few rows to learn from; of each round the best 1 / halving go on with halving
 * times as many rows, until the last round has all of them.  The rows of a round are among those
 * of the next.
 */
struct rai_search_param {
	const char *name;
	const char *const *word; /* nword: the values to choose from, as texts; or, with nword 0: */
	size_t nword;
	double from, to; /* both included */
	int log;         /* evenly on the scale of the logarithm; from is above 0 */
	int whole;       /* whole numbers */
};

struct rai_found {
	struct rai_fitted spec;
	double metric[RAI_METRICS]; /* means over the folds of the last round it was in */
	double spread[RAI_METRICS]; /* standard deviations over the folds */
	double smear, seconds;      /* seconds: of all its fits */
	double share;               /* of the training rows in that round */
	size_t number;
};

struct rai_search {
	struct rai_fitted base; /* the kind, with the parameters that are not searched */
	const struct rai_search_param *param;
	size_t nparam;
	size_t draws; /* at random; 0: every combination, for which all parameters have words */
	size_t folds;
	size_t halving; /* 0: none; else 2 or more */
	uint64_t seed;
	enum rai_metric metric;
	/* What was found, best first (those of later rounds before others, equals by number). */
	struct rai_found *draw; /* ndraw; see rai_search_release() */
	size_t ndraw;
	size_t fits;   /* made or remembered; equal draws are measured once */
	size_t failed; /* draws that could not be fitted; their metrics are NaN */
};

#define RAI_SEARCH_DRAWS 10000
#define RAI_SEARCH_FOLDS 5 /* by default */

/* Draws, or combinations, that a search has.  0: more than RAI_SEARCH_DRAWS. */
size_t rai_search_count(const struct rai_search *s);

/* Checks the space: every value and end of a range must suit its parameter. */
int rai_search_check(const struct rai_search *s, struct rai_err *err);

/* The specification of draw i. */
int rai_search_draw(
    const struct rai_search *s, size_t i, struct rai_fitted *out, struct rai_err *err);

/* Units of work (rai_fitted_units()) of all fits, at most. */
size_t rai_search_units(const struct rai_search *s);

void rai_search_release(struct rai_search *s); /* what was found */

#endif

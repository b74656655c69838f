#ifndef RAI_MODEL_EXPLAIN_H
#define RAI_MODEL_EXPLAIN_H

#include "model/explain_game.h"
#include "model/pipeline.h"

/*
 * What each column of a row adds to the score beyond that of a baseline row: the Shapley values of
 * the game where a set of columns takes its values from the row and all others from the baseline
 * (Sundararajan, Najmi, "The many Shapley values for model explanation", ICML 2020).  Exact: of
 * trees each is walked along both rows at once (interventional TreeSHAP: Lundberg et al., "From
 * local explanations to global understanding with explainable AI for trees", Nature Machine
 * Intelligence 2, 2020).  All features that are made of one column are one player.
 *
 * The parts and the baseline's score add up to the row's score, which is on the scale where the
 * model adds: of a target that was learned as its logarithm the parts are factors, once exp is
 * taken.
 */
struct rai_explanation {
	enum rai_explain_scale scale;
	double base, score; /* of the baseline, of the row */
	double *part;       /* the caller's: one per schema column */
};

/* "value", "log", "log-odds" ... */
const char *rai_explain_scale_name(enum rai_explain_scale scale);

/* 0, or -1 with the reason: this model's score is no sum of parts that can be told apart. */
int rai_explain_check(const struct rai_pipeline *p, struct rai_err *err);

/*
 * output: the class that is explained, or 0 of a number.  *steps: nodes of trees that may be looked
 * at, which bounds the time; less those that were.  1: they were too few.
 */
int rai_explain(const struct rai_pipeline *p, const struct rai_cell *row,
    const struct rai_cell *baseline, size_t output, struct rai_explanation *out, size_t *steps,
    struct rai_err *err);

#endif

#ifndef RAI_SERVE_ANSWER_H
#define RAI_SERVE_ANSWER_H

#include "serve/state.h"

/*
 * Inside of this room: one prediction for people, with what the model file knows about how far it
 * may be off and how the row lies among those that it learned from.
 */

/* The error or the prediction of a page; nothing when it has neither. */
void rai_serve_answer_write(
    struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p);

/* A number or, of a column of dates, a day. */
void rai_serve_answer_value(struct rai_buf *b, const struct rai_col_spec *c, double v);

/*
 * Where nine of ten true values lie around the prediction, as the errors of the hold-out say:
 * between its order statistics of 5 and 95 %, taken outward as split conformal prediction does
 * (Lei et al. 2018), so that the share holds for rows like those.  0 when there are too few.
 */
int rai_serve_answer_interval(const struct rai_serve_facts *f, double prediction, double out[2]);

/* The share of n sorted values that lie below v, ties counting half; NaN of none. */
double rai_serve_answer_rank(const double *sorted, size_t n, double v);

#endif

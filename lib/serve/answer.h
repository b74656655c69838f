#ifndef RAI_SERVE_ANSWER_H
#define RAI_SERVE_ANSWER_H

#include "serve/state.h"

/*
 * Inside of this room: one prediction for people, with what the model file knows about how far it
 * may be off and how the row lies among those that it learned from.
 */

/* The prediction of a page, and which of its values lie outside of training. */
void rai_serve_answer_write(
    struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p);

/* Every value of the page's row among those of training, and what it adds to the prediction. */
void rai_serve_answer_places(
    struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p);

/* "never seen in training" and the like, of a value that lies outside; NULL: it does not. */
const char *rai_serve_answer_outside(const struct rai_col_spec *c, const struct rai_cell *cell);

/* A number or, of a column of dates, a day. */
void rai_serve_answer_value(struct rai_buf *b, const struct rai_col_spec *c, double v);

/* The unit of a column behind some HTML, or nothing where none is declared. */
void rai_serve_answer_unit(struct rai_buf *b, const struct rai_col_spec *c, const char *before);

/*
 * Where nine of ten true values lie around the prediction, as the errors of the hold-out say:
 * between its order statistics of 5 and 95 %, taken outward as split conformal prediction does
 * (Lei et al. 2018), so that the share holds for rows like those.  0 when there are too few.
 */
int rai_serve_answer_interval(const struct rai_serve_facts *f, double prediction, double out[2]);

/* The tenth of n sorted values that is closest to v by rank, from its least to its largest. */
void rai_serve_answer_closest(const double *sorted, size_t n, double v, double out[2]);

/* The share of n sorted values that lie below v, ties counting half; NaN of none. */
double rai_serve_answer_rank(const double *sorted, size_t n, double v);

#endif

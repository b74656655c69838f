#ifndef RAI_TRAIN_HTML_H
#define RAI_TRAIN_HTML_H

#include "base/html.h"
#include "page/page.h"
#include "tool.h"

/*
 * The page of --html: one file without scripts and without anything from elsewhere, whose plots
 * are SVG inside it.  Every name and level in it is foreign text.
 */

/* "<td>0.8123</td>". */
void html_cell(struct rai_buf *b, double v);

/* The metrics, the candidates, the classes, the columns (html_table.c). */
void html_metrics(struct rai_buf *b, const struct result *r);
void html_candidates(struct rai_buf *b, const struct result *r);
void html_slices(struct rai_buf *b, const struct result *r);
void html_confusion(struct rai_buf *b, const struct result *r);
void html_importance(struct rai_buf *b, const struct result *r);
int html_columns(struct rai_buf *b, const struct result *r, struct rai_err *err);

/* Plots of the hold-out as figures (html_plot.c). */
void html_fit(struct rai_buf *b, const struct result *r);
void html_spread(struct rai_buf *b, const struct result *r);
int html_histogram(struct rai_buf *b, const struct result *r, struct rai_err *err);
void html_calibration(struct rai_buf *b, const struct result *r);
void html_curve(struct rai_buf *b, const struct result *r);

#endif

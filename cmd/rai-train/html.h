#ifndef RAI_TRAIN_HTML_H
#define RAI_TRAIN_HTML_H

#include "base/html.h"
#include "tool.h"

/*
 * The page of --html: one file without scripts and without anything from elsewhere, whose plots
 * are SVG inside it.  Every name and level in it is foreign text.
 */

/* The style sheet, in parts, NULL-terminated (html_style.c). */
extern const char *const html_style[];

/* Numbers for people: "0.8123", "163,254", of an unknown one a dash. */
void html_number(struct rai_buf *b, double v);

/* The same for the end of an axis: "0.5", "120k", "1.5M". */
void html_short(struct rai_buf *b, double v);

/* Text whose direction must not reach beyond it: <bdi>...</bdi>. */
void html_name(struct rai_buf *b, const char *s);

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

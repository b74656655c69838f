#ifndef RAI_PAGE_SVG_H
#define RAI_PAGE_SVG_H

#include "base/buf.h"

/* A plot with two axes as inline SVG; colours come from the page's style sheet. */
enum rai_svg_scale { RAI_SVG_LINEAR, RAI_SVG_LOG };

struct rai_svg_axis {
	const char *label; /* foreign text is fine */
	double low, high;  /* low < high; of RAI_SVG_LOG above 0 */
	enum rai_svg_scale scale;
};

struct rai_svg {
	struct rai_buf *out;
	struct rai_svg_axis x, y;
};

/* Opens the figure: axes, grid and labels.  title says what is to be seen, for those who do not. */
void rai_svg_begin(struct rai_svg *s, struct rai_buf *out, const char *title);
void rai_svg_end(struct rai_svg *s, const char *caption); /* the caption is ours: HTML is fine */

/* Where a value lies; what is outside the axes comes to their end. */
double rai_svg_x(const struct rai_svg *s, double v);
double rai_svg_y(const struct rai_svg *s, double v);

/* n points, as dots or joined (a single one is a dot); values that are not finite are left out. */
void rai_svg_dots(struct rai_svg *s, const char *class, const double *x, const double *y, size_t n);
void rai_svg_line(struct rai_svg *s, const char *class, const double *x, const double *y, size_t n);

/*
 * A plot of its own as small as a word: n values from 0 to high, evenly spaced, with a gap where
 * one is not finite, and a dashed line at another value (NaN: none).
 */
void rai_svg_spark(
    struct rai_buf *out, const char *title, const double *y, size_t n, double high, double line);

/* A bar from the x axis up to y, from x0 to x1. */
void rai_svg_bar(struct rai_svg *s, double x0, double x1, double y);

#endif

#ifndef RAI_TRAIN_SVG_H
#define RAI_TRAIN_SVG_H

#include "base/buf.h"

/* A plot with two axes as inline SVG; colours come from the page's style sheet. */
enum svg_scale { SVG_LINEAR, SVG_LOG };

struct svg_axis {
	const char *label; /* foreign text is fine */
	double low, high;  /* low < high; of SVG_LOG above 0 */
	enum svg_scale scale;
};

struct svg {
	struct rai_buf *out;
	struct svg_axis x, y;
};

/* Opens the figure: axes, grid and labels.  title says what is to be seen, for those who do not. */
void svg_begin(struct svg *s, struct rai_buf *out, const char *title);
void svg_end(struct svg *s, const char *caption); /* the caption is ours: HTML is fine */

/* Where a value lies; what is outside the axes comes to their end. */
double svg_x(const struct svg *s, double v);
double svg_y(const struct svg *s, double v);

/* n points, as dots or joined; values that are not finite are left out. */
void svg_dots(struct svg *s, const char *class, const double *x, const double *y, size_t n);
void svg_line(struct svg *s, const char *class, const double *x, const double *y, size_t n);

/* A bar from the x axis up to y, from x0 to x1. */
void svg_bar(struct svg *s, double x0, double x1, double y);

#endif

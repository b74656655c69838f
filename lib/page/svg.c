#include "page/svg.h"

#include <math.h>

#include "base/fpmath.h"
#include "base/html.h"
#include "page/page.h"

/* The drawing's own units; the page scales it to its column. */
enum { WIDTH = 420, HEIGHT = 300, LEFT = 62, RIGHT = 12, TOP = 12, BOTTOM = 46 };
enum { SPARK_WIDTH = 112, SPARK_HEIGHT = 28, SPARK_EDGE = 3 }; /* room for the line's width */

#define LEAST 1e-300 /* of a length: its steps are numbers, too */

static double
place(const struct rai_svg_axis *a, double v)
{
	double at = a->scale == RAI_SVG_LOG
			? (rai_log(v) - rai_log(a->low)) / (rai_log(a->high) - rai_log(a->low))
			: (v - a->low) / (a->high - a->low);

	return !(at > 0) ? 0 : at > 1 ? 1 : at;
}

double
rai_svg_x(const struct rai_svg *s, double v)
{
	return LEFT + place(&s->x, v) * (WIDTH - LEFT - RIGHT);
}

double
rai_svg_y(const struct rai_svg *s, double v)
{
	return HEIGHT - BOTTOM - place(&s->y, v) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, at most six steps over the axis. */
static double
step_of(const struct rai_svg_axis *a)
{
	double least = (a->high - a->low) / 6, power = 1;

	while (power < least)
		power *= 10;
	while (power / 10 >= least)
		power /= 10;
	return power / 5 >= least ? power / 5 : power / 2 >= least ? power / 2 : power;
}

/* Round values on the axis, at most max; returns how many. */
static size_t
ticks(const struct rai_svg_axis *a, double *out, size_t max)
{
	static const double mantissa[] = {1, 2, 5};
	double v, step, first;
	size_t n = 0, i, every;

	if (a->scale == RAI_SVG_LINEAR) {
		step = step_of(a);
		first = ceil(a->low / step - 1e-9);
		for (i = 0; n < max && (v = (first + (double)i) * step) <= a->high + step * 1e-9;
		     i++)
			out[n++] = v == 0 ? 0 : v;
		return n;
	}
	every = a->high / a->low > 300 ? 3 : 1; /* only the powers where there are many */
	for (v = 1; v > a->low; v /= 10)
		;
	for (; v <= a->high && n < max; v *= 10)
		for (i = 0; i < 3 && n < max; i += every)
			if (v * mantissa[i] >= a->low && v * mantissa[i] <= a->high)
				out[n++] = v * mantissa[i];
	return n;
}

static void
draw_axes(struct rai_svg *s)
{
	double at[16];
	size_t n, i;

	n = ticks(&s->x, at, 16);
	for (i = 0; i < n; i++) {
		rai_buf_printf(s->out,
		    "<path class=\"grid\" d=\"M%.1f %dV%d\"/><text x=\"%.1f\" y=\"%d\" "
		    "text-anchor=\"middle\">",
		    rai_svg_x(s, at[i]), TOP, HEIGHT - BOTTOM, rai_svg_x(s, at[i]),
		    HEIGHT - BOTTOM + 17);
		rai_page_short(s->out, at[i]);
		rai_buf_str(s->out, "</text>");
	}
	n = ticks(&s->y, at, 16);
	for (i = 0; i < n; i++) {
		rai_buf_printf(s->out,
		    "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" "
		    "text-anchor=\"end\">",
		    LEFT, rai_svg_y(s, at[i]), WIDTH - RIGHT, LEFT - 7, rai_svg_y(s, at[i]) + 4);
		rai_page_short(s->out, at[i]);
		rai_buf_str(s->out, "</text>");
	}
	rai_buf_printf(s->out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP,
	    HEIGHT - BOTTOM, WIDTH - RIGHT);
	rai_buf_printf(s->out, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
	    (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
	rai_html_text(s->out, s->x.label);
	rai_buf_printf(s->out,
	    "</text><text class=\"label\" transform=\"translate(14 %d) rotate(-90)\" "
	    "text-anchor=\"middle\">",
	    (TOP + HEIGHT - BOTTOM) / 2);
	rai_html_text(s->out, s->y.label);
	rai_buf_str(s->out, "</text>\n");
}

/* An axis without a length, or with one that no number divides, would be drawn for ever. */
static void
check_axis(struct rai_svg_axis *a)
{
	if (a->high - a->low >= LEAST && isfinite(a->high - a->low) &&
	    (a->scale == RAI_SVG_LINEAR || a->low >= LEAST))
		return;
	*a = (struct rai_svg_axis){a->label,
	    isfinite(a->low) && fabs(a->low) < 1e300 ? a->low - 1 : 0,
	    isfinite(a->low) && fabs(a->low) < 1e300 ? a->low + 1 : 1, RAI_SVG_LINEAR};
	if (!(a->high > a->low))
		a->low = 0, a->high = 1;
}

void
rai_svg_begin(struct rai_svg *s, struct rai_buf *out, const char *title)
{
	s->out = out;
	check_axis(&s->x);
	check_axis(&s->y);
	rai_buf_printf(
	    out, "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
	rai_html_text(out, title);
	rai_buf_str(out, "\">");
	draw_axes(s);
}

void
rai_svg_end(struct rai_svg *s, const char *caption)
{
	rai_buf_printf(s->out, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}

void
rai_svg_dots(struct rai_svg *s, const char *class, const double *x, const double *y, size_t n)
{
	size_t i;

	rai_buf_printf(s->out, "<path class=\"%s\" d=\"", class);
	for (i = 0; i < n; i++)
		if (isfinite(x[i]) && isfinite(y[i]))
			rai_buf_printf(
			    s->out, "M%.1f %.1fh0", rai_svg_x(s, x[i]), rai_svg_y(s, y[i]));
	rai_buf_str(s->out, "\"/>\n");
}

void
rai_svg_line(struct rai_svg *s, const char *class, const double *x, const double *y, size_t n)
{
	size_t i, drawn = 0;

	rai_buf_printf(s->out, "<path class=\"%s\" d=\"", class);
	for (i = 0; i < n; i++)
		if (isfinite(x[i]) && isfinite(y[i]))
			rai_buf_printf(s->out, "%c%.1f %.1f", drawn++ > 0 ? 'L' : 'M',
			    rai_svg_x(s, x[i]), rai_svg_y(s, y[i]));
	rai_buf_str(s->out, drawn == 1 ? "h0\"/>\n" : "\"/>\n");
}

void
rai_svg_bar(struct rai_svg *s, double x0, double x1, double y)
{
	double left = rai_svg_x(s, x0), top = rai_svg_y(s, y);

	rai_buf_printf(s->out,
	    "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", left, top,
	    fmax(0, rai_svg_x(s, x1) - left - 0.7), HEIGHT - BOTTOM - top);
}

void
rai_svg_spark(
    struct rai_buf *out, const char *title, const double *y, size_t n, double high, double line)
{
	const double tall = SPARK_HEIGHT - 2 * SPARK_EDGE, wide = SPARK_WIDTH - 2 * SPARK_EDGE;
	double step = n > 1 ? wide / (double)(n - 1) : 0;
	int joined = 0;
	size_t i;

	rai_buf_printf(out, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
	    SPARK_WIDTH, SPARK_HEIGHT);
	rai_html_text(out, title);
	rai_buf_str(out, "\">");
	if (isfinite(line))
		rai_buf_printf(out, "<path class=\"ideal\" d=\"M%d %.1fh%.0f\"/>", SPARK_EDGE,
		    SPARK_EDGE + tall * (1 - fmin(1, fmax(0, line / high))), wide);
	rai_buf_str(out, "<path class=\"first\" d=\"");
	for (i = 0; i < n; i++) {
		if (isfinite(y[i]))
			rai_buf_printf(out, joined ? "L%.1f %.1f" : "M%.1f %.1fh0",
			    SPARK_EDGE + step * (double)i,
			    SPARK_EDGE + tall * (1 - fmin(1, fmax(0, y[i] / high))));
		joined = isfinite(y[i]);
	}
	rai_buf_str(out, "\"/></svg>");
}

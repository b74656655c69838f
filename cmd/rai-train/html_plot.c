#include "html.h"

#include <math.h>
#include <stdlib.h>

#include "page/svg.h"

#define DOTS 1500 /* rows drawn; of more, this many spread over the hold-out */
#define BINS 41   /* of the histogram */

/* The rows that are drawn. */
struct dots {
	double x[DOTS], y[DOTS];
	size_t n;
};

static size_t
row_of_dot(size_t i, size_t n)
{
	return n <= DOTS ? i : (size_t)((double)i * (double)n / DOTS);
}

static void
extend(struct rai_svg_axis *a, double v)
{
	if (!isfinite(v))
		return;
	a->low = !(a->low <= v) ? v : a->low;
	a->high = !(a->high >= v) ? v : a->high;
}

static void
note_dots(struct rai_buf *b, size_t n)
{
	if (n > DOTS)
		rai_buf_printf(b, " %d of %zu rows are drawn.", DOTS, n);
}

void
html_fit(struct rai_buf *b, const struct result *r)
{
	struct rai_scored s = rai_trained_scored(r->trained);
	struct rai_svg_axis both = {NULL, NAN, NAN, RAI_SVG_LINEAR};
	struct rai_buf caption = RAI_BUF_INIT(1024);
	struct dots d = {.n = s.n < DOTS ? s.n : DOTS};
	struct rai_svg plot;
	double ends[2];
	size_t i;

	for (i = 0; i < s.n; i++) {
		extend(&both, s.actual[i]);
		extend(&both, s.predicted[i]);
	}
	if (r->trained->unit == RAI_UNIT_LOG && both.low > 0)
		both.scale = RAI_SVG_LOG;
	plot.x = plot.y = both;
	plot.x.label = "predicted";
	plot.y.label = "actual";
	for (i = 0; i < d.n; i++) {
		d.x[i] = s.predicted[row_of_dot(i, s.n)];
		d.y[i] = s.actual[row_of_dot(i, s.n)];
	}
	ends[0] = both.low;
	ends[1] = both.high;
	rai_svg_begin(&plot, b, "Actual values against predictions, one dot per held-out row");
	rai_svg_dots(&plot, "dots", d.x, d.y, d.n);
	rai_svg_line(&plot, "ideal", ends, ends, 2);
	rai_buf_printf(&caption,
	    "<b>Actual against predicted.</b> On the line a prediction is right%s.",
	    both.scale == RAI_SVG_LOG ? "; both axes are logarithmic, as the target was learned"
				      : "");
	note_dots(&caption, s.n);
	rai_svg_end(&plot, caption.ptr);
	rai_buf_free(&caption);
}

void
html_spread(struct rai_buf *b, const struct result *r)
{
	struct rai_scored s = rai_trained_scored(r->trained);
	struct rai_buf caption = RAI_BUF_INIT(1024);
	struct dots d = {.n = s.n < DOTS ? s.n : DOTS};
	struct rai_svg plot = {NULL, {"predicted", NAN, NAN, RAI_SVG_LINEAR},
	    {"actual \xe2\x88\x92 predicted", NAN, NAN, RAI_SVG_LINEAR}};
	double ends[2], zero[2] = {0, 0};
	size_t i;

	for (i = 0; i < s.n; i++) {
		extend(&plot.x, s.predicted[i]);
		extend(&plot.y, s.actual[i] - s.predicted[i]);
	}
	extend(&plot.y, 0);
	if (r->trained->unit == RAI_UNIT_LOG && plot.x.low > 0)
		plot.x.scale = RAI_SVG_LOG;
	for (i = 0; i < d.n; i++) {
		d.x[i] = s.predicted[row_of_dot(i, s.n)];
		d.y[i] = s.actual[row_of_dot(i, s.n)] - d.x[i];
	}
	ends[0] = plot.x.low;
	ends[1] = plot.x.high;
	rai_svg_begin(&plot, b, "Residuals against predictions, one dot per held-out row");
	rai_svg_dots(&plot, "dots", d.x, d.y, d.n);
	rai_svg_line(&plot, "ideal", ends, zero, 2);
	rai_buf_str(&caption,
	    "<b>Residuals over the range.</b> A bend or a funnel is something that "
	    "the model has not learned.");
	note_dots(&caption, s.n);
	rai_svg_end(&plot, caption.ptr);
	rai_buf_free(&caption);
}

/* Twice as wide as nine tenths of the residuals; what is outside is counted in the ends. */
int
html_histogram(struct rai_buf *b, const struct result *r, struct rai_err *err)
{
	const struct rai_residuals *v = &r->explained.residuals;
	struct rai_scored s = rai_trained_scored(r->trained);
	double reach = 2 * fmax(fabs(v->quantile[1]), fabs(v->quantile[5]));
	struct rai_svg plot = {NULL,
	    {"actual \xe2\x88\x92 predicted", -reach, reach, RAI_SVG_LINEAR},
	    {"rows", 0, 0, RAI_SVG_LINEAR}};
	double count[BINS] = {0}, zero[2] = {0, 0}, ends[2], width;
	struct rai_buf caption = RAI_BUF_INIT(1024);
	size_t i;

	if (!(reach > 0) || !isfinite(reach * 2)) {
		rai_buf_str(b, "<p>All residuals are alike.</p>\n");
		return 0;
	}
	width = 2 * reach / BINS;
	for (i = 0; i < s.n; i++) {
		double at = (s.actual[i] - s.predicted[i] + reach) / width;

		count[!(at > 0) ? 0 : at >= BINS ? BINS - 1 : (size_t)at]++;
	}
	for (i = 0; i < BINS; i++)
		plot.y.high = fmax(plot.y.high, count[i]);
	ends[0] = 0;
	ends[1] = plot.y.high;
	rai_svg_begin(&plot, b, "Histogram of the residuals of the hold-out");
	for (i = 0; i < BINS; i++)
		if (count[i] > 0)
			rai_svg_bar(&plot, -reach + (double)i * width,
			    -reach + (double)(i + 1) * width, count[i]);
	rai_svg_line(&plot, "ideal", zero, ends, 2);
	rai_buf_str(&caption, "<b>Residuals.</b> Half of them are between ");
	rai_page_number(&caption, v->quantile[2]);
	rai_buf_str(&caption, " and ");
	rai_page_number(&caption, v->quantile[4]);
	rai_buf_str(&caption, ", nine tenths between ");
	rai_page_number(&caption, v->quantile[1]);
	rai_buf_str(&caption, " and ");
	rai_page_number(&caption, v->quantile[5]);
	rai_buf_str(&caption, ". The end bars hold all beyond.");
	rai_svg_end(&plot, caption.ptr);
	if (caption.bad) {
		rai_buf_free(&caption);
		return rai_fail_memory(err);
	}
	rai_buf_free(&caption);
	return 0;
}

void
html_calibration(struct rai_buf *b, const struct result *r)
{
	const struct explained *e = &r->explained;
	int two = r->trained->pipeline.fitted.nclass == 2;
	struct rai_svg plot = {NULL, {"probability that was said", 0, 1, RAI_SVG_LINEAR},
	    {two ? "share that is so" : "share that is right", 0, 1, RAI_SVG_LINEAR}};
	double x[RAI_RELIABILITY_GROUPS], y[RAI_RELIABILITY_GROUPS];
	static const double ends[2] = {0, 1};
	size_t i;

	for (i = 0; i < e->nreliability; i++) {
		x[i] = e->reliability[i].said;
		y[i] = e->reliability[i].is;
	}
	rai_svg_begin(&plot, b, "Calibration: the share that is so against the probability said");
	rai_svg_line(&plot, "ideal", ends, ends, 2);
	rai_svg_line(&plot, "first", x, y, e->nreliability);
	rai_svg_dots(&plot, "first marks", x, y, e->nreliability);
	rai_svg_end(
	    &plot, two ? "<b>Calibration of the positive class.</b> On the line a probability "
			 "means what it says; each dot is a tenth of the rows."
		       : "<b>Calibration of the class that is said.</b> On the line a "
			 "probability means what it says; each dot is a tenth of the rows.");
}

void
html_curve(struct rai_buf *b, const struct result *r)
{
	const struct explained *e = &r->explained;
	struct rai_svg plot = {NULL, {"training rows", 0, 0, RAI_SVG_LINEAR},
	    {rai_metric_names[r->plan->train.metric], NAN, NAN, RAI_SVG_LINEAR}};
	double x[RAI_CURVE_POINTS], train[RAI_CURVE_POINTS], test[RAI_CURVE_POINTS], pad;
	size_t i;

	for (i = 0; i < e->ncurve; i++) {
		x[i] = (double)e->curve[i].rows;
		train[i] = e->curve[i].train;
		test[i] = e->curve[i].test;
		extend(&plot.x, x[i]);
		extend(&plot.y, train[i]);
		extend(&plot.y, test[i]);
	}
	pad = (plot.y.high - plot.y.low) * 0.05;
	plot.y.low -= pad;
	plot.y.high += pad;
	rai_svg_begin(&plot, b, "Learning curve: the metric against the number of training rows");
	rai_svg_line(&plot, "first", x, test, e->ncurve);
	rai_svg_dots(&plot, "first marks", x, test, e->ncurve);
	rai_svg_line(&plot, "second", x, train, e->ncurve);
	rai_svg_dots(&plot, "second marks square", x, train, e->ncurve);
	rai_svg_end(&plot,
	    "<b>Learning curve.</b> <span class=\"key first\">on the hold-out</span>, "
	    "<span class=\"key second\">on the training rows (dashed)</span>. A curve "
	    "that has not levelled off asks for more rows; a wide gap is overfitting.");
}

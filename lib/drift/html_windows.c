#include <math.h>
#include <stdlib.h>

#include "drift/html_priv.h"
#include "page/svg.h"

#define ROWS 30 /* of the table of windows in which something moved */

/* The marks of one kind as points of a plot. */
struct points {
	double *x, *y, *low, *high;
	size_t n;
	const struct rai_drift_mark **mark;
};

static void
points_free(struct points *v)
{
	free(v->x);
	free(v->y);
	free(v->low);
	free(v->high);
	free(v->mark);
}

static int
points_make(struct points *v, const struct rai_drift_history *h, int labels)
{
	size_t i;

	v->n = 0;
	v->x = calloc(h->n + 1, sizeof(*v->x));
	v->y = calloc(h->n + 1, sizeof(*v->y));
	v->low = calloc(h->n + 1, sizeof(*v->low));
	v->high = calloc(h->n + 1, sizeof(*v->high));
	v->mark = calloc(h->n + 1, sizeof(*v->mark));
	if (v->x == NULL || v->y == NULL || v->low == NULL || v->high == NULL || v->mark == NULL)
		return -1;
	for (i = 0; i < h->n; i++) {
		const struct rai_drift_mark *m = &h->mark[i];

		if (m->labels != labels)
			continue;
		v->mark[v->n] = m;
		v->x[v->n] = (double)m->number;
		v->y[v->n] = labels ? m->accuracy : (double)m->hot;
		v->low[v->n] = m->low;
		v->high[v->n++] = m->high;
	}
	return 0;
}

/* Room on both sides, so that a single window stands in the middle. */
static struct rai_svg_axis
window_axis(const struct points *v, const char *label)
{
	return (struct rai_svg_axis){label, v->x[0] - 0.5, v->x[v->n - 1] + 0.5, RAI_SVG_LINEAR};
}

/* The marks after which this verdict stood. */
static void
draw_verdict(
    struct rai_svg *s, const struct points *v, enum rai_drift_verdict verdict, const char *class)
{
	double *x = calloc(v->n, sizeof(*x)), *y = calloc(v->n, sizeof(*y));
	size_t i, n = 0;

	for (i = 0; x != NULL && y != NULL && i < v->n; i++)
		if (v->mark[i]->verdict == verdict) {
			x[n] = v->x[i];
			y[n++] = v->y[i];
		}
	if (x == NULL || y == NULL)
		s->out->bad = 1;
	else if (n > 0)
		rai_svg_dots(s, class, x, y, n);
	free(x);
	free(y);
}

static void
plot_inputs(struct rai_buf *b, const struct points *v)
{
	struct rai_svg s = {
	    NULL, window_axis(v, "window"), {"columns that moved", 0, 5, RAI_SVG_LINEAR}};
	size_t i;

	for (i = 0; i < v->n; i++)
		s.y.high = fmax(s.y.high, v->y[i] + 0.5);
	s.y.low = -0.05 * s.y.high;
	rai_svg_begin(
	    &s, b, "Columns that moved in each window of inputs, and the verdict after it");
	rai_svg_line(&s, "thin", v->x, v->y, v->n);
	draw_verdict(&s, v, RAI_DRIFT_NONE, "good marks");
	draw_verdict(&s, v, RAI_DRIFT_INSUFFICIENT, "good marks");
	draw_verdict(&s, v, RAI_DRIFT_MOVED, "second marks square");
	draw_verdict(&s, v, RAI_DRIFT_BROKEN, "bad marks square");
	rai_svg_end(&s, "<b>The verdict over time.</b> One mark for each window: "
			"<span class=\"key good\">round, no drift stood after it</span>; "
			"<span class=\"key second\">square, drift</span>; "
			"<span class=\"key bad\">square, the input was broken</span>.");
}

static void
plot_accuracy(struct rai_buf *b, const struct rai_drift_page *p, const struct points *v)
{
	double reference = p->history->profile->accuracy, below = p->about->rule.accuracy_below;
	struct rai_svg s = {
	    NULL, window_axis(v, "window of labels"), {"accuracy", 1, 0, RAI_SVG_LINEAR}};
	double ends[2] = {s.x.low, s.x.high}, at[2], x[2], y[2];
	size_t i;

	for (i = 0; i < v->n; i++) {
		s.y.low = fmin(s.y.low, fmin(v->low[i], v->y[i]));
		s.y.high = fmax(s.y.high, fmax(v->high[i], v->y[i]));
	}
	s.y.low = fmin(fmin(s.y.low, reference), below);
	s.y.high = fmax(fmax(s.y.high, reference), below);
	s.y.low = fmax(0, s.y.low - 0.05);
	s.y.high = fmin(1, s.y.high + 0.05);
	rai_svg_begin(&s, b, "Accuracy of each window of labels, with its interval");
	for (i = 0; i < v->n; i++) {
		x[0] = x[1] = v->x[i];
		y[0] = v->low[i];
		y[1] = v->high[i];
		rai_svg_line(&s, "thin", x, y, 2);
	}
	at[0] = at[1] = reference;
	if (isfinite(reference))
		rai_svg_line(&s, "ideal", ends, at, 2);
	at[0] = at[1] = below;
	if (isfinite(below))
		rai_svg_line(&s, "second", ends, at, 2);
	rai_svg_line(&s, "first", v->x, v->y, v->n);
	rai_svg_dots(&s, "first marks", v->x, v->y, v->n);
	rai_svg_end(&s, isnan(below)
			    ? "<b>Accuracy where true values have come</b>, with its interval; "
			      "dashed: the hold-out of training."
			    : "<b>Accuracy where true values have come</b>, with its interval; "
			      "finely dashed: the hold-out of training; "
			      "<span class=\"key second\">dashed: the accuracy that was asked "
			      "for</span>.");
}

static void
window_row(struct rai_buf *b, const struct rai_drift_mark *m)
{
	size_t i;

	rai_buf_printf(b, "<tr><th scope=\"row\">%s %lld</th><td class=\"text\">",
	    m->labels ? "labels" : "inputs", (long long)m->number);
	rai_drift_html_time(b, m->to_ms);
	rai_buf_printf(b, "</td><td>%lld</td><td class=\"text\">", (long long)m->rows);
	for (i = 0; i < m->hot && i < RAI_DRIFT_HOT; i++) {
		rai_buf_str(b, i > 0 ? ", " : "");
		rai_page_name(b, m->name[i]);
	}
	if (m->hot > RAI_DRIFT_HOT)
		rai_buf_printf(b, " and %zu more", m->hot - RAI_DRIFT_HOT);
	if (m->hot == 0)
		rai_buf_str(b, m->broken ? "rows sent twice" : "\xe2\x80\x93");
	rai_buf_printf(b, "</td><td class=\"text\">%s, %s</td></tr>\n",
	    rai_drift_verdict_names[m->verdict], rai_drift_advice_names[m->advice]);
}

/* The newest first. */
static void
table_windows(struct rai_buf *b, const struct rai_drift_history *h)
{
	size_t i, shown = 0, hot = 0;

	for (i = 0; i < h->n; i++)
		hot += h->mark[i].hot > 0 || h->mark[i].broken;
	if (hot == 0) {
		rai_buf_printf(b,
		    "<p class=\"note\">In none of the newest %zu windows has anything moved.</p>\n",
		    h->n);
		return;
	}
	rai_buf_str(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		       "aria-label=\"Windows in which something moved\"><table><caption>Windows in "
		       "which something moved, the newest first</caption><thead><tr><th "
		       "scope=\"col\">window of</th><th scope=\"col\" class=\"text\">until</th><th "
		       "scope=\"col\">rows</th><th scope=\"col\" class=\"text\">what moved</th><th "
		       "scope=\"col\" class=\"text\">verdict and advice after it</th></tr></thead>"
		       "<tbody>\n");
	for (i = h->n; i-- > 0 && shown < ROWS;)
		if (h->mark[i].hot > 0 || h->mark[i].broken) {
			window_row(b, &h->mark[i]);
			shown++;
		}
	rai_buf_str(b, "</tbody></table></div>\n");
	if (hot > shown)
		rai_buf_printf(b, "<p class=\"note\">The newest %zu of %zu.</p>\n", shown, hot);
}

void
rai_drift_html_windows(struct rai_buf *b, const struct rai_drift_page *p)
{
	struct points inputs = {NULL}, labels = {NULL};

	if (p->history->n == 0)
		return;
	rai_buf_str(b, "<section><h2>Over time</h2>\n<div class=\"plots\">\n");
	if (points_make(&inputs, p->history, 0) != 0 || points_make(&labels, p->history, 1) != 0)
		b->bad = 1;
	if (!b->bad && inputs.n > 0)
		plot_inputs(b, &inputs);
	if (!b->bad && labels.n > 0)
		plot_accuracy(b, p, &labels);
	rai_buf_str(b, "</div>\n");
	table_windows(b, p->history);
	rai_buf_str(b, "</section>\n");
	points_free(&inputs);
	points_free(&labels);
}

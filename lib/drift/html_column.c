#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "drift/html_priv.h"
#include "page/svg.h"

#define BARS 12 /* categories shown by name */

const char *
rai_drift_html_word(const struct rai_drift_check *c)
{
	return c->broken     ? "broken"
	       : c->drifted  ? "moved"
	       : c->withheld ? "not in the log"
	       : c->judged   ? "as before"
			     : "time, not judged";
}

const char *
rai_drift_html_tone(const struct rai_drift_check *c)
{
	return c->broken ? "failed" : c->drifted ? "unclear" : c->judged ? "passed" : "plain";
}

static double
sum(const int64_t *count, size_t n)
{
	double all = 0;
	size_t i;

	for (i = 0; i < n; i++)
		all += (double)count[i];
	return all;
}

/* A histogram's corners: from the axis up, along each bin, and down again. */
struct outline {
	double *x, *y;
	size_t n;
};

static void
corner(struct outline *o, double x, double y)
{
	o->x[o->n] = x;
	o->y[o->n++] = y;
}

/*
 * Density of the counts over bins between edges: the first and the last bin have no end and hold
 * what lies beyond; they are drawn to low and high.
 */
static void
trace(struct outline *o, const struct rai_profile_col *c, const int64_t *count, double low,
    double high, double unit)
{
	double all = sum(count, c->nbin), from, to;
	size_t i;

	o->n = 0;
	corner(o, low, 0);
	for (i = 0; i < c->nbin; i++) {
		from = i == 0 ? low : c->edge[i - 1];
		to = i + 1 == c->nbin ? high : c->edge[i];
		if (!(to > from) || !(all > 0))
			continue;
		corner(o, from, (double)count[i] / all / (to - from) / unit);
		corner(o, to, o->y[o->n - 1]);
	}
	corner(o, high, 0);
}

static double
highest(const struct outline *o)
{
	double most = 0;
	size_t i;

	for (i = 0; i < o->n; i++)
		most = fmax(most, o->y[i]);
	return most;
}

/* From the reference's 0.5 to its 99.5 % quantile, and past its inner edges in any case. */
static void
reach(const struct rai_profile_col *c, double *low, double *high)
{
	size_t k = c->nquantile / 200;
	double edge = c->nbin > 1 ? c->edge[0] : NAN,
	       last = c->nbin > 1 ? c->edge[c->nbin - 2] : NAN;
	double width;

	*low = c->nquantile > 0 ? c->quantile[k] : c->min;
	*high = c->nquantile > 0 ? c->quantile[c->nquantile - 1 - k] : c->max;
	width = c->nbin > 2 ? (last - edge) / (double)(c->nbin - 2) : 1;
	if (!(*low < edge))
		*low = edge - (width > 0 ? width : 1);
	if (!(*high > last))
		*high = last + (width > 0 ? width : 1);
}

static void
draw(struct rai_buf *b, const struct rai_drift_shown *c, struct outline *was, struct outline *now)
{
	struct rai_svg s = {
	    NULL, {"value", 0, 1, RAI_SVG_LINEAR}, {"density", 0, 1, RAI_SVG_LINEAR}};
	double unit;

	reach(c->ref, &s.x.low, &s.x.high);
	trace(was, c->ref, c->ref->count, s.x.low, s.x.high, 1);
	unit = highest(was);
	unit = unit > 0 ? unit : 1;
	trace(was, c->ref, c->ref->count, s.x.low, s.x.high, unit);
	now->n = 0;
	if (c->bin != NULL)
		trace(now, c->ref, c->bin, s.x.low, s.x.high, unit);
	s.y.high = 1.05 * fmax(highest(was), highest(now));
	rai_svg_begin(&s, b, "The values of reference and window as two histograms");
	rai_svg_line(&s, "area", was->x, was->y, was->n);
	if (now->n > 2)
		rai_svg_line(&s, "second solid", now->x, now->y, now->n);
	rai_svg_end(&s, "<span class=\"key first\">Filled: the reference</span>; "
			"<span class=\"key second\">line: this window</span>. The outermost bins "
			"hold all that lies beyond.");
}

static void
histogram(struct rai_buf *b, const struct rai_drift_shown *c)
{
	size_t room = 2 * c->ref->nbin + 4;
	double *at = calloc(4 * room, sizeof(*at));
	struct outline was, now;

	if (at == NULL) {
		b->bad = 1;
		return;
	}
	was = (struct outline){at, at + room, 0};
	now = (struct outline){at + 2 * room, at + 3 * room, 0};
	if (c->ref->nbin > 1)
		draw(b, c, &was, &now);
	else
		rai_buf_str(b, "<p class=\"note\">The reference has one value only.</p>\n");
	free(at);
}

/* A category with its counts. */
struct bar {
	size_t bin;
	double was, now; /* shares */
};

static int
larger_first(const void *x, const void *y)
{
	const struct bar *a = x, *b = y;
	double p = fmax(a->was, a->now), q = fmax(b->was, b->now);

	if (p != q)
		return p < q ? 1 : -1;
	return (a->bin > b->bin) - (a->bin < b->bin);
}

static void
bar_row(struct rai_buf *b, const char *name, int foreign, const struct bar *v, double widest)
{
	rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
	if (foreign)
		rai_page_name(b, name);
	else
		rai_buf_printf(b, "<i>%s</i>", name);
	rai_buf_printf(b,
	    "</th><td><span class=\"track thin\"><i style=\"width:%.1f%%\"></i></span><span "
	    "class=\"track thin now\"><i style=\"width:%.1f%%\"></i></span></td><td>%.1f %%</td>"
	    "<td>%.1f %%</td></tr>\n",
	    widest > 0 ? 100 * v->was / widest : 0, widest > 0 ? 100 * v->now / widest : 0,
	    100 * v->was, 100 * v->now);
}

static void
bars(struct rai_buf *b, const struct rai_drift_shown *c)
{
	size_t n = c->ref->nbin, i, first;
	double was = sum(c->ref->count, n) + (double)c->ref->unseen;
	double now = c->bin != NULL ? sum(c->bin, n) + (double)c->bin[n + 1] : 0, widest;
	struct bar *bar = calloc(n + 1, sizeof(*bar)), rest = {0, 0, 0}, fresh = {0, 0, 0};

	if (bar == NULL) {
		b->bad = 1;
		return;
	}
	for (i = 0; i < n; i++)
		bar[i] = (struct bar){i, was > 0 ? (double)c->ref->count[i] / was : 0,
		    now > 0 ? (double)c->bin[i] / now : 0};
	qsort(bar, n, sizeof(*bar), larger_first);
	first = n <= BARS + 1 ? n : BARS;
	for (i = first; i < n; i++) {
		rest.was += bar[i].was;
		rest.now += bar[i].now;
	}
	fresh.was = was > 0 ? (double)c->ref->unseen / was : 0;
	fresh.now = now > 0 ? (double)c->bin[n + 1] / now : 0;
	widest = fmax(n > 0 ? fmax(bar[0].was, bar[0].now) : 0, fmax(rest.was, rest.now));
	widest = fmax(widest, fmax(fresh.was, fresh.now));
	rai_buf_str(b,
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Categories\">"
	    "<table class=\"bars\"><thead><tr><th scope=\"col\">category</th><td></td><th "
	    "scope=\"col\"><span class=\"key first\">reference</span></th><th "
	    "scope=\"col\"><span class=\"key second\">window</span></th></tr></thead>"
	    "<tbody>\n");
	for (i = 0; i < first; i++)
		bar_row(b, c->ref->level[bar[i].bin], 1, &bar[i], widest);
	if (first < n) {
		char name[40];

		snprintf(name, sizeof(name), "%zu others", n - first);
		bar_row(b, name, 0, &rest, widest);
	}
	bar_row(b, "new categories", 0, &fresh, widest);
	rai_buf_str(b, "</tbody></table></div>\n");
	free(bar);
}

/* "<dt>PSI</dt><dd>0.0123, without drift about 0.0098</dd>" */
static void
measured(struct rai_buf *b, const char *what, double v, double expected)
{
	if (isnan(v))
		return;
	rai_buf_printf(b, "<dt>%s</dt><dd>", what);
	rai_page_number(b, v);
	if (isfinite(expected)) {
		rai_buf_str(b, " <span class=\"note\">without drift about ");
		rai_page_number(b, expected);
		rai_buf_str(b, "</span>");
	}
	rai_buf_str(b, "</dd>\n");
}

static void
share(struct rai_buf *b, const char *what, double v, const char *than, double expected, double p)
{
	char text[RAI_DRIFT_P_TEXT];

	rai_buf_printf(b, "<dt>%s</dt><dd>%.2f %% <span class=\"note\">%s %.2f %%, p ", what,
	    100 * v, than, 100 * expected);
	rai_html_text(b, rai_drift_p_text(p, text));
	rai_buf_str(b, "</span></dd>\n");
}

static void
statistics(struct rai_buf *b, const struct rai_drift_check *c)
{
	rai_buf_printf(b, "<dl class=\"facts\">\n<dt>values</dt><dd>%zu</dd>\n", c->n);
	measured(b, "PSI", c->psi, c->psi_expected);
	measured(b, "JS distance", c->js, c->js_expected);
	if (c->kind == RAI_PROFILE_NUM) {
		measured(b, "KS D", c->d, NAN);
		measured(b, "W1, in sd", c->w1, c->w1_expected);
	} else {
		measured(b, "total variation", c->tv, NAN);
		measured(b, "chi-squared", c->x2, (double)c->df);
	}
	rai_buf_printf(
	    b, "<dt>p</dt><dd>%.3g <span class=\"note\">of this test alone</span></dd>\n", c->p);
	share(b, "missing", c->missing, "reference", c->missing_ref, c->p_missing);
	if (c->kind == RAI_PROFILE_NUM)
		share(b, "in the tails", c->outside, "expected", c->outside_ref, c->p_outside);
	else
		share(b, "new categories", c->unseen, "expected", c->unseen_ref, c->p_unseen);
	rai_buf_str(b, "</dl>\n");
}

void
rai_drift_html_column(struct rai_buf *b, const struct rai_drift_shown *c)
{
	const struct rai_drift_check *k = c->check;

	rai_buf_printf(b, "<article class=\"column %s\"><h3>", rai_drift_html_tone(k));
	if (c->role != NULL)
		rai_buf_printf(b, "<i>%s</i>", c->role);
	else
		rai_page_name(b, k->name);
	rai_buf_printf(b, " <span class=\"badge\">%s</span></h3>\n", rai_drift_html_word(k));
	if (k->why[0] != '\0') {
		rai_buf_str(b, "<p>");
		rai_page_name(b, k->why);
		rai_buf_str(b, "</p>\n");
	}
	if (c->ref->kind == RAI_PROFILE_CAT)
		bars(b, c);
	else
		histogram(b, c);
	statistics(b, k);
	rai_buf_str(b, "</article>\n");
}

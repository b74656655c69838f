#include <math.h>
#include <stdio.h>

#include "base/html.h"
#include "page/svg.h"
#include "serve/dashboard.h"
#include "serve/moved.h"
#include "serve/shell.h"

/* The dashboard's table of drift. */

/* DAY_FROM: hours, from which on a course is that of the day; NAMES: that a tile has room for. */
enum { DAY_FROM = 3, NAMES = 5 };
#define HIGH 2.0 /* units of the threshold that bars and courses end at */

/* One table. */
struct table {
	const struct rai_serve_live *live;
	int64_t now_ms;
	enum rai_rolling_window course;
};

static int
has_moved(const struct rai_serve_moved *m)
{
	return m->judged && m->psi > m->threshold;
}

void
rai_serve_drifting_say(const struct rai_serve_live *live, struct rai_buf *b)
{
	const struct rai_schema *s = live->model.schema;
	struct rai_buf names = RAI_BUF_INIT(1 << 16);
	struct rai_serve_moved m;
	size_t i, judged = 0, moved = 0;

	for (i = 0; i < s->n; i++) {
		if (rai_serve_moved(live, i, &m) != 0 || !m.judged)
			continue;
		judged++;
		if (!has_moved(&m) || moved++ >= NAMES)
			continue;
		rai_buf_str(&names, moved > 1 ? ", " : "");
		rai_page_name(&names, s->col[i].name);
	}
	if (judged > 0) {
		rai_buf_printf(b, "%zu<small>", moved);
		rai_buf_add(b, names.ptr, names.len);
		if (moved > NAMES)
			rai_buf_printf(b, " and %zu more", moved - NAMES);
		rai_buf_printf(
		    b, "%sof %zu with enough values</small>", moved > 0 ? "<br>" : "", judged);
	} else
		rai_buf_str(b, "\xe2\x80\x93<small>not enough values yet</small>");
	rai_buf_free(&names);
}

static void
write_verdict(struct rai_buf *b, const struct rai_serve_moved *m)
{
	const char *class = "hint", *text = "a date moves by itself";

	if (!m->enough)
		text = "not enough values";
	else if (has_moved(m))
		class = "bad", text = "moved";
	else if (m->judged)
		class = "fine", text = "as in training";
	rai_buf_printf(b, "<td class=\"text\"><span class=\"%s\">%s</span></td>", class, text);
}

/* The index step by step, where at least one step has enough values. */
static void
write_course(struct rai_buf *b, const struct table *t, size_t col)
{
	double y[RAI_ROLLING_SERIES], most = -INFINITY;
	size_t n = rai_serve_moved_series(t->live, col, t->course, y), i, known = 0;
	char title[128];

	for (i = 0; i < n; i++)
		if (isfinite(y[i])) {
			most = fmax(most, y[i]);
			known++;
		}
	if (known == 0) {
		rai_buf_str(b, "<td class=\"none\">\xe2\x80\x93</td>");
		return;
	}
	snprintf(title, sizeof(title),
	    "%zu of %zu steps have enough values; at most %.2f of the threshold", known, n, most);
	rai_buf_str(b, "<td>");
	rai_svg_spark(b, title, y, n, HIGH, 1);
	rai_buf_str(b, "</td>");
}

static void
write_row(struct rai_buf *b, const struct table *t, size_t col, const char *name)
{
	struct rai_serve_moved m;

	if (rai_serve_moved(t->live, col, &m) != 0)
		return;
	rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
	rai_page_name(b, name);
	rai_buf_str(b, "</th>");
	write_verdict(b, &m);
	if (m.enough) {
		rai_buf_printf(b, "<td>%.3f</td><td>%.3f</td><td>", m.psi, m.threshold);
		rai_serve_shell_bar(
		    b, has_moved(&m) ? "bad" : "", m.psi / m.threshold / HIGH, 1 / HIGH);
		rai_buf_str(b, "</td>");
	} else
		rai_buf_str(b, "<td class=\"none\">\xe2\x80\x93</td><td "
			       "class=\"none\">\xe2\x80\x93</td><td></td>");
	write_course(b, t, col);
	rai_buf_str(b, "<td>");
	rai_page_whole(b, (double)m.n);
	rai_buf_str(b, "</td><td>");
	rai_serve_dashboard_span(b, t->now_ms - m.since_ms);
	rai_buf_str(b, "</td></tr>\n");
}

static void
write_table(struct rai_buf *b, const struct table *t)
{
	const struct rai_schema *s = t->live->model.schema;
	size_t i;

	rai_buf_printf(b,
	    "<table><caption>Population stability index by feature</caption><thead><tr><th "
	    "scope=\"col\">feature</th><th scope=\"col\" class=\"text\">verdict</th><th "
	    "scope=\"col\">index</th><th scope=\"col\">threshold</th><td></td><th "
	    "scope=\"col\">%s</th><th scope=\"col\">values</th><th scope=\"col\">of the "
	    "last</th></tr></thead><tbody>\n",
	    t->course == RAI_ROLLING_DAY ? "hour by hour" : "last hour");
	for (i = 0; i < s->n; i++)
		write_row(b, t, i, s->col[i].name);
	write_row(b, t, i, "(the prediction)");
	rai_buf_str(b, "</tbody></table>");
}

void
rai_serve_drifting_write(
    const struct rai_serve_live *live, size_t index, int64_t now_ms, struct rai_buf *b)
{
	struct table t = {live, now_ms, RAI_ROLLING_HOUR};
	int64_t since;

	rai_buf_printf(b, "<h3>Drift</h3><p class=\"note\" id=\"since%zu\" data-live>", index);
	if (live->bins != NULL) {
		since = rai_serve_rolling_began(live->rolling);
		if (now_ms - since >= DAY_FROM * INT64_C(3600000))
			t.course = RAI_ROLLING_DAY;
		rai_buf_str(b,
		    "Values against those of training, in the shortest of the last hour, the last "
		    "day and all time that has enough of them; counted since ");
		rai_serve_dashboard_time(b, since);
		rai_buf_str(b,
		    " UTC, when this model began to answer here. The threshold, the mark in the "
		    "bar and the dashed line, is 0.2 above what chance alone gives. rai-drift "
		    "judges with more care.");
	}
	/* what is scrolled and has the focus stays, and what is in it is replaced */
	rai_buf_str(b, "</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		       "aria-label=\"Drift by feature of ");
	rai_html_text(b, live->model.name);
	rai_buf_printf(b, "\"><div id=\"drift%zu\" data-live>", index);
	if (live->bins != NULL)
		write_table(b, &t);
	else
		rai_buf_str(b, "<p class=\"note tile\">The model file has no reference profile: "
			       "drift cannot be told.</p>");
	rai_buf_str(b, "</div></div>\n");
}

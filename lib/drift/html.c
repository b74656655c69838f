#include "drift/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "drift/html_priv.h"

#define COLUMNS 60 /* drawn; the table lists all */

void
rai_drift_html_cell(struct rai_buf *b, double v)
{
	rai_buf_str(b, "<td>");
	rai_page_number(b, v);
	rai_buf_str(b, "</td>");
}

void
rai_drift_html_time(struct rai_buf *b, int64_t ms)
{
	char text[RAI_CLOCK_TEXT];

	if (ms <= 0) {
		rai_buf_str(b, "\xe2\x80\x93");
		return;
	}
	rai_clock_format(ms, text);
	rai_buf_printf(
	    b, "<time datetime=\"%s\">%.10s %.5s&#8239;UTC</time>", text, text, text + 11);
}

static void
write_head(struct rai_buf *b, const struct rai_drift_page *p)
{
	size_t i;

	rai_buf_str(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'unsafe-inline'\">\n<title>");
	rai_html_text(b, p->about->name);
	rai_buf_printf(b, ": %s</title>\n<style>", rai_drift_verdict_names[p->state->verdict]);
	for (i = 0; rai_page_style[i] != NULL; i++)
		rai_buf_str(b, rai_page_style[i]);
	rai_buf_str(b, "</style></head>\n<body>");
}

static void
write_top(struct rai_buf *b, const struct rai_drift_page *p)
{
	const struct rai_drift_state *s = p->state;

	rai_buf_str(b, "<header><p class=\"kicker\">Drift report</p><h1>");
	rai_page_name(b, p->about->name);
	rai_buf_str(b, "</h1><p class=\"lead\">");
	rai_page_whole(b, (double)s->span.rows);
	rai_buf_str(b, " rows");
	if (s->span.from_ms > 0) {
		rai_buf_str(b, " from ");
		rai_drift_html_time(b, s->span.from_ms);
		rai_buf_str(b, " to ");
		rai_drift_html_time(b, s->span.to_ms);
	}
	rai_buf_str(b, " against ");
	rai_page_whole(b, (double)p->history->profile->rows);
	rai_buf_str(b, p->about->file != NULL ? " rows of training.</p></header>\n<main>"
					      : " rows of the reference.</p></header>\n<main>");
}

static void
write_verdict(struct rai_buf *b, const struct rai_drift_page *p)
{
	static const char *const class[] = {"passed", "unclear", "failed", "plain"};
	static const char *const title[] = {"\xe2\x9c\x93 No drift", "\xe2\x89\x88 Drift",
	    "\xe2\x9c\x95 The input is broken", "? Not enough evidence"};
	static const char *const does[] = {"wait", "get labels", "fix the input", "retrain"};
	const struct rai_drift_state *s = p->state;
	struct rai_drift_next next;
	char unchecked[160];

	rai_drift_next(s, p->about, &next);
	rai_buf_printf(b,
	    "<section class=\"verdict %s\" aria-labelledby=\"verdict\"><b id=\"verdict\">%s: "
	    "%s</b><span>",
	    class[s->verdict], title[s->verdict], does[s->advice]);
	rai_html_text(b, s->message);
	rai_buf_str(b, ".</span>\n<h2 class=\"next\">What to do next</h2><p>");
	rai_html_text(b, next.text);
	rai_buf_str(b, "</p>\n");
	if (next.command[0] != '\0') {
		rai_buf_str(b, "<pre tabindex=\"0\" aria-label=\"Command\"><code>");
		rai_html_text(b, next.command);
		rai_buf_str(b, "</code></pre>\n");
	}
	rai_drift_report_unchecked(s, unchecked, sizeof(unchecked));
	if (unchecked[0] != '\0') {
		rai_buf_str(b, "<p>");
		rai_html_text(b, unchecked);
		rai_buf_str(b, "</p>\n");
	}
	rai_buf_str(b, "</section>\n");
}

static void
tile(struct rai_buf *b, const char *what)
{
	rai_buf_printf(b, "<div class=\"tile\"><dt>%s</dt><dd>", what);
}

static void
tile_accuracy(struct rai_buf *b, const struct rai_drift_page *p)
{
	const struct rai_drift_labels *l = p->state->labels;
	const struct rai_drift_impact *e = p->state->explains;

	tile(b, "accuracy");
	rai_page_number(b, l != NULL && l->told ? l->accuracy : NAN);
	rai_buf_str(b, "<small>");
	if (l == NULL)
		rai_buf_str(b, "no window of true values yet");
	else if (!l->told)
		rai_html_text(b, l->why);
	else if (isnan(l->accuracy))
		rai_buf_str(b, "no prediction to compare with");
	else {
		rai_page_number(b, l->low);
		rai_buf_str(b, " to ");
		rai_page_number(b, l->high);
	}
	if (isfinite(p->history->profile->accuracy)) {
		rai_buf_str(b, "<br>hold-out ");
		rai_page_number(b, p->history->profile->accuracy);
	}
	if (e != NULL && isfinite(e->expected) && strcmp(e->metric, "accuracy") == 0) {
		rai_buf_str(b, "<br>by the inputs of its rows ");
		rai_page_number(b, e->expected);
	}
	rai_buf_str(b, "</small></dd></div>\n");
}

static void
write_tiles(struct rai_buf *b, const struct rai_drift_page *p)
{
	const struct rai_drift_state *s = p->state;
	size_t i, moved = 0, judged = 0;

	for (i = 0; s->in != NULL && i < s->in->n; i++) {
		judged += s->in->col[i].judged != 0;
		moved += s->in->col[i].drifted || s->in->col[i].broken;
	}
	rai_buf_str(b, "<dl class=\"tiles\">");
	tile(b, "columns that moved");
	if (s->in != NULL)
		rai_buf_printf(b, "%zu<small>of %zu judged</small></dd></div>\n", moved, judged);
	else
		rai_buf_str(b, "\xe2\x80\x93<small>no window was judged</small></dd></div>\n");
	tile_accuracy(b, p);
	tile(b, "predictions with a true value");
	if (s->predictions > 0)
		rai_buf_printf(
		    b, "%.1f&#8239;%%", 100 * (double)s->labelled / (double)s->predictions);
	else
		rai_buf_str(b, "\xe2\x80\x93");
	rai_buf_printf(b, "<small>%lld of %lld</small></dd></div>\n", (long long)s->labelled,
	    (long long)s->predictions);
	tile(b, "windows judged");
	rai_buf_printf(b, "%lld<small>and %lld of labels; alpha %.3g</small></dd></div>\n",
	    (long long)s->input_windows, (long long)s->label_windows, s->alpha);
	rai_buf_str(b, "</dl>\n");
}

static void
write_impact(struct rai_buf *b, const struct rai_drift_impact *m)
{
	size_t i;

	if (m == NULL || m->metric == NULL)
		return;
	rai_buf_str(b, "<section><h2>What it is expected to cost</h2><p>");
	if (m->verdict == RAI_IMPACT_UNKNOWN) {
		rai_buf_str(b, "Cannot tell: ");
		rai_html_text(b, m->reason);
		rai_buf_str(b, ".</p></section>\n");
		return;
	}
	rai_buf_printf(b,
	    "From the inputs alone, as long as the target follows from them as it did: %s ",
	    m->metric);
	rai_page_number(b, m->expected);
	rai_buf_str(b, " (");
	rai_page_number(b, m->low);
	rai_buf_str(b, " to ");
	rai_page_number(b, m->high);
	rai_buf_str(b, "), hold-out ");
	rai_page_number(b, m->reference);
	rai_buf_str(b, ".</p>\n");
	if (m->ncost > 0)
		rai_buf_str(b, "<dl class=\"facts\">\n");
	for (i = 0; i < m->ncost; i++) {
		rai_buf_str(b, "<dt>the shift of ");
		rai_page_name(b, m->cost[i].name);
		rai_buf_str(b, "</dt><dd>");
		rai_page_number(b, m->cost[i].cost);
		rai_buf_str(b, "</dd>\n");
	}
	rai_buf_str(b, m->ncost > 0 ? "</dl></section>\n" : "</section>\n");
}

/* What moved most first: broken, moved, not; then by how far PSI is above what is to be expected.
 */
static int
moved_first(const void *x, const void *y)
{
	const struct rai_drift_shown *a = x, *b = y;
	int s = 2 * a->check->broken + a->check->drifted,
	    t = 2 * b->check->broken + b->check->drifted;
	double p = a->check->psi - a->check->psi_expected,
	       q = b->check->psi - b->check->psi_expected;

	if (s != t)
		return s < t ? 1 : -1;
	if (a->check->judged != b->check->judged)
		return a->check->judged ? -1 : 1;
	if (p != q)
		return p < q ? 1 : -1;
	return (a->order > b->order) - (a->order < b->order);
}

static void
column_row(struct rai_buf *b, const struct rai_drift_shown *c)
{
	const struct rai_drift_check *k = c->check;
	char p[RAI_DRIFT_P_TEXT];

	rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
	if (c->role != NULL)
		rai_buf_printf(b, "<i>%s</i>", c->role);
	else
		rai_page_name(b, k->name);
	rai_buf_printf(b, "</th><td class=\"text %s\"><span class=\"badge\">%s</span></td>",
	    rai_drift_html_tone(k), rai_drift_html_word(k));
	rai_drift_html_cell(b, k->psi);
	rai_drift_html_cell(b, k->psi_expected);
	rai_drift_html_cell(b, k->js);
	rai_drift_html_cell(b, k->js_expected);
	rai_drift_html_cell(b, k->w1);
	rai_drift_html_cell(b, k->w1_expected);
	rai_buf_printf(b, "<td>%s ", k->kind == RAI_PROFILE_NUM ? "D" : "TV");
	rai_page_number(b, k->kind == RAI_PROFILE_NUM ? k->d : k->tv);
	rai_buf_str(b, "</td><td>");
	rai_html_text(b, rai_drift_p_text(k->p, p));
	rai_buf_printf(b, "</td><td>%.1f %%</td><td>%.1f %%</td></tr>\n", 100 * k->missing,
	    100 * k->missing_ref);
}

static void
write_table(struct rai_buf *b, const struct rai_drift_shown *c, size_t n)
{
	size_t i;

	rai_buf_str(b,
	    "<section><h2>All columns</h2><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"All columns\"><table><caption>This window against the reference, what "
	    "moved most first; <i>null</i>: what it is on average without "
	    "drift</caption><thead><tr>"
	    "<th scope=\"col\">column</th><th scope=\"col\" class=\"text\">verdict</th><th "
	    "scope=\"col\">PSI</th><th scope=\"col\">null</th><th scope=\"col\">JS</th><th "
	    "scope=\"col\">null</th><th scope=\"col\">W1, sd</th><th scope=\"col\">null</th><th "
	    "scope=\"col\">effect</th><th scope=\"col\">p</th><th scope=\"col\">missing</th><th "
	    "scope=\"col\">reference</th></tr></thead><tbody>\n");
	for (i = 0; i < n; i++)
		column_row(b, &c[i]);
	rai_buf_str(b, "</tbody></table></div></section>\n");
}

static void
add(struct rai_drift_shown *c, size_t *n, const struct rai_drift_page *p, size_t i,
    const struct rai_drift_check *check, const char *role)
{
	const struct rai_drift_history *h = p->history;
	const struct rai_profile_col *ref = rai_drift_history_col(h, i);
	int64_t any = 0;
	size_t k;

	if (check->name == NULL || ref->name == NULL)
		return;
	for (k = 0; k < ref->nbin + 2; k++)
		any += h->bin[i][k];
	c[(*n)++] = (struct rai_drift_shown){check, ref, any > 0 ? h->bin[i] : NULL, role, i};
}

static void
write_columns(struct rai_buf *b, const struct rai_drift_page *p)
{
	const struct rai_drift_state *s = p->state;
	size_t i, n = 0, size = s->in != NULL ? s->in->n : 0;
	struct rai_drift_shown *c = calloc(size + 2, sizeof(*c));

	if (c == NULL) {
		b->bad = 1;
		return;
	}
	for (i = 0; i < size; i++)
		add(c, &n, p, i, &s->in->col[i], NULL);
	if (s->in != NULL)
		add(c, &n, p, size, &s->in->prediction, "the prediction");
	if (s->labels != NULL)
		add(c, &n, p, p->history->profile->n + 1, &s->labels->target, "the target");
	qsort(c, n, sizeof(*c), moved_first);
	if (n > 0) {
		rai_buf_str(b,
		    "<section><h2>Column by column</h2><p class=\"lead\">What moved most "
		    "comes first.</p>\n<div class=\"plots\">\n");
		for (i = 0; i < n && i < COLUMNS; i++)
			rai_drift_html_column(b, &c[i]);
		rai_buf_str(b, "</div>\n");
		if (n > COLUMNS)
			rai_buf_printf(
			    b, "<p class=\"note\">The first %d of %zu.</p>\n", COLUMNS, n);
		rai_buf_str(b, "</section>\n");
		write_table(b, c, n);
	}
	free(c);
}

static void
fact(struct rai_buf *b, const char *what, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	rai_buf_printf(b, "<dt>%s</dt><dd>", what);
	rai_page_name(b, text);
	rai_buf_str(b, "</dd>\n");
}

static void
write_facts(struct rai_buf *b, const struct rai_drift_page *p)
{
	static const char *const on[] = {"the error is worse", "inputs or target drift", "either"};
	const struct rai_drift_rule *r = &p->about->rule;

	rai_buf_str(b, "<section><h2>How it was judged</h2><dl class=\"facts\">\n");
	fact(b, "reference", p->about->name);
	fact(b, "digest", p->about->digest);
	fact(b, "version", p->about->version);
	fact(b, "declaration", p->about->config);
	rai_buf_printf(b, "<dt>sustained over</dt><dd>%lld windows</dd>\n", (long long)r->sustain);
	fact(b, "retrain when", on[r->retrain_on]);
	fact(b, "program", "rai-drift " RAI_VERSION);
	rai_buf_str(b, "<dt>written at</dt><dd>");
	rai_drift_html_time(b, p->now_ms);
	rai_buf_str(b, "</dd></dl></section>\n");
}

void
rai_drift_html(const struct rai_drift_page *p, struct rai_buf *out)
{
	write_head(out, p);
	write_top(out, p);
	write_verdict(out, p);
	write_tiles(out, p);
	rai_drift_html_windows(out, p);
	write_impact(out, p->state->impact);
	write_columns(out, p);
	write_facts(out, p);
	rai_buf_str(out, "</main><footer>Written by rai-drift " RAI_VERSION
			 "; this page needs nothing but itself.</footer></body></html>\n");
}

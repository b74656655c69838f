#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/html.h"
#include "base/num.h"
#include "serve/state.h"

/* More categories than this are offered while typing, not as a list to choose from. */
enum { SELECT_MAX = 40 };

static const char style[] =
    ":root{color-scheme:light dark;--line:#8886;--soft:#8882;--accent:#0b57d0}"
    "@media(prefers-color-scheme:dark){:root{--accent:#8ab4f8}}"
    "*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.5rem;margin:.5rem 0 0}"
    ".model,.hint{opacity:.75;font-size:.85rem;overflow-wrap:anywhere}"
    ".model{margin:0 0 1rem}"
    "form{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,16rem),1fr));"
    "gap:1rem}"
    "label{display:block;font-weight:600}"
    "input,select{width:100%;font:inherit;padding:.5rem;border:1px solid var(--line);"
    "border-radius:.4rem;background:var(--soft);color:inherit}"
    "option{background:Canvas;color:CanvasText}"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:1px}"
    ".go{grid-column:1/-1}"
    "button{font:inherit;font-weight:600;padding:.6rem 2rem;border:0;border-radius:.4rem;"
    "background:#0b57d0;color:#fff;cursor:pointer}"
    ".answer,.error{border:1px solid var(--line);border-left:.4rem solid #0b57d0;"
    "border-radius:.4rem;padding:.75rem 1rem;margin:1rem 0;background:var(--soft)}"
    ".error{border-left-color:#c5221f}"
    ".answer b{display:block;font-size:2rem;line-height:1.2}";

/* Four significant digits: a hint for people. */
static void
short_number(struct rai_buf *b, double v)
{
	char text[RAI_NUM_TEXT];
	int n = snprintf(text, sizeof(text), fabs(v) >= 1000 && fabs(v) < 1e9 ? "%.0f" : "%.4g", v);

	rai_buf_add(b, text, (size_t)n);
}

/* 1035000.5 as "1,035,000" or 12.25 as "12.25". */
static void
grouped(struct rai_buf *b, double v)
{
	char text[RAI_NUM_TEXT];
	int n, i;

	if (!(fabs(v) >= 1000 && fabs(v) < 1e15)) {
		n = snprintf(text, sizeof(text), "%.6g", v);
		rai_buf_add(b, text, (size_t)n);
		return;
	}
	n = snprintf(text, sizeof(text), "%.0f", fabs(v));
	if (v < 0)
		rai_buf_char(b, '-');
	for (i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			rai_buf_char(b, ',');
		rai_buf_char(b, text[i]);
	}
}

static void
date(struct rai_buf *b, double days)
{
	int y, m, d;

	rai_clock_civil((int64_t)days, &y, &m, &d);
	rai_buf_printf(b, "%04d-%02d-%02d", y, m, d);
}

static void
write_options(struct rai_buf *b, const struct rai_col_spec *c, const char *chosen)
{
	int found = 0;
	size_t i;

	for (i = 0; i < c->nlevel; i++) {
		int same = chosen != NULL && strcmp(chosen, c->level[i]) == 0;

		found |= same;
		rai_buf_str(b, "<option");
		if (same)
			rai_buf_str(b, " selected");
		rai_buf_char(b, '>');
		rai_html_text(b, c->level[i]);
		rai_buf_str(b, "</option>");
	}
	if (!found && chosen != NULL && *chosen != '\0') {
		rai_buf_str(b, "<option selected>");
		rai_html_text(b, chosen);
		rai_buf_str(b, "</option>");
	}
}

static void
write_value(struct rai_buf *b, const char *value)
{
	if (value == NULL)
		return;
	rai_buf_str(b, " value=\"");
	rai_html_text(b, value);
	rai_buf_char(b, '"');
}

static void
write_category(struct rai_buf *b, const struct rai_col_spec *c, size_t i, const char *value)
{
	if (c->nlevel <= SELECT_MAX) {
		rai_buf_printf(b, "<select id=\"f%zu\" name=\"", i);
		rai_html_text(b, c->name);
		rai_buf_str(b, "\"><option value=\"\">not known</option>");
		write_options(b, c, value);
		rai_buf_str(b, "</select>");
		return;
	}
	rai_buf_printf(b, "<input id=\"f%zu\" list=\"l%zu\" autocomplete=\"off\" name=\"", i, i);
	rai_html_text(b, c->name);
	rai_buf_char(b, '"');
	write_value(b, value);
	rai_buf_printf(b, " aria-describedby=\"h%zu\"><datalist id=\"l%zu\">", i, i);
	write_options(b, c, NULL);
	rai_buf_printf(b,
	    "</datalist><span class=\"hint\" id=\"h%zu\">%zu known; type to search</span>", i,
	    c->nlevel);
}

/* A number or a date; the range is a hint, not a bound: the world may leave it. */
static void
write_input(struct rai_buf *b, const struct rai_col_spec *c, size_t i, const char *value)
{
	int is_date = c->type == RAI_COL_DATE;

	rai_buf_printf(b, "<input id=\"f%zu\" type=\"%s\" name=\"", i, is_date ? "date" : "number");
	rai_html_text(b, c->name);
	rai_buf_str(b, is_date ? "\"" : "\" step=\"any\"");
	write_value(b, value);
	if (!isfinite(c->min) || !isfinite(c->max)) {
		rai_buf_char(b, '>');
		return;
	}
	rai_buf_printf(b, " aria-describedby=\"h%zu\"><span class=\"hint\" id=\"h%zu\">", i, i);
	if (is_date)
		date(b, c->min);
	else
		short_number(b, c->min);
	rai_buf_str(b, " to ");
	if (is_date)
		date(b, c->max);
	else
		short_number(b, c->max);
	rai_buf_str(b, " in training</span>");
}

static void
write_field(struct rai_buf *b, const struct rai_col_spec *c, size_t i, const char *value)
{
	rai_buf_printf(b, "<div><label for=\"f%zu\">", i);
	rai_html_text(b, c->name);
	rai_buf_str(b, "</label>");
	if (c->type == RAI_COL_CAT)
		write_category(b, c, i, value);
	else
		write_input(b, c, i, value);
	rai_buf_str(b, "</div>\n");
}

static void
write_number(struct rai_buf *b, double v)
{
	char exact[RAI_NUM_TEXT];

	rai_num_format(v, exact);
	rai_buf_printf(b, "<b><data value=\"%s\">", exact);
	grouped(b, v);
	rai_buf_str(b, "</data></b>");
}

static void
write_class(struct rai_buf *b, const struct rai_serve_model *m, const double *out)
{
	size_t best = rai_serve_class(m, out);

	rai_buf_str(b, "<b>");
	rai_html_text(b, m->schema->target.level[best]);
	rai_buf_printf(b, "</b><span class=\"hint\">probability %.3g </span>", out[best]);
}

static void
write_outcome(struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p)
{
	if (p->error != NULL) {
		rai_buf_str(b, "<p class=\"error\" role=\"alert\">");
		rai_html_text(b, p->error);
		rai_buf_str(b, "</p>\n");
	}
	if (p->id == NULL)
		return;
	rai_buf_str(b, "<div class=\"answer\" role=\"status\">Predicted ");
	rai_html_text(b, m->schema->target.name);
	if (m->nclass > 0)
		write_class(b, m, p->out);
	else
		write_number(b, p->out[0]);
	rai_buf_str(b, "<span class=\"hint\">by ");
	rai_html_text(b, m->name);
	rai_buf_char(b, ' ');
	rai_html_text(b, m->version);
	rai_buf_str(b, ", prediction <code>");
	rai_html_text(b, p->id);
	rai_buf_str(b, "</code></span></div>\n");
}

static void
write_head(struct rai_buf *b, const struct rai_serve_model *m)
{
	rai_buf_str(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
		       "<link rel=\"icon\" href=\"data:,\"><title>");
	rai_html_text(b, m->name);
	rai_buf_str(b, "</title><style>");
	rai_buf_str(b, style);
	rai_buf_str(b, "</style></head>\n<body><main><h1>");
	rai_html_text(b, m->name);
	rai_buf_str(b, "</h1><p class=\"model\">");
	rai_html_text(b, m->version);
	rai_buf_str(b, " · ");
	rai_html_text(b, m->kind);
	rai_buf_str(b, " · ");
	rai_html_text(b, m->digest);
	rai_buf_str(b, "</p>\n");
}

void
rai_serve_page_write(
    const struct rai_serve_model *m, const struct rai_serve_page *p, struct rai_serve_reply *r)
{
	struct rai_buf *b = &r->body;
	size_t i;

	write_head(b, m);
	write_outcome(b, m, p);
	rai_buf_str(b, "<form method=\"post\" action=\"predict\">\n");
	for (i = 0; i < m->schema->n; i++)
		write_field(b, &m->schema->col[i], i, p->rows == NULL ? NULL : p->rows->text[i]);
	rai_buf_str(b, "<div class=\"go\"><button>Predict</button> "
		       "<span class=\"hint\">What you leave empty counts as not known.</span></div>"
		       "</form></main></body></html>\n");
	r->type = "text/html; charset=utf-8";
	rai_serve_reply_header(r, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
	    "base-uri 'none'; frame-ancestors 'none'");
	rai_serve_reply_header(r, "Cache-Control", "no-store");
}

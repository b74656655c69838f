#include <math.h>
#include <string.h>

#include "base/html.h"
#include "serve/answer.h"
#include "serve/shell.h"
#include "stat/stat.h"

/* More categories than SELECT_MAX are offered while typing, not as a list to choose from; fewer
 * values than QUARTILES have no middle half. */
enum { SELECT_MAX = 40, QUARTILES = 8 };

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

/* The range is a hint, not a bound: the world may leave it. */
static void
write_range(struct rai_buf *b, const struct rai_col_spec *c, const struct rai_serve_reference *r)
{
	rai_serve_answer_value(b, c, c->min);
	rai_buf_str(b, " to ");
	rai_serve_answer_value(b, c, c->max);
	rai_buf_str(b, " in training");
	if (r == NULL || r->nquantile < QUARTILES)
		return;
	rai_buf_str(b, "; the middle half ");
	rai_serve_answer_value(b, c, rai_stat_quantile(r->quantile, r->nquantile, 0.25));
	rai_buf_str(b, " to ");
	rai_serve_answer_value(b, c, rai_stat_quantile(r->quantile, r->nquantile, 0.75));
}

/* A number or a date. */
static void
write_input(struct rai_buf *b, const struct rai_col_spec *c, const struct rai_serve_reference *r,
    size_t i, const char *value)
{
	int is_date = c->type == RAI_COL_DATE;

	rai_buf_printf(b, "<input id=\"f%zu\" type=\"%s\" name=\"", i, is_date ? "date" : "number");
	rai_html_text(b, c->name);
	rai_buf_str(b, is_date ? "\"" : "\" step=\"any\" inputmode=\"decimal\"");
	write_value(b, value);
	if (!isfinite(c->min) || !isfinite(c->max)) {
		rai_buf_char(b, '>');
		return;
	}
	rai_buf_printf(b, " aria-describedby=\"h%zu\"><span class=\"hint\" id=\"h%zu\">", i, i);
	write_range(b, c, r);
	rai_buf_str(b, "</span>");
}

static void
write_field(struct rai_buf *b, const struct rai_serve_model *m, size_t i, const char *value)
{
	const struct rai_col_spec *c = &m->schema->col[i];
	const struct rai_serve_reference *r =
	    m->facts == NULL || m->facts->column == NULL ? NULL : &m->facts->column[i];

	rai_buf_printf(b, "<div><label for=\"f%zu\">", i);
	rai_html_text(b, c->name);
	rai_buf_str(b, "</label>");
	if (c->type == RAI_COL_CAT)
		write_category(b, c, i, value);
	else
		write_input(b, c, r, i, value);
	rai_buf_str(b, "</div>\n");
}

/* Every fact that the file itself holds. */
static void
write_facts(struct rai_buf *b, const struct rai_serve_model *m)
{
	const struct rai_serve_facts *f = m->facts;

	rai_buf_str(b, "<details><summary>About this model</summary><dl class=\"facts\">\n");
	rai_serve_shell_fact(b, "version", m->version);
	rai_serve_shell_fact(b, "kind", m->kind);
	rai_serve_shell_fact(b, "digest", m->digest);
	if (f != NULL) {
		if (f->rows > 0)
			rai_buf_printf(
			    b, "<dt>trained on</dt><dd>%lld rows</dd>\n", (long long)f->rows);
		rai_serve_shell_fact(b, "newest row", f->newest);
		rai_serve_shell_fact(b, "data", f->data_digest);
		rai_serve_shell_fact(b, "declaration", f->config_digest);
		rai_serve_shell_fact(b, "trained by rai-train", f->code_version);
	}
	rai_buf_str(b, "</dl></details>\n");
}

void
rai_serve_page_write(
    const struct rai_serve_model *m, const struct rai_serve_page *p, struct rai_serve_reply *r)
{
	const struct rai_serve_shell shell = {
	    .kicker = "Prediction", .title = m->name, .root = p->root, .here = "form"};
	struct rai_buf *b = &r->body;
	size_t i;

	rai_serve_shell_begin(r, &shell);
	rai_serve_answer_write(b, m, p);
	rai_buf_str(b, "<form method=\"post\" action=\"predict\">\n");
	for (i = 0; i < m->schema->n; i++)
		write_field(b, m, i, p->rows == NULL ? NULL : p->rows->text[i]);
	rai_buf_str(b, "<div class=\"go\"><button>Predict</button> "
		       "<span class=\"hint\">What you leave empty counts as not known.</span></div>"
		       "</form>\n");
	write_facts(b, m);
	rai_serve_shell_end(r, 0);
}

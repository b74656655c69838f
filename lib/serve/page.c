#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/html.h"
#include "serve/answer.h"
#include "serve/shell.h"
#include "stat/stat.h"

/* More categories than SELECT_MAX are offered while typing, not as a list to choose from; fewer
 * values than QUARTILES have no middle half. */
enum { SELECT_MAX = 40, QUARTILES = 8 };
#define DAYS_MAX 1e6 /* of a date that a browser's control takes */

/* One field of the form. */
struct field {
	const struct rai_col_spec *c;
	const struct rai_serve_reference *r; /* or NULL */
	size_t i;
	const char *value;    /* as it came, or NULL */
	const char *outside;  /* of training, why; or NULL */
	struct rai_err wrong; /* code 0: it is not */
	char day[RAI_CLOCK_TEXT];
};

static struct field
field_of(const struct rai_serve_model *m, const struct rai_serve_page *p, size_t i)
{
	struct field f = {.c = &m->schema->col[i], .i = i, .wrong = RAI_ERR_INIT};
	struct rai_cell cell;

	if (m->facts != NULL && m->facts->column != NULL)
		f.r = &m->facts->column[i];
	if (p->rows == NULL || p->rows->n == 0 || p->rows->text[i] == NULL)
		return f;
	f.value = p->rows->text[i];
	if (rai_schema_text(f.c, f.value, strlen(f.value), &cell, &f.wrong) != 0)
		return f;
	f.outside = rai_serve_answer_outside(f.c, &cell);
	if (f.c->type == RAI_COL_DATE && fabs(cell.num) < DAYS_MAX) {
		rai_clock_format((int64_t)cell.num * 86400000, f.day);
		f.day[strcspn(f.day, "T")] = '\0';
	}
	return f;
}

/* The rest of a control's tag: its name, and which texts are about it. */
static void
write_name(struct rai_buf *b, const struct field *f, int hint)
{
	const int about[] = {f->wrong.code != 0, f->outside != NULL, hint};
	size_t k, n = 0;

	rai_buf_str(b, " name=\"");
	rai_html_text(b, f->c->name);
	rai_buf_str(b, f->wrong.code != 0 ? "\" aria-invalid=\"true\"" : "\"");
	for (k = 0; k < 3; k++)
		if (about[k])
			rai_buf_printf(
			    b, "%s%c%zu", n++ > 0 ? " " : " aria-describedby=\"", "eoh"[k], f -> i);
	if (n > 0)
		rai_buf_char(b, '"');
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

/* The value by itself: of the text, HTML takes white space away that is part of a category. */
static void
write_option(struct rai_buf *b, const char *value, int chosen)
{
	rai_buf_str(b, "<option");
	write_value(b, value);
	rai_buf_str(b, chosen ? " selected>" : ">");
	rai_html_text(b, value);
	rai_buf_str(b, "</option>");
}

static void
write_choices(struct rai_buf *b, const struct rai_col_spec *c, const char *chosen)
{
	int found = 0;
	size_t i;

	for (i = 0; i < c->nlevel; i++) {
		int same = chosen != NULL && strcmp(chosen, c->level[i]) == 0;

		found |= same;
		write_option(b, c->level[i], same);
	}
	if (!found && chosen != NULL && *chosen != '\0')
		write_option(b, chosen, 1);
}

/* What is offered while typing is put into the field, so there its value is shown, too. */
static void
write_offers(struct rai_buf *b, const struct rai_col_spec *c)
{
	size_t i;

	for (i = 0; i < c->nlevel; i++) {
		rai_buf_str(b, "<option");
		write_value(b, c->level[i]);
		rai_buf_char(b, '>');
	}
}

static void
write_category(struct rai_buf *b, const struct field *f)
{
	const struct rai_col_spec *c = f->c;

	if (c->nlevel <= SELECT_MAX) {
		rai_buf_printf(b, "<select id=\"f%zu\"", f->i);
		write_name(b, f, 0);
		rai_buf_str(b, "><option value=\"\">not known</option>");
		write_choices(b, c, f->value);
		rai_buf_str(b, "</select>");
		return;
	}
	rai_buf_printf(b, "<input id=\"f%zu\" list=\"l%zu\" autocomplete=\"off\"", f->i, f->i);
	write_name(b, f, 1);
	write_value(b, f->value);
	rai_buf_printf(b, "><datalist id=\"l%zu\">", f->i);
	write_offers(b, c);
	rai_buf_printf(b,
	    "</datalist><span class=\"hint\" id=\"h%zu\">%zu known; type to search</span>", f->i,
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

/* A number or a date; what is neither is shown as text, so that it can be mended. */
static void
write_input(struct rai_buf *b, const struct field *f)
{
	int is_date = f->c->type == RAI_COL_DATE;
	int hint = isfinite(f->c->min) && isfinite(f->c->max);

	rai_buf_printf(b, "<input id=\"f%zu\" type=\"%s\"%s", f->i,
	    f->wrong.code != 0 ? "text"
	    : is_date          ? "date"
			       : "number",
	    is_date ? "" : " step=\"any\" inputmode=\"decimal\"");
	write_name(b, f, hint);
	write_value(b, f->day[0] != '\0' ? f->day : f->value);
	rai_buf_char(b, '>');
	if (!hint)
		return;
	rai_buf_printf(b, "<span class=\"hint\" id=\"h%zu\">", f->i);
	write_range(b, f->c, f->r);
	rai_buf_str(b, "</span>");
}

/* A message that begins with the field's name says it beside the field once too often. */
static const char *
without_name(const char *message, const char *name)
{
	size_t n = strlen(name);

	return strncmp(message, name, n) == 0 && strncmp(message + n, ": ", 2) == 0
		   ? message + n + 2
		   : message;
}

static void
write_field(struct rai_buf *b, const struct field *f)
{
	rai_buf_printf(b, "<div><label for=\"f%zu\">", f->i);
	rai_html_text(b, f->c->name);
	rai_serve_answer_unit(b, f->c, ", ");
	rai_buf_str(b, "</label>");
	if (f->c->type == RAI_COL_CAT)
		write_category(b, f);
	else
		write_input(b, f);
	if (f->wrong.code != 0) {
		rai_buf_printf(b, "<span class=\"hint bad\" id=\"e%zu\">", f->i);
		rai_html_text(b, without_name(f->wrong.msg, f->c->name));
		rai_buf_str(b, "</span>");
	}
	if (f->outside != NULL)
		rai_buf_printf(
		    b, "<span class=\"hint warn\" id=\"o%zu\">%s</span>", f->i, f->outside);
	rai_buf_str(b, "</div>\n");
}

/* Why there is no prediction, and the way to each field that is wrong. */
static void
write_error(struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p)
{
	size_t i, n = 0;

	rai_buf_str(b, "<div class=\"error\" role=\"alert\"><b>No prediction.</b> ");
	rai_html_text(b, p->error);
	for (i = 0; i < m->schema->n; i++) {
		struct field f = field_of(m, p, i);

		if (f.wrong.code == 0)
			continue;
		rai_buf_printf(b, "%s<a href=\"#f%zu\">", n++ > 0 ? ", " : "<br>To mend: ", i);
		rai_page_name(b, f.c->name);
		rai_buf_str(b, "</a>");
	}
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
	if (p->error != NULL)
		write_error(b, m, p);
	rai_serve_answer_write(b, m, p);
	rai_buf_str(b, "<form method=\"post\" action=\"predict\">\n");
	for (i = 0; i < m->schema->n; i++) {
		struct field f = field_of(m, p, i);

		write_field(b, &f);
	}
	rai_buf_str(b, "<div class=\"go\"><button>Predict</button> "
		       "<span class=\"hint\">What you leave empty counts as not known.</span></div>"
		       "</form>\n");
	if (p->id != NULL)
		rai_serve_answer_places(b, m, p);
	write_facts(b, m);
	rai_serve_shell_end(r, 0);
}

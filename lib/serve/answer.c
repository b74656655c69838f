#include "serve/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fpmath.h"
#include "base/html.h"
#include "base/num.h"
#include "serve/shell.h"
#include "stat/stat.h"

enum { CLASSES_SHOWN = 12, STEPS = 1 << 19 }; /* STEPS: of an explanation, about 25 ms */
#define TENTH 0.1                             /* of the training rows */
#define TAIL 0.05                             /* left out of the interval on each side */

int
rai_serve_answer_interval(const struct rai_serve_facts *f, double prediction, double out[2])
{
	double low, high;

	if (f == NULL || f->error == NULL)
		return 0;
	low = floor(TAIL * ((double)f->nerror + 1));
	high = ceil((1 - TAIL) * ((double)f->nerror + 1));
	if (low < 1 || high > (double)f->nerror)
		return 0;
	out[0] = f->error[(size_t)low - 1];
	out[1] = f->error[(size_t)high - 1];
	if (f->ratio) {
		out[0] *= prediction;
		out[1] *= prediction;
	} else {
		out[0] += prediction;
		out[1] += prediction;
	}
	return out[0] <= out[1] && isfinite(out[0]) && isfinite(out[1]);
}

double
rai_serve_answer_rank(const double *sorted, size_t n, double v)
{
	size_t low = 0, same = 0, step = n;

	while (step > 0) { /* low: how many are below v */
		size_t half = step / 2;

		if (sorted[low + half] < v) {
			low += half + 1;
			step -= half + 1;
		} else
			step = half;
	}
	while (low + same < n && sorted[low + same] == v)
		same++;
	return n == 0 ? NAN : ((double)low + (double)same / 2) / (double)n;
}

void
rai_serve_answer_value(struct rai_buf *b, const struct rai_col_spec *c, double v)
{
	int year, month, day;

	if (c->type != RAI_COL_DATE || !(fabs(v) < 1e7)) {
		rai_serve_shell_number(b, v);
		return;
	}
	rai_clock_civil((int64_t)v, &year, &month, &day);
	rai_buf_printf(b, "%04d-%02d-%02d", year, month, day);
}

void
rai_serve_answer_unit(struct rai_buf *b, const struct rai_col_spec *c, const char *before)
{
	if (c->unit == NULL)
		return;
	rai_buf_str(b, before);
	rai_html_text(b, c->unit);
}

static double
place(double low, double high, double v)
{
	return high > low ? 100 * fmin(1, fmax(0, (v - low) / (high - low))) : 50;
}

static void
strip_part(struct rai_buf *b, const char *class, double from, double to, double least)
{
	double width = fmax(least, to - from);

	rai_buf_printf(b, "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=\"10\"/>", class,
	    fmin(from, 100 - width), width);
}

/* All training targets, their middle half, the interval and the prediction on one line. */
static void
write_strip(struct rai_buf *b, const struct rai_serve_facts *f, double v, const double *interval)
{
	const struct rai_serve_reference *t = &f->target;
	double low, high, first, third;

	if (t->nquantile < 4)
		return;
	low = fmin(t->quantile[0], interval == NULL ? v : interval[0]);
	high = fmax(t->quantile[t->nquantile - 1], interval == NULL ? v : interval[1]);
	first = rai_stat_quantile(t->quantile, t->nquantile, 0.25);
	third = rai_stat_quantile(t->quantile, t->nquantile, 0.75);
	rai_buf_str(b, "<svg class=\"strip\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
		       "aria-hidden=\"true\">");
	strip_part(b, "all", 0, 100, 0);
	strip_part(b, "half", place(low, high, first), place(low, high, third), 0.3);
	if (interval != NULL)
		strip_part(
		    b, "range", place(low, high, interval[0]), place(low, high, interval[1]), 0.3);
	strip_part(b, "at", place(low, high, v) - 0.3, place(low, high, v) + 0.3, 0.6);
	rai_buf_str(b, "</svg><div class=\"ends\"><span>");
	rai_serve_shell_number(b, low);
	rai_buf_str(b, "</span><span>grey: the middle half in training, ");
	rai_serve_shell_number(b, first);
	rai_buf_str(b, " to ");
	rai_serve_shell_number(b, third);
	rai_buf_str(b, "</span><span>");
	rai_serve_shell_number(b, high);
	rai_buf_str(b, "</span></div>");
}

static void
data(struct rai_buf *b, const char *id, double v)
{
	char exact[RAI_NUM_TEXT];

	rai_num_format(v, exact);
	rai_buf_printf(b, "<data%s value=\"%s\">", id, exact);
	rai_serve_shell_number(b, v);
	rai_buf_str(b, "</data>");
}

static void
write_number(struct rai_buf *b, const struct rai_serve_model *m, double v)
{
	double interval[2];
	int known = rai_serve_answer_interval(m->facts, v, interval);

	rai_buf_str(b, "<b>");
	data(b, "", v);
	rai_serve_answer_unit(b, &m->schema->target, "&#8239;");
	rai_buf_str(b, "</b>");
	if (known) {
		rai_buf_str(b, "<p>likely between <strong>");
		data(b, " id=\"low\"", interval[0]);
		rai_buf_str(b, "</strong> and <strong>");
		data(b, " id=\"high\"", interval[1]);
		rai_buf_str(b,
		    "</strong> <span class=\"hint\">Of the rows that were held out of training, 9 "
		    "of 10 lay as close to what was predicted.</span></p>");
	}
	if (m->facts != NULL)
		write_strip(b, m->facts, v, known ? interval : NULL);
}

/* The k-th class in the order of probability; of equal ones the first is first. */
static size_t
class_at(const struct rai_serve_model *m, const double *out, size_t k)
{
	size_t i, j, before;

	for (i = 0; i < m->nclass; i++) {
		for (before = j = 0; j < m->nclass; j++)
			before += out[j] > out[i] || (j < i && out[j] == out[i]);
		if (before == k)
			return i;
	}
	return 0;
}

static void
write_class(struct rai_buf *b, const struct rai_serve_model *m, const double *out)
{
	size_t k, best = rai_serve_class(m, out);

	rai_buf_str(b, "<b>");
	rai_html_text(b, m->schema->target.level[best]);
	rai_buf_printf(b,
	    "</b><p>with probability <strong>%.3f</strong></p><table><caption>Every "
	    "class by its probability</caption><thead><tr><th scope=\"col\">class</th>"
	    "<th scope=\"col\">probability</th><td></td></tr></thead><tbody>\n",
	    out[best]);
	for (k = 0; k < m->nclass && k < CLASSES_SHOWN; k++) {
		size_t i = class_at(m, out, k);

		rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
		rai_page_name(b, m->schema->target.level[i]);
		rai_buf_printf(b, "</th><td>%.3f</td><td>", out[i]);
		rai_serve_shell_bar(b, "", out[i], NAN);
		rai_buf_str(b, "</td></tr>\n");
	}
	rai_buf_str(b, "</tbody></table>");
	if (m->nclass > CLASSES_SHOWN)
		rai_buf_printf(
		    b, "<p class=\"note\">The first %d of %zu.</p>", CLASSES_SHOWN, m->nclass);
}

const char *
rai_serve_answer_outside(const struct rai_col_spec *c, const struct rai_cell *cell)
{
	if (c->type == RAI_COL_CAT)
		return cell->code == RAI_CODE_UNSEEN ? "never seen in training" : NULL;
	if (cell->num < c->min)
		return "below all of training";
	return cell->num > c->max ? "above all of training" : NULL;
}

/* How many training rows have this value, of a category. */
static void
write_share(
    struct rai_buf *b, const struct rai_serve_model *m, size_t i, const struct rai_cell *cell)
{
	const int64_t *count = m->facts->column[i].count;
	size_t k, bin = m->bin(m->payload, i, cell);
	double all = 0;

	for (k = 0; k < m->nbin[i]; k++)
		all += (double)count[k];
	if (bin >= m->nbin[i] || all == 0)
		return;
	rai_buf_printf(
	    b, "%.3g&#8239;%% have it<span class=\"hint\">", 100 * (double)count[bin] / all);
	rai_page_whole(b, (double)count[bin]);
	rai_buf_str(b, " rows</span>");
}

void
rai_serve_answer_closest(const double *sorted, size_t n, double v, double out[2])
{
	double low = rai_serve_answer_rank(sorted, n, v) - TENTH / 2;

	low = fmax(0, fmin(1 - TENTH, low));
	out[0] = rai_stat_quantile(sorted, n, low);
	out[1] = rai_stat_quantile(sorted, n, low + TENTH);
}

/* Where a number or a date lies. */
static void
write_rank(struct rai_buf *b, const struct rai_col_spec *c, const struct rai_serve_reference *r,
    const char *outside, double v)
{
	double closest[2];

	rai_serve_answer_closest(r->quantile, r->nquantile, v, closest);
	if (outside == NULL)
		rai_buf_printf(b, "above %.0f&#8239;%% of them",
		    fmin(99, 100 * rai_serve_answer_rank(r->quantile, r->nquantile, v)));
	rai_buf_str(b, "<span class=\"hint\">the closest tenth: ");
	rai_serve_answer_value(b, c, closest[0]);
	rai_buf_str(b, " to ");
	rai_serve_answer_value(b, c, closest[1]);
	rai_buf_str(b, "</span>");
}

static void
write_place(
    struct rai_buf *b, const struct rai_serve_model *m, size_t i, const struct rai_cell *cell)
{
	const struct rai_col_spec *c = &m->schema->col[i];
	const struct rai_serve_reference *r =
	    m->facts == NULL || m->facts->column == NULL ? NULL : &m->facts->column[i];
	const char *outside = rai_serve_answer_outside(c, cell);
	int is_cat = c->type == RAI_COL_CAT;

	if (is_cat ? cell->code == RAI_CODE_MISSING : isnan(cell->num)) {
		rai_buf_str(b, "not known");
		return;
	}
	if (outside != NULL)
		rai_buf_printf(b, "<span class=\"warn\">%s</span>", outside);
	if (is_cat && outside == NULL && r != NULL && r->count != NULL)
		write_share(b, m, i, cell);
	else if (!is_cat && r != NULL && r->nquantile > 0)
		write_rank(b, c, r, outside, cell->num);
}

/* What each column adds, beside a typical row; 0: it cannot be told in a moment. */
static int
explain(const struct rai_serve_model *m, const struct rai_serve_page *p,
    struct rai_serve_explanation *out)
{
	struct rai_err err = RAI_ERR_INIT;
	size_t steps = STEPS;

	out->part = m->explain == NULL || m->typical == NULL
			? NULL
			: calloc(m->schema->n + 1, sizeof(*out->part));
	return out->part != NULL &&
	       m->explain(m->payload, p->rows->cell, m->typical,
		   m->nclass > 0 ? rai_serve_class(m, p->out) : 0, out, &steps, &err) == 0;
}

static void
write_part(struct rai_buf *b, const struct rai_serve_explanation *e, double part)
{
	int is_log = strcmp(e->scale, "log") == 0;
	double v = is_log ? 100 * (rai_exp(part) - 1) : part;

	rai_buf_str(b, "<td>");
	if (v > 0)
		rai_buf_char(b, '+');
	if (is_log)
		rai_buf_printf(b, "%s%.1f&#8239;%%", v < 0 ? "\xe2\x88\x92" : "", fabs(v));
	else
		rai_serve_shell_number(b, v);
	rai_buf_str(b, "</td>");
}

static void
write_heads(struct rai_buf *b, const struct rai_serve_model *m,
    const struct rai_serve_explanation *e, int explained)
{
	double typical = NAN;

	rai_buf_str(b, "<caption>Each value by itself; what is outside of training is a guess.");
	if (explained && m->nclass == 0) {
		m->predict(m->payload, m->typical, &typical);
		rai_buf_str(b, " What it adds is beside a typical row, of which ");
		rai_serve_shell_number(b, typical);
		rai_buf_str(b, strcmp(e->scale, "log") == 0
				   ? " would be predicted; the percentages multiply."
				   : " would be predicted.");
	} else if (explained)
		rai_buf_printf(b,
		    " What it adds for this class is beside a typical row, on the scale of %s.",
		    e->scale);
	rai_buf_printf(b,
	    "</caption><thead><tr><th scope=\"col\">feature</th><th scope=\"col\">value</th>%s<th "
	    "scope=\"col\" class=\"text\">among training rows</th></tr></thead><tbody>\n",
	    explained ? "<th scope=\"col\">adds</th>" : "");
}

void
rai_serve_answer_places(
    struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p)
{
	const struct rai_serve_rows *rows = p->rows;
	const struct rai_schema *s = m->schema;
	struct rai_serve_explanation e = {.scale = ""};
	int explained = explain(m, p, &e);
	size_t i;

	rai_buf_str(b, "<details open><summary>How this row lies among those that trained the "
		       "model</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		       "aria-label=\"Values among training rows\"><table class=\"places\">");
	write_heads(b, m, &e, explained);
	for (i = 0; i < s->n; i++) {
		const struct rai_cell *cell = &rows->cell[i];

		rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
		rai_page_name(b, s->col[i].name);
		rai_buf_str(b, "</th><td>");
		if (s->col[i].type != RAI_COL_CAT) {
			rai_serve_answer_value(b, &s->col[i], cell->num);
			if (isfinite(cell->num))
				rai_serve_answer_unit(b, &s->col[i], "&#8239;");
		} else
			rai_page_name(b, rows->text[i] != NULL && *rows->text[i] != '\0'
					     ? rows->text[i]
					     : "\xe2\x80\x93");
		rai_buf_str(b, "</td>");
		if (explained)
			write_part(b, &e, e.part[i]);
		rai_buf_str(b, "<td class=\"text\">");
		write_place(b, m, i, cell);
		rai_buf_str(b, "</td></tr>\n");
	}
	rai_buf_str(b, "</tbody></table></div></details>\n");
	free(e.part);
}

/* The features whose values lie outside of training, each a way to its field. */
static void
write_outside(struct rai_buf *b, const struct rai_schema *s, const struct rai_serve_rows *rows)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (rai_serve_answer_outside(&s->col[i], &rows->cell[i]) == NULL)
			continue;
		rai_buf_printf(b, "%s<a href=\"#f%zu\">",
		    n++ > 0 ? ", " : "<p><span class=\"warn\">Outside of training:</span> ", i);
		rai_page_name(b, s->col[i].name);
		rai_buf_str(b, "</a>");
	}
	if (n > 0)
		rai_buf_str(b, "; so this is a guess.</p>");
}

void
rai_serve_answer_write(
    struct rai_buf *b, const struct rai_serve_model *m, const struct rai_serve_page *p)
{
	if (p->id == NULL)
		return;
	rai_buf_str(b, "<section class=\"answer\" role=\"status\">Predicted ");
	rai_html_text(b, m->schema->target.name);
	if (m->nclass > 0)
		write_class(b, m, p->out);
	else
		write_number(b, m, p->out[0]);
	write_outside(b, m->schema, p->rows);
	rai_buf_str(b, "<span class=\"hint\">by ");
	rai_html_text(b, m->name);
	rai_buf_char(b, ' ');
	rai_html_text(b, m->version);
	rai_buf_str(b, ", prediction <code>");
	rai_html_text(b, p->id);
	rai_buf_str(b, "</code></span></section>\n");
}

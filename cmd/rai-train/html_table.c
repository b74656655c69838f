#include "html.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/progress.h"
#include "table/distinct.h"

#define CANDIDATES 50 /* rows of their table */
#define BARS 30       /* columns whose importance is shown */
#define CLASSES 30    /* a wider confusion matrix is not shown */

static int
is_shown(const struct result *r, size_t metric)
{
	return rai_metric_fits((enum rai_metric)metric, r->trained->pipeline.fitted.nclass);
}

void
html_metrics(struct rai_buf *b, const struct result *r)
{
	int champion = r->champion[0] != '\0';
	size_t m;

	rai_buf_str(b, "<div class=\"scroll\"><table><caption>On the hold-out, with 95 % bootstrap "
		       "intervals</caption><thead><tr><th scope=\"col\">metric</th><th "
		       "scope=\"col\">value</th><th scope=\"col\">from</th><th "
		       "scope=\"col\">to</th>");
	if (champion)
		rai_buf_str(b, "<th scope=\"col\">champion</th><th scope=\"col\">change</th>");
	rai_buf_str(b, "<th scope=\"col\">better is</th></tr></thead><tbody>\n");
	for (m = 0; m < RAI_METRICS; m++) {
		const struct rai_interval *v = &r->trained->metric[m];

		if (!is_shown(r, m))
			continue;
		rai_buf_printf(b, "<tr%s><th scope=\"row\">%s</th>",
		    m == r->plan->train.metric ? " class=\"chosen\"" : "", rai_metric_names[m]);
		html_cell(b, v->value);
		html_cell(b, v->low);
		html_cell(b, v->high);
		if (champion) {
			html_cell(b, r->champion_metric[m]);
			html_cell(b, v->value - r->champion_metric[m]);
		}
		rai_buf_printf(b, "<td>%s</td></tr>\n",
		    rai_metric_direction((enum rai_metric)m) > 0 ? "more" : "less");
	}
	rai_buf_str(b, "</tbody></table></div>\n");
}

static void
candidate_row(struct rai_buf *b, const struct result *r, size_t i)
{
	const struct rai_candidate *c = &r->plan->train.candidate[i];
	struct rai_buf params = RAI_BUF_INIT(4096);
	int is_chosen = i == r->trained->chosen;
	char seconds[24];
	size_t m;

	candidate_params(&params, &c->spec);
	rai_buf_printf(b, "<tr%s><th scope=\"row\" class=\"text\">%s%s",
	    is_chosen ? " class=\"chosen\"" : "", c->spec.kind->name,
	    is_chosen ? " \xe2\x80\x93 chosen" : "");
	if (params.len > 0) {
		rai_buf_str(b, "<span class=\"params\">");
		rai_html_text(b, params.ptr);
		rai_buf_str(b, "</span>");
	}
	rai_buf_str(b, "</th>");
	for (m = 0; m < RAI_METRICS; m++)
		if (is_shown(r, m))
			html_cell(b, c->metric[m]);
	if (r->plan->train.all_scores)
		html_cell(b, c->holdout[r->plan->train.metric]);
	rai_progress_duration(c->seconds, seconds, sizeof(seconds));
	rai_buf_printf(b, "<td>%s</td></tr>\n", seconds);
	rai_buf_free(&params);
}

void
html_candidates(struct rai_buf *b, const struct result *r)
{
	const struct rai_train_options *o = &r->plan->train;
	size_t *order = candidate_order(r), i, m;
	char measured[48];

	if (order == NULL) {
		b->bad = 1;
		return;
	}
	candidate_measured(o, measured);
	rai_buf_printf(b,
	    "<section><h2>Candidates</h2><div class=\"scroll\"><table><caption>%s</caption>"
	    "<thead><tr><th scope=\"col\">candidate</th>",
	    measured);
	for (m = 0; m < RAI_METRICS; m++)
		if (is_shown(r, m))
			rai_buf_printf(b, "<th scope=\"col\">%s</th>", rai_metric_names[m]);
	if (o->all_scores)
		rai_buf_printf(
		    b, "<th scope=\"col\">%s, hold-out</th>", rai_metric_names[o->metric]);
	rai_buf_str(b, "<th scope=\"col\">fit time</th></tr></thead><tbody>\n");
	for (i = 0; i < o->ncandidate && i < CANDIDATES; i++)
		candidate_row(b, r, order[i]);
	rai_buf_str(b, "</tbody></table></div>\n");
	if (o->ncandidate > CANDIDATES)
		rai_buf_printf(b,
		    "<p class=\"note\">The best %d of %zu; the event lists all of them.</p>\n",
		    CANDIDATES, o->ncandidate);
	rai_buf_str(b, "</section>\n");
	free(order);
}

/* Where the interval lies between low and high of all slices. */
static void
slice_track(struct rai_buf *b, const struct rai_interval *v, double low, double high)
{
	double length = high - low;

	if (!(length > 0) || isnan(v->low)) {
		rai_buf_str(b, "<td></td>");
		return;
	}
	rai_buf_printf(b,
	    "<td><span class=\"track range\"><i style=\"left:%.1f%%;width:%.1f%%\"></i><i "
	    "style=\"left:%.1f%%\"></i></span></td>",
	    100 * (v->low - low) / length, 100 * (v->high - v->low) / length,
	    98 * (v->value - low) / length);
}

static void
slice_row(struct rai_buf *b, const struct rai_slice *s, double low, double high)
{
	static const char *const word[] = {"failed", "passed", "unclear"};

	rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
	rai_page_name(b, s->label);
	rai_buf_printf(b, "</th><td>%zu</td>", s->n);
	html_cell(b, s->metric.value);
	html_cell(b, s->metric.low);
	html_cell(b, s->metric.high);
	slice_track(b, &s->metric, low, high);
	html_cell(b, s->gap);
	rai_buf_printf(b, "<td class=\"%s\"><span class=\"badge\">%s</span></td></tr>\n",
	    word[s->verdict], s->verdict == RAI_VERDICT_UNCLEAR ? "cannot tell" : word[s->verdict]);
}

static void
slices_of_column(struct rai_buf *b, const struct result *r, const struct rai_slices *s)
{
	double low = NAN, high = NAN;
	size_t k;

	for (k = 0; k < s->count; k++) {
		low = fmin(low, s->slice[k].metric.low);
		high = fmax(high, s->slice[k].metric.high);
	}
	rai_buf_printf(b,
	    "<div class=\"scroll\"><table><caption>%s of parts of the hold-out</caption><thead><tr>"
	    "<th scope=\"col\">slice</th><th scope=\"col\">rows</th><th "
	    "scope=\"col\">value</th><th "
	    "scope=\"col\">from</th><th scope=\"col\">to</th><td></td><th "
	    "scope=\"col\">gap</th><th "
	    "scope=\"col\">verdict</th></tr></thead><tbody>\n",
	    rai_metric_names[r->plan->train.metric]);
	for (k = 0; k < s->count && k < 100; k++)
		slice_row(b, &s->slice[k], low, high);
	rai_buf_str(b, "</tbody></table></div>\n");
}

void
html_slices(struct rai_buf *b, const struct result *r)
{
	size_t i;

	if (r->nslices == 0)
		return;
	rai_buf_str(b, "<section><h2>Slices</h2><p class=\"lead\">A model that is good on average "
		       "may fail one part of the rows.</p>\n");
	for (i = 0; i < r->nslices; i++)
		slices_of_column(b, r, &r->slices[i]);
	rai_buf_str(b, "</section>\n");
}

static void
confusion_row(struct rai_buf *b, const struct result *r, size_t i, size_t n)
{
	const size_t *row = r->explained.confusion + i * n;
	size_t k, all = 0;

	for (k = 0; k < n; k++)
		all += row[k];
	rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
	rai_page_name(b, r->table->schema.target.level[i]);
	rai_buf_str(b, "</th>");
	for (k = 0; k < n; k++)
		rai_buf_printf(b, "<td class=\"heat%s\" style=\"--h:%.0f%%\">%zu</td>",
		    k == i ? " right" : "", all > 0 ? 60.0 * (double)row[k] / (double)all : 0,
		    row[k]);
	rai_buf_printf(b, "<td>%zu</td>", all);
	html_cell(b, all > 0 ? (double)row[i] / (double)all : NAN);
	rai_buf_str(b, "</tr>\n");
}

/* The share of what is said that is right, under each column. */
static void
confusion_foot(struct rai_buf *b, const struct result *r, size_t n)
{
	size_t i, k, all;

	rai_buf_str(b, "<tr><th scope=\"row\">precision</th>");
	for (k = 0; k < n; k++) {
		for (all = i = 0; i < n; i++)
			all += r->explained.confusion[i * n + k];
		html_cell(
		    b, all > 0 ? (double)r->explained.confusion[k * n + k] / (double)all : NAN);
	}
	rai_buf_str(b, "<td></td><td></td></tr></tbody></table></div>\n");
}

void
html_confusion(struct rai_buf *b, const struct result *r)
{
	size_t n = r->trained->pipeline.fitted.nclass, k;

	if (n > CLASSES) {
		rai_buf_printf(b,
		    "<p class=\"note\">A table of %zu by %zu classes would not help.</p>\n", n, n);
		return;
	}
	rai_buf_str(b, "<div class=\"scroll\"><table><caption>Rows of each class (down) by the "
		       "class that is said (across)</caption><thead><tr><th "
		       "scope=\"col\">actual</th>");
	for (k = 0; k < n; k++) {
		rai_buf_str(b, "<th scope=\"col\">");
		rai_page_name(b, r->table->schema.target.level[k]);
		rai_buf_str(b, "</th>");
	}
	rai_buf_str(
	    b, "<th scope=\"col\">rows</th><th scope=\"col\">recall</th></tr></thead><tbody>\n");
	for (k = 0; k < n; k++)
		confusion_row(b, r, k, n);
	confusion_foot(b, r, n);
}

struct bar {
	size_t column;
	double drop;
};

static int
larger_first(const void *x, const void *y)
{
	const struct bar *a = x, *b = y;

	if (a->drop != b->drop)
		return isnan(a->drop) || isnan(b->drop) ? isnan(a->drop) - isnan(b->drop)
							: (a->drop < b->drop) - (a->drop > b->drop);
	return (a->column > b->column) - (a->column < b->column);
}

void
html_importance(struct rai_buf *b, const struct result *r)
{
	const struct rai_importance *v = r->explained.importance;
	size_t n = r->table->schema.n, i;
	struct bar *bar = calloc(n + 1, sizeof(*bar));

	if (bar == NULL) {
		b->bad = 1;
		return;
	}
	for (i = 0; i < n; i++)
		bar[i] = (struct bar){i, v[i].drop};
	qsort(bar, n, sizeof(*bar), larger_first);
	rai_buf_printf(b,
	    "<div class=\"scroll\"><table><caption>How much worse %s gets when the column is "
	    "shuffled among the held-out rows, %d times</caption><thead><tr><th "
	    "scope=\"col\">column</th><td></td><th scope=\"col\">loss</th><th "
	    "scope=\"col\">\xc2\xb1 "
	    "sd</th></tr></thead><tbody>\n",
	    rai_metric_names[r->plan->train.metric], RAI_IMPORTANCE_REPEATS);
	for (i = 0; i < n && i < BARS; i++) {
		double width = bar[0].drop > 0 ? 100 * fmax(0, bar[i].drop) / bar[0].drop : 0;

		rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
		rai_page_name(b, r->table->schema.col[bar[i].column].name);
		rai_buf_printf(b,
		    "</th><td><span class=\"track\"><i style=\"width:%.1f%%\"></i></span></td>",
		    width);
		html_cell(b, bar[i].drop);
		html_cell(b, v[bar[i].column].sd);
		rai_buf_str(b, "</tr>\n");
	}
	rai_buf_str(b, "</tbody></table></div>\n");
	if (n > BARS)
		rai_buf_printf(b, "<p class=\"note\">The first %d of %zu columns.</p>\n", BARS, n);
	free(bar);
}

static int
column_row(struct rai_buf *b, const struct result *r, size_t j, struct rai_err *err)
{
	static const char *const word[] = {"number", "category", "date"};
	const struct rai_split *s = &r->trained->split;
	const struct rai_col_spec *c = &r->table->schema.col[j];
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	size_t distinct = c->nlevel;
	struct described d;

	if (describe_column(r->plan, r->table, s->train, s->ntrain, j, &d, err) != 0)
		return -1;
	if (c->type != RAI_COL_CAT &&
	    rai_distinct(r->table->col[j].num, r->table->nrow, &distinct, NULL) != 0)
		return rai_fail_memory(err);
	rai_buf_str(b, "<tr><th scope=\"row\" class=\"text\">");
	rai_page_name(b, c->name);
	rai_buf_printf(b,
	    "</th><td class=\"text\">%s</td><td>%zu</td><td>%zu</td><td class=\"text\">",
	    word[c->type], d.missing, distinct);
	describe_values(&text, c);
	rai_page_name(b, text.ptr);
	rai_buf_str(b, "</td><td class=\"text\">");
	rai_buf_clear(&text);
	describe_treatment(&text, r->plan, c, &d);
	rai_page_name(b, text.ptr);
	rai_buf_str(b, "</td></tr>\n");
	rai_buf_free(&text);
	return 0;
}

int
html_columns(struct rai_buf *b, const struct result *r, struct rai_err *err)
{
	size_t j;

	rai_buf_str(b,
	    "<section><h2>Columns</h2><div class=\"scroll\"><table><caption>What came in, and what "
	    "the preparation does with it</caption><thead><tr><th scope=\"col\">column</th><th "
	    "scope=\"col\" class=\"text\">type</th><th scope=\"col\">missing</th><th "
	    "scope=\"col\">distinct</th><th scope=\"col\" class=\"text\">values</th><th "
	    "scope=\"col\" class=\"text\">treatment</th></tr></thead><tbody>\n");
	for (j = 0; j < r->table->schema.n; j++)
		if (column_row(b, r, j, err) != 0)
			return -1;
	rai_buf_str(b, "</tbody></table></div>\n");
	if (r->trained->pipeline.fitted.kind->view == RAI_VIEW_NATIVE)
		rai_buf_printf(b,
		    "<p class=\"note\">%s takes missing values as they are, and categories too "
		    "where nothing else is declared.</p>\n",
		    r->trained->pipeline.fitted.kind->name);
	rai_buf_str(b, "</section>\n");
	return 0;
}

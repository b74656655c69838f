#include "html.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

#define PAGE_MAX ((size_t)256 << 20) /* bytes */

void
html_cell(struct rai_buf *b, double v)
{
	rai_buf_str(b, "<td>");
	rai_page_number(b, v);
	rai_buf_str(b, "</td>");
}

static void
write_head(struct rai_buf *b, const struct result *r)
{
	size_t i;

	rai_buf_str(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		       "style-src 'unsafe-inline'\">\n<title>");
	rai_html_text(b, r->plan->model->name);
	rai_buf_printf(
	    b, ": %s</title>\n<style>", rai_gate_passed(r->gate) ? "trained" : "rejected");
	for (i = 0; rai_page_style[i] != NULL; i++)
		rai_buf_str(b, rai_page_style[i]);
	rai_buf_str(b, "</style></head>\n<body>");
}

static void
write_top(struct rai_buf *b, const struct result *r)
{
	const struct rai_split *s = &r->trained->split;

	rai_buf_str(b, "<header><p class=\"kicker\">Training report</p><h1>");
	rai_page_name(b, r->plan->model->name);
	rai_buf_str(b, "</h1><p class=\"lead\">");
	rai_buf_printf(b, "%s learns ", r->trained->pipeline.fitted.kind->name);
	rai_page_name(b, r->table->schema.target.name);
	rai_buf_str(b, r->trained->unit == RAI_UNIT_LOG ? " on the log scale from " : " from ");
	rai_page_whole(b, (double)s->ntrain);
	rai_buf_str(b, " rows; ");
	rai_page_whole(b, (double)s->ntest);
	rai_buf_str(b, " rows that it has not seen measure it.</p></header>\n<main>");
}

static void
write_verdict(struct rai_buf *b, const struct result *r)
{
	static const char *const word[] = {"failed", "passed", "unclear"};
	static const char *const sign[] = {"\xe2\x9c\x95 ", "\xe2\x9c\x93 ", "? "};
	int passed = rai_gate_passed(r->gate);
	size_t i;

	rai_buf_printf(b,
	    "<section class=\"verdict %s\" aria-labelledby=\"verdict\"><b id=\"verdict\">%s</b>%s",
	    passed ? "passed" : "failed",
	    passed ? "\xe2\x9c\x93 Passed: may be released" : "\xe2\x9c\x95 Rejected",
	    passed ? "" : "No model file was written; what ran before still stands.");
	if (r->gate->n == 0)
		rai_buf_str(b, "Nothing was asked of it: the declaration has no gate.");
	rai_buf_str(b, "<ul>\n");
	for (i = 0; i < r->gate->n; i++) {
		const struct rai_check *c = &r->gate->check[i];

		rai_buf_printf(b,
		    "<li class=\"%s\"><span class=\"badge\">%s%s</span><span><b>%s</b>: ",
		    word[c->verdict], sign[c->verdict],
		    c->verdict == RAI_VERDICT_UNCLEAR ? "cannot tell" : word[c->verdict], c->name);
		rai_page_name(b, c->message);
		rai_buf_str(b, "</span></li>\n");
	}
	rai_buf_str(b, "</ul></section>\n");
}

static void
write_tile(struct rai_buf *b, const struct result *r, enum rai_metric m)
{
	const struct rai_interval *v = &r->trained->metric[m];

	rai_buf_printf(b, "<div class=\"tile\"><dt>%s</dt><dd>", rai_metric_names[m]);
	rai_page_number(b, v->value);
	rai_buf_str(b, "<small>");
	if (!isnan(v->low)) {
		rai_page_number(b, v->low);
		rai_buf_str(b, " to ");
		rai_page_number(b, v->high);
	}
	if (r->champion[0] != '\0') {
		rai_buf_str(b, "<br>champion ");
		rai_page_number(b, r->champion_metric[m]);
	}
	rai_buf_str(b, "</small></dd></div>\n");
}

/* The metric that decides first, then those that most people know. */
static void
write_tiles(struct rai_buf *b, const struct result *r)
{
	static const enum rai_metric known[] = {RAI_METRIC_R2, RAI_METRIC_MAE, RAI_METRIC_MAPE,
	    RAI_METRIC_AUC, RAI_METRIC_ACCURACY, RAI_METRIC_F1, RAI_METRIC_LOG_LOSS};
	size_t i, shown = 1;

	rai_buf_str(b, "<dl class=\"tiles\">");
	write_tile(b, r, r->plan->train.metric);
	for (i = 0; i < sizeof(known) / sizeof(known[0]) && shown < 4; i++)
		if (known[i] != r->plan->train.metric &&
		    rai_metric_fits(known[i], r->trained->pipeline.fitted.nclass)) {
			write_tile(b, r, known[i]);
			shown++;
		}
	rai_buf_str(b, "</dl>\n");
}

static int
write_plots(struct rai_buf *b, const struct result *r, struct rai_err *err)
{
	int classes = r->trained->pipeline.fitted.nclass > 0;

	rai_buf_str(b, "<section><h2>Predictions</h2>\n");
	if (classes)
		html_confusion(b, r);
	rai_buf_str(b, "<div class=\"plots\">\n");
	if (classes)
		html_calibration(b, r);
	else {
		html_fit(b, r);
		html_spread(b, r);
		if (html_histogram(b, r, err) != 0)
			return -1;
	}
	if (r->explained.ncurve > 0)
		html_curve(b, r);
	rai_buf_str(b, "</div></section>\n");
	return 0;
}

static void
fact(struct rai_buf *b, const char *what, const char *text)
{
	if (text[0] == '\0')
		return;
	rai_buf_printf(b, "<dt>%s</dt><dd>", what);
	rai_page_name(b, text);
	rai_buf_str(b, "</dd>\n");
}

static void
write_facts(struct rai_buf *b, const struct options *o, const struct result *r)
{
	const struct rai_table_counts *c = &r->table->counts;
	char newest[16], number[24], time[RAI_CLOCK_TEXT];

	newest_date(r->plan, r->table, newest);
	rai_clock_format(rai_clock_now(&o->cli->clock), time);
	rai_buf_str(b, "<section><h2>What was trained on what</h2><dl class=\"facts\">\n");
	fact(b, "data", r->plan->source);
	fact(b, "digest", r->table->digest);
	rai_buf_printf(b,
	    "<dt>rows</dt><dd>%zu read, %zu kept (left out: %zu without a target, %zu "
	    "duplicates)</dd>\n",
	    c->read, r->table->nrow, c->no_target, c->duplicates);
	fact(b, "newest", newest);
	fact(b, "held out", split_name(&r->plan->train.split));
	fact(b, "declaration", r->plan->loop.file);
	fact(b, "digest", r->plan->loop.digest);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)r->plan->train.seed);
	fact(b, "seed", number);
	fact(b, "program", "rai-train " RAI_VERSION);
	fact(b, "trained at", time);
	if (r->artifact_bytes > 0) {
		fact(b, "model file", r->plan->output);
		fact(b, "digest", r->artifact_digest);
	}
	fact(b, "champion", r->champion);
	rai_buf_str(b, "</dl></section>\n");
}

static void
shell_word(struct rai_buf *b, const char *s)
{
	struct rai_buf word = RAI_BUF_INIT(PAGE_MAX);

	rai_buf_word(&word, s);
	b->bad |= word.bad;
	rai_html_text(b, word.ptr);
	rai_buf_free(&word);
}

static void
add_option(struct rai_buf *b, const char *option, const char *value)
{
	if (value == NULL)
		return;
	rai_buf_printf(b, " --%s ", option);
	shell_word(b, value);
}

/* What both commands need to come to the same model. */
static void
add_inputs(struct rai_buf *b, const struct options *o)
{
	size_t i;

	add_option(b, "from", o->from);
	add_option(b, "import", o->import);
	add_option(b, "external", o->external);
	add_option(b, "separator", o->separator);
	add_option(b, "quarantine", o->quarantine);
	for (i = 0; i < o->noperand; i++) {
		char *name = rai_origin_name(o->operand[i]);

		rai_buf_char(b, ' ');
		if (name == NULL)
			b->bad = 1;
		else
			shell_word(b, name);
		free(name);
	}
}

static void
add_start(struct rai_buf *b, const struct result *r)
{
	rai_buf_str(b, "rai-train");
	add_option(b, "config", r->plan->loop.file);
	add_option(b, "model", r->plan->model->name);
}

static void
write_again(struct rai_buf *b, const struct options *o, const struct result *r)
{
	rai_buf_str(b, "<section><h2>Again</h2><p>The model is a function of the data, the "
		       "declaration, the seed and the version of the program. To train it "
		       "again:</p><pre><code>");
	add_start(b, r);
	rai_buf_printf(b, " --seed %llu", (unsigned long long)r->plan->train.seed);
	add_inputs(b, o);
	if (r->artifact_bytes > 0) {
		rai_buf_str(b, "</code></pre><p>To check that this file comes out, byte by "
			       "byte:</p><pre><code>");
		add_start(b, r);
		add_option(b, "verify", r->plan->output);
		add_inputs(b, o);
	}
	rai_buf_str(b, "</code></pre></section>\n");
}

static int
write_page(struct rai_buf *b, const struct options *o, const struct result *r, struct rai_err *err)
{
	write_head(b, r);
	write_top(b, r);
	write_verdict(b, r);
	write_tiles(b, r);
	if (write_plots(b, r, err) != 0)
		return -1;
	rai_buf_str(b, "<section><h2>Metrics</h2>\n");
	html_metrics(b, r);
	rai_buf_str(b, "</section>\n");
	if (r->plan->train.ncandidate > 0)
		html_candidates(b, r);
	html_slices(b, r);
	if (r->explained.importance != NULL) {
		rai_buf_str(b, "<section><h2>What the model looks at</h2>\n");
		html_importance(b, r);
		rai_buf_str(b, "</section>\n");
	}
	if (html_columns(b, r, err) != 0)
		return -1;
	write_facts(b, o, r);
	write_again(b, o, r);
	rai_buf_str(b, "</main><footer>Written by rai-train " RAI_VERSION
		       "; this page needs nothing but itself.</footer></body></html>\n");
	return 0;
}

int
write_html(const struct options *o, const struct result *r, struct rai_err *err)
{
	struct rai_buf page = RAI_BUF_INIT(PAGE_MAX);
	int rc = -1;

	if (write_page(&page, o, r, err) == 0 && rai_buf_check(&page, "page", err) == 0 &&
	    rai_file_mkdirs_for(o->html, err) == 0)
		rc = rai_file_write(o->html, page.ptr, page.len, 0644, err);
	rai_buf_free(&page);
	return rc;
}

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/progress.h"
#include "tool.h"

static void
add_number(struct rai_buf *b, double v)
{
	if (isnan(v))
		rai_buf_printf(b, " %11s", "-");
	else
		rai_buf_printf(b, fabs(v) < 100 ? " %11.4f" : " %11.0f", v);
}

void
add_spec(struct rai_buf *b, const struct rai_fitted *f, int width)
{
	struct rai_buf text = RAI_BUF_INIT(4096);
	size_t i;

	rai_buf_str(&text, f->kind->name);
	for (i = 0; f->kind->param[i].name != NULL; i++)
		if (f->param[i] != f->kind->param[i].value) {
			rai_buf_printf(&text, " %s=", f->kind->param[i].name);
			if (rai_fitted_word(f, i) != NULL)
				rai_buf_str(&text, rai_fitted_word(f, i));
			else
				rai_buf_printf(&text, "%.4g", f->param[i]);
		}
	rai_buf_printf(b, "%-*s", width, text.ptr);
	rai_buf_free(&text);
}

static int
is_shown(const struct result *r, size_t metric)
{
	return rai_metric_fits((enum rai_metric)metric, r->trained->pipeline.fitted.nclass);
}

static void
add_candidates(struct rai_buf *b, const struct result *r)
{
	const struct rai_train_options *o = &r->plan->train;
	char folds[48], seconds[24];
	size_t i, m;

	snprintf(folds, sizeof(folds), "mean of %zu folds", o->folds);
	rai_buf_printf(b, "\n  %-32s",
	    o->folds > 0        ? folds
	    : o->ncandidate > 1 ? "on the validation part"
				: "candidate");
	for (m = 0; m < RAI_METRICS; m++)
		if (is_shown(r, m))
			rai_buf_printf(b, " %11s", rai_metric_names[m]);
	if (o->all_scores)
		rai_buf_printf(b, " %7s %s", rai_metric_names[o->metric], "hold-out");
	rai_buf_str(b, "    time\n");
	for (i = 0; i < o->ncandidate; i++) {
		rai_buf_str(b, i == r->trained->chosen ? "* " : "  ");
		add_spec(b, &o->candidate[i].spec, 32);
		for (m = 0; m < RAI_METRICS; m++)
			if (is_shown(r, m))
				add_number(b, o->candidate[i].metric[m]);
		if (o->all_scores)
			rai_buf_printf(b, " %16.4f", o->candidate[i].holdout[o->metric]);
		rai_progress_duration(o->candidate[i].seconds, seconds, sizeof(seconds));
		rai_buf_printf(b, " %7s\n", seconds);
	}
}

static void
add_metrics(struct rai_buf *b, const struct result *r)
{
	size_t m;

	rai_buf_printf(
	    b, "\n  %-32s %11s %11s %11s", "on the hold-out", "value", "95 % from", "to");
	if (r->champion[0] != '\0')
		rai_buf_printf(b, " %11s", "champion");
	rai_buf_char(b, '\n');
	for (m = 0; m < RAI_METRICS; m++) {
		if (!is_shown(r, m))
			continue;
		rai_buf_printf(b, "  %-32s", rai_metric_names[m]);
		add_number(b, r->trained->metric[m].value);
		add_number(b, r->trained->metric[m].low);
		add_number(b, r->trained->metric[m].high);
		if (r->champion[0] != '\0')
			add_number(b, r->champion_metric[m]);
		rai_buf_char(b, '\n');
	}
}

static void
add_gate(struct rai_buf *b, const struct result *r)
{
	static const char *const word[] = {"failed", "passed", "unclear"};
	const struct rai_gate *g = r->gate;
	size_t i;

	rai_buf_str(b, "\n");
	for (i = 0; i < g->n; i++)
		rai_buf_printf(b, "  %-9s %-8s %s\n", g->check[i].name, word[g->check[i].verdict],
		    g->check[i].message);
	if (rai_gate_passed(g))
		rai_buf_printf(b, "  trained: %s (%zu bytes, %.19s)\n", r->plan->output,
		    r->artifact_bytes, r->artifact_digest);
	else
		rai_buf_str(b, "  rejected: no file was written\n");
}

static void
add_leaks(struct rai_buf *b, const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->nleak; i++)
		rai_buf_printf(b, "  %.64s is the target in another form: %s\n", p->leak[i],
		    p->model->features.leak == RAI_LEAK_KEEP ? "kept" : "dropped");
}

void
write_report(const struct result *r, struct rai_buf *out)
{
	const struct rai_table_counts *c = &r->table->counts;
	const struct rai_split *s = &r->trained->split;

	rai_buf_printf(
	    out, "%s from %s: %zu rows", r->plan->model->name, r->plan->source, r->table->nrow);
	if (c->no_target > 0 || c->duplicates > 0)
		rai_buf_printf(out, " (left out: %zu without a target, %zu duplicates)",
		    c->no_target, c->duplicates);
	rai_buf_printf(out, ", %zu to train on, %zu held out by %s\n", s->ntrain, s->ntest,
	    split_name(&r->plan->train.split));
	add_leaks(out, r->plan);
	add_candidates(out, r);
	add_searches_report(r, out);
	add_metrics(out, r);
	add_gate(out, r);
}

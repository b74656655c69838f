#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/progress.h"
#include "tool.h"

#define NAMES 32 /* width of the first column */

static void
add_number(struct rai_buf *b, double v)
{
	if (isnan(v))
		rai_buf_printf(b, " %11s", "-");
	else
		rai_buf_printf(b, fabs(v) < 100 ? " %11.4f" : " %11.0f", v);
}

void
candidate_params(struct rai_buf *b, const struct rai_fitted *f)
{
	size_t i, n = 0;

	for (i = 0; f->kind->param[i].name != NULL; i++) {
		const char *word = rai_fitted_word(f, i);

		if (f->param[i] == f->kind->param[i].value)
			continue;
		rai_buf_printf(b, "%s%s=", n++ > 0 ? " " : "", f->kind->param[i].name);
		if (word != NULL)
			rai_buf_str(b, word);
		else
			rai_buf_printf(b, "%.4g", f->param[i]);
	}
}

void
add_spec(struct rai_buf *b, const struct rai_fitted *f, int width)
{
	struct rai_buf text = RAI_BUF_INIT(4096);

	rai_buf_printf(&text, "%s ", f->kind->name);
	candidate_params(&text, f);
	rai_buf_printf(b, "%-*s", width, text.ptr);
	rai_buf_free(&text);
}

void
candidate_measured(const struct rai_train_options *o, char out[48])
{
	if (o->folds > 0)
		snprintf(out, 48, "mean of %zu folds", o->folds);
	else
		snprintf(out, 48, "%s", o->ncandidate > 1 ? "on the validation part" : "candidate");
}

/* Candidates by their metric; those without one are last, equal ones in their order. */
struct placed {
	double value;
	size_t index;
};

static int
best_first(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	if (isnan(a->value) != isnan(b->value))
		return isnan(a->value) - isnan(b->value);
	if (a->value != b->value && !isnan(a->value))
		return a->value < b->value ? 1 : -1;
	return (a->index > b->index) - (a->index < b->index);
}

size_t *
candidate_order(const struct result *r)
{
	const struct rai_train_options *o = &r->plan->train;
	struct placed *v = calloc(o->ncandidate + 1, sizeof(*v));
	size_t *order = calloc(o->ncandidate + 1, sizeof(*order)), i;

	if (v != NULL && order != NULL) {
		for (i = 0; i < o->ncandidate; i++)
			v[i] = (struct placed){
			    o->candidate[i].metric[o->metric] * rai_metric_direction(o->metric), i};
		qsort(v, o->ncandidate, sizeof(*v), best_first);
		for (i = 0; i < o->ncandidate; i++)
			order[i] = v[i].index;
	} else {
		free(order);
		order = NULL;
	}
	free(v);
	return order;
}

static int
is_shown(const struct result *r, size_t metric)
{
	return rai_metric_fits((enum rai_metric)metric, r->trained->pipeline.fitted.nclass);
}

static void
add_candidate(struct rai_buf *b, const struct result *r, size_t i)
{
	const struct rai_candidate *c = &r->plan->train.candidate[i];
	char seconds[24];
	size_t m;

	rai_buf_str(b, i == r->trained->chosen ? "* " : "  ");
	add_spec(b, &c->spec, NAMES);
	for (m = 0; m < RAI_METRICS; m++)
		if (is_shown(r, m))
			add_number(b, c->metric[m]);
	if (r->plan->train.all_scores)
		rai_buf_printf(b, " %16.4f", c->holdout[r->plan->train.metric]);
	rai_progress_duration(c->seconds, seconds, sizeof(seconds));
	rai_buf_printf(b, " %7s\n", seconds);
}

/* The heading of a column as wide as its numbers. */
static void
add_heading(struct rai_buf *b, size_t m)
{
	rai_buf_printf(
	    b, " %11s", m == RAI_METRIC_BALANCED_ACCURACY ? "balanced" : rai_metric_names[m]);
}

static void
add_candidates(struct rai_buf *b, const struct result *r)
{
	const struct rai_train_options *o = &r->plan->train;
	size_t *order = candidate_order(r), i, m;
	char measured[48];

	candidate_measured(o, measured);
	rai_buf_printf(b, "\n  %-*s", NAMES, measured);
	for (m = 0; m < RAI_METRICS; m++)
		if (is_shown(r, m))
			add_heading(b, m);
	if (o->all_scores)
		rai_buf_printf(b, " %7s %s", rai_metric_names[o->metric], "hold-out");
	rai_buf_str(b, "    time\n");
	for (i = 0; order != NULL && i < o->ncandidate; i++)
		add_candidate(b, r, order[i]);
	free(order);
}

static void
add_metrics(struct rai_buf *b, const struct result *r)
{
	size_t m;

	rai_buf_printf(
	    b, "\n  %-*s %11s %11s %11s", NAMES, "on the hold-out", "value", "95 % from", "to");
	if (r->champion[0] != '\0')
		rai_buf_printf(b, " %11s", "champion");
	rai_buf_char(b, '\n');
	for (m = 0; m < RAI_METRICS; m++) {
		if (!is_shown(r, m))
			continue;
		rai_buf_printf(b, "  %-*s", NAMES, rai_metric_names[m]);
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
	size_t malformed = rai_refused_malformed(&r->plan->refused);
	const struct rai_split *s = &r->trained->split;

	rai_buf_printf(
	    out, "%s from %s: %zu rows", r->plan->model->name, r->plan->source, r->table->nrow);
	if (c->no_target > 0 || c->duplicates > 0 || malformed > 0)
		rai_buf_printf(out,
		    " (left out: %zu without a target, %zu duplicates, %zu malformed)",
		    c->no_target, c->duplicates, malformed);
	rai_buf_printf(out, ", %zu to train on, %zu held out by %s\n", s->ntrain, s->ntest,
	    split_name(&r->plan->train.split));
	add_leaks(out, r->plan);
	add_candidates(out, r);
	add_searches_report(r, out);
	add_metrics(out, r);
	add_gate(out, r);
}

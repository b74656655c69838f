#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "json/event.h"
#include "model/save.h"
#include "tool.h"

#define SLICES 100 /* of one column, in the event */

static void
date_text(double days, char out[16])
{
	int year, month, day;

	rai_clock_civil((int64_t)days, &year, &month, &day);
	snprintf(out, 16, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
}

const struct rai_column *
date_column(const struct plan *p, const struct rai_table *t, const struct rai_col_spec **spec)
{
	const struct rai_col_spec *c;
	const struct rai_column *by = NULL;
	size_t j;

	if (p->train.split.rule == RAI_SPLIT_NEWEST)
		by = rai_table_column(t, p->train.split.column, &c);
	for (j = 0; (by == NULL || c->type != RAI_COL_DATE) && j < t->schema.n; j++) {
		c = &t->schema.col[j];
		by = &t->col[j];
	}
	if (by == NULL || c->type != RAI_COL_DATE)
		return NULL;
	if (spec != NULL)
		*spec = c;
	return by;
}

void
newest_date(const struct plan *p, const struct rai_table *t, char out[16])
{
	double newest = NAN;
	const struct rai_column *by = date_column(p, t, NULL);
	size_t i;

	out[0] = '\0';
	for (i = 0; by != NULL && i < t->nrow; i++)
		newest = fmax(newest, by->num[i]);
	if (!isnan(newest))
		date_text(newest, out);
}

/* How many rows are not among those of the table, and why. */
static void
write_refused(struct rai_jw *w, const struct result *r)
{
	enum rai_refusal kind;

	rai_jw_object(w, "refused");
	rai_jw_int(w, rai_refusal_name(RAI_REFUSED_TARGET), (int64_t)r->table->counts.no_target);
	rai_jw_int(
	    w, rai_refusal_name(RAI_REFUSED_DUPLICATE), (int64_t)r->table->counts.duplicates);
	for (kind = RAI_REFUSED_FIELDS; kind < RAI_REFUSALS; kind++)
		rai_jw_int(w, rai_refusal_name(kind), (int64_t)r->plan->refused.count[kind]);
	rai_jw_end(w);
}

static void
write_data(struct rai_jw *w, const struct result *r)
{
	char newest[16];
	size_t i;

	newest_date(r->plan, r->table, newest);
	rai_jw_object(w, "data");
	rai_jw_str(w, "source", r->plan->source);
	rai_jw_str(w, "digest", r->table->digest);
	rai_jw_int(w, "rows", (int64_t)r->table->nrow);
	rai_jw_str(w, "newest", newest[0] != '\0' ? newest : NULL);
	write_refused(w, r);
	rai_jw_array(w, "leaks");
	for (i = 0; i < r->plan->nleak; i++)
		rai_jw_str(w, NULL, r->plan->leak[i]);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_origin(struct rai_jw *w, const struct result *r)
{
	rai_jw_object(w, "config");
	rai_jw_str(w, "path", r->plan->loop.file);
	rai_jw_str(w, "digest", r->plan->loop.digest);
	rai_jw_end(w);
	rai_jw_str(w, "code_version", RAI_VERSION);
	rai_jw_int(w, "seed", (int64_t)r->plan->train.seed);
}

void
write_numbers(struct rai_jw *w, const char *key, const struct result *r, const double *metric)
{
	size_t i, nclass = r->trained->pipeline.fitted.nclass;

	rai_jw_object(w, key);
	for (i = 0; i < RAI_METRICS; i++)
		if (rai_metric_fits((enum rai_metric)i, nclass))
			rai_jw_num(w, rai_metric_names[i], metric[i]);
	rai_jw_end(w);
}

/* null where none of them is known. */
static void
write_known(struct rai_jw *w, const char *key, const struct result *r, const double *metric)
{
	size_t i;

	for (i = 0; i < RAI_METRICS && isnan(metric[i]); i++)
		;
	if (i < RAI_METRICS)
		write_numbers(w, key, r, metric);
	else
		rai_jw_null(w, key);
}

static void
write_candidates(struct rai_jw *w, const struct result *r)
{
	const struct rai_train_options *o = &r->plan->train;
	size_t i;

	rai_jw_array(w, "candidates");
	for (i = 0; i < o->ncandidate; i++) {
		rai_jw_object(w, NULL);
		rai_jw_str(w, "kind", o->candidate[i].spec.kind->name);
		rai_model_write_params(&o->candidate[i].spec, w, "parameters");
		rai_jw_bool(w, "searched", o->candidate[i].search != NULL);
		write_numbers(w, "metrics", r, o->candidate[i].metric);
		write_known(w, "spread", r, o->candidate[i].spread);
		write_known(w, "holdout", r, o->candidate[i].holdout);
		rai_jw_num(w, "seconds", o->candidate[i].seconds);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

/* The smallest value held out: a date as text, a number as such. */
static void
write_boundary(struct rai_jw *w, const struct result *r)
{
	double v = r->trained->split.boundary;
	const struct rai_col_spec *spec;
	char text[16];

	if (isnan(v))
		rai_jw_null(w, "boundary");
	else if (rai_table_column(r->table, r->plan->train.split.column, &spec) != NULL &&
		 spec->type == RAI_COL_DATE) {
		date_text(v, text);
		rai_jw_str(w, "boundary", text);
	} else
		rai_jw_num(w, "boundary", v);
}

static void
write_split(struct rai_jw *w, const struct result *r)
{
	static const char *const rules[] = {"random", "stratified", "newest", "group", "declared"};
	const struct rai_split_by *by = &r->plan->train.split;
	const struct rai_split *s = &r->trained->split;

	rai_jw_object(w, "split");
	rai_jw_str(w, "by", split_name(by));
	rai_jw_str(w, "rule", rules[by->rule]);
	rai_jw_num(
	    w, "test", by->before != NULL || by->rule == RAI_SPLIT_DECLARED ? NAN : by->share);
	write_boundary(w, r);
	rai_jw_int(w, "train_rows", (int64_t)s->ntrain);
	rai_jw_int(w, "test_rows", (int64_t)s->ntest);
	rai_jw_end(w);
}

static void
write_slice(struct rai_jw *w, const struct rai_slice *s)
{
	rai_jw_object(w, NULL);
	rai_jw_str(w, "slice", s->label);
	rai_jw_int(w, "rows", (int64_t)s->n);
	rai_jw_num(w, "value", s->metric.value);
	rai_jw_num(w, "low", s->metric.low);
	rai_jw_num(w, "high", s->metric.high);
	rai_jw_num(w, "gap", s->gap);
	if (s->verdict == RAI_VERDICT_UNCLEAR)
		rai_jw_null(w, "passed");
	else
		rai_jw_bool(w, "passed", s->verdict == RAI_VERDICT_PASSED);
	rai_jw_end(w);
}

static void
write_slices(struct rai_jw *w, const struct result *r)
{
	size_t i, k;

	rai_jw_array(w, "slices");
	for (i = 0; i < r->nslices; i++)
		for (k = 0; k < r->slices[i].count && k < SLICES; k++)
			write_slice(w, &r->slices[i].slice[k]);
	rai_jw_end(w);
}

static void
write_data_members(struct rai_jw *w, const struct result *r)
{
	int passed = rai_gate_passed(r->gate);

	rai_jw_str(w, "model", r->plan->model->name);
	rai_jw_str(w, "artifact", passed ? r->plan->output : NULL);
	rai_jw_str(w, "artifact_digest", passed ? r->artifact_digest : NULL);
	if (passed)
		rai_jw_int(w, "artifact_bytes", (int64_t)r->artifact_bytes);
	else
		rai_jw_null(w, "artifact_bytes");
	write_data(w, r);
	write_origin(w, r);
	rai_jw_str(w, "kind", r->trained->pipeline.fitted.kind->name);
	rai_model_write_params(&r->trained->pipeline.fitted, w, "parameters");
	write_split(w, r);
	rai_metric_write(r->trained->metric, r->trained->pipeline.fitted.nclass, w, "metrics");
	write_candidates(w, r);
	write_searches(r, w);
	rai_gate_write(r->gate, w, "gate");
	write_slices(w, r);
	if (r->champion[0] != '\0') {
		rai_jw_object(w, "champion");
		rai_jw_str(w, "digest", r->champion);
		write_numbers(w, "metrics", r, r->champion_metric);
		rai_jw_end(w);
	} else
		rai_jw_null(w, "champion");
	rai_jw_str(w, "from_digest", r->from[0] != '\0' ? r->from : NULL);
	explain_write(w, r);
	rai_jw_str(w, "profile_digest", r->profile_digest);
}

static int
read_cause(const char *path, struct rai_event_chain *chain, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_event cause;
	struct cJSON *doc = NULL;
	int rc = -1;

	if (rai_file_read(path, &text, err) != 0)
		goto out;
	doc = rai_json_parse(text.ptr, text.len, err);
	if (doc == NULL || rai_event_read(doc, &cause, err) != 0) {
		rai_wrap(err, "%s", path);
		goto out;
	}
	rai_event_follow(chain, &cause);
	rc = 0;
out:
	rai_json_free(doc);
	rai_buf_free(&text);
	return rc;
}

int
read_chain(const struct options *o, struct rai_event_chain *chain, struct rai_err *err)
{
	memset(chain, 0, sizeof(*chain));
	return o->event == NULL ? 0 : read_cause(o->event, chain, err);
}

int
write_event(
    const struct options *o, const struct result *r, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event_chain chain = r->chain;
	struct rai_jw w;

	rai_event_begin(&w, out, "rai-train",
	    rai_gate_passed(r->gate) ? "model.trained" : "model.rejected", r->plan->model->name,
	    rai_clock_now(&o->cli->clock), NULL, &chain);
	write_data_members(&w, r);
	rai_event_end(&w);
	return rai_buf_check(out, "event", err);
}

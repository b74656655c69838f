#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define CLASSES 50 /* a confusion matrix of more is no help in an event */

static int
explain_classes(struct explained *e, const struct rai_scored *s, struct rai_err *err)
{
	int groups;

	e->confusion = calloc(s->nclass * s->nclass, sizeof(*e->confusion));
	if (e->confusion == NULL)
		return rai_fail_memory(err);
	rai_confusion(s, e->confusion);
	groups = rai_reliability(s, e->reliability, err);
	if (groups < 0)
		return -1;
	e->nreliability = (size_t)groups;
	return 0;
}

int
explain(const struct options *o, struct result *r, struct rai_err *err)
{
	const struct rai_train_options *t = &r->plan->train;
	struct rai_scored s = rai_trained_scored(r->trained);
	struct explained *e = &r->explained;

	if ((s.nclass > 0 ? explain_classes(e, &s, err) : rai_residuals(&s, &e->residuals, err)) !=
	    0)
		return -1;
	if (o->importance || o->html != NULL) {
		rai_cli_status("importance of the columns");
		e->importance = calloc(r->table->schema.n + 1, sizeof(*e->importance));
		if (e->importance == NULL)
			return rai_fail_memory(err);
		if (rai_importance(&r->trained->pipeline, r->table, r->trained->split.test, &s,
			t->metric, t->seed, t->threads, e->importance, err) != 0)
			return -1;
	}
	if (o->learning_curve) {
		rai_cli_status("learning curve");
		if (rai_curve(r->table, t, r->trained, e->curve, err) != 0)
			return -1;
		e->ncurve = RAI_CURVE_POINTS;
	}
	rai_cli_status("");
	return 0;
}

void
explain_release(struct result *r)
{
	free(r->explained.importance);
	free(r->explained.confusion);
	memset(&r->explained, 0, sizeof(r->explained));
}

static void
write_importance(struct rai_jw *w, const struct result *r)
{
	const struct rai_importance *v = r->explained.importance;
	size_t j;

	if (v == NULL) {
		rai_jw_null(w, "importance");
		return;
	}
	rai_jw_array(w, "importance");
	for (j = 0; j < r->table->schema.n; j++) {
		rai_jw_object(w, NULL);
		rai_jw_str(w, "column", r->table->schema.col[j].name);
		rai_jw_num(w, "drop", v[j].drop);
		rai_jw_num(w, "sd", v[j].sd);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

static void
write_curve(struct rai_jw *w, const struct explained *e)
{
	size_t k;

	if (e->ncurve == 0) {
		rai_jw_null(w, "learning_curve");
		return;
	}
	rai_jw_array(w, "learning_curve");
	for (k = 0; k < e->ncurve; k++) {
		rai_jw_object(w, NULL);
		rai_jw_int(w, "rows", (int64_t)e->curve[k].rows);
		rai_jw_num(w, "train", e->curve[k].train);
		rai_jw_num(w, "test", e->curve[k].test);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

static void
write_residuals(struct rai_jw *w, const struct result *r)
{
	static const char *const name[] = {"min", "p5", "p25", "median", "p75", "p95", "max"};
	const struct rai_residuals *v = &r->explained.residuals;
	size_t k;

	if (r->trained->pipeline.fitted.nclass > 0) {
		rai_jw_null(w, "residuals");
		return;
	}
	rai_jw_object(w, "residuals");
	rai_jw_num(w, "mean", v->mean);
	rai_jw_num(w, "sd", v->sd);
	for (k = 0; k < 7; k++)
		rai_jw_num(w, name[k], v->quantile[k]);
	rai_jw_end(w);
}

static void
write_confusion(struct rai_jw *w, const struct result *r)
{
	const struct rai_col_spec *target = &r->table->schema.target;
	size_t n = r->trained->pipeline.fitted.nclass, i, k;

	if (n == 0 || n > CLASSES) {
		rai_jw_null(w, "confusion");
		return;
	}
	rai_jw_object(w, "confusion");
	rai_jw_array(w, "classes");
	for (k = 0; k < n; k++)
		rai_jw_str(w, NULL, target->level[k]);
	rai_jw_end(w);
	rai_jw_array(w, "rows");
	for (i = 0; i < n; i++) {
		rai_jw_array(w, NULL);
		for (k = 0; k < n; k++)
			rai_jw_int(w, NULL, (int64_t)r->explained.confusion[i * n + k]);
		rai_jw_end(w);
	}
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_calibration(struct rai_jw *w, const struct explained *e)
{
	size_t k;

	if (e->nreliability == 0) {
		rai_jw_null(w, "calibration");
		return;
	}
	rai_jw_array(w, "calibration");
	for (k = 0; k < e->nreliability; k++) {
		rai_jw_object(w, NULL);
		rai_jw_int(w, "rows", (int64_t)e->reliability[k].n);
		rai_jw_num(w, "said", e->reliability[k].said);
		rai_jw_num(w, "is", e->reliability[k].is);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

void
explain_write(struct rai_jw *w, const struct result *r)
{
	write_residuals(w, r);
	write_confusion(w, r);
	write_calibration(w, &r->explained);
	write_importance(w, r);
	write_curve(w, &r->explained);
}

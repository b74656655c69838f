#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/cases.h"
#include "model/score.h"
#include "tool.h"

#define UNSEEN 10 /* rows that two models are compared on, at least */

/* The model to beat: what --champion names, else what stands at the output. */
int
open_champion(
    const struct options *o, const struct plan *p, struct rai_model **out, struct rai_err *err)
{
	const char *path = o->champion != NULL ? o->champion : p->output;

	*out = NULL;
	if (p->model->gate.against != RAI_AGAINST_CHAMPION || *path == '\0')
		return 0;
	if (o->champion == NULL && access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (rai_model_open_asking(path, p->external, p->nexternal, out, err) != 0)
		return rai_wrap(err, "champion");
	return 0;
}

/* The two models on the held-out rows that the champion has not learned from either. */
static int
compare_unseen(const struct result *r, const struct rai_model *champion, struct rai_gate *gate,
    const double *predicted, struct rai_err *err)
{
	const struct plan *p = r->plan;
	struct rai_scored all = rai_trained_scored(r->trained), part;
	size_t outputs = all.nclass > 0 ? all.nclass : 1, n = 0, i;
	unsigned char *unseen = calloc(all.n + 1, 1);
	double *v = calloc(all.n + 1, (1 + 2 * outputs) * sizeof(*v));
	double *actual, *mine, *theirs; /* parts of v */
	int rc = -1, known;

	if (unseen == NULL || v == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	actual = v;
	mine = actual + all.n;
	theirs = mine + all.n * outputs;
	known = held_out_then(r->table, rai_model_schema(champion),
	    rai_model_meta(champion, "rai.split"), r->trained->split.test, all.n, unseen, err);
	if (known < 0)
		goto out;
	for (i = 0; i < all.n; i++) {
		if (known == 0 && !unseen[i])
			continue;
		actual[n] = all.actual[i];
		memcpy(mine + n * outputs, all.predicted + i * outputs, outputs * sizeof(*v));
		memcpy(theirs + n++ * outputs, predicted + i * outputs, outputs * sizeof(*v));
	}
	part = (struct rai_scored){actual, mine, n, all.nclass};
	rc = n < UNSEEN ? rai_gate_champion_seen(gate, n, all.n)
			: rai_gate_champion(gate, p->train.metric, &part, theirs,
			      p->model->gate.risk, p->train.seed, p->train.threads, err);
	if (rc == 0 && n >= UNSEEN)
		rai_gate_champion_rows(gate, n, all.n, known == 0);
out:
	free(unseen);
	free(v);
	return rc;
}

static int
compare(
    struct result *r, const struct rai_model *champion, struct rai_gate *gate, struct rai_err *err)
{
	const struct rai_trained *t = r->trained;
	const struct plan *p = r->plan;
	struct rai_scored scored = rai_trained_scored(t), other = scored;
	double *predicted =
	    calloc(t->split.ntest + 1, rai_model_outputs(champion) * sizeof(*predicted));
	int rc = -1;

	if (predicted == NULL)
		return rai_fail_memory(err);
	if (rai_score_model(champion, r->table, t->split.test, t->split.ntest, p->train.threads,
		predicted, err) != 0) {
		rai_wrap(err, "champion");
		goto out;
	}
	snprintf(r->champion, sizeof(r->champion), "%s", rai_model_digest(champion));
	other.predicted = predicted;
	rai_metric_all(&other, r->champion_metric);
	rc = compare_unseen(r, champion, gate, predicted, err);
out:
	free(predicted);
	return rc;
}

/* How many of the training rows are newer than all that the champion has seen. */
static int
judge_new_rows(const struct result *r, const struct rai_model *champion, struct rai_gate *gate,
    struct rai_err *err)
{
	const char *text = rai_model_meta(champion, "rai.newest");
	const struct rai_split *s = &r->trained->split;
	const struct rai_col_spec *spec;
	const struct rai_column *by = date_column(r->plan, r->table, &spec);
	struct rai_cell newest = {NAN, 0};

	if (by == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "gate.new_rows_at_most: %s has no date column to tell new rows by",
		    r->plan->source);
	if (text != NULL && rai_schema_text(spec, text, strlen(text), &newest, err) != 0)
		return rai_wrap(err, "champion: rai.newest");
	rai_gate_new_rows(
	    gate, by->num, s->train, s->ntrain, newest.num, r->plan->model->gate.new_rows);
	return 0;
}

static int
judge_cases(const struct result *r, struct rai_gate *gate, struct rai_err *err)
{
	char *path;
	int rc;

	if (r->plan->model->gate.cases == NULL)
		return 0;
	path = plan_path(r->plan, r->plan->model->gate.cases);
	if (path == NULL)
		return rai_fail_memory(err);
	rc = rai_gate_cases(gate, path, &r->table->schema, &r->trained->pipeline, err);
	free(path);
	return rc;
}

static int
judge_slices(struct result *r, struct rai_gate *gate, struct rai_err *err)
{
	const struct rai_loop_gate *want = &r->plan->model->gate;
	struct rai_slice_rule rule = {r->plan->train.metric, want->worst_gap,
	    (size_t)want->min_rows, r->plan->train.seed, r->plan->train.threads};
	struct rai_scored scored = rai_trained_scored(r->trained);
	size_t i;

	if (want->slices.n == 0)
		return 0;
	r->slices = calloc(want->slices.n, sizeof(*r->slices));
	if (r->slices == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < want->slices.n; i++) {
		if (rai_slices_make(r->table, want->slices.word[i], r->trained->split.test, &scored,
			&rule, &r->slices[i], err) != 0)
			return rai_wrap(
			    err, "%s: models.%s.gate", r->plan->loop.file, r->plan->model->name);
		r->nslices++;
		rai_gate_slices(gate, &r->slices[i], &rule);
	}
	return 0;
}

int
judge(
    struct result *r, const struct rai_model *champion, struct rai_gate *gate, struct rai_err *err)
{
	const struct rai_loop_gate *want = &r->plan->model->gate;
	enum rai_metric metric = r->plan->train.metric;

	r->gate = gate;
	if (!isnan(want->at_least))
		rai_gate_at_least(gate, metric, r->trained->metric[metric].value, want->at_least);
	if (want->against == RAI_AGAINST_CHAMPION && champion == NULL)
		rai_gate_no_champion(gate);
	if (champion != NULL && compare(r, champion, gate, err) != 0)
		return -1;
	if (!isnan(want->new_rows) && champion != NULL &&
	    judge_new_rows(r, champion, gate, err) != 0)
		return -1;
	return judge_cases(r, gate, err) != 0 ? -1 : judge_slices(r, gate, err);
}

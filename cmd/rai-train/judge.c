#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/cases.h"
#include "model/score.h"
#include "tool.h"

#define UNSEEN 10                    /* rows that two models are compared on, at least */
#define SLICED (RAI_GATE_CHECKS - 4) /* columns, beside the other checks */

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

/* A champion that another library has made does not know what its target and classes are called. */
static int
is_foreign(const struct rai_model *m)
{
	return rai_model_meta(m, "rai.format") == NULL;
}

/* Two models are compared in what they both predict. */
static int
check_champion(const struct plan *p, const struct rai_table *t, const struct rai_model *champion,
    struct rai_err *err)
{
	const struct rai_col_spec *to = &rai_model_schema(champion)->target,
				  *from = &t->schema.target;

	if (!is_foreign(champion) && (to->name == NULL || strcmp(to->name, from->name) != 0))
		return rai_fail(err, RAI_EINPUT,
		    "champion: it predicts \"%.64s\", and models.%s predicts \"%.64s\" "
		    "(--champion '' compares with none)",
		    to->name != NULL ? to->name : "nothing", p->model->name, from->name);
	if (to->type != from->type)
		return rai_fail(err, RAI_EINPUT,
		    "champion: it predicts %s, and models.%s predicts %s (--champion '' compares "
		    "with none)",
		    to->type == RAI_COL_CAT ? "classes" : "a number", p->model->name,
		    from->type == RAI_COL_CAT ? "classes" : "a number");
	if (is_foreign(champion) && rai_model_classes(champion) != from->nlevel)
		return rai_fail(err, RAI_EINPUT,
		    "champion: it predicts %zu classes, and the target \"%.64s\" has %zu",
		    rai_model_classes(champion), from->name, from->nlevel);
	return 0;
}

/*
 * The n predictions at from, in the champion's classes, become such in those of the data.  A class
 * that it does not know it never says.
 */
static void
translate(const struct rai_model *champion, const struct rai_col_spec *target, const double *from,
    size_t n, double *to)
{
	size_t theirs = rai_model_outputs(champion), ours = target->nlevel, i, k;
	struct rai_cell cell;

	for (k = 0; k < ours; k++) {
		cell.code = (int32_t)k;
		if (!is_foreign(champion))
			rai_schema_text(&rai_model_schema(champion)->target, target->level[k],
			    strlen(target->level[k]), &cell, NULL);
		for (i = 0; i < n; i++)
			to[i * ours + k] =
			    cell.code >= 0 ? from[i * theirs + (size_t)cell.code] : 0;
	}
	if (ours == 0)
		memcpy(to, from, n * sizeof(*to));
}

/* What the champion says of the hold-out, into out. */
static int
ask_champion(
    const struct result *r, const struct rai_model *champion, double *out, struct rai_err *err)
{
	const struct rai_split *s = &r->trained->split;
	struct rai_table rows = *r->table;
	double *said = calloc(s->ntest + 1, rai_model_outputs(champion) * sizeof(*said));
	int rc;

	if (said == NULL)
		return rai_fail_memory(err);
	rows.target = NULL; /* its classes need not be the champion's */
	rc = rai_score_model(champion, &rows, s->test, s->ntest, r->plan->train.threads, said, err);
	if (rc == 0)
		translate(champion, &r->table->schema.target, said, s->ntest, out);
	else
		rai_wrap(err, "champion");
	free(said);
	return rc;
}

static int
compare(
    struct result *r, const struct rai_model *champion, struct rai_gate *gate, struct rai_err *err)
{
	const struct rai_trained *t = r->trained;
	struct rai_scored scored = rai_trained_scored(t), other = scored;
	double *predicted =
	    calloc(t->split.ntest + 1, rai_pipeline_outputs(&t->pipeline) * sizeof(*predicted));
	int rc = -1;

	if (predicted == NULL)
		return rai_fail_memory(err);
	if (ask_champion(r, champion, predicted, err) != 0)
		goto out;
	snprintf(r->champion, sizeof(r->champion), "%s", rai_model_digest(champion));
	other.predicted = predicted;
	rai_metric_all(&other, r->champion_metric);
	rc = compare_unseen(r, champion, gate, predicted, err);
out:
	free(predicted);
	return rc;
}

/* Before any work: what would only turn out after it. */
int
judge_check(const struct plan *p, const struct rai_table *t, const struct rai_model *champion,
    struct rai_err *err)
{
	const struct rai_words *by = &p->model->gate.slices;
	size_t i;

	if (champion != NULL && check_champion(p, t, champion, err) != 0)
		return -1;
	if (by->n > SLICED)
		return rai_fail(err, RAI_EINPUT,
		    "%s: models.%s.gate.slices.by: %zu columns, where at most %d are handled",
		    p->loop.file, p->model->name, by->n, SLICED);
	for (i = 0; i < by->n; i++)
		if (rai_schema_find(&t->schema, by->word[i], strlen(by->word[i])) < 0)
			return rai_fail(err, RAI_EINPUT,
			    "%s: models.%s.gate.slices.by: no input column \"%.64s\"", p->loop.file,
			    p->model->name, by->word[i]);
	return 0;
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

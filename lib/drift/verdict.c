#include "drift/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/check.h"
#include "drift/family.h"
#include "drift/threshold.h"
#include "stat/stat.h"

int
rai_drift_reference(const struct rai_profile *profile, const struct rai_schema *schema,
    struct rai_drift_reference *out, struct rai_err *err)
{
	size_t i;

	*out = (struct rai_drift_reference){profile, schema, profile->accuracy, NAN, NULL};
	if (profile->n != schema->n)
		return rai_fail(err, RAI_EINPUT,
		    "the reference profile has %zu columns, the schema %zu: train again",
		    profile->n, schema->n);
	if (profile->rows < RAI_DRIFT_LEAST)
		return rai_fail(err, RAI_EINPUT,
		    "the reference profile has %lld rows, at least %d can be compared with",
		    (long long)profile->rows, RAI_DRIFT_LEAST);
	for (i = 0; i < profile->n; i++) {
		const struct rai_profile_col *c = &profile->col[i];
		const struct rai_col_spec *s = &schema->col[i];
		int cat = s->type == RAI_COL_CAT;

		if (strcmp(c->name, s->name) != 0 || (c->kind == RAI_PROFILE_CAT) != cat ||
		    (cat && c->nbin != s->nlevel) || (!cat && c->nbin > 1000))
			return rai_fail(err, RAI_EINPUT,
			    "column \"%.60s\": reference profile and schema disagree: train again",
			    s->name);
	}
	return 0;
}

double
rai_drift_alpha(int64_t every_ms, int64_t span_ms, int64_t sustain, double fallback)
{
	double windows;

	if (every_ms <= 0 || span_ms <= 0)
		return fallback;
	windows = (double)every_ms / (double)span_ms;
	return fmin(0.05, fmax(1e-6, pow(0.5 / windows, 1 / (double)sustain)));
}

double
rai_drift_alpha_back(double alpha)
{
	return fmax(alpha, fmin(0.2, 10 * alpha));
}

/* A column brings its three checks, always in this order. */
static void
family_add(struct rai_drift_family *f, const struct rai_drift_check *c)
{
	int what;

	for (what = 0; c->judged && what < RAI_DRIFT_CHECKS; what++)
		rai_drift_family_add(f, rai_drift_p(c, what), rai_drift_p_least(c, what));
}

/* p: the column's adjusted p-values, in the order of family_add. */
static int
lingers(const struct rai_drift_check *c, const double *p, double alpha)
{
	int what;

	for (what = 0; what < RAI_DRIFT_CHECKS; what++)
		if (p[what] < rai_drift_alpha_back(alpha) &&
		    rai_drift_moved(c, what, RAI_DRIFT_BACK))
			return 1;
	return 0;
}

const double *
rai_drift_check_decide(struct rai_drift_check *c, const double *p, double alpha)
{
	int cat = c->kind == RAI_PROFILE_CAT, shape, missing, tail;
	char text[RAI_DRIFT_P_TEXT];

	if (!c->judged)
		return p;
	c->lingers = lingers(c, p, alpha);
	shape = *p++ < alpha && rai_drift_moved(c, RAI_DRIFT_SHAPE, 1);
	missing = *p++ < alpha && rai_drift_moved(c, RAI_DRIFT_ABSENT, 1);
	tail = *p++ < alpha && rai_drift_moved(c, RAI_DRIFT_STRANGE, 1);
	c->drifted = shape || missing || tail;
	if (c->broken)
		return p;
	if (tail && cat)
		snprintf(c->why, sizeof(c->why),
		    "%.60s: %.2f %% new categories (to be expected %.2f %%), one of them %.2f %%",
		    c->name, 100 * c->unseen, 100 * c->unseen_ref, 100 * c->unseen_one);
	else if (shape && cat)
		snprintf(c->why, sizeof(c->why),
		    "%.60s: chi-squared p %s, TV %.3f, most of it \"%.40s\"", c->name,
		    rai_drift_p_text(c->p, text), c->tv,
		    c->linf_level != NULL ? c->linf_level : "");
	else if (shape)
		snprintf(c->why, sizeof(c->why), "%.60s: KS D %.3f, p %s, W1 %.2f sd", c->name,
		    c->d, rai_drift_p_text(c->p, text), c->w1);
	else if (tail)
		snprintf(c->why, sizeof(c->why),
		    "%.60s: %.2f %% of values in the tails (reference %.2f %%)", c->name,
		    100 * c->outside, 100 * c->outside_ref);
	else if (missing)
		snprintf(c->why, sizeof(c->why), "%.60s: missing %.1f %% (reference %.1f %%)",
		    c->name, 100 * c->missing, 100 * c->missing_ref);
	return p;
}

static void
decide_joint(struct rai_drift_joint *j, double p, double alpha)
{
	char text[RAI_DRIFT_P_TEXT];

	j->drifted = p < alpha && j->distance >= RAI_DRIFT_JOINT;
	j->lingers =
	    p < rai_drift_alpha_back(alpha) && j->distance >= RAI_DRIFT_BACK * RAI_DRIFT_JOINT;
	if (j->drifted)
		snprintf(j->why, sizeof(j->why),
		    "all numbers together: mean ranks %.2f sd apart, Hotelling p %s", j->distance,
		    rai_drift_p_text(j->p, text));
}

static size_t
most_bins(const struct rai_profile *p)
{
	size_t i, most = 0;

	for (i = 0; i < p->n; i++)
		if (p->col[i].kind == RAI_PROFILE_CAT && p->col[i].nbin > most)
			most = p->col[i].nbin;
	return most;
}

int
rai_drift_predicts(const struct rai_drift_reference *ref)
{
	const struct rai_profile_col *c = &ref->profile->prediction;

	return c->name != NULL && c->kind == RAI_PROFILE_NUM && c->nbin <= 1000;
}

/* Missing is what is not said, and no more than that is known. */
void
rai_drift_withhold(struct rai_drift_check *c)
{
	c->withheld = 1;
	c->judged = c->broken = 0;
	c->why[0] = '\0';
}

/* A column, also by what only values one by one can show. */
static void
measure_column(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows, size_t k,
    int64_t *counts, double *room, struct rai_drift_check *c, struct rai_drift_still *still)
{
	const struct rai_profile_col *col = &ref->profile->col[k];
	int time = ref->schema->col[k].type == RAI_COL_DATE;

	if (col->kind == RAI_PROFILE_CAT) {
		rai_drift_check_cat(c, col, rows->code[k], rows->n, counts, room);
		rai_drift_still_cat(still, col, rows->code[k], rows->n, counts);
	} else {
		rai_drift_check_num(c, col, time, rows->num[k], rows->n, room);
		if (!time) {
			rai_drift_check_near_unit(c, col, room, c->n);
			rai_drift_still_num(still, col, rows->num[k], rows->n, room, c->n);
		}
	}
	if (rows->withheld[k]) {
		rai_drift_withhold(c);
		still->frozen = still->grouped = 0;
	}
}

/* Is a prediction unknown because the log withholds what it would take to make it again? */
static int
prediction_withheld(const struct rai_drift_rows *rows)
{
	size_t i = 0, k = 0;

	while (k < rows->ncol && !rows->withheld[k])
		k++;
	while (k < rows->ncol && i < rows->n && !isnan(rows->prediction[i]))
		i++;
	return k < rows->ncol && i < rows->n;
}

static int
measure_prediction(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    double *room, struct rai_drift_check *c)
{
	const struct rai_profile_col *col = &ref->profile->prediction;

	if (rai_drift_says_classes(ref)) {
		if (rai_drift_check_class(c, col, rows->prediction, rows->n) != 0)
			return -1;
	} else if (rai_drift_predicts(ref))
		rai_drift_check_num(c, col, 0, rows->prediction, rows->n, room);
	if (c->name != NULL && prediction_withheld(rows))
		rai_drift_withhold(c);
	c->broken = 0; /* the columns say it, with their names */
	c->why[0] = '\0';
	return 0;
}

static int
measure(const struct rai_drift_reference *ref, const void *window, struct rai_drift_inputs *out)
{
	const struct rai_drift_rows *rows = window;
	const struct rai_profile *p = ref->profile;
	double *sorted = malloc((rows->n + 1) * sizeof(*sorted));
	int64_t *counts = malloc(4 * (most_bins(p) + 2) * sizeof(*counts));
	struct rai_drift_still *still = calloc(p->n + 1, sizeof(*still));
	size_t i;
	int rc;

	if (sorted == NULL || counts == NULL || still == NULL) {
		free(sorted);
		free(counts);
		free(still);
		return -1;
	}
	for (i = 0; i < p->n; i++)
		measure_column(ref, rows, i, counts, sorted, &out->col[i], &still[i]);
	rai_drift_still_judge(still, out->col, p->n);
	rc = measure_prediction(ref, rows, sorted, &out->prediction);
	free(sorted);
	free(counts);
	free(still);
	return rc != 0 || rai_drift_check_repeats(p, rows, &out->repeats) != 0
		   ? -1
		   : rai_drift_check_joint(ref, rows, &out->joint);
}

/* Of a column's checks the most striking one, for its place among the columns. */
static double
column_p(const struct rai_drift_check *c)
{
	double p = 1;
	int what;

	for (what = 0; what < RAI_DRIFT_CHECKS; what++)
		p = fmin(p, rai_drift_p(c, what));
	return fmin(1, RAI_DRIFT_CHECKS * p);
}

/* f: as many places as checks; used as scratch. */
static void
rank_columns(struct rai_drift_inputs *in, struct rai_drift_family *f)
{
	struct rai_drift_check *c;
	size_t i, k = 0;

	for (i = 0; i <= in->n; i++) {
		c = i < in->n ? &in->col[i] : &in->prediction;
		c->q = NAN;
		if (c->name != NULL && c->judged)
			f->work[k++] = column_p(c);
	}
	rai_stat_fdr(f->work, f->order, k);
	for (k = 0, i = 0; i <= in->n; i++) {
		c = i < in->n ? &in->col[i] : &in->prediction;
		if (c->name != NULL && c->judged)
			c->q = f->work[k++];
	}
}

/* Levels and sizes that nearly significant p-values are seen by. */
struct closeness {
	double alpha, n, m;
	struct rai_drift_close *best;
};

/* What is far enough and nearly significant; kept is what wants the fewest rows. */
static void
consider(const struct closeness *c, const char *name, double p, double adjusted, int moved)
{
	int64_t rows;

	if (!(adjusted >= c->alpha && adjusted < rai_drift_alpha_back(c->alpha)) || !moved)
		return;
	rows = rai_drift_rows_to_decide(p, adjusted, c->alpha, c->n, c->m);
	if (c->best->name == NULL || (rows > 0 && (rows < c->best->rows || c->best->rows == 0)))
		*c->best = (struct rai_drift_close){name, adjusted, rows};
}

/* p: all adjusted ones, in the order in which they came. */
static void
find_close(const struct rai_drift_reference *ref, double alpha, const double *p,
    struct rai_drift_inputs *in)
{
	const struct closeness how = {
	    alpha, (double)in->rows, (double)ref->profile->rows, &in->close};
	const struct rai_drift_check *c;
	size_t i;
	int what;

	if (in->drifted || in->broken)
		return;
	for (i = 0; i <= in->n; i++) {
		c = i < in->n ? &in->col[i] : &in->prediction;
		for (what = 0; c->name != NULL && c->judged && what < RAI_DRIFT_CHECKS; what++)
			consider(
			    &how, c->name, rai_drift_p(c, what), *p++, rai_drift_moved(c, what, 1));
	}
	if (in->joint.rows > 0)
		consider(&how, "all numbers together", in->joint.p, *p,
		    in->joint.distance >= RAI_DRIFT_JOINT);
}

int
rai_drift_judge_inputs(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, const struct rai_drift_rows *rows, struct rai_drift_inputs *out,
    struct rai_err *err)
{
	return rai_drift_judge_measured(ref, rule, alpha, measure, rows, rows->n, out, err);
}

int
rai_drift_judge_measured(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, rai_drift_measure *window_measure, const void *window, size_t rows,
    struct rai_drift_inputs *out, struct rai_err *err)
{
	struct rai_drift_family f = {.n = 0};
	const double *p;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->n = ref->profile->n;
	out->rows = rows;
	out->col = calloc(out->n + 1, sizeof(*out->col));
	if (out->col == NULL || rai_drift_family_init(&f, 3 * (out->n + 1) + 1) != 0 ||
	    window_measure(ref, window, out) != 0) {
		rai_drift_family_release(&f);
		rai_drift_inputs_release(out);
		return rai_fail_memory(err);
	}
	rank_columns(out, &f);
	for (i = 0; i < out->n; i++)
		family_add(&f, &out->col[i]);
	if (out->prediction.name != NULL)
		family_add(&f, &out->prediction);
	if (out->joint.rows > 0)
		rai_drift_family_add(&f, out->joint.p, 0);
	rai_drift_family_adjust(&f, alpha);
	p = f.p;
	for (i = 0; i < out->n; i++)
		p = rai_drift_check_decide(&out->col[i], p, alpha);
	rai_drift_threshold_judge(ref, rule, out);
	for (i = 0; i < out->n; i++) {
		out->drifted |= out->col[i].drifted;
		out->lingers |= out->col[i].lingers;
		out->broken |= out->col[i].broken;
	}
	if (out->prediction.name != NULL) {
		p = rai_drift_check_decide(&out->prediction, p, alpha);
		out->drifted |= out->prediction.drifted;
		out->lingers |= out->prediction.lingers;
	}
	if (out->joint.rows > 0) {
		decide_joint(&out->joint, *p, alpha);
		out->drifted |= out->joint.drifted;
		out->lingers |= out->joint.lingers;
	}
	out->broken |= out->repeats.broken;
	find_close(ref, alpha, f.p, out);
	rai_drift_family_release(&f);
	return 0;
}

void
rai_drift_inputs_release(struct rai_drift_inputs *in)
{
	free(in->col);
	memset(in, 0, sizeof(*in));
}

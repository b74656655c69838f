#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "drift/calibrate.h"
#include "model/score.h"
#include "tool.h"

/*
 * alpha and window for the budget of false alarms that rai.yaml states, found by simulation on the
 * rows that were learned from and kept with the profile, for rai-drift to judge by.
 */
enum { ROWS_MOST = 100000, WINDOW_MOST = 1000000 };

/* Rows as rai-drift sees them, spread over the training rows. */
struct drawn {
	struct rai_drift_rows rows;
	size_t *at; /* of the table */
	double *scores;
};

static void
drawn_release(struct drawn *d)
{
	size_t k;

	for (k = 0; d->rows.num != NULL && d->rows.code != NULL && k < d->rows.ncol; k++) {
		free(d->rows.num[k]);
		free(d->rows.code[k]);
	}
	free(d->rows.num);
	free(d->rows.code);
	free(d->rows.withheld);
	free(d->rows.prediction);
	free(d->at);
	free(d->scores);
}

static int
take_column(const struct rai_column *c, const size_t *at, size_t n, double **num, int32_t **code)
{
	size_t i;

	if (c->num != NULL)
		*num = calloc(n + 1, sizeof(**num));
	else
		*code = calloc(n + 1, sizeof(**code));
	if (*num == NULL && *code == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (*num != NULL)
			(*num)[i] = c->num[at[i]];
		else
			(*code)[i] = c->code[at[i]];
	return 0;
}

static int
predict(const struct result *r, struct drawn *d, struct rai_err *err)
{
	const struct rai_pipeline *p = &r->trained->pipeline;
	size_t outputs = rai_pipeline_outputs(p), i;

	d->scores = calloc(d->rows.n * outputs + 1, sizeof(*d->scores));
	if (d->scores == NULL)
		return rai_fail_memory(err);
	if (rai_score_pipeline(
		p, r->table, d->at, d->rows.n, r->plan->train.threads, d->scores, err) != 0)
		return -1;
	for (i = 0; i < d->rows.n; i++)
		d->rows.prediction[i] = p->fitted.nclass > 0 ? (double)rai_metric_class(
								   d->scores + i * outputs, outputs)
							     : d->scores[i];
	return 0;
}

static int
drawn_make(const struct result *r, struct drawn *d, struct rai_err *err)
{
	const struct rai_split *s = &r->trained->split;
	size_t n = s->ntrain < ROWS_MOST ? s->ntrain : ROWS_MOST, ncol = r->table->schema.n, k;
	int lost;

	d->rows = (struct rai_drift_rows){.n = n, .ncol = ncol};
	d->at = calloc(n + 1, sizeof(*d->at));
	d->rows.num = calloc(ncol + 1, sizeof(*d->rows.num));
	d->rows.code = calloc(ncol + 1, sizeof(*d->rows.code));
	d->rows.withheld = calloc(ncol + 1, 1);
	d->rows.prediction = calloc(n + 1, sizeof(*d->rows.prediction));
	lost = d->at == NULL || d->rows.num == NULL || d->rows.code == NULL ||
	       d->rows.withheld == NULL || d->rows.prediction == NULL;
	for (k = 0; k < n && !lost; k++)
		d->at[k] = s->train[(size_t)((double)k * (double)s->ntrain / (double)n)];
	for (k = 0; k < ncol && !lost; k++)
		lost = take_column(
			   &r->table->col[k], d->at, n, &d->rows.num[k], &d->rows.code[k]) != 0;
	return lost ? rai_fail_memory(err) : predict(r, d, err);
}

/* Rows in a span, "500" or "6h" at this traffic. */
static int64_t
rows_in(const char *span, double rows_per_ms)
{
	int64_t rows = 0, ms;

	if (rai_num_int(span, strlen(span), 0, INT64_MAX, &rows) == 0)
		return rows;
	return rai_num_duration(span, strlen(span), &ms) == 0
		   ? (int64_t)fmin(1e15, rows_per_ms * (double)ms + 0.5)
		   : 0;
}

/* 0: nothing is asked for, or nothing can be simulated, which a warning says. */
static int
make_plan(struct rai_cli *cli, const struct result *r, struct rai_drift_plan *out)
{
	const struct rai_loop_drift *d = &r->plan->model->drift;
	double rate;

	if (d->false_alarm_every_ms <= 0 || d->traffic == NULL || d->fleet.prometheus != NULL ||
	    rai_num_rate(d->traffic, strlen(d->traffic), &rate) != 0)
		return 0;
	*out = (struct rai_drift_plan){.sustain = d->sustain,
	    .alpha = d->alpha,
	    .every_ms = d->false_alarm_every_ms,
	    .rows_per_ms = rate,
	    .seed = r->plan->train.seed,
	    .threads = r->plan->train.threads,
	    .coverage = d->coverage,
	    .accuracy_below = d->accuracy_below,
	    .brief = 1};
	if (d->slide != NULL)
		out->slide = rows_in(d->slide, rate);
	if (strcmp(d->window, "500") == 0) /* the default: the best one is chosen */
		return 1;
	out->window = rows_in(d->window, rate);
	if (d->slide != NULL && out->slide > 0) /* of a time, both are rounded to whole rows */
		out->window = (out->window + out->slide / 2) / out->slide * out->slide;
	if (out->window >= RAI_DRIFT_LEAST && out->window <= WINDOW_MOST)
		return 1;
	rai_cli_warn(cli,
	    "drift.window: %s are %" PRId64
	    " rows at %s: from %d to %d can be calibrated, so alpha "
	    "is not",
	    d->window, out->window, d->traffic, RAI_DRIFT_LEAST, WINDOW_MOST);
	return 0;
}

/* The reference as rai-drift reads it from the model. */
static int
read_reference(const struct result *r, const char *text, struct rai_profile *profile,
    struct rai_drift_reference *out, struct rai_err *err)
{
	const struct rai_interval *m = &r->trained->metric[RAI_METRIC_ACCURACY];
	struct cJSON *doc = rai_json_parse(text, strlen(text), err);
	int rc = -1;

	if (doc != NULL && rai_profile_read(doc, profile, err) == 0)
		rc = rai_drift_reference(profile, &r->table->schema, out, err);
	rai_json_free(doc);
	if (rc != 0)
		return -1;
	if (isnan(out->accuracy))
		out->accuracy = m->value;
	out->accuracy_se = (m->high - m->low) / (2 * 1.959963984540054);
	return 0;
}

static int
simulate(const struct result *r, const struct rai_drift_plan *asked,
    const struct rai_drift_reference *ref, struct rai_buf *out, struct rai_err *err)
{
	struct rai_drift_plan plan = *asked;
	struct rai_drift_calibration c;
	struct ticking status;
	struct drawn d = {.at = NULL};
	struct rai_jw w;
	int rc;

	ticking_start(&status, "calibrating", rai_drift_calibrate_units(asked));
	plan.tick = ticking_tick;
	plan.tick_ctx = &status;
	rc = drawn_make(r, &d, err);
	if (rc == 0)
		rc = rai_drift_calibrate(ref, &d.rows, &plan, &c, err);
	rai_cli_status("");
	drawn_release(&d);
	if (rc != 0)
		return rai_wrap(err, "drift.false_alarm_every");
	rai_jw_init(&w, out);
	rai_drift_calibration_write(&c, &w, NULL);
	rai_drift_calibration_release(&c);
	return rai_buf_check(out, "calibration", err);
}

int
calibration_text(struct rai_cli *cli, const struct result *r, const char *profile,
    struct rai_buf *out, struct rai_err *err)
{
	struct rai_profile p = {.col = NULL};
	struct rai_drift_reference ref;
	struct rai_drift_plan plan;
	int rc = 0;

	if (!make_plan(cli, r, &plan))
		return 0;
	if (r->trained->split.ntrain < RAI_DRIFT_LEAST) {
		rai_cli_warn(cli,
		    "drift.false_alarm_every: %zu rows were learned from, %d or more can be "
		    "calibrated on",
		    r->trained->split.ntrain, RAI_DRIFT_LEAST);
		return 0;
	}
	rc = read_reference(r, profile, &p, &ref, err);
	if (rc == 0)
		rc = simulate(r, &plan, &ref, out, err);
	rai_profile_release(&p);
	return rc;
}

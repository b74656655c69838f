#include "drift/heed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct rai_drift_channel *
channel(struct rai_drift_watch *w, enum rai_drift_about about)
{
	struct rai_drift_channel *const of[RAI_DRIFT_ABOUTS] = {
	    &w->state.error, &w->state.target, &w->state.inputs};

	return of[about];
}

/* The newest n rows of the window alone: are they broken?  -1: failed. */
static int
rows_broken(struct rai_drift_watch *w, size_t n, struct rai_err *err)
{
	struct rai_drift_rows *all = &w->window.rows, part = *all;
	double **num = calloc(all->ncol + 1, sizeof(*num));
	int32_t **code = calloc(all->ncol + 1, sizeof(*code));
	struct rai_drift_inputs in = {.col = NULL};
	size_t i, skip = all->n - n;
	int rc = -1;

	rai_drift_window_sum(&w->window);
	if (num == NULL || code == NULL)
		rai_fail_memory(err);
	else {
		for (i = 0; i < all->ncol; i++) {
			num[i] = all->num[i] != NULL ? all->num[i] + skip : NULL;
			code[i] = all->code[i] != NULL ? all->code[i] + skip : NULL;
		}
		part.n = n;
		part.num = num;
		part.code = code;
		part.prediction = all->prediction + skip;
		rc = rai_drift_judge_inputs(&w->ref, &w->rule, w->state.alpha, &part, &in, err);
		if (rc == 0)
			rc = in.broken;
		rai_drift_inputs_release(&in);
	}
	free(num);
	free(code);
	return rc;
}

/* Are the rows since the change sound?  1; 0: nobody knows yet; 2: they are broken; -1: failed. */
static int
rows_sound(struct rai_drift_watch *w, const struct rai_drift_signal *a, struct rai_err *err)
{
	int64_t held = (int64_t)w->window.rows.n, n = w->state.predictions - a->since;
	int broken;

	if (a->seen < w->decided)
		return 1;
	n = n < held ? n : held;
	if (n < RAI_HEED_ROWS)
		return 0;
	broken = rows_broken(w, (size_t)n, err);
	return broken < 0 ? -1 : broken ? 2 : 1;
}

/* The same of their labels, of which there must be enough; 2: they are not, or are broken. */
static int
labels_sound(struct rai_drift_watch *w, const struct rai_drift_signal *a, struct rai_err *err)
{
	struct rai_drift_pair pair[RAI_SENTINEL_PAIRS];
	double says[RAI_SENTINEL_PAIRS], actual[RAI_SENTINEL_PAIRS];
	size_t i, n = rai_drift_sentinel_pairs(w->sentinel, a, pair);
	struct rai_drift_coverage cover;
	struct rai_drift_labels labels;

	if (n < RAI_DRIFT_LEAST)
		return 0;
	for (i = 0; i < n; i++) {
		says[i] = pair[i].prediction;
		actual[i] = pair[i].actual;
	}
	if (rai_drift_judge_labels(
		&w->ref, &w->rule, w->state.alpha, says, actual, n, &labels, err) != 0)
		return -1;
	rai_drift_lag_cover(&w->lag, pair, n, w->state.predictions, w->clock_ms, &cover);
	rai_drift_coverage_ask(&cover, w->rule.coverage_least, &labels);
	return labels.broken || !labels.told ? 2 : 1;
}

static void
turn_on(struct rai_drift_watch *w, enum rai_drift_about about, const struct rai_drift_signal *a)
{
	struct rai_drift_signal *stands = &w->state.alarm[about];
	struct rai_drift_channel *c = channel(w, about);

	*stands = *a;
	stands->stands = 1;
	stands->since_ms = rai_drift_lag_made(&w->lag, a->since, w->state.predictions);
	c->on = 1;
	c->hot = w->rule.sustain;
	c->cool = 0;
	c->since = a->since;
}

/* One alarm that is held: 1: it has turned its channel on; 0; -1: failed. */
static int
heed(struct rai_drift_watch *w, enum rai_drift_about about, struct rai_err *err)
{
	struct rai_drift_signal *a = rai_drift_sentinel_held(w->sentinel, about);
	int rows, labels = 1, turned = 0;

	if (a == NULL)
		return 0;
	rows = a->effect >= 1 ? rows_sound(w, a, err) : 2;
	if (rows == 1 && about != RAI_ABOUT_INPUTS)
		labels = labels_sound(w, a, err);
	if (rows <= 0 || labels <= 0)
		return rows < 0 || labels < 0 ? -1 : 0;
	if (rows == 2 && a->effect >= 1) {
		rai_drift_sentinel_reset(w->sentinel);
		return 0;
	}
	if (rows == 1 && labels == 1) {
		turned = !channel(w, about)->on;
		channel(w, about)->cool = 0; /* it has not come back */
		if (turned)
			turn_on(w, about, a);
	}
	rai_drift_sentinel_drop(w->sentinel, about);
	return turned;
}

int
rai_drift_heed(struct rai_drift_watch *w, struct rai_err *err)
{
	int about, rc, any = 0;

	for (about = 0; about < RAI_DRIFT_ABOUTS; about++) {
		rc = heed(w, (enum rai_drift_about)about, err);
		if (rc < 0)
			return -1;
		any |= rc;
	}
	return any;
}

void
rai_drift_heed_broken(struct rai_drift_watch *w, int64_t first)
{
	int about;

	rai_drift_sentinel_reset(w->sentinel);
	for (about = 0; about < RAI_DRIFT_ABOUTS; about++) {
		struct rai_drift_signal *a = &w->state.alarm[about];

		if (!a->stands || a->seen < first)
			continue;
		a->stands = 0;
		channel(w, (enum rai_drift_about)about)->on = 0;
		channel(w, (enum rai_drift_about)about)->hot = 0;
	}
}

void
rai_drift_heed_pace(struct rai_drift_watch *w)
{
	const struct rai_drift_span *s = &w->state.span;
	double rows = w->rule.false_alarm_rows, took = (double)(s->to_ms - s->from_ms);

	if (!(rows > 0) && s->from_ms > 0 && took > 0)
		rows = (double)s->rows * (double)w->rule.false_alarm_every_ms / took;
	rai_drift_sentinel_budget(w->sentinel, rows);
}

#include "drift/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/heed.h"
#include "drift/watch_priv.h"

/* Panes of one window. */
static size_t
panes(const struct rai_drift_rule *rule)
{
	if (rule->window_ms > 0)
		return rule->slide_ms > 0 ? (size_t)(rule->window_ms / rule->slide_ms) : 1;
	return rule->slide > 0 ? (size_t)(rule->window / rule->slide) : 1;
}

int
rai_drift_watch_new(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_watch **out, struct rai_err *err)
{
	struct rai_drift_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return rai_fail_memory(err);
	w->ref = *ref;
	w->rule = *rule;
	w->newest_pair = w->slot = w->label_slot = -1;
	w->state.verdict = RAI_DRIFT_NONE;
	w->state.alpha = rule->alpha;
	w->pairs = rai_drift_pairs_new();
	if (w->pairs == NULL || rai_drift_window_init(&w->window, ref->schema, panes(rule)) != 0) {
		rai_drift_watch_free(w);
		return rai_fail_memory(err);
	}
	if (ref->impact != NULL && rai_drift_expected_init(&w->expected) != 0) {
		rai_drift_watch_free(w);
		return rai_fail_memory(err);
	}
	if (rai_drift_sentinel_new(&w->ref, &w->rule, &w->sentinel, err) != 0) {
		rai_drift_watch_free(w);
		return -1;
	}
	rai_drift_heed_pace(w);
	*out = w;
	return 0;
}

void
rai_drift_watch_free(struct rai_drift_watch *w)
{
	if (w == NULL)
		return;
	rai_drift_pairs_free(w->pairs);
	rai_drift_window_release(&w->window);
	rai_drift_couples_release(&w->waiting);
	rai_drift_couples_release(&w->couples);
	rai_drift_couples_release(&w->judged_couples);
	if (w->keep)
		rai_drift_window_release(&w->judged);
	rai_drift_inputs_release(&w->in);
	rai_drift_lag_release(&w->lag);
	rai_drift_expected_release(&w->expected);
	rai_drift_sentinel_free(w->sentinel);
	free(w);
}

void
rai_drift_watch_listen(struct rai_drift_watch *w, const struct rai_drift_listener *listener)
{
	w->listener = *listener;
}

const struct rai_drift_state *
rai_drift_watch_state(const struct rai_drift_watch *w)
{
	return &w->state;
}

size_t
rai_drift_watch_orphans(const struct rai_drift_watch *w)
{
	return rai_drift_pairs_orphans(w->pairs);
}

/* What one window says of one channel. */
struct evidence {
	int moved;
	int lingers;        /* not clearly back, though it may not have moved enough to go on */
	int64_t first, end; /* disjoint windows have disjoint ranges */
	int64_t since;      /* seq of its first row */
};

static void
step(struct rai_drift_channel *c, const struct evidence *e, int64_t sustain)
{
	int fresh = e->first >= c->until;

	if (!e->moved) {
		fresh |= c->cool == 0;
		c->hot = 0;
		c->cool = e->lingers ? 0 : c->cool + fresh;
		if (c->cool >= sustain)
			c->on = 0;
	} else {
		fresh |= c->hot == 0;
		if (c->hot == 0 && !c->on)
			c->since = e->since;
		c->hot += fresh;
		c->cool = 0;
		c->on |= c->hot >= sustain;
	}
	if (fresh)
		c->until = e->end;
}

/* The same of a channel that a detector may have turned on: a window that began before the change
 * says nothing against it. */
static void
answer(struct rai_drift_state *s, enum rai_drift_about about, const struct evidence *e,
    int64_t sustain)
{
	struct rai_drift_channel *const of[] = {&s->error, &s->target, &s->inputs};
	struct rai_drift_channel *c = of[about];
	struct rai_drift_signal *alarm = &s->alarm[about];

	if (alarm->stands && !e->moved && e->since < c->since)
		return;
	step(c, e, sustain);
	if (!alarm->stands || (!e->moved && c->on))
		return;
	alarm->stands = 0;
	s->confirmed += e->moved;
}

/* Windows that overlap are judged as often as the next one begins. */
static double
alpha_now(const struct rai_drift_watch *w, const struct rai_drift_span *span)
{
	const struct rai_drift_rule *rule = &w->rule;
	int64_t step_ms = span->from_ms > 0 ? span->to_ms - span->from_ms : 0;

	if (rule->window_ms > 0)
		step_ms = rule->window_ms;
	step_ms /= (int64_t)w->window.npane;
	return rai_drift_alpha(rule->false_alarm_every_ms, step_ms, rule->sustain, rule->alpha);
}

static int
judge_labels(struct rai_drift_watch *w, struct rai_err *err)
{
	struct rai_drift_couples *c = &w->couples, judged = *c;
	struct rai_drift_state *s = &w->state;
	struct evidence e = {0, 0, s->label_windows, s->label_windows + 1, c->pair[0].seq};
	size_t i;

	if (rai_drift_judge_labels(
		&w->ref, &w->rule, s->alpha, c->prediction, c->actual, c->n, &w->labels, err) != 0)
		return -1;
	if (w->listener.labels != NULL)
		w->listener.labels(w->listener.ctx, c->actual, c->n);
	rai_drift_lag_cover(&w->lag, c->pair, c->n, s->predictions, w->clock_ms, &s->coverage);
	rai_drift_coverage_ask(&s->coverage, w->rule.coverage_least, &w->labels);
	s->labels = &w->labels;
	rai_drift_explain(w, c);
	s->labels_broken = w->labels.broken;
	s->label_windows++;
	if (w->labels.told && !w->labels.broken) {
		w->told_ms = w->clock_ms;
		e.moved = w->labels.drifted;
		e.lingers = w->labels.lingers;
		answer(s, RAI_ABOUT_TARGET, &e, w->rule.sustain);
		e.moved = w->labels.worse;
		e.lingers = w->labels.worse_lingers;
		answer(s, RAI_ABOUT_ERROR, &e, w->rule.sustain);
	}
	for (i = 0; i < c->n; i++)
		if (c->pair[i].seq > w->newest_pair)
			w->newest_pair = c->pair[i].seq;
	w->labels_alpha = s->alpha;
	if (w->keep) {
		w->couples = w->judged_couples;
		w->judged_couples = judged;
	}
	w->couples.n = 0;
	return 0;
}

/* A label window by time takes the labels of its time, and goes on while these are too few. */
static int
label_window_over(struct rai_drift_watch *w, const struct rai_drift_pair *p)
{
	int64_t at = p->known_ms > 0 ? p->known_ms : w->clock_ms, slot;

	if ((int64_t)w->couples.n >= RAI_DRIFT_MOST)
		return 1;
	slot = at / w->rule.window_ms;
	if (slot == w->label_slot || slot == w->label_slot - 1)
		return 0;
	w->label_slot = slot;
	return w->couples.n >= RAI_DRIFT_LEAST;
}

/* A pair whose inputs are known to be sound. */
static int
take_couple(struct rai_drift_watch *w, const struct rai_drift_pair *p, struct rai_err *err)
{
	if (w->rule.window_ms > 0 && label_window_over(w, p) && judge_labels(w, err) != 0)
		return -1;
	if (rai_drift_couples_add(&w->couples, p) != 0)
		return rai_fail_memory(err);
	if (w->rule.window_ms > 0 || (int64_t)w->couples.n < w->rule.window)
		return 0;
	return judge_labels(w, err);
}

/* A pair: judged later, now, or never, as its input window fills, was sound, or was broken. */
static int
take_pair(struct rai_drift_watch *w, const struct rai_drift_pair *p, struct rai_err *err)
{
	w->state.labelled++;
	rai_drift_lag_pair(&w->lag, p);
	if (p->broken)
		return 0;
	if (rai_drift_sentinel_pair(w->sentinel, p) != 0)
		return rai_fail_memory(err);
	if (p->seq < w->decided)
		return take_couple(w, p, err);
	if (rai_drift_couples_add(&w->waiting, p) != 0)
		return rai_fail_memory(err);
	return 0;
}

/* What the window costs, and what is expected of each of its rows. */
static int
judge_impact(struct rai_drift_watch *w, struct rai_err *err)
{
	size_t n = w->window.rows.n, i;
	int64_t first = w->state.predictions - (int64_t)n;
	double *loss = w->ref.impact != NULL ? malloc((n + 1) * sizeof(*loss)) : NULL;
	int rc;

	if (loss == NULL && w->ref.impact != NULL)
		return rai_fail_memory(err);
	rc = rai_drift_judge_impact(
	    &w->ref, &w->rule, &w->window.rows, &w->in, &w->impact, loss, err);
	for (i = 0; rc == 0 && loss != NULL && i < n; i++)
		if (loss[i] > 0)
			rai_drift_expected_put(&w->expected, first + (int64_t)i, loss[i]);
	free(loss);
	return rc;
}

static int
judge_inputs(struct rai_drift_watch *w, struct rai_err *err)
{
	struct rai_drift_state *s = &w->state;

	s->span = w->window.span;
	s->alpha = alpha_now(w, &s->span);
	rai_drift_inputs_release(&w->in);
	if (rai_drift_judge_inputs(&w->ref, &w->rule, s->alpha, &w->window.rows, &w->in, err) != 0)
		return -1;
	if (w->listener.inputs != NULL)
		w->listener.inputs(w->listener.ctx, &w->window.rows);
	s->in = &w->in;
	s->broken = w->in.broken;
	s->impact = &w->impact;
	return judge_impact(w, err);
}

/* What all predictions so far were, so what is to become of their pairs. */
static int
decide_pairs(struct rai_drift_watch *w, int broken, struct rai_err *err)
{
	struct rai_drift_couples *c = &w->waiting;
	size_t i;
	int rc = 0;

	if (broken)
		rai_drift_pairs_break(w->pairs, w->decided, w->state.predictions);
	w->decided = w->state.predictions;
	for (i = 0; rc == 0 && !broken && i < c->n; i++)
		rc = take_couple(w, &c->pair[i], err);
	c->n = 0;
	return rc;
}

/* A window of inputs was judged. */
static void
inputs_judged(struct rai_drift_watch *w, struct evidence e)
{
	struct rai_drift_state *s = &w->state;

	s->in = &w->in;
	s->broken = w->in.broken;
	s->input_windows++;
	rai_drift_heed_pace(w);
	if (w->in.broken) {
		rai_drift_heed_broken(w, e.first);
		return;
	}
	e.moved = w->in.drifted;
	e.lingers = w->in.lingers;
	answer(s, RAI_ABOUT_INPUTS, &e, w->rule.sustain);
	if (s->impact == NULL)
		return; /* counted: nobody knows */
	e.moved = w->in.drifted && w->impact.verdict == RAI_IMPACT_WORSE;
	e.lingers = w->in.lingers && w->impact.lingers;
	step(&s->cost, &e, w->rule.sustain);
}

static int
window_full(struct rai_drift_watch *w, struct rai_err *err)
{
	int64_t end = w->state.predictions, first = end - (int64_t)w->window.rows.n;

	rai_drift_window_sum(&w->window);
	if (judge_inputs(w, err) != 0)
		return -1;
	w->first = first;
	w->end = end;
	if (w->keep && rai_drift_window_copy(&w->judged, &w->window) != 0)
		return rai_fail_memory(err);
	inputs_judged(w, (struct evidence){0, 0, first, end, first});
	return decide_pairs(w, w->in.broken, err);
}

/* The newest pane has all its rows. */
static int
pane_full(struct rai_drift_watch *w, struct rai_err *err)
{
	int whole = w->window.held == w->window.npane, rc = 0;

	if (whole && w->window.rows.n >= RAI_DRIFT_LEAST)
		rc = window_full(w, err);
	else if (whole) {
		w->state.thin_windows++;
		rc = decide_pairs(w, 0, err);
	}
	rai_drift_window_turn(&w->window);
	return rc;
}

/* The clock was set back by more than a window: what there is is judged, and time begins anew. */
static int
set_back(struct rai_drift_watch *w, int64_t slot, struct rai_err *err)
{
	w->state.set_back++;
	w->slot = slot;
	if (pane_full(w, err) != 0 || decide_pairs(w, 0, err) != 0)
		return -1;
	rai_drift_window_clear(&w->window);
	return 0;
}

/* Windows by time: a prediction of this time comes.  One without a time belongs to the newest. */
static int
tick(struct rai_drift_watch *w, int64_t ms, struct rai_err *err)
{
	int64_t pane_ms = w->rule.slide_ms > 0 ? w->rule.slide_ms : w->rule.window_ms, slot;
	int64_t most = (int64_t)w->window.npane;

	if (w->window.rows.n >= RAI_DRIFT_MOST) {
		if (window_full(w, err) != 0)
			return -1;
		rai_drift_window_clear(&w->window);
	}
	if (ms <= 0)
		return 0;
	slot = ms / pane_ms;
	if (w->slot < 0)
		w->slot = slot;
	if (slot < w->slot && w->slot - slot > most)
		return set_back(w, slot, err);
	w->state.late += slot < w->slot;
	if (slot <= w->slot)
		return 0;
	if (pane_full(w, err) != 0)
		return -1;
	for (w->slot++; w->slot < slot && most > 0; w->slot++, most--)
		rai_drift_window_turn(&w->window); /* nothing came in its time */
	w->slot = slot;
	return 0;
}

static void
keep_time(struct rai_drift_watch *w, int64_t ms)
{
	if (ms > w->clock_ms)
		w->clock_ms = ms;
}

static int
pane_is_full(const struct rai_drift_watch *w)
{
	const struct rai_drift_pane *newest = &w->window.pane[w->window.held - 1];
	int64_t rows = w->rule.slide > 0 ? w->rule.slide : w->rule.window;

	return w->rule.window_ms == 0 && newest->span.rows == rows;
}

/* After a push, in which windows were judged or not: what stands, if anything may have changed. */
static int
heeded(struct rai_drift_watch *w, int judged, struct rai_err *err)
{
	int rc = rai_drift_heed(w, err);

	if (rc < 0)
		return -1;
	return judged || rc > 0 ? rai_drift_conclude(w) : 0;
}

/* answer: what its label is to be compared with. */
static int
take_row(
    struct rai_drift_watch *w, const struct rai_drift_row *row, double answer, struct rai_err *err)
{
	int64_t judged = w->state.input_windows + w->state.label_windows;
	struct rai_drift_pair pair;
	int rc = rai_drift_pairs_prediction(
	    w->pairs, row->id, answer, w->state.predictions, row->time_ms, &pair, err);

	if (rc < 0)
		return -1;
	if (rc == 2)
		return 0;
	keep_time(w, row->time_ms);
	if (w->rule.window_ms > 0 && tick(w, row->time_ms, err) != 0)
		return -1;
	if (rai_drift_window_add(&w->window, row) != 0)
		return rai_fail_memory(err);
	if (rai_drift_lag_prediction(&w->lag, w->state.predictions, row->time_ms, 0) != 0)
		return rai_fail_memory(err);
	rai_drift_expected_put(&w->expected, w->state.predictions, 0);
	if (rai_drift_sentinel_row(
		w->sentinel, row->cells, row->withheld, row->prediction, w->state.predictions) != 0)
		return rai_fail_memory(err);
	w->state.predictions++;
	if (rc == 1 && take_pair(w, &pair, err) != 0)
		return -1;
	if (pane_is_full(w) && pane_full(w, err) != 0)
		return -1;
	return heeded(w, w->state.input_windows + w->state.label_windows > judged, err);
}

int
rai_drift_watch_prediction(
    struct rai_drift_watch *w, const struct rai_drift_row *row, struct rai_err *err)
{
	return take_row(w, row, row->prediction, err);
}

int
rai_drift_watch_elsewhere(
    struct rai_drift_watch *w, const struct rai_drift_row *row, struct rai_err *err)
{
	return take_row(w, row, NAN, err);
}

static int
too_few(struct rai_drift_watch *w, int64_t rows)
{
	struct rai_drift_state *s = &w->state;

	s->verdict = RAI_DRIFT_INSUFFICIENT;
	s->advice = RAI_ADVISE_WAIT;
	s->missing_rows = RAI_DRIFT_LEAST - rows;
	snprintf(s->message, sizeof(s->message),
	    "%" PRId64 " rows: at least %d are needed to judge anything", rows, RAI_DRIFT_LEAST);
	return 1;
}

/* What counts do not show; of bins, whose window has a time, less is seen. */
static const char *const *
unchecked(const struct rai_drift_span *span)
{
	static const char *const rows[] = {"repeated rows", "cost", "labels", NULL};
	static const char *const bins[] = {"repeated rows", "frozen columns", "tails",
	    "all numbers together", "cost", "labels", NULL};

	return span->to_ms > 0 ? bins : rows;
}

int
rai_drift_watch_counts(struct rai_drift_watch *w, struct rai_drift_counts *c,
    const struct rai_drift_span *span, struct rai_err *err)
{
	struct rai_drift_state *s = &w->state;
	int64_t first = s->predictions, rows = rai_drift_counts_rows(c);
	struct evidence e = {0, 0, first, first + rows, first};

	if (span->to_ms > 0) {
		e.first = span->from_ms;
		e.end = span->to_ms;
	}
	s->span = *span;
	s->unchecked = unchecked(span);
	s->alpha = alpha_now(w, span);
	if (rows < RAI_DRIFT_LEAST)
		return too_few(w, rows);
	rai_drift_inputs_release(&w->in);
	if (rai_drift_judge_counts(&w->ref, &w->rule, s->alpha, c, &w->in, err) != 0)
		return -1;
	s->impact = NULL;
	s->predictions += rows;
	w->decided = s->predictions;
	inputs_judged(w, e);
	return rai_drift_conclude(w);
}

int
rai_drift_watch_blind(struct rai_drift_watch *w, const char *why)
{
	struct rai_drift_state *s = &w->state;
	int changed = s->verdict != RAI_DRIFT_INSUFFICIENT;

	s->verdict = RAI_DRIFT_INSUFFICIENT;
	s->advice = RAI_ADVISE_WAIT;
	s->missing_rows = 0;
	snprintf(s->message, sizeof(s->message), "%s", why);
	return changed;
}

int
rai_drift_watch_label(
    struct rai_drift_watch *w, const char *id, double actual, int64_t time_ms, struct rai_err *err)
{
	int64_t judged = w->state.label_windows;
	struct rai_drift_pair pair;
	int rc = rai_drift_pairs_label(w->pairs, id, actual, time_ms, &pair, err);

	keep_time(w, time_ms);
	if (rc < 0 || (rc == 1 && take_pair(w, &pair, err) != 0))
		return -1;
	return heeded(w, w->state.label_windows > judged, err);
}

int
rai_drift_watch_end(struct rai_drift_watch *w, struct rai_err *err)
{
	if (w->state.input_windows == 0) {
		rai_drift_window_sum(&w->window);
		w->state.span = w->window.span;
		if (w->window.rows.n >= RAI_DRIFT_LEAST && judge_inputs(w, err) != 0)
			return -1;
		if (w->state.broken)
			return rai_drift_conclude(w);
	}
	return rai_drift_conclude_end(w);
}

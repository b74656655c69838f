#include "drift/watch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/window.h"

const char *const rai_drift_verdict_names[] = {"none", "drift", "broken", "insufficient", NULL};
const char *const rai_drift_advice_names[] = {"wait", "get-labels", "fix-input", "retrain", NULL};

struct rai_drift_watch {
	struct rai_drift_reference ref;
	struct rai_drift_rule rule;
	struct rai_drift_state state;
	struct rai_drift_window window;   /* predictions */
	struct rai_drift_couples waiting; /* pairs whose input window is still filling */
	struct rai_drift_couples couples; /* pairs of judged, healthy windows */
	struct rai_drift_pairs *pairs;
	struct rai_drift_inputs in;
	struct rai_drift_labels labels;
	int64_t newest_pair; /* seq of the newest prediction in the label window judged last */
};

int
rai_drift_watch_new(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_watch **out, struct rai_err *err)
{
	struct rai_drift_watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return rai_fail_memory(err);
	w->ref = *ref;
	w->rule = *rule;
	w->newest_pair = -1;
	w->state.verdict = RAI_DRIFT_NONE;
	w->state.alpha = rule->alpha;
	w->pairs = rai_drift_pairs_new();
	if (w->pairs == NULL || rai_drift_window_init(&w->window, ref->schema) != 0) {
		rai_drift_watch_free(w);
		return rai_fail_memory(err);
	}
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
	rai_drift_inputs_release(&w->in);
	free(w);
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

/* lingers: not clearly back, though it may not have moved enough to go on by itself. */
static void
step(struct rai_drift_channel *c, int moved, int lingers, int64_t first, int64_t sustain)
{
	if (!moved) {
		c->hot = 0;
		c->cool = lingers ? 0 : c->cool + 1;
		if (c->cool >= sustain)
			c->on = 0;
		return;
	}
	if (c->hot == 0 && !c->on)
		c->since = first;
	c->hot++;
	c->cool = 0;
	c->on |= c->hot >= sustain;
}

static double
alpha_now(const struct rai_drift_watch *w, const struct rai_drift_span *span)
{
	return rai_drift_alpha(w->rule.false_alarm_every_ms,
	    span->from_ms > 0 ? span->to_ms - span->from_ms : 0, w->rule.sustain, w->rule.alpha);
}

static int
judge_labels(struct rai_drift_watch *w, struct rai_err *err)
{
	struct rai_drift_couples *c = &w->couples;
	struct rai_drift_state *s = &w->state;
	size_t i;

	if (rai_drift_judge_labels(
		&w->ref, &w->rule, s->alpha, c->prediction, c->actual, c->n, &w->labels, err) != 0)
		return -1;
	s->labels = &w->labels;
	s->labels_broken = w->labels.broken;
	s->label_windows++;
	if (!w->labels.broken) {
		step(&s->target, w->labels.drifted, w->labels.lingers, c->seq[0], w->rule.sustain);
		step(&s->error, w->labels.worse, w->labels.worse_lingers, c->seq[0],
		    w->rule.sustain);
	}
	for (i = 0; i < c->n; i++)
		if (c->seq[i] > w->newest_pair)
			w->newest_pair = c->seq[i];
	c->n = 0;
	return 0;
}

/* A pair whose inputs are known to be sound. */
static int
take_couple(
    struct rai_drift_watch *w, double prediction, double actual, int64_t seq, struct rai_err *err)
{
	if (rai_drift_couples_add(&w->couples, prediction, actual, seq) != 0)
		return rai_fail_memory(err);
	return (int64_t)w->couples.n == w->rule.window ? judge_labels(w, err) : 0;
}

/* A pair: judged later, now, or never, as its input window fills, was sound, or was broken. */
static int
take_pair(struct rai_drift_watch *w, const struct rai_drift_pair *p, struct rai_err *err)
{
	int64_t filling = w->state.predictions - (int64_t)w->window.rows.n;

	w->state.labelled++;
	if (p->broken)
		return 0;
	if (p->seq < filling)
		return take_couple(w, p->prediction, p->actual, p->seq, err);
	if (rai_drift_couples_add(&w->waiting, p->prediction, p->actual, p->seq) != 0)
		return rai_fail_memory(err);
	return 0;
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
	s->in = &w->in;
	s->broken = w->in.broken;
	return 0;
}

static int
window_full(struct rai_drift_watch *w, struct rai_err *err)
{
	struct rai_drift_couples *c = &w->waiting;
	int64_t first = w->state.predictions - (int64_t)w->window.rows.n;
	size_t i;
	int rc = 0;

	if (judge_inputs(w, err) != 0)
		return -1;
	w->state.input_windows++;
	rai_drift_window_clear(&w->window);
	if (w->in.broken)
		rai_drift_pairs_break(w->pairs, first, w->state.predictions);
	else
		step(&w->state.inputs, w->in.drifted, w->in.lingers, first, w->rule.sustain);
	for (i = 0; rc == 0 && !w->in.broken && i < c->n; i++)
		rc = take_couple(w, c->prediction[i], c->actual[i], c->seq[i], err);
	c->n = 0;
	return rc;
}

/* Labels of the rows that moved have come: what they cost is being measured. */
static int
cost_is_known(const struct rai_drift_watch *w)
{
	const struct rai_drift_state *s = &w->state;

	return s->labels != NULL && !w->labels.broken &&
	       (s->target.on || w->newest_pair >= s->inputs.since);
}

static enum rai_drift_advice
advise(const struct rai_drift_watch *w)
{
	const struct rai_drift_state *s = &w->state;
	int moved = s->inputs.on || s->target.on;

	if (s->broken || s->labels_broken)
		return RAI_ADVISE_INPUT;
	if (s->error.on && w->rule.retrain_on != RAI_DRIFT_ON_DRIFT)
		return RAI_ADVISE_RETRAIN;
	if (moved && w->rule.retrain_on != RAI_DRIFT_ON_ERROR)
		return RAI_ADVISE_RETRAIN;
	if (moved && !s->error.on && !cost_is_known(w))
		return RAI_ADVISE_LABELS;
	return RAI_ADVISE_WAIT;
}

/* The first column that is broken (or has drifted) in the window judged last, in words, or "". */
static const char *
first_why(const struct rai_drift_state *s, int broken)
{
	size_t i;

	for (i = 0; s->in != NULL && i < s->in->n; i++)
		if (broken ? s->in->col[i].broken : s->in->col[i].drifted)
			return s->in->col[i].why;
	if (s->in != NULL && !broken)
		return s->in->prediction.why[0] != '\0' ? s->in->prediction.why : s->in->joint.why;
	return s->labels != NULL && broken ? s->labels->target.why : "";
}

static void
say_moved(struct rai_drift_state *s)
{
	const char *why = first_why(s, 0);
	int n = 0, moved = s->inputs.on || s->target.on;

	if (s->error.on)
		n = snprintf(s->message, sizeof(s->message), "%s%s",
		    s->labels->why[0] != '\0' ? s->labels->why : "the error was worse",
		    moved ? "; " : "");
	if (moved)
		snprintf(s->message + n, sizeof(s->message) - (size_t)n, "%s%s%s%s",
		    !s->inputs.on  ? "the target moved"
		    : s->target.on ? "inputs and target moved"
				   : "the inputs moved",
		    s->inputs.on && why[0] != '\0' ? " (" : "", s->inputs.on ? why : "",
		    s->inputs.on && why[0] != '\0' ? ")" : "");
}

static void
say(struct rai_drift_state *s)
{
	if (s->verdict == RAI_DRIFT_BROKEN)
		snprintf(s->message, sizeof(s->message), "%s: fix the %s, do not retrain",
		    first_why(s, 1), s->broken ? "input" : "labels");
	else if (s->verdict == RAI_DRIFT_MOVED)
		say_moved(s);
	else
		snprintf(s->message, sizeof(s->message), "no drift in %" PRId64 " windows",
		    s->input_windows);
}

/* The standing verdict from the channels, after something was judged; 1: worth an event. */
static int
conclude(struct rai_drift_watch *w)
{
	struct rai_drift_state *s = &w->state;
	enum rai_drift_verdict verdict = RAI_DRIFT_NONE, was = s->verdict;
	enum rai_drift_advice advised = s->advice;

	if (s->broken || s->labels_broken)
		verdict = RAI_DRIFT_BROKEN;
	else if (s->inputs.on || s->target.on || s->error.on)
		verdict = RAI_DRIFT_MOVED;
	s->verdict = verdict;
	s->advice = advise(w);
	s->missing_rows = 0;
	say(s);
	return verdict != was || (s->advice != advised && s->advice == RAI_ADVISE_RETRAIN);
}

int
rai_drift_watch_prediction(
    struct rai_drift_watch *w, const struct rai_drift_row *row, struct rai_err *err)
{
	int64_t judged = w->state.input_windows + w->state.label_windows;
	struct rai_drift_pair pair;
	int rc = rai_drift_pairs_prediction(
	    w->pairs, row->id, row->prediction, w->state.predictions, row->time_ms, &pair, err);

	if (rc < 0)
		return -1;
	if (rc == 2)
		return 0;
	if (rai_drift_window_add(&w->window, row) != 0)
		return rai_fail_memory(err);
	w->state.predictions++;
	if (rc == 1 && take_pair(w, &pair, err) != 0)
		return -1;
	if ((int64_t)w->window.rows.n == w->rule.window && window_full(w, err) != 0)
		return -1;
	return w->state.input_windows + w->state.label_windows > judged ? conclude(w) : 0;
}

int
rai_drift_watch_label(
    struct rai_drift_watch *w, const char *id, double actual, int64_t time_ms, struct rai_err *err)
{
	int64_t judged = w->state.label_windows;
	struct rai_drift_pair pair;
	int rc = rai_drift_pairs_label(w->pairs, id, actual, time_ms, &pair, err);

	if (rc < 0 || (rc == 1 && take_pair(w, &pair, err) != 0))
		return -1;
	return w->state.label_windows > judged ? conclude(w) : 0;
}

/* Windows that are hot but not yet enough in a row. */
static int64_t
windows_wanted(const struct rai_drift_watch *w)
{
	const struct rai_drift_state *s = &w->state;
	const struct rai_drift_channel *c[] = {&s->inputs, &s->target, &s->error};
	int64_t most = 0;
	size_t i;

	for (i = 0; i < 3; i++)
		if (!c[i]->on && c[i]->hot > most)
			most = c[i]->hot;
	return most > 0 ? w->rule.sustain - most : 0;
}

int
rai_drift_watch_end(struct rai_drift_watch *w, struct rai_err *err)
{
	struct rai_drift_state *s = &w->state;
	int64_t n = (int64_t)w->window.rows.n, more = windows_wanted(w);

	if (s->input_windows == 0) {
		s->span = w->window.span;
		if (n >= RAI_DRIFT_LEAST && judge_inputs(w, err) != 0)
			return -1;
		if (n >= RAI_DRIFT_LEAST && w->in.broken)
			return conclude(w);
		more = 1;
	}
	if (more == 0 || s->verdict != RAI_DRIFT_NONE)
		return 0;
	s->verdict = RAI_DRIFT_INSUFFICIENT;
	s->advice = RAI_ADVISE_WAIT;
	s->missing_rows = more * w->rule.window - n;
	if (s->input_windows == 0)
		snprintf(s->message, sizeof(s->message),
		    "%" PRId64 " of the %" PRId64 " rows of a window: %" PRId64 " more to judge", n,
		    w->rule.window, s->missing_rows);
	else
		snprintf(s->message, sizeof(s->message),
		    "the newest window moved, %" PRId64 " in a row must agree: %" PRId64
		    " more rows to judge",
		    w->rule.sustain, s->missing_rows);
	return 1;
}

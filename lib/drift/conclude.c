#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "drift/watch_priv.h"

/* What the channels come to: verdict, advice, words. */

const char *const rai_drift_verdict_names[] = {"none", "drift", "broken", "insufficient", NULL};
const char *const rai_drift_advice_names[] = {"wait", "get-labels", "fix-input", "retrain", NULL};

/* Labels of the rows that moved have come: what they cost is being measured. */
static int
cost_is_known(const struct rai_drift_watch *w)
{
	const struct rai_drift_state *s = &w->state;

	if (s->alarm[RAI_ABOUT_TARGET].stands && !s->inputs.on)
		return 1; /* in labels it was seen, and the error has not alarmed */
	return s->labels != NULL && w->labels.told && !w->labels.broken &&
	       (s->target.on || w->newest_pair >= s->inputs.since);
}

static enum rai_drift_advice
advise(const struct rai_drift_watch *w)
{
	const struct rai_drift_state *s = &w->state;
	int moved = s->inputs.on || s->target.on;
	int judged = s->target.on || (s->inputs.on && !s->alarm[RAI_ABOUT_INPUTS].stands);

	if (s->broken || s->labels_broken)
		return RAI_ADVISE_INPUT;
	if (s->error.on && w->rule.retrain_on != RAI_DRIFT_ON_DRIFT)
		return RAI_ADVISE_RETRAIN;
	if (judged && w->rule.retrain_on != RAI_DRIFT_ON_ERROR)
		return RAI_ADVISE_RETRAIN;
	if (moved && !s->error.on && !cost_is_known(w))
		return s->inputs.on && s->cost.on ? RAI_ADVISE_RETRAIN : RAI_ADVISE_LABELS;
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
	if (s->in != NULL && broken && s->in->repeats.broken)
		return s->in->repeats.why;
	if (s->in != NULL && !broken)
		return s->in->prediction.why[0] != '\0' ? s->in->prediction.why : s->in->joint.why;
	return s->labels != NULL && broken ? s->labels->target.why : "";
}

/* Labels are worse than the inputs of their rows explain. */
static int
say_denied(struct rai_drift_state *s)
{
	size_t n = strlen(s->message);
	char cost[240];

	if (!s->error.on || s->explains == NULL || !rai_drift_impact_denied(s->explains, s->labels))
		return 0;
	rai_drift_impact_say(s->explains, cost, sizeof(cost));
	snprintf(s->message + n, sizeof(s->message) - n,
	    "; the inputs do not explain it, from them %s: the target follows from them in another "
	    "way (concept drift)",
	    cost);
	return 1;
}

/* What is to be expected, where inputs moved; or that labels say something else. */
static void
say_cost(struct rai_drift_state *s)
{
	size_t n = strlen(s->message);
	char cost[240];

	if (say_denied(s) || s->impact == NULL || !s->inputs.on ||
	    s->alarm[RAI_ABOUT_INPUTS].stands)
		return;
	rai_drift_impact_say(s->impact, cost, sizeof(cost));
	if (cost[0] != '\0')
		snprintf(s->message + n, sizeof(s->message) - n, "; %s", cost);
}

/* Why the error is said to be worse. */
static const char *
error_why(const struct rai_drift_state *s)
{
	const struct rai_drift_signal *a = &s->alarm[RAI_ABOUT_ERROR];

	if (a->stands)
		return a->why;
	return s->labels != NULL && s->labels->told && s->labels->why[0] != '\0'
		   ? s->labels->why
		   : "the error was worse";
}

static const char *
inputs_why(const struct rai_drift_state *s)
{
	const struct rai_drift_signal *a = &s->alarm[RAI_ABOUT_INPUTS];

	return a->stands ? a->why : first_why(s, 0);
}

static const char *
target_why(const struct rai_drift_state *s)
{
	const struct rai_drift_signal *a = &s->alarm[RAI_ABOUT_TARGET];

	if (a->stands)
		return a->why;
	return s->labels != NULL && s->labels->residual.moved ? s->labels->residual.why : "";
}

static void
say_moved(struct rai_drift_state *s)
{
	const char *why = inputs_why(s);
	int n = 0, moved = s->inputs.on || s->target.on;

	if (s->error.on)
		n = snprintf(
		    s->message, sizeof(s->message), "%s%s", error_why(s), moved ? "; " : "");
	if (moved)
		snprintf(s->message + n, sizeof(s->message) - (size_t)n, "%s%s%s%s",
		    !s->inputs.on  ? "the target moved"
		    : s->target.on ? "inputs and target moved"
				   : "the inputs moved",
		    s->inputs.on && why[0] != '\0' ? " (" : "", s->inputs.on ? why : "",
		    s->inputs.on && why[0] != '\0' ? ")" : "");
	if (s->target.on && target_why(s)[0] != '\0') {
		n = (int)strlen(s->message);
		snprintf(s->message + n, sizeof(s->message) - (size_t)n, "; %s", target_why(s));
	}
}

/* A window in which something was nearly enough. */
static void
say_close(struct rai_drift_state *s)
{
	const struct rai_drift_close *c = s->in != NULL ? &s->in->close : NULL;
	size_t n = strlen(s->message);
	char rows[64] = "a larger reference would decide", p[RAI_DRIFT_P_TEXT];

	if (c == NULL || c->name == NULL)
		return;
	if (c->rows > 0)
		snprintf(
		    rows, sizeof(rows), "about %" PRId64 " rows at once would decide", c->rows);
	snprintf(s->message + n, sizeof(s->message) - n,
	    "; %.60s is close (p %s over all checks): %s", c->name, rai_drift_p_text(c->p, p),
	    rows);
}

static void
say(struct rai_drift_state *s)
{
	if (s->verdict == RAI_DRIFT_BROKEN)
		snprintf(s->message, sizeof(s->message), "%s: fix the %s, do not retrain",
		    first_why(s, 1), s->broken ? "input" : "labels");
	else if (s->verdict == RAI_DRIFT_MOVED) {
		say_moved(s);
		say_cost(s);
	} else {
		snprintf(s->message, sizeof(s->message), "no drift in %" PRId64 " windows",
		    s->input_windows);
		say_close(s);
	}
}

/* Inputs moved, and for so long nobody has said what that costs: once, a person is to look. */
static int
ask(struct rai_drift_watch *w)
{
	struct rai_drift_state *s = &w->state;
	int64_t since;
	size_t n;

	s->asks = 0;
	if (!s->inputs.on) {
		w->moved_ms = w->asked = 0;
		return 0;
	}
	if (w->moved_ms == 0)
		w->moved_ms = w->clock_ms;
	since = w->moved_ms > w->told_ms ? w->moved_ms : w->told_ms;
	if (w->rule.ask_after_ms == 0 || w->asked || s->advice != RAI_ADVISE_LABELS || since == 0 ||
	    w->clock_ms - since < w->rule.ask_after_ms)
		return 0;
	w->asked = s->asks = 1;
	n = strlen(s->message);
	snprintf(s->message + n, sizeof(s->message) - n,
	    "; for %.3g days no labels have come that tell what it costs: a person must decide",
	    (double)(w->clock_ms - since) / 86400000);
	return 1;
}

int
rai_drift_conclude(struct rai_drift_watch *w)
{
	struct rai_drift_state *s = &w->state;
	enum rai_drift_verdict verdict = RAI_DRIFT_NONE, was = s->verdict;
	enum rai_drift_advice advised = s->advice;
	int64_t of;
	if (s->broken || s->labels_broken)
		verdict = RAI_DRIFT_BROKEN;
	else if (s->inputs.on || s->target.on || s->error.on)
		verdict = RAI_DRIFT_MOVED;
	s->verdict = verdict;
	s->advice = advise(w);
	s->missing_rows = 0;
	s->window_labelled = rai_drift_lag_labelled(&w->lag, w->first, w->end, s->predictions, &of);
	say(s);
	if (ask(w))
		return 1;
	return verdict != was || (s->advice != advised && s->advice == RAI_ADVISE_RETRAIN);
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

/* Rows of one window; of one by time, at the pace of the newest ones. */
static int64_t
rows_of_window(const struct rai_drift_watch *w)
{
	const struct rai_drift_span *s = &w->state.span;
	int64_t took = s->to_ms - s->from_ms;
	double rows;

	if (w->rule.window_ms == 0)
		return w->rule.window;
	if (s->from_ms <= 0 || took <= 0)
		return RAI_DRIFT_LEAST;
	rows = (double)s->rows / (double)took * (double)w->rule.window_ms;
	return rows < RAI_DRIFT_LEAST ? RAI_DRIFT_LEAST
	       : rows > 1e15          ? (int64_t)1e15
				      : (int64_t)rows;
}

static void
say_insufficient(const struct rai_drift_watch *w, struct rai_drift_state *s, int64_t n)
{
	if (s->input_windows > 0)
		snprintf(s->message, sizeof(s->message),
		    "the newest window moved, %" PRId64 " in a row must agree: %s%" PRId64
		    " more rows to judge",
		    w->rule.sustain, w->rule.window_ms > 0 ? "about " : "", s->missing_rows);
	else if (w->rule.window_ms > 0)
		snprintf(s->message, sizeof(s->message),
		    "%" PRId64 " rows, but no whole window of %.4g hours with at least %d", n,
		    (double)w->rule.window_ms / 3.6e6, RAI_DRIFT_LEAST);
	else
		snprintf(s->message, sizeof(s->message),
		    "%" PRId64 " of the %" PRId64 " rows of a window: %" PRId64 " more to judge", n,
		    w->rule.window, s->missing_rows);
}

int
rai_drift_conclude_end(struct rai_drift_watch *w)
{
	struct rai_drift_state *s = &w->state;
	int64_t n = s->predictions - w->decided, more = windows_wanted(w);

	if (s->input_windows == 0)
		more = 1;
	if (more == 0 || s->verdict != RAI_DRIFT_NONE)
		return 0;
	s->verdict = RAI_DRIFT_INSUFFICIENT;
	s->advice = RAI_ADVISE_WAIT;
	s->missing_rows = more * rows_of_window(w) - n;
	if (s->missing_rows < 1)
		s->missing_rows = 1;
	say_insufficient(w, s, n);
	say_close(s);
	return 1;
}

#include "alert/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"

struct view {
	const struct rai_policy *policy;
	const struct rai_alert *alert;
	const struct rai_past *past;
	size_t n;
	const struct rai_slot *slot;
	int64_t now_ms;
	struct rai_decision *out;
};

/* Always 1, so that a rule can end with it: "this rule has decided". */
static int
suppress(struct view *v, const char *reason, int64_t next_at_ms, const char *message)
{
	v->out->verdict = RAI_VERDICT_SUPPRESS;
	v->out->reason = reason;
	v->out->next_at_ms = next_at_ms;
	snprintf(v->out->message, sizeof(v->out->message), "%s", message);
	return 1;
}

/* The first 16 digits of SHA-256 over model and identity, with the source in between. */
static int
name_cause(struct view *v, const char *model, struct rai_err *err)
{
	char text[512], digest[RAI_HASH_DIGEST];
	int n =
	    snprintf(text, sizeof(text), "%s\n%s\n%s", model, v->alert->source, v->alert->identity);

	if (rai_hash_bytes(text, (size_t)n, digest, err) != 0)
		return -1;
	snprintf(v->out->cause, sizeof(v->out->cause), "%.16s", digest + strlen("sha256:"));
	return 0;
}

static void
name_key(struct view *v, const char *model, int64_t attempt)
{
	v->out->attempt = attempt;
	if (attempt == 1)
		snprintf(v->out->key, sizeof(v->out->key), "%s.%s", model, v->out->cause);
	else
		snprintf(v->out->key, sizeof(v->out->key), "%s.%s.%" PRId64, model, v->out->cause,
		    attempt);
}

static int
wanted(struct view *v)
{
	char message[128];

	if (v->alert->kind == RAI_ALERT_NOTHING)
		return suppress(v, "nothing", 0, "the event is no alert");
	if (v->alert->status == RAI_ALERT_RESOLVED)
		return suppress(v, "resolved", 0, "the alert has ended");
	if (v->alert->advice > RAI_ADVICE_RETRAIN) {
		snprintf(message, sizeof(message), "the sender advises: %s",
		    rai_alert_advice_name(v->alert->advice));
		return suppress(v, "advice", 0, message);
	}
	if (v->policy->propose) {
		v->out->verdict = RAI_VERDICT_PROPOSE;
		return 1;
	}
	return 0;
}

/* Given but not handed over, and its holder is gone or its waiting time is over. */
static int
may_resume(const struct view *v, const struct rai_past *p)
{
	if (p->state == RAI_PAST_CLAIMED)
		return v->now_ms >= p->updated_ms + v->policy->lease_ms;
	return p->state == RAI_PAST_DEFERRED && v->now_ms >= p->next_at_ms;
}

static int
resume(struct view *v)
{
	const struct rai_past *p, *best = NULL;
	size_t i;

	for (i = 0; i < v->n; i++) {
		p = &v->past[i];
		if (may_resume(v, p) && (best == NULL || strcmp(p->cause, v->out->cause) == 0))
			best = p;
	}
	if (best == NULL)
		return 0;
	v->out->verdict = RAI_VERDICT_RESUME;
	v->out->index = (size_t)(best - v->past);
	v->out->attempt = best->attempt;
	snprintf(v->out->cause, sizeof(v->out->cause), "%s", best->cause);
	snprintf(v->out->key, sizeof(v->out->key), "%s", best->key);
	return 1;
}

static const struct rai_past *
newest_attempt(const struct view *v)
{
	const struct rai_past *best = NULL;
	size_t i;

	for (i = 0; i < v->n; i++)
		if (strcmp(v->past[i].cause, v->out->cause) == 0 &&
		    (best == NULL || v->past[i].attempt > best->attempt))
			best = &v->past[i];
	return best;
}

static int
is_running(const struct view *v, const struct rai_past *p)
{
	return p->state == RAI_PAST_DISPATCHED && p->runs_here &&
	       v->now_ms < p->updated_ms + v->policy->run_ms;
}

/* What became of this very cause. */
static int
same_cause(struct view *v, const char *model)
{
	const struct rai_past *p = newest_attempt(v);

	name_key(v, model, p != NULL ? p->attempt + 1 : 1);
	if (p == NULL || p->state == RAI_PAST_WITHDRAWN || p->state == RAI_PAST_FAILED)
		return 0;
	if (p->state == RAI_PAST_CLAIMED || p->state == RAI_PAST_DEFERRED) {
		name_key(v, model, p->attempt);
		if (p->state == RAI_PAST_CLAIMED)
			return suppress(v, "claimed", p->updated_ms + v->policy->lease_ms,
			    "another dispatcher has this cause in hand");
		return suppress(v, "claimed", p->next_at_ms, "waiting for the target");
	}
	if (is_running(v, p) || v->alert->time_ms <= p->updated_ms) {
		name_key(v, model, p->attempt);
		return suppress(v, "already", 0,
		    is_running(v, p) ? "this cause's retrain is running"
				     : "this cause has had its retrain");
	}
	return 0;
}

static int
other_cause(struct view *v)
{
	const struct rai_past *p;
	int64_t depth = 0;
	size_t i;

	for (i = 0; i < v->n; i++) {
		p = &v->past[i];
		if (p->state == RAI_PAST_WITHDRAWN)
			continue;
		if (p->state == RAI_PAST_CLAIMED || p->state == RAI_PAST_DEFERRED ||
		    is_running(v, p))
			return suppress(v, "running",
			    p->state == RAI_PAST_CLAIMED    ? p->updated_ms + v->policy->lease_ms
			    : p->state == RAI_PAST_DEFERRED ? p->next_at_ms
							    : 0,
			    "a retrain for another cause is under way");
		if (v->alert->correlation != NULL && p->alert.correlation != NULL &&
		    strcmp(v->alert->correlation, p->alert.correlation) == 0)
			depth++;
	}
	if (depth >= RAI_POLICY_DEPTH)
		return suppress(
		    v, "depth", 0, "this incident has led to 3 retrains; a person must look");
	return 0;
}

static int
is_older(const struct rai_past *a, const struct rai_past *b)
{
	return a->time_ms < b->time_ms || (a->time_ms == b->time_ms && strcmp(a->key, b->key) < 0);
}

/* The newest claim that was not withdrawn, of those older than that one (NULL: of all). */
static const struct rai_past *
newest_before(const struct view *v, const struct rai_past *than)
{
	const struct rai_past *best = NULL, *p;
	size_t i;

	for (i = 0; i < v->n; i++) {
		p = &v->past[i];
		if (p->state != RAI_PAST_WITHDRAWN && (than == NULL || is_older(p, than)) &&
		    (best == NULL || is_older(best, p)))
			best = p;
	}
	return best;
}

static int
cool_down(struct view *v)
{
	const struct rai_past *p = newest_before(v, NULL);
	int64_t next;

	if (p == NULL)
		return 0;
	next = p->time_ms + v->policy->cooldown_ms;
	if (v->now_ms >= next)
		return 0;
	return suppress(v, "cool-down", next, "the newest retrain began less than a cool-down ago");
}

/* How many of the newest retrains in a row did not help. */
static int64_t
unhelpful(const struct view *v)
{
	const struct rai_past *p;
	int64_t asked_again = v->now_ms, row = 0;

	for (p = newest_before(v, NULL); p != NULL; p = newest_before(v, p)) {
		if (v->slot == NULL || p->time_ms < v->slot->since_ms)
			break;
		if (p->state != RAI_PAST_FAILED && p->state != RAI_PAST_REJECTED &&
		    asked_again - p->time_ms >= 2 * v->policy->cooldown_ms)
			break;
		asked_again = p->time_ms;
		row++;
	}
	return row;
}

static int
breaker(struct view *v)
{
	char message[160];
	int64_t limit = v->policy->stop_after_unhelpful;

	if (limit == 0)
		return 0;
	if ((v->slot == NULL || !v->slot->stopped) && unhelpful(v) < limit)
		return 0;
	snprintf(message, sizeof(message),
	    "stopped: the last %" PRId64 " retrains did not help; a person must look", limit);
	return suppress(v, "breaker", 0, message);
}

static int
budget(struct view *v)
{
	char message[128];
	int64_t from = v->now_ms - v->policy->budget_ms, spent = 0, oldest = INT64_MAX;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (v->past[i].state == RAI_PAST_WITHDRAWN || v->past[i].time_ms <= from)
			continue;
		spent++;
		if (v->past[i].time_ms < oldest)
			oldest = v->past[i].time_ms;
	}
	if (spent < v->policy->budget)
		return 0;
	snprintf(message, sizeof(message), "the budget of %" PRId64 " retrains is spent",
	    v->policy->budget);
	return suppress(v, "budget", spent > 0 ? oldest + v->policy->budget_ms : 0, message);
}

int
rai_policy_decide(const struct rai_policy *policy, const struct rai_alert *alert, const char *model,
    const struct rai_past *past, size_t n, const struct rai_slot *slot, int64_t now_ms,
    struct rai_decision *out, struct rai_err *err)
{
	struct view v = {policy, alert, past, n, slot, now_ms, out};

	memset(out, 0, sizeof(*out));
	if (name_cause(&v, model, err) != 0)
		return -1;
	name_key(&v, model, 1);
	if (wanted(&v) || resume(&v) || same_cause(&v, model) || other_cause(&v) || cool_down(&v) ||
	    breaker(&v) || budget(&v))
		return 0;
	out->verdict = RAI_VERDICT_DISPATCH;
	return 0;
}

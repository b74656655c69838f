#include "alert/policy.h"

#include <math.h>
#include <stdlib.h>

#include "base/tap.h"

enum { MAX_PAST = 8 };
static const int64_t MIN = 60000, HOUR = 3600000, T0 = 1790000000000;

static struct rai_policy rules;
static struct rai_alert drift;
static struct rai_past past[MAX_PAST];
static struct rai_slot slot;
static size_t n;
static struct rai_decision d;

static void
reset(void)
{
	rules = (struct rai_policy){6 * HOUR, 3, 24 * HOUR, 2, 15 * MIN, 6 * HOUR, 0};
	memset(&drift, 0, sizeof(drift));
	drift.kind = RAI_ALERT_ANY;
	drift.source = "rai-drift";
	drift.advice = RAI_ADVICE_RETRAIN;
	drift.value = NAN;
	snprintf(drift.identity, sizeof(drift.identity), "digest sha256:aa");
	memset(past, 0, sizeof(past));
	slot = (struct rai_slot){T0 - 1000 * HOUR, 0, ""};
	n = 0;
}

static const char *
ask(int64_t now)
{
	drift.time_ms = now;
	if (rai_policy_decide(&rules, &drift, "m", past, n, &slot, now, &d, NULL) != 0)
		return "error";
	switch (d.verdict) {
	case RAI_VERDICT_DISPATCH:
		return "dispatch";
	case RAI_VERDICT_RESUME:
		return "resume";
	case RAI_VERDICT_PROPOSE:
		return "propose";
	default:
		return d.reason;
	}
}

/* What the decision d led to. */
static void
happened(enum rai_past_state state, int64_t time, int64_t updated)
{
	struct rai_past *p = &past[n++];

	snprintf(p->key, sizeof(p->key), "%s", d.key);
	snprintf(p->cause, sizeof(p->cause), "%s", d.cause);
	p->attempt = d.attempt;
	p->tries = 1;
	p->state = state;
	p->time_ms = time;
	p->updated_ms = updated;
	p->runs_here = 1;
	p->alert = drift;
}

static void
test_wanted(void)
{
	reset();
	is_str(ask(T0), "dispatch", "drift that advises a retrain");
	drift.advice = RAI_ADVICE_LABELS;
	is_str(ask(T0), "advice", "get-labels");
	is_str(d.message, "the sender advises: get-labels", "in words");
	drift.advice = RAI_ADVICE_FIX;
	is_str(ask(T0), "advice", "fix-input");
	drift.advice = RAI_ADVICE_NONE;
	is_str(ask(T0), "dispatch", "an alert without advice");
	rules.propose = 1;
	is_str(ask(T0), "propose", "oversight propose");
	drift.status = RAI_ALERT_RESOLVED;
	is_str(ask(T0), "resolved", "resolved");
	drift.kind = RAI_ALERT_NOTHING;
	is_str(ask(T0), "nothing", "no alert");
}

static void
test_key(void)
{
	char key[128];

	reset();
	ask(T0);
	snprintf(key, sizeof(key), "%s", d.key);
	is_str(key, "m.c03a27421741b8bd",
	    "the key (printf 'm\\nrai-drift\\ndigest sha256:aa' | sha256sum)");
	snprintf(drift.id, sizeof(drift.id), "another event of another replica");
	ask(T0 + HOUR);
	is_str(d.key, key, "is the same for another event on the same model");
	snprintf(drift.identity, sizeof(drift.identity), "digest sha256:bb");
	ask(T0);
	ok(strcmp(d.key, key) != 0, "and another one for another running model");
}

static void
test_same_cause(void)
{
	reset();
	ask(T0);
	happened(RAI_PAST_CLAIMED, T0, T0);
	is_str(ask(T0 + MIN), "claimed", "in somebody's hands");
	is_int(d.next_at_ms, T0 + 15 * MIN, "until the lease ends");
	is_str(ask(T0 + 15 * MIN), "resume", "then anybody's");
	past[0].state = RAI_PAST_DISPATCHED;
	is_str(ask(T0 + 20 * MIN), "already", "running");
	past[0].state = RAI_PAST_DONE;
	past[0].updated_ms = T0 + 10 * MIN;
	is_str(ask(T0 + 9 * MIN), "already", "raised before the end");
	is_str(ask(T0 + HOUR), "cool-down", "raised after it: cool-down");
	is_int(d.next_at_ms, T0 + 6 * HOUR, "until six hours from its beginning");
	is_str(ask(T0 + 6 * HOUR), "dispatch", "then a second attempt");
	is_int(d.attempt, 2, "has its number");
	ok(strstr(d.key, ".2") != NULL, "in the key");
	past[0].state = RAI_PAST_DEFERRED;
	past[0].next_at_ms = T0 + HOUR;
	is_str(ask(T0 + MIN), "claimed", "deferred: not before its time");
	is_str(ask(T0 + HOUR), "resume", "then taken up");
	past[0].state = RAI_PAST_WITHDRAWN;
	is_str(ask(T0 + MIN), "dispatch", "withdrawn: nothing was handed over");
	is_int(d.attempt, 2, "under a new key");
}

static void
test_other_cause(void)
{
	reset();
	drift.correlation = "incident";
	ask(T0);
	happened(RAI_PAST_DISPATCHED, T0, T0);
	snprintf(drift.identity, sizeof(drift.identity), "fingerprint");
	is_str(ask(T0 + MIN), "running", "another cause waits for a running retrain");
	past[0].state = RAI_PAST_DONE;
	is_str(ask(T0 + MIN), "cool-down", "and for the cool-down");
	rules.cooldown_ms = 0;
	is_str(ask(T0 + MIN), "dispatch", "without one it goes");
	happened(RAI_PAST_DONE, T0 + MIN, T0 + MIN);
	snprintf(drift.identity, sizeof(drift.identity), "third");
	ask(T0 + 2 * MIN);
	happened(RAI_PAST_DONE, T0 + 2 * MIN, T0 + 2 * MIN);
	snprintf(drift.identity, sizeof(drift.identity), "fourth");
	is_str(ask(T0 + 3 * MIN), "depth", "three retrains of one incident are enough");
	drift.correlation = "another";
	is_str(ask(T0 + 3 * MIN), "budget", "three a day are spent");
	is_int(d.next_at_ms, T0 + 24 * HOUR, "until a day after the first");
	is_str(ask(T0 + 24 * HOUR), "dispatch", "then there is room again");
}

static void
test_breaker(void)
{
	reset();
	rules.budget = 100;
	ask(T0);
	happened(RAI_PAST_REJECTED, T0, T0);
	is_str(ask(T0 + 6 * HOUR), "dispatch", "one that did not help");
	happened(RAI_PAST_DONE, T0 + 6 * HOUR, T0 + 6 * HOUR);
	is_str(ask(T0 + 13 * HOUR), "breaker", "asked again within two cool-downs: two in a row");
	is_str(ask(T0 + 18 * HOUR), "dispatch", "calm for two cool-downs: it did help");
	slot.stopped = 1;
	is_str(ask(T0 + 1000 * HOUR), "breaker", "once tripped it stays");
	slot = (struct rai_slot){T0 + 7 * HOUR, 0, ""};
	is_str(ask(T0 + 13 * HOUR), "dispatch", "a new entry counts from its own beginning");
	rules.stop_after_unhelpful = 0;
	slot.since_ms = 0;
	is_str(ask(T0 + 13 * HOUR), "dispatch", "0: never");
}

/* A claim comes back as it was written. */
static void
test_past(void)
{
	struct rai_buf a = RAI_BUF_INIT(4096), b = RAI_BUF_INIT(4096);
	struct rai_past p;
	struct rai_slot s = {T0, 1, "m.x"}, t;

	reset();
	drift.name = "drift.detected";
	drift.value = 0.25;
	snprintf(drift.metric, sizeof(drift.metric), "psi");
	ask(T0);
	happened(RAI_PAST_DEFERRED, T0, T0 + 1);
	past[0].next_at_ms = T0 + HOUR;
	ok(rai_past_write(&past[0], &a, NULL) == 0, "written");
	ok(rai_past_read(past[0].key, a.ptr, a.len, &p, NULL) == 0, "read");
	ok(rai_past_write(&p, &b, NULL) == 0, "written again");
	is_str(b.ptr, a.ptr, "to the same text");
	rai_past_free(&p);
	ok(rai_past_read("m.x", "{\"state\":\"odd\"}", 15, &p, NULL) != 0, "a wrong claim");
	ok(rai_slot_write(&s, &a, NULL) == 0 && rai_slot_read(a.ptr, a.len, &t, NULL) == 0 &&
		t.since_ms == T0 && t.stopped && strcmp(t.last, "m.x") == 0,
	    "a model's entry");
	rai_buf_free(&a);
	rai_buf_free(&b);
}

int
main(void)
{
	test_wanted();
	test_key();
	test_same_cause();
	test_other_cause();
	test_breaker();
	test_past();
	return tap_done();
}

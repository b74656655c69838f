#ifndef RAI_ALERT_POLICY_H
#define RAI_ALERT_POLICY_H

#include "alert/alert.h"
#include "alert/past.h"

/*
 * Whether an alert starts a retrain: a pure function of the alert, the rules, the claims of the
 * model and the time, so that every decision can be replayed.  In this order:
 *
 *  nothing     an event that is no alert, or that names no model it could be about
 *  resolved    the alert has ended
 *  advice      the sender advises another thing: get-labels, fix-input, wait
 *  propose     oversight is propose: a person starts it
 *  claimed     this cause is in somebody's hands (until the lease ends), or waits for its target
 *  already     this cause has had its retrain; the alert was raised before that ended
 *  running     another cause's retrain of this model is under way
 *  depth       this incident (correlation) has led to 3 retrains already
 *  cool-down   the newest retrain began less than a cool-down ago
 *  breaker     the last N retrains did not help; stays until a person removes the model's entry
 *  budget      N retrains in the period are spent
 *
 * A retrain did not help when it was rejected or failed, or when the model asked for the next one
 * within two cool-downs.  A failed attempt may be repeated by any later alert of the cause, once
 * the cool-down is over; one that was done only by an alert raised after it.
 */
enum { RAI_POLICY_DEPTH = 3, RAI_POLICY_TRIES = 5 };

struct rai_policy {
	int64_t cooldown_ms;
	int64_t budget, budget_ms;    /* at most budget in any budget_ms; 0: none allowed */
	int64_t stop_after_unhelpful; /* 0: never */
	int64_t lease_ms;             /* a claim not handed over after it is anybody's */
	int64_t run_ms;               /* a command is taken for lost after it */
	int propose;                  /* oversight: a person starts it */
};

enum rai_verdict {
	RAI_VERDICT_DISPATCH, /* take the claim key and act */
	RAI_VERDICT_RESUME,   /* take over past[index], then decide again if it is another cause */
	RAI_VERDICT_PROPOSE,
	RAI_VERDICT_SUPPRESS
};

struct rai_decision {
	enum rai_verdict verdict;
	char cause[64];
	char key[128]; /* of the claim; also where one was found */
	int64_t attempt;
	size_t index;       /* of past, where it is resumed */
	const char *reason; /* one of the words above; NULL: none */
	char message[200];  /* for people */
	int64_t next_at_ms; /* when it may be worth asking again; 0: not known */
};

/* past: the claims of this model in any order.  slot may be NULL: there is none yet. */
int rai_policy_decide(const struct rai_policy *policy, const struct rai_alert *alert,
    const char *model, const struct rai_past *past, size_t n, const struct rai_slot *slot,
    int64_t now_ms, struct rai_decision *out, struct rai_err *err);

#endif

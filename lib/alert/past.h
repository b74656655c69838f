#ifndef RAI_ALERT_PAST_H
#define RAI_ALERT_PAST_H

#include "alert/alert.h"

/*
 * A claim: one attempt to act on one cause, as its JSON text in the ledger says it.  The text
 * holds the alert, so that another dispatcher can finish what this one could not.
 *
 *   claimed     ours to hand over; after the lease anybody may take it over
 *   deferred    the target was out of reach; may be taken up from next_at on
 *   dispatched  handed over: GitHub has it, or the command is running
 *   done        the command succeeded
 *   rejected    the command said no (status 1): nothing better was found
 *   failed      the command failed, or the target refused for good
 *   withdrawn   another cause was faster; nothing was handed over
 */
enum rai_past_state {
	RAI_PAST_CLAIMED,
	RAI_PAST_DEFERRED,
	RAI_PAST_DISPATCHED,
	RAI_PAST_DONE,
	RAI_PAST_REJECTED,
	RAI_PAST_FAILED,
	RAI_PAST_WITHDRAWN
};

struct rai_past {
	char key[128];   /* of the claim */
	char cause[64];  /* hash over model and identity: equal for all attempts on one cause */
	int64_t attempt; /* from 1 */
	int64_t tries;   /* how often it was taken up */
	enum rai_past_state state;
	int64_t time_ms, updated_ms;
	int64_t next_at_ms;     /* deferred: not before; else 0 */
	int runs_here;          /* the target is a command: dispatched means that it runs */
	char where[256];        /* the target in words */
	struct rai_alert alert; /* strings belong to doc */
	struct cJSON *doc;      /* or NULL */
};

int rai_past_read(
    const char *key, const char *text, size_t len, struct rai_past *out, struct rai_err *err);
void rai_past_free(struct rai_past *p);

/* One JSON line; out's content is replaced. */
int rai_past_write(const struct rai_past *p, struct rai_buf *out, struct rai_err *err);

const char *rai_past_state_name(enum rai_past_state state);

/*
 * The model's own entry (key: the model's name): the newest grant, by which two causes at the
 * same time are put in order; since when the breaker counts; whether it has tripped.
 */
struct rai_slot {
	int64_t since_ms;
	int stopped;
	char last[128]; /* the key of the newest granted claim */
};

int rai_slot_read(const char *text, size_t len, struct rai_slot *out, struct rai_err *err);
int rai_slot_write(const struct rai_slot *s, struct rai_buf *out, struct rai_err *err);

#endif

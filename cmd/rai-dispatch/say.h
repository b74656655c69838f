#ifndef RAI_DISPATCH_SAY_H
#define RAI_DISPATCH_SAY_H

#include "act.h"
#include "json/event.h"

/* What an event of ours is about; members that are NULL, 0 or "" are left out or null. */
struct say {
	const char *kind; /* "retrain.dispatched" */
	const char *id;   /* NULL: a new one */
	const char *model;
	const struct rai_alert *alert;
	const struct rai_target *target; /* or NULL */
	const char *where;
	const char *cause_key;
	int64_t attempt;
	const char *oversight;
	const char *reason, *message;
	int64_t next_at_ms;
	int has_status;
	long status;
	const char *claim;   /* its commit, or NULL */
	const char *request; /* JSON: what would be sent (dry run) */
};

/* Appends the event's line to out. */
void say_event(
    const struct say *s, int64_t now_ms, struct rai_event_chain *chain, struct rai_buf *out);

#endif

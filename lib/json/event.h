#ifndef RAI_JSON_EVENT_H
#define RAI_JSON_EVENT_H

#include <stdint.h>

#include "json/json.h"

/*
 * CloudEvents 1.0 (spec 1.0.2, structured JSON), one object per line: what travels between the
 * programs.  type is ai.reconciled.<noun>.<verb>.v1, source "/rai/<tool>", subject the model's
 * name.  The extension attributes correlationid (the incident) and causationid (the id of the
 * event that led here) chain a whole incident.
 */
#define RAI_EVENT_PREFIX "ai.reconciled."

struct rai_event {
	const char *id, *source, *type, *subject; /* subject may be NULL */
	int64_t time_ms;
	const char *correlation, *causation; /* NULL when absent */
	const struct cJSON *data;            /* NULL when absent */
};

/*
 * Reads a parsed document as a CloudEvent; the strings live as long as doc.  0, or -1 with the
 * attribute that is missing or wrong.
 */
int rai_event_read(const struct cJSON *doc, struct rai_event *out, struct rai_err *err);

/* Is this one of ours, of that kind?  kind is "drift.detected" (version 1). */
int rai_event_is(const struct rai_event *e, const char *kind);

/*
 * What an event inherits: the incident and the cause.  Start from the event read on stdin with
 * rai_event_follow(), or from nothing with { "" }: the first event of a chain is its own incident.
 */
struct rai_event_chain {
	char correlation[128], causation[128];
};

void rai_event_follow(struct rai_event_chain *chain, const struct rai_event *cause);

/*
 * Opens an event line in w and leaves the writer inside its "data" object; the caller writes the
 * members and calls rai_event_end(), which closes data and event and adds the newline.
 * tool is "rai-drift", kind "drift.detected".  After the end, chain's causation is this event's
 * id, so that several events of one run follow each other.  id may be NULL: a new ULID is made.
 */
void rai_event_begin(struct rai_jw *w, struct rai_buf *out, const char *tool, const char *kind,
    const char *subject, int64_t now_ms, const char *id, struct rai_event_chain *chain);
void rai_event_end(struct rai_jw *w);

#endif

#ifndef RAI_DRIFT_REPORT_H
#define RAI_DRIFT_REPORT_H

#include "drift/watch.h"
#include "json/event.h"

/* Which model is spoken about. */
struct rai_drift_subject {
	const char *name, *digest, *version; /* version NULL: not known */
	struct rai_drift_rule rule;
	const char *file, *config; /* the model's and rai.yaml, for commands; NULL: not known */
	int rows;                  /* plain rows are judged, which no server remembers */
};

/* What to do next. */
struct rai_drift_next {
	char text[512];    /* a sentence or two */
	char command[512]; /* of a shell; "": there is none */
};

void rai_drift_next(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_next *out);

/*
 * The incident: opened by the first event that is not "none", closed by drift.cleared.  Start from
 * { "" }.
 */
struct rai_drift_incident {
	struct rai_event_chain chain;
	int open;
};

/* "not checked: ...", what nobody looked at in a window that was counted; "" where all was. */
void rai_drift_report_unchecked(const struct rai_drift_state *s, char *out, size_t size);

/*
 * One event line about the state.  Its id is a function of model, verdict, advice and window, and
 * of the time of the newest row of the window (of now_ms where rows have no time), so that reading
 * the same log again gives the same events.
 */
void rai_drift_report_event(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_incident *incident, int64_t now_ms, struct rai_buf *out);

/* How it is looked at: so many columns (80 at least are used, 120 at most), colours or not. */
struct rai_drift_look {
	size_t columns;
	int colour;
};

/* The same for people: what to do next, and one line per column. */
void rai_drift_report_table(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    const struct rai_drift_look *look, struct rai_buf *out);

#endif

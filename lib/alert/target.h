#ifndef RAI_ALERT_TARGET_H
#define RAI_ALERT_TARGET_H

#include "alert/past.h"
#include "net/retry.h"

/*
 * Where a retrain is started: one row of the table in target.c per kind.  All strings are the
 * caller's; nothing here is kept.
 */
struct rai_target_call {
	const struct rai_past *claim; /* what is asked for, and why */
	const char *model;
	const char *oversight; /* "automatic" or "approve" */
	const char *correlation;
	const char *event_id, *event; /* of retrain.dispatched: its id, and its line */
	int64_t now_ms;

	const char *github, *github_api, *github_token; /* "owner/repo", base URL, the secret */
	int64_t timeout_ms;                             /* of one call */
	struct rai_retry_rule retry;

	const char *const *argv; /* NULL-terminated: run without a shell, in folder */
	const char *folder;
	/* called for each line of the command's stdout, without its newline; is_event: a CloudEvent
	 */
	int (*on_line)(const char *line, size_t len, int is_event, void *payload);
	void *payload;
};

enum rai_target_end {
	RAI_TARGET_SENT,   /* the target has it, or the command succeeded */
	RAI_TARGET_LATER,  /* temporary: not before later_ms from now */
	RAI_TARGET_NO,     /* the command ran and said no (status 1) */
	RAI_TARGET_REFUSED /* failed for good */
};

struct rai_target_result {
	enum rai_target_end end;
	long status; /* HTTP status, or the command's exit status (128 + signal) */
	int tries;
	int64_t later_ms;
	int stopped; /* a signal told us to end; it was passed on to the command */
	char message[RAI_ERR_MAX];
};

struct rai_target {
	const char *kind; /* "github", "command" */
	/*
	 * 1: what is started runs inside send(), so that retrain.dispatched is said before it; 0:
	 * send() hands over.
	 */
	int runs_here;
	/* The target in words, for events. */
	void (*where)(const struct rai_target_call *call, char *out, size_t size);
	/* What would be sent, as JSON. */
	int (*preview)(
	    const struct rai_target_call *call, struct rai_buf *out, struct rai_err *err);
	/* -1 only where this machine or the caller is at fault. */
	int (*send)(
	    const struct rai_target_call *call, struct rai_target_result *out, struct rai_err *err);
};

extern const struct rai_target rai_target_github, rai_target_command;

/* By what the call names: github or argv; NULL when it names neither. */
const struct rai_target *rai_target_find(const struct rai_target_call *call);

#endif

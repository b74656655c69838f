#ifndef RAI_SERVE_CHALLENGERS_H
#define RAI_SERVE_CHALLENGERS_H

#include "serve/app.h"
#include "sources.h"

/* The models that are tried beside the served ones: one at most beside each. */
struct challenger {
	const char *option, *path; /* "--canary"; of the model file */
	char *name;                /* given, or that in the file when it was read first */
	struct rai_serve_trial_config config;
	/* its files, as they were when it was read, and looked at, last */
	struct stamp read[SOURCE_FILES], seen[SOURCE_FILES];
};

struct challengers {
	struct challenger *one;
	size_t n;
	const char *events_path; /* "-": standard output */
	struct rai_serve_log *events;
	const struct sources *sources; /* beside which they are tried */
};

/*
 * Opens the log of events and tries all, beside sources that are served already; log and state, as
 * the app has them, may be NULL.
 */
int challengers_start(struct challengers *c, const struct sources *sources,
    struct rai_serve_log *log, const char *state, struct rai_err *err);

/*
 * Reads all again, and tells what came of it: a file that is tried already goes on as it was, and a
 * trial that a served model has ended begins again if it can.
 */
void challengers_reload(struct challengers *c);

/* Opens the log of events anew: somebody has renamed it. */
void challengers_reopen(struct challengers *c);

/* The same of those whose files have changed and then stayed as they are since the last call. */
void challengers_watch(struct challengers *c);

void challengers_release(struct challengers *c);

#endif

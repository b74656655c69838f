#ifndef RAI_SERVE_CHALLENGE_H
#define RAI_SERVE_CHALLENGE_H

#include <math.h>
#include <stdint.h>

#include "cli/cli.h"
#include "serve/app.h"
#include "sources.h"

/* The options of a model that is tried beside the served one, as they are given. */
struct challenge {
	const char *canary, *canary_share, *canary_key; /* NULL: not given */
	const char *shadow, *shadow_share;
	const char *events;
	double risk, margin;   /* NaN: not given */
	int64_t verdict_after; /* -1: not given */
};

#define CHALLENGE_DEFAULTS                                      \
	{                                                       \
		.risk = NAN, .margin = NAN, .verdict_after = -1 \
	}

/*
 * Checks the options and sets role, share, key and rule.  0: there is nothing to try; 1: there is;
 * -1: they contradict each other, or what else is served; log: the path of the prediction log.
 */
int challenge_configure(const struct challenge *c, const char *log,
    struct rai_serve_trial_config *out, struct rai_err *err);

/* Opens the log that events go to. */
int challenge_open_events(const struct challenge *c, struct rai_cli *cli,
    struct rai_serve_trial_config *out, struct rai_err *err);

/* The files of the model that is tried, as they were when it was read, and looked at, last. */
struct challenged {
	struct stamp read[SOURCE_FILES], seen[SOURCE_FILES];
};

/*
 * Reads the model and tries it; a file that is tried already goes on as it is.  signers: path of
 * those who may have signed it, or NULL.
 */
int challenge_read(const struct challenge *c, struct challenged *files, const char *signers,
    struct rai_serve_app *app, struct rai_err *err);

/* 1: the files have changed since they were read, and not since the last call. */
int challenge_has_changed(const struct challenge *c, struct challenged *files);

#endif

#ifndef RAI_SERVE_CHALLENGE_H
#define RAI_SERVE_CHALLENGE_H

#include "challengers.h"
#include "cli/cli.h"

/*
 * The options of models that are tried beside the served ones, as they are given.  Every value may
 * begin with NAME=, and is then about the model of that name only; else about all.
 */
struct challenge {
	struct rai_opt_list canaries, canary_shares, canary_keys;
	struct rai_opt_list shadows, shadow_shares;
	struct rai_opt_list verdict_after, risks, margins; /* of either */
	const char *events;                                /* NULL: standard output */
};

/*
 * Checks the options and makes a challenger of each model, which challengers_release() gives back,
 * also on failure.  -1: they contradict each other, or what else is served; log: the path of the
 * prediction log, or NULL.
 */
int challenge_configure(
    const struct challenge *c, const char *log, struct challengers *out, struct rai_err *err);

#endif

#ifndef RAI_SERVE_OPTIONS_H
#define RAI_SERVE_OPTIONS_H

#include <stdint.h>

#include "challenge.h"
#include "cli/cli.h"
#include "limits.h"
#include "logging.h"
#include "serve/tls.h"

/* What the command line says, in parts that have their owners. */
struct options {
	struct rai_opt_list models, digests, tokens, show;
	const char *signers, *listen, *release, *admin, *state;
	int64_t threads, drain_ms, linger_ms, window;
	int is_public, watch, from_stdin;
	struct logging logging;
	struct challenge challenge;
	struct limits limits;
	struct rai_serve_tls_config tls;
};

#define OPTIONS_DEFAULTS                                                     \
	{                                                                    \
		.listen = "127.0.0.1:5000", .drain_ms = 5000, .window = 500, \
		.limits = LIMITS_DEFAULTS, .logging = LOGGING_DEFAULTS       \
	}

/* The table of options, each pointing into o. */
#define SERVE_OPTIONS 64
void serve_options(struct options *o, struct rai_opt opts[SERVE_OPTIONS]);

/* What cannot be, or contradicts itself, ends the program (exit 2). */
void serve_options_check(const struct options *o, const struct rai_cli *cli);

#endif

#ifndef RAI_SERVE_SERVER_H
#define RAI_SERVE_SERVER_H

#include <stdint.h>

#include "challenge.h"
#include "cli/cli.h"
#include "encryption.h"
#include "limits.h"
#include "logging.h"

/* The process: sockets, signals, and the order in which things begin and end. */
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

/* Serves until SIGTERM or SIGINT; SIGHUP reads the model again and opens the log anew. */
int server_run(const struct options *o, struct rai_cli *cli, struct rai_err *err);

#endif

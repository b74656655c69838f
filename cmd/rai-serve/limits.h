#ifndef RAI_SERVE_LIMITS_H
#define RAI_SERVE_LIMITS_H

#include <stdint.h>

#include "cli/cli.h"
#include "serve/http.h"

/* The options that bound what a client may take, as they are given. */
struct limits {
	uint64_t max_head, max_body, max_memory;
	int64_t max_connections, request_ms, idle_ms, wait_ms;
};

#define LIMITS_DEFAULTS                                                                         \
	{                                                                                       \
		.max_head = 8 << 10, .max_body = 1 << 20, .max_memory = 256 << 20,              \
		.max_connections = 4096, .request_ms = 10000, .idle_ms = 75000, .wait_ms = 1000 \
	}

/* Usage errors end the program (exit 2). */
void limits_check(const struct limits *l, const struct rai_cli *cli);

void limits_configure(const struct limits *l, struct rai_serve_http_config *out);

#endif

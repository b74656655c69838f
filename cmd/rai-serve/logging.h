#ifndef RAI_SERVE_LOGGING_H
#define RAI_SERVE_LOGGING_H

#include <stdint.h>

#include "base/err.h"
#include "serve/log.h"

/* The options of the prediction log, as they are given. */
struct logging {
	const char *path; /* NULL: no log */
	const char *sync;
	uint64_t max_size; /* 0: never rotated */
	int64_t keep;
};

#define LOGGING_DEFAULTS                  \
	{                                 \
		.sync = "none", .keep = 5 \
	}

/* Checks the options and sets what the log needs of them. */
int logging_configure(
    const struct logging *l, struct rai_serve_log_config *out, struct rai_err *err);

#endif

#ifndef RAI_SERVE_LOGGING_H
#define RAI_SERVE_LOGGING_H

#include <stdint.h>

#include "cli/cli.h"
#include "serve/app.h"

/* The options of the prediction log, as they are given. */
struct logging {
	const char *path; /* NULL: no log */
	const char *sync;
	uint64_t max_size;  /* 0: never rotated */
	int64_t keep;       /* -1: not given */
	const char *sample; /* "10%", or NULL: all */
	struct rai_opt_list redact;
};

#define LOGGING_DEFAULTS                   \
	{                                  \
		.sync = "none", .keep = -1 \
	}

/* Checks the options and sets what the log needs of them. */
int logging_configure(
    const struct logging *l, struct rai_serve_log_config *out, struct rai_err *err);

/* Every name to be redacted must be a feature of one of the n models. */
int logging_check_names(
    const struct logging *l, const struct rai_serve_model *m, size_t n, struct rai_err *err);

#endif

#ifndef RAI_SERVE_TOKENS_H
#define RAI_SERVE_TOKENS_H

#include "cli/cli.h"
#include "serve/guard.h"

/* Reads the secrets that --token names; also again, while requests run.  -1: all is as it was. */
int tokens_read(const struct rai_opt_list *where, struct rai_serve_tokens *t, struct rai_err *err);

#endif

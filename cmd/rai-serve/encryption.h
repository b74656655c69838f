#ifndef RAI_SERVE_ENCRYPTION_H
#define RAI_SERVE_ENCRYPTION_H

#include "cli/cli.h"
#include "serve/tls.h"

/* The options of TLS, as they are given; none: *out stays NULL. */
int encryption_open(const struct rai_serve_tls_config *c, const struct rai_cli *cli,
    struct rai_serve_tls **out, struct rai_err *err);

/* After SIGHUP: warns where the files cannot be read, and all stays as it was. */
void encryption_reload(struct rai_serve_tls *t, const struct rai_cli *cli);

#endif

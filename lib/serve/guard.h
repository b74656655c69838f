#ifndef RAI_SERVE_GUARD_H
#define RAI_SERVE_GUARD_H

#include <stddef.h>

#include "base/err.h"
#include "serve/http.h"

/*
 * Who may ask: bearer tokens (RFC 6750), of which any is good, so that a new one can be handed out
 * before the old one ends.
 */
struct rai_serve_tokens;

int rai_serve_tokens_new(struct rai_serve_tokens **out, struct rai_err *err);

/* From now on these n are good, and no others; copies them.  On failure all is as it was. */
int rai_serve_tokens_set(
    struct rai_serve_tokens *t, char *const *token, size_t n, struct rai_err *err);

/* Is it "Bearer TOKEN" (header may be NULL)?  The time does not say where a wrong one differs. */
int rai_serve_tokens_match(struct rai_serve_tokens *t, const char *header);

void rai_serve_tokens_free(struct rai_serve_tokens *t); /* NULL is fine */

/*
 * 1: the request is refused, whatever it asks, and r says why in the shape of fail.  flags are its
 * route's (RAI_ROUTE_*; 0 where there is none): what is about health is answered also when there is
 * too much to do.
 */
int rai_serve_refused(const struct rai_serve_request *q, unsigned flags,
    void (*fail)(struct rai_serve_reply *r, int status, const char *message),
    struct rai_serve_reply *r);

#endif

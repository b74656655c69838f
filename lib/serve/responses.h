#ifndef RAI_SERVE_RESPONSES_H
#define RAI_SERVE_RESPONSES_H

#include "serve/http.h"

/*
 * Inside of this room: responses of libmicrohttpd that are used again.  To make one takes some
 * twenty pieces of memory, and what one worker answers is mostly like what it answered before: a
 * response that has been sent takes another body of its length, and of its headers those are
 * exchanged whose value is another.
 */
struct MHD_Response;

/* One of them.  Whoever has queued it says with rai_serve_response_sent() that it is free again. */
struct rai_serve_response;

enum { RAI_SERVE_RESPONSES = 64, RAI_SERVE_RESPONSE_SMALL = 2 << 10 };

/* A worker's own; zeroed, it has none. */
struct rai_serve_responses {
	struct rai_serve_response *at[RAI_SERVE_RESPONSES]; /* by the length of the body */
};

/*
 * One with the body and the headers of r, or NULL: its body is larger than RAI_SERVE_RESPONSE_SMALL
 * or has no type, the one of such a length is still being sent, or there is no memory; then r needs
 * one of its own.
 */
struct rai_serve_response *rai_serve_responses_take(
    struct rai_serve_responses *all, const struct rai_serve_reply *r);

struct MHD_Response *rai_serve_response_get(const struct rai_serve_response *s);
void rai_serve_response_sent(struct rai_serve_response *s); /* NULL is fine */

/* When no connection is left. */
void rai_serve_responses_release(struct rai_serve_responses *all);

#endif

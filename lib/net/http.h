#ifndef RAI_NET_HTTP_H
#define RAI_NET_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The only door to libcurl: one request, one answer, with time-outs and a size ceiling.
 * Redirects are not followed unless asked for; TLS is always verified.
 */
struct rai_http_request {
	const char *method;         /* "GET", "POST" ... */
	const char *url;            /* http:// or https:// only */
	const char *unix_socket;    /* or NULL: connect through this socket instead */
	const char *const *headers; /* NULL-terminated "Name: value", or NULL */
	const void *body;
	size_t body_len;
	int64_t connect_ms, total_ms; /* 0: 10 s and 30 s */
	int follow_redirects;
};

struct rai_http_answer {
	long status;
	struct rai_buf body;    /* its max is the ceiling; init before the call */
	int64_t retry_after_ms; /* from Retry-After (seconds or HTTP date); -1: absent */
	int64_t rate_remaining; /* from x-ratelimit-remaining; -1: absent */
	int64_t rate_reset_s;   /* from x-ratelimit-reset, seconds since 1970; -1: absent */
};

/*
 * 0 when an answer came, whatever its status.  RAI_ENET: no answer.  RAI_EINPUT: the request is
 * wrong (scheme, header), or the answer is larger than a->body.max.  *sent (may be NULL) says
 * whether the request may have reached the server, so that it is not repeated blindly.
 * Messages show the URL without user, password, query and fragment, and never a header.
 * A loopback address is never reached through a proxy; else the proxy variables count.
 */
int rai_http_do(
    const struct rai_http_request *q, struct rai_http_answer *a, int *sent, struct rai_err *err);

/* Once per program, in main. */
int rai_http_init(struct rai_err *err);
void rai_http_done(void);

#endif

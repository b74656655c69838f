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
struct rai_http_auth {
	const char *user, *password; /* secrets */
	/* "aws:amz:REGION:SERVICE" signs by them (AWS Signature Version 4); NULL: HTTP Basic */
	const char *sigv4;
};

/* Where the body of a 200 goes instead of the answer: a regular file, emptied before. */
struct rai_http_sink {
	int fd;       /* the caller's; after an error its content means nothing */
	uint64_t max; /* ceiling in bytes */
	uint64_t len; /* set: bytes that arrived */
};

struct rai_http_request {
	const char *method;         /* "GET", "POST" ... */
	const char *url;            /* http:// or https:// only */
	const char *unix_socket;    /* or NULL: connect through this socket instead */
	const char *const *headers; /* NULL-terminated "Name: value", or NULL */
	const void *body;
	size_t body_len;
	int64_t connect_ms, total_ms; /* 0: 10 s and 30 s */
	int follow_redirects;
	const struct rai_http_auth *auth; /* or NULL: ~/.netrc counts where there is a sink */
	struct rai_http_sink *sink;       /* or NULL */
	int64_t stall_ms; /* > 0: a limit on silence (seen to a second) instead of on the whole */
};

struct rai_http_answer {
	long status;
	struct rai_buf body;    /* its max is the ceiling; init before the call */
	int64_t retry_after_ms; /* from Retry-After (seconds or HTTP date); -1: absent */
	int64_t rate_remaining; /* from x-ratelimit-remaining; -1: absent */
	int64_t rate_reset_s;   /* from x-ratelimit-reset, seconds since 1970; -1: absent */
	int framed;             /* the server said where the body ends: a cut one is noticed */
	char location[4096]; /* where a 3xx that was not followed points, absolute; "": nowhere */
};

/*
 * 0 when an answer came, whatever its status.  RAI_ENET: no answer.  RAI_EINPUT: the request is
 * wrong (scheme, header), or the answer is larger than a->body.max.  *sent (may be NULL) says
 * whether the request may have reached the server, so that it is not repeated blindly.
 * Messages show the URL without user, password, query and fragment, and never a header.
 * A loopback address is never reached through a proxy; else the proxy variables count.
 * Certificates are checked against CURL_CA_BUNDLE or SSL_CERT_FILE where set, else the system's.
 * With a sink, a body that ends early is RAI_ENET, one over the ceiling or whose end the server
 * does not tell is RAI_EINPUT; an answer other than 200 keeps what fits into body.
 */
int rai_http_do(
    const struct rai_http_request *q, struct rai_http_answer *a, int *sent, struct rai_err *err);

/* 1: an http:// or https:// URL of this machine; 0: of another; -1 with err: no such URL. */
int rai_http_is_loopback(const char *url, struct rai_err *err);

/* The URL as messages show it; "the URL" where it cannot be read. */
#define RAI_HTTP_SHOWN 200
void rai_http_show(const char *url, char shown[RAI_HTTP_SHOWN]);

/* Before the first call; each is undone by one rai_http_done(). */
int rai_http_init(struct rai_err *err);
void rai_http_done(void);

#endif

#include "origin/fetch.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/retry.h"

enum { STALL_MS = 30000, ANSWER_MAX = 16384 };

static const uint64_t max_bytes = (uint64_t)64 << 30;
static const struct rai_retry_rule rule = {
    .attempts = 4, .first_ms = 500, .longest_ms = 4000, .deadline_ms = 30000};

/* A file without a name: it is gone with its last descriptor, whatever happens. */
static int
temporary(struct rai_err *err)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];
	int fd, n;

	if (folder == NULL || *folder == '\0')
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	n = snprintf(path, sizeof(path), "%s/rai-train.XXXXXX", folder);
	if (n < 0 || (size_t)n >= sizeof(path))
		return rai_fail(err, RAI_EINPUT, "TMPDIR: the path is too long");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return rai_fail_errno(err, "%s", path);
	unlink(path);
	return fd;
}

/* before is NULL for what a person wrote, else the URL that redirected to this one. */
static int
check_url(
    const struct rai_origin_call *call, const char *url, const char *before, struct rai_err *err)
{
	const char *host = strstr(url, "://");
	int secure = strncasecmp(url, "https:", 6) == 0;
	int here = rai_http_is_loopback(url, err);
	int was_here = before != NULL ? rai_http_is_loopback(before, NULL) : 1;

	if (here < 0)
		return rai_wrap(err, "%s", call->name);
	if (host != NULL && memchr(host + 3, '@', strcspn(host + 3, "/?#")) != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: a user or password in a URL is there for all to read: put it into "
		    "~/.netrc",
		    call->name);
	if (before != NULL && here && !was_here)
		return rai_fail(err, RAI_EINPUT,
		    "%s: the server redirects to an address of this machine", call->name);
	if (before != NULL && !secure && strncasecmp(before, "https:", 6) == 0)
		return rai_fail(
		    err, RAI_EINPUT, "%s: the server redirects from https to http", call->name);
	if (!secure && !here && !call->opt->plain_http)
		return rai_fail(err, RAI_EINPUT,
		    "%s: over plain http anybody on the way can read and change it: use https, or "
		    "say --plain-http",
		    call->name);
	return 0;
}

/* S3 says what is wrong in <Code>; "" where there is none. */
static void
find_code(const struct rai_buf *body, char out[64])
{
	const char *p = strstr(body->ptr, "<Code>");
	size_t n = 0;

	if (p != NULL)
		for (p += 6; n < 60 && isalnum((unsigned char)p[n]); n++)
			;
	out[0] = '\0';
	if (n > 0)
		snprintf(out, 64, " (%.*s)", (int)n, p);
}

static int
refused(const struct rai_origin_call *call, const struct rai_http_answer *a, struct rai_err *err)
{
	const char *why = "";
	char code[64];

	find_code(&a->body, code);
	switch (a->status) {
	case 400:
		if (strstr(code, "AuthorizationHeaderMalformed") != NULL)
			why = ": the bucket is in another region; see AWS_REGION";
		break;
	case 401:
		why = ": it wants a user and password, which may stand in ~/.netrc";
		break;
	case 403:
		why = ": these credentials do not allow it, or are wrong";
		break;
	case 404:
	case 410:
		why = ": there is no such thing";
		break;
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		if (call->auth != NULL && call->auth->sigv4 != NULL)
			why = ": the bucket is in another region or behind another endpoint; see "
			      "AWS_REGION";
		else if (a->location[0] == '\0')
			why = ": a redirect to nowhere";
		else
			why = ": too many redirects";
		break;
	}
	rai_fail(
	    err, RAI_EINPUT, "%s: the server answered %ld%s%s", call->name, a->status, code, why);
	return a->status == 404 || a->status == 410 ? 1 : -1;
}

/* One URL: 0 with a->status 200 or a redirect to follow; else as rai_origin_fetch(). */
static int
get(const struct rai_origin_call *call, const struct rai_http_request *q, struct rai_http_answer *a,
    struct rai_err *err)
{
	char why[RAI_ERR_MAX];
	int tries, rc;
	int64_t later;

	rc = rai_retry_http(&rule, q, NULL, a, &tries, &later, err);
	if (rc > 0 && a->status != 0)
		rai_wrap(err, "%s", call->name);
	if (rc > 0 && tries > 1) {
		memcpy(why, err->msg, sizeof(why));
		rai_fail(err, RAI_ENET, "%.400s (tried %d times)", why, tries);
	}
	if (rc > 0)
		return -1;
	if (rc < 0 && a->status < 300)
		return -1;
	return rc < 0 ? refused(call, a, err) : 0;
}

static int
follow(const struct rai_origin_call *call, struct rai_http_sink *sink, struct rai_http_answer *a,
    struct rai_err *err)
{
	char url[sizeof(a->location)];
	struct rai_http_request q = {.method = "GET",
	    .url = call->url,
	    .headers = call->headers,
	    .auth = call->auth,
	    .sink = sink,
	    .stall_ms = call->opt->stall_ms > 0 ? call->opt->stall_ms : STALL_MS};
	int left = call->redirects, rc;

	if (check_url(call, call->url, NULL, err) != 0)
		return -1;
	for (;;) {
		rc = get(call, &q, a, err);
		if (rc != 0 || a->status == 200)
			return rc;
		if (a->status < 300 || a->location[0] == '\0' || left-- == 0)
			return refused(call, a, err);
		if (check_url(call, a->location, q.url, err) != 0)
			return -1;
		memcpy(url, a->location, sizeof(url));
		q.url = url;
		q.headers = NULL;
		q.auth = NULL;
	}
}

int
rai_origin_fetch(const struct rai_origin_call *call, int *fd, struct rai_err *err)
{
	struct rai_http_answer a = {.body = RAI_BUF_INIT(ANSWER_MAX)};
	struct rai_http_sink sink = {
	    .max = call->opt->max_bytes > 0 ? call->opt->max_bytes : max_bytes};
	int rc;

	if (rai_http_init(err) != 0)
		return -1;
	sink.fd = temporary(err);
	rc = sink.fd < 0 ? -1 : follow(call, &sink, &a, err);
	if (rc == 0 && lseek(sink.fd, 0, SEEK_SET) != 0)
		rc = rai_fail_errno(err, "%s: temporary file", call->name);
	if (rc == 0)
		*fd = sink.fd;
	else if (sink.fd >= 0)
		close(sink.fd);
	rai_buf_free(&a.body);
	rai_http_done();
	return rc;
}

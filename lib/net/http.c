#include "net/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "net/curl.h"

enum { CONNECT_MS = 10000, TOTAL_MS = 30000, REDIRECTS = 5 };

int
rai_http_init(struct rai_err *err)
{
	CURLcode rc;

	if (rai_curl_open(err) != 0)
		return -1;
	rc = rai_curl.global_init(CURL_GLOBAL_DEFAULT);
	if (rc != CURLE_OK)
		return rai_fail(err, RAI_ESYS, "libcurl: %s", rai_curl.easy_strerror(rc));
	return 0;
}

void
rai_http_done(void)
{
	rai_curl.global_cleanup();
}

/* "127.0.0.1.example" is a name like any other. */
static int
is_loopback(const char *host)
{
	return (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host)) ||
	       strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

/* The parts of a URL that a message and the proxy rule need; u stays the caller's. */
static int
read_url(CURLU *u, const char *url, char shown[RAI_HTTP_SHOWN], int *loopback, struct rai_err *err)
{
	char *scheme = NULL, *host = NULL, *text = NULL;
	int rc = -1;

	snprintf(shown, RAI_HTTP_SHOWN, "the URL");
	if (rai_curl.url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    rai_curl.url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    rai_curl.url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
		rai_fail(
		    err, RAI_EINPUT, "not a URL that can be called (want http:// or https://)");
		goto out;
	}
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) {
		rai_fail(err, RAI_EINPUT, "\"%.20s://\" is not called: only http:// and https://",
		    scheme);
		goto out;
	}
	*loopback = is_loopback(host);
	rai_curl.url_set(u, CURLUPART_USER, NULL, 0);
	rai_curl.url_set(u, CURLUPART_PASSWORD, NULL, 0);
	rai_curl.url_set(u, CURLUPART_QUERY, NULL, 0);
	rai_curl.url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	if (rai_curl.url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
		snprintf(shown, RAI_HTTP_SHOWN, "%s", text);
	rc = 0;
out:
	rai_curl.free(scheme);
	rai_curl.free(host);
	rai_curl.free(text);
	return rc;
}

int
rai_http_is_loopback(const char *url, struct rai_err *err)
{
	char shown[RAI_HTTP_SHOWN];
	int loopback = 0, rc;
	CURLU *u;

	if (rai_curl_open(err) != 0)
		return -1;
	u = rai_curl.url();
	if (u == NULL)
		return rai_fail_memory(err);
	rc = read_url(u, url, shown, &loopback, err);
	rai_curl.url_cleanup(u);
	return rc != 0 ? -1 : loopback;
}

void
rai_http_show(const char *url, char shown[RAI_HTTP_SHOWN])
{
	CURLU *u;
	int loopback;

	snprintf(shown, RAI_HTTP_SHOWN, "the URL");
	if (rai_curl_open(NULL) != 0)
		return;
	u = rai_curl.url();
	if (u != NULL)
		read_url(u, url, shown, &loopback, NULL);
	rai_curl.url_cleanup(u);
}

/* What the body of one transfer goes through. */
struct body {
	CURL *curl;
	struct rai_http_answer *a;
	struct rai_http_sink *sink;
	int over;                  /* more than the sink's ceiling */
	int cut;                   /* an error's text, of which enough is known */
	int error;                 /* errno of a write that failed */
	int64_t stall_ms, last_ns; /* how long silence may last (0: for ever), and since when */
	int stalled;
};

static size_t
to_sink(struct body *b, const char *p, size_t n)
{
	size_t left = n;
	ssize_t k;

	if (n > b->sink->max - b->sink->len) {
		b->over = 1;
		return 0;
	}
	while (left > 0) {
		k = write(b->sink->fd, p, left);
		if (k < 0 && errno != EINTR) {
			b->error = errno;
			return 0;
		}
		if (k > 0) {
			p += k;
			left -= (size_t)k;
		}
	}
	b->sink->len += n;
	return n;
}

static size_t
on_body(char *p, size_t size, size_t n, void *payload)
{
	struct body *b = payload;
	size_t room = b->a->body.max - b->a->body.len;
	long status = 0;

	n *= size;
	b->last_ns = rai_clock_mono_ns();
	rai_curl.easy_getinfo(b->curl, CURLINFO_RESPONSE_CODE, &status);
	if (b->sink != NULL && status == 200)
		return to_sink(b, p, n);
	b->cut = b->sink != NULL && n > room;
	rai_buf_add(&b->a->body, p, b->cut ? room : n);
	return b->cut || b->a->body.bad ? 0 : n;
}

/* About once a second; libcurl's own limit looks at an average and is late by seconds. */
static int
on_progress(
    void *payload, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow)
{
	struct body *b = payload;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	b->stalled = (rai_clock_mono_ns() - b->last_ns) / 1000000 >= b->stall_ms;
	return b->stalled;
}

/* "Name: value" with this name, in any case: the value without blanks around it. */
static int
header_is(const char *line, size_t n, const char *name, const char **value, size_t *len)
{
	size_t k = strlen(name);

	if (n <= k || strncasecmp(line, name, k) != 0 || line[k] != ':')
		return 0;
	for (line += k + 1, n -= k + 1; n > 0 && (*line == ' ' || *line == '\t'); line++)
		n--;
	while (n > 0 && (unsigned char)line[n - 1] <= ' ')
		n--;
	*value = line;
	*len = n;
	return 1;
}

/* RFC 9110, 10.2.3: delay in seconds, or an HTTP date. */
static int64_t
retry_after(const char *v, size_t n)
{
	char text[64];
	int64_t s;
	time_t at;

	if (rai_num_int(v, n, 0, 366 * 86400, &s) == 0)
		return s * 1000;
	if (n >= sizeof(text))
		return -1;
	memcpy(text, v, n);
	text[n] = '\0';
	at = rai_curl.getdate(text, NULL);
	if (at == (time_t)-1)
		return -1;
	s = (int64_t)at * 1000 - rai_clock_now(NULL);
	return s < 0 ? 0 : s;
}

static size_t
on_header(char *p, size_t size, size_t n, void *payload)
{
	struct rai_http_answer *a = payload;
	const char *v;
	size_t len;

	n *= size;
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0) {
		a->retry_after_ms = a->rate_remaining = a->rate_reset_s = -1;
		a->framed = p[5] >= '2';
	} else if (header_is(p, n, "content-length", &v, &len))
		a->framed = 1;
	else if (header_is(p, n, "transfer-encoding", &v, &len))
		a->framed |= len >= 7 && strncasecmp(v + len - 7, "chunked", 7) == 0;
	else if (header_is(p, n, "retry-after", &v, &len))
		a->retry_after_ms = retry_after(v, len);
	else if (header_is(p, n, "x-ratelimit-remaining", &v, &len))
		rai_num_int(v, len, 0, INT64_MAX, &a->rate_remaining);
	else if (header_is(p, n, "x-ratelimit-reset", &v, &len))
		rai_num_int(v, len, 0, INT64_MAX / 1000, &a->rate_reset_s);
	return n;
}

static int
has_body(const struct rai_http_request *q)
{
	return strcmp(q->method, "HEAD") != 0 && (q->body != NULL || strcmp(q->method, "GET") != 0);
}

/* Caller frees with curl_slist_free_all(). */
static int
make_headers(const struct rai_http_request *q, struct curl_slist **out, struct rai_err *err)
{
	struct curl_slist *list = NULL, *more;
	size_t i;

	*out = NULL;
	if (has_body(q)) { /* no "100-continue" round trip before it */
		list = rai_curl.slist_append(NULL, "Expect:");
		if (list == NULL)
			return rai_fail_memory(err);
	}
	for (i = 0; q->headers != NULL && q->headers[i] != NULL; i++) {
		if (q->headers[i][strcspn(q->headers[i], "\r\n")] != '\0') {
			rai_curl.slist_free_all(list);
			return rai_fail(err, RAI_EINPUT,
			    "request header \"%.*s\": a line break in its value",
			    (int)strcspn(q->headers[i], ":"), q->headers[i]);
		}
		more = rai_curl.slist_append(list, q->headers[i]);
		if (more == NULL) {
			rai_curl.slist_free_all(list);
			return rai_fail_memory(err);
		}
		list = more;
	}
	*out = list;
	return 0;
}

static int
set_method(CURL *c, const struct rai_http_request *q)
{
	int bad = 0;

	if (strcmp(q->method, "HEAD") == 0)
		return rai_curl.easy_setopt(c, CURLOPT_NOBODY, 1L) != CURLE_OK;
	if (has_body(q)) {
		bad |=
		    rai_curl.easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
		bad |= rai_curl.easy_setopt(c, CURLOPT_POSTFIELDS, q->body != NULL ? q->body : "");
	}
	return bad | (int)rai_curl.easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
}

/* A path with "." in it is meant as it stands when it is signed. */
static int
set_auth(CURL *c, const struct rai_http_request *q)
{
	const struct rai_http_auth *auth = q->auth;
	int bad = 0;

	if (auth == NULL)
		return q->sink != NULL && rai_curl.easy_setopt(c, CURLOPT_NETRC,
					      (long)CURL_NETRC_OPTIONAL) != CURLE_OK;
	bad |= rai_curl.easy_setopt(c, CURLOPT_USERNAME, auth->user);
	bad |= rai_curl.easy_setopt(c, CURLOPT_PASSWORD, auth->password);
	if (auth->sigv4 == NULL)
		return bad | (int)rai_curl.easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	bad |= rai_curl.easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	return bad | (int)rai_curl.easy_setopt(c, CURLOPT_AWS_SIGV4, auth->sigv4);
}

/* The library, unlike the program curl, does not look at these by itself. */
static int
set_trust(CURL *c)
{
	const char *file = getenv("CURL_CA_BUNDLE");

	if (file == NULL || *file == '\0')
		file = getenv("SSL_CERT_FILE");
	if (file == NULL || *file == '\0')
		return 0;
	return rai_curl.easy_setopt(c, CURLOPT_CAINFO, file) != CURLE_OK;
}

static int
set_limits(CURL *c, const struct rai_http_request *q, struct body *b)
{
	int64_t total = q->total_ms > 0 ? q->total_ms : TOTAL_MS;
	int bad = 0;

	bad |= rai_curl.easy_setopt(
	    c, CURLOPT_CONNECTTIMEOUT_MS, (long)(q->connect_ms > 0 ? q->connect_ms : CONNECT_MS));
	if (q->stall_ms <= 0)
		return bad | (int)rai_curl.easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)total);
	bad |= rai_curl.easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	bad |= rai_curl.easy_setopt(c, CURLOPT_XFERINFODATA, b);
	return bad | (int)rai_curl.easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
}

static int
set_all(CURL *c, const struct rai_http_request *q, struct curl_slist *headers, int loopback,
    char detail[CURL_ERROR_SIZE], struct body *b)
{
	int bad = set_method(c, q) | set_auth(c, q) | set_trust(c) | set_limits(c, q, b);

	bad |= rai_curl.easy_setopt(c, CURLOPT_URL, q->url);
	bad |= rai_curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= rai_curl.easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	bad |= rai_curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, q->follow_redirects ? 1L : 0L);
	bad |= rai_curl.easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS);
	bad |= rai_curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	bad |= rai_curl.easy_setopt(c, CURLOPT_USERAGENT, "reconciled-ai/" RAI_VERSION);
	bad |= rai_curl.easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	bad |= rai_curl.easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
	bad |= rai_curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	bad |= rai_curl.easy_setopt(c, CURLOPT_WRITEDATA, b);
	bad |= rai_curl.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	bad |= rai_curl.easy_setopt(c, CURLOPT_HEADERDATA, b->a);
	if (loopback || q->unix_socket != NULL)
		bad |= rai_curl.easy_setopt(c, CURLOPT_PROXY, "");
	if (q->unix_socket != NULL)
		bad |= rai_curl.easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, q->unix_socket);
	return bad;
}

/* What a transfer that brought no answer means to the caller. */
static int
explain(CURLcode rc, const struct body *b, const char *method, const char *shown,
    const char *detail, struct rai_err *err)
{
	/* A certificate that is wrong now is wrong the next time too. */
	int lasting = rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CACERT_BADFILE;

	if (rc == CURLE_WRITE_ERROR && b->error != 0)
		return rai_fail(err, RAI_ESYS, "%s %s: writing the temporary file: %s", method,
		    shown, strerror(b->error));
	if (rc == CURLE_WRITE_ERROR && (b->over || b->a->body.bad))
		return rai_fail(err, RAI_EINPUT, "%s %s: the answer is larger than %llu bytes",
		    method, shown,
		    b->over ? (unsigned long long)b->sink->max
			    : (unsigned long long)b->a->body.max);
	if (rc == CURLE_ABORTED_BY_CALLBACK && b->stalled)
		return rai_fail(err, RAI_ENET, "%s %s: no byte came for %.3g s", method, shown,
		    (double)b->stall_ms / 1000);
	if (rc == CURLE_OUT_OF_MEMORY)
		return rai_fail_memory(err);
	return rai_fail(err, lasting ? RAI_EINPUT : RAI_ENET, "%s %s: %s", method, shown,
	    detail[0] != '\0' ? detail : rai_curl.easy_strerror(rc));
}

/* As before the first try: no status, no body. */
static int
begin(const struct rai_http_request *q, struct rai_http_answer *a, struct rai_err *err)
{
	a->status = 0;
	a->retry_after_ms = a->rate_remaining = a->rate_reset_s = -1;
	a->framed = 0;
	a->location[0] = '\0';
	rai_buf_clear(&a->body);
	if (q->sink == NULL)
		return 0;
	q->sink->len = 0;
	if (ftruncate(q->sink->fd, 0) != 0 || lseek(q->sink->fd, 0, SEEK_SET) != 0)
		return rai_fail_errno(err, "temporary file");
	return 0;
}

/* The transfer has ended well: what came. */
static int
end(CURL *c, const struct rai_http_request *q, struct rai_http_answer *a, const char *shown,
    struct rai_err *err)
{
	const char *to = NULL;

	rai_curl.easy_getinfo(c, CURLINFO_RESPONSE_CODE, &a->status);
	rai_curl.easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);
	if (to != NULL && strlen(to) < sizeof(a->location))
		snprintf(a->location, sizeof(a->location), "%s", to);
	if (q->sink != NULL && a->status == 200 && !a->framed)
		return rai_fail(err, RAI_EINPUT,
		    "%s %s: the server does not tell how long the answer is, so a cut one could "
		    "not be told from a whole one",
		    q->method, shown);
	return 0;
}

int
rai_http_do(
    const struct rai_http_request *q, struct rai_http_answer *a, int *sent, struct rai_err *err)
{
	char detail[CURL_ERROR_SIZE] = "", shown[RAI_HTTP_SHOWN];
	struct curl_slist *headers = NULL;
	CURL *c;
	CURLU *u;
	struct body b = {.a = a, .sink = q->sink, .stall_ms = q->stall_ms};
	curl_off_t begun = 0;
	int loopback = 0, rc = -1;
	long bytes = 0;
	CURLcode code;

	if (sent != NULL)
		*sent = 0;
	if (rai_curl_open(err) != 0)
		return -1;
	c = rai_curl.easy_init();
	b.curl = c;
	u = rai_curl.url();
	if (begin(q, a, err) != 0)
		goto out;
	if (c == NULL || u == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (read_url(u, q->url, shown, &loopback, err) != 0 || make_headers(q, &headers, err) != 0)
		goto out;
	if (set_all(c, q, headers, loopback, detail, &b) != 0) {
		rai_fail(err, RAI_ESYS, "libcurl does not know an option that is needed");
		goto out;
	}
	b.last_ns = rai_clock_mono_ns();
	code = rai_curl.easy_perform(c);
	rai_curl.easy_getinfo(c, CURLINFO_PRETRANSFER_TIME_T, &begun);
	rai_curl.easy_getinfo(c, CURLINFO_REQUEST_SIZE, &bytes);
	if (sent != NULL)
		*sent = begun > 0 || bytes > 0;
	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && b.cut))
		explain(code, &b, q->method, shown, detail, err);
	else
		rc = end(c, q, a, shown, err);
out:
	rai_curl.slist_free_all(headers);
	rai_curl.url_cleanup(u);
	rai_curl.easy_cleanup(c);
	return rc;
}

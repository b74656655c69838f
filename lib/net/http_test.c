#include "net/http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/tap.h"

/* One connection after the other on a loopback port, in a child: answers with the given text. */
struct server {
	pid_t pid;
	int port;
};

static struct server
serve(const char *answer)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	struct server s = {0, 0};
	int fd = socket(AF_INET, SOCK_STREAM, 0), c;
	char request[4096];

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		return s;
	s.port = ntohs(a.sin_port);
	fflush(stdout);
	s.pid = fork();
	while (s.pid == 0) {
		c = accept(fd, NULL, NULL);
		if (c < 0 || read(c, request, sizeof(request)) < 0)
			_exit(1);
		if (answer == NULL)
			pause();
		if (write(c, answer, strlen(answer)) < 0)
			_exit(1);
		close(c);
	}
	close(fd);
	return s;
}

static void
end(struct server s)
{
	kill(s.pid, SIGKILL);
	waitpid(s.pid, NULL, 0);
}

static struct rai_http_answer a;
static struct rai_err err;
static int sent;

static int
get(const char *before, int port, const char *path, int64_t total_ms)
{
	char url[256];
	struct rai_http_request q = {.method = "GET", .url = url, .total_ms = total_ms};

	snprintf(url, sizeof(url), "http://%s127.0.0.1:%d%s", before, port, path);
	err = (struct rai_err)RAI_ERR_INIT;
	rai_buf_free(&a.body);
	rai_buf_init(&a.body, 64);
	return rai_http_do(&q, &a, &sent, &err);
}

static void
test_answers(void)
{
	struct server s =
	    serve("HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nX-RateLimit-Remaining: 0\r\n"
		  "x-ratelimit-reset: 1790000000\r\nContent-Length: 2\r\n\r\nno");

	is_int(get("", s.port, "/", 5000), 0, "an answer, whatever its status");
	is_int(a.status, 503, "its status");
	is_str(a.body.ptr, "no", "its body");
	is_int(a.retry_after_ms, 7000, "Retry-After in seconds");
	is_int(a.rate_remaining, 0, "the rate limit");
	is_int(a.rate_reset_s, 1790000000, "and its reset");
	end(s);
	s = serve("HTTP/1.1 200 OK\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n"
		  "Content-Length: 100\r\n\r\n"
		  "0123456789012345678901234567890123456789012345678901234567890123456789"
		  "012345678901234567890123456789");
	is_int(get("", s.port, "/", 5000), -1, "an answer over the ceiling");
	is_int(err.code, RAI_EINPUT, "is not worth repeating");
	ok(strstr(err.msg, "larger than 64 bytes") != NULL, "and says so");
	ok(a.retry_after_ms > 0, "Retry-After as a date");
	end(s);
	s = serve(
	    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
	is_int(get("", s.port, "/", 5000), 0, "a redirect");
	is_int(a.status, 302, "is not followed");
	end(s);
}

static void
test_failures(void)
{
	struct rai_http_request q = {.method = "GET", .url = "file:///etc/passwd"};
	const char *bad_header[] = {"Authorization: secret\r\nX: y", NULL};
	struct server s = serve(NULL);

	is_int(get("user:secret@", s.port, "/path?token=secret", 100), -1, "no answer in time");
	is_int(err.code, RAI_ENET, "may be tried later");
	is_int(sent, 1, "the request may have been received");
	ok(strstr(err.msg, "/path") != NULL, "the URL is shown");
	ok(strstr(err.msg, "secret") == NULL && strstr(err.msg, "user") == NULL,
	    "without user and query");
	end(s);
	is_int(get("", s.port, "/", 2000), -1, "nobody listens");
	is_int(sent, 0, "nothing was sent");
	is_int(rai_http_do(&q, &a, &sent, &err), -1, "another scheme");
	is_int(err.code, RAI_EINPUT, "is refused");
	q.url = "http://127.0.0.1:1/";
	q.headers = bad_header;
	is_int(rai_http_do(&q, &a, &sent, &err), -1, "a header over two lines");
	ok(strstr(err.msg, "secret") == NULL && strstr(err.msg, "Authorization") != NULL,
	    "is named, not shown");
	q.url = "not a url";
	is_int(rai_http_do(&q, &a, &sent, &err), -1, "no URL");
}

/* A body of 10 bytes into a file with this ceiling; err is set as by a caller. */
static int
fetch(const char *answer, uint64_t max, int fd, uint64_t *len)
{
	struct server s = serve(answer);
	struct rai_http_sink sink = {fd, max, 99};
	char url[64];
	struct rai_http_request q = {
	    .method = "GET", .url = url, .sink = &sink, .stall_ms = answer == NULL ? 1000 : 9000};
	int rc;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/f", s.port);
	err = (struct rai_err)RAI_ERR_INIT;
	rc = rai_http_do(&q, &a, &sent, &err);
	end(s);
	*len = sink.len;
	return rc;
}

static void
test_sink(void)
{
	char name[] = "/tmp/rai-http.XXXXXX", text[16] = "";
	int fd = mkstemp(name);
	uint64_t len = 0;

	unlink(name);
	is_int(write(fd, "what was there before", 21), 21, "a file with something in it");
	is_int(fetch("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 10, fd, &len), 0,
	    "a body into a file");
	is_int(len, 10, "all of it");
	is_int(pread(fd, text, 15, 0), 10, "and nothing else");
	is_str(text, "0123456789", "as it came");
	is_int(a.body.len, 0, "not into the answer");
	is_int(fetch("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", 9, fd, &len), -1,
	    "a byte over the ceiling");
	is_int(err.code, RAI_EINPUT, "is not worth repeating");
	ok(strstr(err.msg, "larger than 9 bytes") != NULL, "and says so");
	is_int(fetch("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789", 99, fd, &len), -1,
	    "a body that is cut off");
	is_int(err.code, RAI_ENET, "may be whole the next time");
	is_int(fetch("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n", 99,
		   fd, &len),
	    -1, "chunks without the last one");
	is_int(err.code, RAI_ENET, "the same");
	is_int(fetch("HTTP/1.0 200 OK\r\n\r\n0123456789", 99, fd, &len), -1,
	    "a body whose end is not told");
	ok(strstr(err.msg, "how long") != NULL, "is not trusted");
	is_int(
	    fetch(
		"HTTP/1.1 404 No\r\nContent-Length: 80\r\n\r\n"
		"<Code>NoSuchKey</Code>..........................................................",
		99, fd, &len),
	    0, "an error larger than the answer's ceiling is an answer");
	is_int(a.status, 404, "with its status");
	ok(strncmp(a.body.ptr, "<Code>NoSuchKey</Code>", 22) == 0, "and its text, cut");
	is_int(fetch("HTTP/1.1 302 Found\r\nLocation: /g?x=1\r\nContent-Length: 0\r\n\r\n", 99, fd,
		   &len),
	    0, "a redirect");
	ok(strstr(a.location, "http://127.0.0.1:") != NULL && strstr(a.location, "/g?x=1") != NULL,
	    "says where to, in full");
	is_int(fetch(NULL, 99, fd, &len), -1, "silence");
	is_int(err.code, RAI_ENET, "ends by itself");
	close(fd);
	fd = open("/dev/full", O_RDONLY | O_CLOEXEC);
	is_int(fetch("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 99, fd, &len), -1,
	    "no file to write into");
	is_int(err.code, RAI_ESYS, "is this machine's fault");
	close(fd);
}

static void
test_urls(void)
{
	char shown[RAI_HTTP_SHOWN];

	is_int(rai_http_is_loopback("http://127.0.0.1:80/x", &err), 1, "this machine");
	is_int(rai_http_is_loopback("https://[::1]/", &err), 1, "by IPv6 too");
	is_int(rai_http_is_loopback("http://127.0.0.1.example/", &err), 0,
	    "a name that begins like its address");
	is_int(rai_http_is_loopback("http://localhost@example/", &err), 0, "a user like its name");
	is_int(rai_http_is_loopback("ftp://localhost/", &err), -1, "another scheme");
	rai_http_show("https://u:p@example/a%20b?sig=s#f", shown);
	is_str(shown, "https://example/a%20b", "what may be shown of a URL");
}

int
main(void)
{
	if (rai_http_init(&err) != 0)
		return 2;
	rai_buf_init(&a.body, 64);
	test_answers();
	test_failures();
	test_sink();
	test_urls();
	rai_buf_free(&a.body);
	rai_http_done();
	return tap_done();
}

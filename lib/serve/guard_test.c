#include "serve/guard.h"

#include "base/tap.h"
#include "serve/conn.h"
#include "serve/state.h"

static void
test_guard__tokens(void)
{
	char *const two[] = {(char[]){"old"}, (char[]){"new one"}};
	struct rai_serve_tokens *t = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_serve_tokens_new(&t, &err) == 0, "a set of tokens"))
		return;
	is_int(rai_serve_tokens_match(t, "Bearer "), 0, "no token is good before there are some");
	is_int(rai_serve_tokens_set(t, two, 2, &err), 0, "two tokens");
	is_int(rai_serve_tokens_match(t, "Bearer old"), 1, "the first");
	is_int(
	    rai_serve_tokens_match(t, "bearer new one"), 1, "the second; the scheme has any case");
	is_int(rai_serve_tokens_match(t, "Bearer oldnew one"), 0, "not both together");
	is_int(rai_serve_tokens_match(t, "Bearer ol"), 0, "nor a part");
	is_int(rai_serve_tokens_match(t, "Bearer "), 0, "nor nothing");
	is_int(rai_serve_tokens_match(t, "Basic old"), 0, "nor another scheme");
	is_int(rai_serve_tokens_match(t, "old"), 0, "nor none");
	is_int(rai_serve_tokens_match(t, NULL), 0, "nor no header");
	is_int(rai_serve_tokens_set(t, two + 1, 1, &err), 0, "the first one ends");
	is_int(rai_serve_tokens_match(t, "Bearer old"), 0, "it is good no longer");
	is_int(rai_serve_tokens_match(t, "Bearer new one"), 1, "the other still is");
	rai_serve_tokens_free(t);
}

/* The status with which it is refused, 0: it is not. */
static int
refused(enum rai_serve_busy busy, int foreign, unsigned flags)
{
	struct rai_serve_request q = {.busy = busy, .foreign = foreign};
	struct rai_serve_reply r = {.status = 200};
	int rc;

	rai_buf_init(&r.body, 4096);
	rc = rai_serve_refused(&q, flags, rai_serve_error, &r) ? r.status : 0;
	rai_buf_free(&r.body);
	return rc;
}

static void
test_guard__refused(void)
{
	is_int(refused(RAI_BUSY_NOT, 0, 0), 0, "nothing speaks against it");
	is_int(refused(RAI_BUSY_WAIT, 0, RAI_ROUTE_SCORES), 503, "too much to do");
	is_int(refused(RAI_BUSY_MEMORY, 0, 0), 503, "too much memory");
	is_int(refused(RAI_BUSY_CONNECTIONS, 0, RAI_ROUTE_OPEN), 0, "health is answered");
	is_int(refused(RAI_BUSY_WAIT, 0, RAI_ROUTE_VITAL), 0, "so are metrics");
	is_int(refused(RAI_BUSY_NOT, 1, RAI_ROUTE_OPEN), 421, "but not by another name");
}

static void
test_guard__foreign(void)
{
	static const char *const own[] = {"127.0.0.1", "127.0.0.1:5000", "localhost:5000",
	    "[::1]:80", "LOCALHOST", "app.localhost", "192.168.1.9:80", "build-host", ""};
	static const char *const foreign[] = {"example.com", "evil.example:5000",
	    "127.0.0.1.nip.io", "localhost.example.com", "notlocalhost.", "1.2.3", ".com"};
	char longest[300];
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		is_int(rai_serve_is_foreign(own[i]), 0, own[i][0] ? own[i] : "an empty header");
	is_int(rai_serve_is_foreign(NULL), 0, "no header, as in HTTP/1.0");
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		is_int(rai_serve_is_foreign(foreign[i]), 1, foreign[i]);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	is_int(rai_serve_is_foreign(longest), 1, "a name that is too long to be one");
}

int
main(void)
{
	test_guard__tokens();
	test_guard__refused();
	test_guard__foreign();
	return tap_done();
}

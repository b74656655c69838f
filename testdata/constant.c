/*
 * constant --port N [--reply TEXT]: answers every request on this machine with TEXT or, without
 * it, with the request's own JSON, which cJSON has read and printed.  It is libmicrohttpd as
 * rai-serve uses it, one thread and the same memory per connection, and nothing else: what it does
 * not reach in scripts/bench-serving, no server on this library can.
 */
#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { MEMORY = 8 << 10 };

struct constant {
	const char *reply; /* or NULL: what is asked */
	char body[1024];   /* of the one request that is being read */
	size_t len;
};

/* The reply to what came: caller frees; NULL: that was no JSON. */
static char *
echo(const struct constant *c)
{
	cJSON *doc = cJSON_ParseWithLength(c->body, c->len);
	char *text = doc == NULL ? NULL : cJSON_PrintUnformatted(doc);

	cJSON_Delete(doc);
	return text;
}

static enum MHD_Result
answer(const struct constant *c, struct MHD_Connection *mc)
{
	char *text = c->reply == NULL ? echo(c) : NULL;
	const char *reply = c->reply == NULL ? text : c->reply;
	struct MHD_Response *response;
	enum MHD_Result rc;

	if (reply == NULL)
		return MHD_NO;
	response = MHD_create_response_from_buffer(strlen(reply), (void *)(uintptr_t)reply,
	    text == NULL ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	rc = MHD_queue_response(mc, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return rc;
}

/* A body of one piece follows its head at once, so that there is room for one. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mc, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **request)
{
	struct constant *c = cls;

	(void)url;
	(void)method;
	(void)version;
	if (*request == NULL) {
		*request = c;
		c->len = 0;
		return MHD_YES;
	}
	if (*size == 0)
		return answer(c, mc);
	if (*size > sizeof(c->body))
		return MHD_NO;
	memcpy(c->body, data, *size);
	c->len = *size;
	*size = 0;
	return MHD_YES;
}

/* As rai-serve asks: see lib/serve/http.c. */
static _Noreturn void
serve(struct MHD_Daemon *d)
{
	struct pollfd p = {MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd, POLLIN, 0};
	MHD_UNSIGNED_LONG_LONG ms;

	for (;;) {
		if (MHD_get_timeout(d, &ms) != MHD_YES)
			(void)poll(&p, 1, -1);
		else if (ms > 0)
			(void)poll(&p, 1, 1000);
		MHD_run(d);
	}
}

int
main(int argc, char **argv)
{
	static struct constant c;
	int64_t port = 0;
	struct rai_opt opts[] = {
	    {RAI_OPT_INT, 0, "port", "n", "of 127.0.0.1", &port, 0},
	    {RAI_OPT_STR, 0, "reply", "text", "to every request [its own JSON]", &c.reply, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "constant",
	    .synopsis = "",
	    .summary = "answers every request alike",
	    .opts = opts};
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct MHD_Daemon *d;
	int i = rai_cli_parse(&cli, argc, argv);

	if (i < argc || port < 1 || port > UINT16_MAX)
		rai_cli_usage(&cli, "--port is needed, and nothing else but --reply");
	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	d = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TURBO, (uint16_t)port, NULL, NULL, on_request,
	    &c, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)MEMORY, MHD_OPTION_END);
	if (d == NULL) {
		rai_cli_warn(&cli, "port %d: cannot start serving", (int)port);
		return RAI_EXIT_FAILED;
	}
	serve(d);
}

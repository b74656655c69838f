#include "host/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
rai_host_get_begin(struct rai_host_get *g, int port, int64_t until_ms)
{
	struct sockaddr_in to;

	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*g = (struct rai_host_get){-1, 0, until_ms, "", 0};
	g->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (g->fd < 0)
		return -1;
	if (connect(g->fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS) {
		rai_host_get_cancel(g);
		return -1;
	}
	return 0;
}

void
rai_host_get_cancel(struct rai_host_get *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
}

short
rai_host_get_events(const struct rai_host_get *g)
{
	return g->sent ? POLLIN : POLLOUT;
}

static enum rai_host_verdict
finish(struct rai_host_get *g, int good)
{
	rai_host_get_cancel(g);
	return good ? RAI_HOST_GOOD : RAI_HOST_BAD;
}

/* 0: sent; 1: not yet; -1: failed. */
static int
send_request(struct rai_host_get *g, const char *path)
{
	struct pollfd ready = {g->fd, POLLOUT, 0};
	char text[1024];
	int n;

	if (poll(&ready, 1, 0) != 1)
		return 1;
	n = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: rai-sync\r\nConnection: "
	    "close\r\n\r\n",
	    path);
	if (n < 0 || (size_t)n >= sizeof(text) || send(g->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		return -1;
	g->sent = 1;
	return 0;
}

enum rai_host_verdict
rai_host_get_advance(struct rai_host_get *g, const char *path, int64_t now_ms)
{
	static const size_t need = sizeof("HTTP/1.1 200") - 1;
	ssize_t n;

	if (!g->sent && send_request(g, path) < 0)
		return finish(g, 0);
	while (g->sent && g->n < need) {
		n = recv(g->fd, g->head + g->n, need - g->n, 0);
		if (n > 0)
			g->n += (size_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		else
			return finish(g, 0);
	}
	if (g->n == need)
		return finish(g, strncmp(g->head, "HTTP/1.", 7) == 0 && g->head[8] == ' ' &&
				     (g->head[9] == '2' || g->head[9] == '3'));
	return now_ms >= g->until_ms ? finish(g, 0) : RAI_HOST_PENDING;
}

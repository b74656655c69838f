#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

enum { FIRST_FD = 3, BACKLOG = 4096 };

static void
describe(struct rai_listen_socket *s)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char host[INET6_ADDRSTRLEN] = "?";

	snprintf(s->where, sizeof(s->where), "descriptor %d", s->fd);
	if (getsockname(s->fd, (struct sockaddr *)&a, &n) != 0)
		return;
	if (a.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&a;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(s->where, sizeof(s->where), "%s:%d", host, ntohs(in->sin_port));
	} else if (a.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&a;

		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof(host));
		snprintf(s->where, sizeof(s->where), "[%s]:%d", host, ntohs(in->sin6_port));
	} else if (a.ss_family == AF_UNIX)
		snprintf(s->where, sizeof(s->where), "unix:%.*s",
		    (int)(n - offsetof(struct sockaddr_un, sun_path)),
		    ((const struct sockaddr_un *)&a)->sun_path);
}

/* The server's loop must not wait in accept(): another process may have been faster. */
static int
make_ready(int fd, struct rai_err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return rai_fail_errno(err, "descriptor %d", fd);
	return 0;
}

static int
check_inherited(const struct rai_listen_socket *s, struct rai_err *err)
{
	int listening = 0, fd = s->fd, domain = 0;
	socklen_t n = sizeof(listening);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) != 0 || !listening)
		return rai_fail(err, RAI_EINPUT,
		    "LISTEN_FDS: descriptor %d is not a listening socket (start this program "
		    "from the one that opens its sockets)",
		    fd);
	n = sizeof(domain);
	if (rai_listen_is_admin(s) &&
	    (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) != 0 || domain != AF_UNIX))
		return rai_fail(err, RAI_EINPUT,
		    "LISTEN_FDNAMES: descriptor %d is called \"admin\" but is no Unix socket (the "
		    "network must not give orders: use ListenStream=/a/path)",
		    fd);
	return make_ready(fd, err);
}

/* The i-th of the names "http:probe". */
static void
name_of(const char *names, size_t i, char out[RAI_LISTEN_NAME])
{
	size_t n;

	out[0] = '\0';
	for (; names != NULL && i > 0; i--) {
		names = strchr(names, ':');
		names = names == NULL ? NULL : names + 1;
	}
	if (names == NULL)
		return;
	n = strcspn(names, ":");
	if (n < RAI_LISTEN_NAME)
		snprintf(out, RAI_LISTEN_NAME, "%.*s", (int)n, names);
}

int
rai_listen_inherit(struct rai_listen *out, struct rai_err *err)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	const char *names = getenv("LISTEN_FDNAMES");
	int64_t n, process, i;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (fds == NULL || pid == NULL ||
	    rai_num_int(pid, strlen(pid), 1, INT32_MAX, &process) != 0 || process != getpid())
		return 1;
	if (rai_num_int(fds, strlen(fds), 1, RAI_LISTEN_MAX, &n) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "LISTEN_FDS: \"%.20s\" is not a number from 1 to %d", fds, RAI_LISTEN_MAX);
	for (i = 0; i < n && rc == 0; i++) {
		out->socket[i].fd = FIRST_FD + (int)i;
		name_of(names, (size_t)i, out->socket[i].name);
		rc = check_inherited(&out->socket[i], err);
		describe(&out->socket[i]);
	}
	if (rc != 0)
		return rc;
	out->n = (size_t)n;
	out->inherited = 1;
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

/* "HOST:PORT" to a socket address; the first that the resolver gives. */
static int
resolve(const char *address, struct sockaddr_storage *out, socklen_t *len, struct rai_err *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
			    .ai_socktype = SOCK_STREAM,
			    .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
			*found = NULL;
	const char *colon = strrchr(address, ':');
	char host[256];
	size_t n = colon == NULL ? 0 : (size_t)(colon - address);
	int64_t port;
	int rc;

	if (colon == NULL || n >= sizeof(host) ||
	    rai_num_int(colon + 1, strlen(colon + 1), 0, 65535, &port) != 0 || n == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--listen: \"%.100s\" is not HOST:PORT, such as 127.0.0.1:5000", address);
	if (address[0] == '[' && n >= 2 && address[n - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, address + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)n, address);
	rc = getaddrinfo(host, colon + 1, &hints, &found);
	if (rc != 0)
		return rai_fail(
		    err, RAI_EINPUT, "--listen: host \"%.100s\": %s", host, gai_strerror(rc));
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int
is_loopback(const struct sockaddr_storage *a)
{
	const struct in6_addr *in6 = &((const struct sockaddr_in6 *)a)->sin6_addr;

	if (a->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
	return a->ss_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(in6) ||
		   (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127));
}

int
rai_listen_is_loopback(const char *address, struct rai_err *err)
{
	struct sockaddr_storage a = {0};
	socklen_t n;

	return resolve(address, &a, &n, err) != 0 ? -1 : !is_loopback(&a);
}

int
rai_listen_is_local(const struct rai_listen_socket *s)
{
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof(a);

	return getsockname(s->fd, (struct sockaddr *)&a, &n) == 0 && is_loopback(&a);
}

int
rai_listen_open(const char *address, struct rai_listen *out, struct rai_err *err)
{
	struct sockaddr_storage a = {0};
	socklen_t n = 0;
	int fd, on = 1;

	memset(out, 0, sizeof(*out));
	if (resolve(address, &a, &n, err) != 0)
		return -1;
	fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return rai_fail_errno(err, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, BACKLOG) != 0) {
		if (errno == EADDRINUSE)
			rai_fail(err, RAI_ESYS,
			    "%s: the port is in use by another program (stop it, or choose another "
			    "port with --listen)",
			    address);
		else
			rai_fail_errno(err, "%s", address);
		close(fd);
		return -1;
	}
	out->socket[0].fd = fd;
	snprintf(out->socket[0].name, sizeof(out->socket[0].name), "http");
	describe(&out->socket[0]);
	out->n = 1;
	return 0;
}

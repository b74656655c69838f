#ifndef RAI_SERVE_LISTEN_H
#define RAI_SERVE_LISTEN_H

#include <stddef.h>

#include "base/err.h"

/*
 * The sockets a server accepts on: one that it opens itself, or those that it inherits by
 * systemd's protocol (sd_listen_fds(3)): LISTEN_FDS descriptors from 3 on, if LISTEN_PID is this
 * process; LISTEN_FDNAMES gives their names, separated by colons.
 */
enum { RAI_LISTEN_MAX = 8, RAI_LISTEN_NAME = 32, RAI_LISTEN_WHERE = 64 };

struct rai_listen_socket {
	int fd;
	char name[RAI_LISTEN_NAME];   /* "http", "probe" ...; "" when it has none */
	char where[RAI_LISTEN_WHERE]; /* "127.0.0.1:5000", as it is bound */
};

struct rai_listen {
	struct rai_listen_socket socket[RAI_LISTEN_MAX]; /* n */
	size_t n;
	int inherited; /* shared with other processes: never shut down */
};

/*
 * Takes the inherited sockets and removes the three variables from the environment.  1: there
 * are none; -1: what came is not a listening stream socket.
 */
int rai_listen_inherit(struct rai_listen *out, struct rai_err *err);

/* Is "HOST:PORT" (or "[::1]:PORT") reachable from this machine only?  1: no; -1: no address. */
int rai_listen_is_loopback(const char *address, struct rai_err *err);

/* Opens, binds and listens.  Port 0: the system chooses, see where. */
int rai_listen_open(const char *address, struct rai_listen *out, struct rai_err *err);

void rai_listen_close(struct rai_listen *l);

#endif

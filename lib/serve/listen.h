#ifndef RAI_SERVE_LISTEN_H
#define RAI_SERVE_LISTEN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The sockets a server accepts on: one that it opens itself, or those that it inherits by
 * systemd's protocol (sd_listen_fds(3)): LISTEN_FDS descriptors from 3 on, if LISTEN_PID is this
 * process; LISTEN_FDNAMES gives their names, separated by colons.  One called "probe" or "admin"
 * stands beside the others: see serve/http.h.
 */
enum { RAI_LISTEN_MAX = 8, RAI_LISTEN_NAME = 32, RAI_LISTEN_WHERE = 128, RAI_LISTEN_PATH = 108 };

struct rai_listen_socket {
	int fd;
	char name[RAI_LISTEN_NAME];   /* "http", "probe" ...; "" when it has none */
	char where[RAI_LISTEN_WHERE]; /* "127.0.0.1:5000", "unix:/run/x", as it is bound */
	char path[RAI_LISTEN_PATH];   /* made by rai_listen_add_local(), "" otherwise */
	dev_t dev;                    /* of path, when it was made */
	ino_t ino;
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

/* Is it bound to an address of this machine alone?  A Unix socket has none. */
int rai_listen_is_local(const struct rai_listen_socket *s);

/* Opens, binds and listens.  Port 0: the system chooses, see where. */
int rai_listen_open(const char *address, struct rai_listen *out, struct rai_err *err);

/*
 * Adds a Unix socket called "admin" at path, which only this user can connect to.  A socket that
 * a dead process has left there is replaced; a live one, or any other file, is refused.
 */
int rai_listen_add_local(struct rai_listen *l, const char *path, struct rai_err *err);

int rai_listen_is_admin(const struct rai_listen_socket *s);

/* Closes all, and removes the path of rai_listen_add_local() if it is still that socket. */
void rai_listen_close(struct rai_listen *l);

#endif

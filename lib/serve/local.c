#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/listen.h"

/* The Unix socket for orders, and the end of all sockets. */

enum { WAITING = 16 };

int
rai_listen_is_admin(const struct rai_listen_socket *s)
{
	return strcmp(s->name, "admin") == 0;
}

/* Is somebody listening there?  1: yes, or it cannot be said. */
static int
is_live(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = fd < 0 ? -1 : connect(fd, (const struct sockaddr *)a, sizeof(*a));
	int dead = rc != 0 && fd >= 0 && errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return !dead;
}

/* Nothing is at the path when this returns 0. */
static int
make_room(const struct sockaddr_un *a, struct rai_err *err)
{
	struct stat st;

	if (lstat(a->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : rai_fail_errno(err, "%s", a->sun_path);
	if (!S_ISSOCK(st.st_mode))
		return rai_fail(err, RAI_EINPUT,
		    "%s: there is a file that is no socket (choose another path, or remove it)",
		    a->sun_path);
	if (is_live(a))
		return rai_fail(err, RAI_ESYS,
		    "%s: another program is listening there (stop it, or choose another path)",
		    a->sun_path);
	return unlink(a->sun_path) == 0 || errno == ENOENT
		   ? 0
		   : rai_fail_errno(err, "%s: the socket of a dead process", a->sun_path);
}

/* The mode is set before there is a path: nobody else can connect at any moment. */
static int
bind_private(int fd, const struct sockaddr_un *a, struct stat *st, struct rai_err *err)
{
	if (fchmod(fd, 0600) != 0 || bind(fd, (const struct sockaddr *)a, sizeof(*a)) != 0)
		return rai_fail_errno(err, "%s", a->sun_path);
	errno = EACCES; /* when the mode is not what was asked for */
	if (lstat(a->sun_path, st) != 0 || (st->st_mode & 0077) != 0 || listen(fd, WAITING) != 0) {
		rai_fail_errno(err, "%s", a->sun_path);
		unlink(a->sun_path);
		return -1;
	}
	return 0;
}

int
rai_listen_add_local(struct rai_listen *l, const char *path, struct rai_err *err)
{
	struct rai_listen_socket *s = &l->socket[l->n];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	size_t i;

	if (strlen(path) >= sizeof(a.sun_path) || *path == '\0')
		return rai_fail(err, RAI_EINPUT, "%.120s: a socket's path has 1 to %zu bytes", path,
		    sizeof(a.sun_path) - 1);
	for (i = 0; i < l->n && !rai_listen_is_admin(&l->socket[i]); i++)
		;
	if (l->n == RAI_LISTEN_MAX || i < l->n)
		return rai_fail(err, RAI_EINPUT,
		    "%s: LISTEN_FDS already brings an admin socket, or %d sockets", path,
		    RAI_LISTEN_MAX);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	memset(s, 0, sizeof(*s));
	if (make_room(&a, err) != 0)
		return -1;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return rai_fail_errno(err, "%s", path);
	if (bind_private(s->fd, &a, &st, err) != 0) {
		close(s->fd);
		return -1;
	}
	snprintf(s->name, sizeof(s->name), "admin");
	snprintf(s->where, sizeof(s->where), "unix:%s", path);
	snprintf(s->path, sizeof(s->path), "%s", path);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	l->n++;
	return 0;
}

void
rai_listen_close(struct rai_listen *l)
{
	struct rai_listen_socket *s;
	struct stat st;

	for (s = l->socket; s < l->socket + l->n; s++) {
		if (s->path[0] != '\0' && lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
		    st.st_ino == s->ino)
			unlink(s->path);
		if (s->fd >= 0)
			close(s->fd);
	}
	l->n = 0;
}

#include "host/port.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"

enum { BACKLOG = 4096, MAX_TABLE = 1 << 24 };

static int
address_of(const char *text, int port, struct sockaddr_in *out, struct rai_err *err)
{
	memset(out, 0, sizeof(*out));
	out->sin_family = AF_INET;
	out->sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, text, &out->sin_addr) != 1)
		return rai_fail(
		    err, RAI_EINPUT, "--listen: \"%.60s\" is not an IPv4 address", text);
	return 0;
}

/* The inode of the socket that listens on port, from /proc/net/tcp or tcp6; 0: none. */
static long long
inode_of(const char *table, int port)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_TABLE);
	long long found = 0;
	char *line, *save = NULL;

	if (rai_file_read(table, &b, NULL) != 0)
		goto out;
	for (line = strtok_r(b.ptr, "\n", &save); line != NULL && found == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned local, state;
		long long inode;

		/* sl local:port remote:port state queues timer retransmits uid timeout inode */
		if (sscanf(line, " %*[^:]: %*[^:]:%x %*s %x %*s %*s %*s %*s %*s %lld", &local,
			&state, &inode) == 3 &&
		    state == 0x0a && (int)local == port)
			found = inode;
	}
out:
	rai_buf_free(&b);
	return found;
}

/* Does an open file of the process point to link? */
static int
has_file(const char *pid, const char *link)
{
	char path[300], to[64];
	struct dirent *e;
	DIR *fds;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	while (fds != NULL && !found && (e = readdir(fds)) != NULL) {
		ssize_t n = readlinkat(dirfd(fds), e->d_name, to, sizeof(to) - 1);

		if (n <= 0)
			continue;
		to[n] = '\0';
		found = strcmp(to, link) == 0;
	}
	if (fds != NULL)
		closedir(fds);
	return found;
}

/* Who listens on the port: a process number, or 0 when unknown. */
static pid_t
holder_of(int port)
{
	long long inode = inode_of("/proc/net/tcp", port);
	struct dirent *e;
	int64_t pid = 0;
	char link[64];
	DIR *proc;

	if (inode == 0)
		inode = inode_of("/proc/net/tcp6", port);
	proc = inode != 0 ? opendir("/proc") : NULL;
	if (proc == NULL)
		return 0;
	snprintf(link, sizeof(link), "socket:[%lld]", inode);
	while ((e = readdir(proc)) != NULL) {
		if (rai_num_int(e->d_name, strlen(e->d_name), 1, INT32_MAX, &pid) == 0 &&
		    has_file(e->d_name, link))
			break;
		pid = 0;
	}
	closedir(proc);
	return (pid_t)pid;
}

static int
in_use(const char *address, int port, struct rai_err *err)
{
	pid_t holder = holder_of(port);

	if (holder > 0)
		return rai_fail(err, RAI_EINPUT,
		    "port %d on %s: in use by process %ld (stop it, or choose another with "
		    "--port-map)",
		    port, address, (long)holder);
	return rai_fail(err, RAI_EINPUT, "port %d on %s: in use (choose another with --port-map)",
	    port, address);
}

int
rai_host_port_open(const char *address, int port, int *out, struct rai_err *err)
{
	struct sockaddr_in where;
	int fd, one = 1;

	if (address_of(address, port, &where, err) != 0)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return rai_fail_errno(err, "port %d", port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&where, sizeof(where)) != 0 || listen(fd, BACKLOG) != 0) {
		if (errno == EADDRINUSE)
			in_use(address, port, err);
		else
			rai_fail_errno(err, "port %d on %s", port, address);
		close(fd);
		return -1;
	}
	*out = fd;
	return 0;
}

int
rai_host_port_probe(int *fd, int *port, struct rai_err *err)
{
	struct sockaddr_in where;
	socklen_t n = sizeof(where);

	if (rai_host_port_open("127.0.0.1", 0, fd, err) != 0)
		return -1;
	if (getsockname(*fd, (struct sockaddr *)&where, &n) != 0) {
		close(*fd);
		return rai_fail_errno(err, "probe socket");
	}
	*port = ntohs(where.sin_port);
	return 0;
}

int
rai_host_port_take(int pidfd, const char *address, int port, int *out)
{
	struct sockaddr_in want, got;
	socklen_t n = sizeof(got), m = sizeof(int);
	int fd, listening = 0;

	if (address_of(address, port, &want, NULL) != 0)
		return 1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 3, 0); /* close-on-exec */
	if (fd < 0)
		return 1;
	if (getsockname(fd, (struct sockaddr *)&got, &n) != 0 || got.sin_family != AF_INET ||
	    got.sin_port != want.sin_port || got.sin_addr.s_addr != want.sin_addr.s_addr ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &m) != 0 || !listening) {
		close(fd);
		return 1;
	}
	*out = fd;
	return 0;
}

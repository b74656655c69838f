#include "host/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/num.h"

enum { MAX_PROC = 1 << 22, STAT_START = 22 };

/* Start time of pid; -1: not there, or a zombie. */
static int
start_time(pid_t pid, uint64_t *out)
{
	struct rai_buf b = RAI_BUF_INIT(1 << 13);
	char path[64], *p, *end;
	int field = 2, rc = -1;
	int64_t ticks;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (rai_file_read(path, &b, NULL) != 0)
		goto out;
	p = strrchr(b.ptr, ')'); /* the name may hold blanks and brackets */
	if (p == NULL || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X')
		goto out;
	for (; field < STAT_START; field++)
		if ((p = strchr(p + 1, ' ')) == NULL)
			goto out;
	end = p + 1 + strcspn(p + 1, " \n");
	if (rai_num_int(p + 1, (size_t)(end - p - 1), 0, INT64_MAX, &ticks) != 0)
		goto out;
	*out = (uint64_t)ticks;
	rc = 0;
out:
	rai_buf_free(&b);
	return rc;
}

int
rai_host_process_find(pid_t pid, uint64_t start, struct rai_host_process *out)
{
	uint64_t now;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return 1;
	if (start_time(pid, &now) != 0 || now != start) {
		close(fd);
		return 1;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	*out = (struct rai_host_process){pid, start, fd};
	return 0;
}

int
rai_host_process_find_now(pid_t pid, struct rai_host_process *out)
{
	uint64_t start;

	return start_time(pid, &start) != 0 ? 1 : rai_host_process_find(pid, start, out);
}

/* Moves fd to place and lets it survive exec. */
static int
place(int fd, int to)
{
	if (fd == to)
		return fcntl(fd, F_SETFD, 0);
	return dup2(fd, to) < 0 ? -1 : 0;
}

static char **
child_env(const struct rai_host_birth *b)
{
	size_t n = 0, i;
	char **env, *line[3] = {NULL, NULL, NULL};

	while (b->env[n] != NULL)
		n++;
	env = calloc(n + 4, sizeof(*env));
	if (env == NULL || asprintf(&line[0], "LISTEN_FDS=%d", b->http >= 0 ? 2 : 1) < 0 ||
	    asprintf(&line[1], "LISTEN_PID=%ld", (long)getpid()) < 0 ||
	    asprintf(&line[2], "LISTEN_FDNAMES=%s", b->http >= 0 ? "http:probe" : "probe") < 0)
		return NULL;
	for (i = 0; i < n; i++)
		env[i] = b->env[i];
	for (i = 0; i < 3; i++)
		env[n + i] = line[i];
	return env;
}

/* In the child: everything in place, wait for the gate, become the command. */
static void
become(const struct rai_host_birth *b, int gate)
{
	int http, probe, log, in, held;
	char byte, **env;
	sigset_t none;

	setpgid(0, 0);
	/* First out of the way of 0 to 4. */
	http = b->http >= 0 ? fcntl(b->http, F_DUPFD_CLOEXEC, 16) : -1;
	probe = fcntl(b->probe, F_DUPFD_CLOEXEC, 16);
	log = fcntl(b->log, F_DUPFD_CLOEXEC, 16);
	held = fcntl(gate, F_DUPFD_CLOEXEC, 16);
	in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (probe < 0 || log < 0 || held < 0 || in < 0 || place(in, 0) != 0 || place(log, 1) != 0 ||
	    place(log, 2) != 0)
		return;
	if ((http >= 0 && place(http, 3) != 0) || place(probe, http >= 0 ? 4 : 3) != 0)
		return;
	/* A later rai-sync, no parent of ours, takes the shared socket from us (Yama). */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	env = child_env(b);
	if (env == NULL || chdir(b->folder) != 0)
		goto failed;
	if (read(held, &byte, 1) != 1)
		return;
	execvpe(b->argv[0], b->argv, env);
failed:
	byte = (char)(errno < 127 ? errno : 126);
	if (write(held, &byte, 1) != 1)
		return;
}

int
rai_host_process_start(
    const struct rai_host_birth *b, struct rai_host_process *out, int *gate, struct rai_err *err)
{
	int ends[2];
	pid_t pid;

	/* One line both ways: a byte lets the child go, a byte back is its errno, an end is exec.
	 */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return rai_fail_errno(err, "%s", b->argv[0]);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		become(b, ends[1]);
		_exit(127); /* check-source: allowed */
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return rai_fail_errno(err, "%s: fork", b->argv[0]);
	}
	setpgid(pid, pid);
	*out = (struct rai_host_process){pid, 0, (int)syscall(SYS_pidfd_open, pid, 0)};
	if (out->fd < 0 || start_time(pid, &out->start) != 0) {
		close(ends[0]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return rai_fail_errno(err, "%s: pidfd", b->argv[0]);
	}
	*gate = ends[0];
	return 0;
}

int
rai_host_process_go(int gate, const char *command, struct rai_err *err)
{
	char byte = 1;
	ssize_t n;

	if (send(gate, &byte, 1, MSG_NOSIGNAL) != 1) {
		close(gate);
		return rai_fail(err, RAI_ESYS, "%s: ended before it started", command);
	}
	do
		n = read(gate, &byte, 1);
	while (n < 0 && errno == EINTR);
	close(gate);
	if (n == 1)
		return rai_fail(err, RAI_EINPUT, "%s: %s", command, strerror(byte));
	return 0;
}

int
rai_host_process_ended(struct rai_host_process *p, int *status)
{
	struct pollfd wait = {p->fd, POLLIN, 0};
	pid_t got;

	*status = -1;
	if (poll(&wait, 1, 0) != 1)
		return 0;
	kill(-p->pid, SIGKILL); /* what it left behind in its group */
	got = waitpid(p->pid, status, WNOHANG);
	if (got != p->pid)
		*status = -1;
	return 1;
}

void
rai_host_process_signal(const struct rai_host_process *p, int sig, int group)
{
	if (p->pid <= 0)
		return;
	if (group)
		kill(-p->pid, sig); /* the group lives as long as any member; ours has no other */
	if (p->fd >= 0)
		syscall(SYS_pidfd_send_signal, p->fd, sig, NULL, 0);
}

void
rai_host_process_close(struct rai_host_process *p)
{
	if (p->fd >= 0)
		close(p->fd);
	*p = (struct rai_host_process)RAI_HOST_PROCESS_NONE;
}

static int
read_proc(pid_t pid, const char *what, struct rai_buf *out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, what);
	return rai_file_read(path, out, NULL);
}

int
rai_host_process_identity(pid_t pid, char hex[RAI_HASH_HEX])
{
	static const char gone[] = " (deleted)";
	struct rai_buf b = RAI_BUF_INIT(MAX_PROC);
	char link[64], exe[4096];
	struct rai_hash *h;
	ssize_t n;
	int rc = 1;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	if (n < 0)
		return 1;
	exe[n] = '\0';
	if ((size_t)n > strlen(gone) && strcmp(exe + n - strlen(gone), gone) == 0)
		exe[(size_t)n - strlen(gone)] = '\0'; /* upgraded on disk is not altered */
	rai_buf_add(&b, exe, strlen(exe) + 1);
	if (read_proc(pid, "cmdline", &b) != 0)
		goto out;
	rai_buf_char(&b, '\n');
	if (read_proc(pid, "environ", &b) != 0)
		goto out;
	h = rai_hash_new();
	if (h != NULL)
		rai_hash_add(h, b.ptr, b.len);
	rai_hash_end(h, hex);
	rc = *hex == '\0';
out:
	rai_buf_free(&b);
	return rc;
}

static int
has_variable(const struct rai_buf *block, const char *variable)
{
	size_t at = 0, n = strlen(variable);

	while (at < block->len) {
		const char *line = block->ptr + at;
		size_t len = strnlen(line, block->len - at);

		if (len == n && memcmp(line, variable, n) == 0)
			return 1;
		at += len + 1;
	}
	return 0;
}

int
rai_host_process_scan(const char *variable, void (*each)(pid_t pid, void *payload), void *payload,
    struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_PROC);
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct stat st;
	uint64_t start;
	int64_t pid;

	if (proc == NULL)
		return rai_fail_errno(err, "/proc");
	while ((e = readdir(proc)) != NULL) {
		if (rai_num_int(e->d_name, strlen(e->d_name), 1, INT32_MAX, &pid) != 0 ||
		    fstatat(dirfd(proc), e->d_name, &st, 0) != 0 || st.st_uid != geteuid())
			continue;
		rai_buf_clear(&b);
		if (read_proc((pid_t)pid, "environ", &b) == 0 && has_variable(&b, variable) &&
		    start_time((pid_t)pid, &start) == 0)
			each((pid_t)pid, payload);
	}
	closedir(proc);
	rai_buf_free(&b);
	return 0;
}

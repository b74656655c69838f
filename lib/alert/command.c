#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alert/target.h"
#include "json/event.h"

/*
 * A local command: an argument list, run without a shell in the folder of rai.yaml, in its own
 * process group.  Its stdin is the line of retrain.dispatched; what it prints is passed on line by
 * line.  SIGTERM and SIGINT to us are passed on to the group.
 */
enum { LINE_MAX_BYTES = 1 << 20 };

struct run {
	const struct rai_target_call *call;
	pid_t pid;
	int out, signals;
	int ended, status, stopped;
	struct rai_buf line;
};

static void
where(const struct rai_target_call *call, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; call->argv[i] != NULL && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? " " : "", call->argv[i]);
}

static int
preview(const struct rai_target_call *call, struct rai_buf *out, struct rai_err *err)
{
	struct rai_jw w;
	size_t i;

	rai_jw_init(&w, out);
	rai_jw_array(&w, NULL);
	for (i = 0; call->argv[i] != NULL; i++)
		rai_jw_str(&w, NULL, call->argv[i]);
	rai_jw_end(&w);
	return rai_buf_check(out, "command", err);
}

static int
set_environment(const struct rai_target_call *call)
{
	return setenv("RAI_MODEL", call->model, 1) | setenv("RAI_CAUSE_KEY", call->claim->key, 1) |
	       setenv("RAI_CORRELATION_ID", call->correlation, 1) |
	       setenv("RAI_CAUSATION_ID", call->event_id, 1) |
	       setenv("RAI_OVERSIGHT", call->oversight, 1);
}

/* In the child: never returns. */
static void
become(const struct rai_target_call *call, int in, int out, const sigset_t *mask)
{
	char why[256];
	int n;

	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    chdir(call->folder) == 0 && set_environment(call) == 0)
		execvp(call->argv[0], (char *const *)(uintptr_t)call->argv);
	n = snprintf(why, sizeof(why), "%.200s: %s\n", call->argv[0], strerror(errno));
	if (n > 0 && write(STDERR_FILENO, why, (size_t)n) < 0)
		errno = 0;
	_exit(127); /* check-source: allowed */
}

/* The event fits into the pipe's buffer, or the command reads it; a command may also ignore it. */
static void
feed(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		n = write(fd, text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		text += n;
		left -= (size_t)n;
	}
	close(fd);
}

static int
start(struct run *r, const sigset_t *old, struct rai_err *err)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
		rai_fail_errno(err, "pipe");
		goto out;
	}
	r->pid = fork();
	if (r->pid < 0) {
		rai_fail_errno(err, "fork");
		goto out;
	}
	if (r->pid == 0)
		become(r->call, in[0], out[1], old);
	setpgid(r->pid, r->pid);
	close(in[0]);
	close(out[1]);
	r->out = out[0];
	fcntl(r->out, F_SETFL, O_NONBLOCK);
	feed(in[1], r->call->event);
	return 0;
out:
	if (in[0] >= 0) {
		close(in[0]);
		close(in[1]);
	}
	if (out[0] >= 0) {
		close(out[0]);
		close(out[1]);
	}
	return -1;
}

static int
flush_line(struct run *r)
{
	struct rai_event e;
	struct cJSON *doc;
	int is_event, rc;

	if (r->line.len == 0)
		return 0;
	doc = r->line.ptr[0] == '{' ? rai_json_parse(r->line.ptr, r->line.len, NULL) : NULL;
	is_event = doc != NULL && rai_event_read(doc, &e, NULL) == 0;
	rai_json_free(doc);
	rc = r->call->on_line(r->line.ptr, r->line.len, is_event, r->call->payload);
	rai_buf_clear(&r->line);
	return rc;
}

/* 1: nothing more will come; 0: nothing now; -1: the receiver of the lines failed. */
static int
read_output(struct run *r)
{
	char chunk[4096];
	ssize_t n, i;

	while ((n = read(r->out, chunk, sizeof(chunk))) > 0)
		for (i = 0; i < n; i++) {
			if (chunk[i] != '\n' && r->line.len < LINE_MAX_BYTES)
				rai_buf_char(&r->line, chunk[i]);
			else if (flush_line(r) != 0)
				return -1;
		}
	return n == 0 || (errno != EAGAIN && errno != EINTR) ? 1 : 0;
}

static void
read_signals(struct run *r)
{
	struct signalfd_siginfo s;

	while (read(r->signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
		if (s.ssi_signo != SIGCHLD) {
			r->stopped = (int)s.ssi_signo;
			kill(-r->pid, (int)s.ssi_signo);
		}
	if (!r->ended && waitpid(r->pid, &r->status, WNOHANG) == r->pid)
		r->ended = 1;
}

/* Until the command has ended; what it left in the pipe is read, a lingering child is not waited
 * for. */
static int
attend(struct run *r)
{
	struct pollfd p[2] = {{r->signals, POLLIN, 0}, {r->out, POLLIN, 0}};
	int rc = 0;

	while (!r->ended) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		read_signals(r);
		if (rc == 0 && p[1].fd >= 0 && p[1].revents != 0)
			rc = read_output(r);
		if (rc < 0 && r->out >= 0) { /* nobody listens: let the command know */
			close(r->out);
			r->out = -1;
		}
		if (rc != 0)
			p[1].fd = -1;
	}
	if (rc == 0)
		rc = read_output(r);
	return rc < 0 || flush_line(r) != 0 ? -1 : 0;
}

static void
judge(const struct run *r, struct rai_target_result *out)
{
	out->tries = 1;
	out->stopped = r->stopped;
	out->status = WIFEXITED(r->status) ? WEXITSTATUS(r->status) : 128 + WTERMSIG(r->status);
	switch (out->status) {
	case 0:
		out->end = RAI_TARGET_SENT;
		return;
	case 1:
		out->end = RAI_TARGET_NO;
		break;
	case 75:
		out->end = RAI_TARGET_LATER;
		out->later_ms = 60000;
		break;
	default:
		out->end = RAI_TARGET_REFUSED;
	}
	if (WIFSIGNALED(r->status))
		snprintf(out->message, sizeof(out->message),
		    "the command %.100s was ended by signal %d", r->call->argv[0],
		    WTERMSIG(r->status));
	else
		snprintf(out->message, sizeof(out->message),
		    "the command %.100s ended with status %ld", r->call->argv[0], out->status);
}

static int
send(const struct rai_target_call *call, struct rai_target_result *out, struct rai_err *err)
{
	struct run r = {.call = call, .out = -1, .line = RAI_BUF_INIT(LINE_MAX_BYTES + 1)};
	sigset_t mask, old;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, &old);
	r.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r.signals < 0)
		rai_fail_errno(err, "signalfd");
	else if (start(&r, &old, err) == 0) {
		rc = attend(&r);
		if (rc != 0)
			rai_fail(err, RAI_ESYS, "the command's output cannot be passed on");
		judge(&r, out);
	}
	if (r.signals >= 0)
		close(r.signals);
	if (r.out >= 0)
		close(r.out);
	sigprocmask(SIG_SETMASK, &old, NULL);
	rai_buf_free(&r.line);
	return rc;
}

const struct rai_target rai_target_command = {"command", 1, where, preview, send};

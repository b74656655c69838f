#include "model/external.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "json/json.h"

#define LINE_MAX_BYTES ((size_t)1 << 20) /* of one answer */
#define REQUEST ((size_t)1 << 30)        /* of one batch, or of all training rows */
#define END_PATIENCE 5000                /* ms for a program to end by itself that has trained */

extern char **environ;

struct rai_external {
	struct rai_external_about about; /* of what it points to only the command is used later */
	char folder[256];                /* holds the artifact; removed at the end */
	pid_t pid;
	int fd;            /* a socket: what it reads and writes */
	struct rai_buf in; /* read and not used yet, from at */
	size_t at;
	pthread_mutex_t lock;
	struct rai_err err; /* the first failure */
};

static int
fail(struct rai_external *e, const char *what)
{
	int status = 0;

	/* one that has closed its output is about to end: its status says more */
	if (e->pid > 0 && rai_child_gone(e->pid, 1000, &status)) {
		e->pid = 0;
		if (WIFSIGNALED(status))
			return rai_fail(&e->err, RAI_EINPUT, "%s was ended by signal %d",
			    e->about.command[0], WTERMSIG(status));
		if (WEXITSTATUS(status) != 0)
			return rai_fail(&e->err, RAI_EINPUT, "%s ended with status %d: %s",
			    e->about.command[0], WEXITSTATUS(status), what);
	}
	return rai_fail(&e->err, RAI_EINPUT, "%s %s", e->about.command[0], what);
}

/* Both ends of the talk are one socket, so that neither side can wait for the other for ever. */
static int
spawn(struct rai_external *e)
{
	const struct rai_external_about *a = &e->about;
	posix_spawn_file_actions_t actions;
	char **argv = calloc(a->ncommand + 1, sizeof(*argv));
	int pair[2], rc;

	if (argv == NULL)
		return rai_fail_memory(&e->err);
	memcpy(argv, a->command, a->ncommand * sizeof(*argv)); /* posix_spawn's is not const */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		free(argv);
		return rai_fail_errno(&e->err, "socketpair");
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pair[1], 0);
	posix_spawn_file_actions_adddup2(&actions, pair[1], 1);
	rc = posix_spawnp(&e->pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pair[1]);
	free(argv);
	e->fd = pair[0];
	if (rc != 0) {
		e->pid = 0;
		return rai_fail(
		    &e->err, RAI_EINPUT, "cannot run %s: %s", a->command[0], strerror(rc));
	}
	fcntl(e->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

/* Takes what has come; 1 at the end of the program's output. */
static int
take(struct rai_external *e)
{
	char buf[1 << 16];
	ssize_t k = recv(e->fd, buf, sizeof(buf), 0);

	if (k == 0)
		return 1;
	if (k < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : fail(e, "cannot be read from");
	rai_buf_add(&e->in, buf, (size_t)k);
	return rai_buf_check(&e->in, "the answers", &e->err);
}

/* Writes all of request, and reads on the way. */
static int
send_all(struct rai_external *e, const struct rai_buf *request)
{
	size_t sent = 0;

	while (sent < request->len) {
		struct pollfd p = {e->fd, POLLIN | POLLOUT, 0};
		ssize_t k;

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return rai_fail_errno(&e->err, "poll");
		if ((p.revents & (POLLIN | POLLHUP)) != 0 && take(e) != 0)
			return e->err.code != RAI_OK ? -1 : fail(e, "ended before it had read all");
		if ((p.revents & POLLOUT) == 0)
			continue;
		k = send(e->fd, request->ptr + sent, request->len - sent, MSG_NOSIGNAL);
		if (k < 0 && errno != EAGAIN && errno != EINTR)
			return fail(e, "ended before it had read all");
		sent += k > 0 ? (size_t)k : 0;
	}
	return 0;
}

/* The next line as a document, which the caller frees; NULL with e->err. */
static struct cJSON *
next_answer(struct rai_external *e)
{
	struct cJSON *doc;
	size_t from = 0;
	char *nl;

	for (;;) {
		nl = memchr(e->in.ptr + e->at + from, '\n', e->in.len - e->at - from);
		if (nl != NULL)
			break;
		from = e->in.len - e->at;
		if (from > LINE_MAX_BYTES) {
			fail(e, "gave a line that is too long");
			return NULL;
		}
		struct pollfd p = {e->fd, POLLIN, 0};

		if (poll(&p, 1, -1) < 0 && errno != EINTR) {
			rai_fail_errno(&e->err, "poll");
			return NULL;
		}
		if (take(e) != 0) {
			if (e->err.code == RAI_OK)
				fail(e, "ended before it had answered");
			return NULL;
		}
	}
	doc = rai_json_parse(e->in.ptr + e->at, (size_t)(nl - e->in.ptr) - e->at, &e->err);
	if (doc == NULL)
		rai_wrap(&e->err, "%s: an answer", e->about.command[0]);
	e->at = (size_t)(nl + 1 - e->in.ptr);
	if (e->at == e->in.len) {
		rai_buf_clear(&e->in);
		e->at = 0;
	}
	return doc;
}

static void
add_features(struct rai_jw *w, const struct rai_external_about *a)
{
	char plain[32];
	size_t j;

	rai_jw_array(w, "features");
	for (j = 0; j < a->width; j++) {
		snprintf(plain, sizeof(plain), "f%zu", j);
		rai_jw_object(w, NULL);
		rai_jw_str(w, "name", a->names != NULL ? a->names[j] : plain);
		if (a->levels != NULL && a->levels[j] > 0)
			rai_jw_int(w, "categories", (int64_t)a->levels[j]);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

/* The first line that a program gets. */
static void
add_head(struct rai_buf *out, const struct rai_external *e, const char *job, size_t rows)
{
	const struct rai_external_about *a = &e->about;
	char path[300];
	struct rai_jw w;

	snprintf(path, sizeof(path), "%s/artifact", e->folder);
	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "rai", job);
	rai_jw_int(&w, "version", 1);
	rai_jw_str(&w, "artifact", path);
	rai_jw_int(&w, "classes", (int64_t)a->nclass);
	rai_jw_int(&w, "seed", (int64_t)a->seed);
	if (rows > 0)
		rai_jw_int(&w, "rows", (int64_t)rows);
	add_features(&w, a);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

static struct rai_external *
external_new(const struct rai_external_about *a, struct rai_err *err)
{
	struct rai_external *e = calloc(1, sizeof(*e));

	if (e == NULL || a->ncommand == 0) {
		free(e);
		if (a->ncommand == 0)
			rai_fail(err, RAI_EINPUT, "no command is given (train.external)");
		else
			rai_fail_memory(err);
		return NULL;
	}
	e->about = *a;
	e->fd = -1;
	rai_buf_init(&e->in, REQUEST);
	pthread_mutex_init(&e->lock, NULL);
	rai_file_scratch("rai-external", e->folder, sizeof(e->folder));
	if (mkdtemp(e->folder) == NULL) {
		rai_fail_errno(err, "%s", e->folder);
		e->folder[0] = '\0';
		rai_external_free(e);
		return NULL;
	}
	return e;
}

/* Waits for the program, which has no more to read. */
static int
end(struct rai_external *e)
{
	int status;

	shutdown(e->fd, SHUT_WR);
	if (!rai_child_gone(e->pid, END_PATIENCE, &status))
		return rai_fail(&e->err, RAI_EINPUT,
		    "%s has trained and does not end, as it should where its input does",
		    e->about.command[0]);
	e->pid = 0;
	if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0)
		return rai_fail(&e->err, RAI_EINPUT, "%s ended with status %d", e->about.command[0],
		    WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}

static int
train(struct rai_external *e, const struct rai_fit_data *d, struct rai_buf *request,
    struct rai_buf *artifact)
{
	struct cJSON *answer;
	const char *said = NULL;
	char path[300];
	struct rai_jw w;
	size_t i, j;
	int rc;

	add_head(request, e, "train", d->n);
	for (i = 0; i < d->n; i++) {
		rai_jw_init(&w, request);
		rai_jw_object(&w, NULL);
		rai_jw_array(&w, "x");
		for (j = 0; j < d->width; j++)
			rai_jw_num(&w, NULL, d->x[j * d->n + i]);
		rai_jw_end(&w);
		rai_jw_num(&w, "y", d->y[i]);
		rai_jw_end(&w);
		rai_buf_char(request, '\n');
	}
	if (rai_buf_check(request, "training rows", &e->err) != 0 || spawn(e) != 0 ||
	    send_all(e, request) != 0 || (answer = next_answer(e)) == NULL)
		return -1;
	rc = rai_json_str(answer, "rai", &said, &e->err);
	if (rc == 0 && strcmp(said, "trained") != 0)
		rc = fail(e, "must answer {\"rai\":\"trained\"} when it has trained");
	rai_json_free(answer);
	if (rc != 0 || end(e) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/artifact", e->folder);
	if (rai_file_read(path, artifact, &e->err) != 0)
		return rai_wrap(&e->err, "%s left no artifact", e->about.command[0]);
	return artifact->len > 0 ? 0 : fail(e, "left an empty artifact");
}

int
rai_external_train(const struct rai_external_about *a, const struct rai_fit_data *d,
    struct rai_buf *artifact, struct rai_err *err)
{
	struct rai_external *e = external_new(a, err);
	struct rai_buf request = RAI_BUF_INIT(REQUEST);
	int rc;

	if (e == NULL)
		return -1;
	rc = train(e, d, &request, artifact);
	if (rc != 0)
		rai_external_check(e, err);
	rai_buf_free(&request);
	rai_external_free(e);
	return rc;
}

static int
start(struct rai_external *e, const void *artifact, size_t n)
{
	struct rai_buf head = RAI_BUF_INIT(REQUEST);
	struct cJSON *answer = NULL;
	const char *said = NULL;
	char path[300];
	int rc = -1;

	snprintf(path, sizeof(path), "%s/artifact", e->folder);
	add_head(&head, e, "ask", 0);
	if (rai_buf_check(&head, "request", &e->err) == 0 &&
	    rai_file_write(path, artifact, n, 0600, &e->err) == 0 && spawn(e) == 0 &&
	    send_all(e, &head) == 0 && (answer = next_answer(e)) != NULL &&
	    rai_json_str(answer, "rai", &said, &e->err) == 0)
		rc = strcmp(said, "ready") == 0
			 ? 0
			 : fail(e, "must answer {\"rai\":\"ready\"} when it can be asked");
	rai_json_free(answer);
	rai_buf_free(&head);
	return rc;
}

int
rai_external_start(const struct rai_external_about *a, const void *artifact, size_t n,
    struct rai_external **out, struct rai_err *err)
{
	struct rai_external *e = external_new(a, err);

	if (e == NULL)
		return -1;
	if (start(e, artifact, n) != 0) {
		rai_external_check(e, err);
		rai_external_free(e);
		return -1;
	}
	e->about.names = NULL; /* they may go */
	e->about.levels = NULL;
	*out = e;
	return 0;
}

/* {"p": 3.5}, or {"p": [0.2, 0.8]}. */
static int
read_answer(struct rai_external *e, const struct cJSON *answer, double *out)
{
	size_t nclass = e->about.nclass, n, k;
	double *v, sum = 0;
	int bad = 0;

	if (nclass == 0)
		return rai_json_num(answer, "p", out, &e->err);
	if (rai_json_nums(answer, "p", nclass, &v, &n, &e->err) != 0)
		return -1;
	for (k = 0; k < n; k++) {
		bad |= !(v[k] >= 0);
		sum += v[k];
	}
	if (n != nclass || bad || !(fabs(sum - 1) < 1e-3)) {
		free(v);
		return fail(e, "must answer one probability per class, none below 0, of sum 1");
	}
	memcpy(out, v, n * sizeof(*v));
	free(v);
	return 0;
}

static int
ask(struct rai_external *e, const double *x, size_t n, struct rai_buf *request, double *out)
{
	size_t outputs = e->about.nclass > 0 ? e->about.nclass : 1, i, j;
	struct cJSON *answer;
	struct rai_jw w;
	int rc;

	rai_buf_printf(request, "{\"rai\":\"rows\",\"rows\":%zu}\n", n);
	for (i = 0; i < n; i++) {
		rai_jw_init(&w, request);
		rai_jw_object(&w, NULL);
		rai_jw_array(&w, "x");
		for (j = 0; j < e->about.width; j++)
			rai_jw_num(&w, NULL, x[i * e->about.width + j]);
		rai_jw_end(&w);
		rai_jw_end(&w);
		rai_buf_char(request, '\n');
	}
	if (rai_buf_check(request, "rows", &e->err) != 0 || send_all(e, request) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if ((answer = next_answer(e)) == NULL)
			return -1;
		rc = read_answer(e, answer, out + i * outputs);
		rai_json_free(answer);
		if (rc != 0)
			return rai_wrap(&e->err, "%s: an answer", e->about.command[0]);
	}
	return 0;
}

void
rai_external_ask(struct rai_external *e, const double *x, size_t n, double *out)
{
	size_t outputs = e->about.nclass > 0 ? e->about.nclass : 1, i;
	struct rai_buf request = RAI_BUF_INIT(REQUEST);

	pthread_mutex_lock(&e->lock);
	if (e->err.code != RAI_OK || ask(e, x, n, &request, out) != 0)
		for (i = 0; i < n * outputs; i++)
			out[i] = NAN;
	pthread_mutex_unlock(&e->lock);
	rai_buf_free(&request);
}

int
rai_external_check(struct rai_external *e, struct rai_err *err)
{
	struct rai_err first;

	pthread_mutex_lock(&e->lock);
	first = e->err;
	pthread_mutex_unlock(&e->lock);
	return first.code == RAI_OK ? 0 : rai_fail(err, first.code, "%s", first.msg);
}

void
rai_external_free(struct rai_external *e)
{
	if (e == NULL)
		return;
	if (e->fd >= 0)
		close(e->fd); /* the end of its input ends the program; one that hangs is ended */
	if (e->pid > 0)
		rai_child_end(e->pid, NULL);
	if (e->folder[0] != '\0')
		rai_file_remove_tree(e->folder, NULL);
	rai_buf_free(&e->in);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

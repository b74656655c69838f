#include "host/replica.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "host/port.h"
#include "host/store.h"

enum {
	START_PROBE_MS = 50, /* between probes until the first good one */
	CHECK_MS = 200,      /* between looks at command line and environment */
	SETTLE_MS = 300,     /* a replica without a probe is what it is by then */
	STEADY_MS = 10000,   /* ran this long: the next end is a first one */
	BACKOFF_MS = 250,
	BACKOFF_MAX_MS = 30000,
	MAX_RECORD = 1 << 21
};

struct rai_host_replica *
rai_host_replica_new(const char *deployment, const char *name, int number)
{
	struct rai_host_replica *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->deployment, sizeof(r->deployment), "%s", deployment);
	r->number = number;
	r->process = (struct rai_host_process)RAI_HOST_PROCESS_NONE;
	r->watch[0].get.fd = r->watch[1].get.fd = -1;
	return r;
}

void
rai_host_replica_free(struct rai_host_replica *r)
{
	if (r == NULL)
		return;
	rai_host_get_cancel(&r->watch[0].get);
	rai_host_get_cancel(&r->watch[1].get);
	rai_host_process_close(&r->process);
	rai_host_spec_release(&r->spec);
	free(r->record);
	free(r);
}

int
rai_host_replica_spec(struct rai_host_replica *r, const struct rai_host_place *place,
    const struct rai_host_deployment *d, struct rai_err *err)
{
	static const char *const inherited[] = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"};
	enum { N = sizeof(inherited) / sizeof(inherited[0]) };
	const char *base[N + 3];
	char *line[N + 1];
	struct rai_host_spec fresh;
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < N; i++) {
		const char *value = getenv(inherited[i]);

		if (value == NULL)
			continue;
		if (asprintf(&line[n], "%s=%s", inherited[i], value) < 0) {
			rc = rai_fail_memory(err);
			break;
		}
		base[n] = line[n];
		n++;
	}
	if (rc == 0 && asprintf(&line[n], "HOSTNAME=%s", r->name) >= 0) {
		base[n] = line[n];
		base[n + 1] = place->marker;
		base[n + 2] = NULL;
		n++;
		rc = rai_host_spec_make(d, r->name, base, &fresh, err);
		if (rc == 0) {
			rai_host_spec_release(&r->spec);
			r->spec = fresh;
		}
	} else if (rc == 0)
		rc = rai_fail_memory(err);
	while (n > 0)
		free(line[--n]);
	return rc;
}

static char *
record_path(const struct rai_host_replica *r, const struct rai_host_place *place)
{
	return rai_host_store_path(place->state, "replicas", "", r->name);
}

static int
write_record(struct rai_host_replica *r, struct rai_buf *b, struct rai_err *err)
{
	struct rai_jw w;

	rai_jw_init(&w, b);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "name", r->name);
	rai_jw_str(&w, "deployment", r->deployment);
	rai_jw_int(&w, "number", r->number);
	rai_jw_int(&w, "pid", r->process.pid);
	rai_jw_int(&w, "start", (int64_t)r->process.start);
	rai_jw_int(&w, "probe_port", r->probe_port);
	rai_jw_int(&w, "restarts", r->restarts);
	rai_jw_str(&w, "identity", r->identity);
	rai_host_spec_write(&w, &r->spec);
	rai_jw_end(&w);
	rai_buf_char(b, '\n');
	return rai_buf_check(b, r->name, err);
}

int
rai_host_replica_save(
    struct rai_host_replica *r, const struct rai_host_place *place, struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_RECORD);
	char *path = record_path(r, place);
	int rc = -1;

	if (path == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (r->forget && r->process.pid == 0) {
		unlink(path);
		rc = 0;
		goto out;
	}
	if (write_record(r, &b, err) != 0)
		goto out;
	if (r->record == NULL || strcmp(r->record, b.ptr) != 0) {
		if (rai_host_store_put(path, b.ptr, b.len, err) != 0)
			goto out;
		free(r->record);
		r->record = rai_buf_take(&b);
	}
	rc = 0;
out:
	rai_buf_free(&b);
	free(path);
	return rc;
}

struct rai_host_replica *
rai_host_replica_load(const char *text, size_t n, struct rai_err *err)
{
	struct rai_host_replica *r = NULL;
	struct cJSON *j = rai_json_parse(text, n, err);
	const char *name, *deployment, *identity;
	int64_t number, pid, start, port;

	if (j == NULL)
		return NULL;
	if (rai_json_str(j, "name", &name, err) != 0 ||
	    rai_json_str(j, "deployment", &deployment, err) != 0 ||
	    rai_json_int(j, "number", &number, err) != 0 ||
	    rai_json_int(j, "pid", &pid, err) != 0 || rai_json_int(j, "start", &start, err) != 0 ||
	    rai_json_int(j, "probe_port", &port, err) != 0 ||
	    rai_json_str(j, "identity", &identity, err) != 0)
		goto out;
	r = rai_host_replica_new(deployment, name, (int)number);
	if (r == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_json_int(j, "restarts", &r->restarts, err) != 0 ||
	    rai_host_spec_read(j, &r->spec, err) != 0 || (r->record = strndup(text, n)) == NULL) {
		rai_host_replica_free(r);
		r = NULL;
		goto out;
	}
	snprintf(r->identity, sizeof(r->identity), "%s", identity);
	r->was_ready = *identity != '\0';
	r->probe_port = (int)port;
	if (pid > 0 && rai_host_process_find((pid_t)pid, (uint64_t)start, &r->process) == 0)
		r->restarts = 0;
out:
	rai_json_free(j);
	return r;
}

/* Opens what the process needs; each -1 where it failed. */
static int
open_log(const struct rai_host_replica *r, const struct rai_host_place *place, struct rai_err *err)
{
	char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/logs/%s.log", place->state, r->name) < 0) {
		rai_fail_memory(err);
		return -1;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		rai_fail_errno(err, "%s", path);
	free(path);
	return fd;
}

static void
begin_life(struct rai_host_replica *r, int64_t now_ms)
{
	int i;

	r->stopping = r->forget = r->killed = r->altered = r->ready = r->was_ready = 0;
	r->identity[0] = '\0';
	if (strncmp(r->reason, "cannot start", 12) == 0)
		r->reason[0] = '\0';
	r->started_ms = r->checked_ms = now_ms;
	for (i = 0; i < 2; i++) {
		rai_host_get_cancel(&r->watch[i].get);
		r->watch[i].good = r->watch[i].bad = 0;
		r->watch[i].next_ms = now_ms + r->spec.probe[i].delay_ms;
	}
}

int
rai_host_replica_start(struct rai_host_replica *r, const struct rai_host_place *place, int http,
    int64_t now_ms, struct rai_err *err)
{
	struct rai_host_birth birth = {r->spec.argv, r->spec.env, NULL, http, -1, -1};
	struct rai_err why = RAI_ERR_INIT;
	char *folder = NULL;
	int gate, rc = -1;

	if (asprintf(&folder, "%s/data/%s", place->state, r->deployment) < 0) {
		folder = NULL;
		rai_fail_memory(err);
		goto out;
	}
	birth.folder = folder;
	birth.log = open_log(r, place, err);
	if (birth.log < 0 || rai_file_mkdirs(folder, err) != 0 ||
	    rai_host_port_probe(&birth.probe, &r->probe_port, err) != 0 ||
	    rai_host_process_start(&birth, &r->process, &gate, err) != 0)
		goto out;
	begin_life(r, now_ms);
	if (rai_host_replica_save(r, place, err) != 0) {
		close(gate); /* unrecorded, it never runs */
		goto out;
	}
	if (rai_host_process_go(gate, r->spec.argv[0], &why) != 0)
		snprintf(r->reason, sizeof(r->reason), "cannot start %.140s", why.msg);
	rc = 0;
out:
	if (birth.log >= 0)
		close(birth.log);
	if (birth.probe >= 0)
		close(birth.probe);
	free(folder);
	return rc;
}

void
rai_host_replica_stop(struct rai_host_replica *r, int forget, int64_t now_ms)
{
	r->forget |= forget;
	if (r->stopping || r->process.pid == 0)
		return;
	r->stopping = 1;
	r->stop_ms = now_ms;
	rai_host_process_signal(&r->process, SIGTERM, 0);
}

static void
ended(struct rai_host_replica *r, int status, int64_t now_ms)
{
	int i;

	for (i = 0; i < 2; i++)
		rai_host_get_cancel(&r->watch[i].get);
	if (!r->stopping && strncmp(r->reason, "cannot start", 12) != 0) {
		if (status >= 0 && WIFSIGNALED(status))
			snprintf(
			    r->reason, sizeof(r->reason), "killed by signal %d", WTERMSIG(status));
		else if (status >= 0)
			snprintf(r->reason, sizeof(r->reason), "exited with status %d",
			    WEXITSTATUS(status));
		else
			snprintf(r->reason, sizeof(r->reason), "process %ld is gone",
			    (long)r->process.pid);
	}
	rai_host_process_close(&r->process);
	r->next_start_ms = now_ms;
	if (r->restarts > 0)
		r->next_start_ms +=
		    r->restarts > 7 ? BACKOFF_MAX_MS : (int64_t)BACKOFF_MS << (r->restarts - 1);
	r->restarts++;
	r->stopping = r->killed = r->ready = 0;
}

static void
ready_is(struct rai_host_replica *r, int ready, int64_t now_ms)
{
	if (ready && !r->ready)
		r->ready_ms = now_ms;
	r->ready = ready;
	if (!ready)
		return;
	if (!r->was_ready && r->identity[0] == '\0')
		rai_host_process_identity(r->process.pid, r->identity);
	r->was_ready = 1;
	r->reason[0] = r->action == NULL ? '\0' : r->reason[0];
}

static void
probed(struct rai_host_replica *r, int i, int good, int64_t now_ms)
{
	struct rai_host_watch *w = &r->watch[i];
	int64_t period = r->spec.probe[i].period_ms;

	w->good = good ? w->good + 1 : 0;
	w->bad = good ? 0 : w->bad + 1;
	w->next_ms = now_ms + period;
	if (i == RAI_HOST_READY) {
		if (!r->was_ready && period > START_PROBE_MS)
			w->next_ms = now_ms + START_PROBE_MS;
		if (w->good >= r->spec.probe[i].successes) {
			w->next_ms = now_ms + period;
			ready_is(r, 1, now_ms);
		} else if (w->bad >= r->spec.probe[i].failures)
			ready_is(r, 0, now_ms);
	} else if (w->bad >= r->spec.probe[i].failures) {
		snprintf(r->reason, sizeof(r->reason), "liveness probe failed %lld times",
		    (long long)w->bad);
		rai_host_replica_stop(r, 0, now_ms);
	}
}

static void
run_probe(struct rai_host_replica *r, int i, int64_t now_ms)
{
	struct rai_host_watch *w = &r->watch[i];
	enum rai_host_verdict v;

	if (!r->spec.probe[i].given) {
		if (i == RAI_HOST_READY && now_ms - r->started_ms >= SETTLE_MS)
			ready_is(r, 1, now_ms);
		return;
	}
	if (w->get.fd < 0) {
		if (now_ms < w->next_ms)
			return;
		if (rai_host_get_begin(
			&w->get, r->probe_port, now_ms + r->spec.probe[i].timeout_ms) != 0) {
			probed(r, i, 0, now_ms);
			return;
		}
	}
	v = rai_host_get_advance(&w->get, r->spec.probe[i].path, now_ms);
	if (v != RAI_HOST_PENDING)
		probed(r, i, v == RAI_HOST_GOOD, now_ms);
}

static void
check_identity(struct rai_host_replica *r, int64_t now_ms)
{
	char now[RAI_HASH_HEX];

	if (r->identity[0] == '\0' || r->altered || now_ms - r->checked_ms < CHECK_MS)
		return;
	r->checked_ms = now_ms;
	if (rai_host_process_identity(r->process.pid, now) == 0 && strcmp(now, r->identity) != 0) {
		r->altered = 1;
		snprintf(r->reason, sizeof(r->reason),
		    "its command, environment or program was altered");
	}
}

int
rai_host_replica_look(struct rai_host_replica *r, int64_t now_ms)
{
	int status, i;

	if (r->process.pid == 0)
		return 0;
	if (rai_host_process_ended(&r->process, &status)) {
		ended(r, status, now_ms);
		return 1;
	}
	if (r->stopping) {
		if (!r->killed && now_ms - r->stop_ms >= r->spec.grace_ms) {
			r->killed = 1;
			rai_host_process_signal(&r->process, SIGKILL, 1);
		}
		return 0;
	}
	for (i = 0; i < 2 && !r->stopping; i++)
		run_probe(r, i, now_ms);
	if (r->ready && now_ms - r->ready_ms >= STEADY_MS)
		r->restarts = 0;
	check_identity(r, now_ms);
	return 0;
}

int64_t
rai_host_replica_next(const struct rai_host_replica *r, int64_t now_ms)
{
	int64_t next = now_ms + CHECK_MS, t;
	int i;

	if (r->process.pid == 0)
		return r->next_start_ms;
	if (r->stopping)
		return r->killed ? next : r->stop_ms + r->spec.grace_ms;
	for (i = 0; i < 2; i++) {
		const struct rai_host_watch *w = &r->watch[i];

		t = w->get.fd >= 0 ? w->get.until_ms : w->next_ms;
		if (r->spec.probe[i].given && t < next)
			next = t;
	}
	t = r->ready_ms + r->spec.min_ready_ms;
	if (r->ready && t > now_ms && t < next)
		next = t;
	return next;
}

enum rai_host_state
rai_host_replica_state(const struct rai_host_replica *r, int64_t now_ms)
{
	if (r->process.pid == 0)
		return RAI_HOST_WAITING;
	if (r->stopping)
		return RAI_HOST_STOPPING;
	return r->ready && now_ms - r->ready_ms >= r->spec.min_ready_ms ? RAI_HOST_AVAILABLE
									: RAI_HOST_STARTING;
}

#include "host/runtime.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/file.h"
#include "host/priv.h"
#include "host/store.h"

enum { FILES_MS = 1000, MAX_WATCHED = 512 };

int64_t
rai_host_now(void)
{
	return rai_clock_mono_ns() / 1000000;
}

struct rai_host_place
rai_host_place_of(const struct rai_host *h)
{
	return (struct rai_host_place){h->state, h->marker};
}

int
rai_host_add_replica(struct rai_host *h, struct rai_host_replica *r, struct rai_err *err)
{
	struct rai_host_replica **p = realloc(h->replica, (h->n_replicas + 1) * sizeof(*p));
	size_t i;

	if (p == NULL) {
		rai_host_replica_free(r);
		return rai_fail_memory(err);
	}
	h->replica = p;
	for (i = h->n_replicas++; i > 0; i--) {
		int order = strcmp(p[i - 1]->deployment, r->deployment);

		if (order < 0 || (order == 0 && p[i - 1]->number <= r->number))
			break;
		p[i] = p[i - 1];
	}
	p[i] = r;
	return 0;
}

static int
watch_files(struct rai_host *h, struct rai_err *err)
{
	static const char *const folders[] = {"live", "replicas"};
	size_t i;

	h->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (h->notify < 0)
		return rai_fail_errno(err, "inotify");
	for (i = 0; i < 2; i++) {
		char *path = rai_file_join(h->state, folders[i]);

		if (path == NULL)
			return rai_fail_memory(err);
		if (inotify_add_watch(h->notify, path,
			IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE) < 0) {
			rai_fail_errno(err, "%s", path);
			free(path);
			return -1;
		}
		free(path);
	}
	return 0;
}

int
rai_host_open(
    const struct rai_host_options *o, struct rai_host **out, int *holder, struct rai_err *err)
{
	struct rai_host *h = calloc(1, sizeof(*h));
	int rc = -1, locked;
	pid_t other = 0;

	if (h == NULL)
		return rai_fail_memory(err);
	h->lock = h->notify = -1;
	h->clock = o->clock;
	h->out = o->out;
	h->chain = o->chain;
	if (rai_host_store_make(o->state, &h->state, err) != 0)
		goto out;
	locked = rai_host_store_lock(h->state, &h->lock, &other, err);
	*holder = (int)other;
	if (locked != 0) {
		rc = locked;
		goto out;
	}
	h->listen = strdup(o->listen);
	if (h->listen == NULL || asprintf(&h->marker, "RAI_REPLICA_OF=%s", h->state) < 0) {
		h->marker = NULL;
		rai_fail_memory(err);
		goto out;
	}
	if (watch_files(h, err) != 0 || rai_host_adopt(h, err) != 0)
		goto out;
	*out = h;
	h = NULL;
	rc = 0;
out:
	rai_host_close(h);
	return rc;
}

void
rai_host_close(struct rai_host *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->n_replicas; i++)
		rai_host_replica_free(h->replica[i]);
	for (i = 0; i < h->n_running; i++)
		free(h->running[i].live);
	for (i = 0; i < h->n_sockets; i++)
		close(h->socket[i].fd);
	if (h->notify >= 0)
		close(h->notify);
	if (h->lock >= 0)
		close(h->lock);
	rai_host_manifest_free(&h->manifest);
	free(h->replica);
	free(h->running);
	free(h->socket);
	free(h->state);
	free(h->listen);
	free(h->marker);
	free(h);
}

static int
socket_of(const struct rai_host *h, const struct rai_host_deployment *d)
{
	size_t i;

	for (i = 0; d->service != NULL && i < h->n_sockets; i++)
		if (h->socket[i].port == d->service->host_port)
			return h->socket[i].fd;
	return -1;
}

size_t
rai_host_see(const struct rai_host *h, const struct rai_host_running *d, int64_t now_ms,
    struct rai_host_seen *seen, size_t *at)
{
	size_t i, n = 0;

	for (i = 0; i < h->n_replicas; i++) {
		const struct rai_host_replica *r = h->replica[i];
		int same;

		if (strcmp(r->deployment, d->name) != 0)
			continue;
		same = d->want != NULL && strcmp(r->spec.hash, d->want->hash) == 0;
		seen[n] = (struct rai_host_seen){same && !r->altered, same ? r->number : -1,
		    now_ms >= r->next_start_ms, rai_host_replica_state(r, now_ms)};
		at[n++] = i;
	}
	return n;
}

struct rai_host_want
rai_host_want_of(const struct rai_host_running *d)
{
	if (d->want == NULL)
		return (struct rai_host_want){0, 0, 0, 0};
	return (struct rai_host_want){
	    d->want->replicas, d->want->surge, d->want->unavailable, d->want->recreate};
}

static void
remove_replica(struct rai_host *h, size_t at)
{
	struct rai_host_replica *r = h->replica[at];
	struct rai_host_place place = rai_host_place_of(h);
	size_t i;

	for (i = 0; i < h->n_running; i++) {
		struct rai_host_running *d = &h->running[i];

		if (strcmp(d->name, r->deployment) == 0 && d->n_gone < RAI_HOST_GONE_MAX) {
			struct rai_host_gone *g = &d->gone[d->n_gone++];

			snprintf(g->name, sizeof(g->name), "%s", r->name);
			snprintf(g->reason, sizeof(g->reason), "%.63s", r->reason);
		}
	}
	rai_host_replica_save(r, &place, NULL); /* removes its record */
	rai_host_replica_free(r);
	memmove(
	    h->replica + at, h->replica + at + 1, (h->n_replicas - at - 1) * sizeof(*h->replica));
	h->n_replicas--;
}

static int
start(struct rai_host *h, struct rai_host_running *d, struct rai_host_replica *r,
    const char *action, int64_t now_ms, struct rai_err *err)
{
	struct rai_host_place place = rai_host_place_of(h);

	r->action = action;
	return rai_host_replica_start(
	    r, &place, d->want != NULL ? socket_of(h, d->want) : -1, now_ms, err);
}

static int
create(
    struct rai_host *h, struct rai_host_running *d, int number, int64_t now_ms, struct rai_err *err)
{
	struct rai_host_place place = rai_host_place_of(h);
	struct rai_host_replica *r;
	char name[RAI_HOST_NAME];

	snprintf(name, sizeof(name), "%s-%.8s-%d", d->name, d->want->hash, number);
	r = rai_host_replica_new(d->name, name, number);
	if (r == NULL)
		return rai_fail_memory(err);
	if (rai_host_replica_spec(r, &place, d->want, err) != 0) {
		rai_host_replica_free(r);
		return -1;
	}
	if (rai_host_add_replica(h, r, err) != 0)
		return -1;
	return start(h, d, r, "create", now_ms, err);
}

static int
act(struct rai_host *h, struct rai_host_running *d, const struct rai_host_step *s,
    struct rai_host_replica *r, int64_t now_ms, struct rai_err *err)
{
	switch (s->action) {
	case RAI_HOST_CREATE:
		return create(h, d, s->number, now_ms, err);
	case RAI_HOST_START:
		return start(h, d, r, "restart", now_ms, err);
	case RAI_HOST_STOP:
		if (r->reason[0] == '\0')
			snprintf(r->reason, sizeof(r->reason), "%s", s->reason);
		rai_host_replica_stop(r, 1, now_ms);
		break;
	}
	return 0;
}

static int
plan_and_act(struct rai_host *h, struct rai_host_running *d, int64_t now_ms, struct rai_err *err)
{
	struct rai_host_want w = rai_host_want_of(d);
	size_t max = h->n_replicas + (size_t)w.replicas + 1, n, i, *at;
	struct rai_host_replica **r;
	struct rai_host_seen *seen;
	struct rai_host_step *steps;
	int rc = 0;

	seen = calloc(max, sizeof(*seen));
	at = calloc(max, sizeof(*at));
	steps = calloc(max, sizeof(*steps));
	r = calloc(max, sizeof(struct rai_host_replica *));
	if (seen == NULL || at == NULL || steps == NULL || r == NULL)
		rc = rai_fail_memory(err);
	else {
		n = rai_host_see(h, d, now_ms, seen, at);
		n = rai_host_plan(&w, seen, n, steps, max);
		for (i = 0; i < n; i++) /* adding replicas moves their places */
			r[i] =
			    steps[i].action == RAI_HOST_CREATE ? NULL : h->replica[at[steps[i].at]];
		for (i = 0; i < n && rc == 0; i++)
			rc = act(h, d, &steps[i], r[i], now_ms, err);
	}
	free(seen);
	free(at);
	free(steps);
	free(r);
	return rc;
}

static int
files_moved(struct rai_host *h, int64_t now_ms)
{
	char events[4096] __attribute__((aligned(8)));
	int moved = 0;

	while (read(h->notify, events, sizeof(events)) > 0)
		moved = 1;
	if (!moved && now_ms - h->files_ms < FILES_MS)
		return 0;
	h->files_ms = now_ms;
	return 1;
}

/* Looks at every replica; the ended ones that nobody wants are removed. */
static int
look(struct rai_host *h, int64_t now_ms, struct rai_err *err)
{
	struct rai_host_place place = rai_host_place_of(h);
	size_t i;

	for (i = h->n_replicas; i-- > 0;) {
		struct rai_host_replica *r = h->replica[i];

		if (r->deployment[0] == '\0')
			rai_host_replica_stop(r, 1, now_ms);
		rai_host_replica_look(r, now_ms);
		if (r->process.pid == 0 && r->forget)
			remove_replica(h, i);
		else if (r->deployment[0] != '\0' && rai_host_replica_save(r, &place, err) != 0)
			return -1;
	}
	return 0;
}

static void
forget_running(struct rai_host *h)
{
	size_t i, k;

	for (i = h->n_running; i-- > 0;) {
		struct rai_host_running *d = &h->running[i];
		int used = d->want != NULL;
		char *path;

		for (k = 0; k < h->n_replicas; k++)
			used |= strcmp(h->replica[k]->deployment, d->name) == 0;
		if (used)
			continue;
		path = rai_host_live_path(h, d->name);
		if (path != NULL)
			unlink(path);
		free(path);
		path = rai_host_store_path(h->state, "status", "", d->name);
		if (path != NULL)
			unlink(path);
		free(path);
		free(d->live);
		memmove(d, d + 1, (h->n_running - i - 1) * sizeof(*d));
		h->n_running--;
	}
}

int
rai_host_step(struct rai_host *h, struct rai_err *err)
{
	int64_t now = rai_host_now();
	size_t i;

	if (!h->stopping && files_moved(h, now))
		rai_host_check_files(h, now);
	if (look(h, now, err) != 0)
		return -1;
	for (i = 0; i < h->n_running; i++) {
		if (!h->stopping && h->running[i].phase == RAI_HOST_SETTLED)
			rai_host_evaluate(
			    h, &h->running[i], now); /* say what happened before mending */
		if (plan_and_act(h, &h->running[i], now, err) != 0)
			return -1;
	}
	for (i = h->n_replicas; i-- > 0;)
		if (h->replica[i]->process.pid == 0 && h->replica[i]->forget)
			remove_replica(h, i);
	for (i = 0; i < h->n_running && !h->stopping; i++)
		rai_host_evaluate(h, &h->running[i], now);
	forget_running(h);
	return 0;
}

void
rai_host_wait(struct rai_host *h, int64_t max_ms, int wake)
{
	struct pollfd p[MAX_WATCHED];
	int64_t now = rai_host_now(), until = now + max_ms, t;
	nfds_t n = 0;
	size_t i, k;

	p[n++] = (struct pollfd){h->notify, POLLIN, 0};
	if (wake >= 0)
		p[n++] = (struct pollfd){wake, POLLIN, 0};
	for (i = 0; i < h->n_replicas; i++) {
		struct rai_host_replica *r = h->replica[i];

		t = rai_host_replica_next(r, now);
		if (t < until)
			until = t;
		if (r->process.fd >= 0 && n < MAX_WATCHED)
			p[n++] = (struct pollfd){r->process.fd, POLLIN, 0};
		for (k = 0; k < 2; k++)
			if (r->watch[k].get.fd >= 0 && n < MAX_WATCHED)
				p[n++] = (struct pollfd){
				    r->watch[k].get.fd, rai_host_get_events(&r->watch[k].get), 0};
	}
	poll(p, n, until > now ? (int)(until - now) : 1);
}

int
rai_host_is_settled(const struct rai_host *h)
{
	size_t i;

	for (i = 0; i < h->n_running; i++)
		if (h->running[i].phase != RAI_HOST_SETTLED)
			return 0;
	for (i = 0; i < h->n_replicas; i++)
		if (h->replica[i]->stopping)
			return 0;
	return h->n_running > 0;
}

int
rai_host_is_degraded(const struct rai_host *h)
{
	size_t i;

	for (i = 0; i < h->n_running; i++)
		if (h->running[i].phase == RAI_HOST_DEGRADED)
			return 1;
	return 0;
}

void
rai_host_trouble(struct rai_host *h, const char *message)
{
	size_t i;

	if (strcmp(h->trouble, message != NULL ? message : "") == 0)
		return;
	snprintf(h->trouble, sizeof(h->trouble), "%s", message != NULL ? message : "");
	for (i = 0; i < h->n_running; i++) {
		struct rai_host_running *d = &h->running[i];

		if (message == NULL && d->phase != RAI_HOST_SETTLED)
			continue;
		if (message != NULL)
			snprintf(d->reason, sizeof(d->reason), "%.230s", message);
		rai_host_report(h, d, message != NULL ? "degraded" : "healed", rai_host_now());
	}
}

/* The folder stays: it is watched. */
static void
empty_folder(const struct rai_host *h, const char *name)
{
	char *path = rai_file_join(h->state, name);
	DIR *d = path != NULL ? opendir(path) : NULL;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	free(path);
}

void
rai_host_stop_all(struct rai_host *h)
{
	int64_t now = rai_host_now();
	size_t i;

	empty_folder(h, "live");
	empty_folder(h, "status");

	h->stopping = 1;
	for (i = 0; i < h->n_running; i++)
		h->running[i].want = NULL;
	for (i = 0; i < h->n_replicas; i++)
		rai_host_replica_stop(h->replica[i], 1, now);
}

int
rai_host_is_empty(const struct rai_host *h)
{
	return h->n_replicas == 0;
}

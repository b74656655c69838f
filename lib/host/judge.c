#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "host/priv.h"
#include "host/store.h"

enum { MAX_LIVE = 1 << 21, CRASH_LOOP = 4 };

/* More is better; a rollout that does not get more within the deadline is stuck. */
static int64_t
progress(const struct rai_host_seen *seen, size_t n)
{
	int64_t p = 0;
	size_t i;

	for (i = 0; i < n; i++)
		p += seen[i].current ? (seen[i].state == RAI_HOST_AVAILABLE ? 2000 : 0) : -1;
	return p;
}

static const char *
why_degraded(const struct rai_host *h, const struct rai_host_running *d, const size_t *at, size_t n,
    int64_t now_ms)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct rai_host_replica *r = h->replica[at[i]];

		if (d->want != NULL && strcmp(r->spec.hash, d->want->hash) == 0 &&
		    r->restarts >= CRASH_LOOP && r->process.pid == 0)
			return "CrashLoopBackOff";
	}
	if (d->want != NULL && now_ms - d->progress_ms > d->want->deadline_ms)
		return "ProgressDeadlineExceeded";
	return NULL;
}

static void
say_why(struct rai_host *h, struct rai_host_running *d, const size_t *at, size_t n)
{
	size_t i;

	for (i = 0; i < n && d->reason[0] == '\0'; i++)
		if (h->replica[at[i]]->reason[0] != '\0')
			snprintf(d->reason, sizeof(d->reason), "%.90s: %.140s",
			    h->replica[at[i]]->name, h->replica[at[i]]->reason);
	if (d->reason[0] == '\0')
		snprintf(d->reason, sizeof(d->reason), "replicas are not as wanted");
}

void
rai_host_evaluate(struct rai_host *h, struct rai_host_running *d, int64_t now_ms)
{
	struct rai_host_want w = rai_host_want_of(d);
	size_t n, *at = calloc(h->n_replicas + 1, sizeof(*at));
	struct rai_host_seen *seen = calloc(h->n_replicas + 1, sizeof(*seen));
	const char *why;
	int64_t p;

	if (at == NULL || seen == NULL)
		goto out;
	n = rai_host_see(h, d, now_ms, seen, at);
	p = progress(seen, n);
	if (p > d->best) {
		d->best = p;
		d->progress_ms = now_ms;
	}
	if (rai_host_settled(&w, seen, n)) {
		if (d->phase != RAI_HOST_SETTLED) {
			d->phase = RAI_HOST_SETTLED;
			rai_host_report(h, d, d->was_settled ? "healed" : "synced", now_ms);
			d->was_settled = 1;
		}
	} else if (d->phase == RAI_HOST_SETTLED) {
		d->phase = RAI_HOST_HEALING;
		d->since_ms = d->progress_ms = now_ms;
		d->best = p;
		say_why(h, d, at, n);
		rai_host_report(h, d, "outofsync", now_ms);
	} else if (d->phase != RAI_HOST_DEGRADED &&
		   (why = why_degraded(h, d, at, n, now_ms)) != NULL) {
		d->phase = RAI_HOST_DEGRADED;
		say_why(h, d, at, n);
		memmove(
		    d->reason + strlen(why) + 2, d->reason, sizeof(d->reason) - strlen(why) - 2);
		memcpy(d->reason, why, strlen(why));
		memcpy(d->reason + strlen(why), ": ", 2);
		d->reason[sizeof(d->reason) - 1] = '\0';
		rai_host_report(h, d, "degraded", now_ms);
	}
out:
	free(at);
	free(seen);
}

/* A hand was at a file of ours: said, and put back. */
static void
edited(struct rai_host *h, struct rai_host_running *d, int64_t now_ms, const char *what,
    const char *difference)
{
	snprintf(d->reason, sizeof(d->reason), "%.70s edited by hand: %.150s", what, difference);
	if (d->phase == RAI_HOST_SETTLED) {
		d->phase = RAI_HOST_HEALING;
		d->since_ms = d->progress_ms = now_ms;
		d->action = "update";
		rai_host_report(h, d, "outofsync", now_ms);
	}
	d->action = "update";
}

static void
check_file(struct rai_host *h, struct rai_host_running *d, const char *path, const char *what,
    const char *text, int64_t now_ms)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_LIVE);
	char difference[200] = "removed";

	if (path == NULL || text == NULL || rai_host_store_is(path, text, strlen(text)))
		return;
	if (rai_file_read(path, &b, NULL) == 0)
		rai_host_store_difference(text, b.ptr, difference, sizeof(difference));
	rai_buf_free(&b);
	edited(h, d, now_ms, what, difference);
	rai_host_store_put(path, text, strlen(text), NULL);
}

void
rai_host_check_files(struct rai_host *h, int64_t now_ms)
{
	size_t i, k;

	for (i = 0; i < h->n_running; i++) {
		struct rai_host_running *d = &h->running[i];
		char *path = rai_host_live_path(h, d->name);

		if (d->want != NULL)
			check_file(h, d, path, "live object", d->live, now_ms);
		free(path);
		for (k = 0; k < h->n_replicas; k++) {
			struct rai_host_replica *r = h->replica[k];

			if (strcmp(r->deployment, d->name) != 0)
				continue;
			path = rai_host_store_path(h->state, "replicas", "", r->name);
			check_file(h, d, path, r->name, r->record, now_ms);
			free(path);
		}
	}
}

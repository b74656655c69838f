#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "host/priv.h"
#include "host/store.h"

enum { MAX_LIVE = 1 << 21 };

/* A living, unaltered process is taken for available: a look does not wait for probes. */
static void
judge(struct rai_host *h)
{
	char now[RAI_HASH_HEX];
	size_t i;

	for (i = 0; i < h->n_replicas; i++) {
		struct rai_host_replica *r = h->replica[i];

		r->ready = r->process.pid > 0;
		r->ready_ms = -r->spec.min_ready_ms;
		r->altered = r->process.pid > 0 && r->identity[0] != '\0' &&
			     rai_host_process_identity(r->process.pid, now) == 0 &&
			     strcmp(now, r->identity) != 0;
	}
}

static int
diff_replicas(const struct rai_host *h, const struct rai_host_running *d, struct rai_buf *lines)
{
	const struct rai_host_deployment *w = d->want;
	int64_t good = 0, i64;
	int changes = 0;
	size_t i;

	for (i = 0; i < h->n_replicas; i++) {
		const struct rai_host_replica *r = h->replica[i];
		const char *what = NULL, *why = "";

		if (strcmp(r->deployment, d->name) != 0)
			continue;
		if (w == NULL || (strcmp(r->spec.hash, w->hash) == 0 && good >= w->replicas))
			what = "delete", why = w == NULL ? "not in Git" : "more than wanted";
		else if (strcmp(r->spec.hash, w->hash) != 0)
			what = "replace", why = "another template";
		else if (r->altered)
			what = "replace", why = "its command, environment or program was altered";
		else if (r->process.pid == 0)
			what = "start", why = "its process is gone";
		good += w != NULL && (what == NULL || *what == 's' || *what == 'r');
		if (what == NULL)
			continue;
		rai_buf_printf(lines, "%-8s Replica/%s: %s\n", what, r->name, why);
		changes = 1;
	}
	for (i64 = good; w != NULL && i64 < w->replicas; i64++) {
		rai_buf_printf(lines, "%-8s a replica of Deployment/%s (%lld of %lld)\n", "create",
		    d->name, (long long)i64 + 1, (long long)w->replicas);
		changes = 1;
	}
	return changes;
}

/* The object itself; what only its revision says is no difference. */
static int
diff_object(const struct rai_host *h, const struct rai_host_deployment *w, const char *revision,
    struct rai_buf *lines, struct rai_err *err)
{
	struct rai_buf want = RAI_BUF_INIT(MAX_LIVE), live = RAI_BUF_INIT(MAX_LIVE);
	char *path = rai_host_store_path(h->state, "live", "deployment-", w->name);
	char difference[200];
	int rc = -1;

	if (path == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_host_live_text(w, revision, &want, err) != 0)
		goto out;
	rc = 1;
	if (rai_file_read(path, &live, NULL) != 0)
		rai_buf_printf(lines, "%-8s Deployment/%s: %lld replicas of %s\n", "create",
		    w->name, (long long)w->replicas, w->image);
	else if (strcmp(want.ptr, live.ptr) != 0) {
		rai_host_store_difference(live.ptr, want.ptr, difference, sizeof(difference));
		rai_buf_printf(lines, "%-8s Deployment/%s: %s\n", "update", w->name, difference);
	} else
		rc = 0;
out:
	rai_buf_free(&want);
	rai_buf_free(&live);
	free(path);
	return rc;
}

static void
list_notes(const struct rai_host_manifest *m, struct rai_buf *lines)
{
	size_t i;

	for (i = 0; i < m->n_notes; i++)
		rai_buf_printf(lines, "%s %s (%s:%zu)\n",
		    m->note[i].kind_ignored ? "ignored:" : "not applied here:", m->note[i].what,
		    m->note[i].file, m->note[i].line);
}

static int
diff_all(struct rai_host *h, const struct rai_host_manifest *m, const char *revision,
    struct rai_buf *lines, struct rai_err *err)
{
	int changes = 0, rc;
	size_t i, k;

	for (i = 0; i < m->n_deployments; i++) {
		struct rai_host_running d = {.want = &m->deployment[i]};

		snprintf(d.name, sizeof(d.name), "%s", d.want->name);
		rc = diff_object(h, d.want, revision, lines, err);
		if (rc < 0)
			return -1;
		rc |= diff_replicas(h, &d, lines);
		if (rc == 0)
			rai_buf_printf(lines, "%-8s Deployment/%s: as wanted\n", "none", d.name);
		changes |= rc;
	}
	for (i = 0; i < h->n_replicas; i++) {
		const struct rai_host_replica *r = h->replica[i];

		for (k = 0; k < m->n_deployments; k++)
			if (strcmp(m->deployment[k].name, r->deployment) == 0)
				break;
		if (k < m->n_deployments)
			continue;
		rai_buf_printf(lines, "%-8s Replica/%s: not in Git\n", "delete", r->name);
		changes = 1;
	}
	return changes;
}

int
rai_host_diff(const char *state, const struct rai_host_manifest *m, const char *revision,
    struct rai_buf *lines, struct rai_err *err)
{
	struct rai_host h;
	int rc = -1;
	size_t i;

	memset(&h, 0, sizeof(h));
	h.lock = h.notify = -1;
	h.state = realpath(state, NULL);
	if (h.state == NULL)
		h.state = strdup(state);
	if (h.state == NULL || asprintf(&h.marker, "RAI_REPLICA_OF=%s", h.state) < 0) {
		free(h.state);
		return rai_fail_memory(err);
	}
	if (rai_host_adopt(&h, err) == 0) {
		judge(&h);
		rc = diff_all(&h, m, revision, lines, err);
		list_notes(m, lines);
	}
	for (i = 0; i < h.n_replicas; i++)
		rai_host_replica_free(h.replica[i]);
	free(h.replica);
	free(h.state);
	free(h.marker);
	return rc;
}

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/priv.h"
#include "host/store.h"

static void
resource(struct rai_jw *w, const char *kind, const char *name, const char *action,
    const char *health, const char *reason)
{
	rai_jw_object(w, NULL);
	rai_jw_str(w, "kind", kind);
	rai_jw_str(w, "name", name);
	rai_jw_str(w, "action", action != NULL ? action : "none");
	rai_jw_str(w, "health", health);
	rai_jw_str(w, "reason", reason != NULL && *reason != '\0' ? reason : NULL);
	rai_jw_end(w);
}

static const char *
health_of(enum rai_host_state state)
{
	switch (state) {
	case RAI_HOST_AVAILABLE:
		return "Healthy";
	case RAI_HOST_WAITING:
		return "Degraded";
	case RAI_HOST_STARTING:
	case RAI_HOST_STOPPING:
		break;
	}
	return "Progressing";
}

static void
replica_resource(
    struct rai_jw *w, const struct rai_host_running *d, struct rai_host_replica *r, int64_t now_ms)
{
	const char *action = r->action;

	if (action == NULL && d->phase == RAI_HOST_DEGRADED && r->restarts > 1)
		action = "restart";
	resource(
	    w, "Replica", r->name, action, health_of(rai_host_replica_state(r, now_ms)), r->reason);
}

static void
write_resources(struct rai_jw *w, struct rai_host *h, struct rai_host_running *d,
    const char *health, int64_t now_ms)
{
	size_t i;

	rai_jw_array(w, "resources");
	resource(w, "Deployment", d->name, d->action, health, d->reason);
	if (d->want != NULL && d->want->service != NULL)
		resource(w, "Service", d->want->service->name, d->action, health, NULL);
	for (i = 0; i < h->n_replicas; i++)
		if (strcmp(h->replica[i]->deployment, d->name) == 0)
			replica_resource(w, d, h->replica[i], now_ms);
	for (i = 0; i < d->n_gone; i++)
		resource(w, "Replica", d->gone[i].name, "delete", "Missing", d->gone[i].reason);
	rai_jw_end(w);
}

static void
forget_actions(struct rai_host *h, struct rai_host_running *d)
{
	size_t i;

	for (i = 0; i < h->n_replicas; i++)
		if (strcmp(h->replica[i]->deployment, d->name) == 0) {
			h->replica[i]->action = NULL;
			if (h->replica[i]->ready && !h->replica[i]->altered)
				h->replica[i]->reason[0] = '\0';
		}
	d->action = NULL;
	d->reason[0] = '\0';
	d->n_gone = 0;
}

void
rai_host_report(struct rai_host *h, struct rai_host_running *d, const char *verb, int64_t now_ms)
{
	int settled = d->phase == RAI_HOST_SETTLED;
	struct rai_host_want want = rai_host_want_of(d);
	char kind[40], *path;
	size_t i, at = h->out->len;
	int64_t ready = 0;
	struct rai_jw w;

	for (i = 0; i < h->n_replicas; i++)
		ready += strcmp(h->replica[i]->deployment, d->name) == 0 &&
			 rai_host_replica_state(h->replica[i], now_ms) == RAI_HOST_AVAILABLE;
	snprintf(kind, sizeof(kind), "deployment.%s", verb);
	rai_event_begin(&w, h->out, "rai-sync", kind,
	    d->want != NULL && d->want->model != NULL ? d->want->model : d->name,
	    rai_clock_now(h->clock), NULL, h->chain);
	rai_jw_str(&w, "target", "local");
	rai_jw_str(&w, "revision", h->revision);
	rai_jw_str(&w, "deployment", d->name);
	write_resources(&w, h, d,
	    settled                         ? "Healthy"
	    : d->phase == RAI_HOST_DEGRADED ? "Degraded"
					    : "Progressing",
	    now_ms);
	rai_jw_object(&w, "replicas");
	rai_jw_int(&w, "wanted", want.replicas);
	rai_jw_int(&w, "ready", ready);
	rai_jw_end(&w);
	rai_jw_str(&w, "image", d->want != NULL ? d->want->image : NULL);
	rai_jw_int(&w, "duration_ms", now_ms - d->since_ms);
	rai_jw_str(&w, "message", d->reason[0] != '\0' ? d->reason : NULL);
	rai_event_end(&w);
	path = rai_host_store_path(h->state, "status", "", d->name);
	if (path != NULL && h->out->len > at)
		rai_host_store_put(path, h->out->ptr + at, h->out->len - at, NULL);
	free(path);
	forget_actions(h, d);
}

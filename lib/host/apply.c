#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/port.h"
#include "host/priv.h"
#include "host/store.h"

enum { MAX_LIVE = 1 << 21 };

/* The port's socket: ours already, a living replica's, or a new one. */
static int
open_port(struct rai_host *h, int port, struct rai_err *err)
{
	struct rai_host_socket *p;
	size_t i;
	int fd = -1;

	for (i = 0; i < h->n_sockets; i++)
		if (h->socket[i].port == port)
			return 0;
	p = realloc(h->socket, (h->n_sockets + 1) * sizeof(*p));
	if (p == NULL)
		return rai_fail_memory(err);
	h->socket = p;
	for (i = 0; i < h->n_replicas && fd < 0; i++)
		if (h->replica[i]->process.pid > 0)
			rai_host_port_take(h->replica[i]->process.fd, h->listen, port, &fd);
	if (fd < 0 && rai_host_port_open(h->listen, port, &fd, err) != 0)
		return -1;
	h->socket[h->n_sockets++] = (struct rai_host_socket){port, fd};
	return 0;
}

static void
close_ports(struct rai_host *h)
{
	size_t i, k, n = 0;

	for (i = 0; i < h->n_sockets; i++) {
		int used = 0;

		for (k = 0; k < h->manifest.n_services; k++)
			used |= h->manifest.service[k].host_port == h->socket[i].port;
		if (used)
			h->socket[n++] = h->socket[i];
		else
			close(h->socket[i].fd);
	}
	h->n_sockets = n;
}

static struct rai_host_running *
running_of(struct rai_host *h, const char *name, struct rai_err *err)
{
	struct rai_host_running *p;
	size_t i;

	for (i = 0; i < h->n_running; i++)
		if (strcmp(h->running[i].name, name) == 0)
			return &h->running[i];
	p = realloc(h->running, (h->n_running + 1) * sizeof(*p));
	if (p == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	h->running = p;
	p += h->n_running++;
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

char *
rai_host_live_path(const struct rai_host *h, const char *name)
{
	return rai_host_store_path(h->state, "live", "deployment-", name);
}

static int
put_live(struct rai_host *h, struct rai_host_running *d, struct rai_err *err)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_LIVE);
	char *path = rai_host_live_path(h, d->name);
	int rc = -1;

	if (path == NULL)
		rai_fail_memory(err);
	else if (rai_host_live_text(d->want, h->revision, &b, err) == 0 &&
		 (d->live == NULL || strcmp(d->live, b.ptr) != 0)) {
		if (!rai_host_store_is(path, b.ptr, b.len))
			d->action = access(path, F_OK) == 0 ? "update" : "create";
		rc = rai_host_store_put(path, b.ptr, b.len, err);
		free(d->live);
		d->live = rai_buf_take(&b);
	} else
		rc = 0;
	free(path);
	rai_buf_free(&b);
	return rc;
}

static int
want(struct rai_host *h, struct rai_host_deployment *w, int64_t now_ms, struct rai_err *err)
{
	struct rai_host_running *d = running_of(h, w->name, err);
	struct rai_host_place place = rai_host_place_of(h);
	size_t i;

	if (d == NULL)
		return -1;
	d->want = w;
	d->phase = RAI_HOST_ROLLING;
	d->since_ms = d->progress_ms = now_ms;
	d->best = INT64_MIN;
	d->was_settled = 0;
	d->reason[0] = '\0';
	for (i = 0; i < h->n_replicas; i++) {
		struct rai_host_replica *r = h->replica[i];

		/* A record may have been edited while nobody looked: Git says what it is. */
		if (strcmp(r->deployment, w->name) == 0 && strcmp(r->spec.hash, w->hash) == 0 &&
		    rai_host_replica_spec(r, &place, w, err) != 0)
			return -1;
	}
	return put_live(h, d, err);
}

int
rai_host_apply(
    struct rai_host *h, struct rai_host_manifest *m, const char *revision, struct rai_err *err)
{
	int64_t now = rai_host_now();
	size_t i;

	for (i = 0; i < m->n_deployments; i++)
		if (m->deployment[i].service != NULL &&
		    open_port(h, (int)m->deployment[i].service->host_port, err) != 0) {
			rai_host_manifest_free(m);
			return -1;
		}
	for (i = 0; i < h->n_running; i++)
		h->running[i].want = NULL;
	rai_host_manifest_free(&h->manifest);
	h->manifest = *m;
	memset(m, 0, sizeof(*m));
	snprintf(h->revision, sizeof(h->revision), "%s", revision);
	h->trouble[0] = '\0';
	for (i = 0; i < h->manifest.n_deployments; i++)
		if (want(h, &h->manifest.deployment[i], now, err) != 0)
			return -1;
	for (i = 0; i < h->n_replicas; i++) /* Deployments that only the state folder knows */
		if (h->replica[i]->deployment[0] != '\0' &&
		    running_of(h, h->replica[i]->deployment, err) == NULL)
			return -1;
	for (i = 0; i < h->n_running; i++)
		if (h->running[i].want == NULL && h->running[i].phase != RAI_HOST_ROLLING) {
			h->running[i].phase = RAI_HOST_ROLLING;
			h->running[i].since_ms = now;
		}
	close_ports(h);
	return 0;
}

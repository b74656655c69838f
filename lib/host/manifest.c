#include "host/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/field.h"
#include "host/template.h"

/* A string that lives as long as the manifest; takes s (NULL: no memory). */
static const char *
keep(struct rai_host_manifest *m, char *s, struct rai_err *err)
{
	char **p = s == NULL ? NULL : realloc(m->text, (m->n_text + 1) * sizeof(*p));

	if (p == NULL) {
		free(s);
		rai_fail_memory(err);
		return NULL;
	}
	m->text = p;
	return m->text[m->n_text++] = s;
}

int
rai_host_note(struct rai_host_reading *r, const char *what, size_t line, int kind_ignored)
{
	struct rai_host_manifest *m = r->m;
	struct rai_host_note *p = realloc(m->note, (m->n_notes + 1) * sizeof(*p));
	const char *kept;

	if (p == NULL)
		return rai_fail_memory(r->err);
	m->note = p;
	kept = keep(m, strdup(what), r->err);
	if (kept == NULL)
		return -1;
	m->note[m->n_notes++] = (struct rai_host_note){r->file, kept, line, kind_ignored};
	return 0;
}

int
rai_host_fields(struct rai_host_reading *r, const char *path, const struct rai_yaml *map,
    const struct rai_key *keys, void *out)
{
	char where[256], what[400];
	size_t i, k;

	snprintf(where, sizeof(where), "%s%s%s", r->object, *path ? " " : "", path);
	if (rai_keys_read(r->file, where, map, keys, out, r->err) != 0)
		return -1;
	for (i = 0; map != NULL && map->kind == RAI_YAML_MAP && i < map->n; i++)
		for (k = 0; keys[k].kind != RAI_KEY_END; k++) {
			if (keys[k].kind != RAI_KEY_NODE || keys[k].offset != 0 ||
			    strcmp(keys[k].name, map->key[i]->text) != 0)
				continue;
			snprintf(
			    what, sizeof(what), "%s%s%s", where, *path ? "." : " ", keys[k].name);
			if (rai_host_note(r, what, map->key[i]->line, 0) != 0)
				return -1;
		}
	return 0;
}

int
rai_host_is_text(const struct rai_yaml *node)
{
	double number;
	int truth;

	return node->kind == RAI_YAML_SCALAR && !rai_yaml_is_null(node) &&
	       rai_yaml_num(node, &number) != 0 && rai_yaml_bool(node, &truth) != 0;
}

int
rai_host_labels(struct rai_host_reading *r, const char *path, const struct rai_yaml *map)
{
	size_t i;

	if (rai_yaml_is_null(map))
		return 0;
	if (map->kind != RAI_YAML_MAP)
		return rai_yaml_fail(
		    r->err, r->file, map, "%s %s: must be a map of text to text", r->object, path);
	for (i = 0; i < map->n; i++)
		if (!rai_host_is_text(map->item[i]))
			return rai_yaml_fail(r->err, r->file, map->item[i],
			    "%s %s.%.80s: must be text (put it in quotes)", r->object, path,
			    map->key[i]->text);
	return 0;
}

int
rai_host_selects(const struct rai_yaml *selector, const struct rai_yaml *labels)
{
	size_t i;

	if (rai_yaml_is_null(selector) || selector->kind != RAI_YAML_MAP || selector->n == 0)
		return 0;
	for (i = 0; i < selector->n; i++) {
		const struct rai_yaml *v = rai_yaml_get(labels, selector->key[i]->text);

		if (v == NULL || v->text == NULL || strcmp(v->text, selector->item[i]->text) != 0)
			return 0;
	}
	return 1;
}

struct port {
	const struct rai_yaml *elsewhere;
	const char *name, *protocol;
	int64_t port;
};

static const struct rai_key port_keys[] = {
    RAI_HOST_FIELD(struct port, name, "name", RAI_KEY_STR),
    RAI_HOST_FIELD(struct port, protocol, "protocol", RAI_KEY_STR),
    RAI_HOST_FIELD(struct port, port, "port", RAI_KEY_INT),
    RAI_HOST_ELSEWHERE("targetPort"),
    RAI_HOST_ELSEWHERE("nodePort"),
    RAI_HOST_ELSEWHERE("appProtocol"),
    RAI_HOST_FIELDS_END,
};

struct service_spec {
	const struct rai_yaml *elsewhere, *selector, *ports;
};

static const struct rai_key service_keys[] = {
    RAI_HOST_FIELD(struct service_spec, selector, "selector", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct service_spec, ports, "ports", RAI_KEY_NODE),
    RAI_HOST_ELSEWHERE("type"),
    RAI_HOST_ELSEWHERE("clusterIP"),
    RAI_HOST_ELSEWHERE("clusterIPs"),
    RAI_HOST_ELSEWHERE("externalTrafficPolicy"),
    RAI_HOST_ELSEWHERE("internalTrafficPolicy"),
    RAI_HOST_ELSEWHERE("ipFamilies"),
    RAI_HOST_ELSEWHERE("ipFamilyPolicy"),
    RAI_HOST_ELSEWHERE("loadBalancerClass"),
    RAI_HOST_ELSEWHERE("loadBalancerIP"),
    RAI_HOST_ELSEWHERE("loadBalancerSourceRanges"),
    RAI_HOST_ELSEWHERE("allocateLoadBalancerNodePorts"),
    RAI_HOST_ELSEWHERE("healthCheckNodePort"),
    RAI_HOST_ELSEWHERE("publishNotReadyAddresses"),
    RAI_HOST_ELSEWHERE("sessionAffinity"),
    RAI_HOST_ELSEWHERE("externalIPs"),
    RAI_HOST_FIELDS_END,
};

struct document {
	const struct rai_yaml *elsewhere, *metadata, *spec;
	const char *kind, *api;
};

static const struct rai_key document_keys[] = {
    RAI_HOST_FIELD(struct document, api, "apiVersion", RAI_KEY_STR),
    RAI_HOST_FIELD(struct document, kind, "kind", RAI_KEY_STR),
    RAI_HOST_FIELD(struct document, metadata, "metadata", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct document, spec, "spec", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

static int
read_service(struct rai_host_reading *r, const struct rai_yaml *doc, const char *name)
{
	struct service_spec s = {NULL, NULL, NULL};
	struct port p = {NULL, NULL, "TCP", 0};
	struct rai_host_service *grown;
	const struct rai_yaml *spec = rai_yaml_get(doc, "spec");

	if (rai_yaml_is_null(spec))
		return rai_yaml_fail(r->err, r->file, doc, "%s: spec is missing", r->object);
	if (rai_host_fields(r, "spec", spec, service_keys, &s) != 0 ||
	    rai_host_labels(r, "spec.selector", s.selector) != 0)
		return -1;
	if (s.ports == NULL || s.ports->kind != RAI_YAML_LIST || s.ports->n != 1)
		return rai_yaml_fail(r->err, r->file, s.ports != NULL ? s.ports : spec,
		    "%s spec.ports: must be a list of one port (a replica inherits one)",
		    r->object);
	if (rai_host_fields(r, "spec.ports[0]", s.ports->item[0], port_keys, &p) != 0)
		return -1;
	if (p.port < 1 || p.port > 65535)
		return rai_yaml_fail(r->err, r->file, s.ports->item[0],
		    "%s spec.ports[0].port: must be from 1 to 65535", r->object);
	if (strcmp(p.protocol, "TCP") != 0)
		return rai_yaml_fail(r->err, r->file, s.ports->item[0],
		    "%s spec.ports[0].protocol: \"%.20s\" is not TCP", r->object, p.protocol);
	grown = realloc(r->m->service, (r->m->n_services + 1) * sizeof(*grown));
	if (grown == NULL)
		return rai_fail_memory(r->err);
	r->m->service = grown;
	grown[r->m->n_services++] =
	    (struct rai_host_service){r->file, name, p.name, p.port, p.port, s.selector, doc};
	return 0;
}

struct metadata {
	const struct rai_yaml *elsewhere, *labels;
	const char *name;
};

static const struct rai_key metadata_keys[] = {
    RAI_HOST_FIELD(struct metadata, name, "name", RAI_KEY_STR),
    RAI_HOST_FIELD(struct metadata, labels, "labels", RAI_KEY_NODE),
    RAI_HOST_ELSEWHERE("namespace"),
    RAI_HOST_ELSEWHERE("annotations"),
    RAI_HOST_ELSEWHERE("finalizers"),
    RAI_HOST_ELSEWHERE("ownerReferences"),
    RAI_HOST_FIELDS_END,
};

/* RFC 1123 label, and a safe file name. */
static int
is_name(const char *s)
{
	size_t i, n = strlen(s);

	if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
		return 0;
	for (i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return 0;
	return 1;
}

static int
read_metadata(
    struct rai_host_reading *r, const struct rai_yaml *doc, const char *kind, struct metadata *out)
{
	const struct rai_yaml *map = rai_yaml_get(doc, "metadata");
	const struct rai_yaml *name = rai_yaml_get(map, "name");

	if (name == NULL || name->text == NULL || !is_name(name->text))
		return rai_yaml_fail(r->err, r->file, name != NULL ? name : doc,
		    "%s metadata.name: must be 1 to 63 of a-z, 0-9 and - (not at its ends)", kind);
	snprintf(r->object, sizeof(r->object), "%s/%s", kind, name->text);
	if (rai_host_fields(r, "metadata", map, metadata_keys, out) != 0)
		return -1;
	return rai_host_labels(r, "metadata.labels", out->labels);
}

static int
wrong_version(
    struct rai_host_reading *r, const struct rai_yaml *doc, const char *kind, const char *want)
{
	const struct rai_yaml *api = rai_yaml_get(doc, "apiVersion");

	return rai_yaml_fail(
	    r->err, r->file, api != NULL ? api : doc, "%s: apiVersion must be %s", kind, want);
}

static int
read_document(struct rai_host_reading *r, const struct rai_yaml *doc)
{
	struct document d = {NULL, NULL, NULL, NULL, NULL};
	struct metadata meta = {NULL, NULL, NULL};
	const struct rai_yaml *kind = rai_yaml_get(doc, "kind");
	int deployment;

	r->object[0] = '\0';
	if (rai_yaml_is_null(doc))
		return 0;
	if (kind == NULL || kind->text == NULL || rai_yaml_get(doc, "apiVersion") == NULL)
		return rai_yaml_fail(
		    r->err, r->file, doc, "no Kubernetes object: apiVersion and kind are needed");
	deployment = strcmp(kind->text, "Deployment") == 0;
	if (!deployment && strcmp(kind->text, "Service") != 0) {
		char what[128];
		const struct rai_yaml *name = rai_yaml_get(rai_yaml_get(doc, "metadata"), "name");

		snprintf(what, sizeof(what), "%.60s/%.60s", kind->text,
		    name != NULL && name->text != NULL ? name->text : "");
		return rai_host_note(r, what, doc->line, 1);
	}
	snprintf(r->object, sizeof(r->object), "%.60s", kind->text);
	if (rai_host_fields(r, "", doc, document_keys, &d) != 0 ||
	    read_metadata(r, doc, kind->text, &meta) != 0)
		return -1;
	if (d.api == NULL) /* the key is there without a value */
		return wrong_version(r, doc, r->object, deployment ? "apps/v1" : "v1");
	if (deployment)
		return strcmp(d.api, "apps/v1") == 0 ? rai_host_read_deployment(r, doc)
						     : wrong_version(r, doc, r->object, "apps/v1");
	return strcmp(d.api, "v1") == 0 ? read_service(r, doc, meta.name)
					: wrong_version(r, doc, r->object, "v1");
}

int
rai_host_manifest_add(struct rai_host_manifest *m, const char *file, const char *text, size_t len,
    struct rai_err *err)
{
	struct rai_host_reading r = {m, NULL, "", err};
	struct rai_yaml_docs *grown = realloc(m->docs, (m->n_docs + 1) * sizeof(*grown));
	size_t i, at;

	if (grown == NULL)
		return rai_fail_memory(err);
	m->docs = grown;
	r.file = keep(m, strdup(file), err);
	if (r.file == NULL || rai_yaml_parse(r.file, text, len, &m->docs[m->n_docs], err) != 0)
		return -1;
	at = m->n_docs++;
	for (i = 0; i < m->docs[at].n; i++)
		if (read_document(&r, m->docs[at].doc[i]) != 0)
			return -1;
	return 0;
}

static int
twice(struct rai_err *err, const char *file, const struct rai_yaml *at, const char *kind,
    const char *name, const char *first)
{
	return rai_yaml_fail(err, file, at, "%s/%s stands twice (first in %s)", kind, name, first);
}

static int
check_names(const struct rai_host_manifest *m, struct rai_err *err)
{
	size_t i, j;

	for (i = 0; i < m->n_deployments; i++)
		for (j = 0; j < i; j++) {
			const struct rai_host_deployment *a = &m->deployment[j];
			const struct rai_host_deployment *b = &m->deployment[i];

			if (strcmp(a->name, b->name) == 0)
				return twice(
				    err, b->file, b->object, "Deployment", b->name, a->file);
		}
	for (i = 0; i < m->n_services; i++)
		for (j = 0; j < i; j++) {
			const struct rai_host_service *a = &m->service[j], *b = &m->service[i];

			if (strcmp(a->name, b->name) == 0)
				return twice(err, b->file, b->object, "Service", b->name, a->file);
			if (a->port == b->port)
				return rai_yaml_fail(err, b->file, b->object,
				    "Service/%s: port %lld is Service/%s's already", b->name,
				    (long long)b->port, a->name);
		}
	return 0;
}

static int
map_ports(
    struct rai_host_manifest *m, const struct rai_host_port *map, size_t n, struct rai_err *err)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < m->n_services && m->service[j].port != map[i].service; j++)
			;
		if (j == m->n_services)
			return rai_fail(err, RAI_EINPUT,
			    "--port-map %lld=%lld: no Service has port %lld",
			    (long long)map[i].service, (long long)map[i].host,
			    (long long)map[i].service);
		m->service[j].host_port = map[i].host;
	}
	return 0;
}

int
rai_host_manifest_link(
    struct rai_host_manifest *m, const struct rai_host_port *map, size_t n, struct rai_err *err)
{
	size_t i, j;

	if (m->n_deployments == 0)
		return rai_fail(err, RAI_EINPUT, "no Deployment in the manifests");
	if (check_names(m, err) != 0 || map_ports(m, map, n, err) != 0)
		return -1;
	for (i = 0; i < m->n_deployments; i++) {
		struct rai_host_deployment *d = &m->deployment[i];

		for (j = 0; j < m->n_services; j++) {
			if (!rai_host_selects(m->service[j].selector, d->labels))
				continue;
			if (d->service != NULL)
				return rai_yaml_fail(err, m->service[j].file, m->service[j].object,
				    "Service/%s: Deployment/%s has Service/%s already",
				    m->service[j].name, d->name, d->service->name);
			d->service = &m->service[j];
		}
		if (rai_host_template_hash(d, d->hash, err) != 0)
			return -1;
	}
	return 0;
}

void
rai_host_manifest_free(struct rai_host_manifest *m)
{
	size_t i;

	for (i = 0; i < m->n_deployments; i++) {
		free(m->deployment[i].command);
		free(m->deployment[i].args);
		free(m->deployment[i].env);
		free(m->deployment[i].image_dir);
		free(m->deployment[i].model);
	}
	for (i = 0; i < m->n_docs; i++)
		rai_yaml_free(&m->docs[i]);
	for (i = 0; i < m->n_text; i++)
		free(m->text[i]);
	free(m->deployment);
	free(m->service);
	free(m->note);
	free(m->docs);
	free(m->text);
	memset(m, 0, sizeof(*m));
}

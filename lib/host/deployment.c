#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "host/field.h"

/* The defaults are those of the Kubernetes API reference (apps/v1 Deployment, v1 Probe). */

struct spec {
	const struct rai_yaml *elsewhere, *selector, *strategy, *tmpl;
	int64_t replicas, min_ready, deadline;
};

static const struct rai_key spec_keys[] = {
    RAI_HOST_FIELD(struct spec, replicas, "replicas", RAI_KEY_INT),
    RAI_HOST_FIELD(struct spec, selector, "selector", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct spec, strategy, "strategy", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct spec, tmpl, "template", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct spec, min_ready, "minReadySeconds", RAI_KEY_INT),
    RAI_HOST_FIELD(struct spec, deadline, "progressDeadlineSeconds", RAI_KEY_INT),
    RAI_HOST_ELSEWHERE("revisionHistoryLimit"),
    RAI_HOST_FIELDS_END,
};

enum strategy_type { ROLLING, RECREATE };
static const char *const strategy_types[] = {"RollingUpdate", "Recreate", NULL};

struct strategy {
	const struct rai_yaml *elsewhere, *rolling;
	int type;
};

static const struct rai_key strategy_keys[] = {
    {"type", RAI_KEY_CHOICE, offsetof(struct strategy, type), strategy_types, NULL},
    RAI_HOST_FIELD(struct strategy, rolling, "rollingUpdate", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

struct rolling {
	const struct rai_yaml *elsewhere, *surge, *unavailable;
};

static const struct rai_key rolling_keys[] = {
    RAI_HOST_FIELD(struct rolling, surge, "maxSurge", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct rolling, unavailable, "maxUnavailable", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

struct selector {
	const struct rai_yaml *elsewhere, *labels;
};

static const struct rai_key selector_keys[] = {
    RAI_HOST_FIELD(struct selector, labels, "matchLabels", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

struct tmpl {
	const struct rai_yaml *elsewhere, *metadata, *spec;
};

static const struct rai_key tmpl_keys[] = {
    RAI_HOST_FIELD(struct tmpl, metadata, "metadata", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct tmpl, spec, "spec", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

struct meta {
	const struct rai_yaml *elsewhere, *labels, *annotations;
};

static const struct rai_key meta_keys[] = {
    RAI_HOST_FIELD(struct meta, labels, "labels", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct meta, annotations, "annotations", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

struct pod {
	const struct rai_yaml *elsewhere, *containers;
	int64_t grace;
	const char *restart;
};

static const struct rai_key pod_keys[] = {
    RAI_HOST_FIELD(struct pod, containers, "containers", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct pod, grace, "terminationGracePeriodSeconds", RAI_KEY_INT),
    RAI_HOST_FIELD(struct pod, restart, "restartPolicy", RAI_KEY_STR),
    RAI_HOST_ELSEWHERE("affinity"),
    RAI_HOST_ELSEWHERE("automountServiceAccountToken"),
    RAI_HOST_ELSEWHERE("dnsPolicy"),
    RAI_HOST_ELSEWHERE("enableServiceLinks"),
    RAI_HOST_ELSEWHERE("hostNetwork"),
    RAI_HOST_ELSEWHERE("imagePullSecrets"),
    RAI_HOST_ELSEWHERE("nodeSelector"),
    RAI_HOST_ELSEWHERE("os"),
    RAI_HOST_ELSEWHERE("priorityClassName"),
    RAI_HOST_ELSEWHERE("runtimeClassName"),
    RAI_HOST_ELSEWHERE("schedulerName"),
    RAI_HOST_ELSEWHERE("securityContext"),
    RAI_HOST_ELSEWHERE("serviceAccountName"),
    RAI_HOST_ELSEWHERE("tolerations"),
    RAI_HOST_ELSEWHERE("topologySpreadConstraints"),
    RAI_HOST_ELSEWHERE("volumes"),
    RAI_HOST_FIELDS_END,
};

struct container {
	const struct rai_yaml *elsewhere, *image, *env, *ports, *ready, *live;
	const char *name;
	struct rai_words command, args;
};

static const struct rai_key container_keys[] = {
    RAI_HOST_FIELD(struct container, name, "name", RAI_KEY_STR),
    RAI_HOST_FIELD(struct container, image, "image", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct container, command, "command", RAI_KEY_WORDS),
    RAI_HOST_FIELD(struct container, args, "args", RAI_KEY_WORDS),
    RAI_HOST_FIELD(struct container, env, "env", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct container, ports, "ports", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct container, ready, "readinessProbe", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct container, live, "livenessProbe", RAI_KEY_NODE),
    RAI_HOST_ELSEWHERE("imagePullPolicy"),
    RAI_HOST_ELSEWHERE("resources"),
    RAI_HOST_ELSEWHERE("securityContext"),
    RAI_HOST_ELSEWHERE("startupProbe"),
    RAI_HOST_ELSEWHERE("terminationMessagePath"),
    RAI_HOST_ELSEWHERE("terminationMessagePolicy"),
    RAI_HOST_ELSEWHERE("volumeMounts"),
    RAI_HOST_ELSEWHERE("workingDir"),
    RAI_HOST_FIELDS_END,
};

struct probe {
	const struct rai_yaml *elsewhere, *http;
	int64_t delay, period, timeout, failures, successes;
};

static const struct rai_key probe_keys[] = {
    RAI_HOST_FIELD(struct probe, http, "httpGet", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct probe, delay, "initialDelaySeconds", RAI_KEY_INT),
    RAI_HOST_FIELD(struct probe, period, "periodSeconds", RAI_KEY_INT),
    RAI_HOST_FIELD(struct probe, timeout, "timeoutSeconds", RAI_KEY_INT),
    RAI_HOST_FIELD(struct probe, failures, "failureThreshold", RAI_KEY_INT),
    RAI_HOST_FIELD(struct probe, successes, "successThreshold", RAI_KEY_INT),
    RAI_HOST_FIELDS_END,
};

struct http_get {
	const struct rai_yaml *elsewhere, *port;
	const char *path, *scheme;
};

static const struct rai_key http_keys[] = {
    RAI_HOST_FIELD(struct http_get, path, "path", RAI_KEY_STR),
    RAI_HOST_FIELD(struct http_get, port, "port", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct http_get, scheme, "scheme", RAI_KEY_STR),
    RAI_HOST_FIELDS_END,
};

struct variable {
	const struct rai_yaml *elsewhere, *value, *from;
	const char *name;
};

static const struct rai_key variable_keys[] = {
    RAI_HOST_FIELD(struct variable, name, "name", RAI_KEY_STR),
    RAI_HOST_FIELD(struct variable, value, "value", RAI_KEY_NODE),
    RAI_HOST_FIELD(struct variable, from, "valueFrom", RAI_KEY_NODE),
    RAI_HOST_FIELDS_END,
};

static const struct rai_key port_keys[] = {
    RAI_HOST_ELSEWHERE("name"),
    RAI_HOST_ELSEWHERE("containerPort"),
    RAI_HOST_ELSEWHERE("protocol"),
    RAI_HOST_FIELDS_END,
};

#define POD "spec.template.spec"
#define ONE POD ".containers[0]"

static int
missing(struct rai_host_reading *r, const struct rai_yaml *at, const char *field)
{
	return rai_yaml_fail(r->err, r->file, at, "%s %s is missing", r->object, field);
}

/* An integer, or a percentage of replicas rounded up (surge) or down (unavailable). */
static int
read_share(struct rai_host_reading *r, const char *path, const struct rai_yaml *v, int64_t replicas,
    int up, int64_t *out)
{
	size_t n;
	int64_t percent;

	if (v == NULL) {
		*out = (replicas * 25 + (up ? 99 : 0)) / 100;
		return 0;
	}
	if (rai_yaml_int(v, 0, 100000, out) == 0)
		return 0;
	n = v->text != NULL ? strlen(v->text) : 0;
	if (n < 2 || v->text[n - 1] != '%' || rai_num_int(v->text, n - 1, 0, 1000, &percent) != 0)
		return rai_yaml_fail(r->err, r->file, v,
		    "%s %s: must be a whole number or a percentage such as 25%%", r->object, path);
	*out = (replicas * percent + (up ? 99 : 0)) / 100;
	return 0;
}

static int
read_strategy(struct rai_host_reading *r, const struct rai_yaml *map, struct rai_host_deployment *d)
{
	struct strategy s = {NULL, NULL, ROLLING};
	struct rolling roll = {NULL, NULL, NULL};

	if (rai_host_fields(r, "spec.strategy", map, strategy_keys, &s) != 0 ||
	    rai_host_fields(r, "spec.strategy.rollingUpdate", s.rolling, rolling_keys, &roll) != 0)
		return -1;
	d->recreate = s.type == RECREATE;
	if (d->recreate && s.rolling != NULL)
		return rai_yaml_fail(r->err, r->file, s.rolling,
		    "%s spec.strategy.rollingUpdate: not with type Recreate", r->object);
	if (read_share(r, "spec.strategy.rollingUpdate.maxSurge", roll.surge, d->replicas, 1,
		&d->surge) != 0 ||
	    read_share(r, "spec.strategy.rollingUpdate.maxUnavailable", roll.unavailable,
		d->replicas, 0, &d->unavailable) != 0)
		return -1;
	if (d->surge == 0 && d->unavailable == 0) {
		if (roll.surge != NULL && roll.unavailable != NULL &&
		    strcmp(roll.surge->text, "0") == 0 && strcmp(roll.unavailable->text, "0") == 0)
			return rai_yaml_fail(r->err, r->file, roll.surge,
			    "%s spec.strategy.rollingUpdate: maxSurge and maxUnavailable are both "
			    "0 "
			    "(one must be more)",
			    r->object);
		d->unavailable = 1;
	}
	return 0;
}

static int
read_probe(struct rai_host_reading *r, const char *path, const struct rai_yaml *map,
    struct rai_host_probe *out)
{
	struct probe p = {NULL, NULL, 0, 10, 1, 3, 1};
	struct http_get get = {NULL, NULL, "/", "HTTP"};
	char where[128];

	if (map == NULL)
		return 0;
	snprintf(where, sizeof(where), "%s.httpGet", path);
	if (rai_host_fields(r, path, map, probe_keys, &p) != 0)
		return -1;
	if (p.http == NULL)
		return rai_yaml_fail(r->err, r->file, map,
		    "%s %s: only httpGet probes are run here", r->object, path);
	if (rai_host_fields(r, where, p.http, http_keys, &get) != 0)
		return -1;
	if (get.port == NULL)
		return rai_yaml_fail(
		    r->err, r->file, p.http, "%s %s.port is missing", r->object, where);
	if (get.path[0] != '/' || strpbrk(get.path, " \r\n") != NULL)
		return rai_yaml_fail(r->err, r->file, p.http,
		    "%s %s.path: must begin with / and hold no blanks", r->object, where);
	if (strcmp(get.scheme, "HTTP") != 0)
		return rai_yaml_fail(
		    r->err, r->file, p.http, "%s %s.scheme: only HTTP here", r->object, where);
	if (p.period < 1 || p.timeout < 1 || p.failures < 1 || p.successes < 1 ||
	    p.period > 86400 || p.timeout > 86400 || p.delay > 86400)
		return rai_yaml_fail(r->err, r->file, map,
		    "%s %s: periods and thresholds must be from 1 to 86400", r->object, path);
	*out = (struct rai_host_probe){1, get.path, p.delay * 1000, p.period * 1000,
	    p.timeout * 1000, p.failures, p.successes};
	return 0;
}

/* valueFrom: only fieldRef metadata.name, the replica's own name, exists here. */
static int
read_from(struct rai_host_reading *r, const struct rai_yaml *from)
{
	const struct rai_yaml *field = rai_yaml_get(rai_yaml_get(from, "fieldRef"), "fieldPath");

	if (field == NULL || field->text == NULL || strcmp(field->text, "metadata.name") != 0)
		return rai_yaml_fail(r->err, r->file, from,
		    "%s " ONE ".env valueFrom: only fieldRef with fieldPath metadata.name is "
		    "known here",
		    r->object);
	return 0;
}

static int
read_env(struct rai_host_reading *r, const struct rai_yaml *list, struct rai_host_deployment *d)
{
	size_t i;

	if (list == NULL)
		return 0;
	if (list->kind != RAI_YAML_LIST)
		return rai_yaml_fail(
		    r->err, r->file, list, "%s " ONE ".env: must be a list", r->object);
	d->env = calloc(list->n + 1, sizeof(*d->env));
	if (d->env == NULL)
		return rai_fail_memory(r->err);
	for (i = 0; i < list->n; i++) {
		struct variable v = {NULL, NULL, NULL, NULL};
		const struct rai_yaml *at = list->item[i];
		char path[64];

		snprintf(path, sizeof(path), ONE ".env[%zu]", i);
		if (rai_host_fields(r, path, at, variable_keys, &v) != 0)
			return -1;
		if (v.name == NULL || *v.name == '\0' || strchr(v.name, '=') != NULL)
			return rai_yaml_fail(r->err, r->file, at,
			    "%s %s.name: must be the name of a variable", r->object, path);
		if (v.from != NULL && read_from(r, v.from) != 0)
			return -1;
		if (v.value != NULL && !rai_host_is_text(v.value))
			return rai_yaml_fail(r->err, r->file, v.value,
			    "%s %s.value: must be text (put it in quotes)", r->object, path);
		d->env[d->n_env++] = (struct rai_host_env){v.name, v.from != NULL    ? NULL
								   : v.value != NULL ? v.value->text
										     : ""};
	}
	return 0;
}

static int
read_ports(struct rai_host_reading *r, const struct rai_yaml *list)
{
	const struct rai_yaml *elsewhere = NULL;
	size_t i, notes = r->m->n_notes;

	if (list == NULL)
		return 0;
	if (list->kind != RAI_YAML_LIST)
		return rai_yaml_fail(
		    r->err, r->file, list, "%s " ONE ".ports: must be a list", r->object);
	for (i = 0; i < list->n; i++)
		if (rai_host_fields(r, ONE ".ports", list->item[i], port_keys, &elsewhere) != 0)
			return -1;
	r->m->n_notes = notes; /* one note for the list, below */
	return rai_host_note(r, "container ports (replicas inherit the Service's)", list->line, 0);
}

static int
read_container(
    struct rai_host_reading *r, const struct rai_yaml *list, struct rai_host_deployment *d)
{
	struct container c;
	const struct rai_yaml *at;

	memset(&c, 0, sizeof(c));
	if (list->kind != RAI_YAML_LIST || list->n != 1)
		return rai_yaml_fail(r->err, r->file, list,
		    "%s " POD ".containers: must be a list of one (a replica is one process here)",
		    r->object);
	at = list->item[0];
	if (rai_host_fields(r, ONE, at, container_keys, &c) != 0) {
		rai_words_free(&c.command);
		rai_words_free(&c.args);
		return -1;
	}
	d->command = realloc(c.command.word, (c.command.n + 1) * sizeof(*d->command));
	d->args = realloc(c.args.word, (c.args.n + 1) * sizeof(*d->args));
	if (d->command == NULL || d->args == NULL)
		return rai_fail_memory(r->err);
	d->command[c.command.n] = NULL;
	d->args[c.args.n] = NULL;
	if (c.name == NULL)
		return missing(r, at, ONE ".name");
	if (c.image == NULL || c.image->text == NULL || c.image->text[0] == '\0')
		return missing(r, at, ONE ".image");
	if (c.command.n == 0)
		return rai_yaml_fail(r->err, r->file, at,
		    "%s " ONE ".command is missing (an image's own entry point is not read here)",
		    r->object);
	d->container = c.name;
	d->image = c.image->text;
	d->image_node = c.image;
	if (read_env(r, c.env, d) != 0 || read_ports(r, c.ports) != 0 ||
	    read_probe(r, ONE ".readinessProbe", c.ready, &d->ready) != 0 ||
	    read_probe(r, ONE ".livenessProbe", c.live, &d->live) != 0)
		return -1;
	return 0;
}

static int
read_template(struct rai_host_reading *r, const struct rai_yaml *map, struct rai_host_deployment *d)
{
	struct tmpl t = {NULL, NULL, NULL};
	struct meta meta = {NULL, NULL, NULL};
	struct pod pod = {NULL, NULL, 30, "Always"};

	if (rai_host_fields(r, "spec.template", map, tmpl_keys, &t) != 0 ||
	    rai_host_fields(r, "spec.template.metadata", t.metadata, meta_keys, &meta) != 0 ||
	    rai_host_labels(r, "spec.template.metadata.labels", meta.labels) != 0 ||
	    rai_host_labels(r, "spec.template.metadata.annotations", meta.annotations) != 0 ||
	    rai_host_fields(r, POD, t.spec, pod_keys, &pod) != 0)
		return -1;
	if (pod.containers == NULL)
		return missing(r, map, POD ".containers");
	if (strcmp(pod.restart, "Always") != 0)
		return rai_yaml_fail(r->err, r->file, t.spec,
		    "%s " POD ".restartPolicy: a Deployment's is Always", r->object);
	if (pod.grace > 86400)
		return rai_yaml_fail(r->err, r->file, t.spec,
		    "%s " POD ".terminationGracePeriodSeconds: at most 86400", r->object);
	d->labels = meta.labels;
	d->annotations = meta.annotations;
	d->grace_ms = pod.grace * 1000;
	return read_container(r, pod.containers, d);
}

int
rai_host_read_deployment(struct rai_host_reading *r, const struct rai_yaml *doc)
{
	struct spec s = {.replicas = 1, .deadline = 600};
	struct selector sel = {NULL, NULL};
	const struct rai_yaml *map = rai_yaml_get(doc, "spec");
	struct rai_host_deployment *d;

	d = realloc(r->m->deployment, (r->m->n_deployments + 1) * sizeof(*d));
	if (d == NULL)
		return rai_fail_memory(r->err);
	r->m->deployment = d;
	d += r->m->n_deployments++;
	memset(d, 0, sizeof(*d));
	d->file = r->file;
	d->object = doc;
	d->name = rai_yaml_get(rai_yaml_get(doc, "metadata"), "name")->text;
	if (rai_yaml_is_null(map))
		return missing(r, doc, "spec");
	if (rai_host_fields(r, "spec", map, spec_keys, &s) != 0 ||
	    rai_host_fields(r, "spec.selector", s.selector, selector_keys, &sel) != 0 ||
	    rai_host_labels(r, "spec.selector.matchLabels", sel.labels) != 0)
		return -1;
	if (s.tmpl == NULL)
		return missing(r, map, "spec.template");
	if (s.replicas > 1000 || s.min_ready > 86400 || s.deadline > 864000 || s.deadline < 1)
		return rai_yaml_fail(r->err, r->file, map,
		    "%s spec: at most 1000 replicas, minReadySeconds up to 86400, "
		    "progressDeadlineSeconds from 1 to 864000",
		    r->object);
	d->replicas = s.replicas;
	d->min_ready_ms = s.min_ready * 1000;
	d->deadline_ms = s.deadline * 1000;
	if (read_strategy(r, s.strategy, d) != 0 || read_template(r, s.tmpl, d) != 0)
		return -1;
	if (!rai_host_selects(sel.labels, d->labels))
		return rai_yaml_fail(r->err, r->file, s.selector != NULL ? s.selector : map,
		    "%s spec.selector.matchLabels: must be among spec.template.metadata.labels",
		    r->object);
	return 0;
}

#include "host/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1 << 20, MAX_VALUE = 1 << 17 };

static void
write_labels(struct rai_jw *w, const char *key, const struct rai_yaml *map)
{
	size_t i;

	if (rai_yaml_is_null(map))
		return;
	rai_jw_object(w, key);
	for (i = 0; i < map->n; i++)
		rai_jw_str(w, map->key[i]->text, map->item[i]->text);
	rai_jw_end(w);
}

static void
write_words(struct rai_jw *w, const char *key, const char *const *words)
{
	rai_jw_array(w, key);
	for (; *words != NULL; words++)
		rai_jw_str(w, NULL, *words);
	rai_jw_end(w);
}

static void
write_probe(struct rai_jw *w, const char *key, const struct rai_host_probe *p)
{
	if (!p->given)
		return;
	rai_jw_object(w, key);
	rai_jw_object(w, "httpGet");
	rai_jw_str(w, "path", p->path);
	rai_jw_end(w);
	rai_jw_int(w, "initialDelaySeconds", p->delay_ms / 1000);
	rai_jw_int(w, "periodSeconds", p->period_ms / 1000);
	rai_jw_int(w, "timeoutSeconds", p->timeout_ms / 1000);
	rai_jw_int(w, "failureThreshold", p->failures);
	rai_jw_int(w, "successThreshold", p->successes);
	rai_jw_end(w);
}

static void
write_env(struct rai_jw *w, const struct rai_host_deployment *d)
{
	size_t i;

	rai_jw_array(w, "env");
	for (i = 0; i < d->n_env; i++) {
		rai_jw_object(w, NULL);
		rai_jw_str(w, "name", d->env[i].name);
		if (d->env[i].value != NULL)
			rai_jw_str(w, "value", d->env[i].value);
		else {
			rai_jw_object(w, "valueFrom");
			rai_jw_object(w, "fieldRef");
			rai_jw_str(w, "fieldPath", "metadata.name");
			rai_jw_end(w);
			rai_jw_end(w);
		}
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

static void
write_template(struct rai_jw *w, const char *key, const struct rai_host_deployment *d)
{
	rai_jw_object(w, key);
	rai_jw_object(w, "metadata");
	write_labels(w, "labels", d->labels);
	write_labels(w, "annotations", d->annotations);
	rai_jw_end(w);
	rai_jw_object(w, "spec");
	rai_jw_int(w, "terminationGracePeriodSeconds", d->grace_ms / 1000);
	rai_jw_array(w, "containers");
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", d->container);
	rai_jw_str(w, "image", d->image);
	write_words(w, "command", d->command);
	write_words(w, "args", d->args);
	write_env(w, d);
	write_probe(w, "readinessProbe", &d->ready);
	write_probe(w, "livenessProbe", &d->live);
	rai_jw_end(w);
	rai_jw_end(w);
	rai_jw_end(w);
	rai_jw_end(w);
}

int
rai_host_template_hash(
    const struct rai_host_deployment *d, char hex[RAI_HASH_HEX], struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(MAX_TEXT);
	struct rai_hash *h;
	struct rai_jw w;
	int rc;

	rai_jw_init(&w, &text);
	write_template(&w, NULL, d);
	/* Another shared socket is another process too. */
	if (d->service != NULL)
		rai_buf_printf(&text, "+port %lld", (long long)d->service->host_port);
	rc = rai_buf_check(&text, d->name, err);
	h = rai_hash_new();
	if (h != NULL)
		rai_hash_add(h, text.ptr, text.len);
	rai_hash_end(h, hex);
	rai_buf_free(&text);
	return rc == 0 && *hex == '\0' ? rai_fail_memory(err) : rc;
}

/* Compact JSON with a line per member: strings are passed over, so only structure is indented. */
static void
indent(const char *json, struct rai_buf *out)
{
	int depth = 0, quoted = 0;

	for (; *json != '\0'; json++) {
		if (quoted) {
			rai_buf_char(out, *json);
			if (*json == '\\' && json[1] != '\0')
				rai_buf_char(out, *++json);
			else if (*json == '"')
				quoted = 0;
			continue;
		}
		quoted = *json == '"';
		if ((*json == '}' || *json == ']') && json[-1] != '{' && json[-1] != '[')
			rai_buf_printf(out, "\n%*s", 2 * (depth - 1), "");
		depth -= *json == '}' || *json == ']';
		depth += *json == '{' || *json == '[';
		rai_buf_char(out, *json);
		if (*json == ',' ||
		    ((*json == '{' || *json == '[') && json[1] != '}' && json[1] != ']'))
			rai_buf_printf(out, "\n%*s", 2 * depth, "");
		else if (*json == ':')
			rai_buf_char(out, ' ');
	}
	rai_buf_char(out, '\n');
}

int
rai_host_live_text(const struct rai_host_deployment *d, const char *revision, struct rai_buf *out,
    struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(MAX_TEXT);
	struct rai_jw w;
	int rc;

	rai_jw_init(&w, &text);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "apiVersion", "apps/v1");
	rai_jw_str(&w, "kind", "Deployment");
	rai_jw_object(&w, "metadata");
	rai_jw_str(&w, "name", d->name);
	rai_jw_object(&w, "annotations");
	rai_jw_str(&w, "reconciled.ai/revision", revision);
	rai_jw_str(&w, "reconciled.ai/template", d->hash);
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_jw_object(&w, "spec");
	rai_jw_int(&w, "replicas", d->replicas);
	rai_jw_object(&w, "strategy");
	rai_jw_str(&w, "type", d->recreate ? "Recreate" : "RollingUpdate");
	if (!d->recreate) {
		rai_jw_object(&w, "rollingUpdate");
		rai_jw_int(&w, "maxSurge", d->surge);
		rai_jw_int(&w, "maxUnavailable", d->unavailable);
		rai_jw_end(&w);
	}
	rai_jw_end(&w);
	rai_jw_int(&w, "minReadySeconds", d->min_ready_ms / 1000);
	rai_jw_int(&w, "progressDeadlineSeconds", d->deadline_ms / 1000);
	write_template(&w, "template", d);
	rai_jw_end(&w);
	rai_jw_end(&w);
	rc = rai_buf_check(&text, d->name, err);
	if (rc == 0)
		indent(text.ptr, out);
	rai_buf_free(&text);
	return rc == 0 ? rai_buf_check(out, d->name, err) : rc;
}

/* "NAME=" in a NULL-terminated environment: its place, or -1. */
static int
find_var(char *const *env, const char *name, size_t n)
{
	int i;

	for (i = 0; env[i] != NULL; i++)
		if (strncmp(env[i], name, n) == 0 && env[i][n] == '=')
			return i;
	return -1;
}

/* $(NAME) from env, $$ is $, $(UNKNOWN) and any other dollar stay.  Caller frees. */
static char *
expand(const char *s, char *const *env)
{
	struct rai_buf b = RAI_BUF_INIT(MAX_VALUE);
	char *taken;

	for (; *s != '\0'; s++) {
		const char *close = s[0] == '$' && s[1] == '(' ? strchr(s, ')') : NULL;
		int at = -1;

		if (close != NULL)
			at = find_var(env, s + 2, (size_t)(close - s - 2));
		if (at >= 0) {
			rai_buf_str(&b, strchr(env[at], '=') + 1);
			s = close;
			continue;
		}
		rai_buf_char(&b, *s);
		if (s[0] == '$' && s[1] == '$')
			s++;
	}
	taken = b.bad ? NULL : b.len == 0 ? strdup("") : rai_buf_take(&b);
	rai_buf_free(&b);
	return taken;
}

/* Sets one variable; takes value, which is freed also on failure. */
static int
set_var(char **env, const char *name, char *value)
{
	int at = find_var(env, name, strlen(name));
	char *line = NULL;

	if (value == NULL || asprintf(&line, "%s=%s", name, value) < 0) {
		free(value);
		return -1;
	}
	free(value);
	if (at >= 0)
		free(env[at]);
	else
		for (at = 0; env[at] != NULL; at++)
			;
	env[at] = line;
	return 0;
}

static int
make_env(const struct rai_host_deployment *d, const char *name, const char *const *base,
    struct rai_host_spec *out)
{
	const char *root = d->image_dir != NULL ? d->image_dir : "";
	size_t i, n = 0, declared = 0;

	while (base[n] != NULL)
		n++;
	out->env = calloc(n + d->n_env + 3, sizeof(*out->env));
	if (out->env == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if ((out->env[i] = strdup(base[i])) == NULL)
			return -1;
	for (i = 0; i < d->n_env; i++) {
		const struct rai_host_env *v = &d->env[i];
		char *value;

		if (strcmp(v->name, "RAI_IMAGE_ROOT") == 0)
			value = strdup(root);
		else
			value = v->value == NULL ? strdup(name) : expand(v->value, out->env);
		if (set_var(out->env, v->name, value) != 0)
			return -1;
		declared |= strcmp(v->name, "RAI_IMAGE_ROOT") == 0;
	}
	if (!declared && set_var(out->env, "RAI_IMAGE_ROOT", strdup(root)) != 0)
		return -1;
	return 0;
}

static int
make_argv(const struct rai_host_deployment *d, struct rai_host_spec *out)
{
	size_t i, n = 0, m = 0;

	while (d->command[n] != NULL)
		n++;
	while (d->args[m] != NULL)
		m++;
	out->argv = calloc(n + m + 1, sizeof(*out->argv));
	if (out->argv == NULL)
		return -1;
	for (i = 0; i < n + m; i++) {
		out->argv[i] = expand(i < n ? d->command[i] : d->args[i - n], out->env);
		if (out->argv[i] == NULL)
			return -1;
	}
	return 0;
}

int
rai_host_spec_make(const struct rai_host_deployment *d, const char *name, const char *const *base,
    struct rai_host_spec *out, struct rai_err *err)
{
	const struct rai_host_probe *from[2] = {&d->ready, &d->live};
	int i;

	memset(out, 0, sizeof(*out));
	memcpy(out->hash, d->hash, sizeof(out->hash));
	out->grace_ms = d->grace_ms;
	out->min_ready_ms = d->min_ready_ms;
	out->image = strdup(d->image);
	if (out->image == NULL || make_env(d, name, base, out) != 0 || make_argv(d, out) != 0)
		goto fail;
	for (i = 0; i < 2; i++) {
		if (!from[i]->given)
			continue;
		out->probe[i].given = 1;
		out->probe[i].path = strdup(from[i]->path);
		if (out->probe[i].path == NULL)
			goto fail;
		out->probe[i].delay_ms = from[i]->delay_ms;
		out->probe[i].period_ms = from[i]->period_ms;
		out->probe[i].timeout_ms = from[i]->timeout_ms;
		out->probe[i].failures = from[i]->failures;
		out->probe[i].successes = from[i]->successes;
	}
	return 0;
fail:
	rai_host_spec_release(out);
	return rai_fail_memory(err);
}

#include <stdlib.h>
#include <string.h>

#include "host/template.h"

static const char *const probe_names[2] = {"ready", "live"};

void
rai_host_spec_write(struct rai_jw *w, const struct rai_host_spec *s)
{
	char *const *p;
	int i;

	rai_jw_object(w, "spec");
	rai_jw_str(w, "template", s->hash);
	rai_jw_str(w, "image", s->image);
	rai_jw_array(w, "argv");
	for (p = s->argv; *p != NULL; p++)
		rai_jw_str(w, NULL, *p);
	rai_jw_end(w);
	rai_jw_array(w, "env");
	for (p = s->env; *p != NULL; p++)
		rai_jw_str(w, NULL, *p);
	rai_jw_end(w);
	rai_jw_int(w, "grace_ms", s->grace_ms);
	rai_jw_int(w, "min_ready_ms", s->min_ready_ms);
	for (i = 0; i < 2; i++) {
		if (!s->probe[i].given)
			continue;
		rai_jw_object(w, probe_names[i]);
		rai_jw_str(w, "path", s->probe[i].path);
		rai_jw_int(w, "delay_ms", s->probe[i].delay_ms);
		rai_jw_int(w, "period_ms", s->probe[i].period_ms);
		rai_jw_int(w, "timeout_ms", s->probe[i].timeout_ms);
		rai_jw_int(w, "failures", s->probe[i].failures);
		rai_jw_int(w, "successes", s->probe[i].successes);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

static int
read_words(const struct cJSON *obj, const char *key, char ***out, struct rai_err *err)
{
	const struct cJSON *list, *j;
	size_t n = 0;

	if (rai_json_array(obj, key, &list, err) != 0)
		return -1;
	*out = calloc(rai_json_count(list) + 1, sizeof(**out));
	if (*out == NULL)
		return rai_fail_memory(err);
	for (j = rai_json_first(list); j != NULL; j = rai_json_next(j)) {
		if (rai_json_kind(j) != RAI_JSON_STR)
			return rai_fail(err, RAI_EINPUT, "\"%s\" must be a list of strings", key);
		if (((*out)[n++] = strdup(rai_json_as_str(j))) == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

static int
read_probe(const struct cJSON *spec, int i, struct rai_host_spec *out, struct rai_err *err)
{
	const struct cJSON *p = rai_json_get(spec, probe_names[i]);
	const char *path;

	if (p == NULL)
		return 0;
	if (rai_json_str(p, "path", &path, err) != 0 ||
	    rai_json_int(p, "delay_ms", &out->probe[i].delay_ms, err) != 0 ||
	    rai_json_int(p, "period_ms", &out->probe[i].period_ms, err) != 0 ||
	    rai_json_int(p, "timeout_ms", &out->probe[i].timeout_ms, err) != 0 ||
	    rai_json_int(p, "failures", &out->probe[i].failures, err) != 0 ||
	    rai_json_int(p, "successes", &out->probe[i].successes, err) != 0)
		return -1;
	out->probe[i].given = 1;
	out->probe[i].path = strdup(path);
	return out->probe[i].path == NULL ? rai_fail_memory(err) : 0;
}

int
rai_host_spec_read(const struct cJSON *obj, struct rai_host_spec *out, struct rai_err *err)
{
	const struct cJSON *spec;
	const char *hash, *image;

	memset(out, 0, sizeof(*out));
	if (rai_json_object(obj, "spec", &spec, err) != 0 ||
	    rai_json_str(spec, "template", &hash, err) != 0 ||
	    rai_json_str(spec, "image", &image, err) != 0 ||
	    rai_json_int(spec, "grace_ms", &out->grace_ms, err) != 0 ||
	    rai_json_int(spec, "min_ready_ms", &out->min_ready_ms, err) != 0 ||
	    read_words(spec, "argv", &out->argv, err) != 0 ||
	    read_words(spec, "env", &out->env, err) != 0 || read_probe(spec, 0, out, err) != 0 ||
	    read_probe(spec, 1, out, err) != 0)
		goto fail;
	if (strlen(hash) != RAI_HASH_HEX - 1 || out->argv[0] == NULL) {
		rai_fail(err, RAI_EINPUT, "\"spec\" names no process");
		goto fail;
	}
	memcpy(out->hash, hash, RAI_HASH_HEX);
	out->image = strdup(image);
	if (out->image == NULL) {
		rai_fail_memory(err);
		goto fail;
	}
	return 0;
fail:
	rai_host_spec_release(out);
	return -1;
}

static void
free_words(char **words)
{
	char **p;

	for (p = words; p != NULL && *p != NULL; p++)
		free(*p);
	free(words);
}

void
rai_host_spec_release(struct rai_host_spec *s)
{
	free_words(s->argv);
	free_words(s->env);
	free(s->image);
	free(s->probe[0].path);
	free(s->probe[1].path);
	memset(s, 0, sizeof(*s));
}

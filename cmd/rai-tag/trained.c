#include "trained.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"

enum { EVENT_MAX = 4 << 20 };

static int
take_digest(
    const struct cJSON *obj, const char *key, char out[RAI_HASH_DIGEST], struct rai_err *err)
{
	const char *s;

	if (rai_json_str(obj, key, &s, err) != 0)
		return -1;
	if (!rai_hash_is_digest(s))
		return rai_fail(err, RAI_EINPUT, "\"%s\" is not sha256: and 64 hex digits", key);
	snprintf(out, RAI_HASH_DIGEST, "%s", s);
	return 0;
}

static int
read_inputs(const struct cJSON *data, struct rai_release *r, struct rai_err *err)
{
	const struct cJSON *input, *config;

	if (rai_json_object(data, "data", &input, err) != 0 ||
	    rai_json_str(input, "source", &r->data_source, err) != 0 ||
	    take_digest(input, "digest", r->data_digest, err) != 0 ||
	    rai_json_opt_int(input, "rows", &r->data_rows, err) != 0 ||
	    rai_json_opt_str(input, "newest", &r->data_newest, err) != 0)
		return rai_wrap(err, "data.data");
	if (rai_json_object(data, "config", &config, err) != 0 ||
	    rai_json_str(config, "path", &r->config_path, err) != 0 ||
	    take_digest(config, "digest", r->config_digest, err) != 0)
		return rai_wrap(err, "data.config");
	return 0;
}

static int
read_data(struct trained *t, const struct cJSON *data, struct rai_err *err)
{
	struct rai_release *r = &t->release;
	const struct cJSON *metrics;

	if (rai_json_str(data, "model", &t->model, err) != 0 ||
	    rai_json_str(data, "artifact", &t->artifact, err) != 0 ||
	    take_digest(data, "artifact_digest", t->digest, err) != 0 ||
	    rai_json_opt_int(data, "artifact_bytes", &r->artifact_bytes, err) != 0 ||
	    read_inputs(data, r, err) != 0 ||
	    rai_json_opt_str(data, "code_version", &r->code_version, err) != 0 ||
	    rai_json_opt_int(data, "seed", &r->seed, err) != 0 ||
	    rai_json_opt_str(data, "kind", &r->kind, err) != 0 ||
	    rai_json_opt_str(data, "profile_digest", &r->profile_digest, err) != 0 ||
	    rai_json_object(data, "metrics", &metrics, err) != 0 ||
	    rai_metrics_read(metrics, r->metric, &r->metrics, err) != 0)
		return -1;
	memcpy(r->artifact_digest, t->digest, sizeof(t->digest));
	r->parameters = rai_json_get(data, "parameters");
	r->split = rai_json_get(data, "split");
	r->gate = rai_json_get(data, "gate");
	return 0;
}

/* Where in the chain it stands.  The release's cause is what made somebody train. */
static void
read_chain(struct trained *t, const struct rai_event *e)
{
	rai_event_follow(&t->chain, e);
	t->release.correlation = e->correlation != NULL ? e->correlation : e->id;
	t->release.cause = e->causation != NULL ? e->causation : e->id;
	t->release.trained = e->id;
	t->by_person = e->causation == NULL;
}

static int
read_event(struct trained *t, const struct rai_buf *text, struct rai_buf *out, struct rai_err *err)
{
	struct rai_event e;

	t->doc = rai_json_parse(text->ptr, text->len, err);
	if (t->doc == NULL || rai_event_read(t->doc, &e, err) != 0)
		return rai_wrap(err, "stdin (one event is expected)");
	if (rai_event_is(&e, "model.rejected")) {
		rai_buf_add(out, text->ptr, text->len);
		return 1;
	}
	if (!rai_event_is(&e, "model.trained"))
		return rai_fail(err, RAI_EINPUT,
		    "stdin: \"%.100s\" is no model.trained event (what rai-train prints)", e.type);
	if (rai_json_kind(e.data) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "stdin: the event has no \"data\"");
	if (read_data(t, e.data, err) != 0)
		return rai_wrap(err, "stdin: model.trained");
	read_chain(t, &e);
	return 0;
}

int
trained_read(struct trained *t, struct rai_buf *out, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(EVENT_MAX);
	int rc = -1;

	memset(t, 0, sizeof(*t));
	if (rai_file_read("-", &text, err) == 0) {
		if (strspn(text.ptr, " \t\r\n") == text.len)
			rai_fail(err, RAI_EINPUT,
			    "stdin: no event (the program before printed none; rai-tag reads what "
			    "rai-train prints)");
		else
			rc = read_event(t, &text, out, err);
	}
	rai_buf_free(&text);
	if (rc != 0)
		trained_free(t);
	return rc;
}

void
trained_free(struct trained *t)
{
	rai_json_free(t->doc);
	memset(t, 0, sizeof(*t));
}

#include "json/event.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ulid.h"

static int
required(const struct cJSON *doc, const char *key, const char **out, struct rai_err *err)
{
	if (rai_json_str(doc, key, out, err) != 0)
		return rai_wrap(err, "not a CloudEvent");
	if (**out == '\0')
		return rai_fail(err, RAI_EINPUT, "not a CloudEvent: \"%s\" is empty", key);
	return 0;
}

int
rai_event_read(const struct cJSON *doc, struct rai_event *out, struct rai_err *err)
{
	const char *version, *time = NULL;

	memset(out, 0, sizeof(*out));
	if (rai_json_kind(doc) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "not a CloudEvent: not a JSON object");
	if (required(doc, "specversion", &version, err) != 0 ||
	    required(doc, "id", &out->id, err) != 0 ||
	    required(doc, "source", &out->source, err) != 0 ||
	    required(doc, "type", &out->type, err) != 0 ||
	    rai_json_opt_str(doc, "subject", &out->subject, err) != 0 ||
	    rai_json_opt_str(doc, "correlationid", &out->correlation, err) != 0 ||
	    rai_json_opt_str(doc, "causationid", &out->causation, err) != 0 ||
	    rai_json_opt_str(doc, "time", &time, err) != 0)
		return -1;
	if (strcmp(version, "1.0") != 0)
		return rai_fail(
		    err, RAI_EINPUT, "CloudEvent of version \"%.20s\", where 1.0 is read", version);
	if (time != NULL && rai_clock_parse(time, strlen(time), &out->time_ms) != 0)
		return rai_fail(err, RAI_EINPUT, "\"time\" is not RFC 3339: \"%.40s\"", time);
	out->data = rai_json_get(doc, "data");
	return 0;
}

int
rai_event_is(const struct rai_event *e, const char *kind)
{
	size_t n = strlen(kind), p = strlen(RAI_EVENT_PREFIX);

	return strncmp(e->type, RAI_EVENT_PREFIX, p) == 0 && strncmp(e->type + p, kind, n) == 0 &&
	       strcmp(e->type + p + n, ".v1") == 0;
}

void
rai_event_follow(struct rai_event_chain *chain, const struct rai_event *cause)
{
	snprintf(chain->correlation, sizeof(chain->correlation), "%s",
	    cause->correlation != NULL ? cause->correlation : cause->id);
	snprintf(chain->causation, sizeof(chain->causation), "%s", cause->id);
}

void
rai_event_begin(struct rai_jw *w, struct rai_buf *out, const char *tool, const char *kind,
    const char *subject, int64_t now_ms, const char *id, struct rai_event_chain *chain)
{
	char fresh[RAI_ULID_TEXT], text[RAI_CLOCK_TEXT];
	char source[64], type[128];

	if (id == NULL) {
		rai_ulid_new(now_ms, fresh);
		id = fresh;
	}
	if (chain->correlation[0] == '\0')
		snprintf(chain->correlation, sizeof(chain->correlation), "%s", id);
	snprintf(source, sizeof(source), "/rai/%s", tool + (strncmp(tool, "rai-", 4) == 0 ? 4 : 0));
	snprintf(type, sizeof(type), RAI_EVENT_PREFIX "%s.v1", kind);
	rai_clock_format(now_ms, text);
	rai_jw_init(w, out);
	rai_jw_object(w, NULL);
	rai_jw_str(w, "specversion", "1.0");
	rai_jw_str(w, "id", id);
	rai_jw_str(w, "source", source);
	rai_jw_str(w, "type", type);
	if (subject != NULL)
		rai_jw_str(w, "subject", subject);
	rai_jw_str(w, "time", text);
	rai_jw_str(w, "datacontenttype", "application/json");
	rai_jw_str(w, "correlationid", chain->correlation);
	if (chain->causation[0] != '\0')
		rai_jw_str(w, "causationid", chain->causation);
	snprintf(chain->causation, sizeof(chain->causation), "%s", id);
	rai_jw_object(w, "data");
}

void
rai_event_end(struct rai_jw *w)
{
	rai_jw_end(w);
	rai_jw_end(w);
	rai_buf_char(w->out, '\n');
}

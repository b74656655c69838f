#include "alert/past.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/vendor.h"
#include "base/clock.h"

static const char *const states[] = {
    "claimed", "deferred", "dispatched", "done", "rejected", "failed", "withdrawn"};

const char *
rai_past_state_name(enum rai_past_state state)
{
	return states[state];
}

/* The sources by name: an alert's source is never freed. */
static const char *
find_source(const char *name)
{
	static const char *const names[] = {"rai-drift", "cloudevents", "alertmanager"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name != NULL && strcmp(name, names[i]) == 0)
			return names[i];
	return "unknown";
}

static int
read_time(const struct cJSON *obj, const char *key, int64_t *out, struct rai_err *err)
{
	const char *s = NULL;

	if (rai_json_opt_str(obj, key, &s, err) != 0)
		return -1;
	if (s != NULL && rai_clock_parse(s, strlen(s), out) != 0)
		return rai_fail(err, RAI_EINPUT, "\"%s\" is not RFC 3339: \"%.40s\"", key, s);
	return 0;
}

static void
write_time(struct rai_jw *w, const char *key, int64_t ms)
{
	char text[RAI_CLOCK_TEXT];

	rai_clock_format(ms, text);
	rai_jw_str(w, key, text);
}

static int
read_alert(const struct cJSON *j, struct rai_alert *a, struct rai_err *err)
{
	const char *id = rai_alert_text(j, "id"), *identity = rai_alert_text(j, "identity");
	const char *metric = rai_alert_text(j, "metric");

	memset(a, 0, sizeof(*a));
	a->kind = RAI_ALERT_ANY;
	a->source = find_source(rai_alert_text(j, "source"));
	snprintf(a->id, sizeof(a->id), "%s", id != NULL ? id : "");
	snprintf(a->identity, sizeof(a->identity), "%s", identity != NULL ? identity : "");
	snprintf(a->metric, sizeof(a->metric), "%s", metric != NULL ? metric : "");
	a->name = rai_alert_text(j, "name");
	a->model = rai_alert_text(j, "model");
	a->summary = rai_alert_text(j, "summary");
	a->severity = rai_alert_text(j, "severity");
	a->digest = rai_alert_text(j, "digest");
	a->version = rai_alert_text(j, "version");
	a->event = rai_alert_text(j, "event");
	a->correlation = rai_alert_text(j, "correlation");
	a->value = rai_alert_number(j, "value");
	return read_time(j, "time", &a->time_ms, err);
}

static int
read_state(const struct cJSON *doc, enum rai_past_state *out, struct rai_err *err)
{
	const char *name;
	size_t i;

	if (rai_json_str(doc, "state", &name, err) != 0)
		return -1;
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(name, states[i]) == 0) {
			*out = (enum rai_past_state)i;
			return 0;
		}
	return rai_fail(err, RAI_EINPUT, "\"state\" is \"%.20s\"", name);
}

int
rai_past_read(
    const char *key, const char *text, size_t len, struct rai_past *out, struct rai_err *err)
{
	const struct cJSON *target = NULL;
	const char *cause = NULL, *kind, *where;

	memset(out, 0, sizeof(*out));
	snprintf(out->key, sizeof(out->key), "%s", key);
	out->doc = rai_json_parse(text, len, err);
	if (out->doc == NULL || rai_json_str(out->doc, "cause", &cause, err) != 0 ||
	    rai_json_int(out->doc, "attempt", &out->attempt, err) != 0 ||
	    rai_json_opt_int(out->doc, "tries", &out->tries, err) != 0 ||
	    read_state(out->doc, &out->state, err) != 0 ||
	    read_time(out->doc, "time", &out->time_ms, err) != 0 ||
	    read_time(out->doc, "updated", &out->updated_ms, err) != 0 ||
	    read_time(out->doc, "next_at", &out->next_at_ms, err) != 0 ||
	    read_alert(rai_json_get(out->doc, "alert"), &out->alert, err) != 0) {
		rai_past_free(out);
		return rai_wrap(err, "claim %.127s", key);
	}
	snprintf(out->cause, sizeof(out->cause), "%s", cause);
	target = rai_json_get(out->doc, "target");
	kind = rai_alert_text(target, "kind");
	where = rai_alert_text(target, "where");
	out->runs_here = kind != NULL && strcmp(kind, "command") == 0;
	snprintf(out->where, sizeof(out->where), "%s", where != NULL ? where : "");
	return 0;
}

void
rai_past_free(struct rai_past *p)
{
	rai_json_free(p->doc);
	p->doc = NULL;
}

static void
write_alert(struct rai_jw *w, const struct rai_alert *a)
{
	rai_jw_object(w, "alert");
	rai_jw_str(w, "source", a->source);
	rai_jw_str(w, "id", a->id);
	rai_jw_str(w, "identity", a->identity);
	rai_jw_str(w, "name", a->name);
	rai_jw_str(w, "model", a->model);
	write_time(w, "time", a->time_ms);
	rai_jw_str(w, "summary", a->summary);
	rai_jw_str(w, "severity", a->severity);
	rai_jw_str(w, "metric", a->metric);
	rai_jw_num(w, "value", a->value);
	rai_jw_str(w, "digest", a->digest);
	rai_jw_str(w, "version", a->version);
	rai_jw_str(w, "event", a->event);
	rai_jw_str(w, "correlation", a->correlation);
	rai_jw_end(w);
}

int
rai_past_write(const struct rai_past *p, struct rai_buf *out, struct rai_err *err)
{
	struct rai_jw w;

	rai_buf_clear(out);
	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "state", rai_past_state_name(p->state));
	rai_jw_str(&w, "cause", p->cause);
	rai_jw_int(&w, "attempt", p->attempt);
	rai_jw_int(&w, "tries", p->tries);
	write_time(&w, "time", p->time_ms);
	write_time(&w, "updated", p->updated_ms);
	if (p->next_at_ms > 0)
		write_time(&w, "next_at", p->next_at_ms);
	rai_jw_object(&w, "target");
	rai_jw_str(&w, "kind", p->runs_here ? "command" : "github");
	rai_jw_str(&w, "where", p->where);
	rai_jw_end(&w);
	write_alert(&w, &p->alert);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
	return rai_buf_check(out, "claim", err);
}

int
rai_slot_read(const char *text, size_t len, struct rai_slot *out, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(text, len, err);
	const char *last = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (doc != NULL && read_time(doc, "since", &out->since_ms, err) == 0 &&
	    rai_json_bool(doc, "stopped", &out->stopped, err) == 0 &&
	    rai_json_opt_str(doc, "last", &last, err) == 0) {
		snprintf(out->last, sizeof(out->last), "%s", last != NULL ? last : "");
		rc = 0;
	}
	rai_json_free(doc);
	return rc;
}

int
rai_slot_write(const struct rai_slot *s, struct rai_buf *out, struct rai_err *err)
{
	struct rai_jw w;

	rai_buf_clear(out);
	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	write_time(&w, "since", s->since_ms);
	rai_jw_bool(&w, "stopped", s->stopped);
	rai_jw_str(&w, "last", s->last);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
	return rai_buf_check(out, "claim", err);
}

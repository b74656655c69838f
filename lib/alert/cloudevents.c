#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alert/vendor.h"
#include "json/event.h"

/*
 * CloudEvents 1.0, structured JSON.  Ours are recognised by their type; of those only the verdicts
 * of rai-drift are alerts.  A foreign event is an alert on the model that it names in data.model
 * or in subject; data.status "resolved" ends it.
 */
static int
is_event(const struct cJSON *doc)
{
	return rai_json_get(doc, "specversion") != NULL;
}

static int
is_ours(const struct cJSON *doc)
{
	const char *type = rai_alert_text(doc, "type");

	return is_event(doc) && type != NULL &&
	       strncmp(type, RAI_EVENT_PREFIX, strlen(RAI_EVENT_PREFIX)) == 0 &&
	       type[strlen(RAI_EVENT_PREFIX)] != '\0';
}

/* The part of the CloudEvent that every alert has. */
static int
read_envelope(const struct cJSON *doc, const char *source, struct rai_alerts *out,
    struct rai_alert **alert, struct rai_event *e, struct rai_err *err)
{
	struct rai_alert *a;

	if (rai_event_read(doc, e, err) != 0)
		return -1;
	if (strlen(e->source) + strlen(e->id) + 2 > sizeof(a->id))
		return rai_fail(err, RAI_EINPUT, "CloudEvent: \"source\" and \"id\" are too long");
	a = rai_alerts_add(out, source);
	if (a == NULL)
		return rai_fail_memory(err);
	snprintf(a->id, sizeof(a->id), "%s %s", e->source, e->id);
	snprintf(a->identity, sizeof(a->identity), "%s", a->id);
	a->event = e->id;
	a->correlation = e->correlation != NULL ? e->correlation : e->id;
	a->time_ms = e->time_ms;
	a->model = rai_alert_text(e->data, "model");
	if (a->model == NULL)
		a->model = e->subject;
	a->digest = rai_alert_text(e->data, "digest");
	a->version = rai_alert_text(e->data, "version");
	a->severity = rai_alert_text(e->data, "severity");
	a->advice = rai_alert_advice_find(rai_alert_text(e->data, "advice"));
	*alert = a;
	return 0;
}

/* Accuracy where labels came, else the feature that moved most. */
static void
read_measure(const struct cJSON *data, struct rai_alert *a)
{
	const struct cJSON *f;
	const char *name;
	double psi;

	a->value = rai_alert_number(rai_json_get(data, "accuracy"), "value");
	if (!isnan(a->value)) {
		snprintf(a->metric, sizeof(a->metric), "accuracy");
		return;
	}
	for (f = rai_json_first(rai_json_get(data, "features")); f != NULL; f = rai_json_next(f)) {
		name = rai_alert_text(f, "name");
		psi = rai_alert_number(f, "psi");
		if (name != NULL && !isnan(psi) && !(psi <= a->value)) {
			a->value = psi;
			snprintf(a->metric, sizeof(a->metric), "psi %.80s", name);
		}
	}
}

static int
read_own(const struct cJSON *doc, struct rai_alerts *out, struct rai_err *err)
{
	static const struct {
		const char *kind;
		enum rai_alert_status status;
		enum rai_alert_advice advice; /* where the event gives none */
	} row[] = {
	    {"drift.detected", RAI_ALERT_FIRING, RAI_ADVICE_WAIT},
	    {"input.broken", RAI_ALERT_FIRING, RAI_ADVICE_FIX},
	    {"evidence.insufficient", RAI_ALERT_FIRING, RAI_ADVICE_WAIT},
	    {"drift.cleared", RAI_ALERT_RESOLVED, RAI_ADVICE_NONE},
	};
	struct rai_alert *a;
	struct rai_event e;
	size_t i;

	if (read_envelope(doc, "rai-drift", out, &a, &e, err) != 0)
		return -1;
	a->name = e.type + strlen(RAI_EVENT_PREFIX);
	a->kind = RAI_ALERT_NOTHING;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (rai_event_is(&e, row[i].kind)) {
			a->kind = RAI_ALERT_ANY;
			a->name = row[i].kind;
			a->status = row[i].status;
			if (a->advice == RAI_ADVICE_NONE)
				a->advice = row[i].advice;
		}
	if (a->kind == RAI_ALERT_NOTHING)
		return 0;
	/* All replicas and all windows see one cause: this model is no longer right. */
	if (a->digest != NULL)
		snprintf(a->identity, sizeof(a->identity), "digest %.240s", a->digest);
	a->summary = rai_alert_text(e.data, "message");
	read_measure(e.data, a);
	return 0;
}

static int
read_foreign(const struct cJSON *doc, struct rai_alerts *out, struct rai_err *err)
{
	const char *status, *metric;
	struct rai_alert *a;
	struct rai_event e;

	if (read_envelope(doc, "cloudevents", out, &a, &e, err) != 0)
		return -1;
	a->kind = RAI_ALERT_NAMED;
	a->name = e.type;
	status = rai_alert_text(e.data, "status");
	if (status != NULL && strcmp(status, "resolved") == 0)
		a->status = RAI_ALERT_RESOLVED;
	a->summary = rai_alert_text(e.data, "summary");
	if (a->summary == NULL)
		a->summary = rai_alert_text(e.data, "message");
	metric = rai_alert_text(e.data, "metric");
	if (metric != NULL)
		snprintf(a->metric, sizeof(a->metric), "%s", metric);
	a->value = rai_alert_number(e.data, "value");
	return 0;
}

const struct rai_alert_vendor rai_alert_own = {"rai-drift", is_ours, read_own};
const struct rai_alert_vendor rai_alert_cloudevents = {"cloudevents", is_event, read_foreign};

#include <stdio.h>
#include <string.h>

#include "alert/vendor.h"
#include "base/clock.h"

/*
 * Prometheus Alertmanager's webhook, payload version 4.  One body holds the alerts of a group,
 * firing and resolved ones mixed: each is decided on alone.  An alert's identity is its
 * fingerprint (of its labels) and the time at which it began.
 */
static int
is_webhook(const struct cJSON *doc)
{
	return rai_json_get(doc, "alerts") != NULL &&
	       (rai_json_get(doc, "groupKey") != NULL || rai_json_get(doc, "receiver") != NULL);
}

static const char *
label_or_note(const struct cJSON *alert, const char *key)
{
	const char *s = rai_alert_text(rai_json_get(alert, "labels"), key);

	return s != NULL ? s : rai_alert_text(rai_json_get(alert, "annotations"), key);
}

static int
read_alert(const struct cJSON *j, struct rai_alerts *out, struct rai_err *err)
{
	const char *status, *print, *starts, *metric;
	const struct cJSON *notes;
	struct rai_alert *a;

	if (rai_json_str(j, "status", &status, err) != 0 ||
	    rai_json_str(j, "fingerprint", &print, err) != 0 ||
	    rai_json_str(j, "startsAt", &starts, err) != 0)
		return -1;
	a = rai_alerts_add(out, "alertmanager");
	if (a == NULL)
		return rai_fail_memory(err);
	if (strcmp(status, "firing") != 0 && strcmp(status, "resolved") != 0)
		return rai_fail(err, RAI_EINPUT,
		    "\"status\" is \"%.20s\" (want \"firing\" or \"resolved\")", status);
	if (*print == '\0' || strlen(print) > 64)
		return rai_fail(err, RAI_EINPUT, "\"fingerprint\" is \"%.70s\"", print);
	if (rai_clock_parse(starts, strlen(starts), &a->time_ms) != 0)
		return rai_fail(err, RAI_EINPUT, "\"startsAt\" is not RFC 3339: \"%.40s\"", starts);
	a->kind = RAI_ALERT_ANY;
	a->status = *status == 'f' ? RAI_ALERT_FIRING : RAI_ALERT_RESOLVED;
	snprintf(a->id, sizeof(a->id), "%s %.60s", print, starts);
	snprintf(a->identity, sizeof(a->identity), "%s", a->id);
	notes = rai_json_get(j, "annotations");
	a->name = rai_alert_text(rai_json_get(j, "labels"), "alertname");
	a->model = rai_alert_text(rai_json_get(j, "labels"), "model");
	a->severity = rai_alert_text(rai_json_get(j, "labels"), "severity");
	a->version = label_or_note(j, "version");
	a->digest = label_or_note(j, "digest");
	a->advice = rai_alert_advice_find(label_or_note(j, "advice"));
	a->summary = rai_alert_text(notes, "summary");
	if (a->summary == NULL)
		a->summary = rai_alert_text(notes, "description");
	metric = label_or_note(j, "metric");
	if (metric != NULL)
		snprintf(a->metric, sizeof(a->metric), "%s", metric);
	a->value = rai_alert_number(notes, "value");
	return 0;
}

static int
read_webhook(const struct cJSON *doc, struct rai_alerts *out, struct rai_err *err)
{
	const struct cJSON *list, *j;
	const char *version = NULL;
	size_t i = 0;

	if (rai_json_opt_str(doc, "version", &version, err) != 0 ||
	    rai_json_array(doc, "alerts", &list, err) != 0 ||
	    rai_json_opt_int(doc, "truncatedAlerts", &out->truncated, err) != 0)
		return rai_wrap(err, "Alertmanager webhook");
	if (version == NULL || strcmp(version, "4") != 0)
		return rai_fail(err, RAI_EINPUT,
		    "Alertmanager webhook: \"version\" is %.20s (want \"4\": a receiver without "
		    "its "
		    "own payload template)",
		    version != NULL ? version : "missing");
	for (j = rai_json_first(list); j != NULL; j = rai_json_next(j), i++)
		if (read_alert(j, out, err) != 0)
			return rai_wrap(err, "Alertmanager webhook: alerts[%zu]", i);
	return 0;
}

const struct rai_alert_vendor rai_alert_alertmanager = {"alertmanager", is_webhook, read_webhook};

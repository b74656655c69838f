#include "alert/alert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alert/vendor.h"
#include "base/num.h"

enum { MAX_ALERTS = 10000 };

/* In order: the first that recognises the document reads it. */
static const struct rai_alert_vendor *const vendors[] = {
    &rai_alert_own,
    &rai_alert_cloudevents,
    &rai_alert_alertmanager,
};

static const char *const advices[] = {"", "retrain", "get-labels", "fix-input", "wait"};

const char *
rai_alert_status_name(enum rai_alert_status status)
{
	return status == RAI_ALERT_FIRING ? "firing" : "resolved";
}

const char *
rai_alert_advice_name(enum rai_alert_advice advice)
{
	return advices[advice];
}

enum rai_alert_advice
rai_alert_advice_find(const char *name)
{
	int i;

	for (i = RAI_ADVICE_RETRAIN; name != NULL && i <= RAI_ADVICE_WAIT; i++)
		if (strcmp(name, advices[i]) == 0)
			return (enum rai_alert_advice)i;
	return RAI_ADVICE_NONE;
}

struct rai_alert *
rai_alerts_add(struct rai_alerts *out, const char *source)
{
	struct rai_alert *a;

	if (out->n == MAX_ALERTS)
		return NULL;
	a = realloc(out->alert, (out->n + 1) * sizeof(*a));
	if (a == NULL)
		return NULL;
	out->alert = a;
	a += out->n++;
	memset(a, 0, sizeof(*a));
	a->source = source;
	a->value = NAN;
	return a;
}

const char *
rai_alert_text(const struct cJSON *obj, const char *key)
{
	const struct cJSON *j = rai_json_get(obj, key);

	return rai_json_kind(j) == RAI_JSON_STR && *rai_json_as_str(j) ? rai_json_as_str(j) : NULL;
}

double
rai_alert_number(const struct cJSON *obj, const char *key)
{
	const struct cJSON *j = rai_json_get(obj, key);
	const char *s;
	double v;

	if (rai_json_kind(j) == RAI_JSON_NUM)
		return rai_json_as_num(j);
	s = rai_alert_text(obj, key);
	return s != NULL && rai_num_double(s, strlen(s), &v) == 0 ? v : NAN;
}

int
rai_alerts_read(const char *text, size_t len, struct rai_alerts *out, struct rai_err *err)
{
	size_t i;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->doc = rai_json_parse(text, len, err);
	if (out->doc == NULL)
		return -1;
	for (i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++)
		if (vendors[i]->is(out->doc)) {
			rc = vendors[i]->read(out->doc, out, err);
			break;
		}
	if (i == sizeof(vendors) / sizeof(vendors[0]))
		rai_fail(err, RAI_EINPUT,
		    "neither a CloudEvent (\"specversion\") nor an Alertmanager webhook "
		    "(\"version\": \"4\" and \"groupKey\")");
	if (rc != 0)
		rai_alerts_free(out);
	return rc;
}

void
rai_alerts_free(struct rai_alerts *a)
{
	free(a->alert);
	rai_json_free(a->doc);
	memset(a, 0, sizeof(*a));
}

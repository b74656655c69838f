#ifndef RAI_ALERT_VENDOR_H
#define RAI_ALERT_VENDOR_H

#include "alert/alert.h"

/* Within the room: one sender of alerts is one row of the table in alert.c. */
struct rai_alert_vendor {
	const char *name;
	int (*is)(const struct cJSON *doc);
	/* adds to out with rai_alerts_add(); doc is out->doc */
	int (*read)(const struct cJSON *doc, struct rai_alerts *out, struct rai_err *err);
};

extern const struct rai_alert_vendor rai_alert_own;          /* our own events */
extern const struct rai_alert_vendor rai_alert_cloudevents;  /* any other CloudEvent */
extern const struct rai_alert_vendor rai_alert_alertmanager; /* webhook, version 4 */

/* A zeroed alert of that source (value NaN), owned by out; NULL: out of memory. */
struct rai_alert *rai_alerts_add(struct rai_alerts *out, const char *source);

/* Optional text that may be absent, null, or of a type that we do not know: then NULL. */
const char *rai_alert_text(const struct cJSON *obj, const char *key);

/* A number, or text that is one; else NaN. */
double rai_alert_number(const struct cJSON *obj, const char *key);

#endif

#ifndef RAI_ALERT_ALERT_H
#define RAI_ALERT_ALERT_H

#include <stddef.h>
#include <stdint.h>

#include "json/json.h"

/*
 * An alert in normal form: what the policy decides on, whoever sent it.  Strings belong to the
 * document they were read from (struct rai_alerts, struct rai_past) or to the struct itself.
 */
enum rai_alert_status { RAI_ALERT_FIRING, RAI_ALERT_RESOLVED };

enum rai_alert_advice {
	RAI_ADVICE_NONE, /* the sender gives none: the alert itself asks for a retrain */
	RAI_ADVICE_RETRAIN,
	RAI_ADVICE_LABELS,
	RAI_ADVICE_FIX,
	RAI_ADVICE_WAIT
};

/* Does it name its model?  A generic event that names none is nobody's. */
enum rai_alert_kind {
	RAI_ALERT_NOTHING, /* an event that is no alert, such as model.trained */
	RAI_ALERT_ANY,     /* without a model's name it means the only model there is */
	RAI_ALERT_NAMED    /* it must name the model */
};

struct rai_alert {
	enum rai_alert_kind kind;
	enum rai_alert_status status;
	enum rai_alert_advice advice;
	const char *source;  /* the vendor: "rai-drift", "cloudevents", "alertmanager" */
	char id[256];        /* of this alert at its source: equal for repetitions */
	char identity[256];  /* of the cause: equal for all alerts on one cause */
	const char *name;    /* "drift.detected", "ModelDrift" */
	const char *model;   /* NULL: not said */
	int64_t time_ms;     /* when it began; 0: not said */
	const char *summary; /* for people; NULL: none */
	const char *severity;
	char metric[96];              /* what was measured ("accuracy"); "": not said */
	double value;                 /* its value; NaN: not said */
	const char *digest, *version; /* of the model that ran; NULL: not said */
	const char *event;            /* id of the event, NULL where there is none */
	const char *correlation;      /* the incident, or NULL */
};

/* What one document held. */
struct rai_alerts {
	struct cJSON *doc;
	struct rai_alert *alert; /* n */
	size_t n;
	int64_t truncated; /* alerts that the sender left out */
};

/*
 * Reads one JSON document by the table of vendors; unknown members are ignored.  0, or -1 with
 * what is wrong (nothing to free then).
 */
int rai_alerts_read(const char *text, size_t len, struct rai_alerts *out, struct rai_err *err);
void rai_alerts_free(struct rai_alerts *a);

/* The names as they stand in documents: "firing", "get-labels" ("" for none). */
const char *rai_alert_status_name(enum rai_alert_status status);
const char *rai_alert_advice_name(enum rai_alert_advice advice);
enum rai_alert_advice rai_alert_advice_find(const char *name); /* NULL or unknown: none */

#endif

#ifndef RAI_DRIFT_PROMETHEUS_H
#define RAI_DRIFT_PROMETHEUS_H

#include <stdint.h>

#include "base/err.h"
#include "json/json.h"

/* Questions to a Prometheus: its HTTP API, instant queries. */
struct prometheus {
	const char *url; /* of its root, "http://prometheus:9090" */
	char *bearer;    /* a header, or NULL; a secret */
};

/*
 * token: where a bearer token is ("env:NAME", "file:PATH"); NULL: RAI_PROMETHEUS_TOKEN, if that is
 * set.  Over plain http it goes to this machine alone: else an error.  Close is right also after a
 * failure.
 */
int prometheus_open(struct prometheus *p, const char *url, const char *token, struct rai_err *err);
void prometheus_close(struct prometheus *p);

/*
 * The samples of an expression at a time, an array whose members have "metric" and "value"; the
 * caller frees *doc, in which it lies, with rai_json_free().  RAI_ENET: there is no answer, or not
 * all of one (it says "warnings"): the same may be answered later.  RAI_EINPUT: the question, the
 * token or the place is wrong.
 */
int prometheus_ask(const struct prometheus *p, const char *expression, int64_t at_ms,
    struct cJSON **doc, const struct cJSON **samples, struct rai_err *err);

/* A sample's number; RAI_ENET where it is none (NaN). */
int prometheus_value(const struct cJSON *sample, double *out, struct rai_err *err);

/* A label, or "". */
const char *prometheus_label(const struct cJSON *sample, const char *name);

#endif

#ifndef RAI_DRIFT_RULES_H
#define RAI_DRIFT_RULES_H

#include "base/buf.h"
#include "drift/verdict.h"

/*
 * Rules for Prometheus, so that alerting can live there: from the counters of rai-serve and the
 * files of rai-drift to alerts that rai-dispatch understands.
 */
struct rai_drift_alarm {
	const char *model;
	double alpha;          /* of one look at all features */
	double psi_above;      /* least index above what is to be expected; NaN: the floor */
	double accuracy_below; /* NaN: not asked for */
	int64_t rows;          /* fewer are no evidence */
	enum rai_drift_on retrain_on;
};

#define RAI_DRIFT_PSI 0.02   /* least index above what is to be expected */
#define RAI_DRIFT_LABELS 100 /* true values that accuracy needs */

struct rai_drift_rules {
	const struct rai_drift_alarm *alarm; /* n */
	size_t n;
	int64_t over_ms; /* looked back over so much, in whole seconds */
	double latency;  /* seconds that 99 of 100 predictions must not take */
	double errors;   /* share of requests that may fail */
	int manifest;    /* a PrometheusRule of Kubernetes, not a file of rules */
};

void rai_drift_rules_write(const struct rai_drift_rules *r, struct rai_buf *out);

#endif

#ifndef RAI_DRIFT_SENTINEL_PRIV_H
#define RAI_DRIFT_SENTINEL_PRIV_H

#include "drift/sentinel.h"

/* One detector on one stream. */
struct rai_drift_watcher {
	const char *name;
	enum rai_drift_about about;
	enum rai_stat_stream_kind kind;
	int col;        /* of an input: its place, or RAI_SENTINEL_PREDICTION */
	double part;    /* of the share of false alarms */
	double missing; /* share of rows without a value */
	double floor;   /* of a change, in what the detector sees */
	double unit;    /* of that, in the values' own */
	struct rai_stat_stream *s;
	double *reference; /* what s looks at, where that is not the profile's; or NULL */
};
enum { RAI_SENTINEL_PREDICTION = -1 };

struct rai_drift_sentinel {
	const struct rai_drift_reference *ref;
	struct rai_drift_watcher *list;
	size_t n, loaded;
	int ratio, classes; /* what pairs miss: a ratio, a class; else a difference in */
	double unit;        /* standard deviations of the hold-out's */
	struct rai_drift_pair recent[RAI_SENTINEL_PAIRS];
	int64_t pairs; /* seen; the newest are in the ring */
	struct rai_drift_signal held[RAI_DRIFT_ABOUTS];
};

#endif

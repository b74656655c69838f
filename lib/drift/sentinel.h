#ifndef RAI_DRIFT_SENTINEL_H
#define RAI_DRIFT_SENTINEL_H

#include "drift/pairs.h"
#include "drift/verdict.h"
#include "json/json.h"
#include "stat/stream.h"

/*
 * Detectors that watch a stream value by value while its windows fill (stat/stream.h), so that a
 * change is told when there is enough of it, not when a window is full.  Of labelled pairs they
 * watch the "error", relative to the truth (of a target that comes near 0: the absolute one; of
 * classes: 1 for a wrong one), and the "residual", log(actual / prediction) or their difference
 * (residual.h).  Of rows, if asked for, CUSUMs watch the prediction and the numbers, none of which
 * decides on a retrain.
 *
 * The false alarms of the CUSUMs are shared out: RAI_SENTINEL_SHARE of clean streams of
 * RAI_SENTINEL_PER rows alarm in any of them.
 */
#define RAI_SENTINEL_SHARE 0.005
#define RAI_SENTINEL_PER 6000
#define RAI_SENTINEL_BUDGET 0.1 /* of a budget of false alarms in time, which is the windows' */

/* What an alarm is about. */
enum rai_drift_about { RAI_ABOUT_ERROR, RAI_ABOUT_TARGET, RAI_ABOUT_INPUTS, RAI_DRIFT_ABOUTS };

struct rai_drift_signal {
	int stands;         /* its channel is on because of it, and no window has spoken since */
	const char *stream; /* "error", "residual", "prediction" or a column's name, which
			     * lives as long as the profile; NULL: there was none */
	enum rai_stat_stream_kind detector;
	int64_t since, since_ms; /* the row that the change began with, estimated; its time or 0 */
	int64_t seen;            /* the newest row when it was raised */
	int64_t samples;         /* values since the change; */
	int64_t pairs;           /* labelled pairs when it was raised */
	double before, after;    /* means of what was watched */
	double effect; /* of the change, in floors: 1 is enough; below 0: for the better */
	char why[200];
};

struct rai_drift_sentinel;

/* The kinds of detectors of the rule, on all that ref lets them watch; *out NULL: nothing is to be
 * watched.  ref must outlive it. */
int rai_drift_sentinel_new(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    struct rai_drift_sentinel **out, struct rai_err *err);
void rai_drift_sentinel_free(struct rai_drift_sentinel *s); /* NULL is fine */

/* One more pair, or row: cells as in struct rai_drift_row, seq its number.  NULL is fine.  -1: no
 * memory. */
int rai_drift_sentinel_pair(struct rai_drift_sentinel *s, const struct rai_drift_pair *pair);
int rai_drift_sentinel_row(struct rai_drift_sentinel *s, const struct rai_cell *cells,
    const unsigned char *withheld, double prediction, int64_t seq);

/* The first alarm about something that nobody has dealt with; NULL: there is none.  And that
 * somebody has. */
struct rai_drift_signal *rai_drift_sentinel_held(
    struct rai_drift_sentinel *s, enum rai_drift_about about);
void rai_drift_sentinel_drop(struct rai_drift_sentinel *s, enum rai_drift_about about);

/* What came was broken: all detectors begin anew, and no alarm is held. */
void rai_drift_sentinel_reset(struct rai_drift_sentinel *s);

/* The newest pairs since the change of an alarm, oldest first, at most RAI_SENTINEL_PAIRS: how
 * many. */
enum { RAI_SENTINEL_PAIRS = 256 };
size_t rai_drift_sentinel_pairs(const struct rai_drift_sentinel *s,
    const struct rai_drift_signal *a, struct rai_drift_pair out[RAI_SENTINEL_PAIRS]);

/* From now on one false alarm in so many rows is the windows' budget; 0: there is none. */
void rai_drift_sentinel_budget(struct rai_drift_sentinel *s, double rows);

/* JSON lines of all that it remembers, by the key "detector", "recent" or "held"; and one of them
 * back.  loaded: all detectors have come. */
void rai_drift_sentinel_save(const struct rai_drift_sentinel *s, struct rai_buf *out);
int rai_drift_sentinel_load(
    struct rai_drift_sentinel *s, const char *key, const struct cJSON *v, struct rai_err *err);
int rai_drift_sentinel_loaded(const struct rai_drift_sentinel *s);

/* An alarm as an object, and back. */
void rai_drift_signal_save(struct rai_jw *j, const char *key, const struct rai_drift_signal *a);
int rai_drift_signal_load(const struct cJSON *o, const struct rai_drift_reference *ref,
    struct rai_drift_signal *a, struct rai_err *err);

#endif

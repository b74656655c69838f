#ifndef RAI_DRIFT_HISTORY_H
#define RAI_DRIFT_HISTORY_H

#include "drift/watch.h"
#include "json/json.h"

/*
 * What a page about the verdict needs beside the standing state: the newest windows that were
 * judged, and how the values of the newest one lie in the bins of the reference.  Bounded.
 */
#define RAI_DRIFT_MARKS 500 /* windows remembered */
#define RAI_DRIFT_HOT 3     /* names of what moved, of one window */

/* One window, of inputs or of labels. */
struct rai_drift_mark {
	int labels;
	int64_t number; /* the how-many-th of its kind, from 1 */
	int64_t rows, from_ms, to_ms;
	enum rai_drift_verdict verdict; /* that stood after it */
	enum rai_drift_advice advice;
	int moved, broken; /* this window alone */
	size_t hot;        /* columns that moved or are broken; the first are named */
	char name[RAI_DRIFT_HOT][64];
	double accuracy, low, high; /* of labels */
};

struct rai_drift_history {
	const struct rai_profile *profile; /* belongs to the caller */
	struct rai_drift_mark *mark;       /* n, oldest first */
	size_t n;
	int64_t input_windows, label_windows; /* seen so far */
	/*
	 * Of the windows judged last: counts in the bins of each column of the profile, then of the
	 * prediction, then of the target; nbin of each, then those missing and those unseen.
	 */
	int64_t **bin; /* profile->n + 2; 0 until a window was judged */
};

/* Release is right also after a failure. */
int rai_drift_history_init(
    struct rai_drift_history *h, const struct rai_profile *profile, struct rai_err *err);
void rai_drift_history_release(struct rai_drift_history *h);

/* What the watch is to tell it. */
struct rai_drift_listener rai_drift_history_listener(struct rai_drift_history *h);

/* After rows were pushed: marks the windows that were judged since the last look.  1: some were. */
int rai_drift_history_see(struct rai_drift_history *h, const struct rai_drift_state *s);

/* What was judged before, by another run, is not marked. */
void rai_drift_history_skip(struct rai_drift_history *h, const struct rai_drift_state *s);

/* A place for one more mark; the oldest makes room. */
struct rai_drift_mark *rai_drift_history_add(struct rai_drift_history *h);

/*
 * The marks as JSON lines, for a state file: {"mark": {...}} each, oldest first.  And one of these
 * lines back, behind those that are there; trusts nothing.
 */
#define RAI_DRIFT_MARK "mark"
void rai_drift_history_save(const struct rai_drift_history *h, struct rai_buf *out);
int rai_drift_history_load(
    struct rai_drift_history *h, const struct cJSON *line, struct rai_err *err);

/* Column i of the profile, its prediction (i = n), its target (n + 1). */
const struct rai_profile_col *rai_drift_history_col(const struct rai_drift_history *h, size_t i);

#endif

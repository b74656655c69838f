#ifndef RAI_DRIFT_WATCH_PRIV_H
#define RAI_DRIFT_WATCH_PRIV_H

#include <stddef.h>

#include "drift/explain.h"
#include "drift/watch.h"
#include "drift/window.h"

/* What the files of the watch share: what it remembers, all of which but the listener a state file
 * carries. */
struct rai_drift_watch {
	struct rai_drift_reference ref;
	struct rai_drift_rule rule;
	struct rai_drift_state state;
	struct rai_drift_window window;   /* predictions */
	struct rai_drift_couples waiting; /* pairs whose input window is still filling */
	struct rai_drift_couples couples; /* pairs of judged, healthy windows */
	struct rai_drift_pairs *pairs;
	struct rai_drift_inputs in;
	struct rai_drift_impact impact;
	struct rai_drift_impact explains;   /* of the rows of labels */
	struct rai_drift_expected expected; /* of each row */
	struct rai_drift_labels labels;
	struct rai_drift_listener listener;
	int64_t decided;          /* predictions before this one are known to be sound or broken */
	int64_t newest_pair;      /* seq of the newest prediction in the label window judged last */
	int64_t slot, label_slot; /* by time: the pane's and the label window's, since 1970 */
	int64_t clock_ms;         /* the newest time seen */
	struct rai_drift_lag lag;
	int64_t first, end; /* predictions of the input window judged last */
	int64_t moved_ms;   /* when inputs turned on; 0: they are not, or not known */
	int64_t told_ms;    /* when labels were enough, last */
	struct rai_drift_sentinel *sentinel; /* or NULL */
	int64_t asked;                       /* a person was asked since inputs turned on */
	/* for a state file: what was judged last, and the label window's alpha */
	int keep;
	struct rai_drift_window judged;
	struct rai_drift_couples judged_couples;
	double labels_alpha;
};

/* The most rows of a window by time, which is judged as it stands then. */
#define RAI_DRIFT_MOST 1000000

/* Members that a state file has by name: int64_t, and channels. */
struct rai_drift_member {
	const char *name;
	size_t at; /* in struct rai_drift_watch */
};
enum { RAI_DRIFT_NUMBERS = 24, RAI_DRIFT_CHANNELS = 4 };
extern const struct rai_drift_member rai_drift_numbers[RAI_DRIFT_NUMBERS];
extern const struct rai_drift_member rai_drift_channels[RAI_DRIFT_CHANNELS];

/* The standing verdict, advice and message from the channels; 1: worth an event. */
int rai_drift_conclude(struct rai_drift_watch *w);

/* The same at the end of the stream, where windows are still to come. */
int rai_drift_conclude_end(struct rai_drift_watch *w);

#endif

#ifndef RAI_DRIFT_HEED_H
#define RAI_DRIFT_HEED_H

#include "drift/watch_priv.h"

/*
 * What a watch makes of the alarms of its sentinel.  An alarm turns on the channel that a window
 * would, once it is known that the rows since the change are sound (their window was, or
 * RAI_HEED_ROWS of them are), that their labels are, and that there are labels enough.  It stands
 * until a window that began with the change or later speaks.
 */
enum { RAI_HEED_ROWS = 100 };

/* After each push: 1: a channel was turned on; 0; -1: failed. */
int rai_drift_heed(struct rai_drift_watch *w, struct rai_err *err);

/* A window from row first on was broken: alarms of its rows were none. */
void rai_drift_heed_broken(struct rai_drift_watch *w, int64_t first);

/* The pace of the window judged last, for a budget in time. */
void rai_drift_heed_pace(struct rai_drift_watch *w);

#endif

#ifndef RAI_DRIFT_STATE_H
#define RAI_DRIFT_STATE_H

#include "drift/watch.h"
#include "json/json.h"

/*
 * The memory of a watch as JSON lines, so that a stream may be read in several runs: a watch that
 * was saved and loaded gives the same verdicts and events, byte for byte, as one that went on.
 * What was judged last is not written but judged again, from its rows.
 */

/* From now on the watch can be saved: it keeps the rows that it judged last. */
int rai_drift_watch_keep(struct rai_drift_watch *w, struct rai_err *err);

void rai_drift_watch_save(const struct rai_drift_watch *w, struct rai_buf *out);

/*
 * Into a watch on which rai_drift_watch_keep was called, before anything was pushed.  The same
 * reference and rule are the caller's affair.  Trusts nothing: -1 names the line, which is counted
 * from first; the watch is then good for freeing only.
 */
int rai_drift_watch_load(
    struct rai_drift_watch *w, const char *text, size_t len, int64_t first, struct rai_err *err);

#endif

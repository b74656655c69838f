#ifndef RAI_SERVE_DASHBOARD_H
#define RAI_SERVE_DASHBOARD_H

#include "base/buf.h"
#include "serve/models.h"

/* Inside of this room: parts of the dashboard that have a file of their own, and what they share.
 */

/* How many features have moved, which, and of how many that have enough values. */
void rai_serve_drifting_say(const struct rai_serve_live *live, struct rai_buf *b);

/* Every feature and the prediction against training: a note, and a table; now_ms: the time. */
void rai_serve_drifting_write(
    const struct rai_serve_live *live, size_t index, int64_t now_ms, struct rai_buf *b);

/* For people: "12 min"; "2026-11-28 18:01"; the same within <time>. */
void rai_serve_dashboard_span(struct rai_buf *b, int64_t ms);
void rai_serve_dashboard_time(struct rai_buf *b, int64_t ms);

#endif

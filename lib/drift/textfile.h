#ifndef RAI_DRIFT_TEXTFILE_H
#define RAI_DRIFT_TEXTFILE_H

#include "drift/report.h"

/*
 * The standing verdict for the textfile collector of Prometheus' node exporter.  What is not known
 * is left out, but the heartbeat, which is now_ms.
 */
void rai_drift_textfile(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    int64_t now_ms, struct rai_buf *out);

#endif

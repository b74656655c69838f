#ifndef RAI_DRIFT_HTML_H
#define RAI_DRIFT_HTML_H

#include "drift/history.h"
#include "drift/report.h"

/*
 * The page about the verdict: one file without scripts and without anything from elsewhere, whose
 * plots are SVG inside it.  Every name and category in it is foreign text.
 */
struct rai_drift_page {
	const struct rai_drift_state *state;
	const struct rai_drift_subject *about;
	const struct rai_drift_history *history;
	int64_t now_ms;
};

void rai_drift_html(const struct rai_drift_page *p, struct rai_buf *out);

#endif

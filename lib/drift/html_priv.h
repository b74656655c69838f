#ifndef RAI_DRIFT_HTML_PRIV_H
#define RAI_DRIFT_HTML_PRIV_H

#include "base/html.h"
#include "drift/html.h"
#include "page/page.h"

/* What the files of the page share. */

/* A column as it is shown: its check, its reference, and its counts in the window. */
struct rai_drift_shown {
	const struct rai_drift_check *check;
	const struct rai_profile_col *ref;
	const int64_t *bin; /* nbin + 2; NULL: they were not kept */
	const char *role;   /* "prediction", "target"; NULL: a feature */
	size_t order;       /* in the profile */
};

/* "moved", "broken", "as before", "time, not judged", "not in the log", and the class for it. */
const char *rai_drift_html_word(const struct rai_drift_check *c);
const char *rai_drift_html_tone(const struct rai_drift_check *c);

/* "2026-11-23 10:00 UTC", a dash where it is not known. */
void rai_drift_html_time(struct rai_buf *b, int64_t ms);

/* "<td>0.8123</td>". */
void rai_drift_html_cell(struct rai_buf *b, double v);

/* The values of a column in reference and window, and what is measured of them. */
void rai_drift_html_column(struct rai_buf *b, const struct rai_drift_shown *c);

/* The windows so far: what moved in each, and the accuracy of those with labels. */
void rai_drift_html_windows(struct rai_buf *b, const struct rai_drift_page *p);

#endif

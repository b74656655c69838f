#ifndef RAI_SERVE_LINE_H
#define RAI_SERVE_LINE_H

#include "json/json.h"
#include "serve/log.h"
#include "table/schema.h"

/*
 * Inside of this room: what of a prediction the log may know.  log is NULL where there is none.
 */

/*
 * Are lines about this prediction wanted?  With sampling, the id alone decides: lines of a
 * prediction and of its feedback stand in the log together, whichever process writes them.
 */
int rai_serve_line_wanted(const struct rai_serve_log *log, const char *id);

/* Does the value of any column stay out of the log?  And that of this one? */
int rai_serve_line_redacts(const struct rai_serve_log *log);
int rai_serve_line_hides(const struct rai_serve_log *log, const char *column);

/*
 * The members "sample" and "redacted", for readers that must know what they do not see; neither
 * where all is there.
 */
void rai_serve_line_marks(
    const struct rai_serve_log *log, const struct rai_schema *s, struct rai_jw *w);

#endif

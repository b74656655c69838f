#ifndef RAI_SERVE_CSVBODY_H
#define RAI_SERVE_CSVBODY_H

#include "serve/rows.h"
#include "serve/score.h"

/* CSV bodies (RFC 4180): rows that come, predictions that go. */

/*
 * All rows of a body, behind those that r has.  Where extra columns are dropped, none may be
 * missing, and a body without a header row has all of them in the schema's order; where they are
 * refused, a column that is not there is missing in every row.  text lives until the next body is
 * read.
 */
int rai_serve_csv_read(const struct rai_schema *s, enum rai_serve_extra extra, const char *body,
    size_t len, struct rai_serve_rows *r, struct rai_err *err);

/* "id,prediction" and, of classes, a "probability:<class>" for each. */
void rai_serve_csv_write(
    const struct rai_serve_model *m, const struct rai_serve_scores *s, struct rai_buf *out);

#endif

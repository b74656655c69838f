#ifndef RAI_SERVE_ROWS_H
#define RAI_SERVE_ROWS_H

#include <stddef.h>

#include "base/buf.h"
#include "table/schema.h"

/*
 * Request bodies to rows.  A field that is not given is missing; one that the schema does not know
 * is an error that names it and the nearest that it does; so is one given twice.  Messages are
 * for the sender: they name the field and what would be right.
 */
struct rai_serve_row {
	size_t n;              /* columns there is room for */
	struct rai_cell *cell; /* one per schema column */
	const char **text;     /* the value as it came, where it came as text; else NULL */
	unsigned char *given;
	struct rai_buf store; /* decoded text of a form; text points into it */
};

void rai_serve_row_init(struct rai_serve_row *r);
void rai_serve_row_release(struct rai_serve_row *r);

/* {"Rooms": 3, ...}; text lives as long as obj. */
int rai_serve_row_json(const struct rai_schema *s, const struct cJSON *obj, struct rai_serve_row *r,
    struct rai_err *err);

/* "Rooms=3&Type=h" (application/x-www-form-urlencoded).  On an error, too, what was read is there.
 */
int rai_serve_row_form(const struct rai_schema *s, const char *body, size_t len,
    struct rai_serve_row *r, struct rai_err *err);

/*
 * The row as a JSON object under key, for the log: numbers as numbers, categories as text (also
 * those that training has not seen, as they came), dates as ISO text, missing as null.
 */
void rai_serve_row_write(
    const struct rai_schema *s, const struct rai_serve_row *r, struct rai_jw *w, const char *key);

#endif

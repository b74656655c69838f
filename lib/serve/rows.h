#ifndef RAI_SERVE_ROWS_H
#define RAI_SERVE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "serve/log.h"
#include "serve/names.h"
#include "table/schema.h"

/*
 * Request bodies to rows.  A field that is not given is missing; one that the schema does not know
 * is an error that names it and the nearest that it does; so is one given twice.  Messages are
 * for the sender: they name the field and what would be right.
 */

/* A value as it stands in a body, where that is how we would write it; len 0: it is not. */
struct rai_serve_token {
	uint32_t at, len; /* bytes */
};

struct rai_serve_rows {
	size_t n, ncol;        /* rows that are there; cells of each, one per schema column */
	struct rai_cell *cell; /* n x ncol: row i begins at i x ncol */
	const char **text; /* likewise: the value as it came, where it came as text; else NULL */
	struct rai_serve_token *token; /* likewise, in body */
	const char *body;              /* of the caller, or NULL when there are no tokens */
	unsigned char *given;          /* ncol: by the row that is being read */
	int unfit; /* set where values are well, but make no rows of the schema's columns */
	size_t room, width;   /* cells and columns there is memory for */
	struct rai_buf store; /* decoded text of a form or a tensor; text points into it */
};

/* BATCH: rows in one request; CELLS: of all its rows together, which bounds the memory they take.
 */
enum { RAI_SERVE_BATCH = 10000, RAI_SERVE_CELLS = 1 << 21 };

void rai_serve_rows_init(struct rai_serve_rows *r);
void rai_serve_rows_release(struct rai_serve_rows *r);

/* No rows, for schema s; memory is kept. */
int rai_serve_rows_begin(const struct rai_schema *s, struct rai_serve_rows *r, struct rai_err *err);

/*
 * n more rows, all of their values missing.  More than RAI_SERVE_BATCH rows, or RAI_SERVE_CELLS
 * values, are refused as input.
 */
int rai_serve_rows_add(struct rai_serve_rows *r, size_t n, struct rai_err *err);

/*
 * Tables name their columns first, then come their values.  extra: what a column is that the schema
 * does not know.
 */
enum rai_serve_extra { RAI_EXTRA_REFUSED, RAI_EXTRA_DROPPED };

/*
 * The column of that name, or -1 in *col for one that is dropped; schema column next is tried
 * first. Twice the same since the last row was added is an error.
 */
int rai_serve_rows_column(const struct rai_schema *s, const char *name, size_t next,
    enum rai_serve_extra extra, struct rai_serve_rows *r, int *col, struct rai_err *err);

/* Has every column been named since then?  The message lists those that have not. */
int rai_serve_rows_complete(
    const struct rai_schema *s, struct rai_serve_rows *r, struct rai_err *err);

/* One value; its text lives as long as the document. */
int rai_serve_rows_put(const struct rai_schema *s, size_t row, size_t col,
    const struct cJSON *value, struct rai_serve_rows *r, struct rai_err *err);

/* The same of a number, where NaN is missing; and of text, which lives as long as the rows. */
int rai_serve_rows_put_num(const struct rai_schema *s, size_t row, size_t col, double v,
    struct rai_serve_rows *r, struct rai_err *err);
int rai_serve_rows_put_text(const struct rai_schema *s, size_t row, size_t col, const char *text,
    struct rai_serve_rows *r, struct rai_err *err);

/* Gives large memory back. */
void rai_serve_rows_trim(struct rai_serve_rows *r);

/* One more row {"Rooms": 3, ...}; text lives as long as obj. */
int rai_serve_rows_json(const struct rai_schema *s, const struct cJSON *obj,
    struct rai_serve_rows *r, struct rai_err *err);

/*
 * One more row "Rooms=3&Type=h" (application/x-www-form-urlencoded); text lives until the next form
 * is read.  A wrong value does not end it, a wrong field does: err is of the first.
 */
int rai_serve_rows_form(const struct rai_schema *s, const char *body, size_t len,
    struct rai_serve_rows *r, struct rai_err *err);

/*
 * A row as a JSON object under key, for the log: numbers as numbers, categories as text (also
 * those that training has not seen, as they came), dates as ISO text, missing as null, and so what
 * the log (or NULL) must not know.  names: of s, or NULL.
 */
void rai_serve_rows_write(const struct rai_schema *s, const struct rai_serve_names *names,
    const struct rai_serve_rows *r, size_t row, const struct rai_serve_log *log, struct rai_jw *w,
    const char *key);

#endif

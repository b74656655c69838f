#ifndef RAI_TABLE_CSV_H
#define RAI_TABLE_CSV_H

#include <stddef.h>

#include "base/err.h"
#include "table/source.h"

/*
 * Rows of text fields from a byte source, one at a time in bounded memory: CSV (RFC 4180) or JSON
 * lines, behind one reader.
 *
 * CSV: the first row names the columns; a byte-order mark, CRLF, quotes, separators and line
 * breaks inside quotes, and a last line without its break are understood; empty lines are skipped.
 * An error is a row with another number of fields than the header, a quote inside an unquoted
 * field or text after a closing one, bytes that are not UTF-8, a name that stands twice.
 * JSON lines: one object per line; the columns are the members seen in the first
 * RAI_ROWS_SAMPLE lines, in order of appearance; an absent member and null are empty fields.
 */
struct rai_rows;

enum rai_format { RAI_FORMAT_AUTO, RAI_FORMAT_CSV, RAI_FORMAT_JSONL };

#define RAI_ROWS_SAMPLE 1000             /* rows from which columns and types are inferred */
#define RAI_ROWS_MAX ((size_t)16 << 20)  /* bytes of one row */
#define RAI_ROWS_COLUMNS ((size_t)65536) /* columns */

/*
 * One field, not NUL-terminated; it lives until the next row is read.  RAI_FIELD_READABLE bytes at
 * p may be read, whatever len is, and as many behind it.
 */
#define RAI_FIELD_READABLE 16
struct rai_field {
	const char *p;
	size_t len;
};

/*
 * Takes s over (it is closed with the reader, also on failure) and reads the names.  separator 0
 * is a comma.  RAI_FORMAT_AUTO: text that starts with '{' is JSON lines.
 */
int rai_rows_open(struct rai_source *s, enum rai_format format, char separator,
    struct rai_rows **out, struct rai_err *err);

size_t rai_rows_width(const struct rai_rows *r);
const char *rai_rows_column(const struct rai_rows *r, size_t i); /* lives as long as r */

/* 0 with *field pointing at rai_rows_width() fields; 1 at the end; -1 with "file:line: why". */
int rai_rows_next(struct rai_rows *r, const struct rai_field **field, struct rai_err *err);

/* The line (from 1) on which the row that was read last starts. */
size_t rai_rows_line(const struct rai_rows *r);
struct rai_source *rai_rows_source(const struct rai_rows *r);

void rai_rows_close(struct rai_rows *r); /* NULL is fine */

#endif

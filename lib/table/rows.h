#ifndef RAI_TABLE_ROWS_H
#define RAI_TABLE_ROWS_H

#include <stddef.h>

#include "base/buf.h"
#include "table/csv.h"
#include "table/refuse.h"
#include "table/scan.h"

enum { RAI_FIELD_PLAIN, RAI_FIELD_QUOTED, RAI_FIELD_DOUBLED }; /* with doubled quotes inside */

/*
 * What csv.c and jsonl.c share; private to this room.  The buffer holds end bytes, of which those
 * before at are done; RAI_SCAN_PAD bytes past its capacity may be read.
 */
struct rai_rows {
	struct rai_source *source;
	char separator;
	char *buf;
	size_t cap, at, end;
	int ended;       /* there are no more bytes */
	int fault;       /* an error of this row alone, an enum rai_refusal; 0: none */
	const char *row; /* the text of the row that was read last, with its quotes: row_len */
	size_t row_len;
	size_t line;        /* of buf[at], from 1 */
	size_t row_line;    /* of the row that was read last */
	char **name;        /* width */
	size_t width, room; /* room: of field and escaped */
	struct rai_field *field;
	unsigned char *escaped; /* one of those above (JSON lines: the member was seen) */
	int jsonl;
	struct rai_scan scan;
	struct rai_marks marks;
	int (*next)(struct rai_rows *r, struct rai_err *err);
	struct rai_buf text; /* of this row's fields, where it is not as in buf */
	size_t *offset;      /* where a field that lies in text starts */
	size_t *order; /* where each wanted column stands; NULL: they are wanted as they are */
	struct rai_field *ordered; /* the fields in that order */
};

/*
 * A reader of n bytes at p, which come from the same source as r's and start with a row of line
 * line; whole says that the last row is whole, else reading past it is the error of a row that is
 * too long.  RAI_SCAN_PAD bytes past p + n may be read, none is written.  It borrows the names and
 * the source of r; the scratch space of view is kept from one use to the next (zero before the
 * first).
 */
int rai_rows_view(const struct rai_rows *r, const char *p, size_t n, size_t line, int whole,
    struct rai_rows *view, struct rai_err *err);
void rai_rows_view_release(struct rai_rows *view);

/*
 * From now on r gives its fields in the order of the columns of as; a column that only one of
 * them has is an error that names it and both sources.
 */
int rai_rows_align(struct rai_rows *r, const struct rai_rows *as, struct rai_err *err);

/*
 * After an error with a fault: r goes on behind that row.  *text and *len: its text, until the
 * next row is read; *line: where it starts.
 */
int rai_rows_skip(
    struct rai_rows *r, const char **text, size_t *len, size_t *line, struct rai_err *err);

/*
 * Most rows: no quotes, whole, no more fields than there is room for.  The number of fields of the
 * one at p, with *past at its line feed, and *high: some of its bytes may be >= 128; 0: this is
 * another row, nothing is done.
 */
size_t rai_rows_plain(
    struct rai_rows *r, const char *p, const char *end, const char **past, int *high);

/* Gets more bytes behind end.  1: there are no more; -1: error (a row that is too long). */
int rai_rows_refill(struct rai_rows *r, struct rai_err *err);

/* The error of a row of RAI_ROWS_MAX bytes or more. */
int rai_rows_too_long(const struct rai_rows *r, size_t line, struct rai_err *err);

/* Bytes behind text, as the fields in it need them. */
void rai_rows_pad(struct rai_buf *text);

/* Adds a column; a name that is empty or stands already is an error. */
int rai_rows_name(struct rai_rows *r, const char *name, size_t len, struct rai_err *err);

/* Room for n fields. */
int rai_rows_room(struct rai_rows *r, size_t n, struct rai_err *err);

/* Reads the names of JSON lines and sets next. */
int rai_jsonl_start(struct rai_rows *r, struct rai_err *err);

/* "file:line" of at before a message: RAI_EINPUT, -1. */
int rai_rows_fail(const struct rai_rows *r, size_t line, struct rai_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif

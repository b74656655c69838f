#include "table/csv.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/utf8.h"
#include "table/rows.h"

#define BLOCK ((size_t)1 << 18)

int
rai_rows_fail(const struct rai_rows *r, size_t line, struct rai_err *err, const char *fmt, ...)
{
	char text[RAI_ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return rai_fail(err, RAI_EINPUT, "%s:%zu: %s", rai_source_name(r->source), line, text);
}

int
rai_rows_too_long(const struct rai_rows *r, size_t line, struct rai_err *err)
{
	return rai_rows_fail(r, line, err,
	    "a row of more than %zu bytes (a quote that is not closed?)", RAI_ROWS_MAX);
}

int
rai_rows_refill(struct rai_rows *r, struct rai_err *err)
{
	size_t got;

	if (r->ended)
		return 1;
	if (r->at > 0) {
		memmove(r->buf, r->buf + r->at, r->end - r->at);
		r->end -= r->at;
		r->at = 0;
	}
	if (r->end == r->cap) {
		size_t cap = r->cap * 2;
		char *p;

		if (r->cap >= RAI_ROWS_MAX)
			return rai_rows_too_long(r, r->line, err);
		p = realloc(r->buf, cap + RAI_SCAN_PAD);
		if (p == NULL)
			return rai_fail_memory(err);
		r->buf = p;
		r->cap = cap;
	}
	if (rai_source_read(r->source, r->buf + r->end, r->cap - r->end, &got, err) != 0)
		return -1;
	r->end += got;
	memset(r->buf + r->end, 0, RAI_SCAN_PAD);
	r->scan.window = NULL;
	rai_marks_forget(&r->marks);
	r->ended = got == 0;
	return r->ended;
}

void
rai_rows_pad(struct rai_buf *text)
{
	static const char zeros[RAI_FIELD_READABLE];

	rai_buf_add(text, zeros, sizeof(zeros));
}

int
rai_rows_room(struct rai_rows *r, size_t n, struct rai_err *err)
{
	size_t room = r->room == 0 ? 32 : r->room;
	struct rai_field *f;
	unsigned char *e;
	size_t *o;

	if (n <= r->room)
		return 0;
	while (room < n)
		room *= 2;
	f = realloc(r->field, room * sizeof(*f));
	if (f == NULL)
		return rai_fail_memory(err);
	r->field = f;
	e = realloc(r->escaped, room);
	if (e == NULL)
		return rai_fail_memory(err);
	r->escaped = e;
	o = realloc(r->offset, room * sizeof(*o));
	if (o == NULL)
		return rai_fail_memory(err);
	r->offset = o;
	r->room = room;
	return 0;
}

/*
 * A quoted field whose first quote is at p.  1 with *past behind the closing quote; 0: more bytes
 * are needed; -1.
 */
static int
quoted(struct rai_rows *r, const char *p, struct rai_field *f, unsigned char *escaped,
    const char **past, struct rai_err *err)
{
	const char *end = r->buf + r->end, *q = p + 1;

	*escaped = RAI_FIELD_QUOTED;
	for (;;) {
		q = memchr(q, '"', (size_t)(end - q));
		if (q == NULL) {
			if (r->ended)
				return rai_rows_fail(
				    r, r->line, err, "a quote is opened and never closed");
			return 0;
		}
		if (q + 1 == end && !r->ended)
			return 0;
		if (q + 1 == end || q[1] != '"')
			break;
		*escaped = RAI_FIELD_DOUBLED;
		q += 2;
	}
	f->p = p + 1;
	f->len = (size_t)(q - f->p);
	*past = q + 1;
	q++;
	if (q + 1 >= end && !r->ended)
		return 0;
	if (q < end && *q != r->separator && *q != '\n' &&
	    !(*q == '\r' && (q + 1 == end || q[1] == '\n')))
		return rai_rows_fail(r, r->line, err, "text after a closing quote");
	return 1;
}

static int
check_utf8(const struct rai_rows *r, const char *p, const char *end, struct rai_err *err)
{
	size_t line = r->line, step;

	for (; p < end; p += step) {
		step = rai_utf8_step(p, (size_t)(end - p));
		if (step == 0)
			return rai_rows_fail(r, line, err,
			    "byte 0x%02x is not valid UTF-8 (save the file as UTF-8)",
			    (unsigned)(unsigned char)*p);
		line += *p == '\n';
	}
	return 0;
}

/* Fields with doubled quotes move to r->text, which may move itself while it grows. */
static int
unescape(struct rai_rows *r, size_t n, struct rai_err *err)
{
	const char *p, *end, *q;
	size_t i;

	rai_buf_clear(&r->text);
	for (i = 0; i < n; i++) {
		if (r->escaped[i] != RAI_FIELD_DOUBLED)
			continue;
		r->offset[i] = r->text.len;
		p = r->field[i].p;
		end = p + r->field[i].len;
		for (; (q = memchr(p, '"', (size_t)(end - p))) != NULL; p = q + 2)
			rai_buf_add(&r->text, p, (size_t)(q + 1 - p));
		rai_buf_add(&r->text, p, (size_t)(end - p));
		r->field[i].len = r->text.len - r->offset[i];
	}
	rai_rows_pad(&r->text);
	for (i = 0; i < n; i++)
		if (r->escaped[i] == RAI_FIELD_DOUBLED)
			r->field[i].p = r->text.ptr + r->offset[i];
	return rai_buf_check(&r->text, "a row", err);
}

/* The row is whole: checks its bytes (high: some may be >= 128), undoes quotes, moves on. */
static int
finish_row(struct rai_rows *r, size_t n, const char *end, int quotes, int high, struct rai_err *err)
{
	const char *start = r->buf + r->at, *p;
	size_t stored = n < r->room ? n : r->room;

	if ((size_t)(end - start) >= RAI_ROWS_MAX)
		return rai_rows_too_long(r, r->line, err);
	r->row = start;
	r->row_len = (size_t)(end - start);
	if (high && check_utf8(r, start, end, err) != 0) {
		r->fault = RAI_REFUSED_ENCODING;
		return -1;
	}
	r->row_line = r->line;
	r->line++;
	for (p = start; quotes && (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		r->line++;
	r->at = (size_t)(end - r->buf) + (end < r->buf + r->end);
	return quotes ? unescape(r, stored, err) : 0;
}

/* One row from buf[at].  *n: its fields.  1: done; 0: more bytes are needed; -1. */
static int
tokenize(struct rai_rows *r, size_t *n, struct rai_err *err)
{
	const char *end = r->buf + r->end, *p = r->buf + r->at, *q = p;
	int quotes = 0, high, rc;

	*n = rai_rows_plain(r, p, end, &q, &high);
	if (*n > 0) {
		r->escaped[0] = RAI_FIELD_PLAIN;
		return finish_row(r, *n, q, 0, high, err) == 0 ? 1 : -1;
	}
	for (*n = 0;; p = q + 1) {
		struct rai_field f;
		unsigned char escaped = RAI_FIELD_PLAIN;

		if (p < end && *p == '"') {
			quotes = 1;
			rc = quoted(r, p, &f, &escaped, &q, err);
			if (rc < 0)
				r->fault = RAI_REFUSED_QUOTES;
			if (rc <= 0)
				return rc;
			r->scan.row_high = 1; /* memchr did not look */
			if (q < end && *q == '\r')
				q++;
		} else {
			q = rai_scan_next(&r->scan, p, end, r->separator);
			if (q == end && !r->ended)
				return 0;
			if (q < end && *q == '"') {
				r->fault = RAI_REFUSED_QUOTES;
				return rai_rows_fail(
				    r, r->line, err, "a quote inside a field that is not quoted");
			}
			f.p = p;
			f.len = (size_t)(q - p);
			if (f.len > 0 && (q == end || *q == '\n') && q[-1] == '\r')
				f.len--;
		}
		if (*n == r->room && r->width == 0 && rai_rows_room(r, *n + 1, err) != 0)
			return -1;
		if (*n < r->room) {
			r->field[*n] = f;
			r->escaped[*n] = escaped;
		}
		++*n;
		if (q == end || *q == '\n') {
			rc = finish_row(r, *n, q, quotes, r->scan.row_high, err);
			r->scan.row_high = r->scan.high; /* the next row may start in this window */
			return rc == 0 ? 1 : -1;
		}
	}
}

/* The next row that is not an empty line.  0, 1 at the end, -1. */
static int
next_row(struct rai_rows *r, size_t *n, struct rai_err *err)
{
	int rc;

	for (;;) {
		if (r->at < r->end) {
			rc = tokenize(r, n, err);
			if (rc < 0)
				return -1;
			if (rc > 0) {
				if (*n == 1 && r->field[0].len == 0 &&
				    r->escaped[0] == RAI_FIELD_PLAIN)
					continue;
				return 0;
			}
		} else if (r->ended)
			return 1;
		if (rai_rows_refill(r, err) < 0) {
			if (r->end >= RAI_ROWS_MAX) /* what never ends is a quote most likely */
				r->fault = RAI_REFUSED_QUOTES;
			return -1;
		}
	}
}

static int
csv_next(struct rai_rows *r, struct rai_err *err)
{
	size_t n;
	int rc = next_row(r, &n, err);

	if (rc != 0)
		return rc;
	if (n == r->width)
		return 0;
	r->fault = RAI_REFUSED_FIELDS;
	return rai_rows_fail(r, r->row_line, err, "%zu field%s, where the header has %zu", n,
	    n == 1 ? "" : "s", r->width);
}

int
rai_rows_name(struct rai_rows *r, const char *name, size_t len, struct rai_err *err)
{
	char **p;

	if (len == 0)
		return rai_rows_fail(
		    r, r->row_line, err, "column %zu of the header has no name", r->width + 1);
	if (memchr(name, '\0', len) != NULL)
		return rai_rows_fail(
		    r, r->row_line, err, "the name of column %zu holds a zero byte", r->width + 1);
	if (r->width == RAI_ROWS_COLUMNS)
		return rai_rows_fail(
		    r, r->row_line, err, "more than %zu columns", RAI_ROWS_COLUMNS);
	p = realloc(r->name, (r->width + 1) * sizeof(*p));
	if (p == NULL)
		return rai_fail_memory(err);
	r->name = p;
	r->name[r->width] = strndup(name, len);
	if (r->name[r->width] == NULL)
		return rai_fail_memory(err);
	r->width++;
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
check_twice(const struct rai_rows *r, struct rai_err *err)
{
	char **sorted = malloc(r->width * sizeof(*sorted));
	size_t i;
	int rc = 0;

	if (sorted == NULL)
		return rai_fail_memory(err);
	memcpy(sorted, r->name, r->width * sizeof(*sorted));
	qsort(sorted, r->width, sizeof(*sorted), by_text);
	for (i = 1; i < r->width && rc == 0; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			rc = rai_rows_fail(r, r->row_line, err,
			    "the header has the column \"%.100s\" twice", sorted[i]);
	free(sorted);
	return rc;
}

static int
csv_start(struct rai_rows *r, struct rai_err *err)
{
	size_t n, i;
	int rc = next_row(r, &n, err);

	if (rc != 0)
		return rc < 0 ? -1
			      : rai_fail(err, RAI_EINPUT,
				    "%s: empty, where a header and rows were expected",
				    rai_source_name(r->source));
	for (i = 0; i < n; i++)
		if (rai_rows_name(r, r->field[i].p, r->field[i].len, err) != 0)
			return -1;
	r->next = csv_next;
	return check_twice(r, err);
}

int
rai_rows_open(struct rai_source *s, enum rai_format format, char separator, struct rai_rows **out,
    struct rai_err *err)
{
	struct rai_rows *r = calloc(1, sizeof(*r));
	size_t i;
	int rc = 0;

	if (r == NULL) {
		rai_source_close(s);
		return rai_fail_memory(err);
	}
	r->source = s;
	r->separator = separator == '\0' ? ',' : separator;
	r->line = r->row_line = 1;
	r->cap = BLOCK;
	rai_buf_init(&r->text, RAI_ROWS_MAX * 2);
	r->buf = malloc(r->cap + RAI_SCAN_PAD);
	if (r->buf == NULL || rai_rows_room(r, 1, NULL) != 0) {
		rai_fail_memory(err);
		goto fail;
	}
	while (rc == 0 && r->end < 4)
		rc = rai_rows_refill(r, err);
	if (rc < 0)
		goto fail;
	if (r->end >= 3 && memcmp(r->buf, "\xef\xbb\xbf", 3) == 0)
		r->at = 3;
	for (i = r->at; i < r->end && strchr(" \t\r\n", r->buf[i]) != NULL; i++)
		if (r->buf[i] == '\0')
			break;
	if (format == RAI_FORMAT_AUTO)
		format = i < r->end && r->buf[i] == '{' ? RAI_FORMAT_JSONL : RAI_FORMAT_CSV;
	if ((format == RAI_FORMAT_JSONL ? rai_jsonl_start : csv_start)(r, err) != 0)
		goto fail;
	*out = r;
	return 0;
fail:
	rai_rows_close(r);
	return -1;
}

int
rai_rows_view(const struct rai_rows *r, const char *p, size_t n, size_t line, int whole,
    struct rai_rows *view, struct rai_err *err)
{
	view->source = r->source;
	view->separator = r->separator;
	view->jsonl = r->jsonl;
	view->next = r->next;
	view->name = r->name;
	view->width = r->width;
	memcpy(&view->buf, &p, sizeof(view->buf)); /* a view never writes there */
	view->cap = view->end = n;
	view->at = 0;
	view->ended = whole;
	view->scan.window = NULL;
	rai_marks_forget(&view->marks);
	view->line = view->row_line = line;
	if (view->text.ptr == NULL)
		rai_buf_init(&view->text, RAI_ROWS_MAX * 2);
	view->order = r->order;
	if (r->order != NULL && view->ordered == NULL)
		view->ordered = calloc(r->width + 1, sizeof(*view->ordered));
	if (r->order != NULL && view->ordered == NULL)
		return rai_fail_memory(err);
	return rai_rows_room(view, r->width, err);
}

void
rai_rows_view_release(struct rai_rows *view)
{
	free(view->field);
	free(view->escaped);
	free(view->offset);
	free(view->ordered);
	rai_buf_free(&view->text);
}

size_t
rai_rows_width(const struct rai_rows *r)
{
	return r->width;
}

const char *
rai_rows_column(const struct rai_rows *r, size_t i)
{
	return r->name[i];
}

int
rai_rows_next(struct rai_rows *r, const struct rai_field **field, struct rai_err *err)
{
	size_t i;
	int rc;

	r->fault = 0;
	rc = r->next(r, err);
	*field = r->field;
	if (rc != 0 || r->order == NULL)
		return rc;
	for (i = 0; i < r->width; i++)
		r->ordered[i] = r->field[r->order[i]];
	*field = r->ordered;
	return 0;
}

size_t
rai_rows_line(const struct rai_rows *r)
{
	return r->row_line;
}

struct rai_source *
rai_rows_source(const struct rai_rows *r)
{
	return r->source;
}

void
rai_rows_close(struct rai_rows *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->width; i++)
		free(r->name[i]);
	free(r->name);
	free(r->field);
	free(r->escaped);
	free(r->offset);
	free(r->order);
	free(r->ordered);
	free(r->buf);
	rai_buf_free(&r->text);
	rai_source_close(r->source);
	free(r);
}

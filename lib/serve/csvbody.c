#include "serve/csvbody.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "table/csv.h"

/* Which schema column each column of the body is, or -1. */
static int
name_columns(const struct rai_schema *s, enum rai_serve_extra extra, const struct rai_rows *in,
    struct rai_serve_rows *r, int *col, struct rai_err *err)
{
	size_t i;

	memset(r->given, 0, r->ncol);
	for (i = 0; i < rai_rows_width(in); i++)
		if (rai_serve_rows_column(s, rai_rows_column(in, i), i, extra, r, &col[i], err) !=
		    0)
			return -1;
	return extra == RAI_EXTRA_DROPPED ? rai_serve_rows_complete(s, r, err) : 0;
}

/* A field of the last row; its text goes to room and is NUL-terminated there. */
static int
put(const struct rai_schema *s, const struct rai_field *f, size_t col, char *room,
    struct rai_serve_rows *r, struct rai_err *err)
{
	size_t at = (r->n - 1) * r->ncol + col;

	memcpy(room, f->p, f->len);
	room[f->len] = '\0';
	r->text[at] = f->len > 0 ? room : NULL;
	return rai_schema_text(&s->col[col], room, f->len, &r->cell[at], err);
}

static int
read_rows(const struct rai_schema *s, struct rai_rows *in, const int *col, size_t added,
    struct rai_serve_rows *r, struct rai_err *err)
{
	char *room = r->store.ptr;
	const struct rai_field *field;
	size_t i;
	int rc;

	while ((rc = rai_rows_next(in, &field, err)) == 0) {
		if (rai_serve_rows_add(r, 1, err) != 0)
			return -1;
		for (i = 0; i < rai_rows_width(in); i++) {
			if (col[i] < 0)
				continue;
			if (put(s, &field[i], (size_t)col[i], room, r, err) != 0)
				return rai_wrap(err, "line %zu", rai_rows_line(in) - added);
			room += field[i].len + 1;
		}
	}
	return rc < 0 ? -1 : 0;
}

static void
add_text(struct rai_buf *out, const char *prefix, const char *text)
{
	const char *p;

	if (strpbrk(text, ",\"\r\n") == NULL) {
		rai_buf_str(out, prefix);
		rai_buf_str(out, text);
		return;
	}
	rai_buf_char(out, '"');
	rai_buf_str(out, prefix);
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			rai_buf_char(out, '"');
		rai_buf_char(out, *p);
	}
	rai_buf_char(out, '"');
}

enum { LOOKED_AT = 64 }; /* fields of a line, for the name of a column */

/* The end of the field that begins at p, which a separator or the line's end follows. */
static const char *
field_end(const char *p, const char *end)
{
	int quoted = 0;

	for (; p < end && (quoted || (*p != ',' && *p != '\n' && *p != '\r')); p++)
		quoted ^= *p == '"';
	return p;
}

/* Bytes of a byte order mark that the text begins with, as Excel has it. */
static size_t
mark_of(const char *p, const char *end)
{
	return end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/*
 * SageMaker's clients send rows without a header: as many fields as there are columns, none of them
 * a column's name.  A header that is wrong altogether is no number, where there is a number column.
 */
static int
lacks_header(const struct rai_schema *s, const char *p, const char *end)
{
	size_t i, n = 0, numbers = 0;
	const char *to;
	int quoted;

	for (i = 0; i < s->n; i++)
		numbers += s->col[i].type == RAI_COL_NUM;
	for (p += mark_of(p, end); n < s->n; p = to + 1) {
		to = field_end(p, end);
		quoted = to - p >= 2 && *p == '"';
		if (n++ < LOOKED_AT &&
		    rai_schema_find(s, p + quoted, (size_t)(to - p - 2 * quoted)) >= 0)
			return 0;
		if (to == end || *to != ',')
			return numbers > 0 && n == s->n;
	}
	return 0;
}

/* The body behind a header of all columns. */
static void
add_header(const struct rai_schema *s, const char *body, size_t len, struct rai_buf *out)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		rai_buf_str(out, i > 0 ? "," : "");
		add_text(out, "", s->col[i].name);
	}
	rai_buf_char(out, '\n');
	rai_buf_add(out, body, len);
}

/* added: lines ahead of the body's own. */
static int
read_text(const struct rai_schema *s, enum rai_serve_extra extra, const char *body, size_t len,
    size_t added, struct rai_serve_rows *r, struct rai_err *err)
{
	struct rai_source *source;
	struct rai_rows *in;
	int *col, rc = -1;

	if (rai_source_memory(added > 0 ? "CSV behind a header" : "CSV", body, len, &source, err) !=
		0 ||
	    rai_rows_open(source, RAI_FORMAT_CSV, ',', &in, err) != 0)
		return -1;
	col = calloc(rai_rows_width(in) + 1, sizeof(*col));
	if (col == NULL)
		rai_fail_memory(err);
	else if (name_columns(s, extra, in, r, col, err) == 0)
		rc = read_rows(s, in, col, added, r, err);
	free(col);
	rai_rows_close(in);
	return rc;
}

int
rai_serve_csv_read(const struct rai_schema *s, enum rai_serve_extra extra, const char *body,
    size_t len, struct rai_serve_rows *r, struct rai_err *err)
{
	struct rai_buf whole = RAI_BUF_INIT(SIZE_MAX / 2);
	size_t mark;
	int rc = -1;

	/* a NUL would end a text; gzip would unfold without the bound of a body */
	if (memchr(body, '\0', len) != NULL || (len > 1 && memcmp(body, "\x1f\x8b", 2) == 0))
		return rai_fail(err, RAI_EINPUT,
		    "the body is not CSV text (of gzip, Content-Encoding must say so)");
	/* every field is followed by a separator, or is the last */
	rai_buf_clear(&r->store);
	rai_buf_add(&r->store, body, len);
	rai_buf_char(&r->store, '\0');
	if (rai_buf_check(&r->store, "the body", err) != 0)
		return -1;
	if (extra == RAI_EXTRA_REFUSED || !lacks_header(s, body, body + len))
		return read_text(s, extra, body, len, 0, r, err);
	mark = mark_of(body, body + len);
	add_header(s, body + mark, len - mark, &whole);
	if (rai_buf_check(&whole, "the body", err) == 0)
		rc = read_text(s, extra, whole.ptr, whole.len, 1, r, err);
	rai_buf_free(&whole);
	return rc;
}

static void
add_number(struct rai_buf *out, double v)
{
	char text[RAI_NUM_TEXT];

	rai_buf_add(out, text, (size_t)rai_num_format(v, text));
}

void
rai_serve_csv_write(
    const struct rai_serve_model *m, const struct rai_serve_scores *s, struct rai_buf *out)
{
	char *const *level = m->schema->target.level;
	size_t i, k;

	rai_buf_str(out, "id,prediction");
	for (k = 0; k < m->nclass; k++) {
		rai_buf_char(out, ',');
		add_text(out, "probability:", level[k]);
	}
	rai_buf_char(out, '\n');
	for (i = 0; i < s->n; i++) {
		const double *p = s->out + i * s->nout;

		rai_buf_printf(out, "%s,", s->id[i]);
		if (m->nclass == 0)
			add_number(out, p[0]);
		else
			add_text(out, "", level[rai_serve_class(m, p)]);
		for (k = 0; k < m->nclass; k++) {
			rai_buf_char(out, ',');
			add_number(out, p[k]);
		}
		rai_buf_char(out, '\n');
	}
}

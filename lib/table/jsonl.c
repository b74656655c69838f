#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "json/json.h"
#include "table/rows.h"

/*
 * The line from buf[from], without its end; blank lines are skipped.  0, 1 at the end, -1; *next
 * is behind it.  Nothing is consumed: at stays, and offsets count from at.
 */
static int
find_line(struct rai_rows *r, size_t from, size_t *len, size_t *next, struct rai_err *err)
{
	size_t seen = from;
	char *nl;

	for (;;) {
		nl = memchr(r->buf + r->at + seen, '\n', r->end - r->at - seen);
		if (nl != NULL) {
			*len = (size_t)(nl - (r->buf + r->at)) - from;
			*next = from + *len + 1;
			return 0;
		}
		seen = r->end - r->at;
		if (r->ended) {
			*len = seen - from;
			*next = seen;
			return *len == 0;
		}
		if (rai_rows_refill(r, err) < 0)
			return -1;
	}
}

static int
blank(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return 0;
	return 1;
}

static struct cJSON *
parse_line(const struct rai_rows *r, const char *p, size_t n, size_t line, struct rai_err *err)
{
	struct rai_err why = RAI_ERR_INIT;
	struct cJSON *j = rai_json_parse(p, n, &why);

	if (j == NULL) {
		rai_rows_fail(r, line, err, "this row: %s", why.msg);
		return NULL;
	}
	if (rai_json_kind(j) != RAI_JSON_OBJECT) {
		rai_rows_fail(r, line, err, "a row must be a JSON object ({\"Rooms\":3})");
		rai_json_free(j);
		return NULL;
	}
	return j;
}

/* The column called name, looked for from where it is expected; width: none. */
static size_t
find_column(const struct rai_rows *r, const char *name, size_t expected)
{
	size_t i;

	if (expected < r->width && strcmp(r->name[expected], name) == 0)
		return expected;
	for (i = 0; i < r->width; i++)
		if (strcmp(r->name[i], name) == 0)
			break;
	return i;
}

static int
member_text(
    const struct rai_rows *r, struct rai_buf *text, const struct cJSON *m, struct rai_err *err)
{
	char number[RAI_NUM_TEXT];
	double v;

	switch (rai_json_kind(m)) {
	case RAI_JSON_NULL:
		return 0;
	case RAI_JSON_BOOL:
		rai_buf_str(text, rai_json_as_bool(m) ? "true" : "false");
		return 0;
	case RAI_JSON_STR:
		rai_buf_str(text, rai_json_as_str(m));
		return 0;
	case RAI_JSON_NUM:
		v = rai_json_as_num(m);
		if (v - v == 0) { /* finite */
			rai_num_format(v, number);
			rai_buf_str(text, number);
			return 0;
		}
		return rai_rows_fail(
		    r, r->row_line, err, "%.100s: the number is out of range", rai_json_key(m));
	default:
		return rai_rows_fail(r, r->row_line, err,
		    "%.100s: must be a number, a string, true, false or null", rai_json_key(m));
	}
}

/* Text of all fields into r->text, then pointers to it, as the text may move while it grows. */
static int
take_members(struct rai_rows *r, const struct cJSON *row, struct rai_err *err)
{
	const struct cJSON *m;
	size_t i, c;

	rai_buf_clear(&r->text);
	for (i = 0; i < r->width; i++)
		r->field[i].len = r->offset[i] = 0;
	memset(r->escaped, 0, r->width);
	for (m = rai_json_first(row), i = 0; m != NULL; m = rai_json_next(m), i++) {
		c = find_column(r, rai_json_key(m), i);
		if (c == r->width)
			return rai_rows_fail(r, r->row_line, err,
			    "%.100s: not among the members of the first %d rows", rai_json_key(m),
			    RAI_ROWS_SAMPLE);
		if (r->escaped[c]++)
			return rai_rows_fail(
			    r, r->row_line, err, "%.100s: stands twice", rai_json_key(m));
		r->offset[c] = r->text.len;
		if (member_text(r, &r->text, m, err) != 0)
			return -1;
		r->field[c].len = r->text.len - r->offset[c];
	}
	rai_rows_pad(&r->text);
	if (rai_buf_check(&r->text, "a row", err) != 0)
		return -1;
	for (i = 0; i < r->width; i++)
		r->field[i].p = r->text.ptr + r->offset[i];
	return 0;
}

static int
jsonl_next(struct rai_rows *r, struct rai_err *err)
{
	size_t len, next;
	struct cJSON *row;
	int rc;

	do {
		rc = find_line(r, 0, &len, &next, err);
		if (rc != 0)
			return rc;
		if (len >= RAI_ROWS_MAX)
			return rai_rows_too_long(r, r->line, err);
		r->row_line = r->line++;
		r->at += next;
	} while (blank(r->buf + r->at - next, len));
	r->row = r->buf + r->at - next;
	r->row_len = len;
	r->fault = RAI_REFUSED_JSON;
	row = parse_line(r, r->row, len, r->row_line, err);
	if (row == NULL)
		return -1;
	rc = take_members(r, row, err);
	rai_json_free(row);
	if (rc == 0)
		r->fault = 0;
	return rc;
}

int
rai_jsonl_start(struct rai_rows *r, struct rai_err *err)
{
	size_t from = 0, len, next, rows, line = 1;
	const struct cJSON *m;
	struct cJSON *row;
	int rc = 0;

	/* half the ceiling at most, so that looking ahead cannot make a row too long */
	for (rows = 0; rows < RAI_ROWS_SAMPLE && from < RAI_ROWS_MAX / 2; from = next, line++) {
		rc = find_line(r, from, &len, &next, err);
		if (rc != 0)
			break;
		if (blank(r->buf + r->at + from, len))
			continue;
		row = parse_line(r, r->buf + r->at + from, len, line, err);
		if (row == NULL)
			return -1;
		rows++;
		r->row_line = line;
		for (m = rai_json_first(row); rc == 0 && m != NULL; m = rai_json_next(m))
			if (find_column(r, rai_json_key(m), r->width) == r->width)
				rc =
				    rai_rows_name(r, rai_json_key(m), strlen(rai_json_key(m)), err);
		rai_json_free(row);
		if (rc != 0)
			return -1;
	}
	if (rc < 0)
		return -1;
	if (rows == 0)
		return rai_fail(err, RAI_EINPUT, "%s: empty, where rows were expected",
		    rai_source_name(r->source));
	if (r->width == 0)
		return rai_rows_fail(r, 1, err, "no row has a member");
	r->jsonl = 1;
	r->next = jsonl_next;
	return rai_rows_room(r, r->width, err);
}

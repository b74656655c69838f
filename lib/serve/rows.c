#include "serve/rows.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/near.h"
#include "base/num.h"
#include "json/utf8.h"
#include "serve/line.h"

/* KEEP: bytes that rows may hold between requests; SHOWN: names that a message lists. */
enum { KEEP = 64 << 10, SHOWN = 5 };

void
rai_serve_rows_init(struct rai_serve_rows *r)
{
	memset(r, 0, sizeof(*r));
	rai_buf_init(&r->store, SIZE_MAX / 2);
}

void
rai_serve_rows_release(struct rai_serve_rows *r)
{
	free(r->cell);
	free(r->text);
	free(r->token);
	free(r->given);
	rai_buf_free(&r->store);
	rai_serve_rows_init(r);
}

void
rai_serve_rows_trim(struct rai_serve_rows *r)
{
	if (r->room * sizeof(*r->cell) + r->store.cap > KEEP)
		rai_serve_rows_release(r);
}

int
rai_serve_rows_begin(const struct rai_schema *s, struct rai_serve_rows *r, struct rai_err *err)
{
	unsigned char *given;

	r->n = 0;
	r->ncol = s->n;
	r->body = NULL;
	rai_buf_clear(&r->store);
	if (r->width >= s->n && r->given != NULL)
		return 0;
	given = realloc(r->given, s->n ? s->n : 1);
	if (given == NULL)
		return rai_fail_memory(err);
	r->given = given;
	r->width = s->n;
	return 0;
}

/* Doubles, so that rows may come one by one. */
static int
make_room(struct rai_serve_rows *r, size_t cells, struct rai_err *err)
{
	size_t room = r->room > cells / 2 ? r->room * 2 : cells;
	struct rai_cell *cell = realloc(r->cell, (room ? room : 1) * sizeof(*cell));
	struct rai_serve_token *token;
	const char **text;

	if (cell == NULL)
		return rai_fail_memory(err);
	r->cell = cell;
	text = realloc(r->text, (room ? room : 1) * sizeof(*text));
	if (text == NULL)
		return rai_fail_memory(err);
	r->text = text;
	token = realloc(r->token, (room ? room : 1) * sizeof(*token));
	if (token == NULL)
		return rai_fail_memory(err);
	r->token = token;
	r->room = room;
	return 0;
}

int
rai_serve_rows_add(struct rai_serve_rows *r, size_t n, struct rai_err *err)
{
	size_t i, cells;

	if (n > RAI_SERVE_BATCH || r->n + n > RAI_SERVE_BATCH)
		return rai_fail(
		    err, RAI_EINPUT, "more than %d rows in one request", RAI_SERVE_BATCH);
	if (r->ncol > 0 && r->n + n > RAI_SERVE_CELLS / r->ncol)
		return rai_fail(err, RAI_EINPUT, "more than %zu rows of %zu fields in one request",
		    RAI_SERVE_CELLS / r->ncol, r->ncol);
	cells = (r->n + n) * r->ncol;
	if ((cells > r->room || r->cell == NULL) && make_room(r, cells, err) != 0)
		return -1;
	for (i = r->n * r->ncol; i < cells; i++) {
		r->cell[i] = (struct rai_cell){NAN, RAI_CODE_MISSING};
		r->text[i] = NULL;
		r->token[i].len = 0;
	}
	memset(r->given, 0, r->ncol);
	r->n += n;
	return 0;
}

static int
unknown_field(const struct rai_schema *s, const char *name, struct rai_err *err)
{
	size_t i, d, least = RAI_NEAR_LIMIT;
	const char *near = NULL;

	for (i = 0; i < s->n; i++)
		if ((d = rai_near_distance(s->col[i].name, name)) < least) {
			least = d;
			near = s->col[i].name;
		}
	if (near != NULL)
		return rai_fail(
		    err, RAI_EINPUT, "unknown field \"%.60s\" (did you mean \"%s\"?)", name, near);
	if (strcmp(s->target.name, name) == 0)
		return rai_fail(err, RAI_EINPUT,
		    "field \"%.60s\" is what is predicted (leave it out; send it to /feedback)",
		    name);
	return rai_fail(err, RAI_EINPUT,
	    "unknown field \"%.60s\" (the form at / shows the fields of this model)", name);
}

/* Most senders keep the schema's order, so that next is tried first. */
static int
find(const struct rai_schema *s, const char *name, size_t next)
{
	if (next < s->n && strcmp(s->col[next].name, name) == 0)
		return (int)next;
	return rai_schema_find(s, name, strlen(name));
}

int
rai_serve_rows_column(const struct rai_schema *s, const char *name, size_t next,
    enum rai_serve_extra extra, struct rai_serve_rows *r, int *col, struct rai_err *err)
{
	*col = find(s, name, next);
	if (*col < 0)
		return extra == RAI_EXTRA_DROPPED ? 0 : unknown_field(s, name, err);
	if (r->given[*col])
		return rai_fail(err, RAI_EINPUT, "field \"%s\" is given twice", name);
	r->given[*col] = 1;
	return 0;
}

int
rai_serve_rows_complete(const struct rai_schema *s, struct rai_serve_rows *r, struct rai_err *err)
{
	struct rai_buf names = RAI_BUF_INIT(4096);
	size_t i, missing = 0;

	for (i = 0; i < s->n; i++)
		if (!r->given[i] && missing++ < SHOWN)
			rai_buf_printf(
			    &names, "%s\"%.60s\"", missing > 1 ? ", " : "", s->col[i].name);
	if (missing > 0)
		rai_fail(err, RAI_EINPUT, "not given: %s%s (a value that is not known is null)",
		    names.ptr, missing > SHOWN ? " and more" : "");
	rai_buf_free(&names);
	r->unfit |= missing > 0;
	return missing > 0 ? -1 : 0;
}

int
rai_serve_rows_put(const struct rai_schema *s, size_t row, size_t col, const struct cJSON *value,
    struct rai_serve_rows *r, struct rai_err *err)
{
	const struct rai_col_spec *c = &s->col[col];
	size_t at = row * r->ncol + col;
	enum rai_json_kind kind = rai_json_kind(value);

	if (kind == RAI_JSON_NUM && !isfinite(rai_json_as_num(value)))
		return rai_fail(
		    err, RAI_EINPUT, "field \"%s\": the number is out of range", c->name);
	if (rai_schema_json(c, value, &r->cell[at], err) != 0)
		return -1;
	if (kind == RAI_JSON_STR)
		r->text[at] = rai_json_as_str(value);
	else if (kind == RAI_JSON_BOOL)
		r->text[at] = rai_json_as_bool(value) ? "true" : "false";
	else if (kind == RAI_JSON_NUM && c->type == RAI_COL_CAT)
		r->cell[at].num = rai_json_as_num(value);
	return 0;
}

int
rai_serve_rows_put_num(const struct rai_schema *s, size_t row, size_t col, double v,
    struct rai_serve_rows *r, struct rai_err *err)
{
	const struct rai_col_spec *c = &s->col[col];
	struct rai_cell *cell = &r->cell[row * r->ncol + col];
	char number[RAI_NUM_TEXT];

	if (isnan(v))
		return 0;
	if (!isfinite(v))
		return rai_fail(
		    err, RAI_EINPUT, "field \"%s\": the number is out of range", c->name);
	if (c->type == RAI_COL_DATE)
		return rai_fail(err, RAI_EINPUT,
		    "%.100s: must be a date as a string (2017-03-04) or null", c->name);
	if (c->type == RAI_COL_CAT) {
		rai_num_format(v, number);
		if (rai_schema_text(c, number, strlen(number), cell, err) != 0)
			return -1;
	}
	cell->num = v;
	return 0;
}

int
rai_serve_rows_put_text(const struct rai_schema *s, size_t row, size_t col, const char *text,
    struct rai_serve_rows *r, struct rai_err *err)
{
	size_t at = row * r->ncol + col;

	if (rai_schema_text(&s->col[col], text, strlen(text), &r->cell[at], err) != 0)
		return -1;
	r->text[at] = text;
	return 0;
}

int
rai_serve_rows_json(const struct rai_schema *s, const struct cJSON *obj, struct rai_serve_rows *r,
    struct rai_err *err)
{
	const struct cJSON *m;
	int i = -1;

	if (rai_serve_rows_add(r, 1, err) != 0)
		return -1;
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT,
		    "a row must be a JSON object, such as {\"%s\": null}",
		    s->n > 0 ? s->col[0].name : "field");
	for (m = rai_json_first(obj); m != NULL; m = rai_json_next(m))
		if (rai_serve_rows_column(
			s, rai_json_key(m), (size_t)(i + 1), RAI_EXTRA_REFUSED, r, &i, err) != 0 ||
		    rai_serve_rows_put(s, r->n - 1, (size_t)i, m, r, err) != 0)
			return -1;
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes to out, NUL-terminated; the result is valid text without NUL, or -1. */
static int
decode(const char *s, size_t len, char *out, size_t *n)
{
	size_t i;

	*n = 0;
	for (i = 0; i < len; i++) {
		char c = s[i] == '+' ? ' ' : s[i];

		if (s[i] == '%') {
			int high = len - i > 2 ? hex_digit(s[i + 1]) : -1;
			int low = len - i > 2 ? hex_digit(s[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return -1;
		out[(*n)++] = c;
	}
	out[*n] = '\0';
	return rai_utf8_valid(out, *n);
}

/* One "name=value" of a form, whose column becomes *i.  1: its value is wrong; -1: the form is. */
static int
take_pair(const struct rai_schema *s, const char *pair, size_t len, char *room, int *i,
    struct rai_serve_rows *r, struct rai_err *err)
{
	const char *eq = memchr(pair, '=', len);
	size_t nname = eq == NULL ? len : (size_t)(eq - pair), n, m;
	size_t row = (r->n - 1) * r->ncol;

	if (decode(pair, nname, room, &n) != 0)
		return rai_fail(
		    err, RAI_EINPUT, "the form has a field whose name is not UTF-8 text");
	if (rai_serve_rows_column(s, room, (size_t)(*i + 1), RAI_EXTRA_REFUSED, r, i, err) != 0)
		return -1;
	if (decode(eq == NULL ? "" : eq + 1, eq == NULL ? 0 : len - nname - 1, room, &m) != 0)
		return rai_fail(err, RAI_EINPUT, "field \"%s\" is not UTF-8 text", s->col[*i].name);
	r->text[row + (size_t)*i] = room;
	return rai_schema_text(&s->col[*i], room, m, &r->cell[row + (size_t)*i], err) != 0;
}

int
rai_serve_rows_form(const struct rai_schema *s, const char *body, size_t len,
    struct rai_serve_rows *r, struct rai_err *err)
{
	struct rai_err more = RAI_ERR_INIT;
	const char *end = body + len, *p, *amp;
	int i = -1, wrong = 0, one;

	if (rai_serve_rows_add(r, 1, err) != 0)
		return -1;
	rai_buf_clear(&r->store);
	/* a decoded value is never longer than what came: room for it and its NUL */
	rai_buf_add(&r->store, body, len);
	rai_buf_char(&r->store, '\0');
	if (rai_buf_check(&r->store, "form", err) != 0)
		return -1;
	for (p = body; p < end; p = amp + 1) {
		amp = memchr(p, '&', (size_t)(end - p));
		if (amp == NULL)
			amp = end;
		if (amp == p)
			continue;
		one = take_pair(
		    s, p, (size_t)(amp - p), r->store.ptr + (p - body), &i, r, wrong ? &more : err);
		if (one < 0)
			return -1;
		wrong |= one;
	}
	return wrong ? -1 : 0;
}

/* The day of a time is what stands before its T. */
static void
write_date(struct rai_jw *w, const char *key, double days)
{
	char text[RAI_CLOCK_TEXT];

	rai_clock_format((int64_t)days * 86400000, text);
	rai_jw_strn(w, key, text, strcspn(text, "T"));
}

static void
write_category(const struct rai_col_spec *c, const struct rai_cell *cell, const char *text,
    struct rai_jw *w, const char *key)
{
	char number[RAI_NUM_TEXT];

	if (cell->code >= 0)
		rai_jw_str(w, key, c->level[cell->code]);
	else if (text != NULL || !isfinite(cell->num))
		rai_jw_str(w, key, text);
	else { /* a category that came as a number */
		rai_num_format(cell->num, number);
		rai_jw_str(w, key, number);
	}
}

static void
write_value(const struct rai_col_spec *c, const struct rai_cell *cell, const char *text,
    struct rai_jw *w, const char *key)
{
	if (c->type == RAI_COL_CAT && cell->code != RAI_CODE_MISSING)
		write_category(c, cell, text, w, key);
	else if (c->type == RAI_COL_CAT || !isfinite(cell->num))
		rai_jw_null(w, key);
	else if (c->type == RAI_COL_DATE)
		write_date(w, key, cell->num);
	else
		rai_jw_num(w, key, cell->num);
}

/*
 * The value of column i as it stands in the body, and with it those of the columns behind it whose
 * members follow there as we would write them: after the comma there is room for the name alone.
 * Returns the last of these columns.
 */
static size_t
write_run(const struct rai_serve_names *names, const struct rai_serve_rows *r,
    const struct rai_serve_token *token, size_t i, struct rai_jw *w)
{
	size_t first = i, len;
	const char *name;

	for (; i + 1 < r->ncol; i++) {
		(void)rai_serve_name(names, i + 1, &len);
		if (token[i + 1].len == 0 ||
		    token[i + 1].at != token[i].at + token[i].len + 1 + len)
			break;
	}
	name = rai_serve_name(names, first, &len);
	rai_jw_member(
	    w, name, len, r->body + token[first].at, token[i].at + token[i].len - token[first].at);
	return i;
}

void
rai_serve_rows_write(const struct rai_schema *s, const struct rai_serve_names *names,
    const struct rai_serve_rows *r, size_t row, const struct rai_serve_log *log, struct rai_jw *w,
    const char *key)
{
	int hiding = rai_serve_line_redacts(log);
	const struct rai_serve_token *token = r->token + row * r->ncol;
	const char *name;
	size_t i, len;

	rai_jw_object(w, key);
	for (i = 0; i < s->n; i++) {
		const struct rai_col_spec *c = &s->col[i];
		size_t at = row * r->ncol + i;

		if (names != NULL && token[i].len > 0 && !hiding) {
			i = write_run(names, r, token, i, w);
			continue;
		}
		name = c->name;
		if (names != NULL) {
			name = rai_serve_name(names, i, &len);
			rai_jw_name(w, name, len);
			name = NULL;
		}
		if (hiding && rai_serve_line_hides(log, c->name))
			rai_jw_null(w, name);
		else
			write_value(c, &r->cell[at], r->text[at], w, name);
	}
	rai_jw_end(w);
}

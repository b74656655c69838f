#include "json/json.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "json/utf8.h"

void
rai_jw_init(struct rai_jw *w, struct rai_buf *out)
{
	w->out = out;
	w->depth = 0;
	w->comma[0] = 0; /* of the other levels, open_level() sees to that */
}

/*
 * How much of s can be copied as it is; what follows may be plain, too.  Eight bytes at a time: of
 * those below 0x80, one below 0x20, a quote and a backslash alone borrow from the top bit.
 */
static size_t
plain_part(const char *s, size_t len)
{
	const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
	size_t i;

	for (i = 0; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t v;

		memcpy(&v, s + i, sizeof(v));
		if (((v | (v - ones * 0x20) | ((v ^ ones * '"') - ones) |
			 ((v ^ ones * '\\') - ones)) &
			tops) != 0)
			return i;
	}
	while (i < len && (unsigned char)s[i] >= 0x20 && (unsigned char)s[i] < 0x80 &&
	       s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

/* The inside of a string, from the i-th byte on; those before it are plain. */
static void
add_escaped(struct rai_buf *b, const char *s, size_t i, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t n, plain = 0;

	for (; i < len; i += n) {
		unsigned char c = (unsigned char)s[i];

		n = c < 0x80 ? 1 : rai_utf8_step(s + i, len - i);
		if (n > 0 && c >= 0x20 && c != '"' && c != '\\')
			continue;
		rai_buf_add(b, s + plain, i - plain);
		if (n == 0) {
			rai_buf_str(b, "\xef\xbf\xbd"); /* U+FFFD */
			n = 1;
		} else if (c == '"' || c == '\\') {
			rai_buf_char(b, '\\');
			rai_buf_char(b, (char)c);
		} else if (c == '\n')
			rai_buf_str(b, "\\n");
		else if (c == '\t')
			rai_buf_str(b, "\\t");
		else {
			char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

			rai_buf_add(b, u, sizeof(u));
		}
		plain = i + n;
	}
	rai_buf_add(b, s + plain, len - plain);
}

/* s in quotes, behind before and ahead of after unless those are NUL. */
static void
quoted(struct rai_buf *b, char before, const char *s, size_t len, char after)
{
	size_t plain = plain_part(s, len);
	char *p;

	if (plain == len) {
		p = rai_buf_extend(b, (before != '\0') + 1 + len + 1 + (after != '\0'));
		if (p == NULL)
			return;
		if (before != '\0')
			*p++ = before;
		*p++ = '"';
		memcpy(p, s, len);
		p[len] = '"';
		if (after != '\0')
			p[len + 1] = after;
		return;
	}
	if (before != '\0')
		rai_buf_char(b, before);
	rai_buf_char(b, '"');
	add_escaped(b, s, plain, len);
	rai_buf_char(b, '"');
	if (after != '\0')
		rai_buf_char(b, after);
}

static void
lead(struct rai_jw *w, const char *key)
{
	char comma = w->comma[w->depth] ? ',' : '\0';

	w->comma[w->depth] = 1;
	if (key != NULL)
		quoted(w->out, comma, key, strlen(key), ':');
	else if (comma != '\0')
		rai_buf_char(w->out, comma);
}

static void
open_level(struct rai_jw *w, const char *key, char open, char close)
{
	lead(w, key);
	rai_buf_char(w->out, open);
	w->depth++;
	assert(w->depth < (int)sizeof(w->close));
	w->comma[w->depth] = 0;
	w->close[w->depth] = close;
}

void
rai_jw_object(struct rai_jw *w, const char *key)
{
	open_level(w, key, '{', '}');
}

void
rai_jw_array(struct rai_jw *w, const char *key)
{
	open_level(w, key, '[', ']');
}

void
rai_jw_end(struct rai_jw *w)
{
	assert(w->depth > 0);
	rai_buf_char(w->out, w->close[w->depth]);
	w->depth--;
}

void
rai_jw_num(struct rai_jw *w, const char *key, double v)
{
	char text[RAI_NUM_TEXT];
	int n;

	if (!isfinite(v)) {
		rai_jw_null(w, key);
		return;
	}
	lead(w, key);
	n = rai_num_format(v, text);
	rai_buf_add(w->out, text, (size_t)n);
}

void
rai_jw_nums(struct rai_jw *w, const char *key, const double *v, size_t n)
{
	size_t i;

	rai_jw_array(w, key);
	for (i = 0; i < n; i++)
		rai_jw_num(w, NULL, v[i]);
	rai_jw_end(w);
}

void
rai_jw_int(struct rai_jw *w, const char *key, int64_t v)
{
	lead(w, key);
	rai_buf_printf(w->out, "%" PRId64, v);
}

void
rai_jw_bool(struct rai_jw *w, const char *key, int v)
{
	lead(w, key);
	rai_buf_str(w->out, v ? "true" : "false");
}

void
rai_jw_str(struct rai_jw *w, const char *key, const char *s)
{
	if (s == NULL)
		rai_jw_null(w, key);
	else
		rai_jw_strn(w, key, s, strlen(s));
}

void
rai_jw_strn(struct rai_jw *w, const char *key, const char *s, size_t n)
{
	lead(w, key);
	quoted(w->out, '\0', s, n, '\0');
}

void
rai_jw_null(struct rai_jw *w, const char *key)
{
	lead(w, key);
	rai_buf_str(w->out, "null");
}

void
rai_jw_node(struct rai_jw *w, const char *key, const struct cJSON *j)
{
	const struct cJSON *i;

	switch (rai_json_kind(j)) {
	case RAI_JSON_NONE:
	case RAI_JSON_NULL:
		rai_jw_null(w, key);
		break;
	case RAI_JSON_BOOL:
		rai_jw_bool(w, key, rai_json_as_bool(j));
		break;
	case RAI_JSON_NUM:
		rai_jw_num(w, key, rai_json_as_num(j));
		break;
	case RAI_JSON_STR:
		rai_jw_str(w, key, rai_json_as_str(j));
		break;
	case RAI_JSON_ARRAY:
	case RAI_JSON_OBJECT:
		open_level(w, key, rai_json_kind(j) == RAI_JSON_ARRAY ? '[' : '{',
		    rai_json_kind(j) == RAI_JSON_ARRAY ? ']' : '}');
		for (i = rai_json_first(j); i != NULL; i = rai_json_next(i))
			rai_jw_node(w, rai_json_key(i), i);
		rai_jw_end(w);
		break;
	}
}

void
rai_jw_raw(struct rai_jw *w, const char *key, const char *json, size_t n)
{
	lead(w, key);
	rai_buf_add(w->out, json, n);
}

void
rai_jw_name(struct rai_jw *w, const char *json, size_t n)
{
	rai_jw_member(w, json, n, NULL, 0);
	w->comma[w->depth] = 0;
}

void
rai_jw_member(struct rai_jw *w, const char *name, size_t nname, const char *json, size_t n)
{
	size_t comma = w->comma[w->depth];
	char *p = rai_buf_extend(w->out, comma + nname + n);

	if (p != NULL) {
		*p = ',';
		memcpy(p + comma, name, nname);
		if (n > 0)
			memcpy(p + comma + nname, json, n);
	}
	w->comma[w->depth] = 1;
}

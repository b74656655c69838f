#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "json/utf8.h"
#include "table/date.h"

#define SHOWN 40 /* bytes of a bad value that a message repeats */

int
rai_schema_find(const struct rai_schema *s, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strncmp(s->col[i].name, name, len) == 0 && s->col[i].name[len] == '\0')
			return (int)i;
	return -1;
}

/* How much of text a message repeats: whole characters. */
static int
shown(const char *text, size_t len)
{
	size_t n = 0, step;

	while (n < len && (step = rai_utf8_step(text + n, len - n)) > 0 && n + step <= SHOWN)
		n += step;
	return (int)n;
}

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && (**text == ' ' || **text == '\t')) {
		++*text;
		--*len;
	}
	while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
		--*len;
}

/* Marks that spreadsheets and data frames write for a value that is not there. */
static int
missing_mark(const char *text, size_t len)
{
	static const char *const marks[] = {"NA", "N/A", "#N/A", "NaN", "nan", "null", "NULL"};
	size_t i;

	for (i = 0; len <= 4 && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strlen(marks[i]) == len && memcmp(marks[i], text, len) == 0)
			return 1;
	return len == 0;
}

static int32_t
find_level(const struct rai_col_spec *c, const char *text, size_t len)
{
	size_t low = 0, high = c->nlevel, mid;
	int d;

	while (low < high) {
		mid = low + (high - low) / 2;
		d = strncmp(c->level[mid], text, len);
		if (d == 0 && c->level[mid][len] == '\0')
			return (int32_t)mid;
		if (d < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return RAI_CODE_UNSEEN;
}

/* A number or date whose text is not as it should be. */
static int
number_text(
    const struct rai_col_spec *c, const char *text, size_t len, double *out, struct rai_err *err)
{
	if (rai_num_double(text, len, out) == 0)
		return 0;
	trim(&text, &len);
	if (missing_mark(text, len)) {
		*out = NAN;
		return 0;
	}
	if (rai_num_double(text, len, out) == 0)
		return 0;
	return rai_fail(
	    err, RAI_EINPUT, "%.100s: \"%.*s\" is not a number", c->name, shown(text, len), text);
}

static int
date_text(
    const struct rai_col_spec *c, const char *text, size_t len, double *out, struct rai_err *err)
{
	trim(&text, &len);
	if (missing_mark(text, len)) {
		*out = NAN;
		return 0;
	}
	if (rai_date_iso(text, len, out) == 0 ||
	    (c->day_first && rai_date_day_first(text, len, out) == 0))
		return 0;
	return rai_fail(err, RAI_EINPUT, "%.100s: \"%.*s\" is not a date (%s2017-03-04)", c->name,
	    shown(text, len), text, c->day_first ? "4/03/2017 or " : "");
}

int
rai_schema_text(const struct rai_col_spec *c, const char *text, size_t len, struct rai_cell *out,
    struct rai_err *err)
{
	out->num = NAN;
	out->code = RAI_CODE_MISSING;
	if (len == 0)
		return 0;
	switch (c->type) {
	case RAI_COL_NUM:
		return number_text(c, text, len, &out->num, err);
	case RAI_COL_DATE:
		return date_text(c, text, len, &out->num, err);
	case RAI_COL_CAT:
		out->code = find_level(c, text, len);
	}
	return 0;
}

int
rai_schema_json(const struct rai_col_spec *c, const struct cJSON *value, struct rai_cell *out,
    struct rai_err *err)
{
	static const char *const want[] = {
	    "a number", "a string", "a date as a string (2017-03-04)"};
	enum rai_json_kind kind = rai_json_kind(value);
	char number[RAI_NUM_TEXT];
	const char *text;

	out->num = NAN;
	out->code = RAI_CODE_MISSING;
	if (kind == RAI_JSON_NONE || kind == RAI_JSON_NULL)
		return 0;
	if (kind == RAI_JSON_STR)
		return rai_schema_text(
		    c, rai_json_as_str(value), strlen(rai_json_as_str(value)), out, err);
	if (kind == RAI_JSON_NUM && c->type != RAI_COL_DATE && isfinite(rai_json_as_num(value))) {
		if (c->type == RAI_COL_NUM) {
			out->num = rai_json_as_num(value);
			return 0;
		}
		rai_num_format(rai_json_as_num(value), number);
		return rai_schema_text(c, number, strlen(number), out, err);
	}
	if (kind == RAI_JSON_BOOL && c->type == RAI_COL_CAT) {
		text = rai_json_as_bool(value) ? "true" : "false";
		return rai_schema_text(c, text, strlen(text), out, err);
	}
	return rai_fail(err, RAI_EINPUT, "%.100s: must be %s or null", c->name, want[c->type]);
}

static void
spec_release(struct rai_col_spec *c)
{
	size_t i;

	for (i = 0; i < c->nlevel; i++)
		free(c->level[i]);
	free(c->level);
	free(c->name);
	free(c->unit);
	memset(c, 0, sizeof(*c));
}

void
rai_schema_release(struct rai_schema *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		spec_release(&s->col[i]);
	free(s->col);
	spec_release(&s->target);
	s->col = NULL;
	s->n = 0;
}

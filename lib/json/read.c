#include "json/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/utf8.h"

#define MAX_DEPTH 64

/*
 * cJSON recurses up to 1000 deep, takes what is no JSON (03, bytes below a blank), and ends a text
 * at a NUL, so that another value would be read than the one that was sent.  What it must not see
 * is looked for before it starts; all else is its own to refuse.
 */
struct scan {
	const char *text;
	size_t n, at;
	int depth;
};

#define NUMBER_MAX 63 /* characters: cJSON's own bound */

static size_t
line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static int
refuse(const struct scan *s, const char *what, struct rai_err *err)
{
	return rai_fail(err, RAI_EINPUT, "not JSON at line %zu, byte %zu: %s",
	    line_of(s->text, s->text + s->at), s->at, what);
}

/* From the backslash to the last character of the escape. */
static int
scan_escape(struct scan *s, struct rai_err *err)
{
	const char *p = s->text + s->at + 1;
	size_t left = s->n - s->at - 1, k;

	if (left == 0)
		return 0;
	if (*p != 'u') {
		if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL)
			return refuse(s, "there is no such escape", err);
		s->at++;
		return 0;
	}
	for (k = 1; k < 5 && k < left && isxdigit((unsigned char)p[k]); k++)
		;
	if (k < 5)
		return k == left ? 0 : refuse(s, "\\u needs four hexadecimal digits", err);
	if (memcmp(p + 1, "0000", 4) == 0)
		return refuse(s, "\\u0000 cannot be in a text", err);
	s->at += 5;
	return 0;
}

/* From one quote to behind the other. */
static int
scan_string(struct scan *s, struct rai_err *err)
{
	for (s->at++; s->at < s->n && s->text[s->at] != '"'; s->at++) {
		if ((unsigned char)s->text[s->at] < ' ')
			return refuse(s, "a control character in a text must be escaped", err);
		if (s->text[s->at] == '\\' && scan_escape(s, err) != 0)
			return -1;
	}
	s->at++;
	return 0;
}

static size_t
skip_digits(struct scan *s)
{
	size_t begin = s->at;

	while (s->at < s->n && isdigit((unsigned char)s->text[s->at]))
		s->at++;
	return s->at - begin;
}

/* Passes over any one of these; 0: there is none. */
static int
skip_one(struct scan *s, const char *of)
{
	if (s->at == s->n || s->text[s->at] == '\0' || strchr(of, s->text[s->at]) == NULL)
		return 0;
	s->at++;
	return 1;
}

static int
scan_number(struct scan *s, struct rai_err *err)
{
	size_t begin = s->at;
	int right;

	skip_one(s, "-");
	right = skip_one(s, "0") || skip_digits(s) > 0;
	if (right && skip_one(s, "."))
		right = skip_digits(s) > 0;
	if (right && skip_one(s, "eE")) {
		skip_one(s, "+-");
		right = skip_digits(s) > 0;
	}
	if (s->at < s->n && (!right || isdigit((unsigned char)s->text[s->at])))
		return refuse(s, "no such number", err);
	if (s->at - begin > NUMBER_MAX)
		return refuse(s, "a number of more than 63 characters", err);
	return 0;
}

static int
scan_text(const char *text, size_t n, struct rai_err *err)
{
	struct scan s = {text, n, 0, 0};
	int rc = 0;

	while (rc == 0 && s.at < n) {
		unsigned char c = (unsigned char)text[s.at];

		if (c == '"')
			rc = scan_string(&s, err);
		else if (c == '-' || isdigit(c))
			rc = scan_number(&s, err);
		else if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
			rc = refuse(&s, "a control character", err);
		else {
			s.depth += (c == '{' || c == '[') - (c == '}' || c == ']');
			if (s.depth > MAX_DEPTH)
				return rai_fail(
				    err, RAI_EINPUT, "JSON nested more than %d deep", MAX_DEPTH);
			s.at++;
		}
	}
	return rc;
}

struct cJSON *
rai_json_parse(const char *text, size_t len, struct rai_err *err)
{
	const char *end = NULL;
	struct cJSON *j;

	if (rai_utf8_valid(text, len) != 0) {
		rai_fail(err, RAI_EINPUT, "not valid UTF-8");
		return NULL;
	}
	if (scan_text(text, len, err) != 0)
		return NULL;
	j = cJSON_ParseWithLengthOpts(text, len, &end, 0);
	if (j == NULL) {
		size_t at = end == NULL ? 0 : (size_t)(end - text);

		if (len == 0 || at >= len)
			rai_fail(err, RAI_EINPUT,
			    len == 0 ? "empty, where JSON was expected" : "JSON ends too early");
		else
			rai_fail(err, RAI_EINPUT, "not JSON at line %zu, byte %zu",
			    line_of(text, end), at);
		return NULL;
	}
	for (; end < text + len; end++)
		if (strchr(" \t\r\n", *end) == NULL || *end == '\0') {
			rai_fail(err, RAI_EINPUT, "text after the JSON value at line %zu, byte %zu",
			    line_of(text, end), (size_t)(end - text));
			cJSON_Delete(j);
			return NULL;
		}
	return j;
}

void
rai_json_free(struct cJSON *j)
{
	cJSON_Delete(j);
}

enum rai_json_kind
rai_json_kind(const struct cJSON *j)
{
	if (j == NULL)
		return RAI_JSON_NONE;
	switch (j->type & 0xff) {
	case cJSON_True:
	case cJSON_False:
		return RAI_JSON_BOOL;
	case cJSON_Number:
		return RAI_JSON_NUM;
	case cJSON_String:
		return RAI_JSON_STR;
	case cJSON_Array:
		return RAI_JSON_ARRAY;
	case cJSON_Object:
		return RAI_JSON_OBJECT;
	default:
		return RAI_JSON_NULL;
	}
}

const struct cJSON *
rai_json_get(const struct cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

/* The member if it has the kind; else NULL and a message that names it. */
static const struct cJSON *
want(const struct cJSON *obj, const char *key, enum rai_json_kind kind, struct rai_err *err)
{
	static const char *const names[] = {
	    "absent", "null", "true or false", "a number", "a string", "an array", "an object"};
	const struct cJSON *j = rai_json_get(obj, key);

	if (rai_json_kind(j) == kind)
		return j;
	rai_fail(err, RAI_EINPUT, j == NULL ? "\"%s\" is missing (%s)" : "\"%s\" must be %s", key,
	    names[kind]);
	return NULL;
}

int
rai_json_num(const struct cJSON *obj, const char *key, double *out, struct rai_err *err)
{
	const struct cJSON *j = want(obj, key, RAI_JSON_NUM, err);

	if (j == NULL)
		return -1;
	if (!isfinite(j->valuedouble))
		return rai_fail(err, RAI_EINPUT, "\"%s\" is out of range", key);
	*out = j->valuedouble;
	return 0;
}

int
rai_json_int(const struct cJSON *obj, const char *key, int64_t *out, struct rai_err *err)
{
	double v = 0;

	if (rai_json_num(obj, key, &v, err) != 0)
		return -1;
	if (v != floor(v) || fabs(v) > 9007199254740992.0)
		return rai_fail(err, RAI_EINPUT, "\"%s\" must be a whole number", key);
	*out = (int64_t)v;
	return 0;
}

int
rai_json_bool(const struct cJSON *obj, const char *key, int *out, struct rai_err *err)
{
	const struct cJSON *j = want(obj, key, RAI_JSON_BOOL, err);

	if (j == NULL)
		return -1;
	*out = cJSON_IsTrue(j);
	return 0;
}

int
rai_json_str(const struct cJSON *obj, const char *key, const char **out, struct rai_err *err)
{
	const struct cJSON *j = want(obj, key, RAI_JSON_STR, err);

	if (j == NULL)
		return -1;
	*out = j->valuestring;
	return 0;
}

int
rai_json_object(
    const struct cJSON *obj, const char *key, const struct cJSON **out, struct rai_err *err)
{
	const struct cJSON *j = want(obj, key, RAI_JSON_OBJECT, err);

	if (j == NULL)
		return -1;
	*out = j;
	return 0;
}

int
rai_json_array(
    const struct cJSON *obj, const char *key, const struct cJSON **out, struct rai_err *err)
{
	const struct cJSON *j = want(obj, key, RAI_JSON_ARRAY, err);

	if (j == NULL)
		return -1;
	*out = j;
	return 0;
}

int
rai_json_nums(const struct cJSON *obj, const char *key, size_t max, double **out, size_t *n,
    struct rai_err *err)
{
	const struct cJSON *array, *item;
	size_t count, i = 0;
	double *v;

	if (rai_json_array(obj, key, &array, err) != 0)
		return -1;
	count = rai_json_count(array);
	if (count > max)
		return rai_fail(
		    err, RAI_EINPUT, "\"%s\" holds %zu numbers, more than %zu", key, count, max);
	v = malloc((count + 1) * sizeof(*v));
	if (v == NULL)
		return rai_fail_memory(err);
	for (item = rai_json_first(array); item != NULL; item = rai_json_next(item)) {
		if (rai_json_kind(item) != RAI_JSON_NUM || !isfinite(rai_json_as_num(item))) {
			free(v);
			return rai_fail(err, RAI_EINPUT, "\"%s\" must hold numbers only", key);
		}
		v[i++] = rai_json_as_num(item);
	}
	*out = v;
	*n = count;
	return 0;
}

static int
absent(const struct cJSON *obj, const char *key)
{
	enum rai_json_kind k = rai_json_kind(rai_json_get(obj, key));

	return k == RAI_JSON_NONE || k == RAI_JSON_NULL;
}

int
rai_json_opt_num(const struct cJSON *obj, const char *key, double *out, struct rai_err *err)
{
	return absent(obj, key) ? 0 : rai_json_num(obj, key, out, err);
}

int
rai_json_opt_int(const struct cJSON *obj, const char *key, int64_t *out, struct rai_err *err)
{
	return absent(obj, key) ? 0 : rai_json_int(obj, key, out, err);
}

int
rai_json_opt_bool(const struct cJSON *obj, const char *key, int *out, struct rai_err *err)
{
	return absent(obj, key) ? 0 : rai_json_bool(obj, key, out, err);
}

int
rai_json_opt_str(const struct cJSON *obj, const char *key, const char **out, struct rai_err *err)
{
	return absent(obj, key) ? 0 : rai_json_str(obj, key, out, err);
}

const struct cJSON *
rai_json_first(const struct cJSON *j)
{
	return j == NULL ? NULL : j->child;
}

const struct cJSON *
rai_json_next(const struct cJSON *j)
{
	return j == NULL ? NULL : j->next;
}

const char *
rai_json_key(const struct cJSON *member)
{
	return member->string;
}

size_t
rai_json_count(const struct cJSON *j)
{
	return j == NULL ? 0 : (size_t)cJSON_GetArraySize(j);
}

double
rai_json_as_num(const struct cJSON *j)
{
	return j->valuedouble;
}

const char *
rai_json_as_str(const struct cJSON *j)
{
	return j->valuestring;
}

int
rai_json_as_bool(const struct cJSON *j)
{
	return cJSON_IsTrue(j);
}

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "json/json.h"
#include "json/utf8.h"

#define MAX_DEPTH 64   /* the parser calls itself so deep */
#define NUMBER_MAX 100 /* characters */
#define NUMBER_ROOM 16 /* bytes that rai_num_double_in() may read */

/*
 * The grammar of RFC 8259 into nodes of cJSON, all of them in one block of memory with their text
 * behind them: a profile or a model has tens of thousands of numbers, and each is to cost little
 * more than its digits.  Bytes below 0x20 are taken in strings as they are.
 */
struct parser {
	const char *at, *end;
	cJSON *node; /* the next that is free */
	char *text;  /* and of the strings' bytes */
};

static int value(struct parser *p, cJSON *to);

/* How many nodes there are at most; 0: nested too deep. */
static size_t
count_nodes(const char *s, size_t n)
{
	size_t i, nodes = 1;
	int depth = 0, quoted = 0;

	for (i = 0; i < n; i++) {
		if (quoted) {
			while (i < n && s[i] != '"' && s[i] != '\\')
				i++;
			if (i < n && s[i] == '\\')
				i++;
			else
				quoted = 0;
		} else if (s[i] == '"')
			quoted = 1;
		else if (s[i] == ',')
			nodes++;
		else if (s[i] == '{' || s[i] == '[') {
			nodes++;
			if (++depth > MAX_DEPTH)
				return 0;
		} else if (s[i] == '}' || s[i] == ']')
			depth--;
	}
	return nodes;
}

static void
skip_blanks(struct parser *p)
{
	while (
	    p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
		p->at++;
}

/* The next character is c, which is taken? */
static int
taken(struct parser *p, char c)
{
	if (p->at == p->end || *p->at != c)
		return 0;
	p->at++;
	return 1;
}

static int
literal(struct parser *p, const char *word, int type, cJSON *to)
{
	size_t n = strlen(word);

	if ((size_t)(p->end - p->at) < n || memcmp(p->at, word, n) != 0)
		return -1;
	p->at += n;
	to->type = type;
	return 0;
}

/* At least one digit, at *s; returns how many. */
static size_t
digits(const struct parser *p, const char **s)
{
	const char *from = *s;

	while (*s < p->end && **s >= '0' && **s <= '9')
		++*s;
	return (size_t)(*s - from);
}

static int
number(struct parser *p, cJSON *to)
{
	const char *s = p->at + (*p->at == '-'), *first = s;
	size_t whole = digits(p, &s), len;
	int rc;

	if (whole == 0 || (whole > 1 && *first == '0'))
		return -1;
	if (s < p->end && *s == '.') {
		s++;
		if (digits(p, &s) == 0)
			return -1;
	}
	if (s < p->end && (*s == 'e' || *s == 'E')) {
		s++;
		s += s < p->end && (*s == '+' || *s == '-');
		if (digits(p, &s) == 0)
			return -1;
	}
	len = (size_t)(s - p->at);
	if (len > NUMBER_MAX)
		return -1;
	rc = p->end - p->at >= NUMBER_ROOM ? rai_num_double_in(p->at, len, &to->valuedouble)
					   : rai_num_double(p->at, len, &to->valuedouble);
	if (rc != 0) /* of this form, so it is out of range: who reads it says so */
		to->valuedouble = *p->at == '-' ? -INFINITY : INFINITY;
	to->type = cJSON_Number;
	p->at = s;
	return 0;
}

/* Four hexadecimal digits; -1: they are not. */
static long
four_hex(struct parser *p)
{
	long v = 0;
	int i;

	for (i = 0; i < 4 && p->at < p->end; i++, p->at++) {
		char c = *p->at;

		if (c >= '0' && c <= '9')
			v = 16 * v + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = 16 * v + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return i == 4 ? v : -1;
}

static void
put_utf8(struct parser *p, long c)
{
	if (c < 0x80)
		*p->text++ = (char)c;
	else if (c < 0x800)
		*p->text++ = (char)(0xc0 | c >> 6);
	else if (c < 0x10000)
		*p->text++ = (char)(0xe0 | c >> 12);
	else
		*p->text++ = (char)(0xf0 | c >> 18);
	if (c >= 0x10000)
		*p->text++ = (char)(0x80 | (c >> 12 & 0x3f));
	if (c >= 0x800)
		*p->text++ = (char)(0x80 | (c >> 6 & 0x3f));
	if (c >= 0x80)
		*p->text++ = (char)(0x80 | (c & 0x3f));
}

/* What comes behind \u. */
static int
unicode(struct parser *p)
{
	long c = four_hex(p), low;

	if (c < 0 || (c >= 0xdc00 && c <= 0xdfff))
		return -1;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (!taken(p, '\\') || !taken(p, 'u'))
			return -1;
		low = four_hex(p);
		if (low < 0xdc00 || low > 0xdfff)
			return -1;
		c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	}
	put_utf8(p, c);
	return 0;
}

/* What comes behind a backslash. */
static int
escape(struct parser *p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (p->at == p->end)
		return -1;
	if (taken(p, 'u'))
		return unicode(p);
	which = *p->at == '\0' ? NULL : strchr(from, *p->at);
	if (which == NULL)
		return -1;
	*p->text++ = to[which - from];
	p->at++;
	return 0;
}

/* The string at `at`, copied; NULL: it is none. */
static char *
string(struct parser *p)
{
	char *text = p->text;
	const char *s;

	if (!taken(p, '"'))
		return NULL;
	for (;;) {
		for (s = p->at; s < p->end && *s != '"' && *s != '\\'; s++)
			;
		memcpy(p->text, p->at, (size_t)(s - p->at));
		p->text += s - p->at;
		p->at = s;
		if (taken(p, '"'))
			break;
		if (!taken(p, '\\') || escape(p) != 0)
			return NULL;
	}
	*p->text++ = '\0';
	return text;
}

/* The inside of an array, or of an object, whose members have names, up to its end. */
static int
members(struct parser *p, char end, cJSON *to)
{
	cJSON **next = &to->child, *item;

	to->type = end == ']' ? cJSON_Array : cJSON_Object;
	p->at++;
	skip_blanks(p);
	if (taken(p, end))
		return 0;
	do {
		item = p->node++;
		*item = (cJSON){.type = cJSON_NULL};
		skip_blanks(p);
		if (end == '}') {
			if ((item->string = string(p)) == NULL)
				return -1;
			skip_blanks(p);
			if (!taken(p, ':'))
				return -1;
			skip_blanks(p);
		}
		if (value(p, item) != 0)
			return -1;
		skip_blanks(p);
		*next = item;
		next = &item->next;
	} while (taken(p, ','));
	return taken(p, end) ? 0 : -1;
}

static int
value(struct parser *p, cJSON *to)
{
	if (p->at == p->end)
		return -1;
	switch (*p->at) {
	case '{':
		return members(p, '}', to);
	case '[':
		return members(p, ']', to);
	case '"':
		to->type = cJSON_String;
		return (to->valuestring = string(p)) != NULL ? 0 : -1;
	case 't':
		return literal(p, "true", cJSON_True, to);
	case 'f':
		return literal(p, "false", cJSON_False, to);
	case 'n':
		return literal(p, "null", cJSON_NULL, to);
	default:
		return number(p, to);
	}
}

static size_t
line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* All of the text, in nodes that are there. */
static int
parse(struct parser *p, const char *text, size_t len, cJSON *root, struct rai_err *err)
{
	*root = (cJSON){.type = cJSON_NULL};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		p->at += 3; /* a byte-order mark */
	skip_blanks(p);
	if (value(p, root) != 0) {
		if (p->at == p->end)
			return rai_fail(err, RAI_EINPUT,
			    len == 0 ? "empty, where JSON was expected" : "JSON ends too early");
		return rai_fail(err, RAI_EINPUT, "not JSON at line %zu, byte %zu",
		    line_of(text, p->at), (size_t)(p->at - text));
	}
	skip_blanks(p);
	if (p->at < p->end)
		return rai_fail(err, RAI_EINPUT, "text after the JSON value at line %zu, byte %zu",
		    line_of(text, p->at), (size_t)(p->at - text));
	return 0;
}

struct cJSON *
rai_json_parse(const char *text, size_t len, struct rai_err *err)
{
	struct parser p = {text, text + len, NULL, NULL};
	size_t nodes;
	cJSON *root;

	if (rai_utf8_valid(text, len) != 0) {
		rai_fail(err, RAI_EINPUT, "not valid UTF-8");
		return NULL;
	}
	nodes = count_nodes(text, len);
	if (nodes == 0) {
		rai_fail(err, RAI_EINPUT, "JSON nested more than %d deep", MAX_DEPTH);
		return NULL;
	}
	/* each node needs a byte of text at least, and each string one more than it has letters */
	root =
	    len > SIZE_MAX / (sizeof(*root) + 2) ? NULL : malloc(nodes * sizeof(*root) + len + 1);
	if (root == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	p.node = root + 1;
	p.text = (char *)(root + nodes);
	if (parse(&p, text, len, root, err) == 0)
		return root;
	free(root);
	return NULL;
}

void
rai_json_free(struct cJSON *j)
{
	free(j);
}

#include "conf/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/num.h"

enum { MAX_BYTES = 4 << 20, MAX_DEPTH = 64, MAX_NODES = 200000 };

struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	const char *name;
	size_t nodes;
	struct rai_err *err;
};

static void
node_free(struct rai_yaml *y)
{
	size_t i;

	if (y == NULL)
		return;
	for (i = 0; i < y->n; i++) {
		if (y->key != NULL)
			node_free(y->key[i]);
		node_free(y->item[i]);
	}
	free(y->key);
	free(y->item);
	free(y->text);
	free(y);
}

void
rai_yaml_free(struct rai_yaml_docs *docs)
{
	size_t i;

	for (i = 0; i < docs->n; i++)
		node_free(docs->doc[i]);
	free(docs->doc);
	*docs = (struct rai_yaml_docs){NULL, 0};
}

int
rai_yaml_fail(
    struct rai_err *err, const char *name, const struct rai_yaml *node, const char *fmt, ...)
{
	char text[RAI_ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return rai_fail(err, RAI_EINPUT, "%s:%zu:%zu: %s", name, node->line, node->column, text);
}

static int
fail_at(struct reader *r, yaml_mark_t at, const char *why)
{
	return rai_fail(
	    r->err, RAI_EINPUT, "%s:%zu:%zu: %s", r->name, at.line + 1, at.column + 1, why);
}

static int
next(struct reader *r)
{
	if (!yaml_parser_parse(&r->parser, &r->event)) {
		if (r->parser.error == YAML_MEMORY_ERROR)
			return rai_fail_memory(r->err);
		if (r->parser.error == YAML_READER_ERROR)
			return rai_fail(r->err, RAI_EINPUT, "%s: byte %zu: %s", r->name,
			    r->parser.problem_offset, r->parser.problem);
		return fail_at(r, r->parser.problem_mark, r->parser.problem);
	}
	return 0;
}

/* One more child for a map or a list; grows by doubling. */
static int
append(struct rai_yaml *y, struct rai_yaml *key, struct rai_yaml *item)
{
	if ((y->n & (y->n - 1)) == 0) {
		size_t cap = y->n == 0 ? 1 : 2 * y->n;
		struct rai_yaml **p = realloc(y->item, cap * sizeof(struct rai_yaml *));

		if (p == NULL)
			return -1;
		y->item = p;
		if (y->kind == RAI_YAML_MAP) {
			p = realloc(y->key, cap * sizeof(struct rai_yaml *));
			if (p == NULL)
				return -1;
			y->key = p;
		}
	}
	if (y->kind == RAI_YAML_MAP)
		y->key[y->n] = key;
	y->item[y->n++] = item;
	return 0;
}

static int read_node(struct reader *r, int depth, struct rai_yaml **out);

/* The current event opens a map; on success it is the one that closed it. */
static int
read_map(struct reader *r, int depth, struct rai_yaml *y)
{
	struct rai_yaml *key, *item;

	for (;;) {
		yaml_event_delete(&r->event);
		if (next(r) != 0)
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return 0;
		key = item = NULL;
		if (read_node(r, depth, &key) != 0)
			return -1;
		if (key->kind != RAI_YAML_SCALAR) {
			rai_yaml_fail(r->err, r->name, key, "a key must be a plain word");
			goto fail;
		}
		if (rai_yaml_get(y, key->text) != NULL) {
			rai_yaml_fail(r->err, r->name, key, "\"%.60s\" stands twice", key->text);
			goto fail;
		}
		yaml_event_delete(&r->event);
		if (next(r) != 0 || read_node(r, depth, &item) != 0)
			goto fail;
		if (append(y, key, item) != 0) {
			rai_fail_memory(r->err);
			goto fail;
		}
	}
fail:
	node_free(key);
	node_free(item);
	return -1;
}

static int
read_list(struct reader *r, int depth, struct rai_yaml *y)
{
	struct rai_yaml *item;

	for (;;) {
		yaml_event_delete(&r->event);
		if (next(r) != 0)
			return -1;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return 0;
		item = NULL;
		if (read_node(r, depth, &item) != 0)
			return -1;
		if (append(y, NULL, item) != 0) {
			node_free(item);
			return rai_fail_memory(r->err);
		}
	}
}

static int
read_scalar(struct reader *r, struct rai_yaml *y)
{
	const char *v = (const char *)r->event.data.scalar.value;
	size_t n = r->event.data.scalar.length;

	if (memchr(v, '\0', n) != NULL)
		return fail_at(r, r->event.start_mark, "a NUL byte in a value");
	y->text = malloc(n + 1);
	if (y->text == NULL)
		return rai_fail_memory(r->err);
	memcpy(y->text, v, n + 1);
	y->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

static int
has_anchor_or_tag(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor != NULL || e->data.scalar.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor != NULL || e->data.mapping_start.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor != NULL || e->data.sequence_start.tag != NULL;
	default:
		return e->type == YAML_ALIAS_EVENT;
	}
}

/* The current event begins the node; its last event is left for the caller to delete. */
static int
read_node(struct reader *r, int depth, struct rai_yaml **out)
{
	yaml_mark_t at = r->event.start_mark;
	struct rai_yaml *y;
	int rc;

	if (depth >= MAX_DEPTH)
		return fail_at(r, at, "nested too deep (at most 64 levels)");
	if (++r->nodes > MAX_NODES)
		return fail_at(r, at, "too many values (at most 200000)");
	if (has_anchor_or_tag(&r->event))
		return fail_at(
		    r, at, "anchors, aliases and tags are not read: write the value out");
	y = calloc(1, sizeof(*y));
	if (y == NULL)
		return rai_fail_memory(r->err);
	y->line = at.line + 1;
	y->column = at.column + 1;
	y->start = at.index;
	if (r->event.type == YAML_MAPPING_START_EVENT) {
		y->kind = RAI_YAML_MAP;
		rc = read_map(r, depth + 1, y);
	} else if (r->event.type == YAML_SEQUENCE_START_EVENT) {
		y->kind = RAI_YAML_LIST;
		rc = read_list(r, depth + 1, y);
	} else
		rc = read_scalar(r, y);
	if (rc != 0) {
		node_free(y);
		return -1;
	}
	y->end = r->event.end_mark.index;
	*out = y;
	return 0;
}

static int
docs_append(struct rai_yaml_docs *docs, struct rai_yaml *root)
{
	struct rai_yaml **p = realloc(docs->doc, (docs->n + 1) * sizeof(struct rai_yaml *));

	if (p == NULL)
		return -1;
	docs->doc = p;
	docs->doc[docs->n++] = root;
	return 0;
}

static int
read_stream(struct reader *r, struct rai_yaml_docs *out)
{
	struct rai_yaml *root;
	int done = 0;

	while (!done) {
		if (next(r) != 0)
			return -1;
		if (r->event.type == YAML_DOCUMENT_START_EVENT) {
			yaml_event_delete(&r->event);
			root = NULL;
			if (next(r) != 0 || read_node(r, 0, &root) != 0)
				return -1;
			if (docs_append(out, root) != 0) {
				node_free(root);
				return rai_fail_memory(r->err);
			}
		}
		done = r->event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&r->event);
	}
	return 0;
}

/*
 * libyaml counts characters, an edit needs bytes.  *chars and *bytes remember the last answer:
 * nodes come in source order, so one pass over the text is enough.
 */
static size_t
to_bytes(const char *text, size_t len, size_t *chars, size_t *bytes, size_t want)
{
	if (want < *chars) {
		*chars = 0;
		*bytes = 0;
	}
	while (*chars < want && *bytes < len) {
		do
			(*bytes)++;
		while (*bytes < len && ((unsigned char)text[*bytes] & 0xc0) == 0x80);
		(*chars)++;
	}
	return *bytes;
}

/* A byte-order mark before the text is no part of it, but offsets count it. */
static size_t
mark_length(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static void
shift_offsets(struct rai_yaml *y, size_t by)
{
	size_t i;

	for (i = 0; i < y->n; i++) {
		if (y->key != NULL)
			shift_offsets(y->key[i], by);
		shift_offsets(y->item[i], by);
	}
	y->start += by;
	y->end += by;
}

static void
fix_offsets(struct rai_yaml *y, const char *text, size_t len, size_t *chars, size_t *bytes)
{
	size_t i, start;

	start = to_bytes(text, len, chars, bytes, y->start);
	for (i = 0; i < y->n; i++) {
		if (y->key != NULL)
			fix_offsets(y->key[i], text, len, chars, bytes);
		fix_offsets(y->item[i], text, len, chars, bytes);
	}
	y->start = start;
	y->end = to_bytes(text, len, chars, bytes, y->end);
}

int
rai_yaml_parse(
    const char *name, const char *text, size_t len, struct rai_yaml_docs *out, struct rai_err *err)
{
	struct reader r = {.name = name, .err = err};
	size_t i, chars = 0, bytes = 0, mark = mark_length(text, len);
	int rc;

	*out = (struct rai_yaml_docs){NULL, 0};
	if (len > MAX_BYTES)
		return rai_fail(err, RAI_EINPUT, "%s: larger than %d bytes", name, MAX_BYTES);
	if (!yaml_parser_initialize(&r.parser))
		return rai_fail_memory(err);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text + mark, len - mark);
	rc = read_stream(&r, out);
	if (rc != 0) {
		yaml_event_delete(&r.event);
		rai_yaml_free(out);
	}
	yaml_parser_delete(&r.parser);
	for (i = 0; i < out->n; i++) {
		fix_offsets(out->doc[i], text + mark, len - mark, &chars, &bytes);
		shift_offsets(out->doc[i], mark);
	}
	return rc;
}

const struct rai_yaml *
rai_yaml_get(const struct rai_yaml *node, const char *key)
{
	size_t i;

	if (node == NULL || node->kind != RAI_YAML_MAP)
		return NULL;
	for (i = 0; i < node->n; i++)
		if (strcmp(node->key[i]->text, key) == 0)
			return node->item[i];
	return NULL;
}

const struct rai_yaml *
rai_yaml_at(const struct rai_yaml *node, ...)
{
	const char *key;
	va_list ap;

	va_start(ap, node);
	while (node != NULL && (key = va_arg(ap, const char *)) != NULL)
		node = rai_yaml_get(node, key);
	va_end(ap);
	return node;
}

int
rai_yaml_is_null(const struct rai_yaml *node)
{
	return node == NULL || (node->kind == RAI_YAML_SCALAR && node->plain &&
				   (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
				       strcmp(node->text, "null") == 0));
}

int
rai_yaml_num(const struct rai_yaml *node, double *out)
{
	if (node == NULL || node->kind != RAI_YAML_SCALAR || !node->plain)
		return -1;
	return rai_num_double(node->text, strlen(node->text), out);
}

int
rai_yaml_int(const struct rai_yaml *node, int64_t min, int64_t max, int64_t *out)
{
	if (node == NULL || node->kind != RAI_YAML_SCALAR || !node->plain)
		return -1;
	return rai_num_int(node->text, strlen(node->text), min, max, out);
}

int
rai_yaml_bool(const struct rai_yaml *node, int *out)
{
	if (node == NULL || node->kind != RAI_YAML_SCALAR || !node->plain)
		return -1;
	if (strcmp(node->text, "true") == 0)
		*out = 1;
	else if (strcmp(node->text, "false") == 0)
		*out = 0;
	else
		return -1;
	return 0;
}

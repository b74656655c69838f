#ifndef RAI_CONF_YAML_H
#define RAI_CONF_YAML_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The only door to libyaml: a document becomes a tree whose every node knows where it stands,
 * so that messages can name file, line and column, and an edit can replace exactly one token.
 * Bounded: 4 MiB of text, 64 levels, 200,000 nodes; anchors, aliases and tags are refused;
 * a key that stands twice in one map is an error.
 */
enum rai_yaml_kind { RAI_YAML_SCALAR, RAI_YAML_MAP, RAI_YAML_LIST };

struct rai_yaml {
	enum rai_yaml_kind kind;
	char *text; /* a scalar's value, NUL-terminated; NULL for maps and lists */
	int plain;  /* a scalar without quotes: 1, true and null mean what they look like */
	size_t line, column;    /* from 1 */
	size_t start, end;      /* bytes of the source that this node covers, end exclusive */
	size_t n;               /* children */
	struct rai_yaml **key;  /* of a map: n scalars; NULL for a list */
	struct rai_yaml **item; /* of a map or list: n nodes */
};

struct rai_yaml_docs {
	struct rai_yaml **doc; /* n roots; an empty document is a plain scalar "" */
	size_t n;
};

/* name stands in messages ("rai.yaml"). */
int rai_yaml_parse(
    const char *name, const char *text, size_t len, struct rai_yaml_docs *out, struct rai_err *err);
void rai_yaml_free(struct rai_yaml_docs *docs);

/* The value under key, or NULL (also when node is NULL or no map). */
const struct rai_yaml *rai_yaml_get(const struct rai_yaml *node, const char *key);

/* Follows keys down, NULL-terminated: rai_yaml_at(doc, "spec", "template", NULL). */
const struct rai_yaml *rai_yaml_at(const struct rai_yaml *node, ...) __attribute__((sentinel));

int rai_yaml_is_null(const struct rai_yaml *node); /* absent, empty, ~ or null */

/* Strict readings of a scalar: 0, or -1 without a message (the caller knows the field's name). */
int rai_yaml_num(const struct rai_yaml *node, double *out);
int rai_yaml_int(const struct rai_yaml *node, int64_t min, int64_t max, int64_t *out);
int rai_yaml_bool(const struct rai_yaml *node, int *out); /* true or false, plain */

/* RAI_EINPUT "name:line:column: message" at node; returns -1. */
int rai_yaml_fail(struct rai_err *err, const char *name, const struct rai_yaml *node,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif

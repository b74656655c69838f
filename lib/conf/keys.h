#ifndef RAI_CONF_KEYS_H
#define RAI_CONF_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "conf/yaml.h"

/*
 * Strict reading of a YAML map into a plain struct by a table of keys: an unknown key, a wrong
 * type or a value outside its list is an error with file, line, column and the nearest valid name.
 */
enum rai_key_kind {
	RAI_KEY_END,
	RAI_KEY_STR,      /* const char * */
	RAI_KEY_NUM,      /* double */
	RAI_KEY_INT,      /* int64_t, 0 or more */
	RAI_KEY_BOOL,     /* int */
	RAI_KEY_DURATION, /* int64_t milliseconds, from "6h" */
	RAI_KEY_RATE,     /* struct rai_rate, from "3/day" */
	RAI_KEY_CHOICE,   /* int: the index in choices */
	RAI_KEY_WORDS,    /* struct rai_words, from a list of scalars or one scalar */
	RAI_KEY_NODE,     /* const struct rai_yaml *: read by somebody else */
	RAI_KEY_SECTION   /* a map read by the table sub into the same struct */
};

struct rai_rate {
	int64_t count, per_ms;
};

struct rai_words {
	const char **word; /* n; freed by rai_words_free */
	size_t n;
};

struct rai_key {
	const char *name;
	enum rai_key_kind kind;
	size_t offset;              /* of the member in the struct */
	const char *const *choices; /* RAI_KEY_CHOICE: NULL-terminated */
	const struct rai_key *sub;  /* RAI_KEY_SECTION */
};

/* Fills base from map; path ("models.house-price") stands in messages.  Strings belong to map. */
int rai_keys_read(const char *file, const char *path, const struct rai_yaml *map,
    const struct rai_key *keys, void *base, struct rai_err *err);

void rai_words_free(struct rai_words *w);

#endif

#ifndef RAI_CONF_INI_H
#define RAI_CONF_INI_H

#include <stddef.h>

#include "base/err.h"

/*
 * The small format of settings with sections that Git, DVC and the AWS programs use:
 * "[section]", "key = value", "#" or ";" before a comment, quotes around a section or a value.
 * Bounded: 1 MiB of text, 10,000 settings.  Sections and keys are compared as they stand.
 */
struct rai_ini_item {
	char *section, *key, *value;
	size_t line; /* from 1 */
};

struct rai_ini {
	char *file; /* its path, for messages */
	struct rai_ini_item *item;
	size_t n;
};

/* A file that is not there is empty.  A line that is none of the above is an error with its place,
 * which does not repeat it: it may hold a secret. */
int rai_ini_read(const char *path, struct rai_ini *out, struct rai_err *err);
int rai_ini_parse(
    const char *file, const char *text, size_t len, struct rai_ini *out, struct rai_err *err);
void rai_ini_release(struct rai_ini *ini);

/* The last value of the key in the section, or NULL; lives as long as ini. */
const char *rai_ini_get(const struct rai_ini *ini, const char *section, const char *key);

#endif

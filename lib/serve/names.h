#ifndef RAI_SERVE_NAMES_H
#define RAI_SERVE_NAMES_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "table/schema.h"

/*
 * The names of a schema's columns as JSON has them ahead of their values, `"Rooms":`, which are
 * compared with what came and copied into the log: most senders write no blanks and keep the order.
 * And their categories, found by a hash.
 */
struct rai_serve_level {
	const char *text; /* the schema's; NULL: a free place */
	uint32_t len;
	int32_t code;
};

/* The categories of one column: a level is at the place of its hash or soon after. */
struct rai_serve_levels {
	size_t first, mask; /* of its places, whose number is a power of two */
};

struct rai_serve_names {
	struct rai_buf text;             /* one behind the other */
	size_t *at;                      /* of n + 1 columns: where each begins in it */
	struct rai_serve_level *level;   /* of all columns */
	struct rai_serve_levels *levels; /* of n columns */
};

int rai_serve_names_make(
    const struct rai_schema *s, struct rai_serve_names *out, struct rai_err *err);
void rai_serve_names_release(struct rai_serve_names *names);

/* Are n bytes the same?  Of a name or a category, which are too short for a call. */
static inline int
rai_serve_same(const char *a, const char *b, size_t n)
{
	uint64_t v, w;
	size_t i;

	if (n < sizeof(v)) {
		for (i = 0; i < n && a[i] == b[i]; i++)
			;
		return i == n;
	}
	for (i = 0; i + sizeof(v) < n; i += sizeof(v)) {
		memcpy(&v, a + i, sizeof(v));
		memcpy(&w, b + i, sizeof(w));
		if (v != w)
			return 0;
	}
	memcpy(&v, a + n - sizeof(v), sizeof(v));
	memcpy(&w, b + n - sizeof(w), sizeof(w));
	return v == w;
}

/* Column i's, *len bytes. */
static inline const char *
rai_serve_name(const struct rai_serve_names *names, size_t i, size_t *len)
{
	*len = names->at[i + 1] - names->at[i];
	return names->text.ptr + names->at[i];
}

/* The code of a category of column i, or RAI_CODE_UNSEEN: as rai_schema_text() finds it. */
int32_t rai_serve_level(
    const struct rai_serve_names *names, size_t i, const char *text, size_t len);

#endif

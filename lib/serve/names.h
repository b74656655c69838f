#ifndef RAI_SERVE_NAMES_H
#define RAI_SERVE_NAMES_H

#include "base/buf.h"
#include "table/schema.h"

/*
 * The names of a schema's columns as JSON has them ahead of their values, `"Rooms":`, which are
 * compared with what came and copied into the log: most senders write no blanks and keep the order.
 */
struct rai_serve_names {
	struct rai_buf text; /* one behind the other */
	size_t *at;          /* of n + 1 columns: where each begins in it */
};

int rai_serve_names_make(
    const struct rai_schema *s, struct rai_serve_names *out, struct rai_err *err);
void rai_serve_names_release(struct rai_serve_names *names);

/* Column i's, *len bytes. */
static inline const char *
rai_serve_name(const struct rai_serve_names *names, size_t i, size_t *len)
{
	*len = names->at[i + 1] - names->at[i];
	return names->text.ptr + names->at[i];
}

#endif

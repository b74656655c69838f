#include <stdlib.h>
#include <string.h>

#include "table/rows.h"

struct named {
	const char *name;
	size_t at;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* The columns by name; caller frees; NULL: no memory. */
static struct named *
sorted(const struct rai_rows *r)
{
	struct named *s = malloc((r->width + 1) * sizeof(*s));
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < r->width; i++)
		s[i] = (struct named){r->name[i], i};
	qsort(s, r->width, sizeof(*s), by_name);
	return s;
}

/* Joins both lists, which are sorted: the first name that one lacks is the error. */
static int
match(struct rai_rows *r, const struct named *have, const struct rai_rows *as,
    const struct named *want, struct rai_err *err)
{
	const char *other = rai_source_name(as->source), *source = rai_source_name(r->source);
	size_t i;
	int d;

	for (i = 0; i < r->width || i < as->width; i++) {
		d = i == r->width ? 1 : i == as->width ? -1 : strcmp(have[i].name, want[i].name);
		if (d > 0)
			return rai_fail(err, RAI_EINPUT, "%s: no column \"%.100s\", which %s has",
			    source, want[i].name, other);
		if (d < 0)
			return rai_fail(err, RAI_EINPUT,
			    "%s: the column \"%.100s\" is not among those of %s", source,
			    have[i].name, other);
		r->order[want[i].at] = have[i].at;
	}
	return 0;
}

int
rai_rows_align(struct rai_rows *r, const struct rai_rows *as, struct rai_err *err)
{
	struct named *have = sorted(r), *want = sorted(as);
	int rc = -1;

	r->order = calloc(as->width + 1, sizeof(*r->order));
	r->ordered = calloc(as->width + 1, sizeof(*r->ordered));
	if (have == NULL || want == NULL || r->order == NULL || r->ordered == NULL)
		rai_fail_memory(err);
	else
		rc = match(r, have, as, want, err);
	free(have);
	free(want);
	return rc;
}

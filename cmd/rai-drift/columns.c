#include <string.h>

#include "base/near.h"
#include "drift.h"

/* A column of the reference that the input lacks and that might be this one; NULL: none. */
static const char *
perhaps(const struct rai_schema *s, const int *field, const char *name)
{
	const char *only = NULL, *nearest = NULL;
	size_t i, missing = 0, least = RAI_NEAR_LIMIT, d;

	for (i = 0; i < s->n; i++) {
		if (field[i] >= 0)
			continue;
		missing++;
		only = s->col[i].name;
		d = rai_near_distance(name, only);
		if (d < least) {
			least = d;
			nearest = only;
		}
	}
	return nearest != NULL ? nearest : missing == 1 ? only : NULL;
}

static int
is_used(const struct rai_schema *s, const char *name)
{
	return rai_schema_find(s, name, strlen(name)) >= 0 ||
	       (s->target.name != NULL && strcmp(name, s->target.name) == 0) ||
	       strcmp(name, RAI_DRIFT_PREDICTION_COLUMN) == 0;
}

void
drift_note_columns(const struct run *r, const struct rai_rows *rows, const int *field, size_t n)
{
	const struct rai_schema *s = r->ref.schema;
	const char *source = rai_source_name(rai_rows_source(rows)), *name, *was;
	size_t i;

	for (i = 0; i < rai_rows_width(rows); i++) {
		name = rai_rows_column(rows, i);
		if (is_used(s, name))
			continue;
		was = perhaps(s, field, name);
		if (was != NULL)
			rai_cli_warn(r->cli,
			    "%s: column \"%.60s\" is not in the reference: left out "
			    "(is it \"%.60s\", which is not here?)",
			    source, name, was);
		else
			rai_cli_warn(r->cli,
			    "%s: column \"%.60s\" is not in the reference: left out", source, name);
	}
	for (i = 0; i < n; i++)
		if (field[i] < 0)
			rai_cli_warn(r->cli, "%s: column \"%.60s\" of the reference is not here",
			    source, s->col[i].name);
}

#include "layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
layout_free(struct layout *l)
{
	free(l->field);
	l->field = NULL;
}

int
layout_make(struct layout *l, const struct run *r, const struct rai_rows *rows, struct rai_err *err)
{
	const struct rai_schema *s = r->ref.schema;
	size_t i, k, found = 0;

	l->target = l->prediction = -1;
	l->field = malloc((s->n + 1) * sizeof(*l->field));
	if (l->field == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++)
		l->field[i] = -1;
	for (k = 0; k < rai_rows_width(rows); k++) {
		const char *name = rai_rows_column(rows, k);
		int at = rai_schema_find(s, name, strlen(name));

		if (at >= 0) {
			l->field[at] = (int)k;
			found++;
		} else if (s->target.name != NULL && strcmp(name, s->target.name) == 0)
			l->target = (int)k;
		else if (strcmp(name, RAI_DRIFT_PREDICTION_COLUMN) == 0)
			l->prediction = (int)k;
	}
	if (found == 0)
		return rai_fail(err, RAI_EINPUT,
		    "%s: none of the reference's columns is there (it has \"%.60s\" and others)",
		    rai_source_name(rai_rows_source(rows)), s->n > 0 ? s->col[0].name : "");
	if (r->model == NULL)
		drift_note_columns(r, rows, l->field, s->n);
	return 0;
}

void
layout_cell(const struct layout *l, const struct rai_schema *s, size_t i, const struct rai_field *f,
    struct misfits *m, struct rai_cell *out)
{
	if (l->field[i] < 0)
		*out = (struct rai_cell){NAN, RAI_CODE_MISSING};
	else
		misfits_read(m, &s->col[i], f + l->field[i], out);
}

double
layout_prediction(const struct layout *l, const struct rai_field *f, struct misfits *m)
{
	char name[] = RAI_DRIFT_PREDICTION_COLUMN;
	const struct rai_col_spec number = {.name = name};
	struct rai_cell says = {NAN, RAI_CODE_MISSING};

	if (l->prediction >= 0)
		misfits_read(m, &number, f + l->prediction, &says);
	return says.num;
}

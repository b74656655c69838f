#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "table/csv.h"

/* Which field of a row holds each column of the schema; -1: the input has none. */
struct layout {
	int *field;
	int target, prediction;
	struct rai_cell *cells;
};

static void
layout_free(struct layout *l)
{
	free(l->field);
	free(l->cells);
}

static int
layout_make(
    struct layout *l, const struct rai_schema *s, const struct rai_rows *rows, struct rai_err *err)
{
	size_t i, k, found = 0;

	l->target = l->prediction = -1;
	l->field = malloc((s->n + 1) * sizeof(*l->field));
	l->cells = malloc((s->n + 1) * sizeof(*l->cells));
	if (l->field == NULL || l->cells == NULL)
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
	return 0;
}

/* FNV-1a over a row's text: the row's identity beside its number. */
static uint64_t
add_hash(uint64_t h, const struct rai_field *f)
{
	size_t i;

	for (i = 0; i < f->len; i++)
		h = (h ^ (unsigned char)f->p[i]) * UINT64_C(1099511628211);
	return (h ^ 31) * UINT64_C(1099511628211);
}

/* The model's; without one what the rows say, or NaN. */
static double
predict(struct run *r, const struct layout *l, const struct rai_field *f)
{
	char name[] = RAI_DRIFT_PREDICTION_COLUMN;
	const struct rai_col_spec number = {.name = name};
	struct rai_cell says = {NAN, RAI_CODE_MISSING};

	if (r->model != NULL)
		rai_model_predict(r->model, l->cells, &says.num);
	else if (l->prediction >= 0 && rai_schema_text(&number, f[l->prediction].p,
					   f[l->prediction].len, &says, NULL) != 0)
		r->misfits++;
	return says.num;
}

static int
push_row(
    struct run *r, struct layout *l, const struct rai_field *f, size_t width, struct rai_err *err)
{
	const struct rai_schema *s = r->ref.schema;
	struct rai_cell actual = {NAN, RAI_CODE_MISSING};
	uint64_t hash = UINT64_C(14695981039346656037);
	char id[RAI_DRIFT_ID];
	struct rai_drift_row row = {id, 0, l->cells, 0, NULL};
	size_t i;
	int rc, changed;

	for (i = 0; i < width; i++)
		hash = add_hash(hash, &f[i]);
	for (i = 0; i < s->n; i++) {
		l->cells[i] = (struct rai_cell){NAN, RAI_CODE_MISSING};
		if (l->field[i] >= 0 && rai_schema_text(&s->col[i], f[l->field[i]].p,
					    f[l->field[i]].len, &l->cells[i], NULL) != 0) {
			l->cells[i] = (struct rai_cell){NAN, RAI_CODE_MISSING};
			r->misfits++;
		}
		if (l->cells[i].code == RAI_CODE_UNSEEN)
			l->cells[i].code =
			    rai_drift_new_category(f[l->field[i]].p, f[l->field[i]].len);
	}
	snprintf(id, sizeof(id), "row-%" PRId64 "-%016" PRIx64, r->lines, hash);
	row.prediction = predict(r, l, f);
	changed = rai_drift_watch_prediction(r->watch, &row, err);
	if (changed < 0 || (changed && drift_tell(r, err) != 0))
		return -1;
	if (l->target < 0)
		return 0;
	rc = rai_schema_text(&s->target, f[l->target].p, f[l->target].len, &actual, NULL);
	r->misfits += rc != 0;
	if (rc != 0 || !isfinite(actual.num))
		return 0;
	changed = rai_drift_watch_label(r->watch, id, actual.num, 0, err);
	return changed <= 0 ? changed : drift_tell(r, err);
}

int
drift_read_rows(struct run *r, const char *path, struct rai_err *err)
{
	struct layout l = {NULL, -1, -1, NULL};
	struct rai_source *source = NULL;
	struct rai_rows *rows = NULL;
	const struct rai_field *field;
	int rc;

	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    rai_rows_open(source, RAI_FORMAT_AUTO, 0, &rows, err) != 0)
		return -1;
	rc = layout_make(&l, r->ref.schema, rows, err);
	if (rc == 0 && r->model == NULL)
		drift_note_columns(r, rows, l.field, r->ref.schema->n);
	while (rc == 0 && (rc = rai_rows_next(rows, &field, err)) == 0) {
		r->lines++;
		rc = push_row(r, &l, field, rai_rows_width(rows), err);
	}
	layout_free(&l);
	rai_rows_close(rows);
	return rc < 0 ? -1 : 0;
}

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "table/csv.h"

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
predict(
    struct run *r, const struct layout *l, const struct rai_cell *cells, const struct rai_field *f)
{
	return r->model != NULL ? drift_predict(r, cells) : layout_prediction(l, f, &r->misfits);
}

static int
push_row(struct run *r, const struct layout *l, struct rai_cell *cells, const struct rai_field *f,
    size_t width, struct rai_err *err)
{
	const struct rai_schema *s = r->ref.schema;
	struct rai_cell actual = {NAN, RAI_CODE_MISSING};
	uint64_t hash = UINT64_C(14695981039346656037);
	char id[RAI_DRIFT_ID];
	struct rai_drift_row row = {id, 0, cells, 0, NULL};
	size_t i;
	int changed;

	for (i = 0; i < width; i++)
		hash = add_hash(hash, &f[i]);
	for (i = 0; i < s->n; i++)
		layout_cell(l, s, i, f, &r->misfits, &cells[i]);
	snprintf(id, sizeof(id), "row-%" PRId64 "-%016" PRIx64, r->lines, hash);
	row.prediction = predict(r, l, cells, f);
	changed = rai_drift_watch_prediction(r->watch, &row, err);
	if (drift_pushed(r, changed, err) != 0)
		return -1;
	if (l->target < 0)
		return 0;
	misfits_read(&r->misfits, &s->target, &f[l->target], &actual);
	if (s->target.type == RAI_COL_CAT && actual.code != RAI_CODE_MISSING)
		actual.num = actual.code;
	if (!isfinite(actual.num))
		return 0;
	changed = rai_drift_watch_label(r->watch, id, actual.num, 0, err);
	return drift_pushed(r, changed, err);
}

int
drift_read_rows(struct run *r, const char *path, struct rai_err *err)
{
	struct layout l = {NULL, -1, -1};
	struct rai_cell *cells = NULL;
	struct rai_source *source = NULL;
	struct rai_rows *rows = NULL;
	const struct rai_field *field;
	int rc;

	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    rai_rows_open(source, RAI_FORMAT_AUTO, 0, &rows, err) != 0)
		return -1;
	r->misfits.rows = rows;
	rc = layout_make(&l, r, rows, err);
	if (rc == 0 && (cells = malloc((r->ref.schema->n + 1) * sizeof(*cells))) == NULL)
		rc = rai_fail_memory(err);
	while (rc == 0 && (rc = rai_rows_next(rows, &field, err)) == 0) {
		r->lines++;
		rc = push_row(r, &l, cells, field, rai_rows_width(rows), err);
	}
	layout_free(&l);
	free(cells);
	rai_rows_close(rows);
	return rc < 0 ? -1 : 0;
}

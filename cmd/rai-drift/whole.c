#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "drift/counts.h"
#include "layout.h"
#include "model/metric.h"
#include "table/each.h"

/*
 * All rows of all operands as one window of counts: threads read pieces of the input into columns,
 * then each takes whole columns and counts them.  Memory does not grow with the rows.
 */
#define PIECE ((size_t)64 << 10) /* bytes of text */

/* The rows of one piece, column by column. */
struct part {
	struct rai_drift_rows rows;
	struct rai_cell *cells; /* of all its rows, for the model */
	double *scores;         /* of the classes of each row, where it predicts classes */
	size_t cap;
	struct misfits misfits;
};

struct whole {
	struct run *r;
	const struct rai_schema *schema;
	struct layout layout;
	struct rai_drift_counts *counts;
	struct part *part; /* npart */
	size_t npart;
	size_t first, end; /* those that are being counted */
};

static void
part_release(struct part *p)
{
	size_t k;

	for (k = 0; k < p->rows.ncol; k++) {
		if (p->rows.num != NULL)
			free(p->rows.num[k]);
		if (p->rows.code != NULL)
			free(p->rows.code[k]);
	}
	free(p->rows.num);
	free(p->rows.code);
	free(p->rows.prediction);
	free(p->cells);
	free(p->scores);
	memset(p, 0, sizeof(*p));
}

static int
part_init(struct part *p, const struct rai_schema *s)
{
	memset(p, 0, sizeof(*p));
	p->rows.num = calloc(s->n + 1, sizeof(*p->rows.num));
	p->rows.code = calloc(s->n + 1, sizeof(*p->rows.code));
	p->rows.ncol = s->n;
	return p->rows.num == NULL || p->rows.code == NULL ? -1 : 0;
}

/* p with room for cap values of size bytes, or as it was and *lost set. */
static void *
bigger(void *p, size_t cap, size_t size, int *lost)
{
	void *fresh = reallocarray(p, cap, size);

	if (fresh != NULL)
		return fresh;
	*lost = 1;
	return p;
}

static int
part_grow(struct part *p, const struct whole *w)
{
	struct rai_drift_rows *rows = &p->rows;
	size_t cap = p->cap > 0 ? 2 * p->cap : 256, k;
	int lost = 0;

	for (k = 0; k < rows->ncol; k++)
		if (w->schema->col[k].type == RAI_COL_CAT)
			rows->code[k] = bigger(rows->code[k], cap, sizeof(**rows->code), &lost);
		else
			rows->num[k] = bigger(rows->num[k], cap, sizeof(**rows->num), &lost);
	rows->prediction = bigger(rows->prediction, cap, sizeof(*rows->prediction), &lost);
	if (w->r->model != NULL)
		p->cells = bigger(p->cells, cap, (rows->ncol + 1) * sizeof(*p->cells), &lost);
	if (w->r->model != NULL && rai_model_classes(w->r->model) > 0)
		p->scores = bigger(
		    p->scores, cap, rai_model_classes(w->r->model) * sizeof(*p->scores), &lost);
	if (lost)
		return -1;
	p->cap = cap;
	return 0;
}

static void
add_row(struct part *p, const struct whole *w, const struct rai_field *f)
{
	size_t i = p->rows.n, k, n = p->rows.ncol;
	struct rai_cell cell;

	for (k = 0; k < n; k++) {
		const int at = w->layout.field[k];

		if (at >= 0 && w->schema->col[k].type == RAI_COL_NUM && w->r->model == NULL &&
		    rai_num_double_in(f[at].p, f[at].len, &p->rows.num[k][i]) == 0)
			continue;
		layout_cell(&w->layout, w->schema, k, f, &p->misfits, &cell);
		if (p->rows.code[k] != NULL)
			p->rows.code[k][i] = cell.code;
		else
			p->rows.num[k][i] = cell.num;
		if (w->r->model != NULL)
			p->cells[i * n + k] = cell;
	}
	if (w->r->model == NULL)
		p->rows.prediction[i] = layout_prediction(&w->layout, f, &p->misfits);
	p->rows.n++;
}

static void
predict_part(struct part *p, const struct rai_model *m)
{
	size_t i, classes = rai_model_classes(m);

	if (classes == 0) {
		rai_model_predict_rows(m, p->cells, p->rows.n, p->rows.prediction);
		return;
	}
	rai_model_predict_rows(m, p->cells, p->rows.n, p->scores);
	for (i = 0; i < p->rows.n; i++)
		p->rows.prediction[i] = (double)rai_metric_class(p->scores + i * classes, classes);
}

static int
read_part(struct part *p, const struct whole *w, struct rai_rows *rows, struct rai_err *err)
{
	const struct rai_field *field;
	int rc;

	p->rows.n = 0;
	p->misfits = (struct misfits){.rows = rows};
	while ((rc = rai_rows_next(rows, &field, err)) == 0) {
		if (p->rows.n == p->cap && part_grow(p, w) != 0)
			return rai_fail_memory(err);
		add_row(p, w, field);
	}
	if (rc > 0 && w->r->model != NULL && p->rows.n > 0)
		predict_part(p, w->r->model);
	return rc < 0 ? -1 : 0;
}

static int
whole_room(void *ctx, size_t n, struct rai_err *err)
{
	struct whole *w = ctx;
	struct part *p;

	if (n <= w->npart)
		return 0;
	p = realloc(w->part, n * sizeof(*p));
	if (p == NULL)
		return rai_fail_memory(err);
	w->part = p;
	while (w->npart < n)
		if (part_init(&p[w->npart++], w->schema) != 0)
			return rai_fail_memory(err);
	return 0;
}

static int
whole_piece(void *ctx, struct rai_rows *rows, size_t i)
{
	struct whole *w = ctx;

	return read_part(&w->part[i], w, rows, NULL);
}

static void
count_column(void *ctx, size_t k, size_t worker)
{
	struct whole *w = ctx;
	size_t i;

	(void)worker;
	for (i = w->first; i < w->end; i++)
		rai_drift_counts_column(w->counts, &w->part[i].rows, k);
}

/* The part's rows, which are about to be counted. */
static int
begin(struct whole *w, const struct part *p, struct rai_err *err)
{
	w->r->lines += (int64_t)p->rows.n;
	misfits_join(&w->r->misfits, &p->misfits);
	return rai_drift_counts_begin(w->counts, &p->rows, err);
}

static int
whole_join(
    void *ctx, struct rai_team *team, size_t first, size_t end, size_t *taken, struct rai_err *err)
{
	struct whole *w = ctx;
	size_t i;

	for (i = first; i < end; i++)
		if (begin(w, &w->part[i], err) != 0)
			return -1;
	w->first = first;
	w->end = *taken = end;
	rai_team_run(team, w->schema->n + 1, count_column, w);
	return 0;
}

/* One after the other: names what is wrong. */
static int
whole_again(void *ctx, struct rai_rows *rows, struct rai_err *err)
{
	struct whole *w = ctx;
	struct part p;
	size_t k;
	int rc = part_init(&p, w->schema) != 0 ? rai_fail_memory(err) : read_part(&p, w, rows, err);

	if (rc == 0)
		rc = begin(w, &p, err);
	for (k = 0; rc == 0 && k <= w->schema->n; k++)
		rai_drift_counts_column(w->counts, &p.rows, k);
	part_release(&p);
	return rc;
}

static int
read_one(struct whole *w, const char *path, struct rai_err *err)
{
	const struct rai_each each = {
	    w, 0, PIECE, whole_room, whole_piece, whole_join, whole_again};
	struct rai_source *source = NULL;
	struct rai_rows *rows = NULL;
	int rc;

	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    rai_rows_open(source, RAI_FORMAT_AUTO, 0, &rows, err) != 0)
		return -1;
	rc = layout_make(&w->layout, w->r, rows, err);
	if (rc == 0)
		rc = rai_rows_each(rows, &each, err);
	layout_free(&w->layout);
	rai_rows_close(rows);
	return rc;
}

int
drift_read_whole(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	struct whole w = {.r = r, .schema = r->ref.schema};
	struct rai_drift_span span;
	size_t i;
	int rc = rai_drift_counts_new(&r->ref, &w.counts, err);

	for (i = 0; i < n && rc == 0; i++)
		rc = read_one(&w, path[i], err);
	if (rc == 0) {
		memset(&span, 0, sizeof(span));
		span.rows = r->lines;
		if (r->lines > 0) {
			snprintf(span.first, sizeof(span.first), "row-1");
			snprintf(span.last, sizeof(span.last), "row-%lld", (long long)r->lines);
		}
		rc = rai_drift_watch_counts(r->watch, w.counts, &span, err);
	}
	for (i = 0; i < w.npart; i++)
		part_release(&w.part[i]);
	free(w.part);
	rai_drift_counts_free(w.counts);
	return drift_pushed(r, rc, err);
}

#include "model/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"

#define CHUNK 256 /* rows handed out at once */

struct scoring {
	const struct rai_pipeline *pipeline;
	const struct rai_table *table;
	const size_t *rows;
	size_t n;
	struct rai_cell *cells; /* schema.n per thread */
	double *x;              /* CHUNK x width per thread */
	size_t width, outputs;
	double *out;
};

static void
score_chunk(void *ctx, size_t chunk, size_t worker)
{
	struct scoring *s = ctx;
	struct rai_cell *cells = s->cells + worker * s->table->schema.n;
	double *x = s->x + worker * CHUNK * s->width;
	size_t first = chunk * CHUNK, i, n = s->n - first < CHUNK ? s->n - first : CHUNK;

	for (i = 0; i < n; i++) {
		rai_table_cells(s->table, s->rows[first + i], cells);
		rai_prep_row(s->pipeline->prep, cells, x + i * s->width);
	}
	rai_pipeline_finish(s->pipeline, x, n, s->out + first * s->outputs);
}

int
rai_score_pipeline(const struct rai_pipeline *p, const struct rai_table *t, const size_t *rows,
    size_t n, size_t threads, double *out, struct rai_err *err)
{
	struct scoring s = {.pipeline = p,
	    .table = t,
	    .rows = rows,
	    .n = n,
	    .width = rai_prep_width(p->prep),
	    .outputs = rai_pipeline_outputs(p),
	    .out = out};
	int rc = -1;

	s.cells = calloc(threads * (t->schema.n + 1), sizeof(*s.cells));
	s.x = calloc(threads * CHUNK, (s.width + 1) * sizeof(*s.x));
	if (s.cells == NULL || s.x == NULL)
		rai_fail_memory(err);
	else {
		rai_par_for((n + CHUNK - 1) / CHUNK, threads, score_chunk, &s);
		rc = 0;
	}
	free(s.cells);
	free(s.x);
	return rc;
}

/* How one column of the other model is filled from the table. */
struct link {
	int from;      /* column of the table, or -1: missing */
	int32_t *code; /* of a category: the table's code -> the model's */
};

static int32_t
find_level(const struct rai_col_spec *c, const char *text)
{
	size_t lo = 0, hi = c->nlevel, mid;
	int order;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		order = strcmp(text, c->level[mid]);
		if (order == 0)
			return (int32_t)mid;
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return RAI_CODE_UNSEEN;
}

static int
link_column(struct link *l, const struct rai_col_spec *to, const struct rai_schema *schema,
    struct rai_err *err)
{
	const struct rai_col_spec *from;
	size_t k;

	l->from = rai_schema_find(schema, to->name, strlen(to->name));
	if (l->from < 0)
		return 0;
	from = &schema->col[l->from];
	if (from->type != to->type)
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.64s\" is of another type in the data than in the model", to->name);
	if (to->type != RAI_COL_CAT)
		return 0;
	l->code = malloc((from->nlevel + 1) * sizeof(*l->code));
	if (l->code == NULL)
		return rai_fail_memory(err);
	for (k = 0; k < from->nlevel; k++)
		l->code[k] = find_level(to, from->level[k]);
	return 0;
}

static void
fill(const struct link *l, const struct rai_table *t, size_t row, struct rai_cell *cell)
{
	const struct rai_column *c;
	int32_t code;

	*cell = (struct rai_cell){NAN, RAI_CODE_MISSING};
	if (l->from < 0)
		return;
	c = &t->col[l->from];
	if (c->code == NULL)
		cell->num = c->num[row];
	else {
		code = c->code[row];
		cell->code = code >= 0 ? l->code[code] : code;
	}
}

int
rai_score_model(const struct rai_model *m, const struct rai_table *t, const size_t *rows, size_t n,
    double *out, struct rai_err *err)
{
	const struct rai_schema *schema = rai_model_schema(m);
	struct link *links = calloc(schema->n + 1, sizeof(*links));
	struct rai_cell *cells = calloc(schema->n + 1, sizeof(*cells));
	size_t i, j;
	int rc = links == NULL || cells == NULL ? rai_fail_memory(err) : 0;

	for (j = 0; j < schema->n && rc == 0; j++)
		rc = link_column(&links[j], &schema->col[j], &t->schema, err);
	for (i = 0; i < n && rc == 0; i++) {
		for (j = 0; j < schema->n; j++)
			fill(&links[j], t, rows[i], &cells[j]);
		rai_model_predict(m, cells, out + i * rai_model_outputs(m));
	}
	for (j = 0; links != NULL && j < schema->n; j++)
		free(links[j].code);
	free(links);
	free(cells);
	return rc;
}

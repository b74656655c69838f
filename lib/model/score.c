#include "model/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "model/external.h"
#include "table/conform.h"

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
		rc = rai_fitted_check(&p->fitted, err);
	}
	free(s.cells);
	free(s.x);
	return rc;
}

int
rai_score_model(const struct rai_model *m, const struct rai_table *t, const size_t *rows, size_t n,
    size_t threads, double *out, struct rai_err *err)
{
	struct rai_conformed c;
	int rc;

	if (rai_table_conform(t, rai_model_schema(m), &c, err) != 0)
		return -1;
	rc = rai_score_pipeline(rai_model_pipeline(m), &c.table, rows, n, threads, out, err);
	rai_conformed_release(&c);
	return rc;
}

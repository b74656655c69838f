/*
 * asks MODEL FILE: asks a model for each row of a CSV or JSON lines file, one row at a time and
 * many at once, and prints the microseconds per row of either, without the reading: the processor's
 * time, the least of several passes.  For scripts/bench.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "json/json.h"
#include "model/model.h"
#include "table/csv.h"

enum { ROWS = 2000, PASSES = 20 };

struct asks {
	struct rai_model *m;
	struct rai_rows *rows;
	struct rai_cell *cells; /* ROWS rows */
	double *x, *out;
	size_t n, *field;
};

static int
find_fields(struct asks *a, struct rai_err *err)
{
	const struct rai_schema *s = rai_model_schema(a->m);
	size_t i, j;

	for (j = 0; j < s->n; j++) {
		for (i = 0; i < rai_rows_width(a->rows); i++)
			if (strcmp(rai_rows_column(a->rows, i), s->col[j].name) == 0)
				break;
		if (i == rai_rows_width(a->rows))
			return rai_fail(err, RAI_EINPUT, "no column \"%s\"", s->col[j].name);
		a->field[j] = i;
	}
	return 0;
}

static int
read_rows(struct asks *a, const char *path, struct rai_err *err)
{
	const struct rai_schema *s = rai_model_schema(a->m);
	const struct rai_field *field;
	struct rai_source *source;
	size_t j;
	int rc;

	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    rai_rows_open(source, RAI_FORMAT_AUTO, '\0', &a->rows, err) != 0 ||
	    find_fields(a, err) != 0)
		return -1;
	for (; a->n < ROWS && (rc = rai_rows_next(a->rows, &field, err)) == 0; a->n++)
		for (j = 0; j < s->n; j++)
			if (rai_schema_text(&s->col[j], field[a->field[j]].p,
				field[a->field[j]].len, &a->cells[a->n * s->n + j], err) != 0)
				return -1;
	return rc < 0 || a->n == 0 ? -1 : 0;
}

static void
one_by_one(struct asks *a)
{
	size_t i, width = rai_model_schema(a->m)->n, outputs = rai_model_outputs(a->m);

	for (i = 0; i < a->n; i++)
		rai_model_predict(a->m, a->cells + i * width, a->out + i * outputs);
}

static void
at_once(struct asks *a)
{
	const struct rai_pipeline *p = rai_model_pipeline(a->m);
	size_t i, width = rai_model_schema(a->m)->n;

	for (i = 0; i < a->n; i++)
		rai_prep_row(p->prep, a->cells + i * width, a->x + i * rai_prep_width(p->prep));
	rai_pipeline_finish(p, a->x, a->n, a->out);
}

static int64_t
processor_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static double
least(struct asks *a, void (*ask)(struct asks *a))
{
	int64_t best = INT64_MAX, start, took;
	int i;

	for (i = 0; i < PASSES; i++) {
		start = processor_ns();
		ask(a);
		took = processor_ns() - start;
		best = took < best ? took : best;
	}
	return (double)best / 1e3 / (double)a->n;
}

static int
run(const char *model, const char *path, struct rai_buf *out, struct rai_err *err)
{
	struct asks a = {0};
	struct rai_jw w;
	int rc = -1;

	if (rai_model_open(model, &a.m, err) != 0)
		return -1;
	a.cells = calloc(ROWS * (rai_model_schema(a.m)->n + 1), sizeof(*a.cells));
	a.field = calloc(rai_model_schema(a.m)->n + 1, sizeof(*a.field));
	a.x = calloc(ROWS * (rai_prep_width(rai_model_pipeline(a.m)->prep) + 1), sizeof(*a.x));
	a.out = calloc(ROWS * rai_model_outputs(a.m), sizeof(*a.out));
	if (a.cells == NULL || a.field == NULL || a.x == NULL || a.out == NULL)
		rai_fail_memory(err);
	else if (read_rows(&a, path, err) == 0) {
		rai_jw_init(&w, out);
		rai_jw_object(&w, NULL);
		rai_jw_int(&w, "rows", (int64_t)a.n);
		rai_jw_num(&w, "one_us", least(&a, one_by_one));
		rai_jw_num(&w, "many_us", least(&a, at_once));
		rai_jw_end(&w);
		rai_buf_char(out, '\n');
		rc = 0;
	}
	rai_rows_close(a.rows);
	rai_model_free(a.m);
	free(a.cells);
	free(a.field);
	free(a.x);
	free(a.out);
	return rc;
}

int
main(int argc, char **argv)
{
	struct rai_opt opts[] = {{RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0}};
	struct rai_cli cli = {.name = "asks",
	    .synopsis = "model file",
	    .summary = "asks a model for rows and says how long it took",
	    .opts = opts};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1 << 16);
	int i = rai_cli_parse(&cli, argc, argv), rc;

	if (i + 2 != argc)
		rai_cli_usage(&cli, "a model and a file are needed");
	rc = rai_cli_finish(&cli, run(argv[i], argv[i + 1], &out, &err), &out, &err);
	rai_buf_free(&out);
	return rc;
}

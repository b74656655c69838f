#include "model/cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/external.h"
#include "table/csv.h"

enum own { CASE, AT_LEAST, AT_MOST, EXPECT, OWN };

static const char *const own_name[OWN] = {"case", "at_least", "at_most", "expect"};

struct cases {
	const struct rai_schema *schema;
	const struct rai_pipeline *pipeline;
	struct rai_rows *rows;
	const char *path;
	int *column;            /* per field: of the schema, or -1 - enum own */
	struct rai_cell *cells; /* one row */
	double *out;            /* one prediction */
	size_t n, failed;
	char first[200]; /* the first failing row */
};

static int
find_columns(struct cases *c, struct rai_err *err)
{
	size_t i, k, width = rai_rows_width(c->rows);

	c->column = calloc(width + 1, sizeof(*c->column));
	c->cells = calloc(c->schema->n + 1, sizeof(*c->cells));
	c->out = calloc(rai_pipeline_outputs(c->pipeline), sizeof(*c->out));
	if (c->column == NULL || c->cells == NULL || c->out == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < width; i++) {
		const char *name = rai_rows_column(c->rows, i);

		c->column[i] = rai_schema_find(c->schema, name, strlen(name));
		for (k = 0; c->column[i] < 0 && k < OWN; k++)
			if (strcmp(name, own_name[k]) == 0)
				c->column[i] = -1 - (int)k;
		if (c->column[i] == -1 && strcmp(name, own_name[CASE]) != 0)
			return rai_fail(err, RAI_EINPUT,
			    "%s:1: column \"%.64s\" is neither one of the model's nor case, "
			    "at_least, at_most or expect",
			    c->path, name);
	}
	return 0;
}

/* The bounds of one row; NaN: none.  expect is a class, or RAI_CODE_MISSING. */
struct bounds {
	const struct rai_field *name;
	double low, high;
	int32_t expect;
};

static int
read_own(struct cases *c, enum own what, const struct rai_field *f, struct bounds *b,
    struct rai_err *err)
{
	const struct rai_col_spec number = {.name = (char[]){"the bound"}, .type = RAI_COL_NUM};
	struct rai_cell cell;

	switch (what) {
	case AT_LEAST:
	case AT_MOST:
		if (rai_schema_text(&number, f->p, f->len, &cell, err) != 0)
			return -1;
		*(what == AT_LEAST ? &b->low : &b->high) = cell.num;
		return 0;
	case EXPECT:
		if (c->pipeline->fitted.nclass == 0)
			return f->len == 0 ? 0
					   : rai_fail(err, RAI_EINPUT,
						 "a case of a number takes no expect");
		if (rai_schema_text(&c->schema->target, f->p, f->len, &cell, err) != 0)
			return -1;
		b->expect = cell.code;
		return cell.code == RAI_CODE_UNSEEN
			   ? rai_fail(err, RAI_EINPUT, "expect: \"%.*s\" is no class of the target",
				 (int)(f->len < 64 ? f->len : 64), f->p)
			   : 0;
	default:
		b->name = f;
		return 0;
	}
}

static int
read_row(struct cases *c, const struct rai_field *field, struct bounds *b, struct rai_err *err)
{
	int classes = c->pipeline->fitted.nclass > 0;
	size_t i, j;

	*b = (struct bounds){NULL, NAN, NAN, RAI_CODE_MISSING};
	for (j = 0; j < c->schema->n; j++)
		c->cells[j] = (struct rai_cell){NAN, RAI_CODE_MISSING};
	for (i = 0; i < rai_rows_width(c->rows); i++)
		if (c->column[i] >= 0
			? rai_schema_text(&c->schema->col[c->column[i]], field[i].p, field[i].len,
			      &c->cells[c->column[i]], err) != 0
			: read_own(c, (enum own)(-1 - c->column[i]), &field[i], b, err) != 0)
			return -1;
	if (b->low > b->high)
		return rai_fail(err, RAI_EINPUT,
		    "at_least %.6g is above at_most %.6g: no prediction is both", b->low, b->high);
	if (classes ? b->expect < 0 || !isnan(b->low) || !isnan(b->high)
		    : isnan(b->low) && isnan(b->high))
		return rai_fail(err, RAI_EINPUT,
		    classes
			? "a case of a classifier needs expect (and takes no at_least or at_most)"
			: "a case needs at_least or at_most");
	return 0;
}

static void
note_failure(struct cases *c, const struct bounds *b, const char *what)
{
	int n = b->name == NULL ? 0 : (int)(b->name->len < 60 ? b->name->len : 60);

	if (c->failed++ == 0)
		snprintf(c->first, sizeof(c->first), "line %zu%s%.*s%s: %s", rai_rows_line(c->rows),
		    n > 0 ? " (" : "", n, n > 0 ? b->name->p : "", n > 0 ? ")" : "", what);
}

static void
judge(struct cases *c, const struct bounds *b)
{
	const struct rai_col_spec *target = &c->schema->target;
	size_t best = 0, nclass = c->pipeline->fitted.nclass;
	char what[120];

	rai_pipeline_predict(c->pipeline, c->cells, c->out);
	if (nclass > 0)
		best = rai_metric_class(c->out, nclass);
	if (nclass > 0 && best != (size_t)b->expect)
		snprintf(what, sizeof(what), "%.40s, where %.40s is expected", target->level[best],
		    target->level[b->expect]);
	else if (nclass == 0 && isnan(c->out[0]))
		snprintf(what, sizeof(what), "there is no prediction");
	else if (nclass == 0 && c->out[0] < b->low)
		snprintf(what, sizeof(what), "%.6g is below at_least %.6g", c->out[0], b->low);
	else if (nclass == 0 && c->out[0] > b->high)
		snprintf(what, sizeof(what), "%.6g is above at_most %.6g", c->out[0], b->high);
	else
		return;
	note_failure(c, b, what);
}

static int
check_all(struct cases *c, struct rai_err *err)
{
	const struct rai_field *field;
	struct bounds b;
	int rc;

	if (find_columns(c, err) != 0)
		return -1;
	while ((rc = rai_rows_next(c->rows, &field, err)) == 0) {
		if (read_row(c, field, &b, err) != 0)
			return rai_wrap(err, "%s:%zu", c->path, rai_rows_line(c->rows));
		judge(c, &b);
		c->n++;
	}
	if (rc < 0)
		return -1;
	if (rai_fitted_check(&c->pipeline->fitted, err) != 0)
		return -1;
	return c->n > 0 ? 0 : rai_fail(err, RAI_EINPUT, "%s: no cases after the header", c->path);
}

int
rai_gate_cases(struct rai_gate *g, const char *path, const struct rai_schema *schema,
    const struct rai_pipeline *p, struct rai_err *err)
{
	struct cases c = {.schema = schema, .pipeline = p, .path = path};
	struct rai_source *source = NULL;
	struct rai_check *check;
	int rc = -1;

	if (rai_source_open(path, NULL, 0, &source, err) != 0 ||
	    rai_rows_open(source, RAI_FORMAT_AUTO, 0, &c.rows, err) != 0)
		return rai_wrap(err, "gate.cases");
	if (check_all(&c, err) != 0) {
		rai_wrap(err, "gate.cases");
		goto out;
	}
	check = rai_gate_add(g, "cases");
	check->value = (double)c.failed;
	check->limit = 0;
	check->verdict = c.failed == 0 ? RAI_VERDICT_PASSED : RAI_VERDICT_FAILED;
	if (c.failed == 0)
		snprintf(check->message, sizeof(check->message), "all %zu cases hold", c.n);
	else
		snprintf(check->message, sizeof(check->message), "%zu of %zu fail; the first is %s",
		    c.failed, c.n, c.first);
	rc = 0;
out:
	free(c.column);
	free(c.cells);
	free(c.out);
	rai_rows_close(c.rows);
	return rc;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/reader.h"

/* Sorts the levels of a column and renumbers its codes. */
static int
sort_levels(struct rai_reader_col *c, size_t nrow, struct rai_col_spec *spec, struct rai_err *err)
{
	int32_t *rank = malloc((c->levels.n + 1) * sizeof(*rank));
	size_t i;

	if (rank == NULL)
		return rai_fail_memory(err);
	if (rai_levels_sort(&c->levels, rank, &spec->level, err) != 0) {
		free(rank);
		return -1;
	}
	spec->nlevel = c->levels.n;
	for (i = 0; i < nrow; i++)
		if (c->code[i] >= 0)
			c->code[i] = rank[c->code[i]];
	free(rank);
	return 0;
}

/* The range of the numbers; returns how many are missing. */
static size_t
range(const double *v, size_t n, struct rai_col_spec *spec)
{
	double min = INFINITY, max = -INFINITY;
	size_t i, missing = 0;

	for (i = 0; i < n; i++) { /* comparisons with NaN are false */
		min = v[i] < min ? v[i] : min;
		max = v[i] > max ? v[i] : max;
		missing += isnan(v[i]) != 0;
	}
	if (missing < n) {
		spec->min = min;
		spec->max = max;
	}
	return missing;
}

static size_t
count_missing(const int32_t *code, size_t n)
{
	size_t i, missing = 0;

	for (i = 0; i < n; i++)
		missing += code[i] < 0;
	return missing;
}

/* The memory that was held ready for more rows is given back. */
static void *
trim(void *p, size_t size)
{
	void *q = size == 0 ? NULL : realloc(p, size);

	return q == NULL ? p : q;
}

static int
finish_col(struct rai_reader_col *c, size_t nrow, struct rai_col_spec *spec, size_t *missing,
    struct rai_err *err)
{
	spec->name = strdup(c->spec.name);
	if (spec->name == NULL)
		return rai_fail_memory(err);
	spec->type = c->spec.type;
	spec->day_first = c->spec.day_first;
	spec->min = spec->max = NAN;
	if (spec->type == RAI_COL_CAT) {
		c->code = trim(c->code, nrow * sizeof(*c->code));
		*missing = count_missing(c->code, nrow);
		return sort_levels(c, nrow, spec, err);
	}
	c->num = trim(c->num, nrow * sizeof(*c->num));
	*missing = range(c->num, nrow, spec);
	return 0;
}

/* The numbers of a target's classes; no row is without one. */
static int
classes(const struct rai_reader_col *c, size_t nrow, double **out, struct rai_err *err)
{
	double *target = malloc((nrow + 1) * sizeof(*target));
	size_t i;

	if (target == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < nrow; i++)
		target[i] = c->code[i];
	*out = target;
	return 0;
}

int
rai_reader_finish(struct rai_reader *r, struct rai_table *t, struct rai_err *err)
{
	struct rai_reader_col *c;
	size_t i, missing;

	t->nrow = r->nrow;
	t->counts = r->counts;
	t->schema.col = calloc(r->width, sizeof(*t->schema.col));
	t->col = calloc(r->width, sizeof(*t->col));
	if (t->schema.col == NULL || t->col == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < r->width; i++) {
		c = &r->col[i];
		if (c->role != RAI_ROLE_INPUT)
			continue;
		t->schema.n++;
		if (finish_col(c, r->nrow, &t->schema.col[t->schema.n - 1], &missing, err) != 0)
			return -1;
		t->col[t->schema.n - 1] = (struct rai_column){c->num, c->code, missing};
		c->num = NULL;
		c->code = NULL;
		rai_levels_release(&c->levels);
	}
	if (r->target == r->width)
		return 0;
	c = &r->col[r->target];
	if (finish_col(c, r->nrow, &t->schema.target, &missing, err) != 0)
		return -1;
	if (c->spec.type == RAI_COL_CAT)
		return classes(c, r->nrow, &t->target, err);
	t->target = c->num;
	c->num = NULL;
	return 0;
}

void
rai_reader_release(struct rai_reader *r)
{
	size_t i;

	for (i = 0; r->col != NULL && i < r->width; i++) {
		free(r->col[i].num);
		free(r->col[i].code);
		rai_levels_release(&r->col[i].levels);
	}
	free(r->col);
	free(r->hash);
	rai_seen_release(&r->seen);
	rai_rows_close(r->rows);
}

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "table/reader.h"

#define SMALL 10000 /* rows for which threads do not pay */

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

/* One input of the table, or its target. */
struct finish {
	struct rai_reader_col *from;
	struct rai_col_spec *spec;
	struct rai_column *to; /* NULL: the target */
	size_t missing;
};

struct finishing {
	struct finish *item;
	size_t nrow;
	atomic_int failed;
};

static void
finish_one(void *ctx, size_t i, size_t worker)
{
	struct finishing *f = ctx;
	struct finish *x = &f->item[i];

	(void)worker;
	/* memory is all that can be missing here */
	if (finish_col(x->from, f->nrow, x->spec, &x->missing, NULL) != 0)
		atomic_store(&f->failed, 1);
}

/* What becomes of each column that is kept; the target is the last one.  Returns how many. */
static size_t
list_columns(struct rai_reader *r, struct rai_table *t, struct finish *item)
{
	size_t i, n = 0;

	for (i = 0; i < r->width; i++)
		if (r->col[i].role == RAI_ROLE_INPUT) {
			item[n] = (struct finish){&r->col[i], &t->schema.col[n], &t->col[n], 0};
			n++;
		}
	t->schema.n = n;
	if (r->target < r->width)
		item[n++] = (struct finish){&r->col[r->target], &t->schema.target, NULL, 0};
	return n;
}

/* The values change hands. */
static int
give(const struct finish *x, size_t nrow, struct rai_table *t, struct rai_err *err)
{
	struct rai_reader_col *c = x->from;

	rai_levels_release(&c->levels);
	if (x->to == NULL && c->spec.type == RAI_COL_CAT)
		return classes(c, nrow, &t->target, err);
	if (x->to == NULL)
		t->target = c->num;
	else
		*x->to = (struct rai_column){c->num, c->code, x->missing};
	c->num = NULL;
	c->code = NULL;
	return 0;
}

int
rai_reader_finish(struct rai_reader *r, struct rai_table *t, struct rai_err *err)
{
	size_t threads = r->opt->threads > 0 ? r->opt->threads : rai_par_cores(), i, n;
	struct finishing f = {calloc(r->width + 1, sizeof(*f.item)), r->nrow, 0};
	int rc = 0;

	t->nrow = r->nrow;
	t->counts = r->counts;
	t->schema.col = calloc(r->width + 1, sizeof(*t->schema.col));
	t->col = calloc(r->width + 1, sizeof(*t->col));
	if (t->schema.col == NULL || t->col == NULL || f.item == NULL) {
		free(f.item);
		return rai_fail_memory(err);
	}
	n = list_columns(r, t, f.item);
	rai_par_for(n, r->nrow < SMALL ? 1 : threads, finish_one, &f);
	if (atomic_load(&f.failed))
		rc = rai_fail_memory(err);
	for (i = 0; i < n && rc == 0; i++)
		rc = give(&f.item[i], r->nrow, t, err);
	free(f.item);
	return rc;
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

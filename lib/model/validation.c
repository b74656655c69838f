#include "model/validation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define STREAM 0x76616c6964 /* of the random numbers: apart from those of the hold-out */

struct aged {
	double when;
	size_t row;
};

static int
by_age(const void *a, const void *b)
{
	const struct aged *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static int
by_row(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* Oldest first; rows without a value count as the oldest. */
static int
order_by_column(
    const struct rai_table *t, const char *by, size_t *rows, size_t n, struct rai_err *err)
{
	int j = rai_schema_find(&t->schema, by, strlen(by));
	struct aged *v;
	size_t i;

	if (j < 0 || t->col[j].num == NULL)
		return rai_fail(
		    err, RAI_EINPUT, "split.by: \"%.64s\" is no date or number column", by);
	v = malloc(n * sizeof(*v));
	if (v == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		double when = t->col[j].num[rows[i]];

		v[i] = (struct aged){isnan(when) ? -HUGE_VAL : when, rows[i]};
	}
	qsort(v, n, sizeof(*v), by_age);
	for (i = 0; i < n; i++)
		rows[i] = v[i].row;
	free(v);
	return 0;
}

int
rai_validation_make(const struct rai_table *t, const size_t *rows, size_t n, const char *by,
    double share, uint64_t seed, struct rai_validation *out, struct rai_err *err)
{
	struct rai_rng rng = rai_rng_new(seed, STREAM);

	memset(out, 0, sizeof(*out));
	out->rows = malloc((n + 1) * sizeof(*out->rows));
	if (out->rows == NULL)
		return rai_fail_memory(err);
	memcpy(out->rows, rows, n * sizeof(*rows));
	if (strcmp(by, "random") == 0)
		rai_rng_shuffle(&rng, out->rows, n);
	else if (order_by_column(t, by, out->rows, n, err) != 0) {
		rai_validation_release(out);
		return -1;
	}
	out->nvalid = (size_t)((double)n * share + 0.5);
	if (out->nvalid < 1)
		out->nvalid = 1;
	if (out->nvalid > n - 1)
		out->nvalid = n - 1;
	out->ntrain = n - out->nvalid;
	qsort(out->rows, out->ntrain, sizeof(*out->rows), by_row);
	qsort(out->rows + out->ntrain, out->nvalid, sizeof(*out->rows), by_row);
	return 0;
}

void
rai_validation_release(struct rai_validation *v)
{
	free(v->rows);
	memset(v, 0, sizeof(*v));
}

#include "table/split_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRATA 10 /* of a number: tenths of the rows */

/* A value and where it stands. */
struct placed {
	double value;
	size_t at;
};

static int
by_value(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* stratum[i] of each position; returns how many there are. */
static size_t
strata(const struct rai_cut *c, size_t *stratum, struct placed *sorted)
{
	size_t i;

	if (c->by->rule != RAI_SPLIT_STRATIFIED) {
		memset(stratum, 0, c->n * sizeof(*stratum));
		return 1;
	}
	if (c->t->schema.target.type == RAI_COL_CAT) {
		for (i = 0; i < c->n; i++)
			stratum[i] = (size_t)c->t->target[c->rows[i]];
		return c->t->schema.target.nlevel;
	}
	for (i = 0; i < c->n; i++)
		sorted[i] = (struct placed){c->t->target[c->rows[i]], i};
	qsort(sorted, c->n, sizeof(*sorted), by_value);
	for (i = 0; i < c->n; i++)
		stratum[sorted[i].at] = i * STRATA / c->n;
	return STRATA;
}

int
rai_cut_order(struct rai_cut *c, size_t *order, struct rai_err *err)
{
	struct placed *sorted = malloc(c->n * sizeof(*sorted));
	size_t *stratum = malloc(c->n * sizeof(*stratum));
	size_t *shuffled = malloc(c->n * sizeof(*shuffled)), *end = NULL;
	size_t i, k, nstratum;
	int rc = -1;

	if (sorted == NULL || stratum == NULL || shuffled == NULL)
		goto out;
	for (i = 0; i < c->n; i++)
		shuffled[i] = i;
	rai_rng_shuffle(&c->rng, shuffled, c->n);
	nstratum = strata(c, stratum, sorted);
	end = calloc(nstratum + 1, sizeof(*end));
	if (end == NULL)
		goto out;
	for (i = 0; i < c->n; i++)
		end[stratum[i] + 1]++;
	for (k = 1; k <= nstratum; k++)
		end[k] += end[k - 1];
	for (i = 0; i < c->n; i++)
		order[end[stratum[shuffled[i]]]++] = shuffled[i];
	rc = 0;
out:
	free(sorted);
	free(stratum);
	free(shuffled);
	free(end);
	return rc == 0 ? 0 : rai_fail_memory(err);
}

/* What makes two rows of one group: the number or the code; missing: a group like others. */
static double
group_key(const struct rai_cut *c, const struct rai_column *col, size_t i)
{
	double v = col->num == NULL ? col->code[c->rows[i]] : col->num[c->rows[i]];

	return isnan(v) ? -HUGE_VAL : v;
}

int
rai_cut_groups(const struct rai_cut *c, size_t *group, size_t *ngroup, struct rai_err *err)
{
	const struct rai_column *col = rai_table_column(c->t, c->by->column, NULL);
	struct placed *sorted = malloc(c->n * sizeof(*sorted));
	size_t i, g = 0;

	if (sorted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->n; i++)
		sorted[i] = (struct placed){group_key(c, col, i), i};
	qsort(sorted, c->n, sizeof(*sorted), by_value);
	for (i = 0; i < c->n; i++) {
		g += i > 0 && sorted[i].value != sorted[i - 1].value;
		group[sorted[i].at] = g;
	}
	*ngroup = g + 1;
	free(sorted);
	return 0;
}

double
rai_cut_value(const struct rai_cut *c, size_t i)
{
	return rai_table_column(c->t, c->by->column, NULL)->num[c->rows[i]];
}

int
rai_cut_sorted(const struct rai_cut *c, double **sorted, size_t *known, struct rai_err *err)
{
	const double *num = rai_table_column(c->t, c->by->column, NULL)->num;
	struct placed *v = malloc(c->n * sizeof(*v));
	size_t i, n = 0;

	*sorted = malloc(c->n * sizeof(**sorted));
	if (v == NULL || *sorted == NULL) {
		free(v);
		free(*sorted);
		*sorted = NULL;
		return rai_fail_memory(err);
	}
	for (i = 0; i < c->n; i++)
		if (!isnan(num[c->rows[i]]))
			v[n++] = (struct placed){num[c->rows[i]], i};
	qsort(v, n, sizeof(*v), by_value);
	for (i = 0; i < n; i++)
		(*sorted)[i] = v[i].value;
	*known = n;
	free(v);
	return 0;
}

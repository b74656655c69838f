#include "table/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* Gives each row to the side that held[row] says. */
static int
deal(const unsigned char *held, size_t n, struct rai_split *out, struct rai_err *err)
{
	size_t i;

	out->train = malloc((n + 1) * sizeof(*out->train));
	out->test = malloc((n + 1) * sizeof(*out->test));
	if (out->train == NULL || out->test == NULL) {
		rai_split_release(out);
		return rai_fail_memory(err);
	}
	for (i = 0; i < n; i++)
		if (held[i])
			out->test[out->ntest++] = i;
		else
			out->train[out->ntrain++] = i;
	return 0;
}

static int
hold_random(unsigned char *held, size_t n, size_t want, uint64_t seed, struct rai_err *err)
{
	struct rai_rng rng = rai_rng_new(seed, 0);
	size_t *row = malloc(n * sizeof(*row)), i;

	if (row == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		row[i] = i;
	rai_rng_shuffle(&rng, row, n);
	for (i = 0; i < want; i++)
		held[row[i]] = 1;
	free(row);
	return 0;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
hold_newest(unsigned char *held, const double *day, size_t n, size_t want, const char *by,
    double *boundary, struct rai_err *err)
{
	double *sorted = malloc(n * sizeof(*sorted));
	size_t known = 0, i, cut;

	if (sorted == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++)
		if (!isnan(day[i]))
			sorted[known++] = day[i];
	qsort(sorted, known, sizeof(*sorted), ascending);
	if (known == 0 || sorted[0] == sorted[known - 1]) {
		free(sorted);
		return rai_fail(err, RAI_EINPUT,
		    "split by %.100s: %s (split: {by: random} needs no dates)", by,
		    known == 0 ? "no row has a value" : "all rows have the same value");
	}
	cut = known > want ? known - want : 0;
	*boundary = sorted[cut];
	/* the whole boundary day is held out, unless nothing would be left to train on */
	for (; sorted[cut] == sorted[0]; cut++)
		*boundary = sorted[cut + 1];
	for (i = 0; i < n; i++)
		held[i] = day[i] >= *boundary;
	free(sorted);
	return 0;
}

int
rai_split_make(const struct rai_table *t, const char *by, double test, uint64_t seed,
    struct rai_split *out, struct rai_err *err)
{
	unsigned char *held;
	size_t want;
	int col, rc;

	memset(out, 0, sizeof(*out));
	out->boundary = NAN;
	if (!(test > 0 && test < 1))
		return rai_fail(err, RAI_EINPUT,
		    "split: the share held out must be between 0 and 1, is %g", test);
	if (t->nrow < 2)
		return rai_fail(err, RAI_EINPUT,
		    "split: %zu row%s cannot be split in two (at least 2)", t->nrow,
		    t->nrow == 1 ? "" : "s");
	want = (size_t)floor(test * (double)t->nrow + 0.5);
	want = want < 1 ? 1 : want >= t->nrow ? t->nrow - 1 : want;
	col = rai_schema_find(&t->schema, by, strlen(by));
	if (strcmp(by, "random") != 0 && (col < 0 || t->schema.col[col].type == RAI_COL_CAT))
		return rai_fail(err, RAI_EINPUT,
		    "split by %.100s: %s (\"random\", or a date or number column)", by,
		    col < 0 ? "no such column" : "its values are categories");
	held = calloc(t->nrow, 1);
	if (held == NULL)
		return rai_fail_memory(err);
	rc = strcmp(by, "random") == 0
		 ? hold_random(held, t->nrow, want, seed, err)
		 : hold_newest(held, t->col[col].num, t->nrow, want, by, &out->boundary, err);
	if (rc == 0)
		rc = deal(held, t->nrow, out, err);
	free(held);
	return rc;
}

void
rai_split_release(struct rai_split *s)
{
	free(s->train);
	free(s->test);
	memset(s, 0, sizeof(*s));
}

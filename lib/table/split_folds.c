#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/split_parts.h"

#define STREAM_FOLDS 0x666f6c6473 /* random numbers apart from those of the hold-out */

/* part[i]: the fold that holds position i out. */
static int
parts_random(struct rai_cut *c, size_t k, size_t *part, struct rai_err *err)
{
	size_t *order = malloc(c->n * sizeof(*order)), i;

	if (order == NULL)
		return rai_fail_memory(err);
	if (rai_cut_order(c, order, err) != 0) {
		free(order);
		return -1;
	}
	for (i = 0; i < c->n; i++)
		part[order[i]] = i % k;
	free(order);
	return 0;
}

struct group {
	size_t size, rank, fold; /* rank: its place in a random order */
};

static int
largest_first(const void *a, const void *b)
{
	const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The largest group first, each into the fold that has the fewest rows so far. */
static int
place_groups(struct rai_cut *c, struct group *group, size_t ngroup, size_t k, struct rai_err *err)
{
	struct group **sorted = malloc(ngroup * sizeof(struct group *));
	size_t *order = malloc(ngroup * sizeof(*order)), rows[RAI_SPLIT_FOLDS] = {0}, i, f, least;

	if (sorted == NULL || order == NULL) {
		free(sorted);
		free(order);
		return rai_fail_memory(err);
	}
	for (i = 0; i < ngroup; i++)
		order[i] = i;
	rai_rng_shuffle(&c->rng, order, ngroup);
	for (i = 0; i < ngroup; i++) {
		group[order[i]].rank = i;
		sorted[i] = &group[i];
	}
	qsort(sorted, ngroup, sizeof(*sorted), largest_first);
	for (i = 0; i < ngroup; i++) {
		for (least = 0, f = 1; f < k; f++)
			least = rows[f] < rows[least] ? f : least;
		sorted[i]->fold = least;
		rows[least] += sorted[i]->size;
	}
	free(sorted);
	free(order);
	return 0;
}

static int
parts_groups(struct rai_cut *c, size_t k, size_t *part, struct rai_err *err)
{
	struct group *group = NULL;
	size_t ngroup, i;
	int rc = -1;

	if (rai_cut_groups(c, part, &ngroup, err) != 0)
		return -1;
	if (ngroup < k)
		return rai_fail(err, RAI_EINPUT, "%zu folds by group %.100s: there are %zu groups",
		    k, c->by->column, ngroup);
	group = calloc(ngroup, sizeof(*group));
	if (group == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->n; i++)
		group[part[i]].size++;
	if (place_groups(c, group, ngroup, k, err) == 0) {
		for (i = 0; i < c->n; i++)
			part[i] = group[part[i]].fold;
		rc = 0;
	}
	free(group);
	return rc;
}

/*
 * k + 1 blocks by age, of about equally many rows and never of one value in two blocks: part is
 * the block, 0 the oldest.
 */
static int
parts_by_age(struct rai_cut *c, size_t k, size_t *part, struct rai_err *err)
{
	double *sorted, from[RAI_SPLIT_FOLDS + 1];
	size_t known, at = 0, b, i;

	if (rai_cut_sorted(c, &sorted, &known, err) != 0)
		return -1;
	for (b = 1; b <= k; b++) {
		size_t due =
		    c->n - known < c->n * b / (k + 1) ? c->n * b / (k + 1) - (c->n - known) : 0;

		at = due > at ? due : at;
		while (at < known && (b == 1 ? sorted[at] == sorted[0] && known == c->n
					     : sorted[at] <= from[b - 1]))
			at++;
		if (at >= known) {
			free(sorted);
			return rai_fail(err, RAI_EINPUT,
			    "%zu folds by %.100s: it has too few different values", k,
			    c->by->column);
		}
		from[b] = sorted[at];
	}
	free(sorted);
	for (i = 0; i < c->n; i++)
		for (part[i] = 0; part[i] < k && rai_cut_value(c, i) >= from[part[i] + 1];)
			part[i]++;
	return 0;
}

/* Fold f holds out part f; by age it holds out block f + 1 and learns from the older ones. */
static int
deal(const struct rai_cut *c, const size_t *part, size_t f, struct rai_split *out,
    struct rai_err *err)
{
	int by_age = c->by->rule == RAI_SPLIT_NEWEST;
	size_t held = by_age ? f + 1 : f, i;

	memset(out, 0, sizeof(*out));
	out->boundary = NAN;
	out->train = malloc((c->n + 1) * sizeof(*out->train));
	out->test = malloc((c->n + 1) * sizeof(*out->test));
	if (out->train == NULL || out->test == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->n; i++)
		if (part[i] == held)
			out->test[out->ntest++] = c->rows[i];
		else if (!by_age || part[i] < held)
			out->train[out->ntrain++] = c->rows[i];
	for (i = 0; by_age && i < out->ntest; i++) {
		double v = rai_table_column(c->t, c->by->column, NULL)->num[out->test[i]];

		out->boundary = i == 0 || v < out->boundary ? v : out->boundary;
	}
	return 0;
}

int
rai_split_folds(const struct rai_table *t, const struct rai_split_by *by, const size_t *rows,
    size_t n, size_t k, uint64_t seed, struct rai_split *out, struct rai_err *err)
{
	struct rai_cut c = {t, by, rows, n, rai_rng_new(seed, STREAM_FOLDS)};
	size_t *part, f;
	int rc;

	memset(out, 0, k * sizeof(*out));
	if (rai_split_check(t, by, err) != 0)
		return rai_wrap(err, "folds");
	if (by->rule == RAI_SPLIT_DECLARED)
		return rai_fail(err, RAI_EINPUT, "folds: a column with two sides makes no folds");
	if (k < 2 || k > RAI_SPLIT_FOLDS || n / k < 1)
		return rai_fail(err, RAI_EINPUT, "%zu folds of %zu rows: must be from 2 to %zu", k,
		    n, n < RAI_SPLIT_FOLDS ? n : RAI_SPLIT_FOLDS);
	part = malloc(n * sizeof(*part));
	if (part == NULL)
		return rai_fail_memory(err);
	rc = by->rule == RAI_SPLIT_NEWEST  ? parts_by_age(&c, k, part, err)
	     : by->rule == RAI_SPLIT_GROUP ? parts_groups(&c, k, part, err)
					   : parts_random(&c, k, part, err);
	for (f = 0; rc == 0 && f < k; f++)
		rc = deal(&c, part, f, &out[f], err);
	for (f = 0; rc != 0 && f < k; f++)
		rai_split_release(&out[f]);
	free(part);
	return rc;
}

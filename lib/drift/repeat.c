#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/check.h"
#include "drift/twins.h"
#include "stat/stat.h"

/*
 * Rows that come again in the order in which they came: a batch sent twice, or each row.  Rows that
 * happen to be equal lie anywhere in the window, so that each distance between two rows has its
 * share of equal pairs; of those that were sent again all have one and the same.
 */
#define SHARE 0.1    /* of the window's rows, at least, */
#define NEXT 0.4     /* or side by side, where also rows lie that were sorted */
#define CHANCE 1e-9  /* that one distance has so many, of all distances */
#define PEAK 3       /* times as many as at the distances beside it */
#define TWINS 0.25   /* share of rows that are equal to others of the window, and */
#define NEARLY 0.01  /* the most that a row may expect to have by nature */
#define PAIRS 50     /* equal pairs for each row: where rows are that alike nothing is said */
#define ROWS 1000000 /* and in windows larger than that */

struct row {
	uint64_t hash;
	uint32_t at;
};

static int
by_hash(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Counts the equal pairs at each distance; returns how many there are, or more than most. */
static uint64_t
count_pairs(const struct row *r, size_t n, uint32_t *at, uint64_t most)
{
	uint64_t all = 0;
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = i + 1; k < n && r[k].hash == r[i].hash; k++) {
			if (++all > most)
				return all;
			at[r[k].at - r[i].at]++;
		}
	return all;
}

/*
 * The order of rows is as good as any other, so a pair of equal ones is at distance d in (n - d)
 * of n (n - 1) / 2 cases, and how many are is about binomial.
 */
static void
find_peak(struct rai_drift_repeats *out, const uint32_t *at, size_t n, uint64_t pairs)
{
	double any = (double)n * ((double)n - 1) / 2, p;
	size_t d, best = 1;

	for (d = 2; d < n; d++)
		if (at[d] > at[best])
			best = d;
	out->rows = at[best];
	out->distance = best;
	if (at[best] < RAI_DRIFT_LEAST ||
	    (double)at[best] < (best == 1 ? NEXT : SHARE) * (double)n ||
	    at[best] < PEAK * (uint64_t)at[best - 1] ||
	    (best + 1 < n && at[best] < PEAK * (uint64_t)at[best + 1]))
		return;
	/* a beta as narrow as that is one number: the binomial */
	p = (double)(n - best) / any;
	p = rai_stat_beta_binomial_more(at[best], (int64_t)pairs, 1e9 * p, 1e9 * (1 - p));
	if (p * (double)n >= CHANCE)
		return;
	out->broken = 1;
	if (best == 1)
		snprintf(out->why, sizeof(out->why),
		    "%zu of %zu rows repeat the row before: sent twice?", out->rows, n);
	else
		snprintf(out->why, sizeof(out->why),
		    "%zu of %zu rows repeat those %zu rows before: sent twice?", out->rows, n,
		    best);
}

/*
 * Rows that nearly never have an equal in the reference, and here have: at least TWINS of them.
 * The chance of a pair is taken as if three more had been seen.
 */
static void
find_twins(
    struct rai_drift_repeats *out, const struct row *r, size_t n, const struct rai_profile *ref)
{
	double chance = ((double)ref->twins + 3) / (double)ref->pairs;
	size_t i, again = 0;

	for (i = 1; i < n; i++)
		again += r[i].hash == r[i - 1].hash;
	if (chance * ((double)n - 1) > NEARLY || again < RAI_DRIFT_LEAST ||
	    (double)again < TWINS * (double)n)
		return;
	out->rows = again;
	out->distance = 0;
	out->broken = 1;
	snprintf(out->why, sizeof(out->why),
	    "%zu of %zu rows are equal to others of them, which in the reference are %.2g %%",
	    again, n, fmin(100, 200 * (double)ref->twins / (double)ref->rows));
}

static int
search(struct rai_drift_repeats *out, struct row *r, size_t n, uint32_t *at)
{
	uint64_t pairs;

	qsort(r, n, sizeof(*r), by_hash);
	pairs = count_pairs(r, n, at, PAIRS * (uint64_t)n);
	if (pairs <= PAIRS * (uint64_t)n)
		find_peak(out, at, n, pairs);
	return out->broken;
}

/* Of each row, over the columns that the window has. */
static size_t
hash_rows(const struct rai_drift_rows *rows, uint64_t *hash)
{
	size_t k, withheld = 0;

	for (k = 0; k < rows->ncol; k++)
		if (rows->withheld[k])
			withheld++;
		else if (rows->code[k] != NULL)
			rai_drift_twins_cat(hash, rows->code[k], rows->n);
		else
			rai_drift_twins_num(hash, rows->num[k], rows->n);
	return withheld;
}

int
rai_drift_check_repeats(
    const struct rai_profile *ref, const struct rai_drift_rows *rows, struct rai_drift_repeats *out)
{
	size_t n = rows->n, i, withheld;
	struct row *r;
	uint64_t *hash;
	uint32_t *at;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (n < 2 * RAI_DRIFT_LEAST || n > ROWS || rows->ncol == 0)
		return 0;
	r = malloc(n * sizeof(*r));
	hash = calloc(n, sizeof(*hash));
	at = calloc(n, sizeof(*at));
	if (r != NULL && hash != NULL && at != NULL) {
		withheld = hash_rows(rows, hash);
		for (i = 0; i < n; i++)
			r[i] = (struct row){hash[i], (uint32_t)i};
		if (withheld < rows->ncol && !search(out, r, n, at) && withheld == 0 &&
		    ref->pairs > 0)
			find_twins(out, r, n, ref);
		rc = 0;
	}
	free(r);
	free(hash);
	free(at);
	return rc;
}

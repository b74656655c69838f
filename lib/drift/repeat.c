#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/check.h"
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

/* SplitMix64's finish over what was before and a cell. */
static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

static uint64_t
row_hash(const struct rai_drift_rows *rows, size_t i)
{
	uint64_t h = 1, bits;
	double v;
	size_t k;

	for (k = 0; k < rows->ncol; k++) {
		if (rows->withheld[k])
			continue;
		if (rows->code[k] != NULL) {
			h = mix(h, (uint64_t)(uint32_t)rows->code[k][i]);
			continue;
		}
		v = isfinite(rows->num[k][i]) ? rows->num[k][i] + 0.0 : HUGE_VAL;
		memcpy(&bits, &v, sizeof(bits));
		h = mix(h, bits);
	}
	return h;
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

int
rai_drift_check_repeats(const struct rai_drift_rows *rows, struct rai_drift_repeats *out)
{
	size_t n = rows->n, i, said = 0;
	struct row *r;
	uint32_t *at;
	uint64_t pairs;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < rows->ncol; i++)
		said += !rows->withheld[i];
	if (n < 2 * RAI_DRIFT_LEAST || n > ROWS || said == 0)
		return 0;
	r = malloc(n * sizeof(*r));
	at = calloc(n, sizeof(*at));
	if (r != NULL && at != NULL) {
		for (i = 0; i < n; i++)
			r[i] = (struct row){row_hash(rows, i), (uint32_t)i};
		qsort(r, n, sizeof(*r), by_hash);
		pairs = count_pairs(r, n, at, PAIRS * (uint64_t)n);
		if (pairs <= PAIRS * (uint64_t)n)
			find_peak(out, at, n, pairs);
		rc = 0;
	}
	free(r);
	free(at);
	return rc;
}

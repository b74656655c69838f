#include "drift/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drift/tally_priv.h"
#include "stat/stat.h"

/*
 * A value's cell is found by one multiplication, and in the cell a few steps of bisection lead to
 * its gap.  What that does not settle is looked for in all cuts: values out of range, in a divided
 * gap, and where a cell holds many cuts.
 */
#define CELLS 32768               /* at most */
#define ASIDE 1000                /* the outermost 1/1000 of cuts on either side share a cell */
#define STEPS 6                   /* of bisection in a cell, at most */
#define MANY 4096                 /* cuts from which values wait */
#define SOME RAI_DRIFT_TALLY_WAIT /* values looked at together, as many as wait in a bin */
#define LINE 64                   /* bytes that are fetched at once */

/* Many ties: each cut once, with how many order statistics are less. */
static int
own_cuts(struct rai_drift_tally *t, const double *q)
{
	size_t i, n = 0;

	for (i = 0; i < t->m; i++)
		n += i == 0 || q[i] != q[i - 1];
	t->cut = q;
	t->ncut = t->m;
	if (n > t->m / 4 * 3)
		return 0;
	t->own = malloc((n + 1) * sizeof(*t->own));
	t->rank = malloc((n + 1) * sizeof(*t->rank));
	if (t->own == NULL || t->rank == NULL)
		return -1;
	for (i = 0, n = 0; i < t->m; i++)
		if (i == 0 || q[i] != q[i - 1]) {
			t->own[n] = q[i];
			t->rank[n++] = (uint32_t)i;
		}
	t->rank[n] = (uint32_t)t->m;
	t->cut = t->own;
	t->ncut = n;
	return 0;
}

/* Keeps the limits that are no cuts, and finds the gaps in which they lie. */
static int
divide(struct rai_drift_tally *t, const double *limit, size_t n)
{
	size_t i, j, k;

	t->limit = malloc((n + 1) * sizeof(*t->limit));
	t->gap = calloc(n + 1, sizeof(*t->gap));
	t->part = calloc(3 * n + 1, sizeof(*t->part));
	if (t->limit == NULL || t->gap == NULL || t->part == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (isfinite(limit[i]))
			t->limit[t->nlimit++] = limit[i];
	rai_stat_sort(t->limit, t->nlimit);
	for (i = 0, k = 0; i < t->nlimit; i++) {
		j = first_from(t->cut, t->ncut, t->limit[i]);
		if ((j < t->ncut && t->cut[j] == t->limit[i]) ||
		    (k > 0 && t->limit[k - 1] == t->limit[i]))
			continue;
		t->limit[k] = t->limit[i];
		if (t->ngap == 0 || t->gap[t->ngap - 1].at != 2 * j)
			t->gap[t->ngap++] = (struct rai_drift_tally_gap){2 * j, k, 0, NULL};
		t->gap[t->ngap - 1].n++;
		k++;
	}
	t->nlimit = k;
	for (i = 0; i < t->ngap; i++)
		t->gap[i].part = t->part + 2 * t->gap[i].first + i;
	return 0;
}

/* How far a search reaches that settles nearly all of the reference's own values. */
static size_t
choose_reach(const struct rai_drift_tally *t, const uint32_t *end)
{
	size_t reach = 1, i, n, settled;

	while (reach * 2 + 1 <= t->ncut && reach < (1 << STEPS) - 1) {
		for (i = 0, settled = 0; i < t->ncell; i++) {
			n = end[i] - (i > 0 ? end[i - 1] : 0);
			settled += n <= reach ? n : 0;
		}
		if (settled >= t->ncut - t->ncut / 50)
			break;
		reach = reach * 2 + 1;
	}
	return reach;
}

static void
mark_gaps(struct rai_drift_tally *t)
{
	size_t i, j, from, to;

	for (i = 0; i < t->ngap; i++) {
		j = t->gap[i].at / 2;
		from = j > 0 ? cell_of(t, t->cut[j - 1]) : 0;
		to = j < t->ncut ? cell_of(t, t->cut[j]) : t->ncell - 1;
		for (; from <= to; from++)
			t->start[from] = LONG_WAY;
	}
}

/* Which cells share a bin.  start: of each cell, how many cuts lie up to its end. */
static void
make_bins(struct rai_drift_tally *t)
{
	size_t i, cells;

	if (t->ncut < MANY || t->ncell < RAI_DRIFT_TALLY_BINS)
		return;
	for (cells = 1; cells * RAI_DRIFT_TALLY_BINS < t->ncell; cells *= 2)
		t->shift++;
	for (i = 1; i <= RAI_DRIFT_TALLY_BINS; i++)
		t->from[i] = t->start[i * cells - 1];
}

/* Where to look, for each cell. */
static int
make_cells(struct rai_drift_tally *t)
{
	size_t i, j = 0, low = t->ncut / ASIDE, from;
	double width;

	for (t->ncell = 64; t->ncell < 2 * t->ncut && t->ncell < CELLS; t->ncell *= 2)
		;
	t->start = malloc(t->ncell * sizeof(*t->start));
	if (t->start == NULL)
		return -1;
	width = t->ncut > 0 ? t->cut[t->ncut - 1 - low] - t->cut[low] : 0;
	t->base = t->ncut > 0 ? t->cut[low] : 0;
	t->scale = (double)t->ncell / width;
	if (!(width > 0) || !isfinite(t->scale) || !(t->scale > 0)) {
		t->scale = 0;
		t->ncell = 1;
	}
	for (i = 0; i < t->ncell; i++) {
		while (j < t->ncut && cell_of(t, t->cut[j]) <= i)
			j++;
		t->start[i] = (uint32_t)j;
	}
	make_bins(t);
	t->reach = choose_reach(t, t->start);
	for (i = t->ncell; i > 0; i--) {
		from = i > 1 ? t->start[i - 2] : 0;
		j = t->start[i - 1];
		if (from == 0 || j == t->ncut || j - from > t->reach)
			t->start[i - 1] = LONG_WAY;
		else
			t->start[i - 1] =
			    (uint32_t)(from + t->reach > t->ncut ? t->ncut - t->reach : from);
	}
	mark_gaps(t);
	/* the search must not leave the cuts, wherever it begins */
	t->wide = t->reach < t->ncut && rai_drift_tally_gathers();
	return 0;
}

int
rai_drift_tally_init(struct rai_drift_tally *t, const struct rai_profile_col *ref,
    const double *limit, size_t nlimit)
{
	memset(t, 0, sizeof(*t));
	t->m = ref->nquantile;
	if (own_cuts(t, ref->quantile) != 0 || divide(t, limit, nlimit) != 0 || make_cells(t) != 0)
		return -1;
	t->slot = calloc(2 * t->ncut + 1, sizeof(*t->slot));
	t->high = calloc(2 * t->ncut + 1, sizeof(*t->high));
	t->below = calloc(RAI_DRIFT_TALLY_LEADING, sizeof(*t->below));
	t->above = calloc(RAI_DRIFT_TALLY_LEADING, sizeof(*t->above));
	t->min = INFINITY;
	t->max = -INFINITY;
	if (t->slot == NULL || t->high == NULL || t->below == NULL || t->above == NULL)
		return -1;
	if (t->from[RAI_DRIFT_TALLY_BINS] == 0)
		return 0;
	t->wait = malloc(RAI_DRIFT_TALLY_BINS * RAI_DRIFT_TALLY_WAIT * sizeof(*t->wait));
	return t->wait == NULL ? -1 : 0;
}

void
rai_drift_tally_release(struct rai_drift_tally *t)
{
	free(t->own);
	free(t->rank);
	free(t->slot);
	free(t->high);
	free(t->wait);
	free(t->limit);
	free(t->gap);
	free(t->part);
	free(t->below);
	free(t->above);
	free(t->start);
	memset(t, 0, sizeof(*t));
}

static void
count(struct rai_drift_tally *t, size_t k)
{
	if (++t->slot[k] == 0)
		t->high[k]++;
}

uint32_t
rai_drift_tally_slot(const struct rai_drift_tally *t, size_t k)
{
	return t->slot[k] + (t->high[k] << 16);
}

/* What no value has touched stays untouched: it costs no memory. */
static void
clear_leading(uint32_t *lead, uint32_t used)
{
	if (used > 0)
		memset(lead, 0, RAI_DRIFT_TALLY_LEADING * sizeof(*lead));
}

void
rai_drift_tally_clear(struct rai_drift_tally *t)
{
	size_t k;

	clear_leading(t->below, rai_drift_tally_slot(t, 0));
	clear_leading(t->above, rai_drift_tally_slot(t, 2 * t->ncut));
	memset(t->slot, 0, (2 * t->ncut + 1) * sizeof(*t->slot));
	for (k = 0; k < 2 * t->ncut + 1; k++)
		if (t->high[k] != 0)
			t->high[k] = 0;
	memset(t->part, 0, (2 * t->nlimit + t->ngap) * sizeof(*t->part));
	memset(t->waiting, 0, sizeof(t->waiting));
	t->missing = t->n = 0;
	t->min = INFINITY;
	t->max = -INFINITY;
}

/* Bits of numbers in the order of the numbers. */
static size_t
leading(double x)
{
	uint64_t bits;

	x += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &x, sizeof(bits));
	bits ^= bits >> 63 ? ~UINT64_C(0) : UINT64_C(1) << 63;
	return bits >> 48;
}

static void
add_slowly(struct rai_drift_tally *t, double x)
{
	size_t j = first_from(t->cut, t->ncut, x), k;
	struct rai_drift_tally_gap *g;

	if (j < t->ncut && t->cut[j] == x) {
		count(t, 2 * j + 1);
		return;
	}
	count(t, 2 * j);
	if (j == 0)
		t->below[leading(x)]++;
	if (j == t->ncut)
		t->above[leading(x)]++;
	g = find_gap(t, 2 * j);
	if (g == NULL)
		return;
	k = first_from(t->limit + g->first, g->n, x);
	g->part[2 * k + (k < g->n && t->limit[g->first + k] == x)]++;
}

/* Finite values, wherever they lie; n of them, at most SOME. */
static void
add_finite(struct rai_drift_tally *t, const double *v, size_t n)
{
	uint32_t place[SOME];
	size_t i;

	rai_drift_tally_places(t, v, n, place);
	for (i = 0; i < n; i++)
		/* cppcheck-suppress uninitvar ; they are n */
		if ((place[i] & LONG_WAY) != 0)
			add_slowly(t, v[i]);
		else
			count(t, place[i]);
}

static void
fetch(const void *from, const void *to)
{
	const char *p = from;

	for (; p < (const char *)to; p += LINE)
		__builtin_prefetch(p);
}

static void
empty_bin(struct rai_drift_tally *t, size_t b)
{
	fetch(t->cut + t->from[b], t->cut + t->from[b + 1]);
	fetch(t->slot + 2 * t->from[b], t->slot + 2 * t->from[b + 1]);
	add_finite(t, t->wait + b * RAI_DRIFT_TALLY_WAIT, t->waiting[b]);
	t->waiting[b] = 0;
}

/* n of them, at most SOME. */
static void
wait_in_bins(struct rai_drift_tally *t, const double *v, size_t n)
{
	uint16_t bin[SOME];
	size_t i, b;

	rai_drift_tally_bins(t, v, n, bin);
	for (i = 0; i < n; i++) {
		/* cppcheck-suppress uninitvar ; they are n */
		b = bin[i];
		t->wait[b * RAI_DRIFT_TALLY_WAIT + t->waiting[b]] = v[i];
		if (++t->waiting[b] == RAI_DRIFT_TALLY_WAIT)
			empty_bin(t, b);
	}
}

void
rai_drift_tally_settle(struct rai_drift_tally *t)
{
	size_t b;

	for (b = 0; t->wait != NULL && b < RAI_DRIFT_TALLY_BINS; b++)
		if (t->waiting[b] > 0)
			empty_bin(t, b);
}

/* Those of n values that are finite; returns how many. */
static size_t
only_finite(const double *v, size_t n, double *finite)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		finite[k] = v[i];
		k += isfinite(v[i]) != 0;
	}
	return k;
}

void
rai_drift_tally_add(struct rai_drift_tally *t, const double *v, size_t n)
{
	double finite[SOME], min = t->min, max = t->max;
	const double *from;
	size_t k, some;

	for (; n > 0; v += some, n -= some) {
		some = n < SOME ? n : SOME;
		from = v;
		k = rai_drift_tally_finite(t, v, some, &min, &max);
		if (k < some) {
			from = finite;
			k = only_finite(v, some, finite);
			rai_drift_tally_finite(t, finite, k, &min, &max);
		}
		if (t->wait != NULL)
			wait_in_bins(t, from, k);
		else
			add_finite(t, from, k);
		t->n += (int64_t)k;
		t->missing += (int64_t)(some - k);
	}
	/* of two zeros the one that comes first is nobody's */
	t->min = min + 0.0;
	t->max = max + 0.0;
}

static void
sum_into(uint32_t *to, const uint32_t *from, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] += from[i];
}

void
rai_drift_tally_merge(struct rai_drift_tally *to, const struct rai_drift_tally *from)
{
	uint32_t sum;
	size_t k;

	for (k = 0; k < 2 * to->ncut + 1; k++) {
		sum = rai_drift_tally_slot(to, k) + rai_drift_tally_slot(from, k);
		to->slot[k] = (uint16_t)sum;
		if (sum >> 16 != to->high[k])
			to->high[k] = sum >> 16;
	}
	sum_into(to->part, from->part, 2 * to->nlimit + to->ngap);
	if (rai_drift_tally_slot(from, 0) > 0)
		sum_into(to->below, from->below, RAI_DRIFT_TALLY_LEADING);
	if (rai_drift_tally_slot(from, 2 * from->ncut) > 0)
		sum_into(to->above, from->above, RAI_DRIFT_TALLY_LEADING);
	to->missing += from->missing;
	to->n += from->n;
	to->min = fmin(to->min, from->min);
	to->max = fmax(to->max, from->max);
}

static void
count_many(struct rai_drift_tally *t, size_t k, int64_t n)
{
	uint32_t sum = rai_drift_tally_slot(t, k) + (uint32_t)n;

	t->slot[k] = (uint16_t)sum;
	t->high[k] = sum >> 16;
}

void
rai_drift_tally_spread(struct rai_drift_tally *t, double low, double high, int64_t n)
{
	size_t j = first_from(t->cut, t->ncut, low), to = first_from(t->cut, t->ncut, high), end;
	double from = rank_of(t, j), all = rank_of(t, to) - from;
	int64_t done = 0, upto;

	if (n <= 0 || t->ncut == 0)
		return;
	if (!(all > 0)) { /* none is there: at the nearest one */
		j = j < t->ncut ? j : t->ncut - 1;
		to = j + 1;
		all = 1;
	}
	t->min = fmin(t->min, t->cut[j]);
	t->max = fmax(t->max, t->cut[to - 1]);
	t->n += n;
	for (; j < to; j = end) {
		for (end = j + 1; end < to && t->cut[end] == t->cut[j]; end++)
			;
		upto = end < to ? (int64_t)((double)n * ((rank_of(t, end) - from) / all) + 0.5) : n;
		count_many(t, 2 * j + 1, upto - done);
		done = upto;
	}
}

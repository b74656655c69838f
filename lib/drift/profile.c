#include "drift/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/*
 * Deciles, the usual choice for the population stability index (Siddiqi, "Credit Risk Scorecards",
 * 2006), and enough order statistics that a step function through them is within 0.001 of the
 * reference's distribution function.
 */
#define BINS 10
#define QUANTILES 500

static int
alloc_num(struct rai_profile_col *c, size_t nbin, size_t nquantile)
{
	c->edge = malloc((nbin > 0 ? nbin : 1) * sizeof(*c->edge));
	c->count = calloc(nbin > 0 ? nbin : 1, sizeof(*c->count));
	c->quantile = malloc((nquantile > 0 ? nquantile : 1) * sizeof(*c->quantile));
	return c->edge == NULL || c->count == NULL || c->quantile == NULL ? -1 : 0;
}

/*
 * Walks the runs of equal values.  A bin is closed when it holds its share of what is left, and
 * before a value that fills a share alone, so that a heavy tie (0 car places, "today") keeps a bin
 * to itself and no bin of the reference is empty.
 */
static void
choose_edges(struct rai_profile_col *c, const double *v, size_t n)
{
	size_t i, end, in_bin = 0, left = n;
	double share = (double)n / BINS;

	c->nbin = 1;
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && v[end] == v[i]; end++)
			;
		if (in_bin > 0 && c->nbin < BINS &&
		    ((double)in_bin >= share || (double)(end - i) >= share)) {
			c->edge[c->nbin - 1] = v[i];
			left -= in_bin;
			share = (double)left / (double)(BINS - c->nbin);
			c->nbin++;
			in_bin = 0;
		}
		in_bin += end - i;
	}
}

/* The k-th of q order statistics stands for the slice of the sample around its middle. */
static void
choose_quantiles(struct rai_profile_col *c, const double *v, size_t n)
{
	size_t k;

	c->nquantile = n < QUANTILES ? n : QUANTILES;
	for (k = 0; k < c->nquantile; k++)
		c->quantile[k] = v[(2 * k + 1) * n / (2 * c->nquantile)];
}

static void
col_release(struct rai_profile_col *c)
{
	size_t i;

	for (i = 0; c->level != NULL && i < c->nbin; i++)
		free(c->level[i]);
	free(c->level);
	free(c->name);
	free(c->edge);
	free(c->count);
	free(c->quantile);
	memset(c, 0, sizeof(*c));
}

/* How many of n sorted values lie in which bin. */
static void
count_sorted(struct rai_profile_col *c, const double *v, size_t n)
{
	size_t i, k;

	for (i = 0, k = 0; i < n; i++) {
		while (k + 1 < c->nbin && v[i] >= c->edge[k])
			k++;
		c->count[k]++;
	}
}

/* sorted: room for n; what was made of it is left there, m values. */
static int
make_num(struct rai_profile_col *out, const char *name, const double *v, size_t n, double *sorted,
    size_t *m, struct rai_err *err)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	out->kind = RAI_PROFILE_NUM;
	out->name = strdup(name);
	if (sorted == NULL || out->name == NULL || alloc_num(out, BINS, QUANTILES) != 0) {
		col_release(out);
		return rai_fail_memory(err);
	}
	for (i = 0, *m = 0; i < n; i++)
		if (isfinite(v[i]))
			sorted[(*m)++] = v[i] + 0.0; /* -0 becomes 0 */
	rai_stat_sort(sorted, *m);
	out->missing = (int64_t)(n - *m);
	out->min = *m > 0 ? sorted[0] : NAN;
	out->max = *m > 0 ? sorted[*m - 1] : NAN;
	choose_edges(out, sorted, *m);
	count_sorted(out, sorted, *m);
	return 0;
}

int
rai_profile_from_num(
    struct rai_profile_col *out, const char *name, const double *v, size_t n, struct rai_err *err)
{
	double *sorted = malloc((n > 0 ? n : 1) * sizeof(*sorted));
	size_t m;
	int rc = make_num(out, name, v, n, sorted, &m, err);

	if (rc == 0)
		choose_quantiles(out, sorted, m);
	free(sorted);
	return rc;
}

int
rai_profile_from_num_all(
    struct rai_profile_col *out, const char *name, const double *v, size_t n, struct rai_err *err)
{
	double *sorted = malloc((n > 0 ? n : 1) * sizeof(*sorted));
	size_t m;

	if (make_num(out, name, v, n, sorted, &m, err) != 0) {
		free(sorted);
		return -1;
	}
	free(out->quantile);
	out->quantile = sorted;
	out->nquantile = m;
	return 0;
}

static int
copy_levels(struct rai_profile_col *c, char *const *level, size_t n)
{
	size_t i;

	c->level = calloc(n > 0 ? n : 1, sizeof(*c->level));
	c->count = calloc(n > 0 ? n : 1, sizeof(*c->count));
	if (c->level == NULL || c->count == NULL)
		return -1;
	c->nbin = n;
	for (i = 0; i < n; i++)
		if ((c->level[i] = strdup(level[i])) == NULL)
			return -1;
	return 0;
}

int
rai_profile_from_cat(struct rai_profile_col *out, const char *name, char *const *level,
    size_t nlevel, const int32_t *code, size_t n, struct rai_err *err)
{
	size_t i, bin;

	memset(out, 0, sizeof(*out));
	out->kind = RAI_PROFILE_CAT;
	out->min = out->max = NAN;
	out->name = strdup(name);
	if (out->name == NULL || copy_levels(out, level, nlevel) != 0) {
		col_release(out);
		return rai_fail_memory(err);
	}
	for (i = 0; i < n; i++) {
		bin = rai_profile_bin_cat(out, code[i]);
		if (bin < nlevel)
			out->count[bin]++;
		else if (bin == nlevel)
			out->missing++;
		else
			out->unseen++;
	}
	return 0;
}

size_t
rai_profile_bin_num(const struct rai_profile_col *c, double v)
{
	size_t low = 0, high = c->nbin > 0 ? c->nbin - 1 : 0, mid;

	if (!isfinite(v))
		return c->nbin;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (v < c->edge[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

size_t
rai_profile_bin_cat(const struct rai_profile_col *c, int32_t code)
{
	if (code == -1)
		return c->nbin;
	return code >= 0 && (size_t)code < c->nbin ? (size_t)code : c->nbin + 1;
}

int64_t
rai_profile_values(const struct rai_profile_col *c)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < c->nbin; i++)
		n += c->count[i];
	return n;
}

void
rai_profile_release(struct rai_profile *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		col_release(&p->col[i]);
	free(p->col);
	col_release(&p->target);
	col_release(&p->prediction);
	col_release(&p->error);
	memset(p, 0, sizeof(*p));
}

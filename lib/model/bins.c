#include "model/bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"

struct making {
	const struct rai_fit_data *d;
	struct rai_bins *bins;
	double *sorted; /* n per worker */
};

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static size_t
count_distinct(const double *v, size_t n)
{
	size_t i, k = n > 0;

	for (i = 1; i < n; i++)
		k += v[i] != v[i - 1];
	return k;
}

/*
 * Cuts sorted values into bins.  With few distinct values each gets one; else a bin is closed
 * when it holds its share of the rows that are left, so that one frequent value cannot use up
 * the bins of the others.  Equal values stay together.
 */
static size_t
cut(const double *v, size_t n, double *low, double *high)
{
	size_t i, k = 0, first = 0, distinct = count_distinct(v, n);

	for (i = 0; i < n; i++) {
		size_t left = RAI_BINS - k, share = (n - first + left - 1) / left;

		if (i + 1 < n && v[i + 1] == v[i])
			continue;
		if (distinct > RAI_BINS && i + 1 < n && i + 1 - first < share)
			continue;
		low[k] = v[first];
		high[k++] = v[i];
		first = i + 1;
	}
	return k;
}

static uint8_t
code_of(double v, const double *high, size_t n)
{
	size_t lo = 0, hi = n - 1;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (v <= high[mid])
			hi = mid;
		else
			lo = mid + 1;
	}
	return (uint8_t)lo;
}

static void
make_feature(void *ctx, size_t j, size_t worker)
{
	struct making *m = ctx;
	struct rai_bins *b = m->bins;
	const double *x = m->d->x + j * b->n;
	double *v = m->sorted + worker * b->n;
	double *low = b->low + j * RAI_BINS, *high = b->high + j * RAI_BINS;
	size_t i;

	memcpy(v, x, b->n * sizeof(*v));
	qsort(v, b->n, sizeof(*v), by_value);
	b->nbin[j] = (uint16_t)cut(v, b->n, low, high);
	for (i = 0; i < b->n; i++)
		b->code[j * b->n + i] = code_of(x[i], high, b->nbin[j]);
}

int
rai_bins_make(
    const struct rai_fit_data *d, size_t threads, struct rai_bins *out, struct rai_err *err)
{
	struct making m = {d, out, NULL};
	size_t total;

	memset(out, 0, sizeof(*out));
	out->n = d->n;
	out->width = d->width;
	threads = threads < d->width ? threads : d->width;
	if (d->n == 0 || d->width == 0 || __builtin_mul_overflow(d->n, d->width, &total))
		return rai_fail(err, RAI_EINPUT, "nothing to learn from");
	out->code = malloc(total);
	out->nbin = malloc(d->width * sizeof(*out->nbin));
	out->low = malloc(d->width * RAI_BINS * sizeof(*out->low));
	out->high = malloc(d->width * RAI_BINS * sizeof(*out->high));
	m.sorted = calloc(threads, d->n * sizeof(*m.sorted));
	if (out->code == NULL || out->nbin == NULL || out->low == NULL || out->high == NULL ||
	    m.sorted == NULL) {
		free(m.sorted);
		rai_bins_release(out);
		return rai_fail_memory(err);
	}
	rai_par_for(d->width, threads, make_feature, &m);
	free(m.sorted);
	return 0;
}

void
rai_bins_release(struct rai_bins *b)
{
	free(b->code);
	free(b->nbin);
	free(b->low);
	free(b->high);
	memset(b, 0, sizeof(*b));
}

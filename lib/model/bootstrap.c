#include "model/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "model/measure.h"

/*
 * Resamples of the rows with replacement, each from a random stream of its own, so that they are
 * the same on any number of threads.
 */
struct boot {
	struct rai_measure measure[2]; /* nmeasure: one, or two that are compared */
	size_t nmeasure, threads;
	uint64_t seed;
	uint32_t *count;   /* threads x n */
	uint64_t *scratch; /* threads x each */
	size_t each;
	double *value; /* nmeasure x RAI_METRIC_RESAMPLES x RAI_METRICS */
};

static int
boot_init(struct boot *b, size_t threads, uint64_t seed)
{
	size_t n = b->measure[0].n;

	b->threads = threads > 0 ? threads : 1;
	b->seed = seed;
	b->each = rai_measure_scratch(&b->measure[0]);
	b->count = calloc(b->threads, (n + 1) * sizeof(*b->count));
	b->scratch = calloc(b->threads, b->each * sizeof(*b->scratch));
	b->value = calloc(b->nmeasure * RAI_METRIC_RESAMPLES, RAI_METRICS * sizeof(*b->value));
	return b->count == NULL || b->scratch == NULL || b->value == NULL ? -1 : 0;
}

static void
boot_release(struct boot *b)
{
	rai_measure_release(&b->measure[0]);
	rai_measure_release(&b->measure[1]);
	free(b->count);
	free(b->scratch);
	free(b->value);
}

/*
 * count[i]: how often row i is among n rows drawn with replacement.  Two numbers below n from each
 * 64 random bits, without bias (Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS
 * 29, 2019).
 */
static void
draw(struct rai_rng *rng, uint32_t n, uint32_t *count)
{
	uint32_t floor = -n % n, i = 0;
	uint64_t bits, low, high;

	memset(count, 0, n * sizeof(*count));
	while (i < n) {
		bits = rai_rng_u64(rng);
		low = (bits & UINT32_MAX) * n;
		high = (bits >> 32) * n;
		if ((uint32_t)low >= floor) {
			count[low >> 32]++;
			i++;
		}
		if ((uint32_t)high >= floor && i < n) {
			count[high >> 32]++;
			i++;
		}
	}
}

static void
resample(void *ctx, size_t k, size_t worker)
{
	struct boot *b = ctx;
	size_t n = b->measure[0].n, j;
	uint32_t *count = b->count + worker * n;
	struct rai_rng rng = rai_rng_new(b->seed, k);

	draw(&rng, (uint32_t)n, count);
	for (j = 0; j < b->nmeasure; j++)
		rai_measure(&b->measure[j], count, b->scratch + worker * b->each,
		    b->value + (j * RAI_METRIC_RESAMPLES + k) * RAI_METRICS);
}

/* NaN first: a difference that is unknown counts as the worst. */
static int
by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	if (isnan(a) || isnan(b))
		return isnan(b) - isnan(a);
	return (a > b) - (a < b);
}

/* Of the resamples in which the metric is known, where that is most of them. */
static void
interval(const struct boot *b, size_t metric, double *draws, struct rai_interval *out)
{
	size_t k, n = 0, cut;

	for (k = 0; k < RAI_METRIC_RESAMPLES; k++) {
		draws[n] = b->value[k * RAI_METRICS + metric];
		n += !isnan(draws[n]);
	}
	if (n < RAI_METRIC_RESAMPLES / 2)
		return;
	qsort(draws, n, sizeof(*draws), by_value);
	cut = n * 25 / 1000;
	out->low = draws[cut];
	out->high = draws[n - 1 - cut];
}

void
rai_metric_intervals(
    const struct rai_scored *s, uint64_t seed, size_t threads, struct rai_interval *out)
{
	double value[RAI_METRICS], draws[RAI_METRIC_RESAMPLES];
	struct boot b = {.nmeasure = 1};
	size_t m;

	rai_metric_all(s, value);
	for (m = 0; m < RAI_METRICS; m++)
		out[m] = (struct rai_interval){value[m], NAN, NAN};
	if (s->n > 1 && rai_measure_init(&b.measure[0], s, ~0U) == 0 &&
	    boot_init(&b, threads, seed) == 0) {
		rai_par_for(RAI_METRIC_RESAMPLES, b.threads, resample, &b);
		for (m = 0; m < RAI_METRICS; m++)
			interval(&b, m, draws, &out[m]);
	}
	boot_release(&b);
}

int
rai_metric_paired(enum rai_metric metric, const struct rai_scored *p, const double *q,
    uint64_t seed, size_t threads, double *diff, struct rai_err *err)
{
	const struct rai_scored other = {p->actual, q, p->n, p->nclass};
	struct boot b = {.nmeasure = 2};
	size_t k;
	int rc = -1;

	if (rai_measure_init(&b.measure[0], p, 1U << metric) != 0 ||
	    rai_measure_init(&b.measure[1], &other, 1U << metric) != 0 ||
	    boot_init(&b, threads, seed) != 0)
		rai_fail_memory(err);
	else {
		rai_par_for(RAI_METRIC_RESAMPLES, b.threads, resample, &b);
		for (k = 0; k < RAI_METRIC_RESAMPLES; k++)
			diff[k] = (b.value[k * RAI_METRICS + metric] -
				      b.value[(RAI_METRIC_RESAMPLES + k) * RAI_METRICS + metric]) *
				  rai_metric_direction(metric);
		qsort(diff, RAI_METRIC_RESAMPLES, sizeof(*diff), by_value);
		rc = 0;
	}
	boot_release(&b);
	return rc;
}

#include "model/boost_bins.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/rng.h"

#define BLOCK 4096             /* rows coded at once */
#define PAGE ((size_t)2 << 20) /* of a large page */

struct making {
	const struct rai_fit_data *d;
	struct rai_boost_bins *bins;
	size_t max_bins;
	const size_t *sample; /* nsample rows; NULL: all */
	size_t nsample;
	size_t most;   /* levels of a feature */
	size_t *count; /* most per worker */
	size_t nkey;   /* the larger of nsample and most */
	uint64_t *key; /* 2 x nkey per worker */
	double *room;  /* n per worker, of one feature, where d->x is NULL */
	atomic_int failed;
};

/* Doubles as integers of the same order (IEEE 754: negative ones are turned around). */
static uint64_t
key_of(double v)
{
	uint64_t u;

	v += 0.0; /* -0 is 0 */
	memcpy(&u, &v, sizeof(u));
	return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

static double
value_of(uint64_t u)
{
	double v;

	u = u >> 63 ? u & ~(UINT64_C(1) << 63) : ~u;
	memcpy(&v, &u, sizeof(v));
	return v;
}

/* Radix sort, a byte at a time from the lowest; a byte that all share costs nothing. */
static void
sort_keys(uint64_t *key, uint64_t *spare, size_t n)
{
	uint64_t *from = key, *to = spare, *t;
	size_t i, shift, at, c, count[256];

	for (shift = 0; n > 0 && shift < 64; shift += 8) {
		memset(count, 0, sizeof(count));
		for (i = 0; i < n; i++)
			count[from[i] >> shift & 255]++;
		if (count[from[0] >> shift & 255] == n)
			continue;
		for (at = 0, i = 0; i < 256; i++) {
			c = count[i];
			count[i] = at;
			at += c;
		}
		for (i = 0; i < n; i++)
			to[count[from[i] >> shift & 255]++] = from[i];
		t = from;
		from = to;
		to = t;
	}
	if (from != key)
		memcpy(key, from, n * sizeof(*key));
}

/* A number between a and b, a < b, that a <= and b > it; finite. */
static double
between(double a, double b)
{
	double m = a / 2 + b / 2;

	if (!(m >= a && m < b))
		m = a;
	return m < -DBL_MAX ? -DBL_MAX : m;
}

/*
 * Cuts sorted values: each distinct one its own bin where they are few enough; else a bin is
 * closed when it holds its share of the rows that are left, so that one frequent value does not
 * use up the bins of the others.  Returns the number of bins.
 */
static size_t
cut(const uint64_t *key, size_t n, size_t max, double *upper)
{
	size_t i, k = 0, first = 0, distinct = n > 0, left;

	for (i = 1; i < n; i++)
		distinct += key[i] != key[i - 1];
	for (i = 0; i + 1 < n && k + 1 < max; i++) {
		if (key[i + 1] == key[i])
			continue;
		left = max - k;
		if (distinct > max && i + 1 - first < (n - first + left - 1) / left)
			continue;
		upper[k++] = between(value_of(key[i]), value_of(key[i + 1]));
		first = i + 1;
	}
	return k + 1;
}

static void
cut_number(struct making *m, size_t j, const double *x, size_t worker)
{
	uint64_t *key = m->key + worker * 2 * m->nkey;
	size_t i, n = 0;

	for (i = 0; i < m->nsample; i++) {
		double v = x[m->sample != NULL ? m->sample[i] : i];

		if (!isnan(v))
			key[n++] = key_of(v);
	}
	sort_keys(key, key + m->nkey, n);
	m->bins->nbin[j] = (uint16_t)cut(key, n, m->max_bins, m->bins->upper + j * RAI_BOOST_BINS);
}

/* Too many levels: the most frequent have their own bins; of equally frequent ones the lower. */
static void
bin_levels(struct making *m, size_t j, const double *x, size_t worker)
{
	size_t levels = m->bins->levels[j], own = m->max_bins - 1, i;
	size_t *count = m->count + worker * m->most;
	uint64_t *key = m->key + worker * 2 * m->nkey;
	uint8_t *bin = m->bins->level_bin[j];

	memset(count, 0, levels * sizeof(*count));
	for (i = 0; i < m->d->n; i++)
		if (x[i] >= 0 && x[i] < (double)levels)
			count[(size_t)x[i]]++;
	for (i = 0; i < levels; i++)
		key[i] = (uint64_t)(UINT32_MAX - count[i]) << 32 | i;
	sort_keys(key, key + m->nkey, levels);
	memset(bin, (int)own, levels);
	for (i = 0; i < own; i++)
		bin[key[i] & UINT32_MAX] = (uint8_t)i;
	m->bins->nbin[j] = (uint16_t)m->max_bins;
}

static void
cut_feature(struct making *m, size_t j, const double *x, size_t worker)
{
	size_t levels = m->bins->levels[j], i;

	if (levels == 0)
		cut_number(m, j, x, worker);
	else if (levels > m->max_bins)
		bin_levels(m, j, x, worker);
	else {
		for (i = 0; i < levels; i++)
			m->bins->level_bin[j][i] = (uint8_t)i;
		m->bins->nbin[j] = (uint16_t)levels;
	}
}

/* The first bin whose upper end is not below v; the steps do not depend on v's luck. */
static uint8_t
bin_of(const double *upper, size_t nbin, double v)
{
	const double *at = upper;
	size_t left = nbin - 1, half;

	while (left > 1) {
		half = left / 2;
		at += half & -(size_t)(v > at[half - 1]);
		left -= half;
	}
	return (uint8_t)((size_t)(at - upper) + (left == 1 && v > *at));
}

static void
code_feature(struct rai_boost_bins *b, size_t j, const double *x)
{
	const double *upper = b->upper + j * RAI_BOOST_BINS;
	uint8_t *code = b->code + j * b->n, missing = (uint8_t)b->nbin[j];
	size_t i;

	if (b->levels[j] > 0)
		for (i = 0; i < b->n; i++)
			code[i] = x[i] >= 0 && x[i] < (double)b->levels[j]
				      ? b->level_bin[j][(size_t)x[i]]
				      : missing;
	else
		for (i = 0; i < b->n; i++)
			code[i] = isnan(x[i]) ? missing : bin_of(upper, b->nbin[j], x[i]);
}

static void
bin_feature(void *ctx, size_t j, size_t worker)
{
	struct making *m = ctx;
	const struct rai_fit_data *d = m->d;
	double *room = m->room != NULL ? m->room + worker * d->n : NULL;
	const double *x = d->x != NULL ? d->x + j * d->n : room;

	if (d->x == NULL && d->feature(d->feature_ctx, j, room, NULL) != 0) {
		atomic_store(&m->failed, 1);
		return;
	}
	cut_feature(m, j, x, worker);
	code_feature(m->bins, j, x);
}

static void
record_block(void *ctx, size_t block, size_t worker)
{
	struct making *m = ctx;
	struct rai_boost_bins *b = m->bins;
	size_t from = block * BLOCK, to = b->n - from < BLOCK ? b->n : from + BLOCK, i, j;

	(void)worker;
	memset(b->record + from * b->stride, 0, (to - from) * b->stride);
	for (j = 0; j < b->width; j++)
		for (i = from; i < to; i++)
			b->record[i * b->stride + 8 + j] = b->code[j * b->n + i];
}

/* One row of each of nsample equal stretches. */
static size_t *
draw_sample(size_t n, size_t nsample, uint64_t seed)
{
	struct rai_rng rng = rai_rng_new(seed, UINT64_C(1) << 63);
	size_t *row = malloc(nsample * sizeof(*row)), i, from, to;

	for (i = 0; row != NULL && i < nsample; i++) {
		from = (size_t)((double)n / (double)nsample * (double)i);
		to = (size_t)((double)n / (double)nsample * (double)(i + 1));
		row[i] = from + (size_t)rai_rng_below(&rng, to > from ? to - from : 1);
		row[i] = row[i] < n ? row[i] : n - 1;
	}
	return row;
}

/* Rows are read in leaps: where the system has large pages, a leap less often meets a new one. */
static void *
alloc_large(size_t bytes)
{
	void *p;

	if (bytes < 2 * PAGE)
		return aligned_alloc(64, (bytes + 63) / 64 * 64);
	bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	p = aligned_alloc(PAGE, bytes);
	if (p != NULL)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

static int
alloc_bins(const struct rai_fit_data *d, struct making *m, struct rai_boost_bins *b)
{
	size_t j, total, bytes;

	b->n = d->n;
	b->width = d->width;
	b->stride = 8 + (d->width + 7) / 8 * 8;
	if (__builtin_mul_overflow(d->n, d->width, &total) ||
	    __builtin_mul_overflow(d->n, b->stride, &bytes) || bytes > SIZE_MAX - PAGE)
		return -1;
	b->code = alloc_large(total);
	b->record = alloc_large(bytes);
	b->nbin = calloc(d->width, sizeof(*b->nbin));
	b->first = calloc(d->width + 1, sizeof(*b->first));
	b->upper = calloc(d->width, RAI_BOOST_BINS * sizeof(*b->upper));
	b->levels = calloc(d->width, sizeof(*b->levels));
	b->level_bin = calloc(d->width, sizeof(*b->level_bin));
	if (b->code == NULL || b->record == NULL || b->nbin == NULL || b->first == NULL ||
	    b->upper == NULL || b->levels == NULL || b->level_bin == NULL)
		return -1;
	for (j = 0; j < d->width; j++) {
		b->levels[j] = d->levels != NULL ? d->levels[j] : 0;
		m->most = b->levels[j] > m->most ? b->levels[j] : m->most;
		if (b->levels[j] > 0 && (b->level_bin[j] = malloc(b->levels[j])) == NULL)
			return -1;
	}
	return 0;
}

static int
make_all(struct making *m, uint64_t seed, struct rai_team *team)
{
	struct rai_boost_bins *b = m->bins;
	size_t threads = rai_team_size(team), j, *sample = NULL;
	int rc = -1;

	m->nsample = b->n < RAI_BOOST_SAMPLE ? b->n : RAI_BOOST_SAMPLE;
	if (m->nsample < b->n && (m->sample = sample = draw_sample(b->n, m->nsample, seed)) == NULL)
		return -1;
	m->nkey = m->nsample > m->most ? m->nsample : m->most;
	m->key = calloc(threads, 2 * m->nkey * sizeof(*m->key));
	m->count = calloc(threads, (m->most + 1) * sizeof(*m->count));
	if (m->d->x == NULL)
		m->room = malloc(threads * b->n * sizeof(*m->room));
	if (m->key != NULL && m->count != NULL && (m->d->x != NULL || m->room != NULL)) {
		rai_team_run(team, b->width, bin_feature, m);
		for (j = 0; j < b->width; j++)
			b->first[j + 1] = b->first[j] + b->nbin[j] + 1;
		rai_team_run(team, (b->n + BLOCK - 1) / BLOCK, record_block, m);
		rc = atomic_load(&m->failed) ? -1 : 0;
	}
	free(m->room);
	free(sample);
	free(m->key);
	free(m->count);
	return rc;
}

int
rai_boost_bins_make(const struct rai_fit_data *d, size_t max_bins, uint64_t seed,
    struct rai_team *team, struct rai_boost_bins *out, struct rai_err *err)
{
	struct making m = {.d = d, .bins = out, .max_bins = max_bins};

	memset(out, 0, sizeof(*out));
	if (d->n == 0 || d->width == 0)
		return rai_fail(err, RAI_EINPUT, "nothing to learn from");
	if (d->n > INT32_MAX)
		return rai_fail(err, RAI_EINPUT, "boost learns from at most %d rows", INT32_MAX);
	if (alloc_bins(d, &m, out) != 0 || make_all(&m, seed, team) != 0) {
		rai_boost_bins_release(out);
		return rai_fail_memory(err);
	}
	return 0;
}

void
rai_boost_bins_release(struct rai_boost_bins *b)
{
	size_t j;

	for (j = 0; b->level_bin != NULL && j < b->width; j++)
		free(b->level_bin[j]);
	free(b->record);
	free(b->code);
	free(b->nbin);
	free(b->first);
	free(b->upper);
	free(b->levels);
	free(b->level_bin);
	memset(b, 0, sizeof(*b));
}

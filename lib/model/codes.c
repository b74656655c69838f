#include "model/codes.h"

#include <stdlib.h>
#include <string.h>

#include "base/par.h"

struct item {
	uint64_t key; /* orders as the value does */
	uint32_t row;
};

struct making {
	const struct rai_fit_data *d;
	struct rai_codes *codes;
	uint16_t *code; /* n x width, of the rows */
	size_t *nbin;   /* width */
	double **low;   /* width, of each its bins */
	double **high;
	struct item *items; /* 2 n per worker */
	int *failed;        /* per worker: out of memory */
};

/* The bits of a double as a number of the same order; -0 is 0. */
static uint64_t
key_of(double v)
{
	uint64_t u;

	v += 0.0;
	memcpy(&u, &v, sizeof(u));
	return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

/* Stable, by key, byte by byte from the lowest; returns which of the two arrays holds the result.
 */
static struct item *
sort_items(struct item *a, struct item *b, size_t n)
{
	size_t count[256], i, sum, c;
	unsigned shift, k;

	for (shift = 0; shift < 64; shift += 8) {
		struct item *t = a;

		memset(count, 0, sizeof(count));
		for (i = 0; i < n; i++)
			count[a[i].key >> shift & 255]++;
		if (count[a[0].key >> shift & 255] == n)
			continue;
		for (k = 0, sum = 0; k < 256; k++) {
			c = count[k];
			count[k] = sum;
			sum += c;
		}
		for (i = 0; i < n; i++)
			b[count[a[i].key >> shift & 255]++] = a[i];
		a = b;
		b = t;
	}
	return a;
}

/*
 * Numbers the bins of sorted rows.  With few enough distinct values each has its own; else a bin
 * is closed when it holds its share of the rows that are left, so that one frequent value cannot
 * use up the bins of the others.  Equal values stay together.
 */
static size_t
number_bins(const struct item *v, size_t n, size_t distinct, const double *x, uint16_t *code,
    double *low, double *high)
{
	size_t i, k = 0, first = 0;

	for (i = 0; i < n; i++) {
		size_t left = RAI_CODES_BINS - k, share = (n - first + left - 1) / left;

		code[v[i].row] = (uint16_t)k;
		if (i + 1 < n && v[i + 1].key == v[i].key)
			continue;
		if (distinct > RAI_CODES_BINS && i + 1 < n && i + 1 - first < share)
			continue;
		low[k] = x[v[first].row];
		high[k++] = x[v[i].row];
		first = i + 1;
	}
	return k;
}

static void
make_feature(void *ctx, size_t j, size_t worker)
{
	struct making *m = ctx;
	size_t n = m->d->n, i, distinct = 1, bins;
	const double *x = m->d->x + j * n;
	struct item *a = m->items + worker * 2 * n, *v;

	for (i = 0; i < n; i++)
		a[i] = (struct item){key_of(x[i]), (uint32_t)i};
	v = sort_items(a, a + n, n);
	for (i = 1; i < n; i++)
		distinct += v[i].key != v[i - 1].key;
	bins = distinct < RAI_CODES_BINS ? distinct : RAI_CODES_BINS;
	m->low[j] = malloc(bins * sizeof(double));
	m->high[j] = malloc(bins * sizeof(double));
	if (m->low[j] == NULL || m->high[j] == NULL) {
		m->failed[worker] = 1;
		return;
	}
	m->nbin[j] = number_bins(v, n, distinct, x, m->code + j * n, m->low[j], m->high[j]);
}

static uint64_t
hash_row(const uint16_t *code, size_t n, size_t width, size_t i)
{
	uint64_t h = 0;
	size_t j;

	for (j = 0; j < width; j++) {
		h = (h ^ code[j * n + i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

static int
same_row(const uint16_t *code, size_t n, size_t width, size_t a, size_t b)
{
	size_t j;

	for (j = 0; j < width; j++)
		if (code[j * n + a] != code[j * n + b])
			return 0;
	return 1;
}

/* Numbers equal rows alike; first: n, the first row of each group.  0: out of memory. */
static size_t
number_groups(const uint16_t *code, size_t n, size_t width, uint32_t *group, uint32_t *first)
{
	size_t slots = 16, i, at, ngroup = 0;
	uint32_t *table;

	while (slots < 2 * n)
		slots *= 2;
	table = malloc(slots * sizeof(*table));
	if (table == NULL)
		return 0;
	memset(table, 0xff, slots * sizeof(*table));
	for (i = 0; i < n; i++) {
		at = hash_row(code, n, width, i) & (slots - 1);
		while (table[at] != UINT32_MAX && !same_row(code, n, width, first[table[at]], i))
			at = (at + 1) & (slots - 1);
		if (table[at] == UINT32_MAX) {
			table[at] = (uint32_t)ngroup;
			first[ngroup++] = (uint32_t)i;
		}
		group[i] = table[at];
	}
	free(table);
	return ngroup;
}

/* Whether equal rows are to be expected, and of use. */
static int
may_group(const struct making *m)
{
	size_t j;

	for (j = 0; j < m->d->width; j++)
		if (m->nbin[j] > m->d->n / 2)
			return 0;
	return m->d->nclass == 0;
}

static int
make_groups(struct making *m, struct rai_err *err)
{
	struct rai_codes *c = m->codes;
	uint32_t *first = malloc(c->n * sizeof(*first));
	size_t i, j;

	c->group = malloc(c->n * sizeof(*c->group));
	if (first == NULL || c->group == NULL)
		goto memory;
	c->ngroup = c->n;
	if (may_group(m)) {
		c->ngroup = number_groups(m->code, c->n, c->width, c->group, first);
		if (c->ngroup == 0)
			goto memory;
	}
	if (c->ngroup == c->n) {
		for (i = 0; i < c->n; i++)
			c->group[i] = (uint32_t)i;
		c->code = m->code;
		m->code = NULL;
	} else {
		c->code = malloc(c->ngroup * c->width * sizeof(*c->code));
		if (c->code == NULL)
			goto memory;
		for (j = 0; j < c->width; j++)
			for (i = 0; i < c->ngroup; i++)
				c->code[j * c->ngroup + i] = m->code[j * c->n + first[i]];
	}
	free(first);
	return 0;
memory:
	free(first);
	return rai_fail_memory(err);
}

/* All bins in one array each; which features have few. */
static int
join_bins(struct making *m, struct rai_err *err)
{
	struct rai_codes *c = m->codes;
	size_t j, total = 0, nmany = 0;

	c->start = malloc((c->width + 1) * sizeof(*c->start));
	c->few = malloc(c->width * sizeof(*c->few));
	c->many = malloc(c->width * sizeof(*c->many));
	if (c->start == NULL || c->few == NULL || c->many == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < c->width; j++) {
		c->start[j] = total;
		total += m->nbin[j];
		c->few[j] = SIZE_MAX;
		if (m->nbin[j] > RAI_CODES_FEW) {
			c->many[nmany++] = j;
			continue;
		}
		c->few[j] = c->few_bins;
		c->few_bins += m->nbin[j];
		c->nfew++;
	}
	c->start[c->width] = total;
	c->low = malloc(total * sizeof(*c->low));
	c->high = malloc(total * sizeof(*c->high));
	if (c->low == NULL || c->high == NULL)
		return rai_fail_memory(err);
	for (j = 0; j < c->width; j++) {
		memcpy(c->low + c->start[j], m->low[j], m->nbin[j] * sizeof(*c->low));
		memcpy(c->high + c->start[j], m->high[j], m->nbin[j] * sizeof(*c->high));
	}
	return 0;
}

/* The groups of each many-bin feature in the order of its codes, by counting. */
static int
make_order(struct rai_codes *c, struct rai_err *err)
{
	size_t nmany = c->width - c->nfew, k, g, b, sum, n;
	uint32_t *count;

	if (nmany == 0)
		return 0;
	c->order = malloc(nmany * c->ngroup * sizeof(*c->order));
	count = malloc(RAI_CODES_BINS * sizeof(*count));
	if (c->order == NULL || count == NULL) {
		free(count);
		return rai_fail_memory(err);
	}
	for (k = 0; k < nmany; k++) {
		const uint16_t *code = c->code + c->many[k] * c->ngroup;

		memset(count, 0, RAI_CODES_BINS * sizeof(*count));
		for (g = 0; g < c->ngroup; g++)
			count[code[g]]++;
		for (b = 0, sum = 0; b < RAI_CODES_BINS; b++) {
			n = count[b];
			count[b] = (uint32_t)sum;
			sum += n;
		}
		for (g = 0; g < c->ngroup; g++)
			c->order[k * c->ngroup + count[code[g]]++] = (uint32_t)g;
	}
	free(count);
	return 0;
}

static int
make_all(struct making *m, size_t threads, struct rai_err *err)
{
	size_t i, width = m->d->width, n = m->d->n;

	m->code = malloc(n * width * sizeof(*m->code));
	m->nbin = calloc(width, sizeof(*m->nbin));
	m->low = calloc(width, sizeof(double *));
	m->high = calloc(width, sizeof(double *));
	m->items = calloc(threads * 2, n * sizeof(*m->items));
	m->failed = calloc(threads, sizeof(*m->failed));
	if (m->code == NULL || m->nbin == NULL || m->low == NULL || m->high == NULL ||
	    m->items == NULL || m->failed == NULL)
		return rai_fail_memory(err);
	rai_par_for(width, threads, make_feature, m);
	for (i = 0; i < threads; i++)
		if (m->failed[i])
			return rai_fail_memory(err);
	if (join_bins(m, err) != 0 || make_groups(m, err) != 0)
		return -1;
	return make_order(m->codes, err);
}

int
rai_codes_make(
    const struct rai_fit_data *d, size_t threads, struct rai_codes *out, struct rai_err *err)
{
	struct making m = {.d = d, .codes = out};
	size_t total, j;
	int rc;

	memset(out, 0, sizeof(*out));
	out->n = d->n;
	out->width = d->width;
	if (d->n == 0 || d->width == 0 || __builtin_mul_overflow(d->n, d->width * 16, &total))
		return rai_fail(err, RAI_EINPUT, "nothing to learn from");
	if (d->n >= INT32_MAX || d->width > RAI_CODES_WIDTH)
		return rai_fail(err, RAI_EINPUT,
		    "%zu rows of %zu features: trees take fewer than %d rows and at most %d "
		    "features",
		    d->n, d->width, INT32_MAX, RAI_CODES_WIDTH);
	rc = make_all(&m, threads < d->width ? threads : d->width, err);
	for (j = 0; m.low != NULL && m.high != NULL && j < d->width; j++) {
		free(m.low[j]);
		free(m.high[j]);
	}
	free(m.code);
	free(m.nbin);
	free(m.low);
	free(m.high);
	free(m.items);
	free(m.failed);
	if (rc != 0)
		rai_codes_release(out);
	return rc;
}

void
rai_codes_release(struct rai_codes *c)
{
	free(c->group);
	free(c->code);
	free(c->start);
	free(c->low);
	free(c->high);
	free(c->few);
	free(c->many);
	free(c->order);
	memset(c, 0, sizeof(*c));
}

uint32_t
rai_codes_cut(const struct rai_codes *c, size_t feature, uint32_t left, uint32_t right, double t)
{
	const double *high = c->high + c->start[feature];

	while (left + 1 < right) {
		uint32_t mid = left + (right - left) / 2;

		if (high[mid] <= t)
			left = mid;
		else
			right = mid;
	}
	return left;
}

double
rai_codes_threshold(const struct rai_codes *c, size_t feature, uint32_t bin)
{
	double below = c->high[c->start[feature] + bin];
	double above = c->low[c->start[feature] + bin + 1];
	double t = below / 2 + above / 2;

	return t >= below && t < above ? t : below;
}

#include "model/boost_hist.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD 24 /* rows fetched before they are added */
#define COUNTED_BITS 16
#define WEIGHED_BITS 12
#define H_BITS 24
#define MASK(bits) ((UINT64_C(1) << (bits)) - 1)

struct rai_boost_hist *
rai_boost_hist_new(size_t nbin, enum rai_boost_packing packing)
{
	struct rai_boost_hist *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->g = calloc(nbin, sizeof(*h->g));
	h->n = calloc(nbin, sizeof(*h->n));
	if (packing == RAI_BOOST_WEIGHED)
		h->h = calloc(nbin, sizeof(*h->h));
	if (h->g == NULL || h->n == NULL || (packing == RAI_BOOST_WEIGHED && h->h == NULL)) {
		rai_boost_hist_free(h);
		return NULL;
	}
	return h;
}

void
rai_boost_hist_free(struct rai_boost_hist *h)
{
	if (h == NULL)
		return;
	free(h->g);
	free(h->h);
	free(h->n);
	free(h);
}

struct rai_boost_adder *
rai_boost_adder_new(const struct rai_boost_bins *b, enum rai_boost_packing packing)
{
	struct rai_boost_adder *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->packed = calloc(b->stride - 8, 256 * sizeof(*a->packed));
	a->wide = rai_boost_hist_new(b->first[b->width], packing);
	if (a->packed == NULL || a->wide == NULL) {
		rai_boost_adder_free(a);
		return NULL;
	}
	return a;
}

void
rai_boost_adder_free(struct rai_boost_adder *a)
{
	if (a == NULL)
		return;
	free(a->packed);
	rai_boost_hist_free(a->wide);
	free(a);
}

/* Adds packed sums to wide ones and empties them. */
static void
spill(uint64_t *packed, struct rai_boost_hist *out, size_t first, size_t nbin)
{
	int64_t *g = out->g + first, *h = out->h != NULL ? out->h + first : NULL;
	uint32_t *n = out->n + first;
	size_t k;

	for (k = 0; h == NULL && k < nbin; k++) {
		g[k] += (int64_t)packed[k] >> COUNTED_BITS;
		n[k] += (uint32_t)(packed[k] & MASK(COUNTED_BITS));
	}
	for (k = 0; h != NULL && k < nbin; k++) {
		g[k] += (int64_t)packed[k] >> (WEIGHED_BITS + H_BITS);
		h[k] += (int64_t)(packed[k] >> WEIGHED_BITS & MASK(H_BITS));
		n[k] += (uint32_t)(packed[k] & MASK(WEIGHED_BITS));
	}
	memset(packed, 0, nbin * sizeof(*packed));
}

static void
spill_all(struct rai_boost_adder *a, const struct rai_boost_bins *b, const uint8_t *use)
{
	size_t j;

	for (j = 0; j < b->width; j++)
		if (use[j / 8])
			spill(a->packed + j * 256, a->wide, b->first[j], (size_t)b->nbin[j] + 1);
	a->spilled = 1;
	a->pending = 0;
}

/* m neighbouring features; the compiler makes one straight piece of code for each m. */
static inline __attribute__((always_inline)) void
add_group(uint64_t *restrict packed, const uint64_t *restrict word, const uint8_t *code,
    size_t stride, const uint32_t *restrict row, size_t n, size_t m)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const uint8_t *c = code + row[i] * stride;
		uint64_t w = word[i];

		packed[c[0]] += w;
		if (m > 1)
			packed[256 + c[1]] += w;
		if (m > 2)
			packed[512 + c[2]] += w;
		if (m > 3)
			packed[768 + c[3]] += w;
		if (m > 4)
			packed[1024 + c[4]] += w;
		if (m > 5)
			packed[1280 + c[5]] += w;
		if (m > 6)
			packed[1536 + c[6]] += w;
		if (m > 7)
			packed[1792 + c[7]] += w;
	}
}

static void
add_some(uint64_t *packed, const uint64_t *word, const uint8_t *code, size_t stride,
    const uint32_t *row, size_t n, size_t m)
{
	switch (m) {
	case 1:
		add_group(packed, word, code, stride, row, n, 1);
		break;
	case 2:
		add_group(packed, word, code, stride, row, n, 2);
		break;
	case 3:
		add_group(packed, word, code, stride, row, n, 3);
		break;
	case 4:
		add_group(packed, word, code, stride, row, n, 4);
		break;
	case 5:
		add_group(packed, word, code, stride, row, n, 5);
		break;
	case 6:
		add_group(packed, word, code, stride, row, n, 6);
		break;
	case 7:
		add_group(packed, word, code, stride, row, n, 7);
		break;
	default:
		add_group(packed, word, code, stride, row, n, 8);
		break;
	}
}

static void
fetch_words(uint64_t *word, const struct rai_boost_bins *b, const uint32_t *row, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i + AHEAD < n) {
			const uint8_t *r = b->record + row[i + AHEAD] * b->stride;

			__builtin_prefetch(r);
			if (b->stride > 64)
				__builtin_prefetch(r + 64);
		}
		memcpy(&word[i], b->record + row[i] * b->stride, sizeof(*word));
	}
}

void
rai_boost_add(struct rai_boost_adder *a, const struct rai_boost_bins *b, const uint8_t *use,
    const uint32_t *row, size_t n)
{
	size_t limit = a->wide->h != NULL ? RAI_BOOST_WEIGHED_ROWS : RAI_BOOST_COUNTED_ROWS, m, j;

	for (; n > 0; n -= m, row += m) {
		if (a->pending == limit)
			spill_all(a, b, use);
		m = limit - a->pending < RAI_BOOST_STEP ? limit - a->pending : RAI_BOOST_STEP;
		m = m < n ? m : n;
		fetch_words(a->word, b, row, m);
		for (j = 0; j < b->width; j += 8)
			if (use[j / 8])
				add_some(a->packed + j * 256, a->word, b->record + 8 + j, b->stride,
				    row, m, b->width - j);
		a->pending += m;
	}
}

void
rai_boost_collect(struct rai_boost_adder *const *a, size_t nadder, const struct rai_boost_bins *b,
    size_t j, struct rai_boost_hist *out)
{
	size_t first = b->first[j], nbin = (size_t)b->nbin[j] + 1, i, k;

	memset(out->g + first, 0, nbin * sizeof(*out->g));
	memset(out->n + first, 0, nbin * sizeof(*out->n));
	if (out->h != NULL)
		memset(out->h + first, 0, nbin * sizeof(*out->h));
	for (i = 0; i < nadder; i++) {
		struct rai_boost_hist *w = a[i]->wide;

		if (a[i]->pending > 0)
			spill(a[i]->packed + j * 256, out, first, nbin);
		for (k = first; a[i]->spilled && k < first + nbin; k++) {
			out->g[k] += w->g[k];
			out->n[k] += w->n[k];
			w->g[k] = 0;
			w->n[k] = 0;
			if (w->h != NULL) {
				out->h[k] += w->h[k];
				w->h[k] = 0;
			}
		}
	}
}

void
rai_boost_adders_reset(struct rai_boost_adder *const *a, size_t nadder)
{
	size_t i;

	for (i = 0; i < nadder; i++) {
		a[i]->pending = 0;
		a[i]->spilled = 0;
	}
}

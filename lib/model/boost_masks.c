#include <math.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "model/boost_masks_priv.h"
#include "model/walk.h"

#define ROWS 32 /* whose thresholds are looked for together */

/* LANES words at once, from anywhere in memory. */
typedef uint32_t lanes __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define LANES_AT(p) (*(const lanes *)(const void *)(p))

/* all: the AND of it with n arrays of stride words, four at a time: each is read from end to end.
 */
static inline __attribute__((always_inline)) void
and_lanes(uint32_t *all, size_t stride, const uint32_t *const *with, size_t n)
{
	size_t i, k;

	for (k = 0; k + 4 <= n; k += 4) {
		const uint32_t *a = with[k], *b = with[k + 1], *c = with[k + 2], *d = with[k + 3];

		for (i = 0; i < stride; i += LANES)
			*(lanes *)(void *)(all + i) =
			    LANES_AT(all + i) &
			    (LANES_AT(a + i) & LANES_AT(b + i) & LANES_AT(c + i) & LANES_AT(d + i));
	}
	for (; k < n; k++)
		for (i = 0; i < stride; i += LANES)
			*(lanes *)(void *)(all + i) = LANES_AT(all + i) & LANES_AT(with[k] + i);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void
and_avx2(uint32_t *all, size_t stride, const uint32_t *const *with, size_t n)
{
	and_lanes(all, stride, with, n);
	_mm256_zeroupper();
}

__attribute__((target("avx512f"))) static void
and_avx512(uint32_t *all, size_t stride, const uint32_t *const *with, size_t n)
{
	and_lanes(all, stride, with, n);
	_mm256_zeroupper();
}
#endif

int
rai_boost_masks_and_by(
    enum rai_walk_way way, uint32_t *all, size_t stride, const uint32_t *const *with, size_t n)
{
	if (way == RAI_WALK_PLAIN)
		and_lanes(all, stride, with, n);
#ifdef __x86_64__
	else if (way == RAI_WALK_AVX512 && __builtin_cpu_supports("avx512f"))
		and_avx512(all, stride, with, n);
	else if (way == RAI_WALK_AVX2 && __builtin_cpu_supports("avx2"))
		and_avx2(all, stride, with, n);
#endif
	else
		return -1;
	return 0;
}

static void
and_all(uint32_t *all, size_t stride, const uint32_t *const *with, size_t n)
{
	if (rai_boost_masks_and_by(RAI_WALK_AVX512, all, stride, with, n) != 0 &&
	    rai_boost_masks_and_by(RAI_WALK_AVX2, all, stride, with, n) != 0)
		(void)rai_boost_masks_and_by(RAI_WALK_PLAIN, all, stride, with, n);
}

/* Nodes that no mask has. */
struct rest {
	const struct rai_mask_node *from, *to;
};

/*
 * What is asked of the row's numbers: the masks go to with, the rests to rest.  below: of each, how
 * many of its thresholds are; NULL: nobody has looked.
 */
static size_t
ask_numbers(const struct rai_boost_masks *m, const double *x, const uint16_t *below,
    const uint32_t **with, struct rest *rest)
{
	size_t i, n = 0, end;

	for (i = 0; i < m->nnumber; i++) {
		const struct rai_mask_number *f = &m->number[i];
		double v = x[f->feature];
		size_t b = below != NULL
			       ? below[i]
			       : rai_walk_below(m->threshold + f->threshold, f->nthreshold, v);

		if (f->missing_left && isnan(v))
			b = 0;
		end = b == 0 ? 0 : m->end[f->threshold + b - 1];
		if (end >= EVERY)
			with[n++] = m->mask + (f->mask + end / EVERY - 1) * m->stride;
		__builtin_prefetch(m->node + f->node + end / EVERY * EVERY);
		__builtin_prefetch(m->node + f->node + end / EVERY * EVERY + 8);
		rest[i].from = m->node + f->node + end / EVERY * EVERY;
		rest[i].to = m->node + f->node + end;
	}
	return n;
}

/* What tree t adds: its lowest leaf that is left. */
static inline double
leaf_of(const struct rai_boost_masks *m, const uint32_t *all, size_t t)
{
	return m->value[m->first[t] + (unsigned)__builtin_ctz(all[t])];
}

/* As rai_boost_total() has it. */
static double
sum_leaves(const struct rai_boost_masks *m, const uint32_t *all)
{
	double sum[RAI_BOOST_SUMS] = {0};
	size_t t, k;

	for (t = 0; t + RAI_BOOST_SUMS <= m->ntree; t += RAI_BOOST_SUMS)
#pragma GCC unroll 8
		for (k = 0; k < RAI_BOOST_SUMS; k++)
			sum[k] += leaf_of(m, all, t + k);
	for (k = 0; t + k < m->ntree; k++)
		sum[k] += leaf_of(m, all, t + k);
	return rai_boost_total(sum);
}

static void
add_row(const struct rai_boost_masks *m, const double *x, const uint16_t *below, size_t outputs,
    double *score)
{
	const uint32_t *with[PLACES];
	struct rest rest[PLACES];
	_Alignas(LINE) uint32_t all[RAI_BOOST_MASKS_TREES];
	size_t i, n = ask_numbers(m, x, below, with, rest);
	const struct rai_mask_node *p;

	for (i = 0; i < m->ncategory; i++) {
		const struct rai_mask_category *f = &m->category[i];
		double v = x[f->feature];
		size_t k = f->kept;

		if (v >= 0 && v < (double)f->nlevel)
			k = v < (double)f->kept ? (size_t)v : f->kept - 1;
		with[n++] = m->mask + (f->mask + k) * m->stride;
	}
	memset(all, 0xff, m->stride * sizeof(*all));
	and_all(all, m->stride, with, n);
	for (i = 0; i < m->nnumber; i++)
		for (p = rest[i].from; p < rest[i].to; p++)
			all[p->tree] &= p->mask;
	if (outputs > 1)
		for (i = 0; i < m->ntree; i++)
			score[i % outputs] += leaf_of(m, all, i);
	else
		score[0] += sum_leaves(m, all);
}

void
rai_boost_masks_add(
    const struct rai_boost_masks *m, const double *x, size_t n, size_t outputs, double *score)
{
	uint16_t below[ROWS * PLACES];
	size_t i, k, rows;

	if (n == 1) {
		add_row(m, x, NULL, outputs, score);
		return;
	}
	for (i = 0; i < n; i += rows) {
		rows = n - i < ROWS ? n - i : ROWS;
		for (k = 0; k < m->nnumber; k++) {
			const struct rai_mask_number *f = &m->number[k];

			rai_walk_below_many(m->threshold + f->threshold, f->nthreshold,
			    x + i * m->width + f->feature, m->width, rows, below + k, m->nnumber);
		}
		for (k = 0; k < rows; k++)
			add_row(m, x + (i + k) * m->width, below + k * m->nnumber, outputs,
			    score + (i + k) * outputs);
	}
}

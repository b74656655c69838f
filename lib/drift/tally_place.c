#include <math.h>

#include "drift/tally_priv.h"

/*
 * Where values lie, many at once.  The wide way is that of processors that gather four numbers; it
 * makes the very same operations, so both say the same.
 */

static size_t
finite_plain(const double *v, size_t n, double *min, double *max)
{
	size_t i;

	for (i = 0; i < n && isfinite(v[i]); i++) {
		*min = v[i] < *min ? v[i] : *min;
		*max = v[i] > *max ? v[i] : *max;
	}
	return i;
}

static void
bins_plain(const struct rai_drift_tally *t, const double *v, size_t n, uint16_t *bin)
{
	size_t i;

	for (i = 0; i < n; i++)
		bin[i] = (uint16_t)(cell_of(t, v[i]) >> t->shift);
}

static void
places_plain(const struct rai_drift_tally *t, const double *v, size_t n, uint32_t *place)
{
	const size_t half = (t->reach + 1) / 2;
	const double *at;
	size_t i, step;
	uint32_t start;

	for (i = 0; i < n; i++) {
		start = t->start[cell_of(t, v[i])];
		place[i] = LONG_WAY;
		if (start == LONG_WAY)
			continue;
		at = t->cut + start;
		for (step = half; step > 0; step /= 2)
			at += step & -(size_t)(at[step - 1] < v[i]);
		place[i] = (uint32_t)(2 * (size_t)(at - t->cut) + (*at == v[i]));
	}
}

#ifdef __x86_64__
#include <immintrin.h>

enum { WIDE = 4 };

__attribute__((target("avx2"))) static size_t
finite_wide(const double *v, size_t n, double *min, double *max)
{
	const __m256d sign = _mm256_set1_pd(-0.0), inf = _mm256_set1_pd(INFINITY);
	__m256d least = _mm256_set1_pd(*min), most = _mm256_set1_pd(*max), x;
	double lane[2 * WIDE];
	size_t i, k;

	for (i = 0; i + WIDE <= n; i += WIDE) {
		x = _mm256_loadu_pd(v + i);
		if (_mm256_movemask_pd(_mm256_cmp_pd(_mm256_andnot_pd(sign, x), inf, _CMP_LT_OQ)) !=
		    (1 << WIDE) - 1)
			break;
		least = _mm256_min_pd(x, least);
		most = _mm256_max_pd(x, most);
	}
	_mm256_storeu_pd(lane, least);
	_mm256_storeu_pd(lane + WIDE, most);
	_mm256_zeroupper();
	for (k = 0; k < WIDE; k++) {
		*min = lane[k] < *min ? lane[k] : *min;
		*max = lane[WIDE + k] > *max ? lane[WIDE + k] : *max;
	}
	return i;
}

/* As cell_of(). */
__attribute__((target("avx2"), always_inline)) static inline __m128i
cells_of(const struct rai_drift_tally *t, __m256d x)
{
	__m256d at =
	    _mm256_mul_pd(_mm256_sub_pd(x, _mm256_set1_pd(t->base)), _mm256_set1_pd(t->scale));

	/* of what is no number: the second, as the comparison has it */
	at = _mm256_max_pd(at, _mm256_setzero_pd());
	return _mm256_cvttpd_epi32(_mm256_min_pd(at, _mm256_set1_pd((double)(t->ncell - 1))));
}

__attribute__((target("avx2"))) static size_t
bins_wide(const struct rai_drift_tally *t, const double *v, size_t n, uint16_t *bin)
{
	const __m128i shift = _mm_cvtsi32_si128(t->shift);
	uint32_t b[WIDE];
	size_t i, k;

	for (i = 0; i + WIDE <= n; i += WIDE) {
		_mm_storeu_si128((__m128i *)(void *)b,
		    _mm_srl_epi32(cells_of(t, _mm256_loadu_pd(v + i)), shift));
		for (k = 0; k < WIDE; k++)
			bin[i + k] = (uint16_t)b[k];
	}
	_mm256_zeroupper();
	return i;
}

__attribute__((target("avx2"))) static size_t
places_wide(const struct rai_drift_tally *t, const double *v, size_t n, uint32_t *place)
{
	const __m256i even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
	const __m128i far = _mm_set1_epi32((int)LONG_WAY);
	const size_t half = (t->reach + 1) / 2;
	size_t i, step;

	for (i = 0; i + WIDE <= n; i += WIDE) {
		const __m256d x = _mm256_loadu_pd(v + i);
		/* who goes a long way looks from the first cut on, for nothing */
		const __m128i start = _mm_i32gather_epi32((const int *)t->start, cells_of(t, x), 4),
			      way = _mm_and_si128(start, far);
		__m256i at = _mm256_cvtepu32_epi64(_mm_andnot_si128(far, start));
		__m256d cut;

		for (step = half; step > 0; step /= 2) {
			cut = _mm256_i64gather_pd(t->cut + step - 1, at, 8);
			at = _mm256_add_epi64(at,
			    _mm256_and_si256(_mm256_castpd_si256(_mm256_cmp_pd(cut, x, _CMP_LT_OQ)),
				_mm256_set1_epi64x((long long)step)));
		}
		cut = _mm256_i64gather_pd(t->cut, at, 8);
		/* twice, and one more where it is the cut: all ones are -1 */
		at = _mm256_sub_epi64(_mm256_add_epi64(at, at),
		    _mm256_castpd_si256(_mm256_cmp_pd(cut, x, _CMP_EQ_OQ)));
		_mm_storeu_si128((__m128i *)(void *)(place + i),
		    _mm_or_si128(
			way, _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(at, even))));
	}
	_mm256_zeroupper();
	return i;
}

int
rai_drift_tally_gathers(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

#else

int
rai_drift_tally_gathers(void)
{
	return 0;
}

#define finite_wide(v, n, min, max) ((size_t)0)
#define bins_wide(t, v, n, bin) ((size_t)0)
#define places_wide(t, v, n, place) ((size_t)0)
#endif

size_t
rai_drift_tally_finite(
    const struct rai_drift_tally *t, const double *v, size_t n, double *min, double *max)
{
	size_t i = t->wide ? finite_wide(v, n, min, max) : 0;

	return i + finite_plain(v + i, n - i, min, max);
}

void
rai_drift_tally_bins(const struct rai_drift_tally *t, const double *v, size_t n, uint16_t *bin)
{
	size_t i = t->wide ? bins_wide(t, v, n, bin) : 0;

	bins_plain(t, v + i, n - i, bin + i);
}

void
rai_drift_tally_places(const struct rai_drift_tally *t, const double *v, size_t n, uint32_t *place)
{
	size_t i = t->wide ? places_wide(t, v, n, place) : 0;

	places_plain(t, v + i, n - i, place + i);
}

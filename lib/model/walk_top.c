#include "model/walk_top.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define LEVELS 4 /* of a tree that has more nodes than a top */

/* n nodes from `first` on, which have `leaf` leaves on their left; none is a leaf. */
static void
take(const struct rai_nodes *nodes, size_t first, size_t n, uint32_t leaf, size_t levels,
    struct rai_walk_top *top)
{
	struct rai_node p;
	size_t k, out;

	if (n == 0 || levels == 0) {
		top->at[top->nout] = n == 0 ? RAI_WALK_ENDED : (uint32_t)first;
		top->leaf[top->nout++] = leaf;
		return;
	}
	p = rai_nodes_at(nodes, first);
	k = top->n++;
	out = top->nout;
	top->feature[k] = p.feature & (RAI_NODE_RIGHT_LEAF - 1);
	top->cut[k] = p.cut;
	take(nodes, first + 1, p.right - 1, leaf, levels - 1, top);
	top->keep[k] = (uint16_t) ~((1u << top->nout) - (1u << out));
	take(nodes, first + p.right, n - p.right, leaf + p.right, levels - 1, top);
}

void
rai_walk_top_make(const struct rai_nodes *nodes, size_t root, size_t n, struct rai_walk_top *top)
{
	*top = (struct rai_walk_top){0};
	take(nodes, root, n, 0, n <= RAI_WALK_TOP ? RAI_WALK_TOP : LEVELS, top);
}

/* Row by row, from row i on. */
static void
ask_plain(const struct rai_walk_top *top, const uint16_t *x, size_t i, size_t n, uint32_t *at,
    uint32_t *leaf)
{
	size_t k, out;

	for (; i < n; i++) {
		uint16_t still = UINT16_MAX;

		for (k = 0; k < top->n; k++)
			still &=
			    x[top->feature[k] * n + i] > top->cut[k] ? top->keep[k] : UINT16_MAX;
		out = (size_t)__builtin_ctz(still);
		at[i] = top->at[out];
		leaf[i] = top->leaf[out];
	}
}

#ifdef __x86_64__
/* 16 rows in one register, two registers in hand. */
__attribute__((target("avx2"))) static size_t
ask_avx2(const struct rai_walk_top *top, const uint16_t *x, size_t n, uint32_t *at, uint32_t *leaf)
{
	const __m256i none = _mm256_setzero_si256(), all = _mm256_set1_epi16(-1);
	uint16_t still[32];
	size_t i, j, k, out;

	for (i = 0; i + 32 <= n; i += 32) {
		__m256i a = all, b = all;

		for (k = 0; k < top->n; k++) {
			const __m256i *v =
			    (const __m256i *)(const void *)(x + top->feature[k] * n + i);
			__m256i cut = _mm256_set1_epi16((short)top->cut[k]);
			__m256i keep = _mm256_set1_epi16((short)top->keep[k]);
			/* all ones where the number is not above the cut */
			__m256i c =
			    _mm256_cmpeq_epi16(_mm256_subs_epu16(_mm256_loadu_si256(v), cut), none);
			__m256i d = _mm256_cmpeq_epi16(
			    _mm256_subs_epu16(_mm256_loadu_si256(v + 1), cut), none);

			a = _mm256_and_si256(a, _mm256_or_si256(c, keep));
			b = _mm256_and_si256(b, _mm256_or_si256(d, keep));
		}
		_mm256_storeu_si256((__m256i *)(void *)still, a);
		_mm256_storeu_si256((__m256i *)(void *)(still + 16), b);
		for (j = 0; j < 32; j++) {
			out = (size_t)__builtin_ctz(still[j]);
			at[i + j] = top->at[out];
			leaf[i + j] = top->leaf[out];
		}
	}
	_mm256_zeroupper();
	return i;
}

#define AVX512 __attribute__((target("avx512f,avx512bw")))

/* The ways out of 16 rows: the number of each lowest bit is the exponent of that as a float. */
AVX512 static inline void
leave(const struct rai_walk_top *top, __m512i still, uint32_t *at, uint32_t *leaf)
{
	__m512i low = _mm512_and_epi32(still, _mm512_sub_epi32(_mm512_setzero_si512(), still));
	__m512i out =
	    _mm512_sub_epi32(_mm512_srli_epi32(_mm512_castps_si512(_mm512_cvtepi32_ps(low)), 23),
		_mm512_set1_epi32(127));

	_mm512_storeu_si512(at, _mm512_permutexvar_epi32(out, _mm512_loadu_si512(top->at)));
	_mm512_storeu_si512(leaf, _mm512_permutexvar_epi32(out, _mm512_loadu_si512(top->leaf)));
}

/* 32 rows in one register, two registers in hand. */
AVX512 static size_t
ask_avx512(
    const struct rai_walk_top *top, const uint16_t *x, size_t n, uint32_t *at, uint32_t *leaf)
{
	size_t i, j, k;

	for (i = 0; i + 64 <= n; i += 64) {
		__m512i still[2] = {_mm512_set1_epi16(-1), _mm512_set1_epi16(-1)};

		for (k = 0; k < top->n; k++) {
			const uint16_t *v = x + top->feature[k] * n + i;
			__m512i cut = _mm512_set1_epi16((short)top->cut[k]);
			__m512i keep = _mm512_set1_epi16((short)top->keep[k]);

#pragma GCC unroll 2
			for (j = 0; j < 2; j++) {
				__mmask32 above =
				    _mm512_cmpgt_epu16_mask(_mm512_loadu_si512(v + j * 32), cut);

				still[j] = _mm512_mask_mov_epi16(
				    still[j], above, _mm512_and_si512(still[j], keep));
			}
		}
#pragma GCC unroll 2
		for (j = 0; j < 2; j++) {
			uint32_t *to = at + i + j * 32, *l = leaf + i + j * 32;

			leave(top, _mm512_cvtepu16_epi32(_mm512_castsi512_si256(still[j])), to, l);
			leave(top, _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(still[j], 1)),
			    to + 16, l + 16);
		}
	}
	_mm256_zeroupper();
	return i;
}
#endif

int
rai_walk_top_ask_by(enum rai_walk_way way, const struct rai_walk_top *top, const uint16_t *x,
    size_t n, uint32_t *at, uint32_t *leaf)
{
	size_t done = 0;

	if (way != RAI_WALK_PLAIN) {
#ifdef __x86_64__
		if (way == RAI_WALK_AVX2 && __builtin_cpu_supports("avx2"))
			done = ask_avx2(top, x, n, at, leaf);
		else if (way == RAI_WALK_AVX512 && __builtin_cpu_supports("avx512f") &&
			 __builtin_cpu_supports("avx512bw"))
			done = ask_avx512(top, x, n, at, leaf);
		else
#endif
			return -1;
	}
	ask_plain(top, x, done, n, at, leaf);
	return 0;
}

void
rai_walk_top_ask(
    const struct rai_walk_top *top, const uint16_t *x, size_t n, uint32_t *at, uint32_t *leaf)
{
	if (rai_walk_top_ask_by(RAI_WALK_AVX512, top, x, n, at, leaf) != 0 &&
	    rai_walk_top_ask_by(RAI_WALK_AVX2, top, x, n, at, leaf) != 0)
		(void)rai_walk_top_ask_by(RAI_WALK_PLAIN, top, x, n, at, leaf);
}

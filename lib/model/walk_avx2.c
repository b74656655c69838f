#include "model/walk.h"

#ifdef __x86_64__
#include <immintrin.h>

/*
 * Walks through packed nodes, 8 in one register and GROUP registers in hand, by processors that
 * have AVX2: integers alone, so the answers are those of every other way.  A walk that is at its
 * leaf stays at its last node until all of its group are.
 */
enum { WIDE = 8, GROUP = 4 };

struct wide {
	__m256i at, leaf, x;
	__m256i on; /* all bits of a walk that is not at its leaf */
};

/* The walks first + 0 .. 7; those that there are not, or through no nodes, are at their leaf. */
__attribute__((target("avx2"))) static void
start(const struct rai_walks *w, size_t first, struct wide *v)
{
	int32_t at[WIDE] = {0}, x[WIDE] = {0}, on[WIDE] = {0}, leaf[WIDE] = {0};
	size_t i;

	for (i = 0; i < WIDE && first + i < w->n; i++) {
		uint32_t from = rai_walk_from(w, first + i);

		x[i] = (int32_t)((first + i) * w->x_step);
		on[i] = from == RAI_WALK_ENDED ? 0 : -1;
		at[i] = (int32_t)from & on[i];
		leaf[i] = w->at != NULL ? (int32_t)w->leaf[first + i] : 0;
	}
	v->at = _mm256_loadu_si256((const __m256i *)(const void *)at);
	v->x = _mm256_loadu_si256((const __m256i *)(const void *)x);
	v->on = _mm256_loadu_si256((const __m256i *)(const void *)on);
	v->leaf = _mm256_loadu_si256((const __m256i *)(const void *)leaf);
}

__attribute__((target("avx2"), always_inline)) static inline void
step(const struct rai_walks *w, struct wide *v)
{
	const struct rai_nodes *s = &w->nodes;
	const __m128i to_feature = _mm_cvtsi32_si128((int)(1 + s->cut_bits)),
		      to_right = _mm_cvtsi32_si128((int)(1 + s->cut_bits + s->feature_bits));
	const __m256i features = _mm256_set1_epi32((1 << s->feature_bits) - 1),
		      cuts = _mm256_set1_epi32((1 << s->cut_bits) - 1), one = _mm256_set1_epi32(1);
	__m256i p = _mm256_i32gather_epi32((const int *)(const void *)s->packed, v->at, 4);
	__m256i feature = _mm256_and_si256(_mm256_srl_epi32(p, to_feature), features);
	__m256i cut = _mm256_and_si256(_mm256_srli_epi32(p, 1), cuts);
	__m256i right = _mm256_srl_epi32(p, to_right);
	__m256i x = _mm256_and_si256(_mm256_i32gather_epi32((const int *)(const void *)w->x,
					 _mm256_add_epi32(feature, v->x), 2),
	    _mm256_set1_epi32(0xffff));
	__m256i go = _mm256_cmpgt_epi32(x, cut);
	/* right == 1: no node on the left; the lowest bit: none on the right */
	__m256i none = _mm256_blendv_epi8(
	    _mm256_cmpeq_epi32(right, one), _mm256_cmpeq_epi32(_mm256_and_si256(p, one), one), go);

	v->leaf = _mm256_add_epi32(v->leaf, _mm256_and_si256(right, _mm256_and_si256(go, v->on)));
	v->on = _mm256_andnot_si256(none, v->on);
	v->at =
	    _mm256_add_epi32(v->at, _mm256_and_si256(_mm256_blendv_epi8(one, right, go), v->on));
}

__attribute__((target("avx2"), always_inline)) static inline void
finish(const struct rai_walks *w, size_t first, const struct wide *v)
{
	uint32_t leaf[WIDE];
	size_t i;

	_mm256_storeu_si256((__m256i *)(void *)leaf, v->leaf);
	for (i = 0; i < WIDE && first + i < w->n; i++)
		w->leaf[first + i] = leaf[i];
}

__attribute__((target("avx2"))) static void
walk(const struct rai_walks *w)
{
	struct wide v[GROUP];
	size_t i, j;
	__m256i on;

	for (i = 0; i < w->n; i += (size_t)GROUP * WIDE) {
#pragma GCC unroll 4
		for (j = 0; j < GROUP; j++)
			start(w, i + j * WIDE, &v[j]);
		for (;;) {
			on = v[0].on;
			for (j = 1; j < GROUP; j++)
				on = _mm256_or_si256(on, v[j].on);
			if (_mm256_testz_si256(on, on))
				break;
#pragma GCC unroll 4
			for (j = 0; j < GROUP; j++)
				step(w, &v[j]);
		}
#pragma GCC unroll 4
		for (j = 0; j < GROUP; j++)
			finish(w, i + j * WIDE, &v[j]);
	}
	_mm256_zeroupper();
}

int
rai_walk_avx2(const struct rai_walks *w)
{
	if (w->nodes.packed == NULL || !__builtin_cpu_supports("avx2"))
		return -1;
	walk(w);
	return 0;
}
#else
int
rai_walk_avx2(const struct rai_walks *w)
{
	(void)w;
	return -1;
}
#endif

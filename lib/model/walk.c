#include "model/walk.h"

uint16_t
rai_walk_below(const double *v, size_t n, double x)
{
	const double *at = v;

	if (n == 0)
		return 0;
	while (n > 1) {
		size_t half = n / 2;

		at += at[half - 1] >= x ? 0 : half;
		n -= half;
	}
	return (uint16_t)((size_t)(at - v) + !(*at >= x));
}

/* Searches made in step: what one waits for from memory, the others use. */
#define SEARCHES 8

void
rai_walk_below_many(const double *v, size_t n, const double *x, size_t step, size_t m,
    uint16_t *out, size_t out_step)
{
	size_t i, k, left, half;

	for (i = 0; n > 0 && i + SEARCHES <= m; i += SEARCHES) {
		const double *key = x + i * step;
		size_t at[SEARCHES] = {0};

		for (left = n; left > 1; left -= half) {
			half = left / 2;
#pragma GCC unroll 8
			for (k = 0; k < SEARCHES; k++)
				at[k] += -(size_t) !(v[at[k] + half - 1] >= key[k * step]) & half;
		}
#pragma GCC unroll 8
		for (k = 0; k < SEARCHES; k++)
			out[(i + k) * out_step] = (uint16_t)(at[k] + !(v[at[k]] >= key[k * step]));
	}
	for (; i < m; i++)
		out[i * out_step] = rai_walk_below(v, n, x[i * step]);
}

uint32_t
rai_nodes_pack(struct rai_node p, unsigned cut_bits, unsigned feature_bits)
{
	uint32_t feature = p.feature & (RAI_NODE_RIGHT_LEAF - 1);

	return (p.feature & RAI_NODE_RIGHT_LEAF ? 1u : 0u) | (uint32_t)p.cut << 1 |
	       feature << (1 + cut_bits) | p.right << (1 + cut_bits + feature_bits);
}

/*
 * Walks are made ABREAST at a time: each asks for its next node and is left until the others have
 * moved too, when the memory has answered.  Where one has found its leaf the next takes its place.
 */
#define ABREAST 64

struct lane {
	const uint16_t *x;
	uint32_t at;
	uint32_t leaf; /* the first that can still be reached */
	uint32_t walk;
};

/* Puts the next walk that is not at its leaf already into the lane; 0: none is left. */
static int
start_walk(const struct rai_walks *w, size_t *next, struct lane *lane)
{
	for (; *next < w->n; ++*next) {
		const uint16_t *x = w->x + *next * w->x_step;

		if (w->at == NULL)
			w->leaf[*next] = 0;
		*lane = (struct lane){x, rai_walk_from(w, *next), w->leaf[*next], (uint32_t)*next};
		if (lane->at == RAI_WALK_ENDED)
			continue;
		++*next;
		return 1;
	}
	return 0;
}

/* nodes: those of w, said apart so that each form has code of its own. */
static inline __attribute__((always_inline)) void
walk_abreast(const struct rai_walks *w, const struct rai_nodes *nodes)
{
	struct lane lane[ABREAST];
	size_t k, n = 0, next = 0;

	while (n < ABREAST && start_walk(w, &next, &lane[n]))
		n++;
	while (n > 0)
		for (k = 0; k < n; k++) {
			struct rai_node p = rai_nodes_at(nodes, lane[k].at);
			uint32_t feature = p.feature & (RAI_NODE_RIGHT_LEAF - 1);
			uint32_t go = lane[k].x[feature] > p.cut, mask = -go;
			uint32_t leaf_left = p.right == 1, leaf_right = p.feature >> 15;

			lane[k].leaf += p.right & mask;
			lane[k].at += 1 + ((p.right - 1) & mask);
			if (nodes->wide != NULL)
				__builtin_prefetch(nodes->wide + lane[k].at);
			else
				__builtin_prefetch(nodes->packed + lane[k].at);
			if (((leaf_right & mask) | (leaf_left & ~mask)) == 0)
				continue;
			w->leaf[lane[k].walk] = lane[k].leaf;
			if (!start_walk(w, &next, &lane[k]))
				lane[k--] = lane[--n];
		}
}

/* One walk alone needs no lanes. */
static inline __attribute__((always_inline)) void
walk_alone(const struct rai_walks *w, const struct rai_nodes *nodes)
{
	size_t at = rai_walk_from(w, 0);
	uint32_t leaf = w->at != NULL ? w->leaf[0] : 0, end = at == RAI_WALK_ENDED;

	while (!end) {
		struct rai_node p = rai_nodes_at(nodes, at);
		uint32_t go = w->x[p.feature & (RAI_NODE_RIGHT_LEAF - 1)] > p.cut, mask = -go;

		leaf += p.right & mask;
		at += 1 + ((p.right - 1) & mask);
		end = ((uint32_t)(p.feature >> 15) & mask) | ((uint32_t)(p.right == 1) & ~mask);
	}
	w->leaf[0] = leaf;
}

static void
walk_plain(const struct rai_walks *w)
{
	const struct rai_nodes *s = &w->nodes, wide = {.wide = s->wide},
			       packed = {NULL, s->packed, s->cut_bits, s->feature_bits};

	if (w->n == 1 && s->wide != NULL)
		walk_alone(w, &wide);
	else if (w->n == 1)
		walk_alone(w, &packed);
	else if (s->wide != NULL)
		walk_abreast(w, &wide);
	else
		walk_abreast(w, &packed);
}

#ifdef __x86_64__
#include <immintrin.h>

/*
 * The same, 16 walks in one register, by processors that gather: integers alone, so the answers are
 * those of walk_plain.  GROUP registers are moved on together, and ROUND
 * steps are made between two looks at which walks are at their leaf.
 */
enum { WIDE = 16, LANES = 128, GROUP = 4, ROUND = 4 };

struct lanes {
	size_t n, next;
	uint32_t at[LANES + GROUP * WIDE], leaf[LANES + GROUP * WIDE], walk[LANES + GROUP * WIDE];
};

/* 16 numbers that fit in 32 bits. */
__attribute__((target("avx512f,avx512bw"), always_inline)) static inline __m512i
join(__m512i low, __m512i high)
{
	return _mm512_inserti64x4(
	    _mm512_castsi256_si512(_mm512_cvtepi64_epi32(low)), _mm512_cvtepi64_epi32(high), 1);
}

/* Begins with the next 16 walks: those through a tree without nodes are at their leaf already. */
__attribute__((target("avx512f,avx512bw"), always_inline)) static inline void
start_wide(const struct rai_walks *w, struct lanes *l)
{
	const __m512i count =
	    _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	const int64_t *root = w->root + w->tree + l->next * w->tree_step;
	size_t left = w->n - l->next;
	__mmask16 on = (__mmask16)(left >= WIDE ? 0xffff : (1u << left) - 1), some = on;
	__m512i at = _mm512_set1_epi32((int)root[0]), end = _mm512_set1_epi32((int)root[1]),
		leaf = _mm512_setzero_si512();

	if (w->tree_step != 0) {
		__mmask8 low = (__mmask8)on, high = (__mmask8)(on >> 8);

		at = join(
		    _mm512_maskz_loadu_epi64(low, root), _mm512_maskz_loadu_epi64(high, root + 8));
		end = join(_mm512_maskz_loadu_epi64(low, root + 1),
		    _mm512_maskz_loadu_epi64(high, root + 9));
	}
	if (w->at != NULL) {
		at = _mm512_maskz_loadu_epi32(on, w->at + l->next);
		end = _mm512_set1_epi32((int)RAI_WALK_ENDED);
		leaf = _mm512_maskz_loadu_epi32(on, w->leaf + l->next);
	} else
		_mm512_mask_storeu_epi32(w->leaf + l->next, on, leaf);
	some = _mm512_mask_cmpneq_epi32_mask(on, at, end);
	_mm512_storeu_si512(l->at + l->n, _mm512_maskz_compress_epi32(some, at));
	_mm512_storeu_si512(l->leaf + l->n, _mm512_maskz_compress_epi32(some, leaf));
	_mm512_storeu_si512(
	    l->walk + l->n, _mm512_maskz_compress_epi32(
				some, _mm512_add_epi32(count, _mm512_set1_epi32((int)l->next))));
	l->n += (size_t)__builtin_popcount(some);
	l->next += left < WIDE ? left : WIDE;
}

struct wide {
	__m512i at, leaf, walk, x;
	__mmask16 on, were; /* walks that are not at their leaf, and were not when it was loaded */
};

/* How the nodes and the row are read. */
enum reading { READ_WIDE, READ_PACKED, READ_PACKED_REGISTER };

/* The parts of 16 nodes. */
struct asked {
	__m512i feature, cut, right;
	__mmask16 leaf_right;
};

__attribute__((target("avx512f,avx512bw"), always_inline)) static inline struct asked
ask_wide(const struct rai_walks *w, const struct wide *v)
{
	const __m512i low = _mm512_setr_epi32(
			  0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
		      odd = _mm512_or_epi32(low, _mm512_set1_epi32(1));
	const struct rai_node *node = w->nodes.wide;
	__m512i a = _mm512_mask_i32gather_epi64(
	    _mm512_setzero_si512(), (__mmask8)v->on, _mm512_castsi512_si256(v->at), node, 8);
	__m512i b = _mm512_mask_i32gather_epi64(_mm512_setzero_si512(), (__mmask8)(v->on >> 8),
	    _mm512_extracti64x4_epi64(v->at, 1), node, 8);
	__m512i first = _mm512_permutex2var_epi32(a, low, b);

	return (struct asked){_mm512_and_epi32(first, _mm512_set1_epi32(RAI_NODE_RIGHT_LEAF - 1)),
	    _mm512_srli_epi32(first, 16), _mm512_permutex2var_epi32(a, odd, b),
	    _mm512_test_epi32_mask(first, _mm512_set1_epi32(RAI_NODE_RIGHT_LEAF))};
}

__attribute__((target("avx512f,avx512bw"), always_inline)) static inline struct asked
ask_packed(const struct rai_walks *w, const struct wide *v)
{
	const struct rai_nodes *s = &w->nodes;
	const __m128i to_feature = _mm_cvtsi32_si128((int)(1 + s->cut_bits)),
		      to_right = _mm_cvtsi32_si128((int)(1 + s->cut_bits + s->feature_bits));
	const __m512i features = _mm512_set1_epi32((1 << s->feature_bits) - 1),
		      cuts = _mm512_set1_epi32((1 << s->cut_bits) - 1);
	__m512i p = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), v->on, v->at, s->packed, 4);

	return (struct asked){_mm512_and_epi32(_mm512_srl_epi32(p, to_feature), features),
	    _mm512_and_epi32(_mm512_srli_epi32(p, 1), cuts), _mm512_srl_epi32(p, to_right),
	    _mm512_test_epi32_mask(p, _mm512_set1_epi32(1))};
}

__attribute__((target("avx512f,avx512bw"), always_inline)) static inline void
step(const struct rai_walks *w, enum reading reading, __m512i row, struct wide *v)
{
	const __m512i one = _mm512_set1_epi32(1);
	struct asked q = reading == READ_WIDE ? ask_wide(w, v) : ask_packed(w, v);
	__m512i x = reading == READ_PACKED_REGISTER
			? _mm512_permutexvar_epi16(q.feature, row)
			: _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), v->on,
			      _mm512_add_epi32(q.feature, v->x), w->x, 2);
	__mmask16 go = _mm512_mask_cmpgt_epu32_mask(
	    v->on, _mm512_and_epi32(x, _mm512_set1_epi32(0xffff)), q.cut);
	__mmask16 left = (__mmask16)(v->on & ~go);
	__mmask16 leaf_left = _mm512_cmpeq_epi32_mask(q.right, one);

	v->leaf = _mm512_mask_add_epi32(v->leaf, go, v->leaf, q.right);
	v->at = _mm512_mask_add_epi32(v->at, go, v->at, q.right);
	v->at = _mm512_mask_add_epi32(v->at, left, v->at, one);
	v->on = (__mmask16)((go & ~q.leaf_right) | (left & ~leaf_left));
}

__attribute__((target("avx512f,avx512bw"), always_inline)) static inline void
load(const struct rai_walks *w, const struct lanes *l, size_t k, struct wide *v)
{
	v->at = _mm512_loadu_si512(l->at + k);
	v->leaf = _mm512_loadu_si512(l->leaf + k);
	v->walk = _mm512_loadu_si512(l->walk + k);
	v->x = _mm512_mullo_epi32(v->walk, _mm512_set1_epi32((int)w->x_step));
	k = l->n > k ? l->n - k : 0;
	v->on = v->were = (__mmask16)(k >= WIDE ? 0xffff : (1u << k) - 1);
}

/* What has ended is written, what has not goes to the lanes from m on. */
__attribute__((target("avx512f,avx512bw"), always_inline)) static inline size_t
store(const struct rai_walks *w, struct lanes *l, size_t m, const struct wide *v)
{
	_mm512_mask_i32scatter_epi32(w->leaf, (__mmask16)(v->were & ~v->on), v->walk, v->leaf, 4);
	_mm512_storeu_si512(l->at + m, _mm512_maskz_compress_epi32(v->on, v->at));
	_mm512_storeu_si512(l->leaf + m, _mm512_maskz_compress_epi32(v->on, v->leaf));
	_mm512_storeu_si512(l->walk + m, _mm512_maskz_compress_epi32(v->on, v->walk));
	return m + (size_t)__builtin_popcount(v->on);
}

/* The n wide ones from lane k on, n being known to the compiler; returns what store() does. */
__attribute__((target("avx512f,avx512bw"), always_inline)) static inline size_t
move(const struct rai_walks *w, enum reading reading, __m512i row, struct lanes *l, size_t k,
    size_t m, size_t n)
{
	struct wide v[GROUP];
	size_t i, j;

#pragma GCC unroll 4
	for (j = 0; j < n; j++)
		load(w, l, k + j * WIDE, &v[j]);
	for (i = 0; i < ROUND; i++)
#pragma GCC unroll 4
		for (j = 0; j < n; j++)
			step(w, reading, row, &v[j]);
#pragma GCC unroll 4
	for (j = 0; j < n; j++)
		m = store(w, l, m, &v[j]);
	return m;
}

__attribute__((target("avx512f,avx512bw"), always_inline)) static inline void
walk_wide(const struct rai_walks *w, enum reading reading, __m512i row)
{
	struct lanes l = {.n = 0};
	size_t k, m;

	do {
		while (l.n <= LANES - WIDE && l.next < w->n)
			start_wide(w, &l);
		for (k = m = 0; k + (GROUP - 1) * WIDE < l.n; k += (size_t)GROUP * WIDE)
			m = move(w, reading, row, &l, k, m, GROUP);
		for (; k < l.n; k += (size_t)2 * WIDE)
			m = move(w, reading, row, &l, k, m, 2);
		l.n = m;
	} while (l.n > 0 || l.next < w->n);
}

__attribute__((target("avx512f,avx512bw"))) static void
walk_avx512(const struct rai_walks *w)
{
	const __m512i none = _mm512_setzero_si512();

	if (w->nodes.wide != NULL)
		walk_wide(w, READ_WIDE, none);
	else if (w->x_step != 0 || w->nodes.feature_bits > 5)
		walk_wide(w, READ_PACKED, none);
	else /* the row has its place in one register */
		walk_wide(w, READ_PACKED_REGISTER, _mm512_loadu_si512(w->x));
	/* gcc 12 does not see to it: with the upper halves in use every instruction of SSE that
	 * follows in this thread waits for them, libm's and LIBSVM's among them */
	_mm256_zeroupper();
}

static int
has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
#else
static void
walk_avx512(const struct rai_walks *w)
{
	walk_plain(w);
}

static int
has_avx512(void)
{
	return 0;
}
#endif

int
rai_walk_by(enum rai_walk_way way, const struct rai_walks *w)
{
	switch (way) {
	case RAI_WALK_PLAIN:
		break;
	case RAI_WALK_AVX2:
		return rai_walk_avx2(w);
	case RAI_WALK_AVX512:
		if (!has_avx512())
			return -1;
		walk_avx512(w);
		return 0;
	}
	walk_plain(w);
	return 0;
}

#define FEW 8 /* walks for which no wide registers are filled */

void
rai_walk(const struct rai_walks *w)
{
	if (w->n < FEW || (rai_walk_by(RAI_WALK_AVX512, w) != 0 && rai_walk_avx2(w) != 0))
		walk_plain(w);
}

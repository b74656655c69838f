#ifndef RAI_TABLE_SCAN_H
#define RAI_TABLE_SCAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/*
 * The bytes that mean something in CSV, found 64 at a time: one bit each for separators, line
 * feeds and quotes in a window of the text; private to this room.  RAI_SCAN_PAD bytes behind the
 * text may be read, and what they are does not matter.
 */
#define RAI_SCAN_PAD 64

struct rai_scan {
	const char *window; /* 64 bytes; NULL: none yet */
	uint64_t marks;     /* bit i: window[i] is one of the three */
	int high;           /* a byte >= 128 is in the window */
	int row_high;       /* it was in one since this was set */
};

#ifdef __SSE2__

static inline void
rai_scan_load(struct rai_scan *s, const char *p, char separator)
{
	const __m128i sep = _mm_set1_epi8(separator), feed = _mm_set1_epi8('\n'),
		      quote = _mm_set1_epi8('"');
	__m128i x, any = _mm_setzero_si128();
	uint64_t marks = 0;
	int i;

	for (i = 0; i < 64; i += 16) {
		x = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		any = _mm_or_si128(any, x);
		x = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, sep), _mm_cmpeq_epi8(x, feed)),
		    _mm_cmpeq_epi8(x, quote));
		marks |= (uint64_t)(unsigned)_mm_movemask_epi8(x) << i;
	}
	s->window = p;
	s->marks = marks;
	s->high = _mm_movemask_epi8(any);
	s->row_high |= s->high;
}

#else

/* The high bit of every byte that is zero, exactly. */
static inline uint64_t
rai_scan_zero(uint64_t w)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);

	return ~(((w & low) + low) | w | low);
}

static inline void
rai_scan_load(struct rai_scan *s, const char *p, char separator)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t w, m, any = 0, marks = 0;
	int i;

	for (i = 0; i < 64; i += 8) {
		memcpy(&w, p + i, 8);
		w = le64toh(w);
		any |= w;
		m = rai_scan_zero(w ^ each * (unsigned char)separator) |
		    rai_scan_zero(w ^ each * '\n') | rai_scan_zero(w ^ each * '"');
		/* the eight bits side by side: each is moved to the top byte by its own power */
		marks |= ((m >> 7) * UINT64_C(0x0102040810204080) >> 56) << i;
	}
	s->window = p;
	s->marks = marks;
	s->high = (any & each * 0x80) != 0;
	s->row_high |= s->high;
}

#endif

/*
 * The marks of a stretch of text, all found before the first is asked for: then nothing has to be
 * guessed between two fields.
 */
#define RAI_MARKS_TEXT ((size_t)4096) /* bytes; 64 times 64 */
#define RAI_MARKS_AHEAD 12            /* written together at least */

struct rai_marks {
	const char *from; /* NULL: none yet */
	size_t len;       /* of the text, up to RAI_MARKS_TEXT */
	uint64_t high;    /* bit i: a byte >= 128 is among the 64 from 64 i on */
	size_t n, next;   /* marks; the first of those that are still to be asked for */
	uint16_t at[RAI_MARKS_TEXT + RAI_MARKS_AHEAD]; /* from `from` on */
};

/* The text has moved: none are known. */
static inline void
rai_marks_forget(struct rai_marks *m)
{
	m->from = NULL;
	m->n = m->next = 0;
}

/* Is there a byte >= 128 in the windows of the text from p to q? */
static inline int
rai_marks_high(const struct rai_marks *m, const char *p, const char *q)
{
	const size_t first = (size_t)(p - m->from) / 64, last = (size_t)(q - m->from) / 64;

	return (m->high >> first << first & ~UINT64_C(0) >> (63 - last)) != 0;
}

/* The first of the three from p, or end; p goes back only after window was set to NULL. */
static inline const char *
rai_scan_next(struct rai_scan *s, const char *p, const char *end, char separator)
{
	uint64_t m;

	if (s->window == NULL || p - s->window >= 64)
		rai_scan_load(s, p, separator);
	m = s->marks & ~UINT64_C(0) << (p - s->window);
	while (m == 0) {
		if (end - s->window <= 64)
			return end;
		rai_scan_load(s, s->window + 64, separator);
		m = s->marks;
	}
	p = s->window + __builtin_ctzll(m);
	return p < end ? p : end;
}

#endif

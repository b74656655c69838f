#include "table/rows.h"

/* How many bits are set: without the instruction for that, which not every processor has. */
static inline size_t
bits_of(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return x * UINT64_C(0x0101010101010101) >> 56;
}

/*
 * Where the bits of marks stand.  As many are written at least as there mostly are, because their
 * number would be guessed wrong; what is behind the last one nobody reads.
 */
static inline void
put(uint16_t *to, uint64_t marks, size_t n, size_t base)
{
	size_t i, k;

	for (i = 0; i < n; i += RAI_MARKS_AHEAD)
		for (k = 0; k < RAI_MARKS_AHEAD; k++) {
			to[i + k] =
			    (uint16_t)(base + (size_t)__builtin_ctzll(marks | UINT64_C(1) << 63));
			marks &= marks - 1;
		}
}

/* All of the text from p on, p < end. */
static void
load(struct rai_marks *m, const char *p, const char *end, char separator)
{
	struct rai_scan scan = {NULL, 0, 0, 0};
	size_t base, n;
	uint64_t marks;

	m->from = p;
	m->len = (size_t)(end - p) < RAI_MARKS_TEXT ? (size_t)(end - p) : RAI_MARKS_TEXT;
	m->n = m->next = 0;
	m->high = 0;
	for (base = 0; base < m->len; base += 64) {
		rai_scan_load(&scan, p + base, separator);
		marks = scan.marks;
		if (m->len - base < 64)
			marks &= (UINT64_C(1) << (m->len - base)) - 1;
		n = bits_of(marks);
		put(m->at + m->n, marks, n, base);
		m->n += n;
		m->high |= (uint64_t)(scan.high != 0) << base / 64;
	}
}

/*
 * Marks for what comes behind those that are used up, in a row of which *row is not looked at yet;
 * *high: there was a byte >= 128.  0: there is no more text.
 */
static int
more_marks(struct rai_rows *r, const char **row, const char *end, int *high)
{
	struct rai_marks *m = &r->marks;
	const char *from = *row;

	if (m->from != NULL && from < m->from + m->len) {
		from = m->from + m->len;
		*high |= rai_marks_high(m, *row, from - 1);
	}
	if (from >= end)
		return 0;
	load(m, from, end, r->separator);
	*row = from;
	return 1;
}

size_t
rai_rows_plain(struct rai_rows *r, const char *p, const char *end, const char **past, int *high)
{
	struct rai_marks *m = &r->marks;
	struct rai_field *f = r->field;
	const char *row = p;
	size_t n, i = m->next;

	*high = 0;
	while (i < m->n && m->from + m->at[i] < p)
		i++;
	for (n = 0; n < r->room; n++) {
		const char *q;

		for (; i == m->n; i = 0)
			if (!more_marks(r, &row, end, high))
				return 0;
		q = m->from + m->at[i++];
		f[n].p = p;
		f[n].len = (size_t)(q - p);
		p = q + 1;
		if (*q == r->separator)
			continue;
		if (*q == '"')
			return 0;
		if (f[n].len > 0 && q[-1] == '\r')
			f[n].len--;
		m->next = i;
		*past = q;
		*high |= rai_marks_high(m, row, q);
		return n + 1;
	}
	return 0;
}

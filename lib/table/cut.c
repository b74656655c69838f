#include "table/cut.h"

#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/large.h"

#define LOW UINT64_C(0x7f7f7f7f7f7f7f7f)
#define EACH UINT64_C(0x0101010101010101)

/* Is the number of quotes odd? */
static int
odd_quotes(const char *p, size_t n)
{
	const char *first = memchr(p, '"', n), *end = p + n;
	uint64_t w, odd = 0;

	if (first == NULL)
		return 0;
	for (p = first; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		w ^= EACH * '"';
		/* the high bit of every byte that is zero, exactly; the order of bytes is nothing
		 */
		odd ^= ~(((w & LOW) + LOW) | w | LOW);
	}
	odd = (uint64_t)__builtin_parityll(odd);
	for (; p < end; p++)
		odd ^= *p == '"';
	return (int)odd;
}

/* Behind the last row that ends before end, from start, where a row starts; start: none does. */
static const char *
last_row(const char *start, const char *end, int inside)
{
	const char *p;

	for (p = end; p > start; p--) {
		if (p[-1] == '\n' && !inside)
			return p;
		inside ^= p[-1] == '"';
	}
	return start;
}

static int
add_piece(struct rai_load *l, const char *p, const char *end, int whole, struct rai_err *err)
{
	struct rai_piece *more;

	if (l->npiece == l->room) {
		more = realloc(l->piece, (l->room * 2 + 16) * sizeof(*more));
		if (more == NULL)
			return rai_fail_memory(err);
		l->piece = more;
		l->room = l->room * 2 + 16;
	}
	l->piece[l->npiece++] = (struct rai_piece){p, (size_t)(end - p), whole};
	l->used += (size_t)(end - p);
	return 0;
}

/* Cuts all bytes into pieces of about block bytes. */
static int
cut(const struct rai_rows *r, struct rai_load *l, size_t block, struct rai_err *err)
{
	const char *start = l->text, *end = l->text + l->n, *p = start, *q, *row;
	int inside = 0;

	l->used = l->npiece = 0;
	while (p < end) {
		q = (size_t)(end - p) > block ? p + block : end;
		if (!r->jsonl)
			inside ^= odd_quotes(p, (size_t)(q - p));
		row = last_row(p, q, inside); /* before p none ends */
		if (row > p) {
			if (add_piece(l, start, row, 1, err) != 0)
				return -1;
			/* quotes between row and q, an odd number when inside, are counted again */
			start = p = row;
			inside = 0;
		} else {
			p = q;
		}
	}
	if ((size_t)(end - start) >= RAI_ROWS_MAX)
		return add_piece(l, start, end, 0, err);
	if (start < end && l->last && l->err.code == RAI_OK)
		return add_piece(l, start, end, 1, err);
	return 0;
}

static int
load_room(struct rai_load *l, size_t cap, struct rai_err *err)
{
	char *p;

	if (cap <= l->cap)
		return 0;
	p = realloc(l->text, cap + RAI_SCAN_PAD);
	if (p == NULL)
		return rai_fail_memory(err);
	rai_large_pages(p, cap);
	l->text = p;
	l->cap = cap;
	return 0;
}

/* Bytes of the source up to n in all. */
static int
read_to(struct rai_rows *r, struct rai_load *l, size_t n, struct rai_err *err)
{
	size_t got;

	if (load_room(l, n, err) != 0)
		return -1;
	while (l->n < n && !l->last) {
		if (rai_source_read(r->source, l->text + l->n, n - l->n, &got, &l->err) != 0)
			got = 0;
		l->n += got;
		l->last = got == 0;
	}
	memset(l->text + l->n, 0, RAI_SCAN_PAD);
	return 0;
}

int
rai_load_fill(struct rai_rows *r, const struct rai_load *before, size_t block, size_t pieces,
    struct rai_load *next, struct rai_err *err)
{
	const char *rest = before == NULL ? r->buf + r->at : before->text + before->used;
	size_t n = before == NULL ? r->end - r->at : before->n - before->used;
	size_t want = block * pieces;

	next->last = before == NULL ? r->ended : before->last;
	next->err = (struct rai_err)RAI_ERR_INIT;
	if (before != NULL)
		next->err = before->err;
	if (load_room(next, n + 1, err) != 0)
		return -1;
	if (n > 0)
		memcpy(next->text, rest, n);
	next->n = n;
	do {
		/* more than a row may have, when there is no end of it in what there is */
		if (read_to(r, next, n + want, err) != 0 || cut(r, next, block, err) != 0)
			return -1;
		want += want < RAI_ROWS_MAX ? want : RAI_ROWS_MAX;
	} while (next->npiece == 0 && !next->last);
	return 0;
}

void
rai_load_release(struct rai_load *l)
{
	free(l->text);
	free(l->piece);
	memset(l, 0, sizeof(*l));
}

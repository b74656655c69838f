#ifndef RAI_TABLE_LEVELS_H
#define RAI_TABLE_LEVELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "table/csv.h"

/*
 * The categories of one column while it is read: text -> code in order of appearance, then
 * sorted bytewise.
 */
struct rai_levels {
	char *text; /* all levels, each with its NUL */
	size_t text_n, text_cap;
	struct rai_level *level; /* n */
	size_t n, cap;
	uint32_t *slot; /* nslot, a power of two: 1 + index of the level, 0: empty */
	size_t nslot;
};

struct rai_level {
	uint64_t hash;
	size_t at, len; /* in text */
};

#define RAI_LEVELS_MAX ((size_t)1 << 28)

/* The code of the level; a new one is added.  -1 with err: no memory, too many, a zero byte. */
int32_t rai_levels_add(struct rai_levels *l, const char *text, size_t len, struct rai_err *err);

/* Takes the level that was added last away, right after it was. */
void rai_levels_undo(struct rai_levels *l);

/*
 * The sorted levels (n strings, caller frees each and the array) and rank[code] = place of the
 * level that had code.  rank has l->n entries.
 */
int rai_levels_sort(const struct rai_levels *l, int32_t *rank, char ***sorted, struct rai_err *err);
void rai_levels_clear(struct rai_levels *l); /* no levels, the memory stays */
void rai_levels_release(struct rai_levels *l);

/* Rows that were seen, by 128-bit hashes of their fields: a set that only grows. */
struct rai_seen {
	uint64_t (*slot)[2]; /* nslot, a power of two; {0, 0}: empty */
	size_t nslot, n;
};

/* The hash of a row's n texts, n > 0; the separator is the one that stood between them. */
void rai_seen_hash(const struct rai_field *field, size_t n, char separator, uint64_t h[2]);

/* 1 when h was added before; 0 when it is new; -1: no memory. */
int rai_seen_add(struct rai_seen *s, const uint64_t h[2], struct rai_err *err);

/* Asks for the memory that rai_seen_add() of h will look at. */
void rai_seen_fetch(const struct rai_seen *s, const uint64_t h[2]);

/* Room for n rows at once. */
int rai_seen_reserve(struct rai_seen *s, size_t n, struct rai_err *err);
void rai_seen_release(struct rai_seen *s);

#endif

#include "table/levels.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/large.h"

__extension__ typedef unsigned __int128 u128;

/*
 * Text hashing by folded 64 x 64 -> 128 bit products (the idea of Wang Yi's wyhash); not against
 * an adversary, who could at most make two of his own rows look alike.
 */
static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	u128 p = (u128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t
load(const char *p, size_t n)
{
	uint64_t w = 0;

	memcpy(&w, p, n);
	return w;
}

static inline void
mix(uint64_t h[2], uint64_t a, uint64_t b)
{
	h[0] = fold(h[0] ^ a, UINT64_C(0x9e3779b97f4a7c15) ^ b);
	h[1] = fold(h[1] ^ b, UINT64_C(0xd1342543de82ef95) ^ a);
}

static inline void
hash_add(uint64_t h[2], const char *p, size_t n)
{
	h[0] += n;
	/* the rest by loads of fixed size that may overlap what was mixed before */
	if (n > 16) {
		for (; n > 16; p += 16, n -= 16)
			mix(h, load(p, 8), load(p + 8, 8));
		mix(h, load(p + n - 16, 8), load(p + n - 8, 8));
	} else if (n >= 8)
		mix(h, load(p, 8), load(p + n - 8, 8));
	else if (n >= 4)
		mix(h, load(p, 4), load(p + n - 4, 4));
	else if (n > 0)
		mix(h, (uint64_t)(unsigned char)p[0] << 8 | (unsigned char)p[n - 1],
		    (unsigned char)p[n / 2]);
	else
		mix(h, 0, 0);
}

/* Most levels are short: compared without a call. */
static inline int
same_text(const char *a, const char *b, size_t n)
{
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n >= 8)
		return load(a, 8) == load(b, 8) && load(a + n - 8, 8) == load(b + n - 8, 8);
	if (n >= 4)
		return load(a, 4) == load(b, 4) && load(a + n - 4, 4) == load(b + n - 4, 4);
	return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* Doubles the slots and puts the levels back. */
static int
levels_grow(struct rai_levels *l, struct rai_err *err)
{
	size_t nslot = l->nslot == 0 ? 64 : l->nslot * 2, i, at;
	uint32_t *slot = calloc(nslot, sizeof(*slot));

	if (slot == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < l->n; i++) {
		for (at = l->level[i].hash & (nslot - 1); slot[at] != 0;)
			at = (at + 1) & (nslot - 1);
		slot[at] = (uint32_t)i + 1;
	}
	free(l->slot);
	l->slot = slot;
	l->nslot = nslot;
	return 0;
}

static int
levels_append(
    struct rai_levels *l, const char *text, size_t len, uint64_t hash, struct rai_err *err)
{
	if (memchr(text, '\0', len) != NULL)
		return rai_fail(err, RAI_EINPUT, "the text holds a zero byte");
	if (l->n == RAI_LEVELS_MAX)
		return rai_fail(err, RAI_EINPUT, "more than %zu different texts", RAI_LEVELS_MAX);
	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 32 : l->cap * 2;
		struct rai_level *p = realloc(l->level, cap * sizeof(*p));

		if (p == NULL)
			return rai_fail_memory(err);
		l->level = p;
		l->cap = cap;
	}
	if (l->text_cap - l->text_n < len + 1) {
		size_t cap = l->text_cap * 2 + len + 256;
		char *p = realloc(l->text, cap);

		if (p == NULL)
			return rai_fail_memory(err);
		l->text = p;
		l->text_cap = cap;
	}
	memcpy(l->text + l->text_n, text, len);
	l->text[l->text_n + len] = '\0';
	l->level[l->n++] = (struct rai_level){hash, l->text_n, len};
	l->text_n += len + 1;
	return 0;
}

int32_t
rai_levels_add(struct rai_levels *l, const char *text, size_t len, struct rai_err *err)
{
	uint64_t h[2] = {1, 2};
	size_t at;

	if (l->n * 2 >= l->nslot && levels_grow(l, err) != 0)
		return -1;
	hash_add(h, text, len);
	for (at = h[1] & (l->nslot - 1); l->slot[at] != 0; at = (at + 1) & (l->nslot - 1)) {
		const struct rai_level *k = &l->level[l->slot[at] - 1];

		if (k->hash == h[1] && k->len == len && same_text(l->text + k->at, text, len))
			return (int32_t)(l->slot[at] - 1);
	}
	if (levels_append(l, text, len, h[1], err) != 0)
		return -1;
	l->slot[at] = (uint32_t)l->n;
	return (int32_t)l->n - 1;
}

void
rai_levels_undo(struct rai_levels *l)
{
	const struct rai_level *last = &l->level[l->n - 1];
	size_t at = last->hash & (l->nslot - 1);

	/* nobody's way leads over the slot that was filled last */
	while (l->slot[at] != l->n)
		at = (at + 1) & (l->nslot - 1);
	l->slot[at] = 0;
	l->text_n = last->at;
	l->n--;
}

struct place {
	uint64_t head; /* the first 8 bytes, the first one highest: most comparisons end here */
	const char *text;
	size_t code;
};

static int
by_text(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	return strcmp(x->text, y->text);
}

static struct place
place_of(const struct rai_levels *l, size_t code)
{
	const struct rai_level *level = &l->level[code];
	const char *text = l->text + level->at;

	return (struct place){be64toh(load(text, level->len < 8 ? level->len : 8)), text, code};
}

int
rai_levels_sort(const struct rai_levels *l, int32_t *rank, char ***sorted, struct rai_err *err)
{
	struct place *place = calloc(l->n + 1, sizeof(*place));
	char **text = calloc(l->n + 1, sizeof(*text));
	size_t i;
	int rc = -1;

	if (place == NULL || text == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < l->n; i++)
		place[i] = place_of(l, i);
	qsort(place, l->n, sizeof(*place), by_text);
	for (i = 0; i < l->n; i++) {
		rank[place[i].code] = (int32_t)i;
		text[i] = strdup(place[i].text);
		if (text[i] == NULL) {
			rai_fail_memory(err);
			goto out;
		}
	}
	*sorted = text;
	text = NULL;
	rc = 0;
out:
	for (i = 0; text != NULL && i < l->n; i++)
		free(text[i]);
	free(text);
	free(place);
	return rc;
}

void
rai_levels_clear(struct rai_levels *l)
{
	if (l->n > 0)
		memset(l->slot, 0, l->nslot * sizeof(*l->slot));
	l->n = l->text_n = 0;
}

void
rai_levels_release(struct rai_levels *l)
{
	free(l->text);
	free(l->level);
	free(l->slot);
	memset(l, 0, sizeof(*l));
}

static size_t
seen_find(uint64_t (*slot)[2], size_t nslot, const uint64_t h[2])
{
	size_t at = h[0] & (nslot - 1);

	while ((slot[at][0] | slot[at][1]) != 0 && (slot[at][0] != h[0] || slot[at][1] != h[1]))
		at = (at + 1) & (nslot - 1);
	return at;
}

int
rai_seen_reserve(struct rai_seen *s, size_t n, struct rai_err *err)
{
	size_t nslot = s->nslot == 0 ? 1024 : s->nslot, i, at;
	uint64_t(*slot)[2];

	while (nslot / 2 < n)
		nslot *= 2;
	if (nslot == s->nslot)
		return 0;
	slot = calloc(nslot, sizeof(*slot));
	if (slot == NULL)
		return rai_fail_memory(err);
	rai_large_pages(slot, nslot * sizeof(*slot));
	for (i = 0; i < s->nslot; i++)
		if ((s->slot[i][0] | s->slot[i][1]) != 0) {
			at = seen_find(slot, nslot, s->slot[i]);
			memcpy(slot[at], s->slot[i], sizeof(slot[at]));
		}
	free(s->slot);
	s->slot = slot;
	s->nslot = nslot;
	return 0;
}

void
rai_seen_fetch(const struct rai_seen *s, const uint64_t h[2])
{
	if (s->nslot > 0)
		__builtin_prefetch(s->slot[h[0] & (s->nslot - 1)], 1);
}

/* Text that comes in parts is hashed as if it had come at once. */
struct stream {
	uint64_t h[2];
	char rest[16]; /* nrest, not hashed yet */
	size_t nrest;
};

static inline void
stream_add(struct stream *s, const char *p, size_t n)
{
	size_t k;

	if (s->nrest > 0) {
		k = n < 16 - s->nrest ? n : 16 - s->nrest;
		memcpy(s->rest + s->nrest, p, k);
		s->nrest += k;
		if (s->nrest < 16)
			return;
		mix(s->h, load(s->rest, 8), load(s->rest + 8, 8));
		p += k;
		n -= k;
	}
	for (; n >= 16; p += 16, n -= 16)
		mix(s->h, load(p, 8), load(p + 8, 8));
	memcpy(s->rest, p, n);
	s->nrest = n;
}

/* Do the fields lie in a row with one separator between them, as CSV without quotes is? */
static inline int
side_by_side(const struct rai_field *field, size_t n, char separator)
{
	size_t i;
	int all = 1;

	for (i = 1; i < n && all; i++) {
		const char *end = field[i - 1].p + field[i - 1].len;

		all = end + 1 == field[i].p && *end == separator;
	}
	return all;
}

/*
 * Of the row as it stands in CSV without quotes.  Where a field has a separator inside, which no
 * row without quotes has, the lengths of all are hashed too: else two rows could look alike.
 */
void
rai_seen_hash(const struct rai_field *field, size_t n, char separator, uint64_t h[2])
{
	struct stream s = {.h = {n, ~(uint64_t)n}};
	const char *end = field[n - 1].p + field[n - 1].len;
	size_t i;
	int inside = 0;

	if (side_by_side(field, n, separator))
		stream_add(&s, field[0].p, (size_t)(end - field[0].p));
	else
		for (i = 0; i < n; i++) {
			if (i > 0)
				stream_add(&s, &separator, 1);
			stream_add(&s, field[i].p, field[i].len);
			inside |= memchr(field[i].p, separator, field[i].len) != NULL;
		}
	for (i = 0; i < n && inside; i++)
		mix(s.h, field[i].len, n);
	memset(s.rest + s.nrest, 0, sizeof(s.rest) - s.nrest);
	mix(s.h, load(s.rest, 8), load(s.rest + 8, 8));
	mix(s.h, s.nrest, (uint64_t)inside);
	h[0] = s.h[0];
	h[1] = s.h[1] | 1; /* 0 is an empty slot */
}

int
rai_seen_add(struct rai_seen *s, const uint64_t h[2], struct rai_err *err)
{
	size_t at;

	if (rai_seen_reserve(s, s->n + 1, err) != 0)
		return -1;
	at = seen_find(s->slot, s->nslot, h);
	if ((s->slot[at][0] | s->slot[at][1]) != 0)
		return 1;
	memcpy(s->slot[at], h, sizeof(s->slot[at]));
	s->n++;
	return 0;
}

void
rai_seen_release(struct rai_seen *s)
{
	free(s->slot);
	memset(s, 0, sizeof(*s));
}

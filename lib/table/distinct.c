#include "table/distinct.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A set of numbers by their bits; those of zero stand for an empty slot. */
struct set {
	uint64_t *slot;
	unsigned bits; /* 2^bits slots */
	size_t n;
};

/* The slot of w, or the empty one where it belongs; Fibonacci hashing (Knuth, TAOCP 3, 6.4). */
static inline size_t
find(const uint64_t *slot, unsigned bits, uint64_t w)
{
	size_t at = (size_t)((w ^ w >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - bits));

	while (slot[at] != 0 && slot[at] != w)
		at = (at + 1) & (((size_t)1 << bits) - 1);
	return at;
}

static int
grow(struct set *s, struct rai_err *err)
{
	unsigned bits = s->slot == NULL ? 8 : s->bits + 2;
	uint64_t *slot = calloc((size_t)1 << bits, sizeof(*slot));
	size_t i;

	if (slot == NULL)
		return rai_fail_memory(err);
	for (i = 0; s->slot != NULL && i < (size_t)1 << s->bits; i++)
		if (s->slot[i] != 0)
			slot[find(slot, bits, s->slot[i])] = s->slot[i];
	free(s->slot);
	s->slot = slot;
	s->bits = bits;
	return 0;
}

int
rai_distinct(const double *v, size_t n, size_t *out, struct rai_err *err)
{
	struct set s = {NULL, 0, 0};
	size_t i, at;
	uint64_t w;
	int zero = 0;

	if (grow(&s, err) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (isnan(v[i]))
			continue;
		if (v[i] == 0) {
			zero = 1;
			continue;
		}
		memcpy(&w, &v[i], sizeof(w));
		at = find(s.slot, s.bits, w);
		if (s.slot[at] == w)
			continue;
		s.slot[at] = w;
		if (++s.n * 2 > (size_t)1 << s.bits && grow(&s, err) != 0) {
			free(s.slot);
			return -1;
		}
	}
	*out = s.n + (size_t)zero;
	free(s.slot);
	return 0;
}

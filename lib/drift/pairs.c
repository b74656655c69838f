#include "drift/pairs.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* A ring of entries by age, found through chained buckets; grows until the ring is full. */
struct rai_drift_pairs {
	struct rai_drift_entry *ring;
	size_t cap, n, oldest; /* oldest: the slot that is written next, once n is the maximum */
	uint32_t *bucket;      /* 2 * cap of them */
	size_t orphans;
};

static int enlarge(struct rai_drift_pairs *p);

struct rai_drift_pairs *
rai_drift_pairs_new(void)
{
	struct rai_drift_pairs *p = calloc(1, sizeof(*p));

	if (p != NULL && enlarge(p) != 0) {
		rai_drift_pairs_free(p);
		return NULL;
	}
	return p;
}

void
rai_drift_pairs_free(struct rai_drift_pairs *p)
{
	if (p == NULL)
		return;
	free(p->ring);
	free(p->bucket);
	free(p);
}

/* FNV-1a (G. Fowler, L. Noll, K.-P. Vo): ids are not chosen by enemies of the operator's log, and
 * a chain costs time only. */
static size_t
bucket_of(const struct rai_drift_pairs *p, const char *id)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(1099511628211);
	return (size_t)((h ^ h >> 32) % (2 * p->cap));
}

/* Doubles the ring, whose entries find their buckets anew. */
static int
enlarge(struct rai_drift_pairs *p)
{
	size_t i, at, cap = p->cap > 0 ? 2 * p->cap : 1024;
	struct rai_drift_entry *ring = realloc(p->ring, cap * sizeof(*ring));
	uint32_t *bucket = malloc(2 * cap * sizeof(*bucket));

	if (ring != NULL)
		p->ring = ring;
	if (ring == NULL || bucket == NULL) {
		free(bucket);
		return -1;
	}
	free(p->bucket);
	p->bucket = bucket;
	p->cap = cap;
	for (i = 0; i < 2 * cap; i++)
		bucket[i] = NONE;
	for (i = 0; i < p->n; i++) {
		at = bucket_of(p, ring[i].id);
		ring[i].next = bucket[at];
		bucket[at] = (uint32_t)i;
	}
	return 0;
}

static struct rai_drift_entry *
find(struct rai_drift_pairs *p, const char *id)
{
	uint32_t i;

	for (i = p->bucket[bucket_of(p, id)]; i != NONE; i = p->ring[i].next)
		if (strcmp(p->ring[i].id, id) == 0)
			return &p->ring[i];
	return NULL;
}

static void
forget(struct rai_drift_pairs *p, uint32_t slot)
{
	uint32_t *at = &p->bucket[bucket_of(p, p->ring[slot].id)];

	while (*at != slot)
		at = &p->ring[*at].next;
	*at = p->ring[slot].next;
	p->orphans -= !p->ring[slot].have_prediction;
}

/* A fresh entry in the place of the oldest; NULL: out of memory. */
static struct rai_drift_entry *
add(struct rai_drift_pairs *p, const char *id)
{
	size_t slot = p->n, bucket;
	struct rai_drift_entry *e;

	if (p->n == RAI_DRIFT_MEMORY) {
		slot = p->oldest;
		p->oldest = (p->oldest + 1) % RAI_DRIFT_MEMORY;
		forget(p, (uint32_t)slot);
	} else if (p->n == p->cap && enlarge(p) != 0)
		return NULL;
	if (slot == p->n)
		p->n++;
	bucket = bucket_of(p, id);
	e = &p->ring[slot];
	memset(e, 0, sizeof(*e));
	memcpy(e->id, id, strnlen(id, RAI_DRIFT_ID - 1));
	e->next = p->bucket[bucket];
	p->bucket[bucket] = (uint32_t)slot;
	return e;
}

int
rai_drift_pairs_prediction(struct rai_drift_pairs *p, const char *id, double prediction,
    int64_t seq, int64_t time_ms, struct rai_drift_pair *pair, struct rai_err *err)
{
	struct rai_drift_entry *e = find(p, id);

	if (e != NULL && e->have_prediction)
		return 2;
	if (e == NULL && (e = add(p, id)) == NULL)
		return rai_fail_memory(err);
	e->have_prediction = 1;
	e->pair.prediction = prediction;
	e->pair.seq = seq;
	e->pair.made_ms = time_ms;
	if (!e->have_label)
		return 0;
	p->orphans--;
	*pair = e->pair;
	return 1;
}

int
rai_drift_pairs_label(struct rai_drift_pairs *p, const char *id, double actual, int64_t time_ms,
    struct rai_drift_pair *pair, struct rai_err *err)
{
	struct rai_drift_entry *e = find(p, id);

	if (e != NULL && e->have_label)
		return 2;
	if (e == NULL) {
		if ((e = add(p, id)) == NULL)
			return rai_fail_memory(err);
		p->orphans++;
	}
	e->have_label = 1;
	e->pair.actual = actual;
	e->pair.known_ms = time_ms;
	*pair = e->pair;
	return e->have_prediction;
}

const struct rai_drift_entry *
rai_drift_pairs_at(const struct rai_drift_pairs *p, size_t i)
{
	return i < p->n ? &p->ring[(p->oldest + i) % p->n] : NULL;
}

int
rai_drift_pairs_put(
    struct rai_drift_pairs *p, const struct rai_drift_entry *entry, struct rai_err *err)
{
	struct rai_drift_entry *e;

	if (find(p, entry->id) != NULL)
		return rai_fail(err, RAI_EINPUT, "the id \"%.63s\" comes twice", entry->id);
	if ((e = add(p, entry->id)) == NULL)
		return rai_fail_memory(err);
	e->pair = entry->pair;
	e->have_prediction = entry->have_prediction;
	e->have_label = entry->have_label;
	p->orphans += !e->have_prediction;
	return 0;
}

void
rai_drift_pairs_break(struct rai_drift_pairs *p, int64_t from, int64_t to)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->ring[i].have_prediction && p->ring[i].pair.seq >= from &&
		    p->ring[i].pair.seq < to)
			p->ring[i].pair.broken = 1;
}

size_t
rai_drift_pairs_orphans(const struct rai_drift_pairs *p)
{
	return p->orphans;
}

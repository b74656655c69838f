#include "model/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 1024              /* trees whose rows are kept */
#define KEPT ((size_t)64 << 20) /* bytes of rows kept, over all bases of a cache */
#define BASES 8                 /* ways to draw kept */

struct rai_basis {
	struct rai_basis_key key;
	const struct rai_codes *codes;
	struct rai_codes own; /* where there is no cache */
	struct rai_target target;
	struct rai_fit_cache *cache; /* that keeps it; NULL: this fit alone does */
	_Atomic(struct rai_draw *) slot[SLOTS];
};

struct rai_fit_cache {
	pthread_mutex_t lock; /* of codes, basis and nbasis */
	struct rai_codes codes;
	struct rai_basis *basis[BASES];
	size_t nbasis;
	atomic_size_t bytes;
};

struct rai_fit_cache *
rai_fit_cache_new(void)
{
	struct rai_fit_cache *c = calloc(1, sizeof(*c));

	if (c != NULL && pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return NULL;
	}
	return c;
}

static void
free_basis(struct rai_basis *b)
{
	size_t t;

	for (t = 0; t < SLOTS; t++)
		rai_draw_free(atomic_load(&b->slot[t]));
	rai_target_release(&b->target);
	rai_codes_release(&b->own);
	free(b);
}

void
rai_fit_cache_free(struct rai_fit_cache *c)
{
	if (c == NULL)
		return;
	while (c->nbasis > 0)
		free_basis(c->basis[--c->nbasis]);
	rai_codes_release(&c->codes);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* codes NULL: they are made too. */
static struct rai_basis *
make_basis(const struct rai_fit_data *d, const struct rai_basis_key *key,
    const struct rai_codes *codes, size_t threads, struct rai_err *err)
{
	struct rai_basis *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		rai_fail_memory(err);
		return NULL;
	}
	b->key = *key;
	b->codes = codes != NULL ? codes : &b->own;
	if ((codes == NULL && rai_codes_make(d, threads, &b->own, err) != 0) ||
	    rai_target_make(d, key->centre, &b->target, err) != 0) {
		rai_codes_release(&b->own);
		free(b);
		return NULL;
	}
	return b;
}

static int
same_key(const struct rai_basis_key *a, const struct rai_basis_key *b)
{
	return a->centre == b->centre && a->rows == b->rows && a->seed == b->seed;
}

/* With the lock held. */
static struct rai_basis *
find_basis(struct rai_fit_cache *c, const struct rai_fit_data *d, const struct rai_basis_key *key,
    size_t threads, struct rai_err *err)
{
	struct rai_basis *b;
	size_t i;

	for (i = 0; i < c->nbasis; i++)
		if (same_key(&c->basis[i]->key, key))
			return c->basis[i];
	if (c->codes.n == 0 && rai_codes_make(d, threads, &c->codes, err) != 0)
		return NULL;
	b = make_basis(d, key, &c->codes, threads, err);
	if (b != NULL && c->nbasis < BASES) {
		b->cache = c;
		c->basis[c->nbasis++] = b;
	}
	return b;
}

int
rai_basis_open(const struct rai_fit_data *d, const struct rai_basis_key *key, size_t threads,
    struct rai_basis **out, struct rai_err *err)
{
	if (d->cache == NULL)
		*out = make_basis(d, key, NULL, threads, err);
	else {
		pthread_mutex_lock(&d->cache->lock);
		*out = find_basis(d->cache, d, key, threads, err);
		pthread_mutex_unlock(&d->cache->lock);
	}
	return *out != NULL ? 0 : -1;
}

void
rai_basis_close(struct rai_basis *b)
{
	if (b != NULL && b->cache == NULL)
		free_basis(b);
}

const struct rai_codes *
rai_basis_codes(const struct rai_basis *b)
{
	return b->codes;
}

const struct rai_target *
rai_basis_target(const struct rai_basis *b)
{
	return &b->target;
}

/* Trees on all rows share them. */
static size_t
slot_of(const struct rai_basis *b, size_t t)
{
	return b->key.rows == RAI_DRAW_ALL ? 0 : t;
}

/* Whether d of tree t may be kept. */
static int
may_keep(const struct rai_basis *b, size_t slot, const struct rai_draw *d)
{
	if (b->key.rows == RAI_DRAW_ALL)
		return 1;
	if (b->cache == NULL || slot >= SLOTS)
		return 0;
	if (atomic_fetch_add(&b->cache->bytes, d->bytes) + d->bytes <= KEPT)
		return 1;
	atomic_fetch_sub(&b->cache->bytes, d->bytes);
	return 0;
}

const struct rai_draw *
rai_basis_take(struct rai_basis *b, size_t t)
{
	size_t slot = slot_of(b, t);
	struct rai_draw *d = slot < SLOTS ? atomic_load(&b->slot[slot]) : NULL, *other = NULL;

	if (d != NULL)
		return d;
	d = rai_draw_new(b->codes, &b->target, b->key.rows, b->key.seed, t);
	if (d == NULL || !may_keep(b, slot, d))
		return d;
	if (atomic_compare_exchange_strong(&b->slot[slot], &other, d))
		return d;
	if (b->cache != NULL && b->key.rows != RAI_DRAW_ALL)
		atomic_fetch_sub(&b->cache->bytes, d->bytes);
	rai_draw_free(d);
	return other;
}

void
rai_basis_give(struct rai_basis *b, size_t t, const struct rai_draw *d)
{
	size_t slot = slot_of(b, t);

	if (slot >= SLOTS || atomic_load(&b->slot[slot]) != d)
		rai_draw_free((struct rai_draw *)d);
}

#include "base/rng.h"

#include <sys/random.h>

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct rai_rng
rai_rng_new(uint64_t seed, uint64_t stream)
{
	struct rai_rng r = {mix(mix(seed) + stream * UINT64_C(0x9e3779b97f4a7c15)), 0};

	return r;
}

uint64_t
rai_rng_u64(struct rai_rng *r)
{
	return mix(r->key + ++r->n * UINT64_C(0x9e3779b97f4a7c15));
}

double
rai_rng_unit(struct rai_rng *r)
{
	return (double)(rai_rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t
rai_rng_below(struct rai_rng *r, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n, v;

	do
		v = rai_rng_u64(r);
	while (v >= limit);
	return v % n;
}

void
rai_rng_shuffle(struct rai_rng *r, size_t *v, size_t n)
{
	size_t i, j, t;

	for (i = n; i > 1; i--) {
		j = (size_t)rai_rng_below(r, i);
		t = v[i - 1];
		v[i - 1] = v[j];
		v[j] = t;
	}
}

int
rai_rng_os(void *out, size_t n)
{
	return getrandom(out, n, 0) == (ssize_t)n ? 0 : -1;
}

#include "drift/twins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64's finish (G. Steele and others, 2014) over what was before and a cell. */
static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

void
rai_drift_twins_num(uint64_t *hash, const double *v, size_t n)
{
	uint64_t bits;
	double x;
	size_t i;

	for (i = 0; i < n; i++) {
		x = isfinite(v[i]) ? v[i] + 0.0 : HUGE_VAL;
		memcpy(&bits, &x, sizeof(bits));
		hash[i] = mix(hash[i], bits);
	}
}

void
rai_drift_twins_cat(uint64_t *hash, const int32_t *code, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		hash[i] = mix(hash[i], (uint64_t)(uint32_t)code[i]);
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int64_t
rai_drift_twins_pairs(uint64_t *hash, size_t n)
{
	int64_t pairs = 0, times;
	size_t i, end;

	qsort(hash, n, sizeof(*hash), ascending);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && hash[end] == hash[i]; end++)
			;
		times = (int64_t)(end - i);
		pairs += times * (times - 1) / 2;
	}
	return pairs;
}

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

/* From so many values on, sorting by digits is sooner than by comparing. */
#define MANY 512
#define DIGITS 6
#define BITS 11

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Bits whose order is that of the numbers, and back. */
static uint64_t
key_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits ^ (bits >> 63 ? ~UINT64_C(0) : UINT64_C(1) << 63);
}

static double
value_of(uint64_t key)
{
	uint64_t bits = key ^ (key >> 63 ? UINT64_C(1) << 63 : ~UINT64_C(0));
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static size_t
digit(uint64_t key, int k)
{
	return (key >> (k * BITS)) & ((1 << BITS) - 1);
}

/* One pass by a digit; a digit that all keys share moves nothing.  1: from went to to. */
static int
pass(const uint64_t *from, uint64_t *to, size_t n, int k, const size_t *count)
{
	size_t at[1 << BITS], i, sum = 0;

	if (count[digit(from[0], k)] == n)
		return 0;
	for (i = 0; i < 1 << BITS; i++) {
		at[i] = sum;
		sum += count[i];
	}
	for (i = 0; i < n; i++)
		to[at[digit(from[i], k)]++] = from[i];
	return 1;
}

/* P. Terdiman, "Radix sort revisited", 2000: from the last digit to the first, all counted before.
 * -1: no memory. */
static int
by_digits(double *v, size_t n)
{
	uint64_t *key = malloc(2 * n * sizeof(*key)), *from = key, *to = key + n, *swap;
	size_t(*count)[1 << BITS] = calloc(DIGITS, sizeof(*count)), i;
	int k, rc = key == NULL || count == NULL ? -1 : 0;

	for (i = 0; rc == 0 && i < n; i++) {
		from[i] = key_of(v[i]);
		for (k = 0; k < DIGITS; k++)
			count[k][digit(from[i], k)]++;
	}
	for (k = 0; rc == 0 && k < DIGITS; k++)
		if (pass(from, to, n, k, count[k])) {
			swap = from;
			from = to;
			to = swap;
		}
	for (i = 0; rc == 0 && i < n; i++)
		v[i] = value_of(from[i]);
	free(key);
	free(count);
	return rc;
}

void
rai_stat_sort(double *v, size_t n)
{
	if (n < MANY || n > SIZE_MAX / (2 * sizeof(*v)) || by_digits(v, n) != 0)
		qsort(v, n, sizeof(*v), by_value);
}

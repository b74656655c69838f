#ifndef RAI_BASE_RNG_H
#define RAI_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Counter-based random numbers: the n-th number of a stream is a pure function of
 * (seed, stream, n), so that threads can draw in any order and give the same answer.
 * SplitMix64's output function (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014) over a keyed counter.  Not for secrets.
 */
struct rai_rng {
	uint64_t key, n;
};

struct rai_rng rai_rng_new(uint64_t seed, uint64_t stream);
uint64_t rai_rng_u64(struct rai_rng *r);
double rai_rng_unit(struct rai_rng *r);                       /* [0, 1), 53 bits */
uint64_t rai_rng_below(struct rai_rng *r, uint64_t n);        /* [0, n) without bias; n > 0 */
void rai_rng_shuffle(struct rai_rng *r, size_t *v, size_t n); /* Fisher-Yates */

/* n bytes from the operating system, for identifiers; 0, or -1. */
int rai_rng_os(void *out, size_t n);

#endif

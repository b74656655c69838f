#ifndef RAI_STAT_STREAM_LIMIT_H
#define RAI_STAT_STREAM_LIMIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of a CUSUM of scores: sums S = max(0, S + sign z - allowance), how often does one of clean values
 * come over a limit?  In STREAM_WORLDS worlds that the reference may be a sample of.
 */
enum { STREAM_WORLDS = 25 };
struct stream_side {
	int rises;     /* or no value of the reference takes it above 0 */
	double beyond; /* what a step goes beyond a limit */
	double root[STREAM_WORLDS], speed[STREAM_WORLDS];
};

/* score[n], sorted, mean 0, stands for `rows` values.  -1: out of memory. */
int stream_side(const double *score, size_t n, double sign, double allowance, double rows,
    uint64_t seed, struct stream_side *out);

/* The chance that a stream of `per` values comes over it. */
double stream_side_alarms(const struct stream_side *s, double limit, double per);

#endif

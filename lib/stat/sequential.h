#ifndef RAI_STAT_SEQUENTIAL_H
#define RAI_STAT_SEQUENTIAL_H

#include <stdint.h>

/*
 * Which of two models errs less, looked at after every pair: differences of losses in, a verdict
 * that stays valid however often it is asked for and whenever one stops.
 *
 * The interval is an empirical-Bernstein confidence sequence: Howard, Ramdas, McAuliffe, Sekhon,
 * "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49, 2021,
 * theorem 4 with the gamma-exponential mixture boundary of their proposition 9; for differences of
 * losses as in Choe, Ramdas, "Comparing sequential forecasters", Operations Research 72, 2024.
 *
 * Conditions: every difference lies in [-1, 1]; nothing else.  They need not be alike, independent
 * or of one mean: with probability 1 - alpha the interval contains, at all n at once, the mean of
 * the n expected differences, each given what came before it.  So it is about the pairs seen, and
 * says of those to come what the reader believes to continue; a verdict may be taken back when the
 * world turns.
 *
 * State is three numbers; nothing allocates or fails.
 */
struct rai_stat_sequence {
	int64_t n;
	double sum;
	double v; /* squared distances of each difference from the mean of those before it */
};

/* d outside [-1, 1] is taken as the nearer end; NaN is left out. */
void rai_stat_sequence_add(struct rai_stat_sequence *s, double d);

/* alpha in [1e-6, 0.5] over both sides.  Nothing seen: mean 0 in [-1, 1]. */
struct rai_stat_between {
	double mean, low, high;
};
struct rai_stat_between rai_stat_sequence_interval(const struct rai_stat_sequence *s, double alpha);

/* Of the challenger, when the differences are its loss minus the champion's. */
enum rai_stat_verdict {
	RAI_STAT_UNDECIDED,  /* too few pairs, or the interval still holds too much */
	RAI_STAT_BETTER,     /* the whole interval is below 0 */
	RAI_STAT_WORSE,      /* above 0 */
	RAI_STAT_EQUIVALENT, /* around 0, within +-margin */
};

struct rai_stat_rule {
	double alpha;
	double margin; /* a mean difference up to this does not matter; 0: none is that small */
	int64_t least; /* pairs before which nothing is said */
};

enum rai_stat_verdict rai_stat_sequence_judge(
    const struct rai_stat_sequence *s, const struct rai_stat_rule *rule);

#endif

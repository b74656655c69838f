#ifndef RAI_DRIFT_TALLY_H
#define RAI_DRIFT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "drift/profile.h"

/*
 * One numeric column of a window held as counts; private to this room.
 *
 * Slot 2 j counts the values between cut[j - 1] and cut[j], two neighbours of the reference's order
 * statistics, slot 2 j + 1 those equal to cut[j], of equal cuts the first.  A limit that is no cut
 * divides the gap in which it lies.
 */
struct rai_drift_tally_gap {
	size_t at;       /* 2 j */
	size_t first, n; /* limits in it */
	uint32_t *part;  /* 2 n + 1: below limit[first], at it, up to the next one ... */
};

#define RAI_DRIFT_TALLY_BINS 128
#define RAI_DRIFT_TALLY_WAIT 512
struct rai_drift_tally {
	const double *cut; /* ncut, ascending; the reference's or own */
	size_t ncut, m;    /* m: order statistics */
	double *own;
	uint32_t *rank; /* of own cuts: how many order statistics are less; else j for cut[j] */
	uint16_t *slot; /* 2 ncut + 1 */
	uint32_t *high; /* what did not fit into slot, in 65536ths; memory only where it did not */
	double *limit;  /* nlimit that are no cuts, ascending */
	size_t nlimit;
	struct rai_drift_tally_gap *gap; /* ngap, ascending */
	size_t ngap;
	uint32_t *part;  /* of all divided gaps: nlimit * 2 + ngap */
	uint32_t *below; /* by its leading bits, what is less than cut[0] */
	uint32_t *above; /* and what is greater than the last */
	int64_t missing, n;
	double min, max; /* of the window; INFINITY and -INFINITY: no value yet */

	/* where a value lies: cells of equal width */
	double base, scale;
	uint32_t *start; /* ncell: where to look in cut, or how it is looked for otherwise */
	size_t ncell, reach;
	int wide; /* four at a time */

	/*
	 * Where the cuts are more than a processor holds close, values wait in bins of neighbouring
	 * cells until one is full: then these cuts are fetched once for all of them.
	 */
	double *wait; /* RAI_DRIFT_TALLY_BINS times RAI_DRIFT_TALLY_WAIT; NULL: they do not */
	uint16_t waiting[RAI_DRIFT_TALLY_BINS];
	uint32_t from[RAI_DRIFT_TALLY_BINS + 1]; /* the first cut in the cells of a bin */
	int shift;                               /* cell to bin */
};

/*
 * limit: nlimit values that rai_drift_tally_below and _up_to will be asked for besides the cuts. 0,
 * or -1: no memory; release is right also then.  ref must outlive it.
 */
int rai_drift_tally_init(struct rai_drift_tally *t, const struct rai_profile_col *ref,
    const double *limit, size_t nlimit);
void rai_drift_tally_release(struct rai_drift_tally *t);
void rai_drift_tally_clear(struct rai_drift_tally *t);

/* n values, what is not finite being missing. */
void rai_drift_tally_add(struct rai_drift_tally *t, const double *v, size_t n);

/* n values from low up to but not including high, spread as the reference's are there. */
void rai_drift_tally_spread(struct rai_drift_tally *t, double low, double high, int64_t n);

/* Counts what still waits, which all below want. */
void rai_drift_tally_settle(struct rai_drift_tally *t);

void rai_drift_tally_merge(struct rai_drift_tally *to, const struct rai_drift_tally *from);

/* How many values lie in slot k; up[k]: in slots 0 to k, room for 2 ncut + 1. */
uint32_t rai_drift_tally_slot(const struct rai_drift_tally *t, size_t k);
void rai_drift_tally_sum(const struct rai_drift_tally *t, uint32_t *up);

/*
 * How many values are less than x, or not greater: exact where x is a cut or a limit, else as if
 * they were spread evenly in the gap.  The value of a rank, from 0, likewise.
 */
size_t rai_drift_tally_below(const struct rai_drift_tally *t, const uint32_t *up, double x);
size_t rai_drift_tally_up_to(const struct rai_drift_tally *t, const uint32_t *up, double x);
double rai_drift_tally_value(const struct rai_drift_tally *t, const uint32_t *up, size_t rank);

/* As rai_stat_ks_d, exactly; as rai_stat_w1, the values of a gap being spread evenly. */
double rai_drift_tally_ks(const struct rai_drift_tally *t, const uint32_t *up);
double rai_drift_tally_w1(
    const struct rai_drift_tally *t, const uint32_t *up, double low, double high);

#endif

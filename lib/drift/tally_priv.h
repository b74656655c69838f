#ifndef RAI_DRIFT_TALLY_PRIV_H
#define RAI_DRIFT_TALLY_PRIV_H

#include "drift/tally.h"

/* What counting (tally.c) and asking (tally_ask.c) share. */

#define RAI_DRIFT_TALLY_LEADING 65536 /* cells of sign, exponent and 4 bits of the mantissa */

#define LONG_WAY (UINT32_C(1) << 31) /* of a cell: its values are looked for in all cuts */

/* The cell of x.  Never decreasing in x, which is all that the search relies on. */
static inline size_t
cell_of(const struct rai_drift_tally *t, double x)
{
	double at = (x - t->base) * t->scale, last = (double)(t->ncell - 1);

	at = at > 0 ? at : 0;
	return (size_t)(at < last ? at : last);
}

/* Can this processor do it four at a time? */
int rai_drift_tally_gathers(void);

/* How many of the first values are finite; *min and *max take them in. */
size_t rai_drift_tally_finite(
    const struct rai_drift_tally *t, const double *v, size_t n, double *min, double *max);

/* The bins in which n finite values wait; the slots where they are counted, or LONG_WAY. */
void rai_drift_tally_bins(
    const struct rai_drift_tally *t, const double *v, size_t n, uint16_t *bin);
void rai_drift_tally_places(
    const struct rai_drift_tally *t, const double *v, size_t n, uint32_t *place);

/* The first of n ascending numbers that is not less than x. */
static inline size_t
first_from(const double *v, size_t n, double x)
{
	size_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (v[mid] < x)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static inline struct rai_drift_tally_gap *
find_gap(const struct rai_drift_tally *t, size_t at)
{
	size_t low = 0, high = t->ngap, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (t->gap[mid].at < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->ngap && t->gap[low].at == at ? &t->gap[low] : NULL;
}

/* How many order statistics are less than cut[j], the first of its ties. */
static inline double
rank_of(const struct rai_drift_tally *t, size_t j)
{
	return t->rank != NULL ? (double)t->rank[j] : (double)j;
}

#endif

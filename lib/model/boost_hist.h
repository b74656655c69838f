#ifndef RAI_MODEL_BOOST_HIST_H
#define RAI_MODEL_BOOST_HIST_H

#include "model/boost_bins.h"

/*
 * Histograms of gradients in whole numbers: sums of whole numbers do not depend on the order, so
 * neither do they on threads, compilers or vector units.
 *
 * A row's gradient g, its second derivative h and the row itself travel in one 64-bit word, and
 * adding words adds all three:
 *
 *	counted (h is 1 for every row):   g 48 bits, signed               rows 16 bits
 *	weighed:                          g 28 bits, signed   h 24 bits   rows 12 bits
 *
 * The fields hold the sums of so many rows; then they are spilled into wide ones.
 */
#define RAI_BOOST_COUNTED_ROWS 32768
#define RAI_BOOST_WEIGHED_ROWS 2048
#define RAI_BOOST_COUNTED_G ((INT64_C(1) << 31) - 1) /* the largest |g| of a row */
#define RAI_BOOST_WEIGHED_G ((INT64_C(1) << 16) - 1)
#define RAI_BOOST_WEIGHED_H ((INT64_C(1) << 13) - 1)

enum rai_boost_packing { RAI_BOOST_COUNTED, RAI_BOOST_WEIGHED };

static inline uint64_t
rai_boost_pack(enum rai_boost_packing packing, int64_t g, int64_t h)
{
	return packing == RAI_BOOST_COUNTED ? ((uint64_t)g << 16) + 1
					    : ((uint64_t)g << 36) + ((uint64_t)h << 12) + 1;
}

/* One node's sums, bin by bin of all features (rai_boost_bins.first). */
struct rai_boost_hist {
	int64_t *g, *h; /* h NULL: counted, it is n */
	uint32_t *n;
	struct rai_boost_hist *next; /* in a list of free ones */
};

struct rai_boost_hist *rai_boost_hist_new(size_t nbin, enum rai_boost_packing packing);
void rai_boost_hist_free(struct rai_boost_hist *h); /* NULL is fine */

#define RAI_BOOST_STEP 2048 /* rows whose codes stay in the cache while features are added */

/* One worker's sums of the node at hand; empty between two nodes. */
struct rai_boost_adder {
	uint64_t *packed; /* width (to a multiple of 8) x 256 */
	size_t pending;   /* rows in packed */
	int spilled;      /* wide holds something */
	struct rai_boost_hist *wide;
	uint64_t word[RAI_BOOST_STEP]; /* of the rows at hand */
};

struct rai_boost_adder *rai_boost_adder_new(
    const struct rai_boost_bins *b, enum rai_boost_packing packing);
void rai_boost_adder_free(struct rai_boost_adder *a); /* NULL is fine */

/* Adds n rows; of the features those 8 at a time whose use (width / 8 of them) is set. */
void rai_boost_add(struct rai_boost_adder *a, const struct rai_boost_bins *b, const uint8_t *use,
    const uint32_t *row, size_t n);

/* Feature j of all nadder adders into out; empties them there. */
void rai_boost_collect(struct rai_boost_adder *const *a, size_t nadder,
    const struct rai_boost_bins *b, size_t j, struct rai_boost_hist *out);

/* After every used feature was collected. */
void rai_boost_adders_reset(struct rai_boost_adder *const *a, size_t nadder);

#endif

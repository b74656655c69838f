#ifndef RAI_MODEL_BOOST_BINS_H
#define RAI_MODEL_BOOST_BINS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/team.h"
#include "model/kind.h"

/*
 * Features as small integers for histogram boosting.  A number's values are cut at the midpoints
 * between neighbours: each distinct value has its bin, or where there are too many, each bin about
 * equally many rows.  Of a category each level has its bin; where there are too many levels the
 * rarest share the last one.  One more bin holds what is missing.
 */
#define RAI_BOOST_BINS 255 /* at most, beside the one of what is missing */

struct rai_boost_bins {
	size_t n, width;
	/* A row's record is one packed gradient (8 bytes, see boost_hist.h) and its codes, so that
	 * a histogram finds all of a row in one place: record[i * stride + 8 + j]. */
	uint8_t *record;
	size_t stride;
	uint8_t *code;  /* the same codes column-major, for the partition: code[j * n + i] */
	uint16_t *nbin; /* width; the code of what is missing */
	size_t *first;  /* width + 1: where a feature's nbin + 1 bins begin in a histogram */
	double *upper;  /* width x RAI_BOOST_BINS: bins 0 .. b hold x <= upper[b]; all but the last
			   bin */
	size_t *levels; /* width; 0: a number */
	uint8_t **level_bin; /* width: of a category, levels; else NULL */
};

/* Where there are more rows than this, a sample of so many says where the bins are cut. */
#define RAI_BOOST_SAMPLE 200000

int rai_boost_bins_make(const struct rai_fit_data *d, size_t max_bins, uint64_t seed,
    struct rai_team *team, struct rai_boost_bins *out, struct rai_err *err);
void rai_boost_bins_release(struct rai_boost_bins *b);

#endif

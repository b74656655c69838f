#ifndef RAI_MODEL_BINS_H
#define RAI_MODEL_BINS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/kind.h"

/*
 * Features as small integers for tree learning: each feature's values are cut into at most
 * RAI_BINS ranges of about equally many rows; with that few distinct values each has its own, and
 * the search over ranges is the exact one.
 */
#define RAI_BINS 256

struct rai_bins {
	size_t n, width;
	uint8_t *code;  /* column-major: code[j * n + i] */
	uint16_t *nbin; /* width */
	double *low;    /* width x RAI_BINS: the smallest value in the bin */
	double *high;   /* width x RAI_BINS: the largest */
};

int rai_bins_make(
    const struct rai_fit_data *d, size_t threads, struct rai_bins *out, struct rai_err *err);
void rai_bins_release(struct rai_bins *b);

#endif

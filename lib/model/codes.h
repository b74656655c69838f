#ifndef RAI_MODEL_CODES_H
#define RAI_MODEL_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/kind.h"

/*
 * Features as integers for trees: each distinct value is a bin of its own, so that a search over
 * bins is the exact one; only of more than RAI_CODES_BINS distinct values neighbours share one,
 * each bin then holding about equally many rows.  Of a number to be predicted, rows that are
 * alike in all features are one group, which no tree could ever part.
 */
#define RAI_CODES_BINS 65536
#define RAI_CODES_FEW 256     /* bins of a feature that is searched by a histogram */
#define RAI_CODES_WIDTH 32767 /* features at most */

struct rai_codes {
	size_t n, width;
	size_t ngroup;
	uint32_t *group; /* n: the group of row i, numbered as they first appear */
	uint16_t *code;  /* column-major over the groups: code[j * ngroup + g] */
	size_t *start;   /* width + 1: the bins of feature j are start[j] .. start[j + 1] - 1 */
	double *low;     /* per bin: the smallest value in it */
	double *high;    /* and the largest */
	size_t *few;     /* width: bins of few-bin features before j; SIZE_MAX: j has many bins */
	size_t nfew;     /* features of few bins */
	size_t few_bins; /* bins of those together */
	size_t *many;    /* width - nfew: the features of many bins */
	uint32_t *order; /* nmany x ngroup: the groups by code, then by number */
};

int rai_codes_make(
    const struct rai_fit_data *d, size_t threads, struct rai_codes *out, struct rai_err *err);
void rai_codes_release(struct rai_codes *c);

static inline size_t
rai_codes_nbin(const struct rai_codes *c, size_t feature)
{
	return c->start[feature + 1] - c->start[feature];
}

/*
 * The bin after which feature is best cut where its values go from one bin to a later one with
 * nothing between: the last whose values are at most t, but at least left and below right.
 */
uint32_t rai_codes_cut(
    const struct rai_codes *c, size_t feature, uint32_t left, uint32_t right, double t);

/* Half way between the values of bin and the next: what goes left is at most this. */
double rai_codes_threshold(const struct rai_codes *c, size_t feature, uint32_t bin);

#endif

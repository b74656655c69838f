#ifndef RAI_MODEL_DRAW_H
#define RAI_MODEL_DRAW_H

#include <stdint.h>

#include "base/err.h"
#include "model/codes.h"

/*
 * What trees learn, as whole numbers: sums of them are exact in any order, so that histograms may
 * be added and taken from each other, and equal cuts have equal gains.
 */
struct rai_target {
	const double *y; /* n */
	int64_t *q;      /* n: (y - mean) * scale, rounded; or the class */
	double mean, scale;
	size_t nclass; /* 0: a number */
};

enum rai_centre { RAI_CENTRE_MEAN, RAI_CENTRE_ZERO };

/* d must outlive it. */
int rai_target_make(const struct rai_fit_data *d, enum rai_centre centre, struct rai_target *out,
    struct rai_err *err);
void rai_target_release(struct rai_target *t);

/* A group as it was drawn for one tree. */
struct rai_drawn {
	int64_t q;  /* the sum of its rows' q, each as often as it was drawn; or the class */
	uint64_t w; /* how many rows were drawn, at most n */
};

/* The rows of one tree; it is only read while the tree grows, and several trees may. */
struct rai_draw {
	struct rai_drawn *row; /* ngroup */
	double *sum;           /* ngroup: of y, as q is; NULL for classes */
	uint32_t *id;          /* m: the groups drawn, in their order */
	size_t m;
	uint64_t w;    /* rows drawn in all */
	int64_t q;     /* sum over all; 0 for classes */
	int64_t *hist; /* of the few-bin features, or NULL where that does not pay */
	size_t bytes;
};

enum rai_draw_rows { RAI_DRAW_ALL, RAI_DRAW_BOOTSTRAP };

/* All rows once, or as many drawn with replacement from random stream `stream`.  NULL: no memory.
 */
struct rai_draw *rai_draw_new(const struct rai_codes *c, const struct rai_target *t,
    enum rai_draw_rows rows, uint64_t seed, uint64_t stream);
void rai_draw_free(struct rai_draw *d); /* NULL is fine */

/*
 * Histograms: of each bin of each few-bin feature (bin b of feature j is at few[j] + b) the cells
 * q and w of a number, or the rows of each class.
 */
static inline size_t
rai_draw_cells(const struct rai_target *t)
{
	return t->nclass > 0 ? t->nclass : 2;
}

/* Whether all histograms of m groups cost less than looking at each feature when it is due. */
int rai_draw_pays(const struct rai_codes *c, const struct rai_target *t, size_t m);

/* Adds the m groups of id; hist: few_bins x cells. */
void rai_draw_fill(const struct rai_codes *c, const struct rai_target *t,
    const struct rai_drawn *row, const uint32_t *id, size_t m, int64_t *hist);

#endif

#ifndef RAI_MODEL_MOMENTS_H
#define RAI_MODEL_MOMENTS_H

#include <stdint.h>

#include "model/kind.h"

/*
 * All that a linear model of least squares needs to know of its rows: their number, the means,
 * and the sums of products about the means.  Those of two sets of rows give those of their union,
 * so a model file that keeps them can be continued with new rows alone.
 * The target is the last column, number width.
 */
struct rai_moments {
	int64_t rows;
	size_t width;       /* features */
	const double *mean; /* width + 1 */
	const double *co;   /* lower triangle of (width + 1) x (width + 1): model/matrix.h */
	double *own;        /* memory of both; NULL: they lie in a mapped file */
};

#define RAI_MOMENTS_KEPT 512 /* features at most for a model file to keep them: 1 MB */

/*
 * Of the rows of d; two passes, so that large means cost no digits.  centred: when not NULL, takes
 * the columns less their means, n x (width + 1), column-major; the caller frees it.
 */
int rai_moments_of(const struct rai_fit_data *d, size_t threads, struct rai_moments *out,
    double **centred, struct rai_err *err);

/* into becomes that of the rows of both; its memory must be its own. */
void rai_moments_add(struct rai_moments *into, const struct rai_moments *more);
void rai_moments_release(struct rai_moments *m);

/* The length of column j less its mean; 0: it is constant up to rounding. */
double rai_moments_length(const struct rai_moments *m, size_t j);

/* Nothing above RAI_MOMENTS_KEPT features. */
void rai_moments_save(const struct rai_moments *m, struct rai_safetensors_out *out);

/* A file without them leaves mean NULL.  The arrays stay in the file. */
int rai_moments_load(
    struct rai_moments *m, size_t width, const struct rai_safetensors *file, struct rai_err *err);

#endif

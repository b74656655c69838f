#ifndef RAI_MODEL_FITTING_H
#define RAI_MODEL_FITTING_H

#include "model/pipeline.h"
#include "table/table.h"

/*
 * Rows of a table made ready for fits: the target on the learner's scale, and the features in
 * each view that a kind asks for.  Private to this room.
 */
struct rai_fitting {
	const struct rai_table *table;
	const struct rai_prep_options *prep; /* view is set here */
	const size_t *rows;                  /* n */
	size_t n, nclass;
	enum rai_unit unit;
	double *y; /* n */
	struct {
		struct rai_prep *prep;       /* NULL: not asked for yet */
		double *x;                   /* column-major, n x width; NULL: not made */
		size_t *levels;              /* width */
		const char **names;          /* width */
		struct rai_fit_cache *cache; /* of several fits; the caller's to make, or NULL */
	} view[RAI_VIEWS];
};

/* Table, options and rows must outlive it.  A target that has no logarithm is an error. */
int rai_fitting_init(struct rai_fitting *f, const struct rai_table *t,
    const struct rai_prep_options *prep, enum rai_unit unit, const size_t *rows, size_t n,
    struct rai_err *err);
void rai_fitting_release(struct rai_fitting *f);

/*
 * Fits the preparation of a view, without making its features: enough for a fit from scratch of a
 * kind with RAI_CAN_COLUMNS, in much less memory.
 */
int rai_fitting_plan(struct rai_fitting *f, enum rai_view view, struct rai_err *err);

/* Makes the features of a view; before fits of kinds that want it, which may run in parallel. */
int rai_fitting_prepare(struct rai_fitting *f, enum rai_view view, struct rai_err *err);

/* Fits spec; *out borrows the preparation, and its fitted part is the caller's to release. */
int rai_fitting_fit(const struct rai_fitting *f, const struct rai_fitted *spec,
    const struct rai_fit_options *opt, struct rai_pipeline *out, double *seconds,
    struct rai_err *err);

/* The preparation that pipelines of this view borrow becomes the caller's. */
void rai_fitting_give_prep(struct rai_fitting *f, enum rai_view view);

#endif

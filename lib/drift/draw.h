#ifndef RAI_DRIFT_DRAW_H
#define RAI_DRIFT_DRAW_H

#include "base/rng.h"
#include "drift/verdict.h"

/*
 * Rows as the reference would give them, for simulations: drawn from its rows, with replacement,
 * so that columns hang together as they do; or from its profile where that is all there is, every
 * column for itself.  Then numbers come from between the order statistics (whole ones stay whole),
 * and so ties stay ties.
 */
struct rai_drift_urn {
	const struct rai_drift_reference *ref;
	const struct rai_drift_rows *rows; /* NULL: from the profile */
	size_t *column; /* scratch of the profile's: cumulated counts begin here */
	int64_t *up;    /* cumulated counts of categories, column behind column */
	unsigned char *whole;
	unsigned char *withheld; /* none is */
};

/* Both outlive the urn.  0, or -1: no memory. */
int rai_drift_urn_init(struct rai_drift_urn *u, const struct rai_drift_reference *ref,
    const struct rai_drift_rows *rows, struct rai_err *err);
void rai_drift_urn_release(struct rai_drift_urn *u);

/* A window of up to cap rows to draw into; released with the second. */
int rai_drift_drawn_init(
    struct rai_drift_rows *out, const struct rai_drift_urn *u, size_t cap, struct rai_err *err);
void rai_drift_drawn_release(struct rai_drift_rows *rows);

/* n rows, a function of r alone. */
void rai_drift_draw(
    const struct rai_drift_urn *u, struct rai_rng *r, size_t n, struct rai_drift_rows *out);

/* n numbers of a column, whole ones where all are; NaN: missing, as often as there. */
void rai_drift_draw_numbers(
    const struct rai_profile_col *c, int whole, struct rai_rng *r, size_t n, double *out);

/* Rows behind those there are, of which the oldest go: cap at most are left. */
void rai_drift_follow(struct rai_drift_rows *rows, const struct rai_drift_rows *fresh, size_t cap);

/*
 * Another reference that might have been: a profile of these rows, with the schema's categories.
 * Released with rai_profile_release().
 */
int rai_drift_profile_drawn(const struct rai_drift_reference *ref,
    const struct rai_drift_rows *rows, struct rai_profile *out, struct rai_err *err);

/* Categories that a drawn reference happens to lack are unseen to it. */
void rai_drift_forget(const struct rai_profile *p, struct rai_drift_rows *rows);

#endif

#ifndef RAI_DRIFT_CHECK_H
#define RAI_DRIFT_CHECK_H

#include <math.h>

#include "drift/tally.h"
#include "drift/verdict.h"

/* One column against its reference: the statistics, and whether the input is broken. */

/* v: n values, NaN missing; scratch: n doubles.  time: values are dates, which only go forward. */
void rai_drift_check_num(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const double *v, size_t n, double *scratch);

/*
 * The same of values that were counted between the limits below; up: room for t's slots.
 */
void rai_drift_check_tally(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const struct rai_drift_tally *t, uint32_t *up);

/* What rai_drift_check_tally asks for besides the order statistics; returns how many. */
#define RAI_DRIFT_LIMITS(ref) ((ref)->nbin + 9)
size_t rai_drift_check_limits(const struct rai_profile_col *ref, double *out);

/* All numeric columns of the window that are judged, before any adjustment.  -1: no memory. */
int rai_drift_check_joint(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    struct rai_drift_joint *out);

/*
 * now: nbin + 2 counts, the last two of missing and unseen; new_code: those of the window's codes
 * that name a new category, sorted, nnew of them; scratch: 3 * (ref->nbin + 2) numbers.
 */
void rai_drift_check_levels(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int64_t *now, const double *new_code, size_t nnew, int64_t *scratch);

/* scratch: 4 * (ref->nbin + 2) numbers; room: n. */
void rai_drift_check_cat(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int32_t *code, size_t n, int64_t *scratch, double *room);

/* The same of predictions or truths that are classes: v are their numbers, NaN: missing.  -1: no
 * memory. */
int rai_drift_check_class(
    struct rai_drift_check *out, const struct rai_profile_col *ref, const double *v, size_t n);

/* New categories, those that the reference's rows do not have.  out->n is known; as above. */
void rai_drift_check_new(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int64_t *now, const double *new_code, size_t nnew);

/*
 * What no market does to a feature: another unit of about the same size (Fahrenheit for Celsius).
 * sorted: n values, none missing.  And the name of a factor between units, or NULL: none is known.
 */
void rai_drift_check_near_unit(
    struct rai_drift_check *out, const struct rai_profile_col *ref, const double *sorted, size_t n);
const char *rai_drift_unit_name(double factor);

/*
 * One value for so long that it is no coincidence, if rows are in no order of their own: what one
 * column of the window says of that, and what all of them come to.  now: as above.
 */
struct rai_drift_still {
	int grouped; /* equal values lie side by side too often */
	int frozen;  /* one value: of a category in all rows, of a number in half of them or more */
	int unique;  /* and no value of the reference comes often */
	char why[160];
};
void rai_drift_still_num(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const double *v, size_t n, const double *sorted, size_t nsorted);
void rai_drift_still_cat(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const int32_t *code, size_t n, const int64_t *now);

/*
 * The same of a column that is counted, whose values pass in the order of the rows.  Those between
 * two order statistics are taken as all different, so that its neighbours may look equal too often.
 */
struct rai_drift_run {
	size_t n, run, most,
	    equal;          /* values, those equal to the last, the longest run, neighbours */
	double last, value; /* value: of the longest run; NaN: none yet */
};
#define RAI_DRIFT_RUN_INIT           \
	{                            \
		0, 0, 0, 0, NAN, NAN \
	}
void rai_drift_run_nums(struct rai_drift_run *r, const double *v, size_t n);
void rai_drift_run_codes(struct rai_drift_run *r, const int32_t *code, size_t n);
void rai_drift_still_tally(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const struct rai_drift_run *r, const struct rai_drift_tally *t);
void rai_drift_still_levels(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const struct rai_drift_run *r, const int64_t *now);

/* still: of n columns. */
void rai_drift_still_judge(
    const struct rai_drift_still *still, struct rai_drift_check *col, size_t n);

/* A column's three checks, in the order in which they are adjusted. */
enum rai_drift_what { RAI_DRIFT_SHAPE, RAI_DRIFT_ABSENT, RAI_DRIFT_STRANGE, RAI_DRIFT_CHECKS };

/* p: not adjusted; least: as in struct rai_drift_check. */
double rai_drift_p(const struct rai_drift_check *c, enum rai_drift_what what);
double rai_drift_p_least(const struct rai_drift_check *c, enum rai_drift_what what);

/* The verdict on a column, from its checks' adjusted p-values in that order; returns what follows
 * them. */
const double *rai_drift_check_decide(struct rai_drift_check *c, const double *p, double alpha);

/* Far enough to matter, by this share of the floor?  Of what was constant any move is. */
int rai_drift_moved(const struct rai_drift_check *c, enum rai_drift_what what, double share);

/* Rows of a window in which this effect would be significant at alpha, against m rows; p and its
 * adjusted value of n rows. */
int64_t rai_drift_rows_to_decide(double p, double adjusted, double alpha, double n, double m);

/* Rows that come again.  -1: no memory. */
int rai_drift_check_repeats(const struct rai_profile *ref, const struct rai_drift_rows *rows,
    struct rai_drift_repeats *out);

#endif

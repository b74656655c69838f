#ifndef RAI_DRIFT_CHECK_H
#define RAI_DRIFT_CHECK_H

#include "drift/verdict.h"

/* One column against its reference: the statistics, and whether the input is broken. */

/* v: n values, NaN missing; scratch: n doubles.  time: values are dates, which only go forward. */
void rai_drift_check_num(struct rai_drift_check *out, const struct rai_profile_col *ref, int time,
    const double *v, size_t n, double *scratch);

/* All numeric columns of the window that are judged, before any adjustment.  -1: no memory. */
int rai_drift_check_joint(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    struct rai_drift_joint *out);

/* scratch: 4 * (ref->nbin + 2) numbers. */
void rai_drift_check_cat(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int32_t *code, size_t n, int64_t *scratch);

#endif

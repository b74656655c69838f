#ifndef RAI_DRIFT_THRESHOLD_H
#define RAI_DRIFT_THRESHOLD_H

#include "drift/verdict.h"

/*
 * Fixed thresholds, because somebody asked for them: rule->psi_above, rule->ks_p_below and
 * rule->quorum.  They know nothing of the size of the window; what that means can be said.
 */

/*
 * Columns over a threshold have drifted, if there are enough of them.  They linger while so many
 * are near it: half way from the index without drift to the threshold, or a p-value below ten
 * times the one asked for, as far as windows without drift are so in one of five at most.
 */
void rai_drift_threshold_judge(const struct rai_drift_reference *ref,
    const struct rai_drift_rule *rule, struct rai_drift_inputs *in);

/*
 * The share of windows of n rows without drift in which enough columns are over a threshold, as if
 * columns were independent of each other.  0: the rule has no threshold.
 */
double rai_drift_threshold_rate(
    const struct rai_drift_reference *ref, const struct rai_drift_rule *rule, int64_t n);

/* Independent windows from the first to the end of the first `sustain` in a row, on average, where
 * each alarms with probability p; INFINITY: never. */
double rai_drift_threshold_every(double p, int64_t sustain);

#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/check.h"
#include "stat/stat.h"

/* One window of labelled pairs against the hold-out: the error, the target, which way it misses. */

/* Worse than the hold-out: the two means apart, one-sided, both with their standard errors. */
static double
worse_p(const struct rai_drift_reference *ref, const struct rai_stat_mean *loss)
{
	double se = loss->se;

	if (isnan(ref->accuracy))
		return 1;
	if (isfinite(ref->accuracy_se))
		se = sqrt(se * se + ref->accuracy_se * ref->accuracy_se);
	if (!(se > 0))
		return loss->mean > 1 - ref->accuracy ? 0 : 1;
	return isfinite(se) ? rai_stat_normal_tail((loss->mean - (1 - ref->accuracy)) / se) : 1;
}

static void
judge_accuracy(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double adjusted, double alpha, struct rai_drift_labels *out)
{
	double lost = ref->accuracy - out->accuracy;
	char text[RAI_DRIFT_P_TEXT];

	out->worse_lingers =
	    out->accuracy < rule->accuracy_below ||
	    (adjusted < rai_drift_alpha_back(alpha) && lost >= RAI_DRIFT_BACK * RAI_DRIFT_ACCURACY);
	if (!isnan(rule->accuracy_below) && out->high < rule->accuracy_below) {
		out->worse = 1;
		snprintf(out->why, sizeof(out->why), "accuracy %.3f (%.3f to %.3f) is below %.3f",
		    out->accuracy, out->low, out->high, rule->accuracy_below);
	} else if (adjusted < alpha && lost >= RAI_DRIFT_ACCURACY) {
		out->worse = 1;
		snprintf(out->why, sizeof(out->why),
		    "accuracy %.3f (%.3f to %.3f) against %.3f on the hold-out, p %s",
		    out->accuracy, out->low, out->high, ref->accuracy,
		    rai_drift_p_text(out->p, text));
	}
}

/* What each pair lost, of those that can be told; scratch is the memory of loss. */
static size_t
losses(const struct rai_drift_reference *ref, const double *prediction, const double *actual,
    size_t n, double *loss)
{
	int classes = rai_drift_says_classes(ref);
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (!isfinite(prediction[i]))
			continue;
		if (classes)
			loss[k++] = actual[i] != prediction[i];
		else if (actual[i] != 0)
			loss[k++] = fabs(actual[i] - prediction[i]) / fabs(actual[i]);
	}
	return k;
}

/* The target's own checks: how many p-values it adds, or -1: no memory. */
static int
check_target(const struct rai_drift_reference *ref, const double *actual, size_t n, double *room,
    struct rai_drift_check *c, double *p)
{
	const struct rai_profile_col *target = &ref->profile->target;

	if (target->name == NULL)
		return 0;
	if (target->kind == RAI_PROFILE_CAT) {
		if (!rai_drift_says_classes(ref))
			return 0;
		if (rai_drift_check_class(c, target, actual, n) != 0)
			return -1;
	} else if (target->nbin <= 1000)
		rai_drift_check_num(c, target, 0, actual, n, room);
	else
		return 0;
	p[0] = c->p;
	p[1] = c->p_missing;
	p[2] = c->kind == RAI_PROFILE_CAT ? c->p_unseen : c->p_outside;
	return 3;
}

int
rai_drift_judge_labels(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, const double *prediction, const double *actual, size_t n,
    struct rai_drift_labels *out, struct rai_err *err)
{
	double *loss = malloc((n + 1) * sizeof(*loss));
	double p[5] = {1, 1, 1, 1, 1};
	size_t order[5], np = 0, k;
	struct rai_stat_mean m;
	int checks;

	memset(out, 0, sizeof(*out));
	if (loss == NULL)
		return rai_fail_memory(err);
	out->rows = n;
	checks = check_target(ref, actual, n, loss, &out->target, p);
	if (checks < 0) {
		free(loss);
		return rai_fail_memory(err);
	}
	np = (size_t)checks;
	out->broken = out->target.broken;
	rai_drift_residual(
	    &out->residual, &ref->profile->error, prediction, actual, n, 1 - alpha, loss);
	p[np++] = out->residual.p;
	k = losses(ref, prediction, actual, n, loss);
	m = rai_stat_mean(loss, k, 1 - alpha);
	free(loss);
	out->accuracy = k > 0 ? fmax(0, 1 - m.mean) : NAN;
	out->low = k > 0 ? fmax(0, 1 - m.high) : NAN;
	out->high = k > 0 ? fmin(1, fmax(0, 1 - m.low)) : NAN;
	out->reference = ref->accuracy;
	out->p = p[np++] = worse_p(ref, &m);
	rai_stat_holm(p, order, np);
	if (out->target.name != NULL) {
		out->target.q = NAN;
		rai_drift_check_decide(&out->target, p, alpha);
		out->drifted = out->target.drifted;
		out->lingers = out->target.lingers;
	}
	if (out->broken)
		return 0;
	out->lingers |= rai_drift_residual_decide(&out->residual, p[np - 2], alpha);
	out->drifted |= out->residual.moved;
	judge_accuracy(ref, rule, p[np - 1], alpha, out);
	return 0;
}

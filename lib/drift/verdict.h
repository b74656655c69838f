#ifndef RAI_DRIFT_VERDICT_H
#define RAI_DRIFT_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "drift/profile.h"
#include "drift/residual.h"
#include "table/schema.h"

/*
 * One window against the reference: pure functions from values to a judgement.
 *
 * A check says "moved" when it is significant after Holm's correction over all checks of the
 * window AND its effect is above a floor, so that neither many columns nor many rows alone can
 * raise an alarm.  Before that the input is examined: what no market does (a column gone, another
 * unit, mostly unknown categories) is a broken input, not drift.
 */
enum rai_drift_on { RAI_DRIFT_ON_ERROR, RAI_DRIFT_ON_DRIFT, RAI_DRIFT_ON_EITHER };

struct rai_drift_rule {
	int64_t window;               /* rows judged at once, at least RAI_DRIFT_LEAST; or 0 and */
	int64_t sustain;              /* windows in a row that must agree, at least 1 */
	double alpha;                 /* of one window, over all its checks */
	int64_t false_alarm_every_ms; /* alpha follows from this and the traffic; 0: alpha */
	double psi_above;             /* of any feature; NaN: not used */
	double ks_p_below;            /* of any feature, not adjusted; 0: not used */
	/* features that must be over one of these two: 1 or more, or a share below 1; 0: one */
	double quorum;
	double accuracy_below; /* NaN: not used */
	enum rai_drift_on retrain_on;
	int64_t window_ms;       /* the time of one window, where it is not a number of rows */
	double coverage_least;   /* labelled share below which nothing is told; 0: any will do */
	int64_t ask_after_ms;    /* unlabelled drift asks a person; 0: never */
	int64_t slide, slide_ms; /* from one window to the next, in the same unit; 0: the window */
	/* what watches while windows fill (sentinel.h): bits of enum rai_stat_stream_kind, and
	 * whether the CUSUM watches inputs too */
	unsigned detectors;
	int detect_inputs;
	double false_alarm_rows; /* as false_alarm_every, in rows; 0: not known */
};

#define RAI_DRIFT_LEAST 20 /* fewer values are no evidence of anything */

/* Effect floors. */
#define RAI_DRIFT_KS 0.05       /* D, and */
#define RAI_DRIFT_W1 0.1        /* Wasserstein-1 in robust standard deviations */
#define RAI_DRIFT_TAIL 0.005    /* share of values in the tails beyond that to be expected */
#define RAI_DRIFT_JOINT 0.15    /* Mahalanobis distance of the mean ranks of all numbers */
#define RAI_DRIFT_TV 0.05       /* total variation between category shares */
#define RAI_DRIFT_MISSING 0.01  /* one point of missing rate, up or down */
#define RAI_DRIFT_UNSEEN 0.005  /* new categories beyond those to be expected */
#define RAI_DRIFT_ACCURACY 0.02 /* loss against the hold-out */

/*
 * The way back is longer than the way there: a window "lingers" when a check is still significant
 * at rai_drift_alpha_back and its effect above this share of its floor; threshold.h says the same
 * of fixed thresholds, and what a window costs (impact.h) lingers above this share of it.
 */
#define RAI_DRIFT_BACK 0.5

/* What is broken. */
#define RAI_DRIFT_SURGE 0.5   /* missing rate above the reference's by more than this */
#define RAI_DRIFT_GONE 0.99   /* or this, where the reference had values in one row of 20 */
#define RAI_DRIFT_FLOOD 0.8   /* share of categories never seen */
#define RAI_DRIFT_OUTSIDE 0.5 /* share of values outside the range of training */
#define RAI_DRIFT_UNIT 5.0    /* ratio of medians, with the shape kept */

struct rai_drift_reference {
	const struct rai_profile *profile;
	const struct rai_schema *schema;          /* column i of one is column i of the other */
	double accuracy, accuracy_se;             /* of the hold-out; NaN: not known */
	const struct rai_drift_estimator *impact; /* who expects losses (impact.h), or NULL */
};

/* Fills out and checks that profile and schema are about the same columns. */
int rai_drift_reference(const struct rai_profile *profile, const struct rai_schema *schema,
    struct rai_drift_reference *out, struct rai_err *err);

/* Is there something to compare predictions with?  Numbers, or classes: the schema's target has
 * them, and predictions and truths are then their places there (-2: none of them). */
int rai_drift_predicts(const struct rai_drift_reference *ref);
int rai_drift_says_classes(const struct rai_drift_reference *ref);

/*
 * Values of n rows, column by column: num[c][i] or code[c][i], the other is NULL.  Codes below
 * RAI_CODE_UNSEEN are categories that the schema does not know either, but equal ones are one.
 */
struct rai_drift_rows {
	size_t n, ncol;
	double **num;
	int32_t **code;
	double *prediction;
	unsigned char
	    *withheld; /* ncol: a row does not say the value, so the column says nothing */
};

/* Such a code for a text; two of a thousand texts share one once in two thousand times. */
int32_t rai_drift_new_category(const char *text, size_t len);
#define RAI_DRIFT_CODE_LEAST (RAI_CODE_UNSEEN - 1 - 0x3fffffff) /* no code is below */

/* One column's statistics. */
struct rai_drift_check {
	const char *name; /* lives as long as the profile */
	enum rai_profile_kind kind;
	int judged;   /* dates are time itself: reported, never drifted; nor is what is withheld */
	int withheld; /* by the log */
	size_t n;     /* values, missing ones not counted */
	double psi, psi_expected; /* over bins, missing and unseen */
	double js, js_expected;   /* Jensen-Shannon distance over the same */
	double d;                 /* numeric: KS */
	/* numeric: Wasserstein-1 between the same two quantiles, in robust sd; NaN: a constant */
	double w1, w1_expected;
	/* numeric: share more than RAI_DRIFT_W1 beyond one end of the reference (its range, or
	 * its outer 0.1 or 0.5 %, where it is least likely), what is to be expected there, and the
	 * p-value over all of them, not adjusted */
	double outside, outside_ref, p_outside;
	double x2, tv;          /* categorical */
	int64_t df;             /* categorical */
	double linf;            /* categorical: the largest difference of one level's share, */
	const char *linf_level; /* and that level; NULL: none differs */
	double p;               /* of KS (exact for small windows) or chi-squared, not adjusted */
	double missing, missing_ref;
	/* share of new categories, what is to be expected (Good-Turing), and of the most frequent
	 */
	double unseen, unseen_ref, unseen_one;
	double p_missing, p_unseen; /* not adjusted */
	/* the least that p, p_missing and p_unseen could be, whichever of the window's and the
	 * reference's rows together lay in the window */
	double least, least_missing, least_unseen;
	double q; /* expected share of false ones among the columns that look as moved as this or
		   * more (Benjamini and Hochberg); NaN: not judged */
	int drifted, broken;
	int lingers;   /* not clearly back; so wherever it is drifted */
	char why[160]; /* "" unless drifted or broken */
};

/*
 * All numbers together, where each alone has moved too little: Hotelling's test that the mean ranks
 * among the reference's values have not moved.  Of windows over RAI_DRIFT_JOINT_ROWS rows, so many
 * rows spread over the window.
 */
#define RAI_DRIFT_JOINT_ROWS 10000
struct rai_drift_joint {
	size_t columns, rows; /* 0: there was nothing to test */
	double distance, p;   /* not adjusted */
	int drifted, lingers;
	char why[160];
};

/* Rows of the window that are equal to those `distance` rows before: the most that are; or, with
 * distance 0, to any others. */
struct rai_drift_repeats {
	size_t rows, distance;
	int broken;
	char why[160];
};

/* Significant at rai_drift_alpha_back only, with an effect above its floor. */
struct rai_drift_close {
	const char *name; /* of the column, or a few words; NULL: there is none */
	double p;         /* adjusted */
	int64_t rows;     /* of a window that would decide; 0: not against so small a reference */
};

struct rai_drift_inputs {
	struct rai_drift_check *col; /* n */
	size_t n, rows;
	struct rai_drift_check prediction; /* name NULL: no reference for it */
	struct rai_drift_joint joint;
	struct rai_drift_repeats repeats;
	struct rai_drift_close close; /* where nothing has drifted or is broken */
	int drifted, lingers, broken;
};

struct rai_drift_labels {
	size_t rows;
	struct rai_drift_check target; /* name NULL: no reference for it */
	struct rai_drift_residual residual;
	double accuracy, low, high; /* 1 - MAPE (of actual values but 0), clipped to 0..1 */
	double reference, p;        /* hold-out; one-sided p of "worse than it", not adjusted */
	int drifted;                /* the target moved, or the way in which predictions miss */
	int worse;                  /* the error is worse */
	int lingers, worse_lingers; /* neither is clearly back */
	int broken;                 /* the labels are in another unit */
	int told;                   /* there are labels enough (coverage.h) */
	char why[160];              /* of worse, or why nothing is told */
};

int rai_drift_judge_inputs(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, const struct rai_drift_rows *rows, struct rai_drift_inputs *out,
    struct rai_err *err);

/*
 * The same of a window of that many rows that is held in another way (counts.h).  The function
 * fills out->col, out->prediction and out->joint from it, all zero before; -1: no memory.
 */
typedef int rai_drift_measure(
    const struct rai_drift_reference *ref, const void *window, struct rai_drift_inputs *out);
int rai_drift_judge_measured(const struct rai_drift_reference *ref,
    const struct rai_drift_rule *rule, double alpha, rai_drift_measure *measure, const void *window,
    size_t rows, struct rai_drift_inputs *out, struct rai_err *err);
void rai_drift_withhold(struct rai_drift_check *c); /* the window does not say that column */

void rai_drift_inputs_release(struct rai_drift_inputs *in);

/* A p-value for people: "0.012", or "<1e-300" where it is smaller than can be reckoned. */
#define RAI_DRIFT_P_TEXT 16
const char *rai_drift_p_text(double p, char out[RAI_DRIFT_P_TEXT]);

int rai_drift_judge_labels(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, const double *prediction, const double *actual, size_t n,
    struct rai_drift_labels *out, struct rai_err *err);

/*
 * The alpha of one window so that two families of checks (inputs, labels) over the windows that
 * come in `every` give one false alarm, when sustain independent windows must agree:
 * (1 / 2N)^(1 / sustain) with N = every / span, span the time that one window took.  Between 1e-6
 * and 0.05; fallback where either duration is not known.
 */
double rai_drift_alpha(int64_t every_ms, int64_t span_ms, int64_t sustain, double fallback);

/* The level below which a window lingers: ten times alpha, at most 0.2 (or alpha). */
double rai_drift_alpha_back(double alpha);

#endif

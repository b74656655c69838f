#ifndef RAI_DRIFT_IMPACT_H
#define RAI_DRIFT_IMPACT_H

#include "drift/verdict.h"

/*
 * What a window costs, before anybody knows its true values: the mean of what a small model of the
 * losses expects of each row (direct loss estimation).  That is right only while the target follows
 * from the inputs as it did: an estimate sees what a shift of the inputs costs, never that the
 * world has another rule.  And it is worth nothing outside of what was learned from: then the
 * answer is "cannot tell".
 */
enum rai_drift_impact_verdict { RAI_IMPACT_UNKNOWN, RAI_IMPACT_SAME, RAI_IMPACT_WORSE };

extern const char *const rai_drift_impact_names[]; /* "cannot tell" "same" "worse" */

/* Who expects losses, and how good that is (model/impact.h says how it is measured). */
struct rai_drift_estimate {
	double loss;
	double spoilt; /* probability that one of its columns is, as if half of all rows were */
	int outside;
};
struct rai_drift_estimator {
	int accuracy;     /* the metric is 1 - mean loss, "accuracy"; else the mean loss, "mae" */
	double reference; /* the mean loss of the hold-out */
	double spread;    /* of one row: sd of loss - estimate over the quadratic mean of these */
	double own;       /* relative sd of the estimate of a mean itself */
	double tail, tail_share, tail_index; /* how rare far larger losses are; 0: not known */
	double outside;                      /* share of the hold-out's rows that were outside */
	double spoilt, spoilt_sd;            /* mean and sd of that probability, over */
	double rows;                         /* of the hold-out */
	/* n rows, cells one row behind the other; prediction NULL: the model is asked for them.
	 * 0, or -1: no memory. */
	int (*ask)(const void *ctx, const struct rai_cell *cells, const double *prediction,
	    size_t n, struct rai_drift_estimate *out);
	const void *ctx;
};

#define RAI_IMPACT_ROWS_MAX 10000 /* rows of a window that are asked, spread over it */
#define RAI_IMPACT_COST_ROWS 200  /* the same for each column that moved */
#define RAI_IMPACT_COSTS 8        /* columns that are ranked */
#define RAI_IMPACT_OUTSIDE 0.03   /* more rows outside than chance explains */
#define RAI_IMPACT_SPOILT 0.002   /* a larger mean probability of "spoilt", the same */
#define RAI_IMPACT_MISSING 0.05   /* more missing values than in the reference */
#define RAI_IMPACT_MAE 0.1        /* relative loss, where the metric is no share */

/* What the shift of one column costs in the metric: above 0 it makes things worse. */
struct rai_drift_cost {
	const char *name; /* lives as long as the profile */
	double cost;
};

struct rai_drift_impact {
	enum rai_drift_impact_verdict verdict;
	const char *metric;         /* "accuracy" or "mae"; NULL: nobody can be asked */
	double expected, low, high; /* of the metric, 95 %; NaN where nothing can be told */
	double reference;           /* of the hold-out */
	int lingers;                /* not clearly back: also where it cannot be told */
	double outside, outside_expected, outside_limit; /* shares of rows */
	double spoilt, spoilt_expected, spoilt_limit;    /* mean probabilities */
	char reason[160];                                /* of "cannot tell" and of "worse" */
	struct rai_drift_cost cost[RAI_IMPACT_COSTS];    /* ncost, the largest first */
	size_t ncost;
};

/*
 * rows and in: the window and its judgement.  The interval is where the metric of these rows would
 * lie in 19 of 20 windows: E -+ 1.96 sqrt(spread^2 sum e^2 / n^2 + (own E)^2), e the estimates and
 * E their mean; and on the side where more is lost, further by E (q - 1) / n, as one row may lose
 * q times what it is expected to: in one window of 40 some row loses more than that.
 * loss: NULL, or rows->n places for what is expected of each row: 0 where it was not asked, and
 * all 0 where it cannot be told.
 */
int rai_drift_judge_impact(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    const struct rai_drift_rows *rows, const struct rai_drift_inputs *in,
    struct rai_drift_impact *out, double *loss, struct rai_err *err);

/* The same of n rows whose expected losses, and the squares of these, sum to so much; they are
 * known to be in support. */
void rai_drift_impact_expect(const struct rai_drift_estimator *e, double n, double loss,
    double square, struct rai_drift_impact *out);

/* What is to be expected, or that it cannot be told, in words; "" where nobody can be asked. */
void rai_drift_impact_say(const struct rai_drift_impact *impact, char *out, size_t size);

/*
 * Do labels contradict the estimate for the same rows?  Their interval is worse than it by more
 * than either allows: then not the inputs cost, but what was learned no longer holds (concept
 * drift).
 */
int rai_drift_impact_denied(
    const struct rai_drift_impact *impact, const struct rai_drift_labels *labels);

#endif

#ifndef RAI_DRIFT_CALIBRATE_PRIV_H
#define RAI_DRIFT_CALIBRATE_PRIV_H

#include "drift/calibrate.h"
#include "drift/draw.h"

/* What the files of the calibration share. */
struct rai_drift_simulation {
	const struct rai_drift_urn *urn;
	const struct rai_drift_plan *plan;
	size_t window, looks; /* windows begin so many times in the time of one */
	double alpha;
};

/* The alphas that are tried: 20 to a decade, from 1e-6 to 0.2. */
enum { RAI_DRIFT_GRID = 107 };
double rai_drift_grid(int g);

/* Windows that must have drifted before their share is taken for a number. */
enum { RAI_DRIFT_ENOUGH = 10 };

/* Clean windows: by reference and look, the first alpha of the grid at which it drifts;
 * RAI_DRIFT_GRID: at none. */
struct rai_drift_clean {
	const struct rai_drift_simulation *s;
	size_t references, windows; /* of each, that do not overlap */
	size_t looks;               /* 1, or as many as s has */
	int budget;                 /* 0: only s->alpha is asked about, as place 0 */
	int (*one)(struct rai_drift_clean *c, size_t reference); /* judges its windows */
	unsigned char *level;                                    /* references x windows x looks */
	unsigned char *broken;                                   /* the same */
	unsigned char *lost;                                     /* references: no memory */
};

/* What one is: windows of inputs, and of labelled pairs.  -1: no memory. */
int rai_drift_clean_inputs(struct rai_drift_clean *c, size_t reference);
int rai_drift_clean_labels(struct rai_drift_clean *c, size_t reference);

/* All above level has been filled in.  Released also after a failure. */
int rai_drift_clean_make(struct rai_drift_clean *c, struct rai_err *err);
void rai_drift_clean_release(struct rai_drift_clean *c);

/* Does a window drift at this alpha?  -1: no memory. */
typedef int rai_drift_drifts(void *look, double alpha, int *drifts);
int rai_drift_grid_find(
    const struct rai_drift_clean *c, rai_drift_drifts *drifts, void *look, unsigned char *level);

/* Windows that drift at a place of the grid. */
int64_t rai_drift_clean_hot(const struct rai_drift_clean *c, int g);

/*
 * Alarms in the time of one window.  Where windows overlap, as they were seen; where fewer than
 * RAI_DRIFT_ENOUGH were, at most: each begins at one of the looks, with windows in a row that do
 * not overlap.
 */
double rai_drift_clean_alarms(const struct rai_drift_clean *c, int g);

/* Is something known of the reference's errors that labels can be drawn from? */
int rai_drift_labels_known(const struct rai_drift_reference *ref);

/* 95 % for a share k of n: E. Wilson, Journal of the American Statistical Association 22, 1927. */
void rai_drift_wilson(int64_t k, int64_t n, double *low, double *high);

/* x to the power of n, one multiplication after the other. */
double rai_drift_power_of(double x, int64_t n);

/*
 * Rows from a move to the end of the first run of sustain windows, each hot with probability q,
 * that comes after it: half a step on average until the first whole one begins.  Where windows
 * overlap, at most.  NaN: never.
 */
double rai_drift_delay(double q, int64_t sustain, size_t window, size_t looks);

/*
 * Power of every column that is judged, against every effect; trials of each.  effect < 0: all
 * three, else only numbers moved by that.  The caller frees *out and the names in it.
 */
int rai_drift_powers(const struct rai_drift_simulation *s, double effect, size_t trials,
    struct rai_drift_power **out, size_t *n, struct rai_err *err);
void rai_drift_powers_free(struct rai_drift_power *p, size_t n);

#endif

#ifndef RAI_DRIFT_CALIBRATE_H
#define RAI_DRIFT_CALIBRATE_H

#include "base/hash.h"
#include "drift/verdict.h"

/*
 * How often do clean windows alarm, and what does an alarm see?  Measured by simulation on the
 * reference, with rai_drift_judge_inputs() as it judges windows, for alpha and the window to follow
 * from a budget of false alarms in time.
 *
 * The reference is itself a sample: each of `references` references is drawn anew (of as many rows,
 * while these are RAI_DRIFT_REDRAWN or fewer), and compared with `windows` windows drawn from the
 * same source.  An alarm is `sustain` windows in a row that drift: of all orders of a reference's
 * windows, the share that begins with so many (so a reference that is unlucky counts as it would:
 * its windows drift together).  Windows that overlap are drawn as they do.
 *
 * Half of the budget is for the inputs, half for the labels: pairs of a prediction and a true
 * value whose errors are drawn from those of the hold-out, judged by rai_drift_judge_labels()
 * against a hold-out that is drawn anew as well.  Of numbers the profile's errors are needed, of
 * classes the accuracy: a wrong one is drawn as often as the classes are.
 */
#define RAI_DRIFT_REDRAWN 20000

struct rai_drift_plan {
	int64_t window;     /* rows; 0: the one that sees half a standard deviation soonest */
	int64_t slide;      /* rows from one window to the next; 0: the window */
	int64_t sustain;    /* windows in a row */
	double alpha;       /* without a budget */
	int64_t every_ms;   /* one false alarm in this time; 0: no budget, alpha is measured */
	double rows_per_ms; /* traffic; 0: not known, then there is no budget */
	uint64_t seed;
	size_t references, windows; /* at least 2 and 10; 0: 40 and 50 */
	size_t trials;              /* of each effect; 0: 100 */
	size_t threads;             /* 0: one per core; the result is the same */
	double coverage;            /* share of the predictions that get a label; 0: no labels */
	double accuracy_below;      /* of labels, as in the rule; 0 or NaN: not used */
	int brief;                  /* no powers are measured */
	void (*tick)(void *ctx);    /* after each unit, from any thread; or NULL */
	void *tick_ctx;
};

/* Units of work, at most: of a window that is to be chosen some may be left out. */
size_t rai_drift_calibrate_units(const struct rai_drift_plan *plan);

/* One column moved by so much. */
struct rai_drift_power {
	char *column;
	enum rai_profile_kind kind;
	double effect;           /* numbers: robust sd; categories: share of rows moved to one */
	double power, low, high; /* of one window, at alpha */
	double rows;             /* from the move to the alarm, on average; NaN: never */
};

/* Windows in which nothing has changed. */
struct rai_drift_simulated {
	int64_t references, windows; /* all windows together; 0: none were simulated */
	int64_t hot, broken;         /* of these windows */
	double alarms, low, high;    /* in the time of one window, 95 % */
	int extrapolated;            /* alpha is below what was measured: by proportion */
};

struct rai_drift_calibration {
	char reference[RAI_HASH_DIGEST]; /* of the profile: rai_drift_profile_digest() */
	int64_t window, slide, sustain;  /* slide 0: windows do not overlap */
	double alpha;
	int64_t every_ms;   /* as planned */
	double rows_per_ms; /* as planned */
	double budget;      /* alarms per window of inputs that are allowed; NaN: none is stated */
	double coverage;    /* of labels, where they were simulated; 0: they were not */
	uint64_t seed;
	int from_rows;    /* drawn from rows; else from the profile, columns independent */
	int extrapolated; /* either is */
	struct rai_drift_simulated clean, labels; /* of inputs, of labelled pairs */
	struct rai_drift_power *power;
	size_t npower;
};

/*
 * rows: of the reference, or NULL: its profile is drawn from.  A budget that cannot be met, or that
 * is met by any alpha, gives the nearest alpha from 1e-6 to 0.2.  Caller releases *out.
 */
int rai_drift_calibrate(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    const struct rai_drift_plan *plan, struct rai_drift_calibration *out, struct rai_err *err);
void rai_drift_calibration_release(struct rai_drift_calibration *c);

/* "sha256:..." of the profile as it is written. */
int rai_drift_profile_digest(
    const struct rai_profile *p, char digest[RAI_HASH_DIGEST], struct rai_err *err);

/*
 * {"format": "ai.reconciled.calibration.v1", ...}, documented in rai-drift(1).  Reading takes what
 * a verdict needs: reference, window, sustain, alpha and the traffic.
 */
#define RAI_DRIFT_CALIBRATION_FORMAT "ai.reconciled.calibration.v1"
void rai_drift_calibration_write(
    const struct rai_drift_calibration *c, struct rai_jw *w, const char *key);
int rai_drift_calibration_read(
    const struct cJSON *obj, struct rai_drift_calibration *out, struct rai_err *err);

/* For people: what was found, and a line per column. */
void rai_drift_calibration_table(const struct rai_drift_calibration *c, struct rai_buf *out);

#endif

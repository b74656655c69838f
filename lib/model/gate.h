#ifndef RAI_MODEL_GATE_H
#define RAI_MODEL_GATE_H

#include "base/buf.h"
#include "model/metric.h"

/*
 * The gate: whether a new model may replace what runs.  Every check is made and listed, also
 * after one has failed.
 */
enum rai_verdict { RAI_VERDICT_FAILED, RAI_VERDICT_PASSED, RAI_VERDICT_UNCLEAR };

struct rai_check {
	const char *name; /* "at_least", "champion", "cases", "slices", "new_rows" */
	enum rai_verdict verdict;
	double value, limit; /* NaN: there is none */
	char message[256];
};

#define RAI_GATE_CHECKS 32 /* at most */

struct rai_gate {
	struct rai_check check[RAI_GATE_CHECKS];
	size_t n;
};

/* A new check, failed until its verdict is set.  name must outlive the gate. */
struct rai_check *rai_gate_add(struct rai_gate *g, const char *name);

/* Passed when every check is: "not enough evidence" does not pass. */
int rai_gate_passed(const struct rai_gate *g);

/* value >= limit, or <= limit for the metrics of error; NaN fails. */
void rai_gate_at_least(struct rai_gate *g, enum rai_metric metric, double value, double limit);

/*
 * The share of the n training rows whose date is after the champion's newest one may be at most
 * limit: a sudden flood of new rows (a broken export, an attack) does not teach by itself.
 * champion_newest is NaN where that is not known: then the check is unclear.
 */
void rai_gate_new_rows(struct rai_gate *g, const double *date, const size_t *rows, size_t n,
    double champion_newest, double limit);

/* There is nothing to compare with: passes, and says so. */
void rai_gate_no_champion(struct rai_gate *g);

/*
 * The new model's predictions p of held-out rows, and the champion's q of the same ones.  The
 * difference of the metric is bootstrapped in pairs; with its risk and 1 - risk
 * quantiles low and high:
 *   better               low > 0
 *   worse                high < 0, however little
 *   as good              low >= -margin: worse by more than the margin only with probability risk
 *   not enough evidence  anything else
 * Better and as good pass.  margin: 0.01 where larger is better, 2 % of the champion's value for an
 * error.  value is the difference, limit is -margin.
 */
int rai_gate_champion(struct rai_gate *g, enum rai_metric metric, const struct rai_scored *p,
    const double *q, double risk, uint64_t seed, size_t threads, struct rai_err *err);

/* Only n of the held-out rows were not learned from by the champion, too few to compare: unclear.
 */
int rai_gate_champion_seen(struct rai_gate *g, size_t n, size_t of);

/* Adds to the last check on how many rows it stands; known 0: the champion may have seen some. */
void rai_gate_champion_rows(struct rai_gate *g, size_t n, size_t of, int known);

/* {"passed":..,"checks":[...]} under key; an unclear check has "passed": null. */
void rai_gate_write(const struct rai_gate *g, struct rai_jw *w, const char *key);

#endif

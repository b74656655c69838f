#ifndef RAI_DRIFT_EXPLAIN_H
#define RAI_DRIFT_EXPLAIN_H

#include <stdint.h>

/*
 * What was expected of each of the newest RAI_DRIFT_MEMORY predictions when its window was judged,
 * so that labels, which come late and of some rows only, are held against what the inputs of just
 * these rows let expect.
 */
struct rai_drift_expected {
	double *loss; /* by seq modulo RAI_DRIFT_MEMORY; 0: not known; NULL: nobody expects */
};

struct rai_drift_watch;
struct rai_drift_couples;

/* -1: no memory.  Release is right also after a failure. */
int rai_drift_expected_init(struct rai_drift_expected *e);
void rai_drift_expected_release(struct rai_drift_expected *e);

/* seq must be among the newest, as must be what is put: a new prediction puts 0. */
void rai_drift_expected_put(struct rai_drift_expected *e, int64_t seq, double loss);
double rai_drift_expected_at(const struct rai_drift_expected *e, int64_t seq, int64_t predictions);

/* Into the watch: what the inputs let expect of these pairs, if that is known of at least half. */
void rai_drift_explain(struct rai_drift_watch *w, const struct rai_drift_couples *c);

#endif

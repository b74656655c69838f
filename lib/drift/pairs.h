#ifndef RAI_DRIFT_PAIRS_H
#define RAI_DRIFT_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Predictions and late labels joined by id, whichever comes first.  Remembers the newest
 * RAI_DRIFT_MEMORY ids, so that memory is bounded; older ones are forgotten.
 */
#define RAI_DRIFT_MEMORY ((size_t)1 << 18)
#define RAI_DRIFT_ID 64 /* bytes of an id with the NUL; longer ids are refused by the reader */

struct rai_drift_pairs;

struct rai_drift_pair {
	double prediction; /* NaN: another model answered */
	double actual;
	int64_t seq;               /* the how-many-th prediction, from 0 */
	int64_t made_ms, known_ms; /* of the prediction, of the label; 0: not known */
	int broken;                /* rai_drift_pairs_break has named it */
};

struct rai_drift_pairs *rai_drift_pairs_new(void); /* NULL: out of memory */
void rai_drift_pairs_free(struct rai_drift_pairs *p);

/* Each returns 1 and fills *pair when both halves are there now, 2 when this half was known
 * already (it is ignored: the first counts), 0 otherwise, -1: out of memory. */
int rai_drift_pairs_prediction(struct rai_drift_pairs *p, const char *id, double prediction,
    int64_t seq, int64_t time_ms, struct rai_drift_pair *pair, struct rai_err *err);
int rai_drift_pairs_label(struct rai_drift_pairs *p, const char *id, double actual, int64_t time_ms,
    struct rai_drift_pair *pair, struct rai_err *err);

/* Predictions from .. to - 1 had broken inputs: pairs made of them say so. */
void rai_drift_pairs_break(struct rai_drift_pairs *p, int64_t from, int64_t to);

/*
 * All that is remembered, for a state file: the i-th by age (the oldest is 0), and back, oldest
 * first.  NULL: there is none such; -1: no memory, or an id that is known already.
 */
struct rai_drift_entry {
	char id[RAI_DRIFT_ID];
	struct rai_drift_pair pair;
	uint32_t next; /* of the pairs' own */
	unsigned char have_prediction, have_label;
};
const struct rai_drift_entry *rai_drift_pairs_at(const struct rai_drift_pairs *p, size_t i);
int rai_drift_pairs_put(
    struct rai_drift_pairs *p, const struct rai_drift_entry *entry, struct rai_err *err);

/* Labels that are waiting for a prediction nobody has seen. */
size_t rai_drift_pairs_orphans(const struct rai_drift_pairs *p);

#endif

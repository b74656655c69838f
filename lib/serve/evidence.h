#ifndef RAI_SERVE_EVIDENCE_H
#define RAI_SERVE_EVIDENCE_H

#include "base/ulid.h"
#include "serve/join.h"
#include "stat/sequential.h"

/*
 * What speaks for a challenger: rows that both models have predicted and whose truth has come.
 * A pair's losses are |actual - prediction| / |actual|, at most 1, or of classes 1 for a wrong one:
 * 1 less what serve/join.h calls accuracy.  A true value of 0 has no relative error and makes no
 * pair.
 *
 * Remembers about RAI_EVIDENCE_KEPT rows that wait for something.  The caller keeps threads apart.
 */
enum { RAI_EVIDENCE_KEPT = 1 << 16 };

struct rai_serve_evidence;

int rai_serve_evidence_new(
    enum rai_join_task task, struct rai_serve_evidence **out, struct rai_err *err);
void rai_serve_evidence_free(struct rai_serve_evidence *e); /* NULL is fine */

enum rai_serve_side { RAI_SIDE_CHAMPION, RAI_SIDE_CHALLENGER };

/* One side's prediction of the row with this id; the first begins to wait for the rest. */
void rai_serve_evidence_prediction(
    struct rai_serve_evidence *e, const char *id, enum rai_serve_side side, double prediction);

/* The truth, if the row is one that waits; the first counts. */
void rai_serve_evidence_truth(struct rai_serve_evidence *e, const char *id, double actual);

/* Of the pairs so far: the challenger's loss less the champion's. */
const struct rai_stat_sequence *rai_serve_evidence_so_far(const struct rai_serve_evidence *e);

#endif

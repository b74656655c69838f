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
 *
 * Kept in a file, all of this is that file, mapped and locked, as serve/keep.h is: it outlives the
 * process, however that ends.  A file about other models is replaced.
 */
enum { RAI_EVIDENCE_KEPT = 1 << 16 };

struct rai_serve_evidence;

struct rai_serve_evidence_config {
	enum rai_join_task task;
	const char *path;                  /* or NULL: in memory */
	const char *champion, *challenger; /* digests: whose evidence it is; both shorter than 80 */
};

int rai_serve_evidence_new(const struct rai_serve_evidence_config *config,
    struct rai_serve_evidence **out, struct rai_err *err);
void rai_serve_evidence_free(struct rai_serve_evidence *e); /* NULL is fine */

enum rai_serve_side { RAI_SIDE_CHAMPION, RAI_SIDE_CHALLENGER };

/* One side's prediction of the row with this id; the first begins to wait for the rest. */
void rai_serve_evidence_prediction(
    struct rai_serve_evidence *e, const char *id, enum rai_serve_side side, double prediction);

/* The truth, if the row is one that waits; the first counts. */
void rai_serve_evidence_truth(struct rai_serve_evidence *e, const char *id, double actual);

/* Of the pairs so far: the challenger's loss less the champion's. */
const struct rai_stat_sequence *rai_serve_evidence_so_far(const struct rai_serve_evidence *e);

/* The verdict that was said last; kept with the rest, so that it is not said again. */
enum rai_stat_verdict rai_serve_evidence_verdict(const struct rai_serve_evidence *e);
void rai_serve_evidence_said(struct rai_serve_evidence *e, enum rai_stat_verdict verdict);

#endif

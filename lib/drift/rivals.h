#ifndef RAI_DRIFT_RIVALS_H
#define RAI_DRIFT_RIVALS_H

#include <stdint.h>

#include "base/err.h"
#include "stat/sequential.h"

/*
 * Two models and the truth about what they said, from their logs: which one errs less?  A loss is
 * |actual - prediction| / |actual|, at most 1 (none where the truth is 0), or of classes 1 for a
 * wrong one, as rai-serve's trials have it.
 *
 * Where both have predicted the same rows (by id), a difference is of the two losses of a row.
 * Else each answered its own: then a difference is of the mean losses of the newest rows of both,
 * as soon as there is one of each since the last difference, in the order of their truths' times;
 * or, where the two were not at work at one time, of the i-th loss of each.  All differences lie in
 * [-1, 1] and are known one by one, so that rai_stat_sequence takes them; those of other rows also
 * hold whatever differs between the rows.
 *
 * Ids are remembered as 128 bits, 8 million of them.
 */
struct rai_drift_rivals;

enum { RAI_RIVAL_CHAMPION, RAI_RIVAL_CHALLENGER };

struct rai_drift_rivals *rai_drift_rivals_new(void); /* NULL: out of memory */
void rai_drift_rivals_free(struct rai_drift_rivals *r);

/* What a side said of a row, and what was true; the first of each counts.  Classes as numbers that
 * are equal where they are (rai_drift_rivals_class()).  time_ms: of the line, 0: not known. */
int rai_drift_rivals_said(struct rai_drift_rivals *r, const char *id, int side, double value,
    int64_t time_ms, struct rai_err *err);
int rai_drift_rivals_truth(
    struct rai_drift_rivals *r, const char *id, double value, int64_t time_ms, struct rai_err *err);

/* Losses are 0 or 1 from now on. */
void rai_drift_rivals_classes(struct rai_drift_rivals *r);
double rai_drift_rivals_class(const char *text);

struct rai_drift_contest {
	int classes;
	int paired;                      /* the same rows */
	int apart;                       /* not at one time: what differs may be the time */
	int64_t rows[2];                 /* with their truth, of each side */
	double loss[2];                  /* mean; NaN: of none */
	struct rai_stat_sequence so_far; /* the challenger's less the champion's */
};

void rai_drift_rivals_contest(const struct rai_drift_rivals *r, struct rai_drift_contest *out);

#endif

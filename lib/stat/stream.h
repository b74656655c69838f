#ifndef RAI_STAT_STREAM_H
#define RAI_STAT_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Has a stream of numbers changed?  One value in, an alarm out or none, in bounded memory.  After
 * an alarm a detector begins anew; the CUSUM, which knows what is normal, from its reference, all
 * others by learning from what follows.
 *
 * cusum: E. Page, "Continuous inspection schemes", Biometrika 41, 1954, on both sides or upwards,
 *   of the normal scores of a value's rank among a reference's (stream_cusum.c), for three sizes of
 *   change at once.  The limit is such that of clean streams of `per` values at most `share` alarm.
 * page-hinkley: the same paper's test against the mean so far, on both sides (River's form).
 * adwin: A. Bifet, R. Gavalda, "Learning from time-changing data with adaptive windowing", SIAM
 *   International Conference on Data Mining, 2007.
 * ddm: J. Gama, P. Medas, G. Castillo, P. Rodrigues, "Learning with drift detection", SBIA 2004,
 *   and eddm: M. Baena-Garcia and others, "Early drift detection method", 2006: of values 0 and 1,
 *   where 1 is an error.  Both have warnings.
 * kswin: C. Raab, M. Heusinger, F. Schleif, "Reactive soft prototype computing for concept drift
 *   streams", Neurocomputing 416, 2020.
 */
enum rai_stat_stream_kind {
	RAI_STREAM_CUSUM,
	RAI_STREAM_PAGE_HINKLEY,
	RAI_STREAM_ADWIN,
	RAI_STREAM_DDM,
	RAI_STREAM_EDDM,
	RAI_STREAM_KSWIN
};

/* "cusum" "page-hinkley" "adwin" "ddm" "eddm" "kswin" */
extern const char *const rai_stat_stream_names[];

struct rai_stat_stream_rule {
	enum rai_stat_stream_kind kind;
	/* cusum: order statistics, sorted, of `rows` values; they must outlive the detector */
	const double *reference;
	size_t nreference;
	int64_t rows;
	int upward; /* cusum: values are sizes of errors, and only larger ones are a change */
	double share, per;
	double delta;           /* page-hinkley: change allowed for; adwin: confidence */
	double threshold, keep; /* page-hinkley: the limit; what is kept of a sum at each value */
	double alpha;           /* kswin: significance; eddm: warns below this */
	double beta;            /* eddm: alarms below this; ddm: warns above so many sd */
	double sd;              /* ddm: alarms above so many sd */
	int64_t least;          /* values before anything is said: page-hinkley, ddm, eddm */
	int64_t window, recent; /* kswin: values kept, newest of them tested; at most 1000 */
	uint64_t seed;          /* cusum: of the limit; kswin: of the sample */
};

/* The rule that the paper, or River where the paper leaves it open, gives; of a CUSUM 4 % in 6,000
 * values of a reference still to be named. */
struct rai_stat_stream_rule rai_stat_stream_default(enum rai_stat_stream_kind kind);

/* What an alarm is about, in the values' unit. */
struct rai_stat_change {
	int64_t samples;      /* since the change, as far as the detector knows */
	double before, after; /* means */
};

enum { RAI_STREAM_QUIET, RAI_STREAM_WARNING, RAI_STREAM_ALARM };

struct rai_stat_stream;

int rai_stat_stream_new(const struct rai_stat_stream_rule *rule, struct rai_stat_stream **out,
    struct rai_err *err);                             /* -1: a rule out of range, or no memory */
void rai_stat_stream_free(struct rai_stat_stream *s); /* NULL is fine */

/* QUIET, WARNING or ALARM, which fills *change; NaN is passed over; -1: out of memory. */
int rai_stat_stream_push(struct rai_stat_stream *s, double v, struct rai_stat_change *change);

/* As after an alarm. */
void rai_stat_stream_reset(struct rai_stat_stream *s);

/* cusum: another share, from now on. */
void rai_stat_stream_share(struct rai_stat_stream *s, double share);

/*
 * All that a detector remembers: so many numbers, all finite, belonging to it.  restore takes those
 * of a detector of the same rule; -1 (and nothing changes): they are not.
 */
const double *rai_stat_stream_state(const struct rai_stat_stream *s, size_t *n);
int rai_stat_stream_restore(
    struct rai_stat_stream *s, const double *state, size_t n, struct rai_err *err);

#endif

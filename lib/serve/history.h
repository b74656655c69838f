#ifndef RAI_SERVE_HISTORY_H
#define RAI_SERVE_HISTORY_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Inside of this room: how what answered for each name did, minute by minute, over the last day;
 * Prometheus keeps what is older.  A model that replaces another goes on with its history, also
 * that of an earlier process, which had packed it.
 */
enum { RAI_HISTORY_POINTS = 24 * 60, RAI_HISTORY_EVERY_S = 60 };

/* NaN: not known at that time. */
struct rai_serve_point {
	int64_t ms;        /* the end of the minute, since 1970 */
	double accuracy;   /* rolling */
	double drift;      /* the largest index of a feature, in units of its threshold */
	double p50, p99;   /* seconds of the minute's predictions */
	double per_second; /* requests for predictions that were answered */
};

struct rai_serve_history;

int rai_serve_history_new(size_t nmodel, struct rai_serve_history **out, struct rai_err *err);
void rai_serve_history_free(struct rai_serve_history *h); /* NULL is fine */
void rai_serve_history_add(
    struct rai_serve_history *h, size_t model, const struct rai_serve_point *p);

/*
 * The points of the day before now_ms, oldest first, into room for RAI_HISTORY_POINTS; returns how
 * many.
 */
size_t rai_serve_history_read(
    struct rai_serve_history *h, size_t model, int64_t now_ms, struct rai_serve_point *out);

/*
 * How many of the first of n points, at least 1, follow each other without a minute that is
 * missing: nobody noted it, so that nothing is known of it.
 */
size_t rai_serve_history_stretch(const struct rai_serve_point *p, size_t n);

/* The points of one model take at most so many bytes when they are packed. */
#define RAI_HISTORY_PACKED ((size_t)128 << 10)

/*
 * All points of a model and behind them the bytes of rest, appended to out in the byte order of the
 * machine; and from there, into a history without points.  Behind *used the rest begins, at 0 where
 * from does not begin with a history.  kind: of what is predicted; points of another kind are
 * passed over, and what rai_serve_history_pack() cannot have written is an error.
 */
int rai_serve_history_pack(struct rai_serve_history *h, size_t model, uint64_t kind,
    const struct rai_buf *rest, struct rai_buf *out, struct rai_err *err);
int rai_serve_history_unpack(struct rai_serve_history *h, size_t model, uint64_t kind,
    const struct rai_buf *from, size_t *used, struct rai_err *err);

#endif

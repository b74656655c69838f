#ifndef RAI_SERVE_HISTORY_H
#define RAI_SERVE_HISTORY_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Inside of this room: how each model did, minute by minute, over the last day.  It lives and dies
 * with the process; Prometheus keeps what is older.
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

/* The points, oldest first, into room for RAI_HISTORY_POINTS; returns how many. */
size_t rai_serve_history_read(
    struct rai_serve_history *h, size_t model, struct rai_serve_point *out);

#endif

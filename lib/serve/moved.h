#ifndef RAI_SERVE_MOVED_H
#define RAI_SERVE_MOVED_H

#include "serve/models.h"

/*
 * Inside of this room: how far a feature (or, behind the last, the prediction) has moved from its
 * training, in the shortest window of the last hour, the last day and all time in which chance
 * alone gives no larger an index than the effect that is looked for.
 */
struct rai_serve_moved {
	int64_t since_ms; /* when the window began */
	enum rai_rolling_window window;
	int64_t n;                       /* live values in it */
	double psi, expected, threshold; /* expected: by chance alone, at this many values */
	int enough;                      /* values to say anything */
	int judged;                      /* a date moves by itself, and is not */
};

/* Live bins against those of training; -1: the model has none for it, or there is no memory. */
int rai_serve_moved(const struct rai_serve_live *live, size_t col, struct rai_serve_moved *out);

/*
 * The index in units of its threshold, step by step of RAI_ROLLING_HOUR or RAI_ROLLING_DAY, oldest
 * first, into room for RAI_ROLLING_SERIES; NaN where a step has too few values.  Returns how many.
 */
size_t rai_serve_moved_series(
    const struct rai_serve_live *live, size_t col, enum rai_rolling_window window, double *out);

/* The largest such index of all features that are judged; NaN: of none. */
double rai_serve_moved_most(const struct rai_serve_live *live);

#endif

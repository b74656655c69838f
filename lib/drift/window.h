#ifndef RAI_DRIFT_WINDOW_H
#define RAI_DRIFT_WINDOW_H

#include "drift/watch.h"

/* The memory of one window: rows column by column, and where they lie. */
struct rai_drift_window {
	const struct rai_schema *schema; /* belongs to the caller */
	struct rai_drift_rows rows;
	struct rai_drift_span span;
	size_t cap;
};

/* Labelled pairs. */
struct rai_drift_couples {
	double *prediction, *actual;
	int64_t *seq;
	size_t n, cap;
};

/* 0, or -1: out of memory.  Release is right also after a failure. */
int rai_drift_window_init(struct rai_drift_window *w, const struct rai_schema *schema);
int rai_drift_window_add(struct rai_drift_window *w, const struct rai_drift_row *row);
void rai_drift_window_clear(struct rai_drift_window *w); /* keeps the memory */
void rai_drift_window_release(struct rai_drift_window *w);

int rai_drift_couples_add(
    struct rai_drift_couples *c, double prediction, double actual, int64_t seq);
void rai_drift_couples_release(struct rai_drift_couples *c);

#endif

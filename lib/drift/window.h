#ifndef RAI_DRIFT_WINDOW_H
#define RAI_DRIFT_WINDOW_H

#include "drift/watch.h"

/*
 * The memory of one window: rows column by column, and where they lie.  A window is made of panes:
 * one where windows are disjoint; where they overlap, as many as the step from one window to the
 * next goes into the window, and the next one drops the oldest pane and has a new one.
 */
struct rai_drift_pane {
	struct rai_drift_span span;
	unsigned char *withheld; /* per column */
};

struct rai_drift_window {
	const struct rai_schema *schema; /* belongs to the caller */
	struct rai_drift_rows rows;      /* withheld and span: as of rai_drift_window_sum */
	struct rai_drift_span span;
	size_t cap;
	struct rai_drift_pane *pane; /* held of npane, oldest first; rows go into the newest */
	size_t npane, held;
};

/* Labelled pairs. */
struct rai_drift_couples {
	double *prediction, *actual; /* as in pair, side by side */
	struct rai_drift_pair *pair;
	size_t n, cap;
};

/* npane at least 1.  0, or -1: out of memory.  Release is right also after a failure. */
int rai_drift_window_init(
    struct rai_drift_window *w, const struct rai_schema *schema, size_t npane);
int rai_drift_window_add(struct rai_drift_window *w, const struct rai_drift_row *row);

/* Only the values of a row, whose pane is told otherwise. */
int rai_drift_window_put(struct rai_drift_window *w, const struct rai_drift_row *row);

/* The newest pane has all its rows: the next one, empty, in the place of the oldest if need be. */
void rai_drift_window_turn(struct rai_drift_window *w);

void rai_drift_window_sum(struct rai_drift_window *w);   /* span and withheld over all panes */
void rai_drift_window_clear(struct rai_drift_window *w); /* keeps the memory; one empty pane */
void rai_drift_window_release(struct rai_drift_window *w);

/* Rows and sums of one into the other, whose schema is the same.  0, or -1: out of memory. */
int rai_drift_window_copy(struct rai_drift_window *to, const struct rai_drift_window *from);

int rai_drift_couples_add(struct rai_drift_couples *c, const struct rai_drift_pair *pair);
void rai_drift_couples_release(struct rai_drift_couples *c);

#endif

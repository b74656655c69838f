#ifndef RAI_DRIFT_FAMILY_H
#define RAI_DRIFT_FAMILY_H

#include <stddef.h>

/* The p-values of one window, judged together. */
struct rai_drift_family {
	double *p;     /* n, in the order they came */
	double *least; /* n: what each could be at least */
	double *work;
	size_t *at, *order;
	size_t n;
};

/* Room for so many.  -1: no memory.  Release is right also after a failure. */
int rai_drift_family_init(struct rai_drift_family *f, size_t most);
void rai_drift_family_release(struct rai_drift_family *f);

void rai_drift_family_add(struct rai_drift_family *f, double p, double least);

/*
 * p becomes the level at which each is significant among all (Holm).  Those that could not be
 * significant at alpha even at their least are no part of that, and become 1.
 */
void rai_drift_family_adjust(struct rai_drift_family *f, double alpha);

#endif

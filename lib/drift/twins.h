#ifndef RAI_DRIFT_TWINS_H
#define RAI_DRIFT_TWINS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Rows that are equal in all columns, by a hash of 64 bits for each of n rows: zeroed, then all
 * columns one after the other.  Missing values are equal.
 */
void rai_drift_twins_num(uint64_t *hash, const double *v, size_t n);
void rai_drift_twins_cat(uint64_t *hash, const int32_t *code, size_t n);

/* Pairs of equal rows; sorts the hashes. */
int64_t rai_drift_twins_pairs(uint64_t *hash, size_t n);

#endif

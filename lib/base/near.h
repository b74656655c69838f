#ifndef RAI_BASE_NEAR_H
#define RAI_BASE_NEAR_H

#include <stddef.h>

/*
 * How far apart two words are: insertions, deletions and replacements of bytes (Levenshtein).
 * For "did you mean": RAI_NEAR_LIMIT and more is too far to be suggested; words longer than 40
 * bytes always are.
 */
enum { RAI_NEAR_LIMIT = 3 };

size_t rai_near_distance(const char *a, const char *b);

#endif

#ifndef RAI_DRIFT_CHAIN_H
#define RAI_DRIFT_CHAIN_H

#include <stddef.h>

/*
 * A log and what it was before: path (place 0), path.1, path.2 and so on, the higher the older.
 * Files only ever move up, one place at a time, while somebody looks.
 */

/* HOLES: names in a row that may be missing, because files are just being moved. */
enum { CHAIN_PLACES = 10000, CHAIN_HOLES = 3 };

/* The place of the file that fd holds, or -1: it is not in the chain (any more). */
int chain_place(const char *path, int fd);

/* The name of a place; 0, or -1: it does not fit. */
int chain_name(const char *path, int place, char *out, size_t size);

#endif

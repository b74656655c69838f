#ifndef RAI_DRIFT_LINES_H
#define RAI_DRIFT_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Lines of a descriptor as they become complete; a line longer than max is cut to max + 1. */
struct lines {
	int fd;
	const char *name;
	char *buf;
	size_t cap, at, end, max;
	int cutting;    /* inside a line whose beginning was too long */
	int64_t thrown; /* bytes of the line in progress that were cut off */
	int64_t number; /* of the line given last, from 1 */
};

int lines_open(struct lines *l, const char *path, size_t max, struct rai_err *err);
void lines_close(struct lines *l); /* right also after a failed open */

/* 1 with a line without its newline, valid until the next call; 0: none complete now. */
int lines_next(struct lines *l, const char **text, size_t *len);

/* Reads more: 1; 0 at the end (for now); -1 failed. */
int lines_fill(struct lines *l, struct rai_err *err);

/* Where in the file the next line begins; -1: it is none that one can go back in. */
int64_t lines_offset(const struct lines *l);

/*
 * What stands behind the last newline is read again, where one can go back: its writer may take it
 * back, and something else comes in its place.  A line that is being cut is left only when that is
 * seen to have happened, as it may have no end.
 */
int lines_back(struct lines *l, struct rai_err *err);

/* What stands behind the last newline. */
void lines_rest(struct lines *l, const char **text, size_t *len);

#endif

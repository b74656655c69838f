#ifndef RAI_TABLE_EACH_H
#define RAI_TABLE_EACH_H

#include "base/team.h"
#include "table/csv.h"

/*
 * All rows that a reader has left, read by several threads: the source is fetched in loads, a load
 * is cut at row ends into pieces, a thread reads a piece at a time.  Where pieces end depends on
 * the bytes alone, not on the threads.
 */
struct rai_each {
	void *ctx;
	size_t threads; /* 0: one per core */
	size_t block;   /* bytes of a piece, about; 0: a good number */

	/* Makes ready for pieces 0 .. n - 1 of a load. */
	int (*room)(void *ctx, size_t n, struct rai_err *err);

	/*
	 * Reads the rows of piece i, on any thread, at the same time as others.  -1: something is
	 * wrong with it or must be done in order; the piece comes again below.
	 */
	int (*piece)(void *ctx, struct rai_rows *rows, size_t i);

	/*
	 * The pieces from first up to end went well and their turn has come.  *taken <= end says
	 * how many of them are done with; the one after them is read again.
	 */
	int (*join)(void *ctx, struct rai_team *team, size_t first, size_t end, size_t *taken,
	    struct rai_err *err);

	/* Reads a piece again, in order, now with the right lines in rows and in messages. */
	int (*again)(void *ctx, struct rai_rows *rows, struct rai_err *err);
};

/* 0 at the end, or -1 with the first error in the order of the rows. */
int rai_rows_each(struct rai_rows *r, const struct rai_each *each, struct rai_err *err);

#endif

#ifndef RAI_TABLE_CUT_H
#define RAI_TABLE_CUT_H

#include <stddef.h>

#include "table/rows.h"

/*
 * The rest of a source in loads of several pieces, each of whole rows, so that threads can read
 * one piece each; private to this room.
 *
 * A line feed ends a row where an even number of quotes stands before it.  That is what the reader
 * of rows sees too, up to the first quote that stands where it must not, which lies in a piece that
 * is cut where the reader would: it is met there, and nothing after it counts.
 */
struct rai_piece {
	const char *p; /* RAI_SCAN_PAD bytes past its end may be read */
	size_t n;
	int whole; /* 0: a row of RAI_ROWS_MAX bytes and more, of which this is the start */
};

struct rai_load {
	char *text; /* cap and a few bytes more */
	size_t n, cap;
	size_t used; /* bytes in pieces; those behind start the next load */
	struct rai_piece *piece;
	size_t npiece, room;
	int last;           /* the source has no more bytes */
	struct rai_err err; /* the source failed after these bytes; code RAI_OK: it did not */
};

/*
 * Fills next with what before did not use (NULL: with what r has read and not used) and about
 * block x pieces bytes of r's source.  -1 with err: no memory; a source that fails is no error
 * here.
 */
int rai_load_fill(struct rai_rows *r, const struct rai_load *before, size_t block, size_t pieces,
    struct rai_load *next, struct rai_err *err);
void rai_load_release(struct rai_load *load);

#endif

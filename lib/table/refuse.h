#ifndef RAI_TABLE_REFUSE_H
#define RAI_TABLE_REFUSE_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Rows that are set aside while a table is read, with the reason, instead of ending the reading:
 * what rai_table_options.refused points to.  Such rows are read by one thread.
 */
enum rai_refusal {
	RAI_REFUSED_TARGET,    /* no target */
	RAI_REFUSED_DUPLICATE, /* the same as an earlier row */
	RAI_REFUSED_FIELDS,    /* another number of fields than the header */
	RAI_REFUSED_ENCODING,  /* not UTF-8 */
	RAI_REFUSED_QUOTES, /* a quote where none may stand; the row is taken to end at its line */
	RAI_REFUSED_JSON,   /* a line that is no row */
	RAI_REFUSED_VALUE,  /* text in a column of numbers or dates, and the like */
	RAI_REFUSALS
};

struct rai_refused {
	/*
	 * One JSON object a line: line, file, kind (of rai_refusal), reason, and row (the fields
	 * by column) or, where the fields are not known, text.  Caller frees.
	 */
	struct rai_buf rows;
	size_t count[RAI_REFUSALS];
	/*
	 * The largest share of rows that may be malformed (all kinds from RAI_REFUSED_FIELDS on):
	 * with more the file is broken, and reading it an error.
	 */
	double at_most;
	int too_many;            /* that is why reading failed; rows holds all of them */
	char first[RAI_ERR_MAX]; /* what was wrong with the first malformed row; "": none was */
};

#define RAI_REFUSED_BYTES ((size_t)1 << 30) /* of rows */

/* "no_target", "duplicate", "fields", "encoding", "quotes", "json", "value". */
const char *rai_refusal_name(enum rai_refusal kind);

size_t rai_refused_malformed(const struct rai_refused *r);

#endif

/*
 * Rows that are read, written with every field quoted and read again are the same rows; and what
 * a table is made of does not crash its reader, whatever the bytes.
 */
#include "table/table.h"

#include <string.h>

#include "fuzz.h"

#define LIMIT ((size_t)32 << 20)

static void
put_quoted(struct rai_buf *out, const char *p, size_t n, char before)
{
	size_t i;

	rai_buf_char(out, before);
	rai_buf_char(out, '"');
	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			rai_buf_char(out, '"');
		rai_buf_char(out, p[i]);
	}
	rai_buf_char(out, '"');
}

/* The rows as CSV, every field quoted.  1: all were read; 0: the input was refused. */
static int
rewrite(const void *data, size_t size, struct rai_buf *out)
{
	const struct rai_field *f;
	struct rai_source *s = NULL;
	struct rai_rows *r = NULL;
	size_t i;
	int rc;

	if (rai_source_memory("fuzz", data, size, &s, NULL) != 0 ||
	    rai_rows_open(s, RAI_FORMAT_AUTO, 0, &r, NULL) != 0)
		return 0;
	for (i = 0; i < rai_rows_width(r); i++)
		put_quoted(
		    out, rai_rows_column(r, i), strlen(rai_rows_column(r, i)), i == 0 ? '\n' : ',');
	while ((rc = rai_rows_next(r, &f, NULL)) == 0)
		for (i = 0; i < rai_rows_width(r); i++)
			put_quoted(out, f[i].p, f[i].len, i == 0 ? '\n' : ',');
	rai_rows_close(r);
	return rc == 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_buf once = RAI_BUF_INIT(LIMIT), twice = RAI_BUF_INIT(LIMIT);
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (rewrite(data, size, &once) && !once.bad) {
		if (!rewrite(once.ptr, once.len, &twice))
			abort();
		if (!twice.bad &&
		    (once.len != twice.len || memcmp(once.ptr, twice.ptr, once.len) != 0))
			abort();
	}
	if (rai_source_memory("fuzz", data, size, &s, &err) == 0 &&
	    rai_table_from(s, NULL, &t, &err) != 0 && err.msg[0] == '\0')
		abort(); /* refused without a reason */
	if (t != NULL && t->nrow == 0)
		abort();
	rai_table_free(t);
	rai_buf_free(&once);
	rai_buf_free(&twice);
	return 0;
}

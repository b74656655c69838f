/*
 * Rows that are read, written with every field quoted and read again are the same rows; a table
 * that is read in pieces is the one that is read at once, or the same error; and what a table is
 * made of does not crash its reader, whatever the bytes.
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

static struct rai_table *
read_table(const void *data, size_t size, size_t block, struct rai_err *err)
{
	/* types from one row: most of what is read comes after it, some decides a type */
	const struct rai_table_options o = {.sample = 1, .threads = 1, .block = block};
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("fuzz", data, size, &s, err) == 0 &&
	    rai_table_from(s, &o, &t, err) != 0 && err->msg[0] == '\0')
		abort(); /* refused without a reason */
	return t;
}

static int
same_column(const struct rai_table *a, const struct rai_table *b, size_t j)
{
	const struct rai_col_spec *x = &a->schema.col[j], *y = &b->schema.col[j];
	size_t i;

	if (x->type != y->type || x->day_first != y->day_first || x->nlevel != y->nlevel ||
	    a->col[j].missing != b->col[j].missing)
		return 0;
	for (i = 0; i < x->nlevel; i++)
		if (strcmp(x->level[i], y->level[i]) != 0)
			return 0;
	if (x->type == RAI_COL_CAT)
		return memcmp(a->col[j].code, b->col[j].code, a->nrow * sizeof(int32_t)) == 0;
	return memcmp(a->col[j].num, b->col[j].num, a->nrow * sizeof(double)) == 0;
}

static int
same_table(const struct rai_table *a, const struct rai_table *b)
{
	size_t j;

	if (a->nrow == 0 || a->nrow != b->nrow || a->schema.n != b->schema.n ||
	    memcmp(&a->counts, &b->counts, sizeof(a->counts)) != 0 ||
	    strcmp(a->digest, b->digest) != 0)
		return 0;
	for (j = 0; j < a->schema.n; j++)
		if (!same_column(a, b, j))
			return 0;
	return 1;
}

static void
compare_tables(const uint8_t *data, size_t size)
{
	struct rai_err whole = RAI_ERR_INIT, pieces = RAI_ERR_INIT;
	struct rai_table *t = read_table(data, size, size + 1, &whole);
	struct rai_table *u = read_table(data, size, 1 + size % 61, &pieces);

	if (strcmp(whole.msg, pieces.msg) != 0 || (t == NULL) != (u == NULL))
		abort();
	if (t != NULL && !same_table(t, u))
		abort();
	rai_table_free(t);
	rai_table_free(u);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_buf once = RAI_BUF_INIT(LIMIT), twice = RAI_BUF_INIT(LIMIT);

	if (rewrite(data, size, &once) && !once.bad) {
		if (!rewrite(once.ptr, once.len, &twice))
			abort();
		if (!twice.bad &&
		    (once.len != twice.len || memcmp(once.ptr, twice.ptr, once.len) != 0))
			abort();
	}
	compare_tables(data, size);
	rai_buf_free(&once);
	rai_buf_free(&twice);
	return 0;
}

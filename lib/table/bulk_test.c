#include "table/table.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/tap.h"

static const size_t blocks[] = {1, 3, 17, 100, 1000, 20000, 0};
static const size_t threads[] = {1, 2, 5};

/* Everything about a table as text, or the error. */
static void
show(const char *text, size_t len, struct rai_table_options *o, struct rai_buf *out)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;
	size_t i, j;

	rai_buf_clear(out);
	if (rai_source_memory("f", text, len, &s, &err) != 0 ||
	    rai_table_from(s, o, &t, &err) != 0) {
		rai_buf_printf(out, "error: %s", err.msg);
		return;
	}
	rai_buf_printf(out, "%s %zu %zu %zu %zu", t->digest, t->nrow, t->counts.read,
	    t->counts.no_target, t->counts.duplicates);
	for (j = 0; j < t->schema.n; j++) {
		const struct rai_col_spec *c = &t->schema.col[j];

		rai_buf_printf(out, "\n%s %d %d %zu %.17g %.17g:", c->name, c->type, c->day_first,
		    t->col[j].missing, c->min, c->max);
		for (i = 0; i < c->nlevel; i++)
			rai_buf_printf(out, "[%s]", c->level[i]);
		for (i = 0; i < t->nrow; i++)
			if (c->type == RAI_COL_CAT)
				rai_buf_printf(out, " %d", t->col[j].code[i]);
			else
				rai_buf_printf(out, " %.17g", t->col[j].num[i]);
	}
	for (i = 0; t->target != NULL && i < t->nrow; i++)
		rai_buf_printf(out, " %.17g", t->target[i]);
	rai_table_free(t);
}

/* The same from blocks of many sizes, on one thread and on several; returns 1 when it is. */
static int
always(const char *text, size_t len, struct rai_table_options *o, struct rai_buf *want)
{
	struct rai_buf got = RAI_BUF_INIT((size_t)64 << 20);
	size_t i, k;
	int same = 1;

	o->threads = 1;
	o->block = len + 1;
	show(text, len, o, want);
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		for (k = 0; k < sizeof(threads) / sizeof(threads[0]); k++) {
			if (blocks[i] != 0 && blocks[i] * 100000 < len)
				continue; /* would take too long */
			o->block = blocks[i];
			o->threads = threads[k];
			show(text, len, o, &got);
			if (strcmp(got.ptr, want->ptr) != 0) {
				printf("# block %zu, %zu threads:\n# %.300s\n# not\n# %.300s\n",
				    blocks[i], threads[k], got.ptr, want->ptr);
				same = 0;
			}
		}
	rai_buf_free(&got);
	return same;
}

static size_t
below(struct rai_rng *rng, size_t n)
{
	return (size_t)rai_rng_below(rng, n);
}

/* A field of a category: plain, or with whatever a quoted one may hold. */
static void
add_text(struct rai_buf *b, struct rai_rng *rng)
{
	static const char *const inside[] = {
	    "a", "\"\"", "\n", "\r\n", ",", "\xc3\xa9", " ", "\"\"\n\"\""};
	size_t n = below(rng, 6);

	if (below(rng, 3) > 0) {
		rai_buf_printf(b, "t%zu", below(rng, 40));
		return;
	}
	rai_buf_char(b, '"');
	while (n-- > 0)
		rai_buf_str(b, inside[below(rng, 8)]);
	rai_buf_char(b, '"');
}

/* One way of being wrong. */
static const char *const wrong[] = {
    "1,2\n",                          /* too few fields */
    "1,t,2017-01-01,3,4,5\n",         /* too many */
    "x,t,2017-01-01,3,4\n",           /* text in a number */
    "1,t,2017-13-01,3,4\n",           /* no date */
    "1,t\"t,2017-01-01,3,4\n",        /* a stray quote */
    "1,\"t\"t,2017-01-01,3,4\n",      /* text after a quote */
    "1,\"t,2017-01-01,3,4\n",         /* a quote that stays open, or closes much later */
    "1,\xff,2017-01-01,3,4\n",        /* no UTF-8 */
    "1,\"\n\xff\",2017-01-01,3,4\n",  /* the same on the row's second line */
    "1,t,2017-01-01,3,inf\n",         /* an infinite target */
    "x,\"t\"\"\n\",2017-01-01,3,4\n", /* text in a number, before doubled quotes */
};

/* rows rows of number, category, date, late (empty for a while) and target. */
static void
random_rows(struct rai_buf *b, struct rai_rng *rng, size_t rows, const char *bad)
{
	const char *end = below(rng, 2) ? "\r\n" : "\n";
	size_t i, late = rows / 2 + below(rng, rows), at = below(rng, rows), start;

	rai_buf_clear(b);
	if (below(rng, 2))
		rai_buf_str(b, "\xef\xbb\xbf");
	rai_buf_printf(b, "n,c,d,late,y%s", end);
	for (i = 0; i < rows; i++) {
		if (i == at && bad != NULL)
			rai_buf_str(b, bad);
		if (below(rng, 20) == 0)
			rai_buf_str(b, end);
		start = b->len;
		if (below(rng, 10) > 0)
			rai_buf_printf(b, "%zu.%zu", below(rng, 100), below(rng, 10));
		rai_buf_char(b, ',');
		add_text(b, rng);
		rai_buf_printf(b, ",2017-0%zu-1%zu,", 1 + below(rng, 9), below(rng, 10));
		if (i > late && below(rng, 3) == 0)
			rai_buf_str(b, below(rng, 2) ? "word" : "NA");
		if (below(rng, 10) > 0)
			rai_buf_printf(b, ",%zu%s", below(rng, 5), end);
		else
			rai_buf_printf(b, ",%s", end);
		if (below(rng, 15) == 0) { /* the same row again */
			struct rai_buf copy = RAI_BUF_INIT(1 << 16);

			rai_buf_add(&copy, b->ptr + start, b->len - start);
			rai_buf_add(b, copy.ptr, copy.len);
			rai_buf_free(&copy);
		}
	}
	if (below(rng, 2))
		b->len -= strlen(end);
}

static void
test_bulk__any_block_any_threads(void)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20), want = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_table_options o = {.target = "y"};
	struct rai_rng rng;
	size_t i, same = 0, refused = 0, told = 0;

	for (i = 0; i < 40; i++) {
		rng = rai_rng_new(7, i);
		o.sample = 1 + below(&rng, 30);
		o.duplicates = i % 5 == 0 ? RAI_DUPLICATES_KEEP : RAI_DUPLICATES_DROP;
		random_rows(&text, &rng, 40 + below(&rng, 200), NULL);
		same += (size_t)always(text.ptr, text.len, &o, &want);
		refused += strncmp(want.ptr, "error", 5) == 0;
	}
	is_int(same, 40, "the same table, whatever the block and the threads");
	/* types may be decided by too short a sample; most are not */
	ok(refused < 10, "of rows that are sound");
	for (i = 0, same = 0; i < 44; i++) {
		rng = rai_rng_new(8, i);
		o.sample = 1 + below(&rng, 30);
		random_rows(&text, &rng, 40 + below(&rng, 200), wrong[i % 11]);
		same += (size_t)always(text.ptr, text.len, &o, &want);
		told += strncmp(want.ptr, "error: f:", 9) == 0;
	}
	is_int(same, 44, "the same error");
	is_int(told, 44, "of file and line");
	rai_buf_free(&text);
	rai_buf_free(&want);
}

/* More than the first buffer holds, so that loads follow each other. */
static void
test_bulk__large(void)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20), want = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_table_options o = {.target = "y"};
	struct rai_rng rng;

	rng = rai_rng_new(9, 0);
	random_rows(&text, &rng, 30000, NULL);
	ok(always(text.ptr, text.len, &o, &want), "30,000 rows");
	ok(strncmp(want.ptr, "sha256:", 7) == 0, "are a table");
	random_rows(&text, &rng, 30000, wrong[9]);
	ok(always(text.ptr, text.len, &o, &want), "30,000 rows, one of them wrong");
	ok(strstr(want.ptr, "y: \"inf\" is not a number") != NULL, "are not");
	rai_buf_free(&text);
	rai_buf_free(&want);
}

static void
test_bulk__json_lines(void)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20), want = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_table_options o = {.target = "y"};
	size_t i;

	for (i = 0; i < 3000; i++)
		rai_buf_printf(&text, "{\"n\":%zu,\"c\":\"\\\"%zu\\n\",\"y\":%zu}\n%s", i, i % 7,
		    i % 5, i % 9 == 0 ? "\n" : "");
	ok(always(text.ptr, text.len, &o, &want), "JSON lines");
	ok(strncmp(want.ptr, "sha256:", 7) == 0, "are a table");
	rai_buf_str(&text, "{\"n\":1,\"y\":}\n{}\n");
	ok(always(text.ptr, text.len, &o, &want), "a broken line");
	is_str(want.ptr, "error: f:3335: this row: not JSON at line 1, byte 11", "is named");
	rai_buf_free(&text);
	rai_buf_free(&want);
}

/* A row may have 16 MiB, less one byte: wherever it lies, and nowhere more. */
static void
test_bulk__long_row(void)
{
	size_t n = RAI_ROWS_MAX + (1 << 20), at;
	struct rai_table_options o = {.sample = 1, .threads = 2};
	struct rai_buf text = RAI_BUF_INIT(n), want = RAI_BUF_INIT(RAI_ROWS_MAX * 2);
	char *row = malloc(RAI_ROWS_MAX);

	memset(row, 'x', RAI_ROWS_MAX);
	rai_buf_str(&text, "a,b\n1,2\n3,4\n5,");
	at = text.len;
	rai_buf_add(&text, row, RAI_ROWS_MAX - 3);
	rai_buf_str(&text, "\n7,8\n");
	o.category = (const char *const[]){"b"};
	o.ncategory = 1;
	show(text.ptr, text.len, &o, &want);
	ok(strstr(want.ptr, " 4 4 0 0\na 0") != NULL, "the longest row");
	rai_buf_clear(&text);
	rai_buf_str(&text, "a,b\n1,2\n3,4\n5,");
	ok(text.len == at, "and one byte more");
	rai_buf_add(&text, row, RAI_ROWS_MAX - 2);
	rai_buf_str(&text, "\n7,8\n");
	show(text.ptr, text.len, &o, &want);
	is_str(want.ptr,
	    "error: f:4: a row of more than 16777216 bytes (a quote that is not closed?)",
	    "is too long");
	rai_buf_clear(&text);
	rai_buf_str(&text, "a,b\n1,2\n3,4\n5,\"");
	rai_buf_add(&text, row, RAI_ROWS_MAX);
	show(text.ptr, text.len, &o, &want);
	is_str(want.ptr,
	    "error: f:4: a row of more than 16777216 bytes (a quote that is not closed?)",
	    "as is one without an end");
	free(row);
	rai_buf_free(&text);
	rai_buf_free(&want);
}

int
main(void)
{
	test_bulk__any_block_any_threads();
	test_bulk__large();
	test_bulk__json_lines();
	test_bulk__long_row();
	return tap_done();
}

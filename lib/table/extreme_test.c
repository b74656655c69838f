/* Tables of unusual shape, and values that are numbers only nearly. */
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/tap.h"
#include "table/table.h"

#define CATEGORIES 100000
#define COLUMNS 10000
#define LATE 1500 /* a row behind the sample */

static struct rai_table *
read_text(const struct rai_buf *text, size_t threads, struct rai_err *err)
{
	struct rai_table_options o = {.threads = threads, .block = 4096};
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("f", text->ptr, text->len, &s, err) != 0 ||
	    rai_table_from(s, &o, &t, err) != 0)
		return NULL;
	return t;
}

static void
test_shape__many_categories(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 24);
	struct rai_table *t;
	size_t i, sorted = 1;
	int found = 1;

	rai_buf_str(&text, "k,n\n");
	for (i = 0; i < CATEGORIES; i++) /* 7919 is prime: all different, in no order */
		rai_buf_printf(&text, "v%zu,%zu\n", i * 7919 % 1000003, i);
	t = read_text(&text, 2, NULL);
	if (ok(t != NULL && t->nrow == CATEGORIES, "read")) {
		is_int(t->schema.col[0].nlevel, CATEGORIES, "every text is a level");
		for (i = 1; i < CATEGORIES; i++)
			sorted +=
			    strcmp(t->schema.col[0].level[i - 1], t->schema.col[0].level[i]) < 0;
		is_int(sorted, CATEGORIES, "in order");
		for (i = 0; i < CATEGORIES; i++) {
			char want[24];

			snprintf(want, sizeof(want), "v%zu", i * 7919 % 1000003);
			found &= strcmp(t->schema.col[0].level[t->col[0].code[i]], want) == 0;
		}
		ok(found, "and every row has its own");
	}
	rai_table_free(t);
	rai_buf_free(&text);
}

static void
test_shape__many_columns(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 24);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t;
	size_t row, j, right = 0;

	for (j = 0; j < COLUMNS; j++)
		rai_buf_printf(&text, "%sc%zu", j > 0 ? "," : "", j);
	for (row = 0; row < 20; row++)
		for (j = 0; j < COLUMNS; j++)
			rai_buf_printf(&text, "%s%zu", j > 0 ? "," : "\n", row * 31 + j);
	t = read_text(&text, 2, &err);
	if (ok(t != NULL && t->schema.n == COLUMNS && t->nrow == 20, "read"))
		for (j = 0; j < COLUMNS; j++)
			for (row = 0; row < 20; row++)
				right += t->col[j].num[row] == (double)(row * 31 + j);
	is_int(right, 20 * COLUMNS, "all values");
	rai_table_free(t);
	rai_buf_str(&text, ",1\n");
	t = read_text(&text, 2, &err);
	ok(t == NULL, "a field too many");
	is_str(err.msg, "f:21: 10001 fields, where the header has 10000", "is said");
	rai_table_free(t);
	rai_buf_free(&text);
}

static void
test_shape__nothing_to_learn_from(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	struct rai_table *t;

	rai_buf_str(&text, "none,same,one\n,5,1\nNA,5,2\n#N/A,5,3\n");
	t = read_text(&text, 1, NULL);
	if (ok(t != NULL && t->nrow == 3, "read")) {
		is_int(t->col[0].missing, 3, "a column without a value");
		ok(isnan(t->schema.col[0].min) && isnan(t->schema.col[0].max), "has no range");
		ok(t->schema.col[1].min == 5 && t->schema.col[1].max == 5, "a constant");
	}
	rai_table_free(t);
	rai_buf_clear(&text);
	rai_buf_str(&text, "a,k\n1,x");
	t = read_text(&text, 2, NULL);
	ok(t != NULL && t->nrow == 1 && t->col[0].num[0] == 1, "one row");
	rai_table_free(t);
	rai_buf_free(&text);
}

/* Behind the sample and in the middle of a piece: value stands in a column of numbers. */
static void
late(const char *value, const char *want)
{
	size_t threads, i;

	for (threads = 1; threads <= 2; threads++) {
		struct rai_buf text = RAI_BUF_INIT(1 << 20);
		struct rai_err err = RAI_ERR_INIT;
		struct rai_table *t;

		rai_buf_str(&text, "a,b\n");
		for (i = 0; i < 2 * LATE; i++)
			rai_buf_printf(&text, "%zu,%s\n", i, i == LATE ? value : "2.5");
		t = read_text(&text, threads, &err);
		if (want == NULL)
			ok(t != NULL && isnan(t->col[1].num[LATE]) && t->col[1].missing == 1,
			    value);
		else
			is_str(err.msg, want, value);
		rai_table_free(t);
		rai_buf_free(&text);
	}
}

static void
test_values__nearly_numbers(void)
{
#define NO_NUMBER(text)                                                             \
	"f:1502: b: \"" text "\" is not a number, as the others of its column are " \
	"(features.encode would make it a category)"

	late("NaN", NULL);
	late("nan", NULL);
	late("NA", NULL);
	late("N/A", NULL);
	late("null", NULL);
	late("", NULL);
	late("inf", NO_NUMBER("inf"));
	late("-Infinity", NO_NUMBER("-Infinity"));
	late("1e999", NO_NUMBER("1e999"));
	late("1,5\"", "f:1502: a quote inside a field that is not quoted");
	late("\"1,5\"", NO_NUMBER("1,5"));
	late("0x10", NO_NUMBER("0x10"));
	late("1 2", NO_NUMBER("1 2"));
	late("two", NO_NUMBER("two"));
	late("2,2", "f:1502: 3 fields, where the header has 2");
	late("\xc3", "f:1502: byte 0xc3 is not valid UTF-8 (save the file as UTF-8)");
}

int
main(void)
{
	test_shape__many_categories();
	test_shape__many_columns();
	test_shape__nothing_to_learn_from();
	test_values__nearly_numbers();
	return tap_done();
}

#include "table/prep.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "base/tap.h"
#include "table/split.h"

/* Rows of text with everything that a row can hold; deterministic. */
static void
make_rows(struct rai_buf *csv, size_t n, uint64_t seed)
{
	static const char *const type[] = {"h", "u", "t", ""};
	struct rai_rng r = rai_rng_new(seed, 0);
	size_t i;

	rai_buf_str(csv, "Rooms,Type,Place,Date,Area,Price\n");
	for (i = 0; i < n; i++) {
		uint64_t u = rai_rng_u64(&r);

		if (u % 7 == 0)
			rai_buf_str(csv, ",");
		else
			rai_buf_printf(csv, "%d,", (int)(u % 5));
		rai_buf_printf(csv, "%s,\"P, %d\",", type[u >> 8 & 3], (int)(u >> 16 & 31));
		rai_buf_printf(csv, "%d/%d/2017,%.17g,%d\n", (int)(u >> 24) % 28 + 1,
		    (int)(u >> 32) % 12 + 1, rai_rng_unit(&r) * (i % 50 == 0 ? 1e6 : 100),
		    (int)(u >> 40 & 0xfff) + 1000);
	}
}

static struct rai_table *
table_from(const struct rai_buf *csv)
{
	const struct rai_table_options o = {.target = "Price"};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("rows.csv", csv->ptr, csv->len, &s, &err) != 0 ||
	    rai_table_from(s, &o, &t, &err) != 0)
		printf("# %s\n", err.msg);
	return t;
}

static size_t *
all_rows(size_t n)
{
	size_t *rows = malloc((n + 1) * sizeof(*rows)), i;

	for (i = 0; rows != NULL && i < n; i++)
		rows[i] = i;
	return rows;
}

/* Values worked out by hand. */
static void
test_fit__by_hand(void)
{
	static const char text[] = "n,k,d,y\n1,a,2017-01-31,10\n2,a,2017-02-01,20\n"
				   "3,b,,30\n100,,2017-02-03,40\n,b,2017-02-04,50\n";
	const size_t rows[] = {0, 1, 2, 3, 4};
	const struct rai_prep_encode enc[] = {{"k", RAI_ENCODE_TARGET}};
	struct rai_prep_options o = {
	    .clip_iqr = 1, .column = enc, .ncolumn = 1, .smooth = 2, .rare = 1};
	struct rai_table_options to = {.target = "y"};
	struct rai_cell cells[3] = {{50, 0}, {0, RAI_CODE_UNSEEN}, {NAN, 0}};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;
	struct rai_prep *p = NULL;
	double x[5];

	rai_source_memory("t", text, strlen(text), &s, NULL);
	ok(rai_table_from(s, &to, &t, &err) == 0, "read");
	ok(rai_prep_fit(t, rows, 5, t->target, &o, &p, &err) == 0, "fitted");
	is_int(rai_prep_width(p), 5, "one number, one mean, three parts of a date");
	is_str(rai_prep_feature(p, 1), "k", "names");
	is_str(rai_prep_feature(p, 4), "d.day", "of date parts");
	is_int(rai_prep_origin(p, 4), 2, "and their column");
	rai_prep_row(p, cells, x);
	/* 1 2 3 100: quartiles 1.75 and 27.25, so at most 27.25 + 25.5 */
	ok_rel(x[0], 50, 1e-15, "inside the limits");
	ok_rel(x[1], 30, 1e-15, "unseen: the mean of all");
	ok(x[2] == 2017 && x[3] == 2 && x[4] == 17199, "missing date: the middle day (2 Feb)");
	cells[0].num = 60;
	cells[1].code = 0;
	rai_prep_row(p, cells, x);
	ok_rel(x[0], 52.75, 1e-15, "clipped");
	ok_rel(x[1], (10 + 20 + 2 * 30) / 4.0, 1e-15, "smoothed mean of a");
	cells[0].num = NAN;
	cells[1].code = RAI_CODE_MISSING;
	rai_prep_row(p, cells, x);
	ok_rel(x[0], 2.5, 1e-15, "missing number: the median");
	ok_rel(x[1], (40 + 2 * 30) / 3.0, 1e-15, "missing category: a level of its own");
	rai_prep_free(p);

	o = (struct rai_prep_options){.fill = RAI_FILL_MODE, .encode = RAI_ENCODE_ONE_HOT};
	ok(rai_prep_fit(t, rows, 2, t->target, &o, &p, &err) == 0, "fitted on two rows");
	is_int(rai_prep_width(p), 5, "levels outside the training rows have no feature");
	is_str(rai_prep_feature(p, 1), "k=a", "the one that is there");
	rai_prep_row(p, cells, x);
	ok(x[1] == 1, "missing category: the most frequent");
	cells[1].code = 1;
	rai_prep_row(p, cells, x);
	ok(x[1] == 0, "b was not in training: all zero");
	rai_prep_free(p);
	rai_table_free(t);
}

static struct rai_table *
table_of(const char *text)
{
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	struct rai_table *t;

	rai_buf_str(&csv, text);
	t = table_from(&csv);
	rai_buf_free(&csv);
	return t;
}

/* What stands for missing values, each in its way. */
static void
test_fill(void)
{
	struct rai_table *t = table_of("n,m,k,d,Price\n1,,a,2017-01-31,1\n1,5,,2017-01-31,2\n"
				       ",5,b,,3\n9,7,b,2017-02-03,4\n");
	const struct rai_prep_fill fill[] = {{"n", RAI_FILL_MODE, NULL},
	    {"k", RAI_FILL_CONSTANT, "a"}, {"d", RAI_FILL_CONSTANT, "2016-12-31"}};
	struct rai_prep_options o = {.fill = RAI_FILL_CONSTANT,
	    .constant = "-1",
	    .impute = fill,
	    .nimpute = 3,
	    .encode = RAI_ENCODE_LABEL,
	    .indicator = 1};
	const struct rai_cell none[] = {
	    {NAN, 0}, {NAN, 0}, {0, RAI_CODE_MISSING}, {NAN, RAI_CODE_MISSING}};
	const size_t rows[] = {0, 1, 2, 3};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_prep *p = NULL;
	double x[10];

	ok(rai_prep_fit(t, rows, 4, t->target, &o, &p, &err) == 0, "fitted");
	is_int(rai_prep_width(p), 10, "each column and its indicator");
	is_str(rai_prep_feature(p, 1), "n?", "which is named so");
	is_str(rai_prep_feature(p, 9), "d?", "also of a date");
	rai_prep_row(p, none, x);
	ok(x[0] == 1 && x[1] == 1, "the mode");
	ok(x[2] == -1 && x[3] == 1, "the constant of all");
	ok(x[4] == 0 && x[5] == 1, "a level");
	ok(x[6] == 2016 && x[7] == 12 && x[8] == 17166 && x[9] == 1, "a day");
	rai_prep_free(p);
	o.view = RAI_VIEW_NATIVE;
	ok(rai_prep_fit(t, rows, 4, t->target, &o, &p, &err) == 0, "fitted");
	is_int(rai_prep_width(p), 9, "in the native view only constants are filled and marked");
	rai_prep_row(p, none, x);
	ok(isnan(x[0]) && x[1] == -1 && x[2] == 1 && x[3] == 0 && x[4] == 1 && x[5] == 2016,
	    "so it does");
	rai_prep_free(p);
	o = (struct rai_prep_options){.indicator = 1, .encode = RAI_ENCODE_LABEL};
	ok(rai_prep_fit(t, rows + 3, 1, t->target, &o, &p, &err) == 0, "fitted");
	is_int(rai_prep_width(p), 6, "nothing missing, nothing marked");
	rai_prep_free(p);
	rai_table_free(t);
}

static void
test_rare(void)
{
	struct rai_table *t = table_of("k,Price\na,1\na,2\nb,3\nc,4\n,5\nd,6\n");
	struct rai_prep_options o = {.encode = RAI_ENCODE_ONE_HOT, .rare = 2};
	const size_t rows[] = {0, 1, 2, 3, 4};
	struct rai_prep *p = NULL;
	struct rai_cell cell = {NAN, 0};
	double x[2];

	ok(rai_prep_fit(t, rows, 5, t->target, &o, &p, NULL) == 0, "fitted");
	is_int(rai_prep_width(p), 2, "one level of its own, the rest together");
	is_str(rai_prep_feature(p, 1), "k=(rare)", "under this name");
	rai_prep_row(p, &cell, x);
	ok(x[0] == 1 && x[1] == 0, "a");
	for (cell.code = 1; cell.code < 4; cell.code++) {
		rai_prep_row(p, &cell, x);
		ok(x[0] == 0 && x[1] == 1, "b, c: rare; d: not in training");
	}
	cell.code = RAI_CODE_UNSEEN;
	rai_prep_row(p, &cell, x);
	ok(x[0] == 0 && x[1] == 1, "unseen: the same");
	cell.code = RAI_CODE_MISSING;
	rai_prep_row(p, &cell, x);
	ok(x[0] == 0 && x[1] == 0, "missing: neither");
	rai_prep_free(p);
	rai_table_free(t);
}

/* What is chosen for 40 rows of a column of so many levels. */
static enum rai_encode
chosen(size_t nlevel, size_t missing, enum rai_view view)
{
	const struct rai_prep_options o = {.view = view};
	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	enum rai_encode encode = RAI_ENCODE_AUTO;
	struct rai_table *t;
	size_t *rows, i;

	rai_buf_str(&csv, "i,k,Price\n");
	for (i = 0; i < 40; i++)
		if (i < missing)
			rai_buf_printf(&csv, "%zu,,1\n", i);
		else
			rai_buf_printf(&csv, "%zu,k%zu,1\n", i, i % nlevel);
	t = table_from(&csv);
	rows = all_rows(40);
	ok(rai_prep_choice(t, 1, rows, 40, &o, &encode, NULL) == 0, "chosen");
	rai_table_free(t);
	rai_buf_free(&csv);
	free(rows);
	return encode;
}

static void
test_auto(void)
{
	ok(chosen(1, 0, RAI_VIEW_FILLED) == RAI_ENCODE_NONE, "one level says nothing");
	ok(chosen(1, 1, RAI_VIEW_FILLED) == RAI_ENCODE_ONE_HOT, "unless it is missing sometimes");
	ok(chosen(12, 0, RAI_VIEW_STANDARD) == RAI_ENCODE_ONE_HOT, "a few");
	ok(chosen(13, 0, RAI_VIEW_FILLED) == RAI_ENCODE_TARGET, "more");
	ok(chosen(13, 0, RAI_VIEW_NATIVE) == RAI_ENCODE_TARGET, "in every view");
	ok(chosen(12, 0, RAI_VIEW_NATIVE) == RAI_ENCODE_NATIVE, "a few are left to the learner");
	ok(chosen(20, 0, RAI_VIEW_FILLED) == RAI_ENCODE_TARGET, "two rows each");
	ok(chosen(21, 0, RAI_VIEW_FILLED) == RAI_ENCODE_NONE, "a row each, nearly");
	ok(chosen(40, 0, RAI_VIEW_NATIVE) == RAI_ENCODE_NONE, "for every view");
	ok(chosen(30, 20, RAI_VIEW_FILLED) == RAI_ENCODE_NONE, "of the rows that have one");
}

static void
test_errors(void)
{
	struct rai_prep_fill fill = {"Roof", RAI_FILL_MODE, NULL};

	struct rai_buf csv = RAI_BUF_INIT(1 << 20);
	const struct rai_prep_encode number[] = {{"Rooms", RAI_ENCODE_TARGET}},
				     none[] = {{"Roof", RAI_ENCODE_TARGET}};
	struct rai_prep_options o = {.column = number, .ncolumn = 1};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_prep *p = NULL;
	struct rai_table *t;
	size_t *rows, i;

	make_rows(&csv, 50, 2);
	t = table_from(&csv);
	rows = all_rows(t->nrow);
	ok(rai_prep_fit(t, rows, 50, t->target, &o, &p, &err) == -1, "a number cannot be encoded");
	is_str(err.msg, "encode: Rooms: is no category (its values are numbers or dates)", "said");
	o.column = none;
	ok(rai_prep_fit(t, rows, 50, t->target, &o, &p, &err) == -1, "no such column");
	is_str(err.msg, "encode: Roof: no such input column", "said");
	ok(rai_prep_fit(t, rows, 0, t->target, NULL, &p, &err) == -1, "no rows");
	o = (struct rai_prep_options){.impute = &fill, .nimpute = 1};
	ok(rai_prep_fit(t, rows, 50, t->target, &o, &p, &err) == -1, "no such column");
	is_str(err.msg, "impute: Roof: no such input column", "said");
	fill = (struct rai_prep_fill){"Rooms", RAI_FILL_CONSTANT, "two"};
	ok(rai_prep_fit(t, rows, 50, t->target, &o, &p, &err) == -1, "no number");
	is_str(err.msg, "impute: Rooms: \"two\" is not a number", "said");
	fill = (struct rai_prep_fill){"Type", RAI_FILL_CONSTANT, "villa"};
	ok(rai_prep_fit(t, rows, 50, t->target, &o, &p, &err) == -1, "no level");
	is_str(err.msg,
	    "impute: Type: \"villa\" is none of its categories (a missing one counts as a category "
	    "of its own without this)",
	    "said");
	rai_table_free(t);
	free(rows);
	rai_buf_clear(&csv);
	rai_buf_str(&csv, "k,Price\n");
	for (i = 0; i < 600; i++)
		rai_buf_printf(&csv, "level %zu,%zu\n", i, i);
	t = table_from(&csv);
	rows = all_rows(t->nrow);
	o = (struct rai_prep_options){.encode = RAI_ENCODE_ONE_HOT};
	ok(rai_prep_fit(t, rows, 600, t->target, &o, &p, &err) == -1, "too many levels");
	is_str(err.msg,
	    "k: 600 categories are too many for one-hot (at most 512; encode: {k: target}, or drop "
	    "it)",
	    "said");
	rai_table_free(t);
	free(rows);
	rai_buf_free(&csv);
}

static void
test_read__hostile(void)
{
	static const char schema[] =
	    "{\"columns\":[{\"name\":\"n\",\"type\":\"number\"},{\"name\":\"k\",\"type\":"
	    "\"category\",\"levels\":[\"a\",\"b\"]}]}";
	static const char *const bad[] = {"{}", "{\"columns\":[]}", "{\"columns\":[1,2]}",
	    "{\"columns\":[{\"name\":\"m\",\"fill\":1},{\"name\":\"k\",\"encode\":\"label\"}]}",
	    "{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"auto\"}]}",
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"one-hot\","
	     "\"levels\":[0,2]}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"one-hot\","
	     "\"levels\":[1,0]}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"target\","
	     "\"values\":[1],\"missing\":[0],\"unseen\":[0]}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"target\","
	     "\"values\":[1,2],\"missing\":[0,1],\"unseen\":[0]}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"target\","
	     "\"values\":[1,2],\"missing\":[0],\"unseen\":0}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"label\","
	     "\"fill_level\":2}]}"),
	    "{\"columns\":[{\"name\":\"n\"},{\"name\":\"k\",\"encode\":\"label\"}]}",
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"one-hot\","
	     "\"levels\":[0],\"rare\":[0]}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"one-hot\","
	     "\"levels\":[0],\"rare\":[2]}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"one-hot\","
	     "\"levels\":[0],\"rare\":1}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1,\"indicator\":1},{\"name\":\"k\","
	     "\"encode\":\"label\"}]}"),
	    ("{\"columns\":[{\"name\":\"n\",\"fill\":1},{\"name\":\"k\",\"encode\":\"label\"}],"
	     "\"mean\":[0,0],\"sd\":[1,0]}")};
	struct rai_schema s;
	struct rai_prep *p = NULL;
	struct cJSON *j = rai_json_parse(schema, strlen(schema), NULL);
	struct rai_err err;
	size_t i;

	ok(rai_schema_read(j, &s, NULL) == 0, "schema");
	rai_json_free(j);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.code = RAI_OK;
		j = rai_json_parse(bad[i], strlen(bad[i]), NULL);
		ok(j != NULL && rai_prep_read(j, &s, &p, &err) == -1 && err.code == RAI_EINPUT,
		    bad[i]);
		rai_json_free(j);
	}
	rai_schema_release(&s);
}

int
main(void)
{
	test_fill();
	test_rare();
	test_auto();
	test_fit__by_hand();
	test_errors();
	test_read__hostile();
	return tap_done();
}

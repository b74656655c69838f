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

/* The cells of a row from its text, as serving makes them. */
static int
cells_from_text(const struct rai_schema *s, const struct rai_rows *names,
    const struct rai_field *field, struct rai_cell *cells)
{
	size_t i;
	int j, bad = 0;

	for (i = 0; i < rai_rows_width(names); i++) {
		const char *name = rai_rows_column(names, i);

		j = rai_schema_find(s, name, strlen(name));
		if (j >= 0)
			bad |=
			    rai_schema_text(&s->col[j], field[i].p, field[i].len, &cells[j], NULL);
	}
	return bad;
}

/* Every training row: the matrix is what serving computes from the row's text, bit for bit. */
static void
check_serving(const struct rai_buf *csv, const struct rai_table *t, const struct rai_prep *p,
    int native, const char *name)
{
	size_t *rows = all_rows(t->nrow), i, j, width = rai_prep_width(p), wrong = 0, count = 0;
	double *x = malloc(t->nrow * width * sizeof(*x)), *row = malloc(width * sizeof(*row));
	struct rai_cell *cells = calloc(t->schema.n, sizeof(*cells));
	const struct rai_field *field;
	struct rai_source *s = NULL;
	struct rai_rows *r = NULL;

	rai_source_memory("again", csv->ptr, csv->len, &s, NULL);
	rai_rows_open(s, RAI_FORMAT_CSV, 0, &r, NULL);
	rai_prep_matrix(p, t, rows, t->nrow, x);
	for (i = 0; rai_rows_next(r, &field, NULL) == 0; i++, count++) {
		wrong += cells_from_text(&t->schema, r, field, cells) != 0;
		rai_prep_row(p, cells, row);
		for (j = 0; j < width; j++)
			wrong += memcmp(&row[j], &x[j * t->nrow + i], sizeof(double)) != 0 ||
				 (isnan(row[j]) && !native);
	}
	ok(wrong == 0 && count == t->nrow, name);
	rai_rows_close(r);
	free(cells);
	free(rows);
	free(x);
	free(row);
}

static void
test_serving__same_bits(void)
{
	struct rai_buf csv = RAI_BUF_INIT(1 << 20), a = RAI_BUF_INIT(1 << 20), b = a;
	struct rai_table *t;
	int fill, encode, view, c;

	make_rows(&csv, 400, 1);
	t = table_from(&csv);
	is_int(t->nrow, 400, "all rows are read");
	for (c = 0; c < 24; c++) {
		struct rai_prep_options o = {.clip_iqr = c % 2 ? 1.5 : 0};
		struct rai_prep *p = NULL, *q = NULL;
		size_t *rows = all_rows(t->nrow);
		struct cJSON *j;
		struct rai_jw w;

		fill = c & 1, encode = c >> 1 & 3, view = c >> 3;
		o.fill = (enum rai_fill)fill;
		o.encode = (enum rai_encode)encode;
		o.view = (enum rai_view)view;
		ok(rai_prep_fit(t, rows, 300, t->target, &o, &p, NULL) == 0, "fitted");
		check_serving(
		    &csv, t, p, view == RAI_VIEW_NATIVE, "training matrix equals serving");
		rai_buf_clear(&a);
		rai_buf_clear(&b);
		rai_jw_init(&w, &a);
		rai_prep_write(p, &w, NULL);
		j = rai_json_parse(a.ptr, a.len, NULL);
		ok(rai_prep_read(j, &t->schema, &q, NULL) == 0, "read back");
		check_serving(
		    &csv, t, q, view == RAI_VIEW_NATIVE, "also after writing and reading");
		rai_jw_init(&w, &b);
		rai_prep_write(q, &w, NULL);
		is_str(b.ptr, a.ptr, "and it writes the same text");
		rai_json_free(j);
		rai_prep_free(p);
		rai_prep_free(q);
		free(rows);
	}
	rai_table_free(t);
	rai_buf_free(&csv);
	rai_buf_free(&a);
	rai_buf_free(&b);
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

static void
test_errors(void)
{
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
	test_serving__same_bits();
	test_fit__by_hand();
	test_errors();
	test_read__hostile();
	return tap_done();
}

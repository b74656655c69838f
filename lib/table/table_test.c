#include "table/table.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "base/tap.h"
#include "table/date.h"

static struct rai_table *
from_text(const char *text, size_t len, const struct rai_table_options *o, struct rai_err *err)
{
	struct rai_source *s = NULL;
	struct rai_table *t = NULL;

	if (rai_source_memory("f.csv", text, len, &s, err) != 0 ||
	    rai_table_from(s, o, &t, err) != 0)
		return NULL;
	return t;
}

static void
refused(const char *text, const struct rai_table_options *o, const char *want, const char *name)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t = from_text(text, strlen(text), o, &err);

	ok(t == NULL, name);
	is_str(err.msg, want, "said");
	rai_table_free(t);
}

static void
test_types(void)
{
	static const char text[] = "n,code,iso,dmy,either,empty,text,y\n"
				   "1,01,2017-01-31,31/1/2017,1/2/2017,,a b,1\n"
				   "NA,02,2017-02-01T10:00:00Z,1/02/2017,2/2/2017,,c,2\n"
				   " 3.5,03,,,,,,3\n";
	static const char *const category[] = {"code"};
	static const struct rai_table_date date[] = {{"either", 1}};
	struct rai_table_options o = {
	    .target = "y", .category = category, .ncategory = 1, .date = date, .ndate = 1};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t = from_text(text, strlen(text), &o, &err);

	if (!ok(t != NULL, "read"))
		return;
	is_int(t->schema.n, 7, "columns besides the target");
	is_int(t->schema.col[0].type, RAI_COL_NUM, "numbers");
	ok(t->col[0].num[0] == 1 && isnan(t->col[0].num[1]) && t->col[0].num[2] == 3.5, "values");
	is_int(t->col[0].missing, 1, "NA is missing");
	ok(t->schema.col[0].min == 1 && t->schema.col[0].max == 3.5, "range");
	is_int(t->schema.col[1].type, RAI_COL_CAT, "declared categories");
	is_str(t->schema.col[1].level[1], "02", "as they are written");
	is_int(t->schema.col[2].type, RAI_COL_DATE, "ISO dates");
	is_int(t->schema.col[2].day_first, 0, "not day first");
	ok(t->col[2].num[1] == 17198, "a time behind a date is dropped");
	is_int(t->schema.col[3].type, RAI_COL_DATE, "clearly day first");
	is_int(t->schema.col[3].day_first, 1, "said so");
	ok(t->col[3].num[0] == 17197 && t->col[3].num[1] == 17198, "day first");
	is_int(t->schema.col[4].type, RAI_COL_DATE, "declared day first");
	ok(t->col[4].num[1] == 17199, "read so");
	is_int(t->schema.col[5].type, RAI_COL_NUM, "an empty column is a number");
	is_int(t->col[5].missing, 3, "all missing");
	is_int(t->schema.col[6].type, RAI_COL_CAT, "text");
	is_int(t->col[6].code[2], RAI_CODE_MISSING, "empty text is missing");
	rai_table_free(t);
}

static void
test_refused(void)
{
	static const char *const wrong[] = {"Roms"}, *const y[] = {"y"};
	const struct rai_table_options none = {.target = NULL}, target = {.target = "y"},
				       drop = {.target = "y", .drop = wrong, .ndrop = 1},
				       both = {.target = "y", .drop = y, .ndrop = 1};
	const struct rai_table_date date[] = {{"d", 0}};
	const struct rai_table_options iso = {.date = date, .ndate = 1};

	refused("", &none, "f.csv: empty, where a header and rows were expected", "empty");
	refused("a,b\n", &none, "f.csv: no rows after the header", "no rows");
	refused("a,b\n1,2\n", &target, "f.csv: no column \"y\" (the target)", "no target");
	refused("Rooms,y\n1,2\n", &drop,
	    "f.csv: no column \"Roms\" (to be dropped); the nearest is \"Rooms\"", "no column");
	refused(
	    "a,y\n1,2\n", &both, "y: the target is among the columns to drop", "target dropped");
	refused("a,y\n1,\n2,NA\n", &target,
	    "f.csv: no row is left: 2 read, 2 of them without the target \"y\"", "no target value");
	refused("a,y\n1,2\n2,3\nthree,4\n", &target,
	    "f.csv:4: a: \"three\" is not a number, as the others of its column are "
	    "(features.encode would make it a category)",
	    "text in a number column");
	refused(
	    "a,y\n1,2\n2,x\n", &target, "f.csv:3: y: \"x\" is not a number", "text in the target");
	refused("a,y\n1,2\n2,inf\n", &target, "f.csv:3: y: \"inf\" is not a number", "infinite");
	refused("d\n2017-01-01\n1/2/2017\n", &iso,
	    "f.csv:3: d: \"1/2/2017\" is not a date (2017-03-04)", "another form of date");
	refused("d\n2017-01-01\n2017-02-29\n", &iso,
	    "f.csv:3: d: \"2017-02-29\" is not a date (2017-03-04)", "a day that is not");
}

/* What comes after the sample is held to the same types, and the first value of an open column
 * decides. */
static void
test_sample__later(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t;
	int i;

	rai_buf_str(&text, "n,late\n");
	for (i = 0; i < 1500; i++)
		rai_buf_printf(&text, "%d,%s\n", i, i == 1200 ? "z" : i == 1300 ? "a" : "");
	t = from_text(text.ptr, text.len, NULL, &err);
	ok(t != NULL && t->schema.col[1].type == RAI_COL_CAT, "decided by its first value");
	is_int(t->col[1].code[1200], 1, "codes are sorted");
	is_int(t->col[1].code[1300], 0, "bytewise");
	is_int(t->col[1].code[7], RAI_CODE_MISSING, "those before are missing");
	is_int(t->col[1].missing, 1498, "and counted");
	rai_table_free(t);
	rai_buf_str(&text, "x,\n");
	t = from_text(text.ptr, text.len, NULL, &err);
	ok(t == NULL, "a bad value after the sample");
	is_str(err.msg,
	    "f.csv:1502: n: \"x\" is not a number, as the others of its column are "
	    "(features.encode would make it a category)",
	    "is named");
	rai_buf_free(&text);
}

static void
test_rows__refused_and_counted(void)
{
	static const char text[] = "k,a,y\nx,1,1\ny,2,\nx,1,1\nx,1,2\nz,9,NA\n";
	static const char *const use[] = {"a"};
	struct rai_table_options o = {.target = "y"};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_table *t = from_text(text, strlen(text), &o, &err);

	is_int(t->nrow, 2, "kept");
	is_int(t->counts.read, 5, "read");
	is_int(t->counts.no_target, 2, "without a target");
	is_int(t->counts.duplicates, 1, "the same as an earlier row");
	is_int(t->schema.col[0].nlevel, 1, "levels of refused rows are not known");
	rai_table_free(t);
	o.duplicates = RAI_DUPLICATES_KEEP;
	o.use = use;
	o.nuse = 1;
	t = from_text(text, strlen(text), &o, &err);
	is_int(t->nrow, 3, "duplicates kept");
	ok(t->schema.n == 1 && strcmp(t->schema.col[0].name, "a") == 0, "only the columns to use");
	rai_table_free(t);
}

static void
test_codes__any_order_of_rows(void)
{
	static const char one[] = "k\nb\na\nc\n", two[] = "k\nc\nb\na\n";
	struct rai_table *t = from_text(one, strlen(one), NULL, NULL),
			 *u = from_text(two, strlen(two), NULL, NULL);

	ok(t->col[0].code[0] == 1 && u->col[0].code[1] == 1, "b is 1 in both");
	rai_table_free(t);
	rai_table_free(u);
}

static void
test_schema__written_and_read(void)
{
	static const char values[] = "{\"n\":2.5,\"t\":\"2.5\",\"b\":true,\"d\":\"1/2/2017\"}";
	static const char text[] = "n,k,d\n1.1,a,31/1/2017\n3,\"b \"\"c\"\"\",1/2/2017\n";
	struct rai_buf a = RAI_BUF_INIT(1 << 16), b = RAI_BUF_INIT(1 << 16);
	struct rai_table *t = from_text(text, strlen(text), NULL, NULL);
	struct rai_cell cell;
	struct rai_schema s;
	struct cJSON *j, *v;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_jw w;

	rai_jw_init(&w, &a);
	rai_schema_write(&t->schema, &w, NULL);
	j = rai_json_parse(a.ptr, a.len, NULL);
	ok(rai_schema_read(j, &s, NULL) == 0, "read back");
	rai_jw_init(&w, &b);
	rai_schema_write(&s, &w, NULL);
	is_str(b.ptr, a.ptr, "the same text");
	is_int(rai_schema_find(&s, "k", 1), 1, "found");
	is_int(rai_schema_find(&s, "kk", 2), -1, "not found");
	ok(rai_schema_text(&s.col[1], "b \"c\"", 5, &cell, NULL) == 0 && cell.code == 1, "level");
	ok(rai_schema_text(&s.col[1], "b", 1, &cell, NULL) == 0 && cell.code == RAI_CODE_UNSEEN,
	    "unseen");
	v = rai_json_parse(values, strlen(values), NULL);
	ok(rai_schema_json(&s.col[0], rai_json_get(v, "n"), &cell, NULL) == 0 && cell.num == 2.5,
	    "a number");
	ok(rai_schema_json(&s.col[0], rai_json_get(v, "t"), &cell, NULL) == 0 && cell.num == 2.5,
	    "a number as text");
	ok(rai_schema_json(&s.col[2], rai_json_get(v, "d"), &cell, NULL) == 0 && cell.num == 17198,
	    "a date");
	ok(rai_schema_json(&s.col[0], NULL, &cell, NULL) == 0 && isnan(cell.num), "absent");
	ok(rai_schema_json(&s.col[0], rai_json_get(v, "b"), &cell, &err) == -1,
	    "true is no number");
	is_str(err.msg, "n: must be a number or null", "said");
	rai_json_free(v);
	rai_json_free(j);
	rai_schema_release(&s);
	rai_table_free(t);
	rai_buf_free(&a);
	rai_buf_free(&b);
}

static void
test_schema__hostile(void)
{
	static const char *const bad[] = {"{}", "{\"columns\":3}", "{\"columns\":[3]}",
	    "{\"columns\":[{\"name\":\"a\"}]}", "{\"columns\":[{\"name\":\"a\",\"type\":\"x\"}]}",
	    "{\"columns\":[{\"name\":\"\",\"type\":\"number\"}]}",
	    ("{\"columns\":[{\"name\":\"a\",\"type\":\"number\"},{\"name\":\"a\",\"type\":"
	     "\"number\"}]}"),
	    "{\"columns\":[{\"name\":\"a\",\"type\":\"category\",\"levels\":[\"b\",\"a\"]}]}",
	    "{\"columns\":[{\"name\":\"a\",\"type\":\"category\",\"levels\":[\"b\",\"b\"]}]}",
	    "{\"columns\":[{\"name\":\"a\",\"type\":\"category\",\"levels\":[1]}]}",
	    "{\"columns\":[],\"target\":{\"name\":\"y\",\"type\":\"date\"}}"};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rai_err err = RAI_ERR_INIT;
		struct cJSON *j = rai_json_parse(bad[i], strlen(bad[i]), NULL);
		struct rai_schema s;

		ok(rai_schema_read(j, &s, &err) == -1 && err.code == RAI_EINPUT, bad[i]);
		rai_json_free(j);
	}
}

static void
test_date(void)
{
	double d = 0;

	ok(rai_date_day_first("3/12/2016", 9, &d) == 0 && d == 17138, "unpadded");
	ok(rai_date_day_first("03-12-2016", 10, &d) == 0 && d == 17138, "padded, dashes");
	ok(rai_date_day_first("3.12.2016", 9, &d) == 0 && d == 17138, "dots");
	ok(rai_date_day_first("3/12-2016", 9, &d) == -1, "mixed marks");
	ok(rai_date_day_first("3/13/2016", 9, &d) == -1, "month 13");
	ok(rai_date_day_first("29/2/2015", 9, &d) == -1, "no leap year");
	ok(rai_date_day_first("3/12/16", 7, &d) == -1, "two digits of a year");
	ok(rai_date_iso("2016-12-03", 10, &d) == 0 && d == 17138, "ISO");
	ok(rai_date_iso("2016-12-03x", 11, &d) == -1, "text behind");
}

int
main(void)
{
	test_types();
	test_refused();
	test_sample__later();
	test_rows__refused_and_counted();
	test_codes__any_order_of_rows();
	test_schema__written_and_read();
	test_schema__hostile();
	test_date();
	return tap_done();
}

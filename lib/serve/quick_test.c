#include "serve/quick.h"

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "base/tap.h"

static char h[] = "h", t[] = "t", u[] = "u", e[] = "\xc3\xa9", *types[] = {h, t, u, e};
static char rooms[] = "Rooms", type[] = "Type", date[] = "Date", none[] = "",
	    distance[] = "Distance";
static struct rai_col_spec columns[] = {
    {.name = rooms, .type = RAI_COL_NUM},
    {.name = type, .type = RAI_COL_CAT, .level = types, .nlevel = 4},
    {.name = date, .type = RAI_COL_DATE, .day_first = 1},
    {.name = none, .type = RAI_COL_NUM},
    {.name = distance, .type = RAI_COL_NUM},
};
static const struct rai_schema schema = {.col = columns, .n = 5};
static struct rai_serve_names names;

/* One row by the long way; 0: it is one. */
static int
read_long(const char *text, size_t len, struct rai_serve_rows *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc = rai_json_parse(text, len, &err);
	int rc = doc == NULL || rai_serve_rows_begin(&schema, r, &err) != 0
		     ? -1
		     : rai_serve_rows_json(&schema, doc, r, &err);

	rai_json_free(doc);
	return rc;
}

/* Is the row written alike with the tokens that it has and without them? */
static int
writes_alike(const struct rai_serve_rows *r)
{
	struct rai_buf with = RAI_BUF_INIT(1 << 20), without = with;
	struct rai_jw w;
	int same;

	rai_jw_init(&w, &with);
	rai_serve_rows_write(&schema, &names, r, 0, NULL, &w, NULL);
	rai_jw_init(&w, &without);
	rai_serve_rows_write(&schema, NULL, r, 0, NULL, &w, NULL);
	same = with.len == without.len && memcmp(with.ptr, without.ptr, with.len) == 0;
	rai_buf_free(&with);
	rai_buf_free(&without);
	return same;
}

/* 1: taken; 0: left to the long way; -1: taken, but another row than the long way's. */
static int
try(const char *text, size_t len)
{
	struct rai_serve_rows quick, slow;
	const char *at = text;
	int rc;
	size_t i;

	rai_serve_rows_init(&quick);
	rai_serve_rows_init(&slow);
	(void)rai_serve_rows_begin(&schema, &quick, NULL);
	quick.body = text;
	rc = rai_serve_rows_quick(&schema, &names, &at, text + len, &quick) == 0;
	if (rc == 0 && (quick.n != 0 || at != text))
		rc = -1;
	if (rc == 1 && read_long(text, (size_t)(at - text), &slow) != 0)
		rc = -1;
	for (i = 0; rc == 1 && i < schema.n; i++)
		if (memcmp(&quick.cell[i].num, &slow.cell[i].num, sizeof(double)) != 0 ||
		    quick.cell[i].code != slow.cell[i].code)
			rc = -1;
	if (rc == 1 && !writes_alike(&quick))
		rc = -1;
	rai_serve_rows_release(&quick);
	rai_serve_rows_release(&slow);
	return rc;
}

static void
test_quick__what_it_takes(void)
{
	static const struct {
		const char *text;
		int taken;
	} c[] = {
	    {"{\"Rooms\":3,\"Type\":\"h\",\"Date\":\"2017-03-04\",\"\":0,\"Distance\":2.5}", 1},
	    {"{ \"Distance\" : -0.0e-3 ,\r\n\t\"Rooms\" : null , \"Type\":\"\xc3\xa9\" }", 1},
	    {"{\"Date\":\"4/03/2017\",\"Rooms\":1E3}", 1},
	    {"{}", 1},
	    {"{\"Rooms\":3} and more", 1},
	    {"{\"Rooms\":12345678901234567890.123456789e-7}", 1},
	    {"{\"Rooms\":3,\"Type\":\"h\"}", 1},
	    {"{\"Rooms\":3 ,\"Type\":\"h\"}", 1},
	    {"{\"Rooms\":3, \"Type\":\"h\"}", 1},
	    {"{\"Rooms\":3,\"Type\" :\"h\"}", 1},
	    {"{\"Rooms\":3,\"Type\": \"h\"}", 1},
	    {"{\"Type\":\"h\",\"Rooms\":3}", 1},
	    {"{\"Rooms\":3,\"Distance\":2,\"Type\":\"h\"}", 1},
	    {"{\"\":3e0,\"Distance\":2.5}", 1},
	    {"{\"Rooms\":1000000000000000000000000000000000000000000000000000000000000000}", 0},
	    {"", 0},
	    {"[]", 0},
	    {"{", 0},
	    {"{\"Rooms\"", 0},
	    {"{\"Rooms\":", 0},
	    {"{\"Rooms\":3", 0},
	    {"{\"Rooms\":3,", 0},
	    {"{\"Rooms\":3,}", 0},
	    {"{\"Rooms\":-}", 0},
	    {"{\"Rooms\":03}", 0},
	    {"{\"Rooms\":3.}", 0},
	    {"{\"Rooms\":3e}", 0},
	    {"{\"Rooms\":+3}", 0},
	    {"{\"Rooms\":1e999}", 0},
	    {"{\"Rooms\":\"3\"}", 0},
	    {"{\"Rooms\":3,\"Rooms\":3}", 0},
	    {"{\"Room\":3}", 0},
	    {"{\"Type\":\"x\"}", 0},
	    {"{\"Type\":\"\"}", 0},
	    {"{\"Type\":\"\\u0068\"}", 0},
	    {"{\"Type\":1}", 0},
	    {"{\"Type\":\"h}", 0},
	    {"{\"Date\":\"tomorrow\"}", 0},
	    {"{\"Date\":20170304}", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		is_int(try(c[i].text, strlen(c[i].text)), c[i].taken, c[i].text);
}

/* Bytes of good rows changed at random: never a row that the long way would read otherwise. */
static void
test_quick__changed_bytes(void)
{
	static const char row[] =
	    "{\"Rooms\":3,\"Type\":\"t\",\"Date\":\"2017-03-04\",\"\":1e-7,\"Distance\":-12.75}";
	static const char bytes[] = "{}[]\",:.-+eE0123456789 \\nulht\xc3\xa9\x01";
	struct rai_rng r = rai_rng_new(3, 0);
	char text[sizeof(row)];
	int i, k, taken = 0, wrong = 0, rc;

	for (i = 0; i < 20000; i++) {
		memcpy(text, row, sizeof(row));
		for (k = (int)rai_rng_below(&r, 4); k > 0; k--)
			text[rai_rng_below(&r, sizeof(row) - 1)] =
			    bytes[rai_rng_below(&r, sizeof(bytes) - 1)];
		rc = try(text, sizeof(row) - 1);
		taken += rc == 1;
		wrong += rc < 0;
	}
	is_int(wrong, 0, "changed bytes make no other row");
	ok(taken > 1000 && taken < 19000, "some are taken, some are not");
}

/* Is the number copied as it came? */
static int
is_copied(const char *number)
{
	struct rai_serve_rows r;
	char text[64];
	const char *at = text;
	int n = snprintf(text, sizeof(text), "{\"Rooms\":%s}", number), copied;

	rai_serve_rows_init(&r);
	(void)rai_serve_rows_begin(&schema, &r, NULL);
	r.body = text;
	copied = rai_serve_rows_quick(&schema, &names, &at, text + n, &r) == 0 &&
		 r.token[0].len == strlen(number);
	rai_serve_rows_release(&r);
	return copied;
}

static void
test_quick__numbers_as_they_came(void)
{
	static const char *const copied[] = {
	    "0", "7", "-7", "11.2", "-37.8276", "123456789012345", "0.001", "9.99999999999999"};
	static const char *const other[] = {
	    "-0", "11.20", "7.0", "7e1", "0.0001", "1234567890123456", "0.12345678901234567"};
	struct rai_rng r = rai_rng_new(4, 0);
	char text[64];
	int i, k, n, digits, wrong = 0;
	size_t j;

	for (j = 0; j < sizeof(copied) / sizeof(copied[0]); j++)
		ok(is_copied(copied[j]), copied[j]);
	for (j = 0; j < sizeof(other) / sizeof(other[0]); j++)
		ok(!is_copied(other[j]), other[j]);
	for (i = 0; i < 50000; i++) {
		n = snprintf(text, sizeof(text), "{\"Rooms\":%s%d", i & 1 ? "-" : "",
		    (int)rai_rng_below(&r, i & 2 ? 2 : 1000));
		digits = (int)rai_rng_below(&r, 16);
		for (k = 0; k < digits; k++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%d", k == 0 ? "." : "",
			    (int)rai_rng_below(&r, i & 4 ? 2 : 10));
		n += snprintf(text + n, sizeof(text) - (size_t)n, "}");
		wrong += try(text, (size_t)n) != 1;
	}
	is_int(wrong, 0, "what is copied is what would be written");
}

/* Categories that are alike in all but one place, and as many as make their hashes meet. */
static void
test_names__levels(void)
{
	enum { LEVELS = 3000 };
	static char text[LEVELS][24];
	static char *level[LEVELS], a[] = "a", b[] = "b", c[] = "c";
	struct rai_col_spec col[] = {{.name = a, .type = RAI_COL_CAT, .level = level},
	    {.name = b, .type = RAI_COL_NUM},
	    {.name = c, .type = RAI_COL_CAT, .level = level, .nlevel = LEVELS}};
	const struct rai_schema s = {.col = col, .n = 3};
	struct rai_serve_names n;
	struct rai_err err = RAI_ERR_INIT;
	size_t i, k, len, wrong = 0;

	for (i = 0; i < LEVELS; i++) {
		snprintf(text[i], sizeof(text[i]), "%0*zu%.*s", (int)(4 + i % 3), i, (int)(i % 16),
		    "same for all, yes");
		level[i] = text[i];
	}
	if (!ok(rai_serve_names_make(&s, &n, &err) == 0, "names of many categories"))
		return;
	for (i = 0; i < LEVELS; i++) {
		len = strlen(text[i]);
		wrong += rai_serve_level(&n, 2, text[i], len) != (int32_t)i;
		wrong += rai_serve_level(&n, 0, text[i], len) != RAI_CODE_UNSEEN;
		for (k = 1; k < 4; k++)
			wrong += rai_serve_level(&n, 2, text[i], k) != RAI_CODE_UNSEEN;
		text[i][len] = '!';
		wrong += rai_serve_level(&n, 2, text[i], len + 1) != RAI_CODE_UNSEEN;
		text[i][len] = '\0';
	}
	is_int(wrong, 0, "each is found, nothing else is");
	rai_serve_names_release(&n);
}

int
main(void)
{
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_serve_names_make(&schema, &names, &err) == 0, "names"))
		return tap_done();
	test_names__levels();
	test_quick__what_it_takes();
	test_quick__changed_bytes();
	test_quick__numbers_as_they_came();
	rai_serve_names_release(&names);
	return tap_done();
}

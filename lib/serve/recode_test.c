#include "serve/recode.h"

#include "base/tap.h"

#define PRICE "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}"

static const char champion[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"},"
    "{\"name\":\"Suburb\",\"type\":\"category\",\"levels\":[\"Kew\",\"Lalor\"]},"
    "{\"name\":\"Date\",\"type\":\"date\",\"day_first\":true}]," PRICE;
static const char challenger[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"},"
    "{\"name\":\"Suburb\",\"type\":\"category\",\"levels\":[\"3\",\"Carlton\",\"Kew\"]},"
    "{\"name\":\"Date\",\"type\":\"date\",\"day_first\":true}]," PRICE;

static struct rai_schema
schema(const char *text)
{
	struct cJSON *doc = rai_json_parse(text, strlen(text), NULL);
	struct rai_schema s = {.n = 0};

	ok(doc != NULL && rai_schema_read(doc, &s, NULL) == 0, "a schema");
	rai_json_free(doc);
	return s;
}

static void
test_rows(void)
{
	static const struct {
		int32_t code, want;
		double num;
		const char *text, *name;
	} cases[] = {
	    {0, 2, NAN, "Kew", "a category that both know has another number"},
	    {1, RAI_CODE_UNSEEN, NAN, "Lalor", "one that only the champion knows is unseen"},
	    {RAI_CODE_UNSEEN, 1, NAN, "Carlton", "one that only the challenger knows is found"},
	    {RAI_CODE_UNSEEN, 0, 3, NULL, "also one that came as a number"},
	    {RAI_CODE_UNSEEN, RAI_CODE_UNSEEN, NAN, "Nowhere", "one that nobody knows"},
	    {RAI_CODE_UNSEEN, RAI_CODE_UNSEEN, NAN, NULL, "or whose name is not there"},
	    {RAI_CODE_MISSING, RAI_CODE_MISSING, NAN, NULL, "missing stays missing"},
	};
	struct rai_schema from = schema(champion), to = schema(challenger);
	struct rai_serve_recode there = {.level = NULL}, back = {.level = NULL};
	size_t i;

	ok(rai_serve_recode_check(&from, &to, NULL) == 0, "other categories are no obstacle");
	ok(rai_serve_recode_init(&there, &from, &to, NULL) == 0 &&
		rai_serve_recode_init(&back, &to, &from, NULL) == 0,
	    "both ways");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rai_cell row[3] = {{4, 0}, {cases[i].num, cases[i].code}, {17000, 0}};
		const char *text[3] = {NULL, cases[i].text, "18/07/2016"};

		rai_serve_recode_row(&there, row, text, row);
		is_int(row[1].code, cases[i].want, cases[i].name);
		ok(row[0].num == 4 && row[2].num == 17000, "numbers and dates are what they were");
		rai_serve_recode_row(&back, row, text, row);
		is_int(row[1].code, cases[i].code, "and back it is what it was");
	}
	rai_serve_recode_release(&there);
	rai_serve_recode_release(&back);
	rai_schema_release(&from);
	rai_schema_release(&to);
}

static void
refuses(const struct rai_schema *from, const char *text, const char *why)
{
	struct rai_schema to = schema(text);
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_serve_recode_check(from, &to, &err) != 0, "refused");
	is_str(err.msg, why, why);
	rai_schema_release(&to);
}

static void
test_refusals(void)
{
	struct rai_schema from = schema(champion), classes;

	refuses(&from, "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"}]," PRICE,
	    "it has 1 columns, and the served model 3");
	refuses(&from, "{\"columns\":[{\"name\":\"Bath\",\"type\":\"number\"}]," PRICE,
	    "its column 1 is \"Bath\", where that of the served model is \"Rooms\"");
	refuses(&from,
	    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"category\",\"levels\":[\"3\"]}]," PRICE,
	    "its column \"Rooms\" is a category, and a number in the served model");
	refuses(&from,
	    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"},{\"name\":\"Suburb\",\"type\":"
	    "\"category\",\"levels\":[]},{\"name\":\"Date\",\"type\":\"date\"}]," PRICE,
	    "it reads the dates of column \"Date\" in another order than the served model");
	rai_schema_release(&from);
	from = schema("{\"columns\":[]," PRICE);
	refuses(&from, "{\"columns\":[],\"target\":{\"name\":\"Rent\",\"type\":\"number\"}}",
	    "it predicts \"Rent\", and the served model \"Price\"");
	refuses(&from,
	    "{\"columns\":[],\"target\":{\"name\":\"Price\",\"type\":\"category\",\"levels\":["
	    "\"a\",\"b\"]}}",
	    "it predicts a category, and the served model a number");
	classes = schema("{\"columns\":[],\"target\":{\"name\":\"Price\",\"type\":\"category\","
			 "\"levels\":[\"a\",\"c\"]}}");
	refuses(&classes,
	    "{\"columns\":[],\"target\":{\"name\":\"Price\",\"type\":\"category\",\"levels\":["
	    "\"a\",\"b\"]}}",
	    "it knows other classes of \"Price\" than the served model");
	rai_schema_release(&classes);
	rai_schema_release(&from);
}

int
main(void)
{
	test_rows();
	test_refusals();
	return tap_done();
}

#include "json/event.h"
#include "json/json.h"
#include "json/utf8.h"

#include <stdlib.h>

#include "base/tap.h"

static void
test_json__readers_name_the_member(void)
{
	const char *text = "{\"n\":1.5,\"s\":\"x\",\"a\":[1,2],\"z\":null}";
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *j = rai_json_parse(text, strlen(text), &err);
	double n = 0;
	int64_t i = 0;
	const char *s = "kept";

	ok(j != NULL, "a document parses");
	ok(rai_json_num(j, "n", &n, &err) == 0 && n == 1.5, "a number");
	ok(rai_json_int(j, "n", &i, &err) == -1, "1.5 is not whole");
	ok(rai_json_num(j, "s", &n, &err) == -1, "a string is no number");
	is_str(err.msg, "\"s\" must be a number", "the message names the member");
	ok(rai_json_opt_str(j, "z", &s, &err) == 0 && strcmp(s, "kept") == 0,
	    "null counts as absent");
	ok(rai_json_str(j, "N", &s, &err) == -1, "names are case-sensitive");
	rai_json_free(j);
}

/* The sum of the array at key and how many there are, as 100 * n + sum; -1: refused. */
static int
sum(const struct cJSON *j, const char *key, size_t max, struct rai_err *err)
{
	double *v = NULL, total = 0;
	size_t n, i;

	if (rai_json_nums(j, key, max, &v, &n, err) != 0)
		return -1;
	for (i = 0; i < n; i++)
		total += v[i];
	free(v);
	return (int)(100 * (double)n + total);
}

static void
test_json__arrays_of_numbers(void)
{
	const char *text = "{\"a\":[1,2.5],\"s\":[1,\"2\"],\"e\":[],\"n\":1}";
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *j = rai_json_parse(text, strlen(text), &err);

	is_int(sum(j, "a", 2, &err), 203, "an array of numbers");
	is_int(sum(j, "e", 2, &err), 0, "an empty one");
	is_int(sum(j, "a", 1, &err), -1, "one too many");
	is_str(err.msg, "\"a\" holds 2 numbers, more than 1", "and how many");
	is_int(sum(j, "s", 2, &err), -1, "a string among them");
	is_str(err.msg, "\"s\" must hold numbers only", "is named");
	is_int(sum(j, "n", 2, &err), -1, "a number is no array");
	rai_json_free(j);
}

static void
test_json__hostile(void)
{
	static const char *const bad[] = {"", "{", "[1,]", "{\"a\":1} x", "\"\xff\"", "nul"};
	struct rai_err err = RAI_ERR_INIT;
	char deep[300];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(rai_json_parse(bad[i], strlen(bad[i]), &err) == NULL, "refused");
	memset(deep, '[', sizeof(deep));
	ok(rai_json_parse(deep, sizeof(deep), &err) == NULL, "deep nesting is refused");
}

static void
test_json__no_other_value(void)
{
	static const struct {
		const char *text;
		size_t n;
		const char *why; /* NULL: it is JSON */
	} cases[] = {
#define TEXT(t) t, sizeof(t) - 1
	    {TEXT("{\"a\":\"h\\u0000x\"}"), "byte 7: \\u0000 cannot be in a text"},
	    {TEXT("{\"a\\u0000b\":1}"), "\\u0000 cannot"},
	    {TEXT("{\"a\":\"h\0x\"}"), "a control character in a text"},
	    {TEXT("{\"a\":1}\0"), "byte 7: a control character"},
	    {TEXT("{\"a\":\n\"b\tc\"}"), "line 2, byte 8: a control character in a text"},
	    {TEXT("{\"a\":\"\\uZZZZ\"}"), "four hexadecimal digits"},
	    {TEXT("{\"a\":\"\\u12\"}"), "four hexadecimal digits"},
	    {TEXT("{\"a\":\"\\x41\"}"), "no such escape"},
	    {TEXT("{\"a\":03}"), "byte 6: no such number"},
	    {TEXT("{\"a\":-03}"), "no such number"},
	    {TEXT("{\"a\":3.}"), "no such number"},
	    {TEXT("{\"a\":3.e1}"), "no such number"},
	    {TEXT("{\"a\":1e}"), "no such number"},
	    {TEXT("{\"a\":-}"), "no such number"},
	    {TEXT("{\"a\":1.000000000000000000000000000000000000000000000000000000000000000}"),
		"more than 63 characters"},
	    {TEXT("\"\\"), "not JSON"},
	    {TEXT("\"\\u00"), "not JSON"},
	    {TEXT("-"), ""},
	    {TEXT(" [0,-0,0.0,10,-1.5e+10,2E-3,\"\\\"\\\\\\/"
		  "\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"] "),
		NULL},
	    {TEXT("1.00000000000000000000000000000000000000000000000000000000000"), NULL},
	};
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *j;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		j = rai_json_parse(cases[i].text, cases[i].n, &err);
		ok(cases[i].why == NULL ? j != NULL
					: j == NULL && strstr(err.msg, cases[i].why) != NULL,
		    cases[i].why == NULL ? "JSON" : cases[i].why);
		if (cases[i].why != NULL && j == NULL && strstr(err.msg, cases[i].why) == NULL)
			printf("# %s\n", err.msg);
		rai_json_free(j);
	}
}

static void
test_json__writer_round_trip(void)
{
	struct rai_buf b = RAI_BUF_INIT(1000), c = RAI_BUF_INIT(1000);
	struct rai_jw w;
	struct cJSON *j;

	rai_jw_init(&w, &b);
	rai_jw_object(&w, NULL);
	rai_jw_num(&w, "n", 0.1);
	rai_jw_num(&w, "nan", NAN);
	rai_jw_array(&w, "a");
	rai_jw_str(&w, NULL, "q\"\\\n\x01\xff");
	rai_jw_int(&w, NULL, -5);
	rai_jw_end(&w);
	rai_jw_end(&w);
	is_str(b.ptr, "{\"n\":0.1,\"nan\":null,\"a\":[\"q\\\"\\\\\\n\\u0001\xef\xbf\xbd\",-5]}",
	    "as written");
	j = rai_json_parse(b.ptr, b.len, NULL);
	rai_jw_init(&w, &c);
	rai_jw_node(&w, NULL, j);
	is_str(c.ptr, b.ptr, "parse and write again give the same text");
	rai_json_free(j);
	rai_buf_free(&b);
	rai_buf_free(&c);
}

static void
test_event__chain(void)
{
	struct rai_event_chain chain = {"", ""};
	struct rai_buf b = RAI_BUF_INIT(4000);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_event e;
	struct rai_jw w;
	struct cJSON *j;

	rai_event_begin(&w, &b, "rai-drift", "drift.detected", "house-price", 0, "A1", &chain);
	rai_jw_int(&w, "n", 1);
	rai_event_end(&w);
	j = rai_json_parse(b.ptr, b.len, &err);
	ok(rai_event_read(j, &e, &err) == 0, "our event is a CloudEvent");
	is_str(e.source, "/rai/drift", "source");
	ok(rai_event_is(&e, "drift.detected") && !rai_event_is(&e, "drift"), "its kind");
	is_str(e.correlation, "A1", "the first event is its own incident");
	ok(e.causation == NULL, "and has no cause");
	memset(&chain, 0, sizeof(chain));
	rai_event_follow(&chain, &e);
	rai_json_free(j);
	rai_buf_clear(&b);
	rai_event_begin(&w, &b, "rai-dispatch", "retrain.dispatched", NULL, 0, "B2", &chain);
	rai_event_end(&w);
	j = rai_json_parse(b.ptr, b.len, &err);
	ok(rai_event_read(j, &e, &err) == 0, "the next event");
	is_str(e.correlation, "A1", "belongs to the incident");
	is_str(e.causation, "A1", "and names its cause");
	rai_json_free(j);
	rai_buf_free(&b);
}

static void
test_json__walking_past_the_end(void)
{
	struct cJSON *j = rai_json_parse("[]", 2, NULL);

	ok(rai_json_first(j) == NULL, "an empty array has no first");
	ok(rai_json_next(rai_json_first(j)) == NULL, "and no second");
	ok(rai_json_first(NULL) == NULL && rai_json_next(NULL) == NULL, "nothing has neither");
	rai_json_free(j);
}

/* A byte that is none, at every place of a text that is looked at in pieces. */
static void
test_utf8(void)
{
	char text[25];
	size_t at, n, wrong = 0;

	for (n = 1; n <= 24; n++)
		for (at = 0; at < n; at++) {
			memset(text, 'a', n);
			wrong += rai_utf8_valid(text, n) != 0;
			text[at] = (char)0xff;
			wrong += rai_utf8_valid(text, n) == 0;
			if (at + 1 < n) {
				memcpy(text + at, "\xc3\xa9", 2);
				wrong += rai_utf8_valid(text, n) != 0;
			}
		}
	is_int((int64_t)wrong, 0, "UTF-8 in every place");
}

/* A character of each kind at every place of a text that is copied in pieces, and read back. */
static void
test_json__strings_round_trip(void)
{
	static const char *const piece[] = {"a", "\"", "\\", "\x01", "\x1f", " ", "\x7f", "!", "#",
	    "[", "]", "\n", "\t", "\xc3\xa9", "\xf0\x9f\x98\x80"};
	struct rai_buf b = RAI_BUF_INIT(4096);
	struct rai_err err = RAI_ERR_INIT;
	size_t i, at, n, wrong = 0;

	for (i = 0; i < sizeof(piece) / sizeof(piece[0]); i++)
		for (n = 0; n <= 24; n++)
			for (at = 0; at <= n; at++) {
				char text[64];
				struct rai_jw w;
				struct cJSON *j;

				snprintf(text, sizeof(text), "%.*s%s%.*s", (int)at,
				    "abcdefghijklmnopqrstuvwxyz", piece[i], (int)(n - at),
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
				rai_buf_clear(&b);
				rai_jw_init(&w, &b);
				rai_jw_object(&w, NULL);
				rai_jw_bool(&w, "first", 1);
				rai_jw_str(&w, text, text);
				rai_jw_end(&w);
				j = rai_json_parse(b.ptr, b.len, &err);
				wrong += j == NULL || rai_json_get(j, text) == NULL ||
					 strcmp(rai_json_as_str(rai_json_get(j, text)), text) != 0;
				rai_json_free(j);
			}
	is_int((int64_t)wrong, 0, "names and values come back, whatever is in them");
	rai_buf_free(&b);
}

int
main(void)
{
	test_json__strings_round_trip();
	test_json__walking_past_the_end();
	test_json__readers_name_the_member();
	test_json__arrays_of_numbers();
	test_json__hostile();
	test_json__no_other_value();
	test_json__writer_round_trip();
	test_event__chain();
	test_utf8();
	return tap_done();
}

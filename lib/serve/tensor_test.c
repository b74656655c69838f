#include "serve/tensor.h"

#include <stdio.h>

#include "base/tap.h"

static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\",\"min\":1,\"max\":10},"
    "{\"name\":\"Type\",\"type\":\"category\",\"levels\":[\"h\",\"t\",\"u\"]}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

#define INPUT(name, shape, type, data) \
	"{\"name\":\"" name "\",\"shape\":" shape ",\"datatype\":\"" type "\",\"data\":" data "}"
#define TYPE INPUT("Type", "[2]", "BYTES", "[\"u\",null]")

struct fixture {
	struct rai_schema schema;
	struct rai_serve_rows rows;
	struct rai_err err;
	struct rai_buf out;
};

/* The rows of a request as the log would write them, or the message; raw is behind its JSON. */
static const char *
rows_of(struct fixture *f, const char *inputs, const char *raw, size_t nraw)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	struct cJSON *doc;
	struct rai_jw w;
	size_t i;

	rai_buf_printf(&text, "{\"inputs\":[%s]}", inputs);
	doc = rai_json_parse(text.ptr, text.len, &f->err);
	rai_buf_clear(&f->out);
	if (doc == NULL || rai_serve_rows_begin(&f->schema, &f->rows, &f->err) != 0 ||
	    rai_serve_tensors(&f->schema, doc, raw, nraw, &f->rows, &f->err) != 0)
		rai_buf_str(&f->out, f->err.msg);
	else
		for (i = 0; i < f->rows.n; i++) {
			rai_jw_init(&w, &f->out);
			rai_serve_rows_write(&f->schema, NULL, &f->rows, i, NULL, &w, NULL);
		}
	rai_json_free(doc);
	rai_buf_free(&text);
	return f->out.ptr;
}

static const char *
rows(struct fixture *f, const char *inputs)
{
	return rows_of(f, inputs, "", 0);
}

static void
test_tensor__shapes(struct fixture *f)
{
	static const char two[] = "{\"Rooms\":3,\"Type\":\"u\"}{\"Rooms\":4,\"Type\":null}";

	is_str(rows(f, INPUT("Rooms", "[2]", "INT8", "[3,4]") "," TYPE), two, "[n] and [n]");
	is_str(rows(f, TYPE "," INPUT("Rooms", "[2,1]", "FP32", "[3,4]")), two,
	    "[n,1] in flat data, in another order");
	is_str(rows(f, TYPE "," INPUT("Rooms", "[2,1]", "FP64", "[[3],[4]]")), two, "nested");
	is_str(rows(f, INPUT("x", "[2,2]", "BYTES", "[\"3\",\"u\",\"4\",null]")), two,
	    "all features, flat");
	is_str(rows(f, INPUT("x", "[2,2]", "BYTES", "[[\"3\",\"u\"],[\"4\",null]]")), two,
	    "and nested");
	is_str(rows(f, INPUT("x", "[2,1,2]", "BYTES", "[[[\"3\",\"u\"]],[[\"4\",null]]]")), two,
	    "with a dimension of 1 between");
	is_str(rows(f, INPUT("x", "[0,2]", "FP32", "[]")), "", "no rows");
}

static void
test_tensor__wrong_shapes(struct fixture *f)
{
	is_str(rows(f, INPUT("x", "[2,2]", "FP32", "[1,2,3]")),
	    "input 'x': expected 4 values for shape [2,2], got 3", "too few values");
	is_str(rows(f, INPUT("x", "[2,2]", "FP32", "[[1,2],[3]]")),
	    "input 'x': expected 2 items of nested data for shape [2,2], got 1", "a short row");
	is_str(rows(f, INPUT("x", "[2,2]", "FP32", "[[1,2],3]")),
	    "input 'x': \"data\" must be flat, or nested as \"shape\" says", "half nested");
	is_str(rows(f, INPUT("x", "[4]", "FP32", "[1,2,3,4]")),
	    "input 'x': it is no feature, so its \"shape\" must be [n, 2]: all of them",
	    "no feature");
	is_str(rows(f, INPUT("Rooms", "[1,2]", "FP32", "[1,2]") "," TYPE),
	    "input 'Rooms': the \"shape\" of a feature must be [n] or [n, 1]", "a wide feature");
	is_str(rows(f, TYPE "," INPUT("Rooms", "[3]", "FP32", "[1,2,3]")),
	    "input 'Rooms': 3 rows, where the first input has 2", "another number of rows");
	ok(strstr(rows(f, INPUT("x", "[1e300,2]", "FP32", "[]")), "\"shape\" must be") != NULL,
	    "a huge one");
	ok(strstr(rows(f, INPUT("x", "[-1,2]", "FP32", "[]")), "\"shape\" must be") != NULL,
	    "a negative one");
	ok(strstr(rows(f, INPUT("x", "[1,2,2,2,2,2,2,2,2]", "FP32", "[]")), "\"shape\"") != NULL,
	    "many dimensions");
	ok(strstr(rows(f, INPUT("x", "[]", "FP32", "[]")), "\"shape\" must be") != NULL, "none");
	is_str(rows(f, TYPE), "not given: \"Rooms\" (a value that is not known is null)",
	    "an input missing");
	is_str(rows(f, TYPE "," TYPE), "input 'Type': field \"Type\" is given twice", "twice");
	is_str(rows(f, ""), "\"inputs\" is empty", "no inputs");
	is_str(rows(f, "7"), "input 1: must be an object", "no input");
}

static void
test_tensor__types(struct fixture *f)
{
	static const struct {
		const char *type, *good, *bad;
	} t[] = {
	    {"BOOL", "true", "1"},
	    {"UINT8", "255", "256"},
	    {"UINT16", "65535", "-1"},
	    {"UINT32", "4294967295", "4294967296"},
	    {"UINT64", "9007199254740992", "9007199254740994"},
	    {"INT8", "-128", "-129"},
	    {"INT16", "32767", "32768"},
	    {"INT32", "-2147483648", "0.5"},
	    {"INT64", "-9007199254740992", "true"},
	    {"FP16", "0.5", "\"0.5\""},
	    {"FP64", "1e300", "[1]"},
	    {"BYTES", "\"x\"", "{}"},
	};
	char text[200], want[80];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text),
		    INPUT("Type", "[2]", "%s", "[%s,null]") "," INPUT(
			"Rooms", "[2]", "FP32", "[1,2]"),
		    t[i].type, t[i].good);
		ok(strstr(rows(f, text), "{\"Rooms\":2,\"Type\":null}") != NULL, t[i].type);
		snprintf(text, sizeof(text),
		    INPUT("Type", "[2]", "%s", "[null,%s]") "," INPUT(
			"Rooms", "[2]", "FP32", "[1,2]"),
		    t[i].type, t[i].bad);
		snprintf(want, sizeof(want), "input 'Type': value 2 is no %s", t[i].type);
		is_str(rows(f, text), want, t[i].bad);
	}
	ok(strstr(rows(f, INPUT("x", "[1,2]", "BF16", "[1,2]")), "no datatype \"BF16\"") != NULL,
	    "another type");
	ok(strstr(rows(f, INPUT("x", "[1,2]", "BYTES", "[\"many\",\"h\"]")),
	       "Rooms: \"many\" is not a number") != NULL,
	    "text in a number");
	is_str(rows(f, INPUT("x", "[2,2]", "FP64", "[1,2,3,\"h\"]")),
	    "input 'x': value 4 (field \"Type\") is no FP64",
	    "a wrong value among those of all features");
}

static void
test_tensor__parameters(struct fixture *f)
{
	is_str(rows(f, "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"parameters\":"
		       "{\"a\":null},\"data\":[1,2]}"),
	    "input 'x': parameter \"a\" must be a string, a number, true or false", "a null");
	is_str(rows(f, "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"BYTES\",\"parameters\":"
		       "{\"a\":1,\"b\":\"c\",\"d\":true},\"data\":[\"1\",\"t\"]}"),
	    "{\"Rooms\":1,\"Type\":\"t\"}", "good ones");
}

#define BYTES(name, shape, type, size)                                    \
	"{\"name\":\"" name "\",\"shape\":" shape ",\"datatype\":\"" type \
	"\",\"parameters\":{\"binary_data_size\":" size "}}"
#define RAW(text) text, sizeof(text) - 1

/* Of an input with all features, the message names that which the value is for. */
static void
test_tensor__wrong_bytes(struct fixture *f)
{
	is_str(rows_of(f, BYTES("x", "[1,2]", "BYTES", "10"), RAW("\x01\0\0\0\x31\x01\0\0\0\xff")),
	    "input 'x': value 2 (field \"Type\") is no UTF-8 text", "no text");
	is_str(rows_of(f, BYTES("x", "[1,2]", "BOOL", "2"), RAW("\x01\x01")),
	    "input 'x': value 1 (field \"Rooms\"): a BOOL is for a category",
	    "a truth value for a number");
	is_str(rows_of(f, BYTES("x", "[1,2]", "BOOL", "2"), RAW("\x02\x01")),
	    "input 'x': value 1 (field \"Rooms\") is no BOOL", "neither true nor false");
	is_str(rows_of(f, BYTES("x", "[1,2]", "INT64", "16"),
		   RAW("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\x20\0")),
	    "input 'x': value 2 (field \"Type\") is beyond 2^53", "an integer that is too large");
	is_str(
	    rows_of(f, BYTES("Type", "[1]", "BOOL", "1") "," INPUT("Rooms", "[1]", "INT8", "[3]"),
		RAW("\x02")),
	    "input 'Type': value 1 is no BOOL", "one of its own has its name already");
}

static void
test_tensor__binary(struct fixture *f)
{
	static const char two[] = "{\"Rooms\":3,\"Type\":\"u\"}{\"Rooms\":-4,\"Type\":null}";
	static const struct {
		const char *type, *size, *raw;
		size_t nraw;
	} numbers[] = {
	    /* of numpy: numpy.array([3, -4], "<f8").tobytes() and so on */
	    {"FP64", "16", RAW("\0\0\0\0\0\0\x08\x40\0\0\0\0\0\0\x10\xc0")},
	    {"FP32", "8", RAW("\0\0\x40\x40\0\0\x80\xc0")},
	    {"FP16", "4", RAW("\0\x42\0\xc4")},
	    {"INT64", "16", RAW("\x03\0\0\0\0\0\0\0\xfc\xff\xff\xff\xff\xff\xff\xff")},
	    {"INT32", "8", RAW("\x03\0\0\0\xfc\xff\xff\xff")},
	    {"INT16", "4", RAW("\x03\0\xfc\xff")},
	    {"INT8", "2", RAW("\x03\xfc")},
	    {"BYTES", "11",
		RAW("\x01\0\0\0"
		    "3"
		    "\x02\0\0\0"
		    "-4")},
	};
	char inputs[512];
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(inputs, sizeof(inputs), TYPE "," BYTES("Rooms", "[2,1]", "%s", "%s"),
		    numbers[i].type, numbers[i].size);
		is_str(rows_of(f, inputs, numbers[i].raw, numbers[i].nraw), two, numbers[i].type);
	}
	is_str(rows_of(f,
		   BYTES("Type", "[2]", "BYTES", "9") "," INPUT("Rooms", "[2]", "INT8", "[3,-4]"),
		   RAW("\x01\0\0\0u\0\0\0\0")),
	    two, "text, of which an empty one is missing");
	is_str(
	    rows_of(f, BYTES("Rooms", "[2]", "UINT16", "4") "," BYTES("Type", "[2]", "BOOL", "2"),
		RAW("\xff\xff\x01\0\x01\0")),
	    "{\"Rooms\":65535,\"Type\":\"true\"}{\"Rooms\":1,\"Type\":\"false\"}",
	    "one behind the other");
	is_str(rows_of(f, BYTES("Rooms", "[2]", "FP64", "16") "," TYPE,
		   RAW("\0\0\0\0\0\0\xf8\x7f\0\0\0\0\0\0\x08\x40")),
	    "{\"Rooms\":null,\"Type\":\"u\"}{\"Rooms\":3,\"Type\":null}", "NaN is missing");
	is_str(rows_of(f, BYTES("x", "[1,2]", "BYTES", "10"),
		   RAW("\x01\0\0\0"
		       "3\x01\0\0\0u")),
	    "{\"Rooms\":3,\"Type\":\"u\"}", "all features");
}

/* The message of an input Rooms of two rows. */
static void
refuses(struct fixture *f, const char *type, const char *size, const char *raw, size_t nraw,
    const char *want)
{
	char inputs[512];

	snprintf(inputs, sizeof(inputs), TYPE "," BYTES("Rooms", "[2]", "%s", "%s"), type, size);
	is_str(rows_of(f, inputs, raw, nraw), want, want);
}

static void
test_tensor__binary_refused(struct fixture *f)
{
	refuses(f, "INT8", "3", RAW("\1\2"),
	    "input 'Rooms': \"binary_data_size\" is 3, but 2 bytes are left behind the JSON (whose "
	    "length the header Inference-Header-Content-Length has)");
	refuses(f, "INT8", "-1", RAW("\1\2"),
	    "input 'Rooms': \"binary_data_size\" is -1, but 2 bytes are left behind the JSON "
	    "(whose length the header Inference-Header-Content-Length has)");
	refuses(f, "INT8", "1", RAW("\1"), "input 'Rooms': expected 2 bytes for shape [2], got 1");
	refuses(f, "INT8", "2", RAW("\1\2\3"),
	    "1 bytes behind the JSON belong to no input's \"binary_data_size\"");
	refuses(f, "INT8", "\"2\"", RAW("\1\2"),
	    "input 'Rooms': \"binary_data_size\" must be a number");
	refuses(f, "FP16", "4", RAW("\0\x7c\0\0"),
	    "input 'Rooms': field \"Rooms\": the number is out of range");
	refuses(f, "INT64", "16", RAW("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\x20\0"),
	    "input 'Rooms': value 2 is beyond 2^53");
	refuses(f, "BOOL", "2", RAW("\1\1"), "input 'Rooms': value 1: a BOOL is for a category");
	refuses(f, "BYTES", "7",
	    RAW("\x01\0\0\0"
		"3\0\0"),
	    "input 'Rooms': value 2 ends beyond the 7 bytes of the input");
	refuses(f, "BYTES", "9",
	    RAW("\xff\xff\xff\xff"
		"3\0\0\0\0"),
	    "input 'Rooms': value 1 ends beyond the 9 bytes of the input");
	refuses(f, "BYTES", "10",
	    RAW("\x01\0\0\0"
		"3\0\0\0\0x"),
	    "input 'Rooms': 1 bytes are left after its 2 values");
	refuses(f, "BYTES", "9", RAW("\x01\0\0\0\xff\0\0\0\0"),
	    "input 'Rooms': value 1 is no UTF-8 text");
	refuses(f, "BYTES", "10",
	    RAW("\x02\0\0\0"
		"3\0\0\0\0\0"),
	    "input 'Rooms': value 1 is no UTF-8 text");
	is_str(rows_of(f,
		   TYPE ",{\"name\":\"Rooms\",\"shape\":[2],\"datatype\":\"INT8\",\"data\":[1,2],"
			"\"parameters\":{\"binary_data_size\":2}}",
		   RAW("\1\2")),
	    "input 'Rooms': either \"data\" or the parameter \"binary_data_size\", not both",
	    "not both");
}

int
main(void)
{
	struct cJSON *doc = rai_json_parse(schema_text, strlen(schema_text), NULL);
	struct fixture f = {.err = RAI_ERR_INIT};

	ok(rai_schema_read(doc, &f.schema, &f.err) == 0, "a schema");
	rai_json_free(doc);
	rai_serve_rows_init(&f.rows);
	rai_buf_init(&f.out, 1 << 20);
	test_tensor__shapes(&f);
	test_tensor__wrong_shapes(&f);
	test_tensor__types(&f);
	test_tensor__parameters(&f);
	test_tensor__binary(&f);
	test_tensor__wrong_bytes(&f);
	test_tensor__binary_refused(&f);
	rai_schema_release(&f.schema);
	rai_serve_rows_release(&f.rows);
	rai_buf_free(&f.out);
	return tap_done();
}

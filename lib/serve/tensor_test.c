#include "serve/tensor.h"

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

/* The rows of a request as the log would write them, or the message. */
static const char *
rows(struct fixture *f, const char *inputs)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	struct cJSON *doc;
	struct rai_jw w;
	size_t i;

	rai_buf_printf(&text, "{\"inputs\":[%s]}", inputs);
	doc = rai_json_parse(text.ptr, text.len, &f->err);
	rai_buf_clear(&f->out);
	if (doc == NULL || rai_serve_rows_begin(&f->schema, &f->rows, &f->err) != 0 ||
	    rai_serve_tensors(&f->schema, doc, &f->rows, &f->err) != 0)
		rai_buf_str(&f->out, f->err.msg);
	else
		for (i = 0; i < f->rows.n; i++) {
			rai_jw_init(&w, &f->out);
			rai_serve_rows_write(&f->schema, &f->rows, i, NULL, &w, NULL);
		}
	rai_json_free(doc);
	rai_buf_free(&text);
	return f->out.ptr;
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
}

static void
test_tensor__parameters(struct fixture *f)
{
	ok(strstr(rows(f, "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\","
			  "\"parameters\":{\"binary_data_size\":8}}"),
	       "binary tensor data is not understood") != NULL,
	    "binary data");
	is_str(rows(f, "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"parameters\":"
		       "{\"a\":null},\"data\":[1,2]}"),
	    "input 'x': parameter \"a\" must be a string, a number, true or false", "a null");
	is_str(rows(f, "{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"BYTES\",\"parameters\":"
		       "{\"a\":1,\"b\":\"c\",\"d\":true},\"data\":[\"1\",\"t\"]}"),
	    "{\"Rooms\":1,\"Type\":\"t\"}", "good ones");
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
	rai_schema_release(&f.schema);
	rai_serve_rows_release(&f.rows);
	rai_buf_free(&f.out);
	return tap_done();
}

#include "serve/instances.h"

#include "base/tap.h"
#include "serve/csvbody.h"

static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\",\"min\":1,\"max\":10},"
    "{\"name\":\"Type\",\"type\":\"category\",\"levels\":[\"h\",\"t\",\"u\"]}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

static const char two[] = "{\"Rooms\":3,\"Type\":\"u\"}{\"Rooms\":4,\"Type\":null}";

struct fixture {
	struct rai_schema schema;
	struct rai_serve_rows rows;
	struct rai_err err;
	struct rai_buf out;
};

/* The rows as the log would write them, or the message. */
static const char *
written(struct fixture *f, int rc)
{
	struct rai_jw w;
	size_t i;

	rai_buf_clear(&f->out);
	if (rc != 0)
		rai_buf_str(&f->out, f->err.msg);
	for (i = 0; rc == 0 && i < f->rows.n; i++) {
		rai_jw_init(&w, &f->out);
		rai_serve_rows_write(&f->schema, NULL, &f->rows, i, NULL, &w, NULL);
	}
	return f->out.ptr;
}

enum how { STRICT, LOOSE, SPLIT, COLUMNS };

static const char *
json(struct fixture *f, enum how how, const char *text)
{
	struct cJSON *doc = rai_json_parse(text, strlen(text), &f->err);
	int rc = doc == NULL ? -1 : rai_serve_rows_begin(&f->schema, &f->rows, &f->err);
	const char *result;

	if (rc == 0 && how == SPLIT)
		rc = rai_serve_split(&f->schema, doc, &f->rows, &f->err);
	else if (rc == 0 && how == COLUMNS)
		rc = rai_serve_columns(&f->schema, doc, &f->rows, &f->err);
	else if (rc == 0)
		rc = rai_serve_instances(&f->schema, doc,
		    how == STRICT ? RAI_EXTRA_REFUSED : RAI_EXTRA_DROPPED, &f->rows, &f->err);
	result = written(f, rc);
	rai_json_free(doc);
	return result;
}

static const char *
csv(struct fixture *f, enum rai_serve_extra extra, const char *text)
{
	int rc = rai_serve_rows_begin(&f->schema, &f->rows, &f->err);

	if (rc == 0)
		rc = rai_serve_csv_read(&f->schema, extra, text, strlen(text), &f->rows, &f->err);
	return written(f, rc);
}

static void
test_instances__lists(struct fixture *f)
{
	is_str(json(f, STRICT, "[[3,\"u\"],{\"Rooms\":4}]"), two, "arrays and objects");
	is_str(json(f, LOOSE, "[{\"x\":1,\"Type\":\"u\",\"Rooms\":3},{\"Rooms\":4}]"), two,
	    "what is not known is dropped");
	is_str(json(f, LOOSE, "[]"), "", "no rows");
	is_str(json(f, STRICT, "[[3,\"u\"],{\"Romos\":4}]"),
	    "row 2: unknown field \"Romos\" (did you mean \"Rooms\"?)", "or refused");
	is_str(json(f, LOOSE, "[{\"Rooms\":3},{\"Rooms\":4}]"),
	    "not given: \"Type\" (a value that is not known is null)", "a column in no row");
	is_str(json(f, LOOSE, "[{\"Rooms\":3,\"Rooms\":4}]"),
	    "row 1: field \"Rooms\" is given twice", "twice");
	is_str(json(f, STRICT, "[[3]]"), "row 1: 1 values, not 2", "too few");
	is_str(json(f, STRICT, "[3]"),
	    "row 1: must be an object of fields, or an array of 2 values", "no row");
	is_str(json(f, STRICT, "[[1e999,null]]"),
	    "row 1: field \"Rooms\": the number is out of range", "infinity");
}

static void
test_instances__frames(struct fixture *f)
{
	is_str(json(f, SPLIT,
		   "{\"columns\":[\"x\",\"Type\",\"Rooms\"],\"data\":[[{},\"u\",3],[1,null,4]]}"),
	    two, "split");
	is_str(json(f, SPLIT, "{\"columns\":[\"Type\",\"Rooms\"],\"data\":[[1]]}"),
	    "row 1: 1 values, not 2", "a short row");
	is_str(json(f, SPLIT, "{\"columns\":[\"Type\",\"Rooms\"],\"data\":[{}]}"),
	    "row 1 must be an array of 2 values", "no row");
	is_str(json(f, SPLIT, "{\"columns\":[\"Type\",7],\"data\":[]}"),
	    "\"columns\" must be names", "no name");
	is_str(json(f, SPLIT, "{\"columns\":[\"Type\"],\"data\":[]}"),
	    "not given: \"Rooms\" (a value that is not known is null)", "a column missing");
	is_str(json(f, SPLIT, "[]"), "\"columns\" is missing (an array)", "no frame");
	is_str(json(f, COLUMNS, "{\"x\":[1,2],\"Type\":[\"u\",null],\"Rooms\":[3,4]}"), two,
	    "columns");
	is_str(json(f, COLUMNS, "{\"Type\":[\"u\",null],\"Rooms\":[3]}"),
	    "\"Rooms\" must be an array of 2 values", "of two lengths");
	is_str(json(f, COLUMNS, "[[1]]"), "must be an object of columns", "no columns");
	is_str(json(f, COLUMNS, "{\"Rooms\":[3]}"),
	    "not given: \"Type\" (a value that is not known is null)", "one missing");
	is_str(json(f, COLUMNS, "{\"Type\":[\"u\"],\"Rooms\":[\"many\"]}"),
	    "row 1: Rooms: \"many\" is not a number", "a wrong value");
}

static void
test_instances__csv(struct fixture *f)
{
	is_str(csv(f, RAI_EXTRA_REFUSED, "Type,Rooms\nu,3\n,4\n"), two, "CSV");
	is_str(csv(f, RAI_EXTRA_DROPPED, "\xef\xbb\xbfx,Type,Rooms\r\n1,\"u\",3\r\n\"a\nb\",,4"),
	    two, "with a mark, quotes, an extra column, and no last line break");
	is_str(csv(f, RAI_EXTRA_DROPPED,
		   "\xef\xbb\xbf"
		   "3,u\n4,\n"),
	    two, "with a mark and no header");
	is_str(csv(f, RAI_EXTRA_REFUSED, "Type\n\"a \"\"b\"\"\"\n"),
	    "{\"Rooms\":null,\"Type\":\"a \\\"b\\\"\"}", "a column missing, quotes in quotes");
	is_str(csv(f, RAI_EXTRA_DROPPED, "Type\nh\n"),
	    "not given: \"Rooms\" (a value that is not known is null)", "is an error elsewhere");
	is_str(csv(f, RAI_EXTRA_REFUSED, "Type,Romos\n"),
	    "unknown field \"Romos\" (did you mean \"Rooms\"?)", "an unknown one");
	is_str(csv(f, RAI_EXTRA_REFUSED, "Rooms\n1\nmany\n"),
	    "line 3: Rooms: \"many\" is not a number", "a wrong value");
	ok(strstr(csv(f, RAI_EXTRA_REFUSED, "Rooms,Type\n1\n"), "CSV:2: ") != NULL, "a short line");
	ok(strstr(csv(f, RAI_EXTRA_REFUSED, ""), "CSV") != NULL, "nothing");
	is_str(csv(f, RAI_EXTRA_REFUSED, "\x1f\x8b"),
	    "the body is not CSV text (of gzip, Content-Encoding must say so)", "gzip");
}

/* Every row more than the batch may have is refused, however it comes. */
static void
test_instances__bound(struct fixture *f)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 22);
	char want[80];
	size_t i;

	snprintf(want, sizeof(want), "more than %d rows in one request", RAI_SERVE_BATCH);
	rai_buf_str(&text, "Rooms\n");
	for (i = 0; i <= RAI_SERVE_BATCH; i++)
		rai_buf_str(&text, "1\n");
	is_str(csv(f, RAI_EXTRA_REFUSED, text.ptr), want, "CSV is bounded");
	rai_buf_clear(&text);
	rai_buf_str(&text, "{\"Type\":[null");
	for (i = 0; i < RAI_SERVE_BATCH; i++)
		rai_buf_str(&text, ",null");
	rai_buf_str(&text, "]}");
	is_str(json(f, COLUMNS, text.ptr), want, "so are columns");
	rai_buf_free(&text);
}

static void
test_instances__csv_out(void)
{
	char first[] = "h", second[] = "a \"b\", c", *level[] = {first, second};
	struct rai_schema schema = {.target = {.level = level, .nlevel = 2}};
	struct rai_serve_model m = {.schema = &schema, .nclass = 2};
	double out[] = {0.25, 0.75, 1, 0};
	char id[2][RAI_ULID_TEXT] = {"01", "02"};
	struct rai_serve_scores s = {.n = 2, .nout = 2, .out = out, .id = id};
	struct rai_buf text = RAI_BUF_INIT(1 << 16);

	rai_serve_csv_write(&m, &s, &text);
	is_str(text.ptr,
	    "id,prediction,probability:h,\"probability:a \"\"b\"\", c\"\n"
	    "01,\"a \"\"b\"\", c\",0.25,0.75\n02,h,1,0\n",
	    "classes with quotes");
	rai_buf_free(&text);
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
	test_instances__lists(&f);
	test_instances__frames(&f);
	test_instances__csv(&f);
	test_instances__bound(&f);
	test_instances__csv_out();
	rai_schema_release(&f.schema);
	rai_serve_rows_release(&f.rows);
	rai_buf_free(&f.out);
	return tap_done();
}

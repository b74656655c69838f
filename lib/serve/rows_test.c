#include "serve/rows.h"

#include "base/tap.h"

static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\",\"min\":1,\"max\":10},"
    "{\"name\":\"Type\",\"type\":\"category\",\"levels\":[\"h\",\"t\",\"u\"]},"
    "{\"name\":\"Date\",\"type\":\"date\",\"day_first\":true}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

struct fixture {
	struct rai_schema schema;
	struct rai_serve_names names;
	struct rai_serve_rows rows;
	struct rai_err err;
	struct rai_buf out;
};

static void
begin(struct fixture *f)
{
	struct cJSON *doc = rai_json_parse(schema_text, strlen(schema_text), NULL);

	memset(f, 0, sizeof(*f));
	ok(rai_schema_read(doc, &f->schema, &f->err) == 0, "a schema");
	rai_json_free(doc);
	ok(rai_serve_names_make(&f->schema, &f->names, &f->err) == 0, "its names");
	rai_serve_rows_init(&f->rows);
	rai_buf_init(&f->out, 1 << 20);
}

static void
end(struct fixture *f)
{
	rai_serve_names_release(&f->names);
	rai_schema_release(&f->schema);
	rai_serve_rows_release(&f->rows);
	rai_buf_free(&f->out);
}

/* What the row becomes in the log, or the message. */
static const char *
written(struct fixture *f, int rc)
{
	struct rai_jw w;

	if (rc != 0)
		return f->err.msg;
	rai_buf_clear(&f->out);
	rai_jw_init(&w, &f->out);
	rai_serve_rows_write(&f->schema, &f->names, &f->rows, f->rows.n - 1, NULL, &w, NULL);
	return f->out.ptr;
}

/* The text of the document must outlive the row, so the result is made before it is freed. */
static const char *
json(struct fixture *f, const char *text)
{
	struct cJSON *doc = rai_json_parse(text, strlen(text), &f->err);
	const char *result = f->err.msg;

	if (doc != NULL && rai_serve_rows_begin(&f->schema, &f->rows, &f->err) == 0)
		result = written(f, rai_serve_rows_json(&f->schema, doc, &f->rows, &f->err));
	rai_json_free(doc);
	return result;
}

static const char *
form(struct fixture *f, const char *text)
{
	if (rai_serve_rows_begin(&f->schema, &f->rows, &f->err) != 0)
		return f->err.msg;
	return written(f, rai_serve_rows_form(&f->schema, text, strlen(text), &f->rows, &f->err));
}

static void
test_rows__json(struct fixture *f)
{
	is_str(json(f, "{\"Type\":\"u\",\"Rooms\":3,\"Date\":\"4/03/2017\"}"),
	    "{\"Rooms\":3,\"Type\":\"u\",\"Date\":\"2017-03-04\"}", "any order, dates become ISO");
	is_str(json(f, "{\"Type\":null}"), "{\"Rooms\":null,\"Type\":null,\"Date\":null}",
	    "null and absent are missing");
	is_str(json(f, "{\"Type\":\"villa\"}"), "{\"Rooms\":null,\"Type\":\"villa\",\"Date\":null}",
	    "an unseen category stays as it came");
	is_str(json(f, "{\"Type\":7.5}"), "{\"Rooms\":null,\"Type\":\"7.5\",\"Date\":null}",
	    "also when it came as a number");
	is_str(json(f, "{\"Type\":true}"), "{\"Rooms\":null,\"Type\":\"true\",\"Date\":null}",
	    "or as a truth value");
	is_str(json(f, "{\"Romos\":1}"), "unknown field \"Romos\" (did you mean \"Rooms\"?)",
	    "an unknown field, and the nearest");
	is_str(json(f, "{\"Bathrooms\":1}"),
	    "unknown field \"Bathrooms\" (the form at / shows the fields of this model)",
	    "an unknown field far from all");
	is_str(json(f, "{\"Price\":1}"),
	    "field \"Price\" is what is predicted (leave it out; send it to /feedback)",
	    "the target is no field");
	is_str(json(f, "{\"Rooms\":1,\"Rooms\":2}"), "field \"Rooms\" is given twice", "twice");
	ok(strstr(json(f, "{\"Rooms\":[1]}"), "Rooms") != NULL, "a wrong type names the field");
	ok(strstr(json(f, "{\"Rooms\":\"many\"}"), "Rooms: \"many\"") != NULL,
	    "so does wrong text");
	is_str(json(f, "{\"Rooms\":1e999}"), "field \"Rooms\": the number is out of range",
	    "infinity is refused");
	is_str(json(f, "[1]"), "a row must be a JSON object, such as {\"Rooms\": null}",
	    "a row is an object");
}

static void
test_rows__form(struct fixture *f)
{
	is_str(form(f, "Rooms=3&Type=h&Date=2017-03-04"),
	    "{\"Rooms\":3,\"Type\":\"h\",\"Date\":\"2017-03-04\"}", "a form");
	is_str(form(f, "&Type=a+b%26%C3%A9&&"),
	    "{\"Rooms\":null,\"Type\":\"a b&\xc3\xa9\",\"Date\":null}", "blanks and escapes");
	is_str(form(f, "Rooms=&Type&Date="), "{\"Rooms\":null,\"Type\":null,\"Date\":null}",
	    "empty is missing");
	is_str(form(f, "R%6foms=3"), "{\"Rooms\":3,\"Type\":null,\"Date\":null}",
	    "names are escaped too");
	is_str(form(f, "Type=%"), "field \"Type\" is not UTF-8 text", "half an escape");
	is_str(form(f, "Type=%4"), "field \"Type\" is not UTF-8 text", "two thirds of one");
	is_str(form(f, "Type=%ff"), "field \"Type\" is not UTF-8 text", "invalid UTF-8");
	is_str(form(f, "Type=a%00b"), "field \"Type\" is not UTF-8 text", "a NUL");
	is_str(form(f, "%00=1"), "the form has a field whose name is not UTF-8 text", "in a name");
	is_str(form(f, "Rooms=1&Rooms=1"), "field \"Rooms\" is given twice", "twice");
	is_str(form(f, "Romos=1"), "unknown field \"Romos\" (did you mean \"Rooms\"?)", "unknown");
	is_str(form(f, "Rooms=many&Type=h&Date=soon"), "Rooms: \"many\" is not a number",
	    "the first of two wrong values is told");
	ok(f->rows.text[0] != NULL && strcmp(f->rows.text[0], "many") == 0 &&
		strcmp(f->rows.text[2], "soon") == 0 && f->rows.cell[1].code >= 0,
	    "what stands behind it is read all the same");
	form(f, "Rooms=many&Romos=1&Type=h");
	ok(f->rows.text[1] == NULL, "but not behind what is no form of this model");
}

/* Rows of a batch stand one behind the other; too many are refused before memory is asked for. */
static void
test_rows__batch(struct fixture *f)
{
	const char *text = "[{\"Rooms\":1,\"Type\":\"villa\"},{\"Rooms\":2},{\"Type\":\"t\"}]";
	struct cJSON *doc = rai_json_parse(text, strlen(text), NULL);
	const struct cJSON *i;

	rai_serve_rows_begin(&f->schema, &f->rows, NULL);
	for (i = rai_json_first(doc); i != NULL; i = rai_json_next(i))
		is_int(rai_serve_rows_json(&f->schema, i, &f->rows, &f->err), 0, "a row");
	is_int((long)f->rows.n, 3, "three rows");
	ok(f->rows.cell[0].num == 1 && f->rows.cell[3].num == 2, "each in its place");
	is_str(f->rows.text[1], "villa", "with its text");
	ok(f->rows.text[4] == NULL && f->rows.cell[7].code == 1, "which others do not inherit");
	is_int(rai_serve_rows_add(&f->rows, RAI_SERVE_BATCH - 2, &f->err), -1, "too many");
	is_str(f->err.msg, "more than 10000 rows in one request", "are refused");
	is_int(rai_serve_rows_add(&f->rows, SIZE_MAX, NULL), -1, "also when the sum wraps");
	is_int((long)f->rows.n, 3, "and nothing is added");
	rai_json_free(doc);
	rai_serve_rows_trim(&f->rows);
	ok(f->rows.cell != NULL, "little memory is kept");
	is_int(rai_serve_rows_add(&f->rows, RAI_SERVE_BATCH - 3, NULL), 0, "as many as may be");
	rai_serve_rows_trim(&f->rows);
	ok(f->rows.cell == NULL, "much is given back");
}

int
main(void)
{
	struct fixture f;

	begin(&f);
	test_rows__json(&f);
	test_rows__form(&f);
	test_rows__batch(&f);
	end(&f);
	return tap_done();
}

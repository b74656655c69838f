#include "serve/tensor.h"

#include <math.h>
#include <string.h>

#include "json/utf8.h"
#include "serve/binary.h"

/* DIMS: of a shape; EXACT: beyond 2^53 a double is not every integer. */
enum { DIMS = 8 };
#define EXACT 9007199254740992.0

enum family { IS_BOOL, IS_UINT, IS_INT, IS_FLOAT, IS_BYTES };

struct datatype {
	const char *name;
	enum family family;
	double min, max; /* of integers */
	size_t size;     /* bytes of a value; of a text, those of its length */
};

static const struct datatype datatypes[] = {
    {"BOOL", IS_BOOL, 0, 0, 1},
    {"UINT8", IS_UINT, 0, 255, 1},
    {"UINT16", IS_UINT, 0, 65535, 2},
    {"UINT32", IS_UINT, 0, 4294967295.0, 4},
    {"UINT64", IS_UINT, 0, EXACT, 8},
    {"INT8", IS_INT, -128, 127, 1},
    {"INT16", IS_INT, -32768, 32767, 2},
    {"INT32", IS_INT, -2147483648.0, 2147483647.0, 4},
    {"INT64", IS_INT, -EXACT, EXACT, 8},
    {"FP16", IS_FLOAT, 0, 0, 2},
    {"FP32", IS_FLOAT, 0, 0, 4},
    {"FP64", IS_FLOAT, 0, 0, 8},
    {"BYTES", IS_BYTES, 0, 0, 4},
};

/* One input, while its data is read. */
struct tensor {
	const struct rai_schema *schema;
	struct rai_serve_rows *rows;
	const char *name;
	const struct datatype *type;
	const struct cJSON *data;   /* or NULL: */
	const unsigned char *bytes; /* of this input, nbytes */
	size_t nbytes;
	const unsigned char *raw; /* nraw bytes that no input has had yet */
	size_t nraw;
	char *text; /* room for what is in raw, for texts with their ends */
	size_t shape[DIMS], ndim;
	size_t n, width; /* rows, and values of each */
	int col;         /* the feature that it is, or -1: all of them */
	size_t at;       /* values read */
};

int
rai_serve_parameters(const struct cJSON *obj, struct rai_err *err)
{
	const struct cJSON *p = rai_json_get(obj, "parameters"), *m;
	enum rai_json_kind kind = rai_json_kind(p);

	if (kind == RAI_JSON_NONE || kind == RAI_JSON_NULL)
		return 0;
	if (kind != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "\"parameters\" must be an object");
	for (m = rai_json_first(p); m != NULL; m = rai_json_next(m)) {
		kind = rai_json_kind(m);
		if (kind != RAI_JSON_STR && kind != RAI_JSON_NUM && kind != RAI_JSON_BOOL)
			return rai_fail(err, RAI_EINPUT,
			    "parameter \"%.60s\" must be a string, a number, true or false",
			    rai_json_key(m));
	}
	return 0;
}

int
rai_serve_parameter_set(const struct cJSON *obj, const char *name)
{
	int v = 0;

	return rai_json_opt_bool(rai_json_get(obj, "parameters"), name, &v, NULL) == 0 && v;
}

const char *
rai_serve_datatype(const struct rai_col_spec *c)
{
	return c->type == RAI_COL_NUM ? "FP64" : "BYTES";
}

static int
read_datatype(const struct cJSON *obj, struct tensor *t, struct rai_err *err)
{
	const char *text;
	size_t i;

	if (rai_json_str(obj, "datatype", &text, err) != 0)
		return -1;
	for (i = 0; i < sizeof(datatypes) / sizeof(datatypes[0]); i++)
		if (strcmp(datatypes[i].name, text) == 0) {
			t->type = &datatypes[i];
			return 0;
		}
	return rai_fail(err, RAI_EINPUT,
	    "no datatype \"%.40s\" (there are BOOL, UINT8 to UINT64, INT8 to INT64, FP16, FP32, "
	    "FP64 and BYTES)",
	    text);
}

/* Bounded by the rows that one request may have, and by the schema's width. */
static int
read_shape(const struct cJSON *obj, struct tensor *t, struct rai_err *err)
{
	const struct cJSON *shape, *item;
	double v;
	size_t limit;

	if (rai_json_array(obj, "shape", &shape, err) != 0)
		return -1;
	t->ndim = 0;
	t->width = 1;
	for (item = rai_json_first(shape); item != NULL; item = rai_json_next(item)) {
		limit = t->ndim == 0 ? RAI_SERVE_BATCH : t->schema->n + 1;
		v = rai_json_kind(item) == RAI_JSON_NUM ? rai_json_as_num(item) : -1;
		if (t->ndim == DIMS || v != floor(v) || v < 0 || v > (double)limit)
			return rai_fail(err, RAI_EINPUT,
			    "\"shape\" must be [n], [n, 1] or [n, %zu], n at most %d", t->schema->n,
			    RAI_SERVE_BATCH);
		t->shape[t->ndim] = (size_t)v;
		if (t->ndim++ == 0)
			t->n = (size_t)v;
		else if ((t->width *= (size_t)v) > t->schema->n)
			return rai_fail(err, RAI_EINPUT,
			    "\"shape\" has more than %zu values in a row", t->schema->n);
	}
	return t->ndim > 0 ? 0 : rai_fail(err, RAI_EINPUT, "\"shape\" must be [n] or [n, 1]");
}

/* Where the data is: in the document, or the next bytes behind it. */
static int
find_data(const struct cJSON *obj, struct tensor *t, struct rai_err *err)
{
	const struct cJSON *parameters = rai_json_get(obj, "parameters");
	int64_t size = -1;

	t->data = NULL;
	if (rai_json_get(parameters, "binary_data_size") == NULL)
		return rai_json_array(obj, "data", &t->data, err);
	if (rai_json_get(obj, "data") != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "either \"data\" or the parameter \"binary_data_size\", not both");
	if (rai_json_int(parameters, "binary_data_size", &size, err) != 0)
		return -1;
	if (size < 0 || (uint64_t)size > t->nraw)
		return rai_fail(err, RAI_EINPUT,
		    "\"binary_data_size\" is %lld, but %zu bytes are left behind the JSON (whose "
		    "length the header Inference-Header-Content-Length has)",
		    (long long)size, t->nraw);
	t->bytes = t->raw;
	t->nbytes = (size_t)size;
	t->raw += size;
	t->nraw -= (size_t)size;
	return 0;
}

static int
read_head(const struct cJSON *obj, struct tensor *t, struct rai_err *err)
{
	t->name = NULL;
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "must be an object");
	if (rai_json_str(obj, "name", &t->name, err) != 0 || read_shape(obj, t, err) != 0 ||
	    read_datatype(obj, t, err) != 0 || rai_serve_parameters(obj, err) != 0 ||
	    find_data(obj, t, err) != 0)
		return -1;
	return 0;
}

/* The column that the value is for. */
static size_t
column(const struct tensor *t)
{
	return t->col >= 0 ? (size_t)t->col : t->at % t->width;
}

/* "value 3 is no FP64"; where the input is no feature, which has its name, with that of one. */
static int
refuse(const struct tensor *t, const char *why, const char *what, struct rai_err *err)
{
	if (t->col >= 0)
		return rai_fail(err, RAI_EINPUT, "value %zu%s%s", t->at + 1, why, what);
	return rai_fail(err, RAI_EINPUT, "value %zu (field \"%.100s\")%s%s", t->at + 1,
	    t->schema->col[column(t)].name, why, what);
}

static int
is_of_type(const struct datatype *type, const struct cJSON *v)
{
	switch (rai_json_kind(v)) {
	case RAI_JSON_NULL:
		return 1;
	case RAI_JSON_BOOL:
		return type->family == IS_BOOL;
	case RAI_JSON_STR:
		return type->family == IS_BYTES;
	case RAI_JSON_NUM:
		return type->family == IS_FLOAT ||
		       ((type->family == IS_INT || type->family == IS_UINT) &&
			   rai_json_as_num(v) == floor(rai_json_as_num(v)) &&
			   rai_json_as_num(v) >= type->min && rai_json_as_num(v) <= type->max);
	default:
		return 0;
	}
}

static int
put(struct tensor *t, const struct cJSON *v, struct rai_err *err)
{
	size_t row = t->at / t->width, col = column(t);

	if (!is_of_type(t->type, v))
		return refuse(t, " is no ", t->type->name, err);
	t->at++;
	return rai_serve_rows_put(t->schema, row, col, v, t->rows, err);
}

/* "[2,4]" */
static int
wrong_count(const struct tensor *t, const char *what, size_t want, size_t got, struct rai_err *err)
{
	struct rai_buf shape = RAI_BUF_INIT(512);
	size_t i;

	for (i = 0; i < t->ndim; i++)
		rai_buf_printf(&shape, "%c%zu", i == 0 ? '[' : ',', t->shape[i]);
	rai_fail(
	    err, RAI_EINPUT, "expected %zu %s for shape %s], got %zu", want, what, shape.ptr, got);
	rai_buf_free(&shape);
	return -1;
}

/* An array of the depth-th dimension, of data that is nested. */
static int
walk(struct tensor *t, const struct cJSON *array, size_t depth, struct rai_err *err)
{
	const struct cJSON *item;

	if (rai_json_count(array) != t->shape[depth])
		return wrong_count(
		    t, "items of nested data", t->shape[depth], rai_json_count(array), err);
	for (item = rai_json_first(array); item != NULL; item = rai_json_next(item)) {
		if (depth + 1 == t->ndim) {
			if (put(t, item, err) != 0)
				return -1;
		} else if (rai_json_kind(item) != RAI_JSON_ARRAY)
			return rai_fail(
			    err, RAI_EINPUT, "\"data\" must be flat, or nested as \"shape\" says");
		else if (walk(t, item, depth + 1, err) != 0)
			return -1;
	}
	return 0;
}

static int
read_data(struct tensor *t, struct rai_err *err)
{
	const struct cJSON *item = rai_json_first(t->data);
	size_t count = rai_json_count(t->data);

	t->at = 0;
	if (t->ndim > 1 && rai_json_kind(item) == RAI_JSON_ARRAY)
		return walk(t, t->data, 0, err);
	if (count != t->n * t->width)
		return wrong_count(t, "values", t->n * t->width, count, err);
	for (; item != NULL; item = rai_json_next(item))
		if (put(t, item, err) != 0)
			return -1;
	return 0;
}

/* A text of n bytes, copied to where there is room for its end. */
static int
put_text(
    struct tensor *t, size_t row, size_t col, const unsigned char *p, size_t n, struct rai_err *err)
{
	char *text = t->text;

	memcpy(text, p, n);
	text[n] = '\0';
	t->text += n + 1;
	if (memchr(text, '\0', n) != NULL || rai_utf8_valid(text, n) != 0)
		return refuse(t, " is no ", "UTF-8 text", err);
	return rai_serve_rows_put_text(t->schema, row, col, text, t->rows, err);
}

/* An integer; of 8 bytes it may be one that a double is not. */
static int
put_integer(
    struct tensor *t, size_t row, size_t col, const unsigned char *p, size_t n, struct rai_err *err)
{
	int is_signed = t->type->family == IS_INT;
	int64_t v = is_signed ? rai_serve_binary_int(p, n) : 0;
	uint64_t u = is_signed ? 0 : rai_serve_binary_uint(p, n);

	if (v < (int64_t)t->type->min || v > (int64_t)t->type->max || u > (uint64_t)t->type->max)
		return refuse(t, " is beyond ", "2^53", err);
	return rai_serve_rows_put_num(
	    t->schema, row, col, is_signed ? (double)v : (double)u, t->rows, err);
}

/* The value at p, of as many bytes as it has. */
static int
put_bytes(struct tensor *t, const unsigned char *p, size_t n, struct rai_err *err)
{
	size_t row = t->at / t->width, col = column(t);

	switch (t->type->family) {
	case IS_BYTES:
		return put_text(t, row, col, p, n, err);
	case IS_BOOL:
		if (*p > 1)
			return refuse(t, " is no ", "BOOL", err);
		if (t->schema->col[col].type != RAI_COL_CAT)
			return refuse(t, ": a BOOL is for ", "a category", err);
		return rai_serve_rows_put_text(
		    t->schema, row, col, *p ? "true" : "false", t->rows, err);
	case IS_FLOAT:
		return rai_serve_rows_put_num(
		    t->schema, row, col, rai_serve_binary_float(p, n), t->rows, err);
	default:
		return put_integer(t, row, col, p, n, err);
	}
}

static int
read_bytes(struct tensor *t, struct rai_err *err)
{
	const unsigned char *p = t->bytes, *end = p + t->nbytes;
	size_t count = t->n * t->width, size = t->type->size, n;

	if (t->type->family != IS_BYTES && t->nbytes != count * size)
		return wrong_count(t, "bytes", count * size, t->nbytes, err);
	for (t->at = 0; t->at < count; t->at++, p += n) {
		n = size;
		if (t->type->family == IS_BYTES) {
			n = (size_t)(end - p) < size ? SIZE_MAX : rai_serve_binary_uint(p, size);
			if (n == SIZE_MAX || n > (size_t)(end - p) - size)
				return rai_fail(err, RAI_EINPUT,
				    "value %zu ends beyond the %zu bytes of the input", t->at + 1,
				    t->nbytes);
			p += size;
		}
		if (put_bytes(t, p, n, err) != 0)
			return -1;
	}
	if (p != end)
		return rai_fail(err, RAI_EINPUT, "%zu bytes are left after its %zu values",
		    (size_t)(end - p), count);
	return 0;
}

/* What the input is: a feature, or the only one with all of them. */
static int
place(struct tensor *t, size_t inputs, size_t next, struct rai_err *err)
{
	const struct rai_schema *s = t->schema;

	t->col = -1;
	if (inputs == 1 && rai_schema_find(s, t->name, strlen(t->name)) < 0) {
		if (t->width != s->n)
			return rai_fail(err, RAI_EINPUT,
			    "it is no feature, so its \"shape\" must be [n, %zu]: all of them",
			    s->n);
		memset(t->rows->given, 1, s->n);
		return 0;
	}
	if (rai_serve_rows_column(s, t->name, next, RAI_EXTRA_REFUSED, t->rows, &t->col, err) != 0)
		return -1;
	if (t->width != 1)
		return rai_fail(
		    err, RAI_EINPUT, "the \"shape\" of a feature must be [n] or [n, 1]");
	if (t->n != t->rows->n)
		return rai_fail(
		    err, RAI_EINPUT, "%zu rows, where the first input has %zu", t->n, t->rows->n);
	return 0;
}

static int
read_inputs(struct tensor *t, const struct cJSON *inputs, struct rai_err *err)
{
	size_t i = 0, n = rai_json_count(inputs);
	const struct cJSON *item;

	for (item = rai_json_first(inputs); item != NULL; item = rai_json_next(item), i++) {
		if (read_head(item, t, err) != 0)
			return t->name == NULL ? rai_wrap(err, "input %zu", i + 1)
					       : rai_wrap(err, "input '%.60s'", t->name);
		if (i == 0 && rai_serve_rows_add(t->rows, t->n, err) != 0)
			return -1;
		if (place(t, n, i, err) != 0 ||
		    (t->data != NULL ? read_data(t, err) : read_bytes(t, err)) != 0)
			return rai_wrap(err, "input '%.60s'", t->name);
	}
	if (t->nraw > 0)
		return rai_fail(err, RAI_EINPUT,
		    "%zu bytes behind the JSON belong to no input's \"binary_data_size\"", t->nraw);
	return rai_serve_rows_complete(t->schema, t->rows, err);
}

int
rai_serve_tensors(const struct rai_schema *s, const struct cJSON *doc, const char *raw, size_t nraw,
    struct rai_serve_rows *r, struct rai_err *err)
{
	struct tensor t = {.schema = s, .rows = r, .raw = (const unsigned char *)raw, .nraw = nraw};
	const struct cJSON *inputs;

	if (rai_json_array(doc, "inputs", &inputs, err) != 0)
		return -1;
	if (rai_json_count(inputs) == 0)
		return rai_fail(err, RAI_EINPUT, "\"inputs\" is empty");
	/* a text and its end take no more room than its length and it */
	rai_buf_clear(&r->store);
	rai_buf_add(&r->store, raw, nraw);
	if (rai_buf_check(&r->store, "binary data", err) != 0)
		return -1;
	t.text = r->store.ptr;
	return read_inputs(&t, inputs, err);
}

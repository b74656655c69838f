/*
 * Bodies of all protocols: what is read as rows is written as JSON that reads back as the same
 * rows.
 */
#include "serve/rows.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "serve/csvbody.h"
#include "serve/instances.h"
#include "serve/tensor.h"

static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"},"
    "{\"name\":\"Type\",\"type\":\"category\",\"levels\":[\"h\",\"t\",\"u\"]},"
    "{\"name\":\"Date\",\"type\":\"date\",\"day_first\":true}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

enum { SHOWN = 20 }; /* rows that are written and read again */

static int
same_cell(const struct rai_cell *a, const struct rai_cell *b, enum rai_col_type type)
{
	if (type == RAI_COL_CAT)
		return a->code == b->code;
	return a->num == b->num || (isnan(a->num) && isnan(b->num));
}

static void
check_row(const struct rai_schema *s, const struct rai_serve_rows *r, size_t row)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20), same = text;
	struct rai_serve_names names;
	struct rai_serve_rows again;
	struct cJSON *doc;
	struct rai_jw w;
	size_t i;

	rai_serve_rows_init(&again);
	rai_jw_init(&w, &text);
	rai_serve_rows_write(s, NULL, r, row, NULL, &w, NULL);
	if (rai_serve_names_make(s, &names, NULL) != 0)
		abort();
	rai_jw_init(&w, &same);
	rai_serve_rows_write(s, &names, r, row, NULL, &w, NULL);
	rai_serve_names_release(&names);
	if (text.len != same.len || memcmp(text.ptr, same.ptr, text.len) != 0)
		abort();
	doc = rai_json_parse(text.ptr, text.len, NULL);
	if (doc == NULL || rai_serve_rows_begin(s, &again, NULL) != 0 ||
	    rai_serve_rows_json(s, doc, &again, NULL) != 0)
		abort();
	for (i = 0; i < s->n; i++)
		if (!same_cell(&r->cell[row * r->ncol + i], &again.cell[i], s->col[i].type))
			abort();
	rai_json_free(doc);
	rai_serve_rows_release(&again);
	rai_buf_free(&text);
	rai_buf_free(&same);
}

enum form { ROW, ROWS, DROPPED, SPLIT, COLUMNS, TENSORS, BINARY, FORM, CSV, CSV_DROPPED, FORMS };

/* A line of JSON, and bytes behind it. */
static int
read_binary(const struct rai_schema *s, const char *text, size_t size, struct rai_serve_rows *r)
{
	const char *end = memchr(text, '\n', size);
	struct cJSON *doc;
	int rc;

	if (end == NULL)
		return -1;
	doc = rai_json_parse(text, (size_t)(end - text), NULL);
	end++;
	rc =
	    doc == NULL ? -1 : rai_serve_tensors(s, doc, end, size - (size_t)(end - text), r, NULL);
	rai_json_free(doc);
	return rc;
}

static int
read_body(enum form form, const struct rai_schema *s, const struct cJSON *doc, const char *text,
    size_t size, struct rai_serve_rows *r)
{
	switch (form) {
	case ROW:
		return rai_serve_rows_json(s, doc, r, NULL);
	case ROWS:
		return rai_serve_instances(s, doc, RAI_EXTRA_REFUSED, r, NULL);
	case DROPPED:
		return rai_serve_instances(s, doc, RAI_EXTRA_DROPPED, r, NULL);
	case SPLIT:
		return rai_serve_split(s, doc, r, NULL);
	case COLUMNS:
		return rai_serve_columns(s, doc, r, NULL);
	case TENSORS:
		return rai_serve_tensors(s, doc, "", 0, r, NULL);
	case BINARY:
		return read_binary(s, text, size, r);
	case FORM:
		return rai_serve_rows_form(s, text, size, r, NULL);
	case CSV:
		return rai_serve_csv_read(s, RAI_EXTRA_REFUSED, text, size, r, NULL);
	default:
		return rai_serve_csv_read(s, RAI_EXTRA_DROPPED, text, size, r, NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_schema schema = {NULL, 0, {0}};
	struct cJSON *doc = rai_json_parse(schema_text, strlen(schema_text), NULL);
	struct rai_serve_rows rows;
	size_t i;
	int form;

	if (rai_schema_read(doc, &schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	rai_serve_rows_init(&rows);
	doc = rai_json_parse((const char *)data, size, NULL);
	for (form = ROW; form < FORMS; form++) {
		if ((doc == NULL && form <= TENSORS) ||
		    rai_serve_rows_begin(&schema, &rows, NULL) != 0 ||
		    read_body((enum form)form, &schema, doc, (const char *)data, size, &rows) != 0)
			continue;
		for (i = 0; i < rows.n && i < SHOWN; i++)
			check_row(&schema, &rows, i);
	}
	rai_json_free(doc);
	rai_serve_rows_release(&rows);
	rai_schema_release(&schema);
	return 0;
}

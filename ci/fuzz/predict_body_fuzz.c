/*
 * Bodies of /predict, as JSON or as a form: what is read as a row is written as JSON that reads
 * back as the same row.
 */
#include "serve/rows.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"},"
    "{\"name\":\"Type\",\"type\":\"category\",\"levels\":[\"h\",\"t\",\"u\"]},"
    "{\"name\":\"Date\",\"type\":\"date\",\"day_first\":true}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

static int
same_cell(const struct rai_cell *a, const struct rai_cell *b, enum rai_col_type type)
{
	if (type == RAI_COL_CAT)
		return a->code == b->code;
	return a->num == b->num || (isnan(a->num) && isnan(b->num));
}

static void
check_round_trip(const struct rai_schema *s, const struct rai_serve_rows *r)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)8 << 20);
	struct rai_serve_rows again;
	struct cJSON *doc;
	struct rai_jw w;
	size_t i;

	rai_serve_rows_init(&again);
	rai_jw_init(&w, &text);
	rai_serve_rows_write(s, r, 0, &w, NULL);
	doc = rai_json_parse(text.ptr, text.len, NULL);
	if (doc == NULL || rai_serve_rows_begin(s, &again, NULL) != 0 ||
	    rai_serve_rows_json(s, doc, &again, NULL) != 0)
		abort();
	for (i = 0; i < s->n; i++)
		if (!same_cell(&r->cell[i], &again.cell[i], s->col[i].type))
			abort();
	rai_json_free(doc);
	rai_serve_rows_release(&again);
	rai_buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rai_schema schema = {NULL, 0, {0}};
	struct cJSON *doc = rai_json_parse(schema_text, strlen(schema_text), NULL);
	struct rai_serve_rows row;

	if (rai_schema_read(doc, &schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	rai_serve_rows_init(&row);
	doc = rai_json_parse((const char *)data, size, NULL);
	if (doc != NULL && rai_serve_rows_begin(&schema, &row, NULL) == 0 &&
	    rai_serve_rows_json(&schema, doc, &row, NULL) == 0)
		check_round_trip(&schema, &row);
	rai_json_free(doc);
	if (rai_serve_rows_begin(&schema, &row, NULL) == 0 &&
	    rai_serve_rows_form(&schema, (const char *)data, size, &row, NULL) == 0)
		check_round_trip(&schema, &row);
	rai_serve_rows_release(&row);
	rai_schema_release(&schema);
	return 0;
}

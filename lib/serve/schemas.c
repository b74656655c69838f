#include "serve/schemas.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* Schemas that are the same for all models. */
static const char fixed[] =
    "\"Any\":{\"type\":\"object\"},"
    "\"Error\":{\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"string\"},"
    "\"error_code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}},"
    "\"Rows\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Row\"},{\"type\":\"array\",\"items\":"
    "{\"$ref\":\"#/components/schemas/Row\"}}]},"
    "\"Answers\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Answer\"},{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/Answer\"}}]},"
    "\"Truth\":{\"type\":\"object\",\"required\":[\"id\",\"actual\"],\"properties\":{\"id\":"
    "{\"type\":\"string\"},\"actual\":{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"string\"}]}}},"
    "\"Feedback\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Truth\"},{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/Truth\"}}]},"
    "\"Joined\":{\"type\":\"object\",\"properties\":{\"joined\":{\"type\":\"integer\"},"
    "\"unknown\":{\"type\":\"integer\"},\"repeated\":{\"type\":\"integer\"}}},"
    "\"Version\":{\"type\":\"object\",\"properties\":{\"model\":{\"type\":\"string\"},"
    "\"version\":{\"type\":\"string\"},\"digest\":{\"type\":\"string\"},"
    "\"kind\":{\"type\":\"string\"}}},"
    "\"Ready\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"ready\":{\"type\":\"boolean\"}}},"
    "\"Tensor\":{\"type\":\"object\",\"required\":[\"name\",\"shape\",\"datatype\"],"
    "\"description\":\"With data, or with the parameter binary_data_size: so many bytes of it "
    "follow the JSON\","
    "\"properties\":{\"name\":{\"type\":\"string\"},\"shape\":{\"type\":\"array\",\"items\":"
    "{\"type\":\"integer\"}},\"datatype\":{\"type\":\"string\"},\"parameters\":"
    "{\"type\":\"object\"},\"data\":{\"type\":\"array\",\"items\":{}}}},"
    "\"V2Request\":{\"type\":\"object\",\"required\":[\"inputs\"],\"properties\":{\"id\":"
    "{\"type\":\"string\"},\"parameters\":{\"type\":\"object\",\"properties\":"
    "{\"binary_data_output\":{\"type\":\"boolean\"}}},\"inputs\":{\"type\":\"array\","
    "\"items\":{\"$ref\":\"#/components/schemas/Tensor\"}},\"outputs\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":"
    "{\"type\":\"string\"},\"parameters\":{\"type\":\"object\",\"properties\":"
    "{\"binary_data\":{\"type\":\"boolean\"}}}}}}}},"
    "\"V2Response\":{\"type\":\"object\",\"properties\":{\"model_name\":{\"type\":\"string\"},"
    "\"model_version\":{\"type\":\"string\"},\"id\":{\"type\":\"string\"},\"parameters\":"
    "{\"type\":\"object\"},\"outputs\":{\"type\":\"array\",\"items\":"
    "{\"$ref\":\"#/components/schemas/Tensor\"}}}},"
    "\"V2Model\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"versions\":"
    "{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"platform\":{\"type\":\"string\"},"
    "\"inputs\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"outputs\":"
    "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}},"
    "\"V1Request\":{\"type\":\"object\",\"description\":\"instances, or inputs\","
    "\"properties\":{\"instances\":{\"type\":\"array\",\"items\":{\"oneOf\":[{\"$ref\":"
    "\"#/components/schemas/Row\"},{\"type\":\"array\",\"items\":{}}]}},\"inputs\":{\"oneOf\":"
    "[{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":{}}},"
    "{\"type\":\"array\",\"items\":{}}]},\"baseline\":{\"description\":\"Of :explain "
    "alone\",\"allOf\":[{\"$ref\":"
    "\"#/components/schemas/Row\"}]}}},"
    "\"V1Predictions\":{\"allOf\":[{\"$ref\":\"#/components/schemas/Predictions\"},"
    "{\"type\":\"object\",\"properties\":{\"outputs\":{\"type\":\"array\",\"items\":{}}}}]},"
    "\"V1Explanations\":{\"type\":\"object\",\"required\":[\"predictions\",\"explanations\"],"
    "\"properties\":{\"predictions\":{\"type\":\"array\",\"items\":{}},\"explanations\":"
    "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"class\":"
    "{\"type\":\"string\"},\"scale\":{\"type\":\"string\"},\"base\":{\"type\":\"number\"},"
    "\"contributions\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"}},"
    "\"score\":{\"type\":\"number\"}}}},\"baseline\":{\"$ref\":\"#/components/schemas/Row\"},"
    "\"baseline_prediction\":{},\"model\":{\"type\":\"string\"},\"version\":"
    "{\"type\":\"string\"},\"digest\":{\"type\":\"string\"}}},"
    "\"Predictions\":{\"type\":\"object\",\"required\":[\"predictions\",\"ids\"],\"properties\":"
    "{\"predictions\":{\"type\":\"array\",\"items\":{}},\"probabilities\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\"}},\"ids\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"versions\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"model\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"},"
    "\"digest\":{\"type\":\"string\"}}},"
    "\"Invocation\":{\"type\":\"object\",\"properties\":{\"dataframe_split\":{\"type\":\"object\"},"
    "\"dataframe_records\":{\"type\":\"array\",\"items\":"
    "{\"$ref\":\"#/components/schemas/Record\"}},"
    "\"instances\":{\"type\":\"array\",\"items\":{}},\"inputs\":{},"
    "\"params\":{\"type\":\"object\"}}}";

enum { SHOWN = 20 }; /* categories that a description lists */

void
rai_serve_schemas_type(struct rai_jw *w, const char *key, const char *value)
{
	rai_jw_object(w, key);
	rai_jw_str(w, "type", value);
	rai_jw_end(w);
}

static void
describe_categories(const struct rai_col_spec *c, struct rai_jw *w)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	size_t i;

	rai_buf_printf(&text, "In training: ");
	for (i = 0; i < c->nlevel && i < SHOWN; i++) {
		rai_buf_str(&text, i > 0 ? ", " : "");
		rai_buf_str(&text, c->level[i]);
	}
	if (c->nlevel > SHOWN)
		rai_buf_printf(&text, " and %zu more", c->nlevel - SHOWN);
	if (!text.bad)
		rai_jw_str(w, "description", text.ptr);
	rai_buf_free(&text);
	if (c->nlevel > 0)
		rai_jw_str(w, "example", c->level[0]);
}

static void
describe_range(const struct rai_col_spec *c, struct rai_jw *w)
{
	char min[RAI_NUM_TEXT], max[RAI_NUM_TEXT], text[2 * RAI_NUM_TEXT + RAI_UNIT_BYTES + 32];

	if (!isfinite(c->min) || !isfinite(c->max))
		return;
	rai_num_format(c->min, min);
	rai_num_format(c->max, max);
	snprintf(text, sizeof(text), "%s%s%s to %s in training", c->unit != NULL ? c->unit : "",
	    c->unit != NULL ? ": " : "", min, max);
	rai_jw_str(w, "description", text);
}

static void
write_column(const struct rai_col_spec *c, struct rai_jw *w)
{
	rai_jw_object(w, c->name);
	rai_jw_str(w, "type", c->type == RAI_COL_NUM ? "number" : "string");
	rai_jw_bool(w, "nullable", 1);
	if (c->type == RAI_COL_NUM)
		describe_range(c, w);
	else if (c->type == RAI_COL_CAT)
		describe_categories(c, w);
	else
		rai_jw_str(w, "description",
		    c->day_first ? "A date: 2017-03-04 or 4/03/2017" : "A date: 2017-03-04");
	rai_jw_end(w);
}

/* strict: what the model does not know is refused; else it is dropped. */
static void
write_row(const struct rai_schema *s, const char *name, int strict, struct rai_jw *w)
{
	size_t i;

	rai_jw_object(w, name);
	rai_jw_str(w, "type", "object");
	if (strict)
		rai_jw_bool(w, "additionalProperties", 0);
	rai_jw_object(w, "properties");
	for (i = 0; i < s->n; i++)
		write_column(&s->col[i], w);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_answer(const struct rai_serve_model *m, struct rai_jw *w)
{
	size_t k;

	rai_jw_object(w, "Answer");
	rai_jw_str(w, "type", "object");
	rai_jw_object(w, "properties");
	rai_jw_object(w, "prediction");
	rai_jw_str(w, "type", m->nclass == 0 ? "number" : "string");
	rai_jw_str(w, "description", m->schema->target.name);
	if (m->nclass > 0) {
		rai_jw_array(w, "enum");
		for (k = 0; k < m->nclass; k++)
			rai_jw_str(w, NULL, m->schema->target.level[k]);
		rai_jw_end(w);
	}
	rai_jw_end(w);
	if (m->nclass > 0) {
		rai_jw_object(w, "probabilities");
		rai_jw_str(w, "type", "object");
		rai_serve_schemas_type(w, "additionalProperties", "number");
		rai_jw_end(w);
	}
	rai_serve_schemas_type(w, "id", "string");
	rai_serve_schemas_type(w, "model", "string");
	rai_serve_schemas_type(w, "version", "string");
	rai_serve_schemas_type(w, "digest", "string");
	rai_jw_end(w);
	rai_jw_end(w);
}

void
rai_serve_schemas_write(const struct rai_serve_model *m, struct rai_jw *w)
{
	rai_jw_object(w, "schemas");
	rai_jw_raw(w, NULL, fixed, sizeof(fixed) - 1);
	write_row(m->schema, "Row", 1, w);
	write_row(m->schema, "Record", 0, w);
	write_answer(m, w);
	rai_jw_end(w);
}

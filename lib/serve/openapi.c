#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "serve/state.h"

/*
 * The OpenAPI 3.0 document: paths from the table of routes, rows and answers from the schema of the
 * model that the path names.
 */

/* What a path is for.  body and reply name schemas below; a reply with a slash is a media type. */
struct operation {
	const char *pattern, *summary, *body, *reply;
};

static const struct operation operations[] = {
    {"/predict", "Predict a row, or a batch of rows", "Rows", "Answers"},
    {"/models/{model}/predict", "Predict by one of several models", "Rows", "Answers"},
    {"/feedback", "Tell the true values of predictions", "Feedback", "Joined"},
    {"/", "A form for people", NULL, "text/html"},
    {"/models/{model}/", "A form for people", NULL, "text/html"},
    {"/dashboard", "How the models do and did, for people", NULL, "text/html"},
    {"/metrics", "What Prometheus reads", NULL, "text/plain"},
    {"/livez", "Does the process work?", NULL, "text/plain"},
    {"/healthz", "Does the process work?", NULL, "text/plain"},
    {"/readyz", "May requests come?", NULL, "text/plain"},
    {"/version", "Which model answers", NULL, "Version"},
    {"/models/{model}/version", "Which model answers", NULL, "Version"},
    {"/openapi.json", "This document", NULL, "Any"},
    {"/models/{model}/openapi.json", "This document, of one of several models", NULL, "Any"},
    {"/v2", "Open Inference Protocol: the server", NULL, "Any"},
    {"/v2/health/live", "Open Inference Protocol: live", NULL, "Any"},
    {"/v2/health/ready", "Open Inference Protocol: ready", NULL, "Any"},
    {"/v2/models/{model}", "Open Inference Protocol: a model", NULL, "V2Model"},
    {"/v2/models/{model}/versions/{version}", "Open Inference Protocol: a version", NULL,
	"V2Model"},
    {"/v2/models/{model}/ready", "Open Inference Protocol: is it ready?", NULL, "Ready"},
    {"/v2/models/{model}/versions/{version}/ready", "Open Inference Protocol: is it ready?", NULL,
	"Ready"},
    {"/v2/models/{model}/infer", "Open Inference Protocol: predict", "V2Request", "V2Response"},
    {"/v2/models/{model}/versions/{version}/infer", "Open Inference Protocol: predict", "V2Request",
	"V2Response"},
    {"/v1/models", "KServe v1: the models", NULL, "Any"},
    {"/v1/models/{model}", "KServe v1: is it ready?", NULL, "Ready"},
    {"/v1/models/{model}:predict", "KServe v1: predict", "V1Request", "V1Predictions"},
    {"/v1/models/{model}:explain", "KServe v1: what each column adds to a prediction", "V1Request",
	"V1Explanations"},
    {"/invocations", "MLflow, SageMaker: predict", "Invocation", "Predictions"},
    {"/models/{model}/invocations", "MLflow, SageMaker: predict", "Invocation", "Predictions"},
    {"/ping", "MLflow, SageMaker: healthy", NULL, "text/plain"},
    {"/health", "MLflow: healthy", NULL, "text/plain"},
};

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
    "\"model\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"},"
    "\"digest\":{\"type\":\"string\"}}},"
    "\"Invocation\":{\"type\":\"object\",\"properties\":{\"dataframe_split\":{\"type\":\"object\"},"
    "\"dataframe_records\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Row\"}},"
    "\"instances\":{\"type\":\"array\",\"items\":{}},\"inputs\":{},"
    "\"params\":{\"type\":\"object\"}}}";

#define LENGTH "Inference-Header-Content-Length"

enum { SHOWN = 20 }; /* categories that a description lists */

static void
string_of(struct rai_jw *w, const char *key, const char *value)
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

static void
write_row(const struct rai_schema *s, struct rai_jw *w)
{
	size_t i;

	rai_jw_object(w, "Row");
	rai_jw_str(w, "type", "object");
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
		string_of(w, "additionalProperties", "number");
		rai_jw_end(w);
	}
	string_of(w, "id", "string");
	string_of(w, "model", "string");
	string_of(w, "version", "string");
	string_of(w, "digest", "string");
	rai_jw_end(w);
	rai_jw_end(w);
}

/* One media type of a content object. */
static void
write_media(const char *type, const char *schema, struct rai_jw *w)
{
	char ref[64];

	rai_jw_object(w, type);
	rai_jw_object(w, "schema");
	if (schema == NULL)
		rai_jw_str(w, "type", "string");
	else {
		snprintf(ref, sizeof(ref), "#/components/schemas/%s", schema);
		rai_jw_str(w, "$ref", ref);
	}
	rai_jw_end(w);
	rai_jw_end(w);
}

/* JSON with tensors behind it. */
static void
write_bytes(struct rai_jw *w)
{
	rai_jw_object(w, "application/octet-stream");
	rai_jw_object(w, "schema");
	rai_jw_str(w, "type", "string");
	rai_jw_str(w, "format", "binary");
	rai_jw_end(w);
	rai_jw_end(w);
}

/* How long the JSON ahead of tensors is; a header of requests and of replies. */
static void
write_length(struct rai_jw *w)
{
	rai_jw_str(w, "description",
	    "The length of the JSON, where the binary data of tensors follows it");
	string_of(w, "schema", "integer");
}

static void
write_body(const char *schema, struct rai_jw *w)
{
	int rows = strcmp(schema, "Rows") == 0;

	rai_jw_object(w, "requestBody");
	rai_jw_bool(w, "required", 1);
	rai_jw_object(w, "content");
	write_media("application/json", schema, w);
	if (rows || strcmp(schema, "Invocation") == 0)
		write_media("text/csv", NULL, w);
	if (rows)
		write_media("application/x-www-form-urlencoded", "Row", w);
	if (strcmp(schema, "V2Request") == 0)
		write_bytes(w);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_reply(const char *status, const char *what, const char *reply, struct rai_jw *w)
{
	rai_jw_object(w, status);
	rai_jw_str(w, "description", what);
	rai_jw_object(w, "content");
	if (strchr(reply, '/') != NULL)
		write_media(reply, NULL, w);
	else
		write_media("application/json", reply, w);
	if (strcmp(reply, "Answers") == 0 || strcmp(reply, "Predictions") == 0)
		write_media("text/csv", NULL, w);
	if (strcmp(reply, "V2Response") == 0)
		write_bytes(w);
	rai_jw_end(w);
	if (strcmp(reply, "V2Response") == 0) {
		rai_jw_object(w, "headers");
		rai_jw_object(w, LENGTH);
		write_length(w);
		rai_jw_end(w);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

/* "{model}" and "{version}" of a pattern; with tensors also the header of their length. */
static void
write_parameters(const char *pattern, const char *body, struct rai_jw *w)
{
	const char *open;
	size_t n;

	rai_jw_array(w, "parameters");
	for (open = strchr(pattern, '{'); open != NULL; open = strchr(open + 1, '{')) {
		n = strcspn(open + 1, "}");
		rai_jw_object(w, NULL);
		rai_jw_strn(w, "name", open + 1, n);
		rai_jw_str(w, "in", "path");
		rai_jw_bool(w, "required", 1);
		string_of(w, "schema", "string");
		rai_jw_end(w);
	}
	if (body != NULL && strcmp(body, "V2Request") == 0) {
		rai_jw_object(w, NULL);
		rai_jw_str(w, "name", LENGTH);
		rai_jw_str(w, "in", "header");
		write_length(w);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

static const struct operation *
find_operation(const char *pattern)
{
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].pattern, pattern) == 0)
			return &operations[i];
	return NULL;
}

static void
write_operation(const struct rai_serve_route *route, struct rai_jw *w)
{
	const struct operation *o = find_operation(route->pattern);

	rai_jw_object(w, strcmp(route->method, "GET") == 0 ? "get" : "post");
	rai_jw_str(w, "summary", o != NULL ? o->summary : route->pattern);
	write_parameters(route->pattern, o != NULL ? o->body : NULL, w);
	if (route->flags & RAI_ROUTE_OPEN) {
		rai_jw_array(w, "security");
		rai_jw_end(w);
	}
	if (o != NULL && o->body != NULL)
		write_body(o->body, w);
	rai_jw_object(w, "responses");
	write_reply("200", "Good", o != NULL ? o->reply : "*/*", w);
	if (!(route->flags & RAI_ROUTE_OPEN))
		write_reply("default", "An error, with what would be right", "Error", w);
	rai_jw_end(w);
	rai_jw_end(w);
}

static int
is_listed(size_t i)
{
	return !(rai_serve_routes[i].flags & RAI_ROUTE_ADMIN);
}

/* A path is written where it stands first, with all of its methods. */
static void
write_paths(struct rai_jw *w)
{
	size_t i, k;

	rai_jw_object(w, "paths");
	for (i = 0; i < rai_serve_nroutes; i++) {
		const char *pattern = rai_serve_routes[i].pattern;

		for (k = 0; k < i; k++)
			if (is_listed(k) && strcmp(rai_serve_routes[k].pattern, pattern) == 0)
				break;
		if (k < i || !is_listed(i))
			continue;
		rai_jw_object(w, pattern);
		for (; k < rai_serve_nroutes; k++)
			if (is_listed(k) && strcmp(rai_serve_routes[k].pattern, pattern) == 0)
				write_operation(&rai_serve_routes[k], w);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

static void
write_security(struct rai_jw *w)
{
	rai_jw_object(w, "securitySchemes");
	rai_jw_object(w, "token");
	rai_jw_str(w, "type", "http");
	rai_jw_str(w, "scheme", "bearer");
	rai_jw_end(w);
	rai_jw_end(w);
}

void
rai_serve_openapi(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_model *m = &c->live->model;
	struct rai_jw w;

	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "openapi", "3.0.3");
	rai_jw_object(&w, "info");
	rai_jw_str(&w, "title", m->name);
	rai_jw_str(&w, "version", m->version);
	rai_jw_str(&w, "description", m->digest);
	rai_jw_end(&w);
	write_paths(&w);
	rai_jw_object(&w, "components");
	rai_jw_object(&w, "schemas");
	rai_jw_raw(&w, NULL, fixed, sizeof(fixed) - 1);
	write_row(m->schema, &w);
	write_answer(m, &w);
	rai_jw_end(&w);
	if (c->app->config.tokens != NULL)
		write_security(&w);
	rai_jw_end(&w);
	if (c->app->config.tokens != NULL)
		rai_jw_raw(&w, "security", "[{\"token\":[]}]", 14);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

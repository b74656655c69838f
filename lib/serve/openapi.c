#include <stdio.h>
#include <string.h>

#include "serve/schemas.h"
#include "serve/state.h"

/*
 * The OpenAPI 3.0 document: paths from the table of routes, rows and answers from the schema of the
 * model that the path names.
 */

/*
 * What a path is for.  body names a schema; reply names, with a space in between, what may come:
 * schemas, which are of JSON, and media types, which have a slash.
 */
struct operation {
	const char *pattern, *summary, *body, *reply;
};

static const struct operation operations[] = {
    {"/predict", "Predict a row, or a batch of rows", "Rows", "Answers text/csv text/html"},
    {"/models/{model}/predict", "Predict by one of several models", "Rows",
	"Answers text/csv text/html"},
    {"/feedback", "Tell the true values of predictions", "Feedback", "Joined"},
    {"/", "A form for people", NULL, "text/html"},
    {"/models/{model}/", "A form for people", NULL, "text/html"},
    {"/dashboard", "How the models do and did, for people", NULL, "text/html"},
    {"/metrics", "What Prometheus reads", NULL, "text/plain application/openmetrics-text"},
    {"/livez", "Does the process work?", NULL, "text/plain"},
    {"/healthz", "Does the process work?", NULL, "text/plain"},
    {"/readyz", "May requests come?", NULL, "text/plain"},
    {"/version", "Which model answers", NULL, "Version text/plain"},
    {"/models/{model}/version", "Which model answers", NULL, "Version text/plain"},
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
    {"/v2/models/{model}/infer", "Open Inference Protocol: predict", "V2Request",
	"V2Response application/octet-stream"},
    {"/v2/models/{model}/versions/{version}/infer", "Open Inference Protocol: predict", "V2Request",
	"V2Response application/octet-stream"},
    {"/v1/models", "KServe v1: the models", NULL, "Any"},
    {"/v1/models/{model}", "KServe v1: is it ready?", NULL, "Ready"},
    {"/v1/models/{model}:predict", "KServe v1: predict", "V1Request", "V1Predictions"},
    {"/v1/models/{model}:explain", "KServe v1: what each column adds to a prediction", "V1Request",
	"V1Explanations"},
    {"/invocations", "MLflow, SageMaker: predict", "Invocation", "Predictions text/csv"},
    {"/models/{model}/invocations", "MLflow, SageMaker: predict", "Invocation",
	"Predictions text/csv"},
    {"/ping", "MLflow, SageMaker: healthy", NULL, "application/json"},
    {"/health", "MLflow: healthy", NULL, "application/json"},
};

/* Other statuses with the same reply. */
static const struct {
	const char *pattern, *status, *what;
} twins[] = {
    {"/feedback", "202", "Good, but not all of the predictions are remembered"},
    {"/readyz", "503", "The process stops"},
    {"/v2/health/ready", "503", "The process stops"},
    {"/v2/models/{model}/ready", "503", "The process stops"},
    {"/v2/models/{model}/versions/{version}/ready", "503", "The process stops"},
    {"/v1/models/{model}", "503", "The process stops"},
    {"/ping", "503", "The process stops"},
    {"/health", "503", "The process stops"},
};

#define LENGTH "Inference-Header-Content-Length"

/* One media type of a content object.  JSON without a schema may be nothing but white space. */
static void
write_media(const char *type, const char *schema, struct rai_jw *w)
{
	char ref[64];

	rai_jw_object(w, type);
	rai_jw_object(w, "schema");
	if (schema != NULL) {
		snprintf(ref, sizeof(ref), "#/components/schemas/%s", schema);
		rai_jw_str(w, "$ref", ref);
	} else if (strcmp(type, "application/json") != 0)
		rai_jw_str(w, "type", "string");
	if (strcmp(type, "application/octet-stream") == 0)
		rai_jw_str(w, "format", "binary");
	rai_jw_end(w);
	rai_jw_end(w);
}

/* As struct operation has it. */
static void
write_content(const char *names, struct rai_jw *w)
{
	char type[64];
	size_t n;

	rai_jw_object(w, "content");
	for (; *names != '\0'; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		snprintf(type, sizeof(type), "%.*s", (int)n, names);
		if (strchr(type, '/') != NULL)
			write_media(type, NULL, w);
		else
			write_media("application/json", type, w);
	}
	rai_jw_end(w);
}

/* How long the JSON ahead of tensors is; a header of requests and of replies. */
static void
write_length(struct rai_jw *w)
{
	rai_jw_str(w, "description",
	    "The length of the JSON, where the binary data of tensors follows it");
	rai_serve_schemas_type(w, "schema", "integer");
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
		write_media("application/octet-stream", NULL, w);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_reply(const char *status, const char *what, const char *reply, struct rai_jw *w)
{
	rai_jw_object(w, status);
	rai_jw_str(w, "description", what);
	write_content(reply, w);
	if (strncmp(reply, "V2Response", 10) == 0) {
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
		rai_serve_schemas_type(w, "schema", "string");
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

/* Whatever is asked for: the way there may be refused, also of what needs no token. */
static void
write_replies(const char *pattern, const struct operation *o, struct rai_jw *w)
{
	const char *reply = o != NULL ? o->reply : "*/*";
	int page = o != NULL && o->body != NULL && strcmp(o->body, "Rows") == 0;
	size_t i;

	rai_jw_object(w, "responses");
	write_reply("200", "Good", reply, w);
	for (i = 0; i < sizeof(twins) / sizeof(twins[0]); i++)
		if (strcmp(twins[i].pattern, pattern) == 0)
			write_reply(twins[i].status, twins[i].what, reply, w);
	write_reply(
	    "default", "An error, with what would be right", page ? "Error text/html" : "Error", w);
	rai_jw_end(w);
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
	write_replies(route->pattern, o, w);
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
	rai_serve_schemas_write(m, &w);
	if (c->app->config.tokens != NULL)
		write_security(&w);
	rai_jw_end(&w);
	if (c->app->config.tokens != NULL)
		rai_jw_raw(&w, "security", "[{\"token\":[]}]", 14);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

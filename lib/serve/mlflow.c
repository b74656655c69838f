#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "serve/accept.h"
#include "serve/csvbody.h"
#include "serve/exchange.h"
#include "serve/instances.h"

/* MLflow's scoring server (2.x and 3.x), which has SageMaker's two paths, too. */

/* MLflow's name of the status. */
static const char *
error_code(int status)
{
	static const struct {
		int status;
		const char *code;
	} codes[] = {{401, "UNAUTHENTICATED"}, {403, "PERMISSION_DENIED"},
	    {404, "RESOURCE_DOES_NOT_EXIST"}, {500, "INTERNAL_ERROR"},
	    {503, "TEMPORARILY_UNAVAILABLE"}};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].status == status)
			return codes[i].code;
	return "BAD_REQUEST";
}

static void
say(struct rai_serve_reply *r, int status, const char *code, const char *message)
{
	struct rai_jw w;

	rai_buf_clear(&r->body);
	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "error_code", code);
	rai_jw_str(&w, "message", message);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
	r->status = status;
}

void
rai_serve_mlflow_error(struct rai_serve_reply *r, int status, const char *message)
{
	say(r, status, error_code(status), message);
}

/* What cannot be read is a bad request; rows that do not fit the model have a code of their own. */
static void
refuse(struct rai_serve_call *c, struct rai_serve_reply *r, int status, const char *message)
{
	say(r, status,
	    status == 400 && c->slot->rows.unfit ? "INVALID_PARAMETER_VALUE" : error_code(status),
	    message);
}

/* What is said to a language model goes to another server: say so instead of listing forms. */
static int
refuse_chat(const struct cJSON *doc, struct rai_err *err)
{
	static const char *const key[] = {"messages", "prompt", "input"};
	size_t i;

	for (i = 0; i < sizeof(key) / sizeof(key[0]); i++)
		if (rai_json_get(doc, key[i]) != NULL)
			return rai_fail(err, RAI_EINPUT,
			    "\"%s\" is for a language model, and this model takes rows of a table: "
			    "send \"dataframe_split\", \"dataframe_records\", \"instances\" or "
			    "\"inputs\"",
			    key[i]);
	return 0;
}

enum form { SPLIT, RECORDS, INSTANCES, INPUTS, FORMS };
static const char *const form_name[FORMS] = {
    "dataframe_split", "dataframe_records", "instances", "inputs"};

/* The one form that is there, in *value. */
static int
choose_form(
    const struct cJSON *doc, enum form *form, const struct cJSON **value, struct rai_err *err)
{
	static const char one_of[] =
	    "the body must be an object with one of \"dataframe_split\", \"dataframe_records\", "
	    "\"instances\" and \"inputs\"";
	enum rai_json_kind params = rai_json_kind(rai_json_get(doc, "params"));
	int i, n = 0;

	for (i = 0; i < FORMS; i++)
		if (rai_json_kind(rai_json_get(doc, form_name[i])) != RAI_JSON_NONE) {
			*form = (enum form)i;
			*value = rai_json_get(doc, form_name[i]);
			n++;
		}
	if (n == 0 && refuse_chat(doc, err) != 0)
		return -1;
	if (rai_json_kind(doc) != RAI_JSON_OBJECT || n == 0)
		return rai_fail(err, RAI_EINPUT, "%s", one_of);
	if (n > 1)
		return rai_fail(err, RAI_EINPUT, "%s, not %d of them", one_of, n);
	if (params != RAI_JSON_NONE && params != RAI_JSON_NULL && params != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "\"params\" must be an object");
	return 0;
}

static int
read_form(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err)
{
	const struct rai_schema *s = c->live->model.schema;
	struct rai_serve_rows *rows = &c->slot->rows;
	const struct cJSON *value = NULL;
	enum form form = SPLIT;
	int rc;

	if (choose_form(doc, &form, &value, err) != 0)
		return -1;
	if (form == SPLIT)
		rc = rai_serve_split(s, value, rows, err);
	else if (rai_json_kind(value) == RAI_JSON_ARRAY)
		rc = rai_serve_instances(s, value, RAI_EXTRA_DROPPED, rows, err);
	else if (form == INPUTS)
		rc = rai_serve_columns(s, value, rows, err);
	else {
		rows->unfit = form == INSTANCES;
		rc = rai_fail(err, RAI_EINPUT, "must be an array of rows");
	}
	return rc == 0 ? 0 : rai_wrap(err, "%s", form_name[form]);
}

static void
write_reply(struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r)
{
	if (!rai_serve_csv_reply(c, r))
		rai_serve_predictions_write(c, doc, r);
}

static void
score_csv(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_schema *s = c->live->model.schema;
	struct rai_serve_rows *rows = &c->slot->rows;
	struct rai_err err = RAI_ERR_INIT;

	if (rai_serve_rows_begin(s, rows, &err) != 0 ||
	    rai_serve_csv_read(s, RAI_EXTRA_DROPPED, c->q->body, c->q->len, rows, &err) != 0 ||
	    rai_serve_score(c, &err) != 0) {
		refuse(c, r, err.code == RAI_EINPUT ? 400 : 500, err.msg);
		return;
	}
	write_reply(c, NULL, r);
	rai_serve_score_headers(c, r);
}

/*
 * Python writes NaN where a value is missing, and MLflow's client does: out gets the body with null
 * in its place.  0: there is none, and out stays empty.
 */
static int
without_nan(const char *body, size_t len, struct rai_buf *out)
{
	const char *p, *end = body + len, *done = body;
	int quoted = 0;

	for (p = body; p < end; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (quoted && *p == '\\')
			p++;
		else if (!quoted && end - p >= 3 && memcmp(p, "NaN", 3) == 0) {
			rai_buf_add(out, done, (size_t)(p - done));
			rai_buf_str(out, "null");
			done = p + 3;
			p += 2;
		}
	}
	if (done == body)
		return 0;
	rai_buf_add(out, done, (size_t)(end - done));
	return 1;
}

static void
score_json(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	static const struct rai_serve_protocol mlflow = {read_form, write_reply, refuse};
	struct rai_buf body = RAI_BUF_INIT(SIZE_MAX / 2);

	if (without_nan(c->q->body, c->q->len, &body)) {
		c->plain = *c->q;
		c->plain.body = body.ptr;
		c->plain.len = body.len;
		c->q = &c->plain;
	}
	if (body.bad)
		rai_serve_mlflow_error(r, 500, "out of memory");
	else
		rai_serve_exchange(c, &mlflow, r);
	c->plain.body = "";
	c->plain.len = 0;
	rai_buf_free(&body);
}

static int
has_odd_parameter(const char *type)
{
	const char *p;

	for (p = strchr(type, ';'); p != NULL; p = strchr(p, ';')) {
		p += 1 + strspn(p + 1, " \t");
		if (*p != '\0' && strncasecmp(p, "charset=", 8) != 0)
			return 1;
	}
	return 0;
}

static void
refuse_type(const char *type, struct rai_serve_reply *r)
{
	r->status = 415;
	r->type = "text/plain; charset=utf-8";
	rai_buf_str(&r->body,
	    type != NULL && !has_odd_parameter(type) && strchr(type, ';') != NULL
		? "The scoring server only supports UTF-8\n"
		: "Content-Type must be application/json or text/csv, with no parameter but "
		  "charset\n");
}

void
rai_serve_invocations(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const char *type = rai_serve_header(c->q, "Content-Type");

	c->slot->rows.unfit = 0;
	if (type == NULL || has_odd_parameter(type))
		refuse_type(type, r);
	else if (rai_serve_is_type(type, "application/json"))
		score_json(c, r);
	else if (rai_serve_is_type(type, "text/csv"))
		score_csv(c, r);
	else
		refuse_type(type, r);
}

void
rai_serve_ping(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	r->status = atomic_load(&c->app->draining) ? 503 : 200;
	r->type = "application/json";
	rai_buf_char(&r->body, '\n');
}

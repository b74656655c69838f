#include <string.h>

#include "json/json.h"
#include "serve/accept.h"
#include "serve/csvbody.h"
#include "serve/exchange.h"
#include "serve/quick.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define CSV "text/csv"

/* What kind of body this is.  curl -d says "form" also when it sends JSON. */
enum body { BODY_JSON, BODY_FORM, BODY_CSV, BODY_OTHER };

static enum body
body_kind(const struct rai_serve_request *q)
{
	const char *type = rai_serve_header(q, "Content-Type");
	size_t i;

	if (type == NULL || rai_serve_is_type(type, JSON))
		return BODY_JSON;
	if (rai_serve_is_type(type, CSV))
		return BODY_CSV;
	if (!rai_serve_is_type(type, FORM))
		return BODY_OTHER;
	for (i = 0; i < q->len && strchr(" \t\r\n", q->body[i]) != NULL; i++)
		;
	return i < q->len && (q->body[i] == '{' || q->body[i] == '[') ? BODY_JSON : BODY_FORM;
}

static void
write_answer(const struct rai_serve_call *c, size_t i, struct rai_jw *w)
{
	const struct rai_serve_live *live = rai_serve_score_by(c, i);
	const struct rai_serve_scores *s = &c->slot->scores;

	rai_jw_object(w, NULL);
	rai_serve_score_write_row(c, i, w);
	rai_serve_score_write_id(s->id[i], w);
	rai_jw_raw(w, NULL, live->who.ptr, live->who.len);
	rai_jw_end(w);
}

static void
write_answers(struct rai_serve_call *c, int batch, struct rai_serve_reply *r)
{
	struct rai_jw w;
	size_t i;

	if (rai_serve_csv_reply(c, r))
		return;
	rai_jw_init(&w, &r->body);
	if (batch)
		rai_jw_array(&w, NULL);
	for (i = 0; i < c->slot->scores.n; i++)
		write_answer(c, i, &w);
	if (batch)
		rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = JSON;
}

/* All rows are read before the first is predicted: a batch is answered whole or refused. */
static int
read_batch(struct rai_serve_call *c, const struct cJSON *array, struct rai_err *err)
{
	const struct cJSON *i;
	size_t n = 0;

	if (rai_json_count(array) > RAI_SERVE_BATCH)
		return rai_fail(err, RAI_EINPUT, "%zu rows in one request (at most %d)",
		    rai_json_count(array), RAI_SERVE_BATCH);
	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i), n++)
		if (rai_serve_rows_json(c->live->model.schema, i, &c->slot->rows, err) != 0)
			return rai_wrap(err, "row %zu", n + 1);
	return 0;
}

/* Plain rows need no document.  -1: these are not, and none is kept. */
static int
read_quick(struct rai_serve_call *c, int *batch)
{
	const struct rai_schema *s = c->live->model.schema;
	const char *at = c->q->body, *end = at + c->q->len;
	int more = 1;

	if (c->q->len <= UINT32_MAX)
		c->slot->rows.body = at;
	at = rai_serve_quick_blank(at, end);
	*batch = at < end && *at == '[';
	for (at += *batch; more; at += more) {
		at = rai_serve_quick_blank(at, end);
		if (rai_serve_rows_quick(s, &c->live->names, &at, end, &c->slot->rows) != 0)
			return -1;
		at = rai_serve_quick_blank(at, end);
		more = *batch && at < end && *at == ',';
	}
	if (*batch && (at == end || *at++ != ']'))
		return -1;
	return rai_serve_quick_blank(at, end) == end ? 0 : -1;
}

static int
score_json(struct rai_serve_call *c, struct rai_serve_reply *r, struct rai_err *err)
{
	struct cJSON *doc = NULL;
	int rc = -1, batch;

	if (read_quick(c, &batch) == 0)
		rc = 0;
	else if (rai_serve_rows_begin(c->live->model.schema, &c->slot->rows, err) == 0)
		doc = rai_json_parse(c->q->body, c->q->len, err);
	if (doc != NULL)
		batch = rai_json_kind(doc) == RAI_JSON_ARRAY;
	if (doc != NULL && batch)
		rc = read_batch(c, doc, err);
	else if (doc != NULL)
		rc = rai_serve_rows_json(c->live->model.schema, doc, &c->slot->rows, err);
	if (rc == 0)
		rc = rai_serve_score(c, err);
	if (rc == 0)
		write_answers(c, batch, r);
	rai_json_free(doc);
	return rc;
}

static int
score_csv(struct rai_serve_call *c, struct rai_serve_reply *r, struct rai_err *err)
{
	if (rai_serve_csv_read(c->live->model.schema, RAI_EXTRA_REFUSED, c->q->body, c->q->len,
		&c->slot->rows, err) != 0 ||
	    rai_serve_score(c, err) != 0)
		return -1;
	write_answers(c, 1, r);
	return 0;
}

/* A browser hears also of an error by the page. */
static int
score_form(struct rai_serve_call *c, struct rai_serve_reply *r, struct rai_err *err)
{
	struct rai_serve_slot *slot = c->slot;
	struct rai_serve_page page = {.rows = &slot->rows, .root = rai_serve_root(c)};
	int rc =
	    rai_serve_rows_form(c->live->model.schema, c->q->body, c->q->len, &slot->rows, err);

	if (rc == 0)
		rc = rai_serve_score(c, err);
	if (!rai_serve_prefers_html(rai_serve_header(c->q, "Accept"))) {
		if (rc == 0)
			write_answers(c, 0, r);
		return rc;
	}
	if (rc != 0) {
		page.error = err->msg;
		r->status = err->code == RAI_EINPUT ? 400 : 500;
	} else {
		page.id = slot->scores.id[0];
		page.out = slot->scores.out;
	}
	rai_serve_page_write(&c->live->model, &page, r);
	return 0;
}

void
rai_serve_predict(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	static int (*const score[])(struct rai_serve_call *, struct rai_serve_reply *,
	    struct rai_err *) = {score_json, score_form, score_csv};
	enum body kind = body_kind(c->q);
	struct rai_err err = RAI_ERR_INIT;
	int rc;

	if (kind == BODY_OTHER) {
		rai_serve_error(r, 415,
		    "Content-Type must be " JSON ", " CSV " or " FORM
		    " (in UTF-8, if a charset is named)");
		return;
	}
	rc = rai_serve_rows_begin(c->live->model.schema, &c->slot->rows, &err);
	if (rc == 0)
		rc = score[kind](c, r, &err);
	if (rc != 0)
		rai_serve_error(r, err.code == RAI_EINPUT ? 400 : 500, err.msg);
	else if (r->status == 200)
		rai_serve_score_headers(c, r);
}

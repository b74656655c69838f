#include <math.h>
#include <string.h>

#include "json/json.h"
#include "serve/accept.h"
#include "serve/state.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"

/* What kind of body this is.  curl -d says "form" also when it sends JSON. */
enum body { BODY_JSON, BODY_FORM, BODY_OTHER };

static enum body
body_kind(const struct rai_serve_request *q)
{
	const char *type = rai_serve_header(q, "Content-Type");
	size_t i;

	if (type == NULL || rai_serve_is_type(type, JSON))
		return BODY_JSON;
	if (!rai_serve_is_type(type, FORM))
		return BODY_OTHER;
	for (i = 0; i < q->len && strchr(" \t\r\n", q->body[i]) != NULL; i++)
		;
	return i < q->len && (q->body[i] == '{' || q->body[i] == '[') ? BODY_JSON : BODY_FORM;
}

/* One line of the prediction log; the same members as rai-json(5). */
static void
log_prediction(struct rai_serve_app *app, struct rai_serve_slot *slot, int64_t now_ms,
    const char *id, double prediction)
{
	const struct rai_serve_model *m = &app->live->model;
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	if (app->config.log == NULL)
		return;
	rai_buf_clear(&slot->line);
	rai_clock_format(now_ms, time);
	rai_jw_init(&w, &slot->line);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "type", "prediction");
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "id", id);
	rai_jw_raw(&w, NULL, app->live->who.ptr, app->live->who.len);
	rai_serve_row_write(m->schema, &slot->row, &w, "features");
	rai_jw_num(&w, "prediction", prediction);
	rai_jw_end(&w);
	rai_buf_char(&slot->line, '\n');
	rai_serve_log_add(app->config.log, slot->line.ptr, slot->line.len, 1);
}

static void
count_bins(struct rai_serve_app *app, unsigned lane, const struct rai_cell *cell, double prediction)
{
	const struct rai_serve_model *m = &app->live->model;
	size_t i;

	if (app->live->bins == NULL)
		return;
	for (i = 0; i < m->schema->n; i++)
		rai_serve_bins_count(app->live->bins, lane, i, m->bin(m->payload, i, &cell[i]));
	rai_serve_bins_count(app->live->bins, lane, i, m->bin_prediction(m->payload, prediction));
}

/* Predicts the slot's row, remembers, counts and logs it.  -1: the model has no answer. */
static int
predict_row(struct rai_serve_app *app, const struct rai_serve_request *q, char id[RAI_ULID_TEXT],
    double *out, struct rai_err *err)
{
	struct rai_serve_slot *slot = q->slot;
	const struct rai_serve_model *m = &app->live->model;
	int64_t now = rai_clock_now(app->config.clock);

	*out = m->predict(m->payload, slot->row.cell);
	if (!isfinite(*out))
		return rai_fail(err, RAI_ESYS, "the model gives no finite number for this row");
	rai_serve_join_issue(app->join, now, *out, id);
	count_bins(app, q->lane, slot->row.cell, *out);
	log_prediction(app, slot, now, id, *out);
	return 0;
}

static void
write_answer(const struct rai_serve_live *live, const char *id, double prediction, struct rai_jw *w)
{
	rai_jw_object(w, NULL);
	rai_jw_num(w, "prediction", prediction);
	rai_jw_str(w, "id", id);
	rai_jw_raw(w, NULL, live->who.ptr, live->who.len);
	rai_jw_end(w);
}

static void
answer_json(const struct rai_serve_live *live, struct rai_serve_slot *slot, double prediction,
    struct rai_serve_reply *r)
{
	struct rai_jw w;

	rai_jw_init(&w, &r->body);
	write_answer(live, slot->id, prediction, &w);
	rai_buf_char(&r->body, '\n');
	r->type = JSON;
	rai_serve_reply_header(r, "X-Prediction-Id", slot->id);
}

static void
predict_one(struct rai_serve_app *app, const struct rai_serve_request *q, const struct cJSON *obj,
    struct rai_serve_reply *r)
{
	struct rai_serve_slot *slot = q->slot;
	const struct rai_serve_model *m = &app->live->model;
	struct rai_err err = RAI_ERR_INIT;
	double prediction;

	if (rai_serve_row_json(m->schema, obj, &slot->row, &err) != 0)
		rai_serve_error(r, err.code == RAI_EINPUT ? 400 : 500, err.msg);
	else if (predict_row(app, q, slot->id, &prediction, &err) != 0)
		rai_serve_error(r, 500, err.msg);
	else
		answer_json(app->live, slot, prediction, r);
}

/* All rows are read before the first is predicted: a batch is answered whole or refused. */
static int
check_batch(struct rai_serve_app *app, const struct rai_serve_request *q, const struct cJSON *array,
    struct rai_err *err)
{
	struct rai_serve_slot *slot = q->slot;
	const struct cJSON *i;
	size_t n = 0;

	if (rai_json_count(array) > RAI_SERVE_BATCH)
		return rai_fail(err, RAI_EINPUT, "%zu rows in one request (at most %d)",
		    rai_json_count(array), RAI_SERVE_BATCH);
	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i), n++)
		if (rai_serve_row_json(app->live->model.schema, i, &slot->row, err) != 0)
			return rai_wrap(err, "row %zu", n + 1);
	return 0;
}

static void
predict_batch(struct rai_serve_app *app, const struct rai_serve_request *q,
    const struct cJSON *array, struct rai_serve_reply *r)
{
	struct rai_serve_slot *slot = q->slot;
	const struct rai_serve_model *m = &app->live->model;
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_ULID_TEXT];
	const struct cJSON *i;
	struct rai_jw w;
	double prediction;

	if (check_batch(app, q, array, &err) != 0) {
		rai_serve_error(r, err.code == RAI_EINPUT ? 400 : 500, err.msg);
		return;
	}
	rai_jw_init(&w, &r->body);
	rai_jw_array(&w, NULL);
	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i)) {
		if (rai_serve_row_json(m->schema, i, &slot->row, &err) != 0 ||
		    predict_row(app, q, id, &prediction, &err) != 0) {
			rai_serve_error(r, 500, err.msg);
			return;
		}
		if (i == rai_json_first(array)) {
			memcpy(slot->id, id, sizeof(id));
			rai_serve_reply_header(r, "X-Prediction-Id", slot->id);
		}
		write_answer(app->live, id, prediction, &w);
	}
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = JSON;
}

static void
predict_json(
    struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc = rai_json_parse(q->body, q->len, &err);

	if (doc == NULL)
		rai_serve_error(r, 400, err.msg);
	else if (rai_json_kind(doc) == RAI_JSON_ARRAY)
		predict_batch(app, q, doc, r);
	else
		predict_one(app, q, doc, r);
	rai_json_free(doc);
}

static void
predict_form(
    struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	struct rai_serve_slot *slot = q->slot;
	const struct rai_serve_model *m = &app->live->model;
	struct rai_serve_page page = {.row = &slot->row};
	struct rai_err err = RAI_ERR_INIT;
	int html = rai_serve_prefers_html(rai_serve_header(q, "Accept"));
	int status = 200;

	if (rai_serve_row_form(m->schema, q->body, q->len, &slot->row, &err) != 0)
		status = err.code == RAI_EINPUT ? 400 : 500;
	else if (predict_row(app, q, slot->id, &page.prediction, &err) != 0)
		status = 500;
	if (!html && status != 200)
		rai_serve_error(r, status, err.msg);
	else if (!html)
		answer_json(app->live, slot, page.prediction, r);
	else {
		page.error = status == 200 ? NULL : err.msg;
		page.id = status == 200 ? slot->id : NULL;
		rai_serve_page_write(m, &page, r);
		r->status = status;
		if (status == 200)
			rai_serve_reply_header(r, "X-Prediction-Id", slot->id);
	}
}

void
rai_serve_predict(
    struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	int64_t start = rai_clock_mono_ns();

	switch (body_kind(q)) {
	case BODY_JSON:
		predict_json(app, q, r);
		break;
	case BODY_FORM:
		predict_form(app, q, r);
		break;
	case BODY_OTHER:
		rai_serve_error(r, 415,
		    "Content-Type must be " JSON " or " FORM " (in UTF-8, if a charset is named)");
		break;
	}
	if (r->status == 200)
		rai_serve_metrics_latency(app->metrics, q->lane, rai_clock_mono_ns() - start);
}

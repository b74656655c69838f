#include <string.h>

#include "json/json.h"
#include "serve/accept.h"
#include "serve/state.h"

/* One {"id": ..., "actual": ...}; other members would be a mistake that nobody sees. */
static int
read_pair(const struct cJSON *obj, const char **id, double *actual, struct rai_err *err)
{
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT,
		    "feedback must be a JSON object, such as {\"id\": \"01J...\", \"actual\": "
		    "1.5}");
	if (rai_json_str(obj, "id", id, err) != 0 || rai_json_num(obj, "actual", actual, err) != 0)
		return -1;
	if (!rai_ulid_valid(*id, strlen(*id)))
		return rai_fail(
		    err, RAI_EINPUT, "\"id\" is not a prediction id (26 letters and digits)");
	if (rai_json_count(obj) > 2)
		return rai_fail(
		    err, RAI_EINPUT, "feedback has only the members \"id\" and \"actual\"");
	return 0;
}

static void
log_feedback(struct rai_serve_app *app, struct rai_serve_slot *slot, const char *id, double actual)
{
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	if (app->config.log == NULL)
		return;
	rai_buf_clear(&slot->line);
	rai_clock_format(rai_clock_now(app->config.clock), time);
	rai_jw_init(&w, &slot->line);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "type", "feedback");
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "id", id);
	rai_jw_num(&w, "actual", actual);
	rai_jw_end(&w);
	rai_buf_char(&slot->line, '\n');
	rai_serve_log_add(app->config.log, slot->line.ptr, slot->line.len, 1);
}

struct outcome {
	size_t count[3]; /* by enum rai_join */
};

static void
take_pair(struct rai_serve_app *app, struct rai_serve_slot *slot, const char *id, double actual,
    struct outcome *o)
{
	enum rai_join how = rai_serve_join_actual(app->join, id, actual);

	rai_serve_metrics_feedback(app->metrics, how);
	o->count[how]++;
	/* also when it is not ours: the prediction may stand in another process's log */
	log_feedback(app, slot, id, actual);
}

/* 200 when every prediction was remembered, 202 when some were not. */
static void
answer(const struct outcome *o, struct rai_serve_reply *r)
{
	struct rai_jw w;

	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_int(&w, "joined", (int64_t)o->count[RAI_JOIN_JOINED]);
	rai_jw_int(&w, "unknown", (int64_t)o->count[RAI_JOIN_UNKNOWN]);
	rai_jw_int(&w, "repeated", (int64_t)o->count[RAI_JOIN_REPEATED]);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
	r->status = o->count[RAI_JOIN_UNKNOWN] > 0 ? 202 : 200;
}

static int
take_batch(struct rai_serve_app *app, struct rai_serve_slot *slot, const struct cJSON *array,
    struct outcome *o, struct rai_err *err)
{
	const struct cJSON *i;
	const char *id;
	double actual;
	size_t n = 0;

	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i), n++)
		if (read_pair(i, &id, &actual, err) != 0)
			return rai_wrap(err, "row %zu", n + 1);
	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i))
		if (read_pair(i, &id, &actual, err) == 0)
			take_pair(app, slot, id, actual, o);
	return 0;
}

void
rai_serve_feedback(
    struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	const char *type = rai_serve_header(q, "Content-Type"), *id;
	struct rai_err err = RAI_ERR_INIT;
	struct outcome o = {{0, 0, 0}};
	struct cJSON *doc;
	double actual;
	int rc = 0;

	if (type != NULL && !rai_serve_is_type(type, "application/json") &&
	    !rai_serve_is_type(type, "application/x-www-form-urlencoded")) {
		rai_serve_error(r, 415, "Content-Type must be application/json");
		return;
	}
	doc = rai_json_parse(q->body, q->len, &err);
	if (doc == NULL)
		rc = -1;
	else if (rai_json_kind(doc) == RAI_JSON_ARRAY)
		rc = take_batch(app, q->slot, doc, &o, &err);
	else if ((rc = read_pair(doc, &id, &actual, &err)) == 0)
		take_pair(app, q->slot, id, actual, &o);
	if (rc != 0)
		rai_serve_error(r, 400, err.msg);
	else
		answer(&o, r);
	rai_json_free(doc);
}

#include <string.h>

#include "base/num.h"
#include "json/json.h"
#include "serve/accept.h"
#include "serve/line.h"
#include "serve/state.h"
#include "serve/trial.h"

struct truth {
	const char *id;
	const char *label; /* of a class, or NULL: a number */
	double number;
};

static int
any_classes(const struct rai_serve_models *m)
{
	size_t i;

	for (i = 0; i < m->n && m->named[i].task != RAI_JOIN_CLASSES; i++)
		;
	return i < m->n;
}

/* One {"id": ..., "actual": ...}; other members would be a mistake that nobody sees. */
static int
read_truth(
    const struct rai_serve_call *c, const struct cJSON *obj, struct truth *t, struct rai_err *err)
{
	const struct cJSON *actual;

	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT,
		    "feedback must be a JSON object, such as {\"id\": \"01J...\", \"actual\": "
		    "1.5}");
	if (rai_json_str(obj, "id", &t->id, err) != 0)
		return -1;
	actual = rai_json_get(obj, "actual");
	t->label = rai_json_kind(actual) == RAI_JSON_STR ? rai_json_as_str(actual) : NULL;
	if ((t->label == NULL || !any_classes(c->app->models)) &&
	    rai_json_num(obj, "actual", &t->number, err) != 0)
		return -1;
	if (!rai_ulid_valid(t->id, strlen(t->id)))
		return rai_fail(
		    err, RAI_EINPUT, "\"id\" is not a prediction id (26 letters and digits)");
	if (rai_json_count(obj) > 2)
		return rai_fail(
		    err, RAI_EINPUT, "feedback has only the members \"id\" and \"actual\"");
	return 0;
}

static void
log_feedback(struct rai_serve_app *app, struct rai_serve_slot *slot, const struct truth *t)
{
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	if (!rai_serve_line_wanted(app->config.log, t->id))
		return;
	rai_buf_clear(&slot->line);
	rai_clock_format(rai_clock_now(app->config.clock), time);
	rai_jw_init(&w, &slot->line);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "type", "feedback");
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "id", t->id);
	if (t->label != NULL)
		rai_jw_str(&w, "actual", t->label);
	else
		rai_jw_num(&w, "actual", t->number);
	rai_jw_end(&w);
	rai_buf_char(&slot->line, '\n');
	rai_serve_log_add(app->config.log, slot->line.ptr, slot->line.len, 1);
}

/* A class that looks like a number may come as one. */
static double
truth_class(const struct truth *t)
{
	char text[RAI_NUM_TEXT];

	if (t->label != NULL)
		return rai_serve_join_class(t->label);
	rai_num_format(t->number, text);
	return rai_serve_join_class(text);
}

/* Only one model can have issued the id: its process part is the model's own. */
static enum rai_join
join(const struct rai_serve_call *c, const struct truth *t)
{
	const struct rai_serve_models *m = c->app->models;
	enum rai_join how = RAI_JOIN_UNKNOWN;
	double actual;
	size_t i;

	for (i = 0; i < m->n && how == RAI_JOIN_UNKNOWN; i++) {
		if (m->named[i].task == RAI_JOIN_CLASSES)
			actual = truth_class(t);
		else if (t->label == NULL)
			actual = t->number;
		else
			continue;
		how = rai_serve_join_actual(m->named[i].join, t->id, actual);
		if (how == RAI_JOIN_JOINED && c->models->entry[i].trial != NULL)
			rai_serve_trial_truth(c->models->entry[i].trial, t->id, actual);
	}
	return how;
}

struct outcome {
	size_t count[3]; /* by enum rai_join */
};

static void
take_truth(struct rai_serve_call *c, const struct truth *t, struct outcome *o)
{
	enum rai_join how = join(c, t);

	rai_serve_metrics_feedback(c->app->metrics, how);
	o->count[how]++;
	/* also when it is not ours: the prediction may stand in another process's log */
	log_feedback(c->app, c->slot, t);
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
take_batch(
    struct rai_serve_call *c, const struct cJSON *array, struct outcome *o, struct rai_err *err)
{
	const struct cJSON *i;
	struct truth t;
	size_t n = 0;

	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i), n++)
		if (read_truth(c, i, &t, err) != 0)
			return rai_wrap(err, "row %zu", n + 1);
	for (i = rai_json_first(array); i != NULL; i = rai_json_next(i))
		if (read_truth(c, i, &t, err) == 0)
			take_truth(c, &t, o);
	return 0;
}

void
rai_serve_feedback(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const char *type = rai_serve_header(c->q, "Content-Type");
	struct rai_err err = RAI_ERR_INIT;
	struct outcome o = {{0, 0, 0}};
	struct cJSON *doc;
	struct truth t;
	int rc = 0;

	if (type != NULL && !rai_serve_is_type(type, "application/json") &&
	    !rai_serve_is_type(type, "application/x-www-form-urlencoded")) {
		rai_serve_error(r, 415, "Content-Type must be application/json");
		return;
	}
	doc = rai_json_parse(c->q->body, c->q->len, &err);
	if (doc == NULL)
		rc = -1;
	else if (rai_json_kind(doc) == RAI_JSON_ARRAY)
		rc = take_batch(c, doc, &o, &err);
	else if ((rc = read_truth(c, doc, &t, &err)) == 0)
		take_truth(c, &t, &o);
	if (rc != 0)
		rai_serve_error(r, 400, err.msg);
	else
		answer(&o, r);
	rai_json_free(doc);
}

#include "serve/exchange.h"
#include "serve/instances.h"

/* KServe's protocol v1: lists of instances. */

static int
read_inputs(struct rai_serve_call *c, const struct cJSON *inputs, struct rai_err *err)
{
	const struct rai_schema *s = c->live->model.schema;
	struct rai_serve_rows *rows = &c->slot->rows;

	switch (rai_json_kind(inputs)) {
	case RAI_JSON_ARRAY:
		return rai_serve_instances(s, inputs, RAI_EXTRA_REFUSED, rows, err);
	case RAI_JSON_OBJECT:
		return rai_serve_columns(s, inputs, rows, err);
	default:
		return rai_fail(
		    err, RAI_EINPUT, "must be an object of columns, or an array of rows");
	}
}

int
rai_serve_v1_read(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *list, *inputs = rai_json_get(doc, "inputs");

	if (inputs == NULL)
		return rai_json_array(doc, "instances", &list, err) != 0
			   ? -1
			   : rai_serve_instances(c->live->model.schema, list, RAI_EXTRA_REFUSED,
				 &c->slot->rows, err);
	if (rai_json_get(doc, "instances") != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "\"instances\" has rows, and \"inputs\" columns: give one of them");
	return read_inputs(c, inputs, err) == 0 ? 0 : rai_wrap(err, "inputs");
}

/* TensorFlow Serving answers inputs with outputs, KServe anything with predictions. */
static void
write_reply(struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r)
{
	static const char *const name[] = {"predictions", "outputs"};

	rai_serve_predictions_write_as(c, name, rai_json_get(doc, "inputs") != NULL ? 2 : 1, r);
}

void
rai_serve_v1_predict(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	static const struct rai_serve_protocol v1 = {rai_serve_v1_read, write_reply, NULL};

	rai_serve_exchange(c, &v1, r);
}

void
rai_serve_v1_models(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_jw w;
	size_t i;

	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_array(&w, "models");
	for (i = 0; i < c->app->models->n; i++)
		rai_jw_str(&w, NULL, c->app->models->named[i].name);
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

/* A model that has a name here is loaded; while the process stops, it is not ready. */
void
rai_serve_model_ready(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	int ready = !atomic_load(&c->app->draining);
	struct rai_jw w;

	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "name", c->named->name);
	rai_jw_bool(&w, "ready", ready);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
	r->status = ready ? 200 : 503;
}

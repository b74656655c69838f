#include "serve/exchange.h"
#include "serve/instances.h"

/* KServe's protocol v1: lists of instances. */

static int
read_instances(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *list;

	if (rai_json_array(doc, "instances", &list, err) != 0)
		return -1;
	return rai_serve_instances(
	    c->live->model.schema, list, RAI_EXTRA_REFUSED, &c->slot->rows, err);
}

void
rai_serve_v1_predict(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	static const struct rai_serve_protocol v1 = {
	    read_instances, rai_serve_predictions_write, rai_serve_error};

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

#include <string.h>

#include "serve/exchange.h"
#include "serve/tensor.h"

/*
 * The Open Inference Protocol, v2 over REST.  The answer's tensors: the prediction under the
 * target's name, or "label" and "probabilities" of classes, and "prediction_id".
 */
static const char id_output[] = "prediction_id";

static void
begin(struct rai_jw *w, struct rai_serve_reply *r)
{
	rai_jw_init(w, &r->body);
	rai_jw_object(w, NULL);
	r->type = "application/json";
}

static void
end(struct rai_jw *w, struct rai_serve_reply *r)
{
	rai_jw_end(w);
	rai_buf_char(&r->body, '\n');
}

void
rai_serve_v2_server(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_jw w;

	(void)c;
	begin(&w, r);
	rai_jw_str(&w, "name", "rai-serve");
	rai_jw_str(&w, "version", RAI_VERSION);
	rai_jw_array(&w, "extensions");
	rai_jw_end(&w);
	end(&w, r);
}

void
rai_serve_v2_live(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_jw w;

	(void)c;
	begin(&w, r);
	rai_jw_bool(&w, "live", 1);
	end(&w, r);
}

void
rai_serve_v2_ready(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	int ready = !atomic_load(&c->app->draining);
	struct rai_jw w;

	begin(&w, r);
	rai_jw_bool(&w, "ready", ready);
	end(&w, r);
	r->status = ready ? 200 : 503;
}

static void
write_head(struct rai_jw *w, const char *name, const char *datatype, int64_t rows, int64_t width)
{
	rai_jw_object(w, NULL);
	rai_jw_str(w, "name", name);
	rai_jw_str(w, "datatype", datatype);
	rai_jw_array(w, "shape");
	rai_jw_int(w, NULL, rows);
	rai_jw_int(w, NULL, width);
	rai_jw_end(w);
}

static void
describe(struct rai_jw *w, const char *name, const char *datatype, int64_t width)
{
	write_head(w, name, datatype, -1, width);
	rai_jw_end(w);
}

static void
write_versions(const struct rai_serve_entry *e, struct rai_jw *w)
{
	rai_jw_array(w, "versions");
	rai_jw_str(w, NULL, e->current->model.version);
	if (e->previous != NULL &&
	    strcmp(e->previous->model.version, e->current->model.version) != 0)
		rai_jw_str(w, NULL, e->previous->model.version);
	rai_jw_end(w);
}

void
rai_serve_v2_model(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_model *m = &c->live->model;
	struct rai_jw w;
	size_t i;

	begin(&w, r);
	rai_jw_str(&w, "name", c->named->name);
	write_versions(&c->models->entry[c->index], &w);
	rai_jw_str(&w, "platform", "rai_safetensors");
	rai_jw_array(&w, "inputs");
	for (i = 0; i < m->schema->n; i++)
		describe(&w, m->schema->col[i].name, rai_serve_datatype(&m->schema->col[i]), 1);
	rai_jw_end(&w);
	rai_jw_array(&w, "outputs");
	if (m->nclass == 0)
		describe(&w, m->schema->target.name, "FP64", 1);
	else {
		describe(&w, "label", "BYTES", 1);
		describe(&w, "probabilities", "FP64", (int64_t)m->nclass);
	}
	describe(&w, id_output, "BYTES", 1);
	rai_jw_end(&w);
	end(&w, r);
}

static int
is_output(const struct rai_serve_model *m, const char *name)
{
	if (strcmp(name, id_output) == 0)
		return 1;
	if (m->nclass == 0)
		return strcmp(name, m->schema->target.name) == 0;
	return strcmp(name, "label") == 0 || strcmp(name, "probabilities") == 0;
}

static int
check_outputs(const struct rai_serve_model *m, const struct cJSON *outputs, struct rai_err *err)
{
	const struct cJSON *item;
	const char *name;

	for (item = rai_json_first(outputs); item != NULL; item = rai_json_next(item)) {
		if (rai_json_str(item, "name", &name, err) != 0 ||
		    rai_serve_parameters(item, err) != 0)
			return rai_wrap(err, "outputs");
		if (!is_output(m, name))
			return rai_fail(err, RAI_EINPUT, "no output '%.60s' (there are %s and %s)",
			    name, m->nclass == 0 ? m->schema->target.name : "label, probabilities",
			    id_output);
	}
	return 0;
}

static int
read_request(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *outputs;
	const char *id = NULL;

	if (rai_json_kind(doc) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "the body must be an object with \"inputs\"");
	if (rai_json_opt_str(doc, "id", &id, err) != 0 || rai_serve_parameters(doc, err) != 0)
		return -1;
	if (rai_json_get(doc, "outputs") != NULL &&
	    (rai_json_array(doc, "outputs", &outputs, err) != 0 ||
		check_outputs(&c->live->model, outputs, err) != 0))
		return -1;
	return rai_serve_tensors(c->live->model.schema, doc, &c->slot->rows, err);
}

/* Is it asked for?  Without a word of outputs all are. */
static int
wanted(const struct cJSON *doc, const char *name)
{
	const struct cJSON *item = rai_json_first(rai_json_get(doc, "outputs"));
	const char *text;

	if (item == NULL)
		return 1;
	for (; item != NULL; item = rai_json_next(item))
		if (rai_json_str(item, "name", &text, NULL) == 0 && strcmp(text, name) == 0)
			return 1;
	return 0;
}

static void
write_numbers(
    const struct rai_serve_scores *s, const struct cJSON *doc, const char *name, struct rai_jw *w)
{
	if (!wanted(doc, name))
		return;
	write_head(w, name, "FP64", (int64_t)s->n, (int64_t)s->nout);
	rai_jw_nums(w, "data", s->out, s->n * s->nout);
	rai_jw_end(w);
}

static void
write_labels(const struct rai_serve_model *m, const struct rai_serve_scores *s,
    const struct cJSON *doc, struct rai_jw *w)
{
	size_t i;

	if (!wanted(doc, "label"))
		return;
	write_head(w, "label", "BYTES", (int64_t)s->n, 1);
	rai_jw_array(w, "data");
	for (i = 0; i < s->n; i++)
		rai_jw_str(
		    w, NULL, m->schema->target.level[rai_serve_class(m, s->out + i * s->nout)]);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_ids(const struct rai_serve_scores *s, const struct cJSON *doc, struct rai_jw *w)
{
	size_t i;

	if (!wanted(doc, id_output))
		return;
	write_head(w, id_output, "BYTES", (int64_t)s->n, 1);
	rai_jw_array(w, "data");
	for (i = 0; i < s->n; i++)
		rai_jw_str(w, NULL, s->id[i]);
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_response(struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r)
{
	const struct rai_serve_model *m = &c->live->model;
	const struct rai_serve_scores *s = &c->slot->scores;
	const char *id = NULL;
	struct rai_jw w;

	begin(&w, r);
	rai_jw_str(&w, "model_name", c->named->name);
	rai_jw_str(&w, "model_version", m->version);
	if (rai_json_opt_str(doc, "id", &id, NULL) == 0 && id != NULL)
		rai_jw_str(&w, "id", id);
	rai_jw_object(&w, "parameters");
	rai_jw_str(&w, "digest", m->digest);
	rai_jw_end(&w);
	rai_jw_array(&w, "outputs");
	if (m->nclass == 0)
		write_numbers(s, doc, m->schema->target.name, &w);
	else {
		write_labels(m, s, doc, &w);
		write_numbers(s, doc, "probabilities", &w);
	}
	write_ids(s, doc, &w);
	rai_jw_end(&w);
	end(&w, r);
}

void
rai_serve_v2_infer(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	static const struct rai_serve_protocol v2 = {read_request, write_response, rai_serve_error};

	/* such a body is JSON with tensors behind it */
	if (rai_serve_header(c->q, "Inference-Header-Content-Length") != NULL)
		rai_serve_error(r, 400,
		    "the binary tensor extension is not understood (send \"data\" as JSON)");
	else
		rai_serve_exchange(c, &v2, r);
}

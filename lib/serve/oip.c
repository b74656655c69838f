#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "serve/binary.h"
#include "serve/exchange.h"
#include "serve/tensor.h"

/*
 * The Open Inference Protocol, v2 over REST.  The answer's tensors: the prediction under the
 * target's name, or "label" and "probabilities" of classes, and "prediction_id".
 */
static const char id_output[] = "prediction_id";
static const char length_header[] = "Inference-Header-Content-Length";

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
	rai_jw_str(&w, NULL, "binary_tensor_data");
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
	return rai_serve_tensors(c->live->model.schema, doc, c->raw, c->nraw, &c->slot->rows, err);
}

/* The outputs of one reply. */
struct outputs {
	const struct cJSON *doc; /* the request */
	struct rai_jw w;
	struct rai_buf tail; /* data that follows the JSON */
};

/* Is it asked for, and how?  Without a word of outputs all are. */
enum how { NOT, AS_JSON, AS_BYTES };
static enum how
wanted(const struct outputs *o, const char *name)
{
	const struct cJSON *item = rai_json_first(rai_json_get(o->doc, "outputs"));
	const char *text;

	if (item == NULL)
		return rai_serve_parameter_set(o->doc, "binary_data_output") ? AS_BYTES : AS_JSON;
	for (; item != NULL; item = rai_json_next(item))
		if (rai_json_str(item, "name", &text, NULL) == 0 && strcmp(text, name) == 0)
			return rai_serve_parameter_set(item, "binary_data") ? AS_BYTES : AS_JSON;
	return NOT;
}

/* The end of an output whose data is in the tail, from there on. */
static void
end_bytes(struct outputs *o, size_t from)
{
	rai_jw_object(&o->w, "parameters");
	rai_jw_int(&o->w, "binary_data_size", (int64_t)(o->tail.len - from));
	rai_jw_end(&o->w);
	rai_jw_end(&o->w);
}

static void
write_numbers(const struct rai_serve_scores *s, const char *name, struct outputs *o)
{
	enum how how = wanted(o, name);
	size_t i, from = o->tail.len;

	if (how == NOT)
		return;
	write_head(&o->w, name, "FP64", (int64_t)s->n, (int64_t)s->nout);
	if (how == AS_JSON) {
		rai_jw_nums(&o->w, "data", s->out, s->n * s->nout);
		rai_jw_end(&o->w);
		return;
	}
	for (i = 0; i < s->n * s->nout; i++)
		rai_serve_binary_add_num(&o->tail, s->out[i]);
	end_bytes(o, from);
}

static const char *
label_of(const struct rai_serve_model *m, const struct rai_serve_scores *s, size_t i)
{
	return m->schema->target.level[rai_serve_class(m, s->out + i * s->nout)];
}

static const char *
id_of(const struct rai_serve_model *m, const struct rai_serve_scores *s, size_t i)
{
	(void)m;
	return s->id[i];
}

/* A text for each row. */
static void
write_texts(const struct rai_serve_model *m, const struct rai_serve_scores *s, const char *name,
    const char *(*text)(
	const struct rai_serve_model *m, const struct rai_serve_scores *s, size_t i),
    struct outputs *o)
{
	enum how how = wanted(o, name);
	size_t i, from = o->tail.len;

	if (how == NOT)
		return;
	write_head(&o->w, name, "BYTES", (int64_t)s->n, 1);
	if (how == AS_JSON) {
		rai_jw_array(&o->w, "data");
		for (i = 0; i < s->n; i++)
			rai_jw_str(&o->w, NULL, text(m, s, i));
		rai_jw_end(&o->w);
		rai_jw_end(&o->w);
		return;
	}
	for (i = 0; i < s->n; i++)
		rai_serve_binary_add_text(&o->tail, text(m, s, i));
	end_bytes(o, from);
}

/* Where outputs are asked for as bytes, the JSON has no newline at its end: its length is said. */
static void
end_response(struct rai_serve_call *c, struct outputs *o, struct rai_serve_reply *r)
{
	struct rai_serve_slot *slot = c->slot;

	rai_jw_end(&o->w);
	if (o->tail.len == 0 && !o->tail.bad) {
		end(&o->w, r);
		return;
	}
	rai_jw_end(&o->w);
	snprintf(slot->length, sizeof(slot->length), "%zu", r->body.len);
	rai_serve_reply_header(r, length_header, slot->length);
	r->type = "application/octet-stream";
	rai_buf_add(&r->body, o->tail.ptr, o->tail.len);
	r->body.bad |= o->tail.bad;
}

static void
write_response(struct rai_serve_call *c, const struct cJSON *doc, struct rai_serve_reply *r)
{
	struct outputs o = {.doc = doc, .tail = RAI_BUF_INIT(SIZE_MAX / 2)};
	const struct rai_serve_model *m = &c->live->model;
	const struct rai_serve_scores *s = &c->slot->scores;
	const char *id = NULL;

	begin(&o.w, r);
	rai_jw_str(&o.w, "model_name", c->named->name);
	rai_jw_str(&o.w, "model_version", m->version);
	if (rai_json_opt_str(doc, "id", &id, NULL) == 0 && id != NULL)
		rai_jw_str(&o.w, "id", id);
	rai_jw_object(&o.w, "parameters");
	rai_jw_str(&o.w, "digest", m->digest);
	rai_jw_end(&o.w);
	rai_jw_array(&o.w, "outputs");
	if (m->nclass == 0)
		write_numbers(s, m->schema->target.name, &o);
	else {
		write_texts(m, s, "label", label_of, &o);
		write_numbers(s, "probabilities", &o);
	}
	write_texts(m, s, id_output, id_of, &o);
	end_response(c, &o, r);
	rai_buf_free(&o.tail);
}

/* The JSON becomes the body, and what is behind it the call's raw bytes.  -1: it cannot be. */
static int
split_body(struct rai_serve_call *c, const char *length)
{
	int64_t n;

	if (rai_num_int(length, strlen(length), 0, INT64_MAX, &n) != 0 || (uint64_t)n > c->q->len)
		return -1;
	c->raw = c->q->body + n;
	c->nraw = c->q->len - (size_t)n;
	c->plain = *c->q;
	c->plain.len = (size_t)n;
	c->q = &c->plain;
	return 0;
}

void
rai_serve_v2_infer(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	static const struct rai_serve_protocol v2 = {read_request, write_response, NULL};
	const char *length = rai_serve_header(c->q, length_header);

	c->raw = "";
	if (length != NULL && split_body(c, length) != 0)
		rai_serve_error(r, 400,
		    "Inference-Header-Content-Length must be the length of the JSON, at most that "
		    "of the body");
	else
		rai_serve_exchange(c, &v2, r);
}

#include "json/json.h"
#include "serve/state.h"

/* What the admin socket adds: which models there are, and changing them. */

static void
write_live(struct rai_jw *w, const char *key, const struct rai_serve_live *live)
{
	if (live == NULL) {
		rai_jw_null(w, key);
		return;
	}
	rai_jw_object(w, key);
	rai_jw_str(w, "version", live->model.version);
	rai_jw_str(w, "digest", live->model.digest);
	rai_jw_str(w, "kind", live->model.kind);
	rai_jw_str(w, "file", live->model.file);
	rai_jw_end(w);
}

static void
write_entry(
    const struct rai_serve_call *c, const struct rai_serve_snapshot *s, size_t i, struct rai_jw *w)
{
	rai_jw_object(w, NULL);
	rai_jw_str(w, "model", c->app->models->named[i].name);
	rai_jw_bool(w, "default", i == 0);
	write_live(w, "current", s->entry[i].current);
	write_live(w, "previous", s->entry[i].previous);
	rai_jw_end(w);
}

void
rai_serve_admin_list(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_jw w;
	size_t i;

	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_array(&w, "models");
	for (i = 0; i < c->models->n; i++)
		write_entry(c, c->models, i, &w);
	rai_jw_end(&w);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

/* What came of a change: 200 with what is served now, or 409 and the reason why nothing changed. */
static void
answer(struct rai_serve_call *c, int rc, const struct rai_err *err, struct rai_serve_reply *r)
{
	const struct rai_serve_snapshot *s;
	struct rai_jw w;

	if (rc != 0) {
		rai_serve_error(r, err->code == RAI_EINPUT ? 409 : 500, err->msg);
		return;
	}
	s = rai_serve_models_enter(c->app->models, c->q->lane);
	rai_jw_init(&w, &r->body);
	write_entry(c, s, c->index, &w);
	rai_serve_models_leave(c->app->models, c->q->lane, s);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

static int
reload(const struct rai_serve_call *c, const char *file, struct rai_err *err)
{
	const struct rai_serve_app_config *config = &c->app->config;

	if (config->reload == NULL)
		return rai_fail(err, RAI_EINPUT, "models cannot be read again here");
	return config->reload(config->payload, c->named->name, file, err);
}

void
rai_serve_admin_reload(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_err err = RAI_ERR_INIT;

	answer(c, reload(c, NULL, &err), &err, r);
}

/* {"file": "path"}, nothing else. */
void
rai_serve_admin_load(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc = rai_json_parse(c->q->body, c->q->len, &err);
	const char *file;

	if (doc == NULL || rai_json_str(doc, "file", &file, &err) != 0)
		rai_serve_error(r, 400, err.msg);
	else if (rai_json_count(doc) != 1)
		rai_serve_error(r, 400, "the only member is \"file\"");
	else
		answer(c, reload(c, file, &err), &err, r);
	rai_json_free(doc);
}

void
rai_serve_admin_back_out(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_app_config *config = &c->app->config;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf text = RAI_BUF_INIT(1024);
	const struct rai_serve_snapshot *s;
	const struct rai_serve_model *m;
	int rc = rai_serve_models_back_out(c->app->models, c->index, &err);

	answer(c, rc, &err, r);
	if (rc == 0 && config->note != NULL) {
		s = rai_serve_models_enter(c->app->models, c->q->lane);
		m = &s->entry[c->index].current->model;
		rai_buf_printf(
		    &text, "backed out: now serving %s %s (%s)", m->name, m->version, m->digest);
		rai_serve_models_leave(c->app->models, c->q->lane, s);
		config->note(config->payload, text.ptr);
	}
	rai_buf_free(&text);
}

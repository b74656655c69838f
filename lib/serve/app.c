#include "serve/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "serve/accept.h"
#include "serve/coding.h"
#include "serve/guard.h"
#include "serve/state.h"

/* PACKED: a smaller reply is one packet anyway; KEEP: memory a slot holds between requests. */
enum { PACKED = 1400, KEEP = 64 << 10 };

const size_t rai_serve_app_slot_size = sizeof(struct rai_serve_slot);

void
rai_serve_app_slot_release(void *p)
{
	struct rai_serve_slot *slot = p;

	if (!slot->begun)
		return;
	rai_serve_rows_release(&slot->rows);
	rai_serve_scores_release(&slot->scores);
	rai_buf_free(&slot->line);
	rai_buf_free(&slot->coded);
}

static int
list_labels(struct rai_serve_app *app, struct rai_err *err)
{
	size_t i;

	app->label = calloc(rai_serve_nroutes, sizeof(*app->label));
	if (app->label == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < rai_serve_nroutes; i++)
		app->label[i] = rai_serve_routes[i].pattern;
	return 0;
}

int
rai_serve_app_new(const struct rai_serve_app_config *config, const struct rai_serve_model *model,
    size_t n, struct rai_serve_app **out, struct rai_err *err)
{
	struct rai_serve_app *app = calloc(1, sizeof(*app));
	size_t i;

	if (app == NULL) {
		for (i = 0; i < n; i++)
			model[i].release(model[i].payload);
		return rai_fail_memory(err);
	}
	app->config = *config;
	app->start_ms = rai_clock_now(NULL);
	if (rai_serve_models_new(config, model, n, &app->models, err) != 0 ||
	    list_labels(app, err) != 0 ||
	    rai_serve_metrics_new(
		config->lanes, app->label, rai_serve_nroutes, &app->metrics, err) != 0 ||
	    rai_serve_origins_new(config->show, config->nshow, 2 * n, &app->origins, err) != 0 ||
	    rai_serve_watch_start(app->models, &app->config, &app->watch, err) != 0) {
		rai_serve_app_free(app);
		return -1;
	}
	*out = app;
	return 0;
}

void
rai_serve_app_free(struct rai_serve_app *app)
{
	if (app == NULL)
		return;
	rai_serve_watch_stop(app->watch);
	rai_serve_models_free(app->models);
	rai_serve_metrics_free(app->metrics);
	rai_serve_origins_free(app->origins);
	free(app->label);
	free(app);
}

int
rai_serve_app_swap(
    struct rai_serve_app *app, const struct rai_serve_model *model, struct rai_err *err)
{
	return rai_serve_models_swap(app->models, model, err);
}

int
rai_serve_app_try(struct rai_serve_app *app, const struct rai_serve_trial_config *config,
    const struct rai_serve_model *challenger, struct rai_err *err)
{
	return rai_serve_models_try(app->models, config, challenger, err);
}

void
rai_serve_app_drain(struct rai_serve_app *app)
{
	atomic_store(&app->draining, 1);
}

void
rai_serve_error(struct rai_serve_reply *r, int status, const char *message)
{
	struct rai_jw w;

	rai_buf_clear(&r->body);
	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "error", message);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
	r->status = status;
}

/* Flags of the routes that are not there for this request. */
static unsigned
hidden(const struct rai_serve_request *q)
{
	return q->admin ? 0 : RAI_ROUTE_ADMIN;
}

/* 404, with what there is. */
static void
no_path(const struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_buf text = RAI_BUF_INIT(8192);
	size_t i, n = 0;

	rai_buf_str(&text, "no such path (there are ");
	for (i = 0; i < rai_serve_nroutes; i++) {
		if ((rai_serve_routes[i].flags & hidden(c->q)) != 0)
			continue;
		rai_buf_str(&text, n++ > 0 ? ", " : "");
		rai_buf_str(&text, rai_serve_routes[i].pattern);
	}
	rai_buf_char(&text, ')');
	c->fail(r, 404, text.ptr);
	rai_buf_free(&text);
}

/* 404, with the names that there are. */
static void
no_model(const struct rai_serve_call *c, const char *text, size_t len, struct rai_serve_reply *r)
{
	const struct rai_serve_models *m = c->app->models;
	struct rai_buf message = RAI_BUF_INIT(4096);
	size_t i;

	rai_buf_printf(
	    &message, "no model \"%.*s\" is served (there are ", len < 100 ? (int)len : 100, text);
	for (i = 0; i < m->n; i++)
		rai_buf_printf(&message, "%s%s", i > 0 ? ", " : "", m->named[i].name);
	rai_buf_char(&message, ')');
	c->fail(r, 404, message.ptr);
	rai_buf_free(&message);
}

static void
no_version(const struct rai_serve_call *c, const char *text, size_t len, struct rai_serve_reply *r)
{
	struct rai_buf message = RAI_BUF_INIT(4096);

	rai_buf_printf(&message, "no version \"%.*s\" of %s is served (there is %s)",
	    len < 100 ? (int)len : 100, text, c->named->name, c->live->model.version);
	c->fail(r, 404, message.ptr);
	rai_buf_free(&message);
}

static int
is_version(const struct rai_serve_live *live, const char *text, size_t len)
{
	return strlen(live->model.version) == len && memcmp(live->model.version, text, len) == 0;
}

/* The model that the path names becomes the call's.  -1: there is none, r says so. */
static int
choose_model(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_entry *e;
	const char *text;
	size_t len, i;

	text = rai_serve_captured(&c->found, "model", &len);
	if (text != NULL) {
		i = rai_serve_models_find(c->app->models, text, len);
		if (i == c->app->models->n) {
			no_model(c, text, len, r);
			return -1;
		}
		c->index = i;
		c->named = &c->app->models->named[i];
		c->live = c->models->entry[i].current;
	}
	text = rai_serve_captured(&c->found, "version", &len);
	if (text == NULL || is_version(c->live, text, len))
		return 0;
	e = &c->models->entry[c->index];
	if (e->previous == NULL || !is_version(e->previous, text, len)) {
		no_version(c, text, len, r);
		return -1;
	}
	c->live = e->previous;
	return 0;
}

/* Copies text until its end or until out is full. */
static void
keep(char *out, size_t size, const char *text)
{
	if (memccpy(out, text, '\0', size) == NULL)
		out[size - 1] = '\0';
}

/* The handlers see a body as if it had come plain.  -1: it cannot be, r says why. */
static int
unfold(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_err err = RAI_ERR_INIT;
	int rc;

	switch (rai_serve_coding(rai_serve_header(c->q, "Content-Encoding"))) {
	case RAI_CODING_NONE:
		return 0;
	case RAI_CODING_OTHER:
		c->fail(r, 415, "Content-Encoding must be gzip, or absent");
		rai_serve_reply_header(r, "Accept-Encoding", "gzip");
		return -1;
	case RAI_CODING_GZIP:
		break;
	}
	rc =
	    rai_serve_gunzip(c->q->body, c->q->len, c->app->config.max_body, &c->slot->coded, &err);
	if (rc > 0)
		c->fail(r, 413, "the body unfolds to too much (see rai-serve --max-body)");
	else if (rc < 0)
		c->fail(r, err.code == RAI_EINPUT ? 400 : 500, err.msg);
	if (rc != 0)
		return -1;
	c->plain = *c->q;
	c->plain.body = c->slot->coded.ptr;
	c->plain.len = c->slot->coded.len;
	c->q = &c->plain;
	return 0;
}

/* Only where it is asked for and worth it; a reply that cannot be compressed goes as it is. */
static void
fold(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_serve_slot *slot = c->slot;
	struct rai_buf plain = r->body;

	if (r->body.bad || r->body.len < PACKED)
		return;
	rai_serve_reply_header(r, "Vary", "Accept, Accept-Encoding");
	if (!rai_serve_accepts_gzip(rai_serve_header(c->q, "Accept-Encoding")) ||
	    rai_serve_gzip(&plain, &slot->coded) != 0)
		return;
	r->body = slot->coded;
	slot->coded = plain;
	rai_serve_reply_header(r, "Content-Encoding", "gzip");
}

/* MLflow's paths end so; all others, also those that lead nowhere, share a shape of errors. */
static int
is_invocation(const char *path)
{
	static const char end[] = "/invocations";
	size_t n = strlen(path);

	return n >= sizeof(end) - 1 && strcmp(path + n - (sizeof(end) - 1), end) == 0;
}

static void
answer(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_request *q = c->q;
	const struct rai_serve_route *route =
	    c->found.how == RAI_MATCH ? &rai_serve_routes[c->found.index] : NULL;
	char message[96];

	if (rai_serve_refused(q, route != NULL ? route->flags : 0, c->fail, r))
		return;
	if (c->app->config.tokens != NULL && !q->admin &&
	    (route == NULL || !(route->flags & RAI_ROUTE_OPEN)) &&
	    !rai_serve_tokens_match(c->app->config.tokens, rai_serve_header(q, "Authorization"))) {
		c->fail(r, 401, "a token is needed (Authorization: Bearer TOKEN)");
		rai_serve_reply_header(r, "WWW-Authenticate", "Bearer");
	} else if (c->found.how == RAI_MATCH_NO_PATH)
		no_path(c, r);
	else if (route == NULL) {
		snprintf(message, sizeof(message), "use %s for this path", c->found.allow);
		c->fail(r, 405, message);
		keep(c->slot->allow, sizeof(c->slot->allow), c->found.allow);
		rai_serve_reply_header(r, "Allow", c->slot->allow);
	} else if (q->too_large)
		c->fail(r, 413, "the body is too large (see rai-serve --max-body)");
	else if (unfold(c, r) == 0 && choose_model(c, r) == 0) {
		route->answer(c, r);
		r->ended_ns = rai_clock_mono_ns();
		if ((route->flags & RAI_ROUTE_SCORES) && r->status == 200)
			rai_serve_latency_count(
			    c->named->latency, q->lane, r->ended_ns - q->begun_ns);
	}
}

void
rai_serve_app_handle(void *payload, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	struct rai_serve_app *app = payload;
	struct rai_serve_slot *slot = q->slot;
	struct rai_serve_call c = {.app = app, .q = q, .slot = slot};

	if (!slot->begun) {
		rai_serve_rows_init(&slot->rows);
		rai_buf_init(&slot->line, SIZE_MAX / 2);
		rai_buf_init(&slot->coded, SIZE_MAX / 2);
		slot->begun = 1;
	}
	rai_serve_route_find(
	    rai_serve_routes, rai_serve_nroutes, hidden(q), q->method, q->path, &c.found);
	c.fail = is_invocation(q->path) ? rai_serve_mlflow_error : rai_serve_error;
	c.models = rai_serve_models_enter(app->models, q->lane);
	c.named = &app->models->named[0];
	c.live = c.models->entry[0].current;
	answer(&c, r);
	slot->shown = c.live->shown;
	rai_serve_models_leave(app->models, q->lane, c.models);
	rai_serve_rows_trim(&slot->rows);
	rai_serve_scores_trim(&slot->scores);
	rai_serve_reply_header(r, "X-Model-Version", slot->shown.version);
	rai_serve_reply_header(r, "X-Model-Digest", slot->shown.digest);
	fold(&c, r);
	if (slot->coded.cap > KEEP)
		rai_buf_free(&slot->coded);
	rai_serve_metrics_request(app->metrics, q->lane, c.found.index, r->status);
}

void
rai_serve_app_told(void *payload, unsigned lane, int status)
{
	struct rai_serve_app *app = payload;

	rai_serve_metrics_request(app->metrics, lane, rai_serve_nroutes, status);
}

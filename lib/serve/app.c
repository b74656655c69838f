#include "serve/app.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json/json.h"
#include "serve/state.h"

enum { WHO_MAX = 4096 };

const size_t rai_serve_app_slot_size = sizeof(struct rai_serve_slot);

void
rai_serve_app_slot_release(void *p)
{
	struct rai_serve_slot *slot = p;

	if (!slot->begun)
		return;
	rai_serve_row_release(&slot->row);
	rai_buf_free(&slot->line);
}

static void
live_free(struct rai_serve_live *live)
{
	if (live == NULL)
		return;
	live->model.release(live->model.payload);
	rai_serve_bins_free(live->bins);
	rai_buf_free(&live->who);
	free(live);
}

/* Members of an object, without its braces. */
static void
write_who(const struct rai_serve_model *m, struct rai_buf *out)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_str(&w, "model", m->name);
	rai_jw_str(&w, "version", m->version);
	rai_jw_str(&w, "digest", m->digest);
}

/* Takes the model over, also on failure. */
static struct rai_serve_live *
live_new(
    const struct rai_serve_app_config *config, const struct rai_serve_model *m, struct rai_err *err)
{
	struct rai_serve_live *live = calloc(1, sizeof(*live));

	if (live == NULL) {
		m->release(m->payload);
		rai_fail_memory(err);
		return NULL;
	}
	live->model = *m;
	rai_buf_init(&live->who, WHO_MAX);
	write_who(m, &live->who);
	if (rai_buf_check(&live->who, "name of the model", err) != 0 ||
	    (m->nbin != NULL && rai_serve_bins_new(config->lanes, m->schema->n + 1, m->nbin,
				    &live->bins, err) != 0)) {
		live_free(live);
		return NULL;
	}
	return live;
}

static void
init_lock(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;

	/* a swap must not starve behind requests that never pause */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

int
rai_serve_app_new(const struct rai_serve_app_config *config, const struct rai_serve_model *model,
    struct rai_serve_app **out, struct rai_err *err)
{
	struct rai_serve_app *app = calloc(1, sizeof(*app));

	if (app == NULL) {
		model->release(model->payload);
		return rai_fail_memory(err);
	}
	app->config = *config;
	app->start_ms = rai_clock_now(NULL);
	init_lock(&app->lock);
	app->live = live_new(config, model, err);
	if (app->live == NULL || rai_serve_metrics_new(config->lanes, &app->metrics, err) != 0 ||
	    rai_serve_join_new(config->window, &app->join, err) != 0) {
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
	live_free(app->live);
	rai_serve_metrics_free(app->metrics);
	rai_serve_join_free(app->join);
	pthread_rwlock_destroy(&app->lock);
	free(app);
}

int
rai_serve_app_swap(
    struct rai_serve_app *app, const struct rai_serve_model *model, struct rai_err *err)
{
	struct rai_serve_live *live = live_new(&app->config, model, err), *old;

	if (live == NULL)
		return -1;
	pthread_rwlock_wrlock(&app->lock);
	old = app->live;
	app->live = live;
	pthread_rwlock_unlock(&app->lock);
	live_free(old);
	return 0;
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

static void
get_form(struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	const struct rai_serve_page page = {.row = NULL};

	(void)q;
	rai_serve_page_write(&app->live->model, &page, r);
}

static void
text_reply(struct rai_serve_reply *r, int status, const char *text)
{
	r->status = status;
	r->type = "text/plain; charset=utf-8";
	rai_buf_str(&r->body, text);
}

static void
get_alive(struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	(void)app;
	(void)q;
	text_reply(r, 200, "ok\n");
}

/* A model is loaded whenever requests are answered at all. */
static void
get_ready(struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	(void)q;
	if (atomic_load(&app->draining))
		text_reply(r, 503, "shutting down\n");
	else
		text_reply(r, 200, "ok\n");
}

static void
get_version(struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	const struct rai_serve_model *m = &app->live->model;
	struct rai_jw w;

	(void)q;
	rai_jw_init(&w, &r->body);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "model", m->name);
	rai_jw_str(&w, "version", m->version);
	rai_jw_str(&w, "digest", m->digest);
	rai_jw_str(&w, "kind", m->kind);
	rai_jw_end(&w);
	rai_buf_char(&r->body, '\n');
	r->type = "application/json";
}

static void
write_accuracy(struct rai_serve_app *app, struct rai_buf *out)
{
	struct rai_serve_accuracy a;

	rai_serve_join_accuracy(app->join, &a);
	rai_serve_metrics_head(out, "model_accuracy", "gauge",
	    "1 - MAPE over the latest pairs of prediction and true value; NaN: no pair yet.");
	rai_serve_metrics_value(out, "model_accuracy", a.rolling);
	rai_serve_metrics_head(out, "latest_prediction_accuracy", "gauge",
	    "1 - absolute relative error of the latest pair; NaN: no pair yet.");
	rai_serve_metrics_value(out, "latest_prediction_accuracy", a.latest);
	rai_serve_metrics_head(
	    out, "rai_accuracy_pairs", "gauge", "Pairs that model_accuracy is made of.");
	rai_serve_metrics_value(out, "rai_accuracy_pairs", (double)a.pairs);
}

static void
write_model(const struct rai_serve_live *live, struct rai_buf *out)
{
	const struct rai_serve_model *m = &live->model;
	const char *pair[] = {
	    "{model=", m->name, ",version=", m->version, ",digest=", m->digest, ",kind=", m->kind};
	size_t i;

	rai_serve_metrics_head(out, "rai_model_info", "gauge", "The model that is served.");
	rai_buf_str(out, "rai_model_info");
	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i += 2) {
		rai_buf_str(out, pair[i]);
		rai_serve_metrics_label(out, pair[i + 1]);
	}
	rai_buf_str(out, "} 1\n");
	if (live->bins == NULL)
		return;
	rai_serve_metrics_head(out, "rai_feature_observations_total", "counter",
	    "Values seen, by feature and bin of the reference profile in the model file.");
	for (i = 0; i < m->schema->n; i++)
		rai_serve_bins_write(
		    live->bins, i, "rai_feature_observations_total", m->schema->col[i].name, out);
	rai_serve_metrics_head(out, "rai_prediction_observations_total", "counter",
	    "Predictions, by bin of the reference profile in the model file.");
	rai_serve_bins_write(live->bins, i, "rai_prediction_observations_total", NULL, out);
}

static void
write_log(const struct rai_serve_log *log, struct rai_buf *out)
{
	if (log == NULL)
		return;
	rai_serve_metrics_head(out, "rai_prediction_log_dropped_total", "counter",
	    "Lines of the prediction log that were lost.");
	rai_serve_metrics_value(
	    out, "rai_prediction_log_dropped_total", (double)rai_serve_log_dropped(log));
	rai_serve_metrics_head(
	    out, "rai_log_errors_total", "counter", "Writes to the prediction log that failed.");
	rai_serve_metrics_value(out, "rai_log_errors_total", (double)rai_serve_log_errors(log));
}

static void
get_metrics(struct rai_serve_app *app, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	(void)q;
	rai_serve_metrics_write(app->metrics, &r->body);
	write_accuracy(app, &r->body);
	write_model(app->live, &r->body);
	write_log(app->config.log, &r->body);
	rai_serve_metrics_process(app->start_ms, &r->body);
	r->type = "text/plain; version=0.0.4; charset=utf-8";
}

static const struct route {
	const char *path, *method;
	void (*answer)(
	    struct rai_serve_app *, const struct rai_serve_request *, struct rai_serve_reply *);
	int open; /* needs no token */
} routes[] = {
    [RAI_ROUTE_FORM] = {"/", "GET", get_form, 0},
    [RAI_ROUTE_PREDICT] = {"/predict", "POST", rai_serve_predict, 0},
    [RAI_ROUTE_FEEDBACK] = {"/feedback", "POST", rai_serve_feedback, 0},
    [RAI_ROUTE_METRICS] = {"/metrics", "GET", get_metrics, 0},
    [RAI_ROUTE_LIVEZ] = {"/livez", "GET", get_alive, 1},
    [RAI_ROUTE_READYZ] = {"/readyz", "GET", get_ready, 1},
    [RAI_ROUTE_HEALTHZ] = {"/healthz", "GET", get_alive, 0},
    [RAI_ROUTE_VERSION] = {"/version", "GET", get_version, 0},
};

/* "Bearer TOKEN"; the time does not depend on where a wrong token differs. */
static int
authorised(const char *token, const char *header)
{
	size_t i, n = strlen(token);
	volatile unsigned char differs = 0;

	if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
		return 0;
	header += 7;
	if (strlen(header) != n)
		return 0;
	for (i = 0; i < n; i++)
		differs = (unsigned char)(differs | (header[i] ^ token[i]));
	return differs == 0;
}

static enum rai_serve_route
find_route(const char *path)
{
	size_t i;

	for (i = 0; i < RAI_ROUTE_OTHER; i++)
		if (strcmp(routes[i].path, path) == 0)
			return (enum rai_serve_route)i;
	return RAI_ROUTE_OTHER;
}

static void
answer(struct rai_serve_app *app, enum rai_serve_route at, const struct rai_serve_request *q,
    struct rai_serve_reply *r)
{
	const struct route *route = at < RAI_ROUTE_OTHER ? &routes[at] : NULL;

	if (app->config.token != NULL && (route == NULL || !route->open) &&
	    !authorised(app->config.token, rai_serve_header(q, "Authorization"))) {
		rai_serve_error(r, 401, "a token is needed (Authorization: Bearer TOKEN)");
		rai_serve_reply_header(r, "WWW-Authenticate", "Bearer");
	} else if (route == NULL)
		rai_serve_error(r, 404,
		    "no such path (there are /, /predict, /feedback, /metrics, /livez, /readyz, "
		    "/healthz and /version)");
	else if (strcmp(route->method, q->method) != 0) {
		rai_serve_error(r, 405,
		    route->method[0] == 'P' ? "use POST for this path" : "use GET for this path");
		rai_serve_reply_header(r, "Allow", route->method[0] == 'P' ? "POST" : "GET, HEAD");
	} else if (q->too_large)
		rai_serve_error(r, 413, "the body is too large (see rai-serve --max-body)");
	else
		route->answer(app, q, r);
}

/* Copies text until its end or until out is full. */
static void
keep(char *out, size_t size, const char *text)
{
	if (memccpy(out, text, '\0', size) == NULL)
		out[size - 1] = '\0';
}

void
rai_serve_app_handle(void *payload, const struct rai_serve_request *q, struct rai_serve_reply *r)
{
	struct rai_serve_app *app = payload;
	struct rai_serve_slot *slot = q->slot;
	enum rai_serve_route at = find_route(q->path);

	if (!slot->begun) {
		rai_serve_row_init(&slot->row);
		rai_buf_init(&slot->line, SIZE_MAX / 2);
		slot->begun = 1;
	}
	pthread_rwlock_rdlock(&app->lock);
	answer(app, at, q, r);
	keep(slot->version, sizeof(slot->version), app->live->model.version);
	keep(slot->digest, sizeof(slot->digest), app->live->model.digest);
	pthread_rwlock_unlock(&app->lock);
	rai_serve_reply_header(r, "X-Model-Version", slot->version);
	rai_serve_reply_header(r, "X-Model-Digest", slot->digest);
	rai_serve_metrics_request(app->metrics, q->lane, at, r->status);
}

#include "json/json.h"
#include "serve/accept.h"
#include "serve/state.h"

const char *
rai_serve_root(const struct rai_serve_call *c)
{
	return c->found.ncapture > 0 ? "../../" : "";
}

static void
get_form(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_page page = {.rows = NULL, .root = rai_serve_root(c)};

	rai_serve_page_write(&c->live->model, &page, r);
}

static void
text_reply(struct rai_serve_reply *r, int status, const char *text)
{
	r->status = status;
	r->type = "text/plain; charset=utf-8";
	rai_buf_str(&r->body, text);
}

static void
get_alive(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	(void)c;
	text_reply(r, 200, "ok\n");
}

/* A model is loaded whenever requests are answered at all. */
static void
get_ready(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	if (atomic_load(&c->app->draining))
		text_reply(r, 503, "shutting down\n");
	else
		text_reply(r, 200, "ok\n");
}

static void
get_version(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	const struct rai_serve_model *m = &c->live->model;
	struct rai_jw w;

	if (rai_serve_prefers(rai_serve_header(c->q, "Accept"), "text/plain")) {
		text_reply(r, 200, m->version);
		rai_buf_char(&r->body, '\n');
		return;
	}
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

const struct rai_serve_route rai_serve_routes[] = {
    {"POST", "/predict", rai_serve_predict, RAI_ROUTE_SCORES},
    {"POST", "/feedback", rai_serve_feedback, 0},
    {"GET", "/", get_form, 0},
    {"GET", "/dashboard", rai_serve_dashboard, 0},
    {"GET", "/metrics", rai_serve_scrape, RAI_ROUTE_VITAL},
    {"GET", "/livez", get_alive, RAI_ROUTE_OPEN},
    {"GET", "/readyz", get_ready, RAI_ROUTE_OPEN},
    {"GET", "/healthz", get_alive, RAI_ROUTE_OPEN},
    {"GET", "/version", get_version, 0},
    {"POST", "/models/{model}/predict", rai_serve_predict, RAI_ROUTE_SCORES},
    {"GET", "/models/{model}/", get_form, 0},
    {"GET", "/models/{model}/version", get_version, 0},
    {"GET", "/openapi.json", rai_serve_openapi, 0},
    {"GET", "/models/{model}/openapi.json", rai_serve_openapi, 0},
    {"GET", "/v2", rai_serve_v2_server, 0},
    {"GET", "/v2/health/live", rai_serve_v2_live, RAI_ROUTE_OPEN},
    {"GET", "/v2/health/ready", rai_serve_v2_ready, RAI_ROUTE_OPEN},
    {"GET", "/v2/models/{model}", rai_serve_v2_model, 0},
    {"GET", "/v2/models/{model}/ready", rai_serve_model_ready, 0},
    {"POST", "/v2/models/{model}/infer", rai_serve_v2_infer, RAI_ROUTE_SCORES},
    {"GET", "/v2/models/{model}/versions/{version}", rai_serve_v2_model, 0},
    {"GET", "/v2/models/{model}/versions/{version}/ready", rai_serve_model_ready, 0},
    {"POST", "/v2/models/{model}/versions/{version}/infer", rai_serve_v2_infer, RAI_ROUTE_SCORES},
    {"GET", "/v1/models", rai_serve_v1_models, 0},
    {"POST", "/v1/models/{model}:predict", rai_serve_v1_predict, RAI_ROUTE_SCORES},
    {"POST", "/v1/models/{model}:explain", rai_serve_v1_explain, 0},
    /* fits the two above, too */
    {"GET", "/v1/models/{model}", rai_serve_model_ready, 0},
    {"POST", "/invocations", rai_serve_invocations, RAI_ROUTE_SCORES},
    {"POST", "/models/{model}/invocations", rai_serve_invocations, RAI_ROUTE_SCORES},
    {"GET", "/ping", rai_serve_ping, RAI_ROUTE_OPEN},
    {"GET", "/health", rai_serve_ping, RAI_ROUTE_OPEN},
    {"GET", "/models", rai_serve_admin_list, RAI_ROUTE_ADMIN},
    {"POST", "/models/{model}/reload", rai_serve_admin_reload, RAI_ROUTE_ADMIN},
    {"POST", "/models/{model}/load", rai_serve_admin_load, RAI_ROUTE_ADMIN},
    {"POST", "/models/{model}/back-out", rai_serve_admin_back_out, RAI_ROUTE_ADMIN},
};
const size_t rai_serve_nroutes = sizeof(rai_serve_routes) / sizeof(rai_serve_routes[0]);

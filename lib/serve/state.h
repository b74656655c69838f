#ifndef RAI_SERVE_STATE_H
#define RAI_SERVE_STATE_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/hash.h"
#include "serve/app.h"
#include "serve/metrics.h"
#include "serve/models.h"
#include "serve/origin.h"
#include "serve/route.h"
#include "serve/rows.h"
#include "serve/score.h"
#include "serve/watch.h"
#include "serve/trace.h"

/* Inside of this room: what its route handlers share. */

struct rai_serve_app {
	struct rai_serve_app_config config;
	struct rai_serve_models *models;
	struct rai_serve_metrics *metrics;
	struct rai_serve_watch *watch;
	struct rai_serve_origins *origins; /* of what answers and of what did before, by turns */
	const char **label;                /* of the routes, in the table's order */
	atomic_int draining;
	int64_t start_ms;
};

/* Per thread, reused from request to request. */
struct rai_serve_slot {
	struct rai_serve_rows rows; /* that a request asks about */
	struct rai_serve_scores scores;
	struct rai_buf line; /* of the prediction log */
	/* how lines of that time begin: their first two members */
	char lead[RAI_CLOCK_TEXT + 40];
	size_t nlead; /* 0: not yet */
	int64_t time_ms;
	struct rai_buf coded; /* a body that came compressed, unfolded; a reply, compressed */
	struct rai_serve_trace trace; /* that the request belongs to */
	/* headers, which outlive the call until they are sent */
	struct rai_serve_shown shown;
	char id[RAI_ULID_TEXT], allow[48], span[RAI_TRACE_TEXT], length[24];
	int begun;
};

/* One request that is being answered. */
struct rai_serve_call {
	struct rai_serve_app *app;
	const struct rai_serve_request *q;
	struct rai_serve_request plain; /* what q points at when the body came compressed */
	struct rai_serve_slot *slot;
	const struct rai_serve_snapshot *models; /* of this moment */
	struct rai_serve_found found;
	/* the model that the path names, else the default one */
	size_t index;
	const struct rai_serve_named *named;
	struct rai_serve_live *live;
	const char *raw; /* nraw bytes behind the JSON of a body */
	size_t nraw;
	struct rai_serve_trial *trial; /* that its rows take part in, or NULL */
	/* an error in the shape of the path's protocol */
	void (*fail)(struct rai_serve_reply *r, int status, const char *message);
};

/* The table of routes (routes.c).  Its first row is that of /predict. */
extern const struct rai_serve_route rai_serve_routes[];
extern const size_t rai_serve_nroutes;

/* Fills r with {"error": message}, as the Open Inference Protocol and KServe have it, too. */
void rai_serve_error(struct rai_serve_reply *r, int status, const char *message);

/* With {"error_code": "...", "message": message}, as MLflow has it. */
void rai_serve_mlflow_error(struct rai_serve_reply *r, int status, const char *message);

/* Handlers that have a file of their own. */
void rai_serve_predict(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_feedback(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v1_models(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v1_predict(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v1_explain(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_model_ready(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v2_server(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v2_live(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v2_ready(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v2_model(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_v2_infer(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_invocations(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_openapi(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_ping(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_dashboard(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_scrape(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_admin_list(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_admin_reload(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_admin_load(struct rai_serve_call *c, struct rai_serve_reply *r);
void rai_serve_admin_back_out(struct rai_serve_call *c, struct rai_serve_reply *r);

/* What a page shows above the form. */
struct rai_serve_page {
	const struct rai_serve_rows *rows; /* whose first row is shown again, or NULL */
	const char *error;                 /* or NULL */
	const char *id;                    /* of the prediction, or NULL: none yet */
	const double *out;                 /* the prediction, as the model gives it */
	const char *root;                  /* the way to the server's top: "" or "../../" */
};

/* The way to the top from the path that c was asked for. */
const char *rai_serve_root(const struct rai_serve_call *c);

/* The form, made from the model's schema. */
void rai_serve_page_write(
    const struct rai_serve_model *m, const struct rai_serve_page *p, struct rai_serve_reply *r);

#endif

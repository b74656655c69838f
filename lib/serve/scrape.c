#include "serve/state.h"

/* GET /metrics. */

static void
write_accuracy(const struct rai_serve_models *m, struct rai_buf *out)
{
	struct rai_serve_accuracy a;
	size_t i;

	rai_serve_metrics_head(out, "model_accuracy", "gauge",
	    "1 - MAPE, or the share of right classes, over the latest pairs of prediction and true "
	    "value; NaN: no pair yet.");
	for (i = 0; i < m->n; i++) {
		rai_serve_join_accuracy(m->named[i].join, &a);
		rai_serve_metrics_of_model(out, "model_accuracy", m->named[i].name, a.rolling);
	}
	rai_serve_metrics_head(out, "latest_prediction_accuracy", "gauge",
	    "1 - absolute relative error of the latest pair, or 1 for a right class; NaN: no pair "
	    "yet.");
	for (i = 0; i < m->n; i++) {
		rai_serve_join_accuracy(m->named[i].join, &a);
		rai_serve_metrics_of_model(
		    out, "latest_prediction_accuracy", m->named[i].name, a.latest);
	}
	rai_serve_metrics_head(
	    out, "rai_accuracy_pairs", "gauge", "Pairs that model_accuracy is made of.");
	for (i = 0; i < m->n; i++) {
		rai_serve_join_accuracy(m->named[i].join, &a);
		rai_serve_metrics_of_model(
		    out, "rai_accuracy_pairs", m->named[i].name, (double)a.pairs);
	}
}

static void
write_info(const struct rai_serve_model *m, struct rai_buf *out)
{
	const char *pair[] = {
	    "{model=", m->name, ",version=", m->version, ",digest=", m->digest, ",kind=", m->kind};
	size_t i;

	rai_buf_str(out, "rai_model_info");
	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i += 2) {
		rai_buf_str(out, pair[i]);
		rai_serve_metrics_label(out, pair[i + 1]);
	}
	rai_buf_str(out, "} 1\n");
}

static void
write_features(const struct rai_serve_live *live, struct rai_buf *out)
{
	const struct rai_schema *s = live->model.schema;
	size_t i;

	for (i = 0; live->bins != NULL && i < s->n; i++)
		rai_serve_bins_write(live->bins, i, "rai_feature_observations_total",
		    live->model.name, s->col[i].name, out);
}

static void
write_predictions(const struct rai_serve_live *live, struct rai_buf *out)
{
	if (live->bins != NULL)
		rai_serve_bins_write(live->bins, live->model.schema->n,
		    "rai_prediction_observations_total", live->model.name, NULL, out);
}

static void
write_models(const struct rai_serve_snapshot *s, struct rai_buf *out)
{
	size_t i, bins = 0;

	rai_serve_metrics_head(out, "rai_model_info", "gauge", "The models that are served.");
	for (i = 0; i < s->n; i++) {
		write_info(&s->entry[i].current->model, out);
		bins += s->entry[i].current->bins != NULL;
	}
	if (bins == 0)
		return;
	rai_serve_metrics_head(out, "rai_feature_observations_total", "counter",
	    "Values seen, by feature and bin of the reference profile in the model file.");
	for (i = 0; i < s->n; i++)
		write_features(s->entry[i].current, out);
	rai_serve_metrics_head(out, "rai_prediction_observations_total", "counter",
	    "Predictions, by bin of the reference profile in the model file.");
	for (i = 0; i < s->n; i++)
		write_predictions(s->entry[i].current, out);
}

static void
write_latencies(const struct rai_serve_models *m, struct rai_buf *out)
{
	size_t i;

	rai_serve_metrics_head(out, "prediction_latency_seconds", "histogram",
	    "From a whole request for predictions in memory to its reply.");
	for (i = 0; i < m->n; i++)
		rai_serve_latency_write(m->named[i].latency, m->named[i].name, out);
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

void
rai_serve_scrape(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	rai_serve_metrics_write(c->app->metrics, &r->body);
	write_latencies(c->app->models, &r->body);
	write_accuracy(c->app->models, &r->body);
	write_models(c->models, &r->body);
	write_log(c->app->config.log, &r->body);
	rai_serve_metrics_process(c->app->start_ms, &r->body);
	r->type = "text/plain; version=0.0.4; charset=utf-8";
}

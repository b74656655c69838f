#include <stdlib.h>

#include "serve/state.h"
#include "serve/trial.h"

/* GET /metrics. */

/* The gauges that follow from pairs of one model each. */
enum gauge { ACCURACY, LATEST, PAIRS, RMSE };

static void
write_gauge(const struct rai_serve_models *m, const struct rai_serve_accuracy *a, enum gauge which,
    const char *name, struct rai_expo *x)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		const double v[] = {a[i].rolling, a[i].latest, (double)a[i].pairs, a[i].rmse};

		if (which != RMSE || m->named[i].task == RAI_JOIN_NUMBERS)
			rai_expo_of_model(x, name, m->named[i].name, v[which]);
	}
}

static void
write_accuracy(const struct rai_serve_models *m, struct rai_expo *x)
{
	struct rai_serve_accuracy *a = calloc(m->n, sizeof(*a));
	size_t i;

	if (a == NULL) {
		x->out->bad = 1;
		return;
	}
	for (i = 0; i < m->n; i++)
		rai_serve_join_accuracy(m->named[i].join, &a[i]);
	rai_expo_head(x, RAI_EXPO_GAUGE, "model_accuracy",
	    "1 - MAPE, or the share of right classes, over the latest pairs of prediction and true "
	    "value; NaN: no pair yet.");
	write_gauge(m, a, ACCURACY, "model_accuracy", x);
	rai_expo_head(x, RAI_EXPO_GAUGE, "latest_prediction_accuracy",
	    "1 - absolute relative error of the latest pair, or 1 for a right class; NaN: no pair "
	    "yet.");
	write_gauge(m, a, LATEST, "latest_prediction_accuracy", x);
	rai_expo_head(
	    x, RAI_EXPO_GAUGE, "rai_accuracy_pairs", "Pairs that model_accuracy is made of.");
	write_gauge(m, a, PAIRS, "rai_accuracy_pairs", x);
	rai_expo_head(x, RAI_EXPO_GAUGE, "rai_rmse",
	    "Root of the mean squared error over the latest pairs, in the target's unit.");
	write_gauge(m, a, RMSE, "rai_rmse", x);
	free(a);
}

static void
write_remembered(
    const char *model, const char *age, const char *truth, size_t n, struct rai_expo *x)
{
	rai_expo_sample(x, "rai_remembered_predictions", "");
	rai_expo_label(x, "model", model);
	rai_expo_label(x, "age", age);
	rai_expo_label(x, "truth", truth);
	rai_expo_count(x, n);
}

static void
write_delay(const struct rai_serve_named *named, struct rai_expo *x)
{
	struct rai_serve_delays d;
	uint64_t sum = 0;
	size_t i;

	rai_serve_join_delay(named->join, &d);
	for (i = 0; i <= RAI_JOIN_DELAYS; i++) {
		sum += d.count[i];
		rai_expo_bucket(x, "rai_feedback_delay_seconds", named->name,
		    i < RAI_JOIN_DELAYS ? rai_serve_join_delays[i] : "+Inf", sum);
	}
	rai_expo_of_model(x, "rai_feedback_delay_seconds_sum", named->name, d.seconds);
	rai_expo_of_model(x, "rai_feedback_delay_seconds_count", named->name, (double)sum);
}

static void
write_coverage(const struct rai_serve_models *m, struct rai_expo *x)
{
	struct rai_serve_coverage c;
	size_t i, k;

	rai_expo_head(x, RAI_EXPO_GAUGE, "rai_remembered_predictions",
	    "Predictions that feedback can still join, by age and whether it has.");
	for (i = 0; i < m->n; i++) {
		rai_serve_join_coverage(m->named[i].join, &c);
		for (k = 0; k < RAI_JOIN_AGES; k++) {
			write_remembered(
			    m->named[i].name, rai_serve_join_ages[k], "yes", c.with_truth[k], x);
			write_remembered(m->named[i].name, rai_serve_join_ages[k], "no",
			    c.predictions[k] - c.with_truth[k], x);
		}
	}
	rai_expo_head(x, RAI_EXPO_HISTOGRAM, "rai_feedback_delay_seconds",
	    "From a prediction to its true value.");
	for (i = 0; i < m->n; i++)
		write_delay(&m->named[i], x);
}

static void
write_info(const struct rai_serve_model *m, struct rai_expo *x)
{
	rai_expo_sample(x, "rai_model_info", "");
	rai_expo_label(x, "model", m->name);
	rai_expo_label(x, "version", m->version);
	rai_expo_label(x, "digest", m->digest);
	rai_expo_label(x, "kind", m->kind);
	rai_expo_count(x, 1);
}

static void
write_features(const struct rai_serve_live *live, struct rai_expo *x)
{
	const struct rai_schema *s = live->model.schema;
	size_t i;

	for (i = 0; live->bins != NULL && i < s->n; i++)
		rai_serve_bins_write(live->bins, i, NULL, "rai_feature_observations_total",
		    live->model.name, s->col[i].name, x);
}

static void
write_predictions(const struct rai_serve_live *live, struct rai_expo *x)
{
	if (live->bins != NULL)
		rai_serve_bins_write(live->bins, live->model.schema->n, NULL,
		    "rai_prediction_observations_total", live->model.name, NULL, x);
}

/* Of training; dates are time itself, which always moves. */
static void
write_reference(const struct rai_serve_live *live, struct rai_expo *x)
{
	const struct rai_schema *s = live->model.schema;
	const struct rai_serve_facts *facts = live->model.facts;
	size_t i;

	if (live->bins == NULL || facts == NULL || facts->column == NULL)
		return;
	for (i = 0; i < s->n; i++)
		if (s->col[i].type != RAI_COL_DATE && facts->column[i].count != NULL)
			rai_serve_bins_write(live->bins, i, facts->column[i].count,
			    "rai_reference_observations", live->model.name, s->col[i].name, x);
}

static void
write_models(const struct rai_serve_snapshot *s, struct rai_expo *x)
{
	size_t i, bins = 0;

	rai_expo_head(x, RAI_EXPO_INFO, "rai_model_info", "The models that are served.");
	for (i = 0; i < s->n; i++) {
		write_info(&s->entry[i].current->model, x);
		bins += s->entry[i].current->bins != NULL;
	}
	if (bins == 0)
		return;
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_feature_observations_total",
	    "Values seen, by feature and bin of the reference profile in the model file.");
	for (i = 0; i < s->n; i++)
		write_features(s->entry[i].current, x);
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_prediction_observations_total",
	    "Predictions, by bin of the reference profile in the model file.");
	for (i = 0; i < s->n; i++)
		write_predictions(s->entry[i].current, x);
	rai_expo_head(x, RAI_EXPO_GAUGE, "rai_reference_observations",
	    "Values in training, by feature and bin, of features that can drift.");
	for (i = 0; i < s->n; i++)
		write_reference(s->entry[i].current, x);
}

static void
write_latencies(const struct rai_serve_models *m, struct rai_expo *x)
{
	size_t i;

	rai_expo_head(x, RAI_EXPO_HISTOGRAM, "prediction_latency_seconds",
	    "From a whole request for predictions in memory to its reply.");
	for (i = 0; i < m->n; i++)
		rai_serve_latency_write(m->named[i].latency, m->named[i].name, x);
}

static void
write_log(const struct rai_serve_log *log, struct rai_expo *x)
{
	if (log == NULL)
		return;
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_prediction_log_dropped_total",
	    "Lines of the prediction log that were lost.");
	rai_expo_plain(x, "rai_prediction_log_dropped_total", (double)rai_serve_log_dropped(log));
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_prediction_log_lines_total",
	    "Lines of the prediction log that were written.");
	rai_expo_plain(x, "rai_prediction_log_lines_total", (double)rai_serve_log_written(log));
	rai_expo_head(x, RAI_EXPO_COUNTER, "rai_log_errors_total",
	    "Writes to the prediction log that failed.");
	rai_expo_plain(x, "rai_log_errors_total", (double)rai_serve_log_errors(log));
}

void
rai_serve_scrape(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_expo x = {
	    .out = &r->body, .format = rai_expo_choose(rai_serve_header(c->q, "Accept"))};

	rai_serve_metrics_write(c->app->metrics, &x);
	write_latencies(c->app->models, &x);
	write_accuracy(c->app->models, &x);
	write_coverage(c->app->models, &x);
	write_models(c->models, &x);
	rai_serve_trials_metrics(c->models, &x);
	write_log(c->app->config.log, &x);
	rai_serve_metrics_process(c->app->start_ms, &x);
	rai_expo_end(&x);
	r->type = rai_expo_content_type(x.format);
}

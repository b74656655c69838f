#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift.h"
#include "model/metric.h"
#include "stat/stat.h"

static struct rai_opt *
find(const struct rai_cli *cli, const char *name)
{
	struct rai_opt *o;

	for (o = cli->opts; o->kind != RAI_OPT_END && strcmp(o->name, name) != 0; o++)
		;
	return o;
}

int
drift_is_default(const struct rai_cli *cli, const char *name)
{
	struct rai_opt *o = find(cli, name);

	return o->from == RAI_FROM_DEFAULT;
}

int
drift_is_said(const struct rai_cli *cli, const char *name)
{
	return find(cli, name)->from == RAI_FROM_ARGV;
}

static void
take_num(struct rai_cli *cli, const char *name, double v)
{
	struct rai_opt *o = find(cli, name);

	if (o->from == RAI_FROM_DEFAULT)
		*(double *)o->out = v;
}

static void
take_int(struct rai_cli *cli, const char *name, int64_t v)
{
	struct rai_opt *o = find(cli, name);

	if (o->from == RAI_FROM_DEFAULT)
		*(int64_t *)o->out = v;
}

static void
take_text(struct rai_cli *cli, const char *name, const char *v)
{
	struct rai_opt *o = find(cli, name);

	if (o->from == RAI_FROM_DEFAULT && v != NULL)
		*(const char **)o->out = v;
}

int
drift_read_config(struct run *r, struct rai_err *err)
{
	if (r->o->config == NULL)
		return 0;
	if (rai_loop_read(r->o->config, &r->loop, err) != 0)
		return -1;
	return rai_loop_options(&r->loop, r->cli->name, rai_cli_set, r->cli, err);
}

/* What is wrong with it is said at its place in rai.yaml. */
static int
check_detector(const struct run *r, const struct rai_loop_model *m, struct rai_err *err)
{
	const struct options named = {.detector = m->drift.detector};
	struct rai_drift_rule rule = {.detectors = 0};
	struct rai_err why = RAI_ERR_INIT;

	if (m->drift.detector == NULL || drift_detectors(&named, &rule, &why) == 0)
		return 0;
	return rai_yaml_fail(err, r->loop.file,
	    rai_yaml_at(r->loop.yaml.doc[0], "models", m->name, "drift", "detector", NULL),
	    "models.%s.drift.detector: %s", m->name, why.msg);
}

int
drift_configure(struct run *r, struct options *o, struct rai_err *err)
{
	static const char *const on[] = {"error", "drift", "either"};
	const char *name = o->name != NULL ? o->name : r->about.name;
	const struct rai_loop_model *m = rai_loop_find(&r->loop, name, err);
	struct rai_cli *cli = r->cli;

	if (m == NULL)
		return -1;
	take_text(cli, "window", m->drift.window);
	take_text(cli, "slide", m->drift.slide);
	take_int(cli, "sustain", m->drift.sustain);
	take_int(cli, "false-alarm-every", m->drift.false_alarm_every_ms);
	take_num(cli, "alpha", m->drift.alpha);
	take_num(cli, "psi-above", m->drift.psi_above);
	take_num(cli, "ks-p-below", m->drift.ks_p_below);
	take_num(cli, "quorum", m->drift.quorum);
	take_num(cli, "coverage-least", m->drift.coverage_least);
	take_num(cli, "coverage", m->drift.coverage);
	take_text(cli, "traffic", m->drift.traffic);
	take_int(cli, "ask-after", m->drift.ask_after_ms);
	take_num(cli, "accuracy-below", m->drift.accuracy_below);
	take_text(cli, "retrain-on", on[m->drift.retrain_on]);
	take_text(cli, "detector", m->drift.detector);
	take_text(cli, "prometheus", m->drift.fleet.prometheus);
	take_text(cli, "selector", m->drift.fleet.selector);
	take_int(cli, "replicas", m->drift.fleet.replicas);
	take_text(cli, "token", m->drift.fleet.token);
	o->no_impact |= !m->drift.impact;
	return check_detector(r, m, err);
}

int
drift_make_rule(const struct options *o, struct rai_drift_rule *rule, struct rai_err *err)
{
	*rule = (struct rai_drift_rule){.sustain = o->whole ? 1 : o->sustain,
	    .alpha = o->alpha,
	    .false_alarm_every_ms = o->false_alarm_every,
	    .psi_above = o->psi_above,
	    .ks_p_below = o->ks_p_below,
	    .quorum = o->quorum,
	    .coverage_least = o->coverage_least,
	    .ask_after_ms = o->ask_after,
	    .accuracy_below = o->accuracy_below};
	if (drift_windows(o, rule, err) != 0)
		return -1;
	if (drift_detectors(o, rule, err) != 0)
		return rai_wrap(err, "--detector");
	if (o->sustain < 1 || o->sustain > 1000)
		return rai_fail(err, RAI_EINPUT,
		    "--sustain: %" PRId64 " is not a number of windows from 1 to 1000", o->sustain);
	if (!(o->coverage_least >= 0 && o->coverage_least <= 1))
		return rai_fail(err, RAI_EINPUT, "--coverage-least: %g is not a share from 0 to 1",
		    o->coverage_least);
	if (!(o->coverage >= 0 && o->coverage <= 1))
		return rai_fail(
		    err, RAI_EINPUT, "--coverage: %g is not a share from 0 to 1", o->coverage);
	if (!(o->alpha > 0 && o->alpha < 1))
		return rai_fail(
		    err, RAI_EINPUT, "--alpha: %g is not a probability between 0 and 1", o->alpha);
	if (!(o->ks_p_below >= 0 && o->ks_p_below < 1))
		return rai_fail(err, RAI_EINPUT,
		    "--ks-p-below: %g is not a probability between 0 and 1", o->ks_p_below);
	if (!(o->quorum >= 0 && o->quorum <= 1e6) ||
	    (o->quorum > 1 && o->quorum != floor(o->quorum)))
		return rai_fail(err, RAI_EINPUT,
		    "--quorum: %g is neither a number of columns nor a share below 1", o->quorum);
	if (strcmp(o->retrain_on, "drift") == 0)
		rule->retrain_on = RAI_DRIFT_ON_DRIFT;
	else if (strcmp(o->retrain_on, "either") == 0)
		rule->retrain_on = RAI_DRIFT_ON_EITHER;
	else if (strcmp(o->retrain_on, "error") != 0)
		return rai_fail(err, RAI_EINPUT,
		    "--retrain-on: \"%.40s\" is not error, drift or either", o->retrain_on);
	return 0;
}

/* {"accuracy": {"value", "low", "high"}}, a 95 % interval, of the hold-out. */
static int
read_metrics(struct run *r, const char *text, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(text, strlen(text), err);
	const struct cJSON *accuracy = NULL;
	double value = NAN, low = NAN, high = NAN;
	int rc = -1;

	if (doc != NULL) {
		accuracy = rai_json_get(doc, "accuracy");
		rc = accuracy == NULL ? 0
				      : rai_json_opt_num(accuracy, "value", &value, err) != 0 ||
					    rai_json_opt_num(accuracy, "low", &low, err) != 0 ||
					    rai_json_opt_num(accuracy, "high", &high, err) != 0;
	}
	rai_json_free(doc);
	if (rc != 0)
		return rai_wrap(err, "%s: rai.metrics", r->o->model);
	if (isnan(r->ref.accuracy))
		r->ref.accuracy = value;
	r->ref.accuracy_se = (high - low) / (2 * rai_stat_normal_quantile(0.975));
	return 0;
}

static int
read_profile(struct run *r, const char *text, struct rai_err *err)
{
	struct cJSON *doc = NULL;
	int rc = -1;

	if (text == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: holds no reference profile (train it with rai-train)", r->o->model);
	doc = rai_json_parse(text, strlen(text), err);
	if (doc != NULL && rai_profile_read(doc, &r->profile, err) == 0)
		rc = rai_drift_reference(&r->profile, rai_model_schema(r->model), &r->ref, err);
	rai_json_free(doc);
	return rc == 0 ? 0 : rai_wrap(err, "%s", r->o->model);
}

static int
open_model(struct run *r, struct options *o, struct rai_err *err)
{
	if (rai_model_open(o->model, &r->model, err) != 0)
		return -1;
	r->scores = calloc(rai_model_outputs(r->model), sizeof(*r->scores));
	if (r->scores == NULL)
		return rai_fail_memory(err);
	r->about.name = rai_model_name(r->model);
	snprintf(r->served, sizeof(r->served), "%s", o->name != NULL ? o->name : r->about.name);
	r->about.digest = rai_model_digest(r->model);
	return 0;
}

static int
open_past(struct run *r, const struct options *o, struct rai_err *err)
{
	if (strcmp(o->against, "-") == 0)
		return rai_fail(err, RAI_EINPUT,
		    "--against: a file, standard input is what is compared with it");
	if (drift_read_past(o, o->against, NULL, &r->past, err) != 0)
		return -1;
	r->about.name = r->past.name;
	r->about.digest = r->past.digest;
	return 0;
}

/* Of the model, or of what stands in its place. */
static int
open_reference(struct run *r, struct rai_err *err)
{
	const char *metrics;

	if (r->model == NULL) {
		if (rai_drift_reference(&r->past.profile, &r->past.schema, &r->ref, err) != 0)
			return rai_wrap(err, "%s", r->o->against);
		return 0;
	}
	if (read_profile(r, rai_model_meta(r->model, "rai.profile"), err) != 0)
		return -1;
	drift_estimate(r);
	metrics = rai_model_meta(r->model, "rai.metrics");
	return metrics != NULL ? read_metrics(r, metrics, err) : 0;
}

int
drift_open(struct run *r, struct options *o, struct rai_err *err)
{
	if ((o->model != NULL ? open_model(r, o, err) : open_past(r, o, err)) != 0)
		return -1;
	if (o->config != NULL && drift_configure(r, o, err) != 0)
		return -1;
	if (drift_make_rule(o, &r->about.rule, err) != 0 || open_reference(r, err) != 0)
		return -1;
	if (o->calibrate)
		return 0;
	if (drift_apply_calibration(r, err) != 0)
		return -1;
	drift_note_thresholds(r);
	return rai_drift_watch_new(&r->ref, &r->about.rule, &r->watch, err);
}

void
drift_close(struct run *r)
{
	positions_release(&r->seen);
	rai_drift_watch_free(r->watch);
	rai_profile_release(&r->profile);
	rai_drift_past_release(&r->past);
	rai_model_free(r->model);
	free(r->scores);
}

double
drift_predict(const struct run *r, const struct rai_cell *cells)
{
	rai_model_predict(r->model, cells, r->scores);
	return rai_model_classes(r->model) > 0
		   ? (double)rai_metric_class(r->scores, rai_model_classes(r->model))
		   : r->scores[0];
}

int
drift_tell(struct run *r, struct rai_err *err)
{
	const struct rai_drift_state *s = rai_drift_watch_state(r->watch);

	r->about.version = r->version[0] != '\0' ? r->version : NULL;
	if (!r->stream)
		rai_buf_clear(r->out); /* what was, and changed since, is history */
	if (r->o->table)
		drift_table(r);
	else
		rai_drift_report_event(
		    s, &r->about, &r->incident, rai_clock_now(&r->cli->clock), r->out);
	return r->stream ? rai_cli_emit(r->out, err) : 0;
}

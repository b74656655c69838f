#include <string.h>

#include "drift.h"

void
drift_options(struct options *o, struct rai_opt opts[DRIFT_OPTIONS])
{
	const struct rai_opt table[] = {
	    /* the reference */
	    {RAI_OPT_STR, 'm', "model", "file", "the model whose reference is used", &o->model, 0},
	    {RAI_OPT_STR, 'a', "against", "file",
		"the reference is these rows or this profile, no model", &o->against, 0},
	    {RAI_OPT_STR, 0, "target", "column", "what the rows of a reference are about",
		&o->target, 0},
	    {RAI_OPT_FLAG, 0, "profile", NULL, "print the operands' profile, for a reference",
		&o->profile, 0},
	    {RAI_OPT_STR, 'c', "config", "file", "take settings from this rai.yaml", &o->config, 0},
	    {RAI_OPT_STR, 0, "name", "model", "its entry in rai.yaml (the model's own name)",
		&o->name, 0},

	    /* the present */
	    {RAI_OPT_FLAG, 'r', "rows", NULL, "input is CSV or JSON rows, not a prediction log",
		&o->rows, 0},
	    {RAI_OPT_FLAG, 'f', "follow", NULL, "go on as the log files grow, until SIGTERM",
		&o->follow, 0},
	    {RAI_OPT_FLAG, 0, "any-digest", NULL, "take predictions of other models too",
		&o->any_digest, 0},

	    {RAI_OPT_FLAG, 0, "compare", NULL, "two models by their logs: is the second worse?",
		&o->compare, 0},

	    /* a fleet */
	    {RAI_OPT_STR, 0, "prometheus", "url", "the bins that replicas count, through this",
		&o->prometheus, 0},
	    {RAI_OPT_STR, 0, "selector", "labels", "only of replicas with these, as job=\"x\"",
		&o->selector, 0},
	    {RAI_OPT_INT, 0, "replicas", "n", "fewer at any time are no evidence", &o->replicas, 0},
	    {RAI_OPT_STR, 0, "token", "ref", "bearer token for it: env:NAME or file:PATH",
		&o->token, 0},

	    /* windows */
	    {RAI_OPT_STR, 'w', "window", "span", "rows, or time as 6h, judged at once (500)",
		&o->window, 0},
	    {RAI_OPT_STR, 0, "slide", "span", "from one window to the next (the window)", &o->slide,
		0},
	    {RAI_OPT_FLAG, 0, "whole", NULL, "all rows are one window, of any size", &o->whole, 0},
	    {RAI_OPT_INT, 0, "sustain", "n", "windows in a row that must agree (2)", &o->sustain,
		0},

	    {RAI_OPT_STR, 0, "state", "file", "go on where the run before ended, remembered here",
		&o->state, 0},

	    {RAI_OPT_STR, 0, "detector", "kinds",
		"what watches while windows fill, as cusum (none)", &o->detector, 0},

	    /* significance */
	    {RAI_OPT_NUM, 0, "alpha", "p", "significance of one window, all checks (0.01)",
		&o->alpha, 0},
	    {RAI_OPT_DURATION, 0, "false-alarm-every", "time",
		"choose alpha for one false alarm in this time", &o->false_alarm_every, 0},

	    {RAI_OPT_FLAG, 0, "calibrate", NULL,
		"print what alpha and window do to the reference, simulated", &o->calibrate, 0},
	    {RAI_OPT_STR, 0, "calibration", "file", "judge as this calibration says",
		&o->calibration, 0},
	    {RAI_OPT_STR, 0, "traffic", "rate", "rows to be expected, as 10/min, or a log",
		&o->traffic, 0},
	    {RAI_OPT_NUM, 0, "coverage", "share", "of predictions that will get a label (1)",
		&o->coverage, 0},
	    {RAI_OPT_INT, 0, "seed", "n", "of the simulation (1)", &o->seed, 0},

	    /* thresholds that people ask for */
	    {RAI_OPT_NUM, 0, "accuracy-below", "x", "the error is worse below this accuracy",
		&o->accuracy_below, 0},
	    {RAI_OPT_NUM, 0, "psi-above", "x", "any feature above this has drifted", &o->psi_above,
		0},
	    {RAI_OPT_NUM, 0, "ks-p-below", "p", "any feature whose p is below this has drifted",
		&o->ks_p_below, 0},
	    {RAI_OPT_NUM, 0, "quorum", "n", "so many features, or such a share of them, must (1)",
		&o->quorum, 0}, /* labels */
	    {RAI_OPT_NUM, 0, "coverage-least", "share",
		"no accuracy where fewer predictions have labels (0.1)", &o->coverage_least, 0},

	    /* advice */
	    {RAI_OPT_DURATION, 0, "ask-after", "time",
		"drift without labels for so long asks a person (14d)", &o->ask_after, 0},
	    {RAI_OPT_STR, 0, "retrain-on", "what", "advise it on error, drift or either (error)",
		&o->retrain_on, 0},

	    {RAI_OPT_FLAG, 0, "no-impact", NULL, "do not estimate what a shift costs",
		&o->no_impact, 0},

	    /* output */
	    {RAI_OPT_FLAG, 't', "table", NULL, "print a table for people instead of events",
		&o->table, 0},
	    {RAI_OPT_STR, 0, "html", "file", "write the verdict as one HTML page", &o->html, 0},
	    {RAI_OPT_STR, 0, "textfile", "file", "write it for Prometheus' textfile collector",
		&o->textfile, 0},

	    /* alerting in Prometheus */
	    {RAI_OPT_STR, 0, "rules", "file", "write rules for Prometheus, and end", &o->rules, 0},
	    {RAI_OPT_STR, 0, "prometheus-rule", "file", "write them as a PrometheusRule, and end",
		&o->prometheus_rule, 0},
	    {RAI_OPT_DURATION, 0, "over", "time", "rules look back on so much (1h)", &o->over, 0},
	    {RAI_OPT_DURATION, 0, "latency-above", "time",
		"rules: the service is slow above this (100ms)", &o->latency_above, 0},
	    {RAI_OPT_NUM, 0, "errors-above", "x", "rules: share of requests that may fail (0.01)",
		&o->errors_above, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};

	_Static_assert(
	    sizeof(table) <= DRIFT_OPTIONS * sizeof(*table), "DRIFT_OPTIONS is too small");
	memcpy(opts, table, sizeof(table));
}

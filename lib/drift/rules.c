#include "drift/rules.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * The index of one feature over the time looked back on, as rai_stat_psi() has it, over the sum of
 * all replicas; what it is on average without drift; and the limit that alpha sets, divided by the
 * number of features (Bonferroni): PSI / (1/n + 1/m) is about chi-squared with B - 1 degrees
 * (Yurdakul and Naranjo, 2020), whose quantile is Wilson's and Hilferty's (1931); the normal one in
 * it is Abramowitz' and Stegun's 26.2.23.  %s: the time.
 */
static const struct {
	const char *record, *expr;
} records[] = {
    {"rai:feature_bin_observations:increase",
	"sum by (model, feature, bin) (increase(rai_feature_observations_total[%s]))"},
    {"rai:feature_bin_reference", "max by (model, feature, bin) (rai_reference_observations)"},
    {"rai:feature_observations:increase",
	"sum by (model, feature) (rai:feature_bin_observations:increase)"},
    {"rai:feature_reference", "sum by (model, feature) (rai:feature_bin_reference)"},
    {"rai:feature_bins",
	"count by (model, feature) (\n"
	"  (rai:feature_bin_observations:increase + rai:feature_bin_reference) > 0)"},
    {"rai:feature_bin_share",
	"(\n"
	"  (rai:feature_bin_observations:increase + 0.5)\n"
	"  and (rai:feature_bin_observations:increase + rai:feature_bin_reference) > 0\n"
	")\n"
	"/ on (model, feature) group_left ()\n"
	"(rai:feature_observations:increase + 0.5 * rai:feature_bins)"},
    {"rai:feature_bin_reference_share",
	"(\n"
	"  (rai:feature_bin_reference + 0.5)\n"
	"  and (rai:feature_bin_observations:increase + rai:feature_bin_reference) > 0\n"
	")\n"
	"/ on (model, feature) group_left ()\n"
	"(rai:feature_reference + 0.5 * rai:feature_bins)"},
    {"rai:feature_psi", "sum by (model, feature) (\n"
			"  (rai:feature_bin_share - rai:feature_bin_reference_share)\n"
			"  * ln(rai:feature_bin_share / rai:feature_bin_reference_share))"},
    {"rai:feature_psi_expected",
	"(rai:feature_bins - 1)\n"
	"* (1 / rai:feature_observations:increase + 1 / rai:feature_reference)"},
    {"rai:feature_missing_share",
	"sum by (model, feature) (rai:feature_bin_observations:increase{bin=\"missing\"})\n"
	"/ rai:feature_observations:increase\n"
	"- sum by (model, feature) (rai:feature_bin_reference{bin=\"missing\"})\n"
	"/ rai:feature_reference"},
};

/* YAML under way: what each line begins with. */
struct yaml {
	struct rai_buf *out;
	int indent;
	char over[24];
};

static void line(struct yaml *y, int more, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
line(struct yaml *y, int more, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	rai_buf_printf(y->out, "%*s%s\n", y->indent + more, "", text);
}

/* A string as YAML and PromQL both write it, in double quotes. */
static void
quote(char *out, size_t size, const char *s)
{
	struct rai_buf b = RAI_BUF_INIT(size - 1);

	rai_buf_char(&b, '"');
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			rai_buf_printf(&b, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			rai_buf_printf(&b, "\\x%02x", (unsigned char)*s);
		else
			rai_buf_char(&b, *s);
	rai_buf_char(&b, '"');
	snprintf(out, size, "%s", b.ptr);
	rai_buf_free(&b);
}

/* Text of several lines, each as deep. */
static void
block(struct yaml *y, int more, const char *key, const char *text)
{
	const char *end;

	line(y, more, "%s: |-", key);
	for (; *text != '\0'; text = *end == '\n' ? end + 1 : end) {
		end = text + strcspn(text, "\n");
		line(y, more + 2, "%.*s", (int)(end - text), text);
	}
}

static void expr(struct yaml *y, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
expr(struct yaml *y, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	block(y, 6, "expr", text);
}

static void
record(struct yaml *y, const char *name)
{
	line(y, 4, "- record: %s", name);
}

static void
write_records(struct yaml *y)
{
	char text[1024];
	size_t i;

	line(y, 0, "- name: rai-drift-features");
	line(y, 2, "rules:");
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		const char *at = strstr(records[i].expr, "%s");

		record(y, records[i].record);
		snprintf(text, sizeof(text), "%.*s%s%s",
		    (int)(at != NULL ? at - records[i].expr : (long)strlen(records[i].expr)),
		    records[i].expr, at != NULL ? y->over : "", at != NULL ? at + 2 : "");
		block(y, 6, "expr", text);
	}
}

/* The start of an alert, after its expression: how long it must hold, and what is advised. */
static void
alert(struct yaml *y, const char *name)
{
	line(y, 4, "- alert: %s", name);
}

static void
notes(struct yaml *y, const char *model, const char *hold, const char *severity, const char *advice,
    const char *metric, const char *summary)
{
	char m[300];

	quote(m, sizeof(m), model);
	line(y, 6, "for: %s", hold);
	line(y, 6, "labels:");
	line(y, 8, "severity: %s", severity);
	line(y, 8, "model: %s", m);
	line(y, 8, "advice: %s", advice);
	line(y, 6, "annotations:");
	line(y, 8, "metric: %s", metric);
	line(y, 8, "value: \"{{ $value }}\"");
	block(y, 8, "summary", summary);
	block(y, 8, "digest",
	    "{{ with printf \"rai_model_info{model=%q}\" $labels.model | query }}"
	    "{{ . | first | label \"digest\" }}{{ end }}");
}

/* t of the formula for the normal quantile, and the quantile; of all features of the model. */
static void
write_limit(struct yaml *y, const struct rai_drift_alarm *a, const char *m)
{
	record(y, "rai:model_drift_t");
	expr(y, "sqrt(-2 * ln(%.9g / count by (model) (rai:feature_reference{model=%s})))",
	    a->alpha, m);
	record(y, "rai:model_drift_z");
	expr(y,
	    "rai:model_drift_t{model=%s}\n"
	    "- (2.515517 + 0.802853 * rai:model_drift_t{model=%s}\n"
	    "   + 0.010328 * rai:model_drift_t{model=%s} ^ 2)\n"
	    "/ (1 + 1.432788 * rai:model_drift_t{model=%s}\n"
	    "   + 0.189269 * rai:model_drift_t{model=%s} ^ 2\n"
	    "   + 0.001308 * rai:model_drift_t{model=%s} ^ 3)",
	    m, m, m, m, m, m);
	record(y, "rai:feature_psi_limit");
	expr(y,
	    "rai:feature_psi_expected{model=%s}\n"
	    "* (1 - 2 / (9 * (rai:feature_bins - 1))\n"
	    "   + sqrt(2 / (9 * (rai:feature_bins - 1)))\n"
	    "   * on (model) group_left () rai:model_drift_z) ^ 3",
	    m);
	record(y, "rai:feature_drifted");
	expr(y,
	    "(rai:feature_psi{model=%s} > rai:feature_psi_limit)\n"
	    "and (rai:feature_psi - rai:feature_psi_expected) > %.9g\n"
	    "and rai:feature_observations:increase >= %" PRId64 "\n"
	    "unless on (model)\n"
	    "  count by (model) (count by (model, digest) (max_over_time(rai_model_info[%s]))) > 1",
	    m, isnan(a->psi_above) ? RAI_DRIFT_PSI : a->psi_above, a->rows, y->over);
}

static void
write_drift(struct yaml *y, const struct rai_drift_alarm *a, const char *m)
{
	write_limit(y, a, m);
	alert(y, "RaiDrift");
	expr(y, "max by (model) (rai:feature_drifted{model=%s})", m);
	notes(y, a->model, "15m", "warning",
	    a->retrain_on == RAI_DRIFT_ON_ERROR ? "get-labels" : "retrain", "psi",
	    "the inputs of {{ $labels.model }} moved: PSI {{ $value | printf \"%.3f\" }};"
	    "{{ range printf \"rai:feature_drifted{model=%q}\" $labels.model | query }} "
	    "{{ .Labels.feature }}{{ end }}");
	alert(y, "RaiInputBroken");
	expr(y,
	    "max by (model) (\n"
	    "  rai:feature_missing_share{model=%s} > %g\n"
	    "  and rai:feature_observations:increase >= %d)",
	    m, RAI_DRIFT_SURGE, RAI_DRIFT_LEAST);
	notes(y, a->model, "5m", "critical", "fix-input", "missing",
	    "a feature of {{ $labels.model }} is missing in {{ $value | humanizePercentage }} more "
	    "of the rows than in training");
}

static void
write_accuracy(struct yaml *y, const struct rai_drift_alarm *a, const char *m)
{
	if (isnan(a->accuracy_below))
		return;
	alert(y, "RaiAccuracyLow");
	expr(y,
	    "sum by (model) (model_accuracy{model=%s} * (rai_accuracy_pairs > 0))\n"
	    "/ sum by (model) (rai_accuracy_pairs{model=%s})\n"
	    "< %.9g\n"
	    "and sum by (model) (rai_accuracy_pairs) >= %d",
	    m, m, a->accuracy_below, RAI_DRIFT_LABELS);
	notes(y, a->model, "5m", "critical",
	    a->retrain_on == RAI_DRIFT_ON_DRIFT ? "wait" : "retrain", "accuracy",
	    "the accuracy of {{ $labels.model }} is {{ $value | printf \"%.3f\" }}");
}

/* Silence is never "no drift". */
static void
write_silence(
    struct yaml *y, const struct rai_drift_rules *r, const struct rai_drift_alarm *a, const char *m)
{
	alert(y, "RaiNotServed");
	expr(y, "absent(rai_model_info{model=%s})", m);
	notes(y, a->model, "5m", "critical", "wait", "up",
	    "nothing is heard of {{ $labels.model }}: whether it drifts is not known");
	alert(y, "RaiDriftSilent");
	expr(y,
	    "time() - max by (model) (rai_drift_heartbeat_timestamp_seconds{model=%s}) > %" PRId64
	    "\n"
	    "or max by (model) (\n"
	    "  last_over_time(rai_drift_heartbeat_timestamp_seconds{model=%s}[1d])\n"
	    "  unless rai_drift_heartbeat_timestamp_seconds)",
	    m, 2 * r->over_ms / 1000, m);
	notes(y, a->model, "5m", "warning", "wait", "heartbeat",
	    "rai-drift has stopped judging {{ $labels.model }}: whether it drifts is not known");
}

static void
write_service(
    struct yaml *y, const struct rai_drift_rules *r, const struct rai_drift_alarm *a, const char *m)
{
	alert(y, "RaiErrors");
	expr(y,
	    "sum(rate(request_count_total{code=~\"5..\"}[5m])\n"
	    "  and on (instance) rai_model_info{model=%s})\n"
	    "/ sum(rate(request_count_total[5m]) and on (instance) rai_model_info{model=%s})\n"
	    "> %.9g",
	    m, m, r->errors);
	notes(y, a->model, "5m", "critical", "fix-input", "errors",
	    "{{ $value | humanizePercentage }} of the requests to {{ $labels.model }} fail");
	alert(y, "RaiSlow");
	expr(y,
	    "histogram_quantile(0.99,\n"
	    "  sum by (le, model) (rate(prediction_latency_seconds_bucket{model=%s}[5m])))\n"
	    "> %.9g",
	    m, r->latency);
	notes(y, a->model, "5m", "warning", "fix-input", "latency",
	    "one in a hundred predictions of {{ $labels.model }} takes {{ $value | "
	    "humanizeDuration "
	    "}} or longer");
}

static void
write_model(struct yaml *y, const struct rai_drift_rules *r, const struct rai_drift_alarm *a)
{
	char m[300], plain[300], name[320];

	quote(m, sizeof(m), a->model);
	snprintf(plain, sizeof(plain), "rai-drift-%.200s", a->model);
	quote(name, sizeof(name), plain);
	line(y, 0, "- name: %s", name);
	line(y, 2, "rules:");
	write_drift(y, a, m);
	write_accuracy(y, a, m);
	write_silence(y, r, a, m);
	write_service(y, r, a, m);
}

void
rai_drift_rules_write(const struct rai_drift_rules *r, struct rai_buf *out)
{
	struct yaml y = {out, 0, ""};
	size_t i;

	snprintf(y.over, sizeof(y.over), "%" PRId64 "s", r->over_ms / 1000);
	if (r->manifest) {
		line(&y, 0, "apiVersion: monitoring.coreos.com/v1");
		line(&y, 0, "kind: PrometheusRule");
		line(&y, 0, "metadata:");
		line(&y, 2, "name: rai-drift");
		line(&y, 0, "spec:");
		y.indent = 2;
	}
	line(&y, 0, "groups:");
	write_records(&y);
	for (i = 0; i < r->n; i++)
		write_model(&y, r, &r->alarm[i]);
}

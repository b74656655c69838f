#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "drift/calibrate.h"

#define MS_PER_MINUTE 60000.0

int
rai_drift_profile_digest(
    const struct rai_profile *p, char digest[RAI_HASH_DIGEST], struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)256 << 20);
	struct rai_jw w;
	int rc;

	rai_jw_init(&w, &text);
	rai_profile_write(p, &w, NULL);
	rc = rai_buf_check(&text, "profile", err) != 0
		 ? -1
		 : rai_hash_bytes(text.ptr, text.len, digest, err);
	rai_buf_free(&text);
	return rc;
}

static void
write_power(const struct rai_drift_power *p, double rows_per_ms, struct rai_jw *w)
{
	rai_jw_object(w, NULL);
	rai_jw_str(w, "column", p->column);
	rai_jw_str(w, "unit", p->kind == RAI_PROFILE_NUM ? "sd" : "share");
	rai_jw_num(w, "effect", p->effect);
	rai_jw_num(w, "power", p->power);
	rai_jw_num(w, "low", p->low);
	rai_jw_num(w, "high", p->high);
	rai_jw_num(w, "rows", p->rows);
	rai_jw_num(w, "seconds", rows_per_ms > 0 ? p->rows / rows_per_ms / 1000 : NAN);
	rai_jw_end(w);
}

/* Six digits: the bounds come from quantiles whose last digits may depend on the C library and the
 * processor, and a model's bytes must not. */
static void
write_bound(struct rai_jw *w, const char *key, double v)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", v);
	rai_jw_num(w, key, strtod(text, NULL));
}

static void
write_simulated(
    const struct rai_drift_simulated *s, const char *key, double coverage, struct rai_jw *w)
{
	rai_jw_object(w, key);
	if (coverage > 0)
		rai_jw_num(w, "coverage", coverage);
	rai_jw_int(w, "references", s->references);
	rai_jw_int(w, "windows", s->windows);
	rai_jw_int(w, "drifted", s->hot);
	rai_jw_int(w, "broken", s->broken);
	rai_jw_num(w, "alarms_per_window", s->alarms);
	write_bound(w, "low", s->low);
	write_bound(w, "high", s->high);
	rai_jw_end(w);
}

void
rai_drift_calibration_write(
    const struct rai_drift_calibration *c, struct rai_jw *w, const char *key)
{
	size_t i;

	rai_jw_object(w, key);
	rai_jw_str(w, "format", RAI_DRIFT_CALIBRATION_FORMAT);
	rai_jw_str(w, "reference", c->reference);
	rai_jw_int(w, "window", c->window);
	if (c->slide > 0)
		rai_jw_int(w, "slide", c->slide);
	rai_jw_int(w, "sustain", c->sustain);
	rai_jw_num(w, "alpha", c->alpha);
	rai_jw_num(
	    w, "false_alarm_every_seconds", c->every_ms > 0 ? (double)c->every_ms / 1000 : NAN);
	rai_jw_num(w, "rows_per_minute", c->rows_per_ms > 0 ? c->rows_per_ms * MS_PER_MINUTE : NAN);
	rai_jw_num(w, "budget", c->budget);
	rai_jw_int(w, "seed", (int64_t)c->seed);
	rai_jw_str(w, "drawn_from", c->from_rows ? "rows" : "profile");
	rai_jw_bool(w, "extrapolated", c->extrapolated);
	write_simulated(&c->clean, "clean", 0, w);
	if (c->labels.windows > 0)
		write_simulated(&c->labels, "labels", c->coverage, w);
	rai_jw_array(w, "power");
	for (i = 0; i < c->npower; i++)
		write_power(&c->power[i], c->rows_per_ms, w);
	rai_jw_end(w);
	rai_jw_end(w);
}

static int
read_members(const struct cJSON *obj, struct rai_drift_calibration *c, struct rai_err *err)
{
	const char *format, *reference;
	double seconds = NAN, per_minute = NAN, slide = 0;

	if (rai_json_str(obj, "format", &format, err) != 0)
		return -1;
	if (strcmp(format, RAI_DRIFT_CALIBRATION_FORMAT) != 0)
		return rai_fail(err, RAI_EINPUT, "\"format\" is \"%.60s\", not %s", format,
		    RAI_DRIFT_CALIBRATION_FORMAT);
	if (rai_json_str(obj, "reference", &reference, err) != 0 ||
	    rai_json_int(obj, "window", &c->window, err) != 0 ||
	    rai_json_int(obj, "sustain", &c->sustain, err) != 0 ||
	    rai_json_num(obj, "alpha", &c->alpha, err) != 0 ||
	    rai_json_opt_num(obj, "slide", &slide, err) != 0 ||
	    rai_json_opt_num(obj, "false_alarm_every_seconds", &seconds, err) != 0 ||
	    rai_json_opt_num(obj, "rows_per_minute", &per_minute, err) != 0)
		return -1;
	if (!rai_hash_is_digest(reference))
		return rai_fail(
		    err, RAI_EINPUT, "\"reference\" is no digest: \"%.80s\"", reference);
	memcpy(c->reference, reference, sizeof(c->reference));
	if (c->window < RAI_DRIFT_LEAST || c->window > 10000000 || c->sustain < 1 ||
	    c->sustain > 1000 || !(c->alpha > 0 && c->alpha < 1) ||
	    !(slide >= 0 && slide < (double)c->window))
		return rai_fail(err, RAI_EINPUT,
		    "\"window\", \"slide\", \"sustain\" or \"alpha\" is not what a calibration "
		    "gives");
	c->slide = (int64_t)slide;
	c->every_ms = seconds > 0 && seconds < 1e12 ? (int64_t)(seconds * 1000) : 0;
	c->rows_per_ms = per_minute > 0 ? per_minute / MS_PER_MINUTE : 0;
	return 0;
}

int
rai_drift_calibration_read(
    const struct cJSON *obj, struct rai_drift_calibration *out, struct rai_err *err)
{
	memset(out, 0, sizeof(*out));
	if (rai_json_kind(obj) != RAI_JSON_OBJECT)
		return rai_fail(err, RAI_EINPUT, "calibration: must be an object");
	return read_members(obj, out, err) != 0 ? rai_wrap(err, "calibration") : 0;
}

/* A time in its largest unit. */
static void
put_time(double ms, struct rai_buf *out)
{
	static const struct {
		double ms;
		const char *name;
	} unit[] = {{86400e3, "d"}, {3600e3, "h"}, {60e3, "min"}, {1e3, "s"}};
	size_t i;

	for (i = 0; i < 3 && ms < unit[i].ms; i++)
		;
	rai_buf_printf(out, "%.3g %s", ms / unit[i].ms, unit[i].name);
}

/* One family of windows: what they did, and how often that is a false alarm. */
static void
put_simulated(const struct rai_drift_calibration *c, const struct rai_drift_simulated *s,
    const char *what, const char *whose, double rows_per_ms, struct rai_buf *out)
{
	rai_buf_printf(out,
	    "%" PRId64 " clean windows of %" PRId64 " references, %s: %" PRId64 " drifted, %" PRId64
	    " broken\n",
	    s->windows, s->references, what, s->hot, s->broken);
	rai_buf_printf(out, "false alarms of the %s per window: %.2g (95 %% %.2g to %.2g)", whose,
	    s->alarms, s->low, s->high);
	if (rows_per_ms > 0 && s->alarms > 0) {
		rai_buf_str(out, ", one in ");
		put_time((double)c->window / rows_per_ms / s->alarms, out);
	}
	rai_buf_char(out, '\n');
}

static void
put_head(const struct rai_drift_calibration *c, struct rai_buf *out)
{
	char labels[80];

	rai_buf_printf(out, "window %" PRId64 " rows, ", c->window);
	if (c->slide > 0)
		rai_buf_printf(out, "one every %" PRId64 ", ", c->slide);
	rai_buf_printf(out, "%" PRId64 " in a row, alpha %.3g%s\n", c->sustain, c->alpha,
	    c->extrapolated ? " (below what was measured, by proportion)" : "");
	put_simulated(c, &c->clean,
	    c->from_rows ? "drawn from rows" : "drawn from the profile, columns independent",
	    "inputs", c->rows_per_ms, out);
	if (c->labels.windows > 0) {
		snprintf(labels, sizeof(labels), "labels of %.3g %% with the hold-out's errors",
		    100 * c->coverage);
		put_simulated(c, &c->labels, labels, "labels", c->rows_per_ms * c->coverage, out);
	}
	if (isfinite(c->budget)) {
		rai_buf_printf(out, "allowed: %.2g, half of one in ", c->budget);
		put_time((double)c->every_ms, out);
		rai_buf_printf(out, " at %.4g rows a minute\n", c->rows_per_ms * MS_PER_MINUTE);
	}
}

void
rai_drift_calibration_table(const struct rai_drift_calibration *c, struct rai_buf *out)
{
	size_t i;

	put_head(c, out);
	rai_buf_printf(out, "\n%-20s %10s %7s %15s %9s  %s\n", "column", "moved by", "power",
	    "95 %", "rows", c->rows_per_ms > 0 ? "told after" : "");
	for (i = 0; i < c->npower; i++) {
		const struct rai_drift_power *p = &c->power[i];

		rai_buf_printf(out, "%-20.20s %5.2f %s %6.0f%% %6.0f%% to %3.0f%% ", p->column,
		    p->effect, p->kind == RAI_PROFILE_NUM ? "sd  " : "rows", 100 * p->power,
		    100 * p->low, 100 * p->high);
		if (isnan(p->rows))
			rai_buf_printf(out, "%9s", "never");
		else
			rai_buf_printf(out, "%9.0f", p->rows);
		if (c->rows_per_ms > 0 && !isnan(p->rows)) {
			rai_buf_str(out, "  ");
			put_time(p->rows / c->rows_per_ms, out);
		}
		rai_buf_char(out, '\n');
	}
}

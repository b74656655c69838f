#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "drift.h"

int
drift_window_given(const struct run *r)
{
	return !drift_is_default(r->cli, "window") || strcmp(r->o->window, "500") != 0;
}

/* The calibration that the model brings, where windows are what it is about; or NULL. */
static const char *
of_model(const struct run *r)
{
	return r->model != NULL && !r->o->whole && r->o->prometheus == NULL
		   ? rai_model_meta(r->model, "rai.calibration")
		   : NULL;
}

/* The calibration that goes with the reference, if there is one: 1, 0, or -1. */
static int
find_calibration(const struct run *r, struct rai_drift_calibration *c, struct rai_err *err)
{
	const char *own = r->past.calibration != NULL ? r->past.calibration : of_model(r);
	struct rai_buf text = RAI_BUF_INIT((size_t)16 << 20);
	struct cJSON *doc = NULL;
	int rc = -1;

	if (r->o->calibration == NULL && own == NULL)
		return 0;
	if (r->o->calibration != NULL ? rai_file_read(r->o->calibration, &text, err) == 0
				      : (rai_buf_str(&text, own), 1))
		doc = rai_json_parse(text.ptr, text.len, err);
	if (doc != NULL)
		rc = rai_drift_calibration_read(doc, c, err);
	rai_json_free(doc);
	rai_buf_free(&text);
	if (rc != 0)
		return rai_wrap(err, "%s",
		    r->o->calibration != NULL ? r->o->calibration
		    : r->model != NULL        ? r->o->model
					      : r->o->against);
	return 1;
}

static int
other(const char *option, const char *is, struct rai_err *err)
{
	return rai_fail(err, RAI_EINPUT,
	    "--%s: the calibration is for %s: calibrate again, or leave it out", option, is);
}

/* Rows that come in the time, where one is given; else the rows. */
static int64_t
rows_of(const struct rai_drift_calibration *c, int64_t ms, int64_t rows)
{
	return ms > 0 ? (int64_t)(c->rows_per_ms * (double)ms + 0.5) : rows;
}

/* Window and step are the calibration's; of a window by time both are rounded to whole rows. */
static int
check_window(
    const struct run *r, const struct rai_drift_calibration *c, int64_t *step, struct rai_err *err)
{
	const struct rai_drift_rule *rule = &r->about.rule;
	int64_t window = rows_of(c, rule->window_ms, rule->window);
	char is[64];

	*step = rows_of(c, rule->slide_ms, rule->slide);
	if (rule->slide_ms > 0)
		window = *step * (rule->window_ms / rule->slide_ms);
	if (*step == window)
		*step = 0;
	snprintf(is, sizeof(is), "%" PRId64 " rows", c->window);
	if (drift_window_given(r) && window != c->window)
		return other("window", is, err);
	snprintf(is, sizeof(is), "one every %" PRId64 " rows", c->slide);
	if (r->o->slide != NULL && *step != c->slide)
		return other("slide", c->slide > 0 ? is : "windows that do not overlap", err);
	return 0;
}

/* What was given beside the calibration must be what it was made for. */
static int
check_given(const struct run *r, const struct rai_drift_calibration *c, struct rai_err *err)
{
	const struct rai_drift_rule *rule = &r->about.rule;
	char digest[RAI_HASH_DIGEST], is[64];
	int64_t step;

	if (rai_drift_profile_digest(r->ref.profile, digest, err) != 0)
		return -1;
	if (strcmp(digest, c->reference) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "the calibration is of another reference: calibrate again (--calibrate)");
	if (check_window(r, c, &step, err) != 0)
		return -1;
	snprintf(is, sizeof(is), "%" PRId64 " in a row", c->sustain);
	if (!drift_is_default(r->cli, "sustain") && rule->sustain != c->sustain)
		return other("sustain", is, err);
	snprintf(is, sizeof(is), "%" PRId64 " seconds", c->every_ms / 1000);
	if (rule->false_alarm_every_ms > 0 && rule->false_alarm_every_ms != c->every_ms)
		return other("false-alarm-every", is, err);
	return 0;
}

int
drift_apply_calibration(struct run *r, struct rai_err *err)
{
	struct rai_drift_rule *rule = &r->about.rule;
	int own = r->o->calibration == NULL && r->model != NULL;
	struct rai_err why = RAI_ERR_INIT;
	struct rai_drift_calibration c;
	int rc = find_calibration(r, &c, err);

	if (rc <= 0)
		return rc;
	if (check_given(r, &c, own ? &why : err) != 0) {
		if (own)
			rai_cli_warn(r->cli, "the model's calibration is left aside: %s", why.msg);
		return own ? 0 : -1;
	}
	if (rule->window_ms == 0) {
		rule->window = c.window;
		rule->slide = c.slide;
	} else if (c.slide > 0 && rule->slide_ms == 0)
		rule->slide_ms = rule->window_ms / (c.window / c.slide);
	rule->sustain = c.sustain;
	if (drift_is_default(r->cli, "alpha"))
		rule->alpha = c.alpha;
	rule->false_alarm_rows = c.rows_per_ms * (double)c.every_ms;
	rule->false_alarm_every_ms = 0; /* alpha is what it takes */
	return 0;
}

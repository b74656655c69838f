#include <inttypes.h>
#include <string.h>

#include "drift.h"
#include "pool.h"

/* What is to be found out, from the options. */
static int
make_plan(struct run *r, struct rai_drift_plan *plan, struct rai_err *err)
{
	const struct rai_drift_rule *rule = &r->about.rule;

	*plan = (struct rai_drift_plan){.window = drift_window_given(r) ? rule->window : 0,
	    .sustain = rule->sustain,
	    .alpha = rule->alpha,
	    .every_ms = rule->false_alarm_every_ms,
	    .seed = (uint64_t)r->o->seed,
	    .slide = rule->slide,
	    .coverage = r->o->coverage,
	    .accuracy_below = rule->accuracy_below};
	if (drift_traffic(r->o, &plan->rows_per_ms, err) != 0)
		return -1;
	if (plan->every_ms > 0 && !(plan->rows_per_ms > 0))
		return rai_fail(
		    err, RAI_EINPUT, "--calibrate: --false-alarm-every needs --traffic, as 10/min");
	if (rule->window_ms > 0 && !(plan->rows_per_ms > 0))
		return rai_fail(
		    err, RAI_EINPUT, "--calibrate: a window of time needs --traffic, as 10/min");
	if (rule->window_ms > 0)
		plan->window = (int64_t)(plan->rows_per_ms * (double)rule->window_ms + 0.5);
	if (rule->slide_ms > 0) {
		plan->slide = (int64_t)(plan->rows_per_ms * (double)rule->slide_ms + 0.5);
		plan->window = plan->slide * (rule->window_ms / rule->slide_ms);
	}
	if (plan->window != 0 && (plan->window < RAI_DRIFT_LEAST || plan->window > 1000000))
		return rai_fail(err, RAI_EINPUT,
		    "--calibrate: a window of %" PRId64
		    " rows: from %d to 1000000 can be simulated",
		    plan->window, RAI_DRIFT_LEAST);
	return 0;
}

/* A threshold that the hold-out is below says nothing of false alarms. */
static void
note_threshold(const struct run *r)
{
	double below = r->about.rule.accuracy_below;

	if (r->o->coverage > 0 && below > 0 && r->ref.accuracy < below)
		rai_cli_warn(r->cli,
		    "--accuracy-below %g: the hold-out's accuracy is %.3g already: not simulated",
		    below, r->ref.accuracy);
}

static int
read_pool(struct run *r, const char *path, struct pool *p, struct rai_err *err)
{
	struct rai_source *source;

	return rai_source_open(path, NULL, 0, &source, err) != 0 ||
		       pool_read(r, source, RAI_FORMAT_AUTO, &r->ref, p, err) != 0
		   ? -1
		   : 0;
}

/* The reference's own rows, where they are at hand. */
static const char *
rows_of(const struct run *r, const char *const *path, size_t n)
{
	if (n > 0)
		return path[0];
	return r->o->against != NULL && !drift_is_document(r->o->against) ? r->o->against : NULL;
}

int
drift_calibrate(struct run *r, const char *const *path, size_t n, struct rai_drift_calibration *out,
    struct rai_err *err)
{
	const char *rows = rows_of(r, path, n);
	struct rai_drift_plan plan;
	struct pool p;
	int rc;

	memset(&p, 0, sizeof(p));
	if (n > 1)
		return rai_fail(
		    err, RAI_EINPUT, "--calibrate: one file of the reference's rows, not %zu", n);
	if (make_plan(r, &plan, err) != 0)
		return -1;
	note_threshold(r);
	rc = rows != NULL ? read_pool(r, rows, &p, err) : 0;
	if (rc == 0)
		rc = rai_drift_calibrate(&r->ref, rows != NULL ? &p.rows : NULL, &plan, out, err);
	pool_free(&p);
	return rc;
}

int
drift_print_calibration(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	struct rai_drift_calibration c;
	struct rai_jw w;

	if (drift_calibrate(r, path, n, &c, err) != 0)
		return -1;
	if (r->o->table)
		rai_drift_calibration_table(&c, r->out);
	else {
		rai_jw_init(&w, r->out);
		rai_drift_calibration_write(&c, &w, NULL);
		rai_buf_char(r->out, '\n');
	}
	rai_drift_calibration_release(&c);
	return 0;
}

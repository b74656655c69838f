#include <malloc.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drift.h"

/* Is standard input something that goes on, or a file to its end? */
static int
stdin_flows(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode);
}

/* A fleet that is declared is what is judged where nothing else is given. */
static int
fleet_is_judged(const struct options *o, size_t n)
{
	return o->prometheus != NULL && o->model != NULL && n == 0 && !o->rows && !o->whole;
}

static int
read_all(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	static const char *const standard[] = {"-"};
	int only_stdin = n == 0 || (n == 1 && strcmp(path[0], "-") == 0);
	size_t i;

	if (fleet_is_judged(r->o, n))
		return drift_read_fleet(r, err);
	if (n == 0) {
		path = standard;
		n = 1;
	}
	if (r->o->whole)
		return drift_read_whole(r, path, n, err);
	if (r->o->rows) {
		r->stream |= only_stdin && stdin_flows();
		for (i = 0; i < n; i++)
			if (drift_read_rows(r, path[i], err) != 0)
				return -1;
		return 0;
	}
	if (only_stdin && stdin_flows()) {
		r->stream = 1;
		return drift_read_stream(r, err);
	}
	if (r->o->follow) {
		r->stream = 1;
		return drift_follow_files(r, path, n, err);
	}
	return drift_read_files(r, path, n, err);
}

/* What was passed over is said, so that nothing is lost silently. */
static void
notes(const struct run *r)
{
	const struct rai_cli *cli = r->cli;
	size_t orphans = rai_drift_watch_orphans(r->watch);

	if (r->bad > 0)
		rai_cli_warn(cli, "%lld of %lld lines are no log lines; the first: %s",
		    (long long)r->bad, (long long)(r->lines - r->lines_before), r->first_bad);
	if (r->halves > 0)
		rai_cli_warn(cli, "the last line is only half written: left out");
	if (r->other_model > 0)
		rai_cli_warn(cli,
		    "%lld predictions of other models than %.19s... left out "
		    "(--any-digest takes them)",
		    (long long)r->other_model, r->about.digest);
	if (r->misfits.n > 0)
		rai_cli_warn(cli,
		    "%lld values do not fit their column: counted as missing; the first: %s",
		    (long long)r->misfits.n, r->misfits.first);
	if (orphans > 0)
		rai_cli_warn(cli, "%zu labels without a prediction", orphans);
}

static int
status_of(enum rai_drift_verdict v)
{
	switch (v) {
	case RAI_DRIFT_MOVED:
		return 1;
	case RAI_DRIFT_BROKEN:
		return 3;
	case RAI_DRIFT_INSUFFICIENT:
		return 4;
	case RAI_DRIFT_NONE:
		break;
	}
	return 0;
}

static int
judge(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	const struct rai_drift_state *s = rai_drift_watch_state(r->watch);
	int changed, keeps = r->o->state != NULL && !r->o->table; /* a table only looks */

	r->stream = keeps;
	if (r->o->state != NULL && drift_state_load(r, err) != 0)
		return -1;
	rai_drift_history_skip(&r->history, s);
	if (read_all(r, path, n, err) != 0)
		return -1;
	if (r->bad > 0 && r->bad == r->lines)
		return rai_fail(err, RAI_EINPUT,
		    "no log line in %lld lines; the first: %.300s (plain rows? give --rows)",
		    (long long)r->lines, r->first_bad);
	if (keeps && drift_state_save(r, err) != 0)
		return -1;
	changed = rai_drift_watch_end(r->watch, err);
	if (drift_pushed(r, keeps && changed > 0 ? 0 : changed, err) != 0 ||
	    drift_write_files(r, err) != 0)
		return -1;
	if (r->o->table && !r->stream) {
		rai_buf_clear(r->out);
		drift_table(r);
	}
	notes(r);
	return status_of(s->verdict);
}

/* One reference. */
static void
check_reference(struct rai_cli *cli, const struct options *o)
{
	if (o->profile || (o->model != NULL && o->against != NULL))
		rai_cli_usage(cli, "--model has its own profile: give one reference");
	if (o->model == NULL && o->against == NULL)
		rai_cli_usage(cli, "--model FILE is missing (or --against FILE)");
}

/* What a window that is counted cannot honour: refused where it is asked for here, and said where
 * rai.yaml asks for it. */
static void
check_counted(const struct rai_cli *cli, const struct options *o)
{
	static const char *const alone[] = {"window", "slide", "sustain"};
	const char *by = o->whole ? "--whole" : "--prometheus";
	int detects = strcmp(o->detector, "none") != 0;
	size_t i;

	for (i = 0; o->whole && i < sizeof(alone) / sizeof(*alone); i++)
		if (drift_is_said(cli, alone[i]))
			rai_cli_usage(cli, "--%s: --whole is one window alone", alone[i]);
	if (detects && !drift_is_default(cli, "detector"))
		rai_cli_usage(cli, "--detector: %s counts, and has no rows to watch", by);
	if (detects)
		rai_cli_warn(
		    cli, "detector of rai.yaml is left aside: %s has no rows to watch", by);
	if (!isnan(o->accuracy_below) && drift_is_said(cli, "accuracy-below"))
		rai_cli_usage(cli, "--accuracy-below: %s does not look at labels", by);
	if (!isnan(o->accuracy_below))
		rai_cli_warn(cli,
		    "accuracy_below of rai.yaml is left aside: %s does not look at labels", by);
}

/* Which options go with which input, when also rai.yaml was read. */
static void
check_input(struct rai_cli *cli, const struct options *o, size_t n)
{
	if (o->prometheus != NULL && !fleet_is_judged(o, n) && drift_is_said(cli, "prometheus"))
		rai_cli_usage(cli, "--prometheus is about a model that is served: no files");
	if (o->whole || fleet_is_judged(o, n))
		check_counted(cli, o);
	if (o->whole && (!o->rows || o->follow))
		rai_cli_usage(cli, "--whole is about --rows");
	if (o->whole && o->state != NULL)
		rai_cli_usage(cli, "--whole is one window, of which nothing is kept for --state");
	if (o->follow && !fleet_is_judged(o, n) && (n == 0 || o->rows))
		rai_cli_usage(cli, "--follow needs log files to follow");
}

static int
calibrate(struct run *r, struct options *o, const char *const *path, size_t n, struct rai_err *err)
{
	return drift_open(r, o, err) != 0 ? -1 : drift_print_calibration(r, path, n, err);
}

static int
verdict(struct run *r, struct options *o, const char *const *path, size_t n, struct rai_err *err)
{
	int rc = -1;

	if (o->whole) /* what the reference was made of is given back, whatever lies behind it */
		mallopt(M_MMAP_THRESHOLD, 1 << 17);
	if (drift_open(r, o, err) == 0) {
		check_input(r->cli, o, n);
		if (n == 0 && !fleet_is_judged(o, n))
			rai_cli_await(r->cli, o->rows ? "rows" : "the prediction log");
		if (drift_output_begin(r, err) == 0)
			rc = judge(r, path, n, err);
	}
	drift_output_end(r);
	return rc;
}

static int
do_it(struct run *r, struct options *o, const char *const *path, size_t n, struct rai_err *err)
{
	int rc;

	if (o->rules != NULL || o->prometheus_rule != NULL)
		return drift_rules(r, err);
	if (o->compare)
		return drift_compare(r, path, n, err);
	if (o->profile && o->model == NULL)
		return drift_profile(r, path, n, err);
	if (o->against != NULL && !o->follow && !o->calibrate && (n == 0 || !drift_is_log(path[0])))
		o->rows = 1;
	check_reference(r->cli, o);
	rc = (o->calibrate ? calibrate : verdict)(r, o, path, n, err);
	drift_close(r);
	return rc;
}

static int
run(struct rai_cli *cli, struct options *o, const char *const *path, size_t n, struct rai_buf *out,
    struct rai_err *err)
{
	struct run r = {.cli = cli, .o = o, .out = out};
	int rc = drift_read_config(&r, err);

	if (rc == 0)
		rc = do_it(&r, o, path, n, err);
	rai_loop_free(&r.loop);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.window = "500",
	    .sustain = 2,
	    .alpha = 0.01,
	    .seed = 1,
	    .accuracy_below = NAN,
	    .psi_above = NAN,
	    .retrain_on = "error",
	    .detector = "none",
	    .coverage_least = 0.1,
	    .coverage = 1,
	    .ask_after = INT64_C(14) * 86400000,
	    .over = 3600000,
	    .latency_above = 100,
	    .errors_above = 0.01};
	struct rai_opt opts[DRIFT_OPTIONS];
	struct rai_cli cli = {.name = "rai-drift",
	    .synopsis = "[log ...]",
	    .summary = "Says whether the world has moved since the model was trained.",
	    .opts = opts};
	struct rai_buf out = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_err err = RAI_ERR_INIT;
	int i, status;

	drift_options(&o, opts);
	i = rai_cli_parse(&cli, argc, argv);
	status = run(&cli, &o, (const char *const *)argv + i, (size_t)(argc - i), &out, &err);
	status = rai_cli_finish(&cli, status, &out, &err);
	rai_buf_free(&out);
	return status;
}

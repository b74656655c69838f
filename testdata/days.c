/*
 * days: what a watch says all day.  Rows come at a steady pace, drawn from a file; of whole days in
 * which nothing changes the alarms are counted, whatever raised them, and where one column moves
 * the minutes until it is told.  Every day has a reference and a hold-out of its own, drawn from
 * the same file.  Once with the rule that rai-drift has without options, and once with what a
 * calibration chooses for that traffic.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "cli/cli.h"
#include "drift/calibrate.h"
#include "drift/watch.h"
#include "stat/stat.h"
#include "trials.h"

enum { CHUNK = 500, MINUTES = 24 * 60, LABELS_AFTER = 60 /* minutes */ };
#define BUDGET_MS ((int64_t)90 * 86400000)
#define BEGIN_MS INT64_C(1700000000000)

struct options {
	const char *model, *only;
	int64_t days, seed, rows, threads;
	int inputs;
};

static const struct {
	const char *name;
	double shift; /* of one number, in robust sd; 0: nothing changes */
	int rate;     /* rows a minute */
	int labels, calibrated;
	double goal; /* alarms a day, or minutes until 95 % are told */
} scenarios[] = {
    {"clean day, 10 rows a minute", 0, 10, 0, 0, 0.05},
    {"the same, calibrated for 90d", 0, 10, 0, 1, 0.05},
    {"clean day, 10/min, with labels", 0, 10, 1, 0, 0.05},
    {"the same, calibrated for 90d", 0, 10, 1, 1, 0.05},
    {"0.5 sd at 100 rows a minute", 0.5, 100, 0, 0, 15},
    {"the same, calibrated for 90d", 0.5, 100, 0, 1, 15},
};
enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

/* What one day came to. */
struct told {
	int64_t alarms, drift, broken, labels; /* events; and what rose in them */
	double minutes;                        /* from the change to the alarm; INFINITY: none */
	int early;                             /* there was an alarm before it */
	int failed;                            /* no memory */
};

struct job {
	const struct population *p;
	struct rai_drift_rule rule;
	size_t scenario;
	uint64_t seed;
	int64_t rows; /* of the reference */
	struct told *told;
};

/* A reference as a training would leave it: of its rows, and of a hold-out's predictions. */
struct reference {
	struct window rows, holdout;
	struct rai_profile profile;
	struct rai_drift_reference ref;
};

static int
reference_draw(
    const struct population *p, int64_t rows, struct rai_rng *r, struct reference *reference)
{
	struct reference *x = reference;
	double *loss = calloc((size_t)rows, sizeof(*loss));
	size_t n = (size_t)rows / 4, i;
	int rc = -1;

	memset(x, 0, sizeof(*x));
	if (loss != NULL && window_draw(p, (size_t)rows, 0, r, &x->rows) == 0 &&
	    window_draw(p, n, 0, r, &x->holdout) == 0 &&
	    window_profile(p, &x->rows, &x->holdout, &x->profile) == 0)
		rc = rai_drift_reference(&x->profile, rai_model_schema(p->model), &x->ref, NULL);
	for (i = 0; rc == 0 && i < n; i++)
		loss[i] = fabs(x->holdout.actual[i] - x->holdout.rows.prediction[i]) /
			  x->holdout.actual[i];
	if (rc == 0)
		x->ref.accuracy_se = rai_stat_mean(loss, n, 0.95).se;
	free(loss);
	return rc;
}

static void
reference_release(struct reference *x)
{
	window_release(&x->rows);
	window_release(&x->holdout);
	rai_profile_release(&x->profile);
}

/* One day of a watch. */
struct day {
	const struct job *j;
	struct rai_drift_watch *watch;
	struct rai_rng r;
	int64_t at, change; /* rows so far; the first that is changed */
	size_t column;      /* what is */
	int was_drift, was_labels, was_broken;
	double *late; /* true values on their way: a ring of delay */
	int64_t delay;
	struct told *told;
};

/* After a push that came to rc. */
static void
look(struct day *d, int rc)
{
	const struct rai_drift_state *s = rai_drift_watch_state(d->watch);
	int drift = s->inputs.on, labels = s->target.on || s->error.on,
	    broken = s->broken || s->labels_broken;
	struct told *t = d->told;

	t->failed |= rc < 0;
	if (rc != 1)
		return;
	t->drift += drift && !d->was_drift;
	t->labels += labels && !d->was_labels;
	t->broken += broken && !d->was_broken;
	d->was_drift = drift;
	d->was_labels = labels;
	d->was_broken = broken;
	if (s->verdict != RAI_DRIFT_MOVED && s->verdict != RAI_DRIFT_BROKEN)
		return;
	t->alarms++;
	if (d->change > d->at)
		t->early = 1;
	else if (isinf(t->minutes))
		t->minutes = (double)(d->at + 1 - d->change) / scenarios[d->j->scenario].rate;
}

static int64_t
time_of(const struct day *d)
{
	return BEGIN_MS + d->at * 60000 / scenarios[d->j->scenario].rate;
}

static void
push_label(struct day *d, double actual)
{
	int64_t seq = d->at - d->delay;
	char id[32];

	if (seq >= 0) {
		snprintf(id, sizeof(id), "%lld", (long long)seq);
		look(d,
		    rai_drift_watch_label(d->watch, id, d->late[seq % d->delay], time_of(d), NULL));
	}
	d->late[d->at % d->delay] = actual;
}

/* The next rows, n at most. */
static int
push_rows(struct day *d, size_t n)
{
	const struct population *p = d->j->p;
	double shift = scenarios[d->j->scenario].shift;
	struct rai_cell cells[WINDOW_COLUMNS];
	struct window w;
	char id[32];
	size_t i;
	int rc = window_draw(p, n, 0, &d->r, &w);

	if (rc == 0 && shift > 0 && d->at >= d->change) {
		window_shift(p, &w, d->column, shift, &d->r);
		window_predict(p, &w);
	}
	for (i = 0; i < n && rc == 0; i++) {
		snprintf(id, sizeof(id), "%lld", (long long)d->at);
		window_cells(&w, i, cells);
		look(d, rai_drift_watch_prediction(d->watch,
			    &(struct rai_drift_row){.id = id,
				.time_ms = time_of(d),
				.cells = cells,
				.prediction = w.rows.prediction[i]},
			    NULL));
		if (scenarios[d->j->scenario].labels)
			push_label(d, w.actual[i]);
		d->at++;
	}
	window_release(&w);
	return rc;
}

/* All day; or to the alarm after a change that comes in the third window. */
static int
play(struct day *d)
{
	int64_t rate = scenarios[d->j->scenario].rate, all = MINUTES * rate, to;
	int64_t window = d->j->rule.window;

	d->change = INT64_MAX;
	if (scenarios[d->j->scenario].shift > 0) {
		d->column = window_column(d->j->p, 1, &d->r);
		d->change = 2 * window + (int64_t)rai_rng_below(&d->r, (uint64_t)window);
	}
	while (d->at < all && isinf(d->told->minutes)) {
		to = d->at < d->change && d->change < all ? d->change : all;
		if (push_rows(d, (size_t)(to - d->at < CHUNK ? to - d->at : CHUNK)) != 0)
			return -1;
	}
	return 0;
}

static void
one_day(void *ctx, size_t i, size_t worker)
{
	const struct job *j = ctx;
	struct day d = {.j = j,
	    .r = rai_rng_new(j->seed, 1000003 * (uint64_t)j->scenario + i),
	    .delay = (int64_t)LABELS_AFTER * scenarios[j->scenario].rate,
	    .told = &j->told[i]};
	struct reference x;

	(void)worker;
	*d.told = (struct told){.minutes = INFINITY, .failed = 1};
	d.late = calloc((size_t)d.delay, sizeof(*d.late));
	if (reference_draw(j->p, j->rows, &d.r, &x) == 0 && d.late != NULL &&
	    rai_drift_watch_new(&x.ref, &j->rule, &d.watch, NULL) == 0) {
		d.told->failed = 0;
		d.told->failed |= play(&d) != 0;
	}
	rai_drift_watch_free(d.watch);
	reference_release(&x);
	free(d.late);
}

/* As rai-drift has it without options, or as --calibrate chooses on a reference. */
static int
make_rule(struct job *j, const struct options *o, struct rai_err *err)
{
	struct rai_drift_plan plan = {.sustain = 2,
	    .alpha = 0.01,
	    .every_ms = BUDGET_MS,
	    .rows_per_ms = scenarios[j->scenario].rate / 60e3,
	    .coverage = scenarios[j->scenario].labels,
	    .brief = 1,
	    .seed = 1};
	struct rai_rng r = rai_rng_new(j->seed, UINT64_MAX);
	struct rai_drift_calibration c;
	struct reference x;
	int rc = 0;

	j->rule = (struct rai_drift_rule){.window = 500,
	    .sustain = 2,
	    .alpha = 0.01,
	    .psi_above = NAN,
	    .accuracy_below = NAN,
	    .coverage_least = 0.1,
	    .detectors = 1U << RAI_STREAM_CUSUM,
	    .detect_inputs = o->inputs != 0};
	if (!scenarios[j->scenario].calibrated)
		return 0;
	if (reference_draw(j->p, j->rows, &r, &x) != 0)
		rc = rai_fail_memory(err);
	if (rc == 0)
		rc = rai_drift_calibrate(&x.ref, &x.rows.rows, &plan, &c, err);
	reference_release(&x);
	if (rc != 0)
		return -1;
	j->rule.window = c.window;
	j->rule.alpha = c.alpha;
	j->rule.false_alarm_rows = c.rows_per_ms * (double)c.every_ms;
	rai_drift_calibration_release(&c);
	return 0;
}

/* Of so many events or fewer, where lambda are to be expected. */
static double
poisson(int64_t k, double lambda)
{
	double term = exp(-lambda), sum = term;
	int64_t i;

	for (i = 1; i <= k; i++)
		sum += term *= lambda / (double)i;
	return sum;
}

/* Where so many events or fewer have probability p: F. Garwood, Biometrika 28, 1936. */
static double
garwood(int64_t k, double p)
{
	double low = 0, high = 3 * (double)k + 20, mid;
	int i;

	for (i = 0; i < 60; i++) {
		mid = (low + high) / 2;
		if (poisson(k, mid) > p)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static void
print_clean(const struct job *j, size_t days)
{
	struct told sum = {.alarms = 0};
	double n = (double)days, goal = scenarios[j->scenario].goal;
	size_t i;

	for (i = 0; i < days; i++) {
		sum.alarms += j->told[i].alarms;
		sum.drift += j->told[i].drift;
		sum.broken += j->told[i].broken;
		sum.labels += j->told[i].labels;
	}
	printf("%8.3f %7.3f to %5.3f <= %4.2f %-4s %5lld drift, %lld broken, %lld by labels\n",
	    (double)sum.alarms / n, sum.alarms > 0 ? garwood(sum.alarms - 1, 0.975) / n : 0,
	    garwood(sum.alarms, 0.025) / n, goal, (double)sum.alarms / n <= goal ? "" : "MISS",
	    (long long)sum.drift, (long long)sum.broken, (long long)sum.labels);
}

static void
print_shifted(const struct job *j, size_t days)
{
	double *minutes = calloc(days + 1, sizeof(*minutes)), last;
	size_t i, n = 0, early = 0, never = 0;

	for (i = 0; minutes != NULL && i < days; i++) {
		early += j->told[i].early != 0;
		never += !j->told[i].early && isinf(j->told[i].minutes);
		if (!j->told[i].early)
			minutes[n++] = j->told[i].minutes;
	}
	if (minutes != NULL && n > 0) {
		rai_stat_sort(minutes, n);
		last = minutes[(n * 95 + 99) / 100 - 1];
		printf("%8.1f %7.1f %13s %4.0f %-4s %5zu never told, %zu alarms before\n",
		    minutes[n / 2], last, "<=", scenarios[j->scenario].goal,
		    last <= scenarios[j->scenario].goal ? "" : "MISS", never, early);
	}
	free(minutes);
}

static int
run_scenario(const struct population *p, const struct options *o, size_t s, struct rai_err *err)
{
	struct job j = {.p = p, .scenario = s, .seed = (uint64_t)o->seed, .rows = o->rows};
	size_t days = (size_t)o->days, i;
	int failed = 0;

	if (make_rule(&j, o, err) != 0)
		return -1;
	j.told = calloc(days, sizeof(*j.told));
	if (j.told == NULL)
		return rai_fail_memory(err);
	rai_par_for(days, (size_t)o->threads, one_day, &j);
	for (i = 0; i < days; i++)
		failed |= j.told[i].failed;
	if (!failed) {
		printf("%-32s %6lld %8lld %8.2g ", scenarios[s].name, (long long)j.rule.window,
		    (long long)j.rule.sustain, j.rule.alpha);
		(scenarios[s].shift > 0 ? print_shifted : print_clean)(&j, days);
		fflush(stdout);
	}
	free(j.told);
	return failed ? rai_fail_memory(err) : 0;
}

static int
run(const struct options *o, const char *data, struct rai_err *err)
{
	struct population p;
	size_t s;
	int rc = population_open(o->model, data, &p, err), shifted = -1;

	for (s = 0; rc == 0 && s < SCENARIOS; s++) {
		int is = scenarios[s].shift > 0;

		if (o->only != NULL && strstr(scenarios[s].name, o->only) == NULL)
			continue;
		if (is != shifted)
			printf("%-32s %6s %8s %8s %8s %16s %7s\n",
			    is ? "minutes until told" : "alarms a day", "rows", "in a row", "alpha",
			    is ? "median" : "mean", is ? "95th          " : "95 %", "goal");
		shifted = is;
		rc = run_scenario(&p, o, s, err);
	}
	population_release(&p);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.days = 200, .rows = 10000, .threads = 2};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'm', "model", "file", "the model that predicts", &o.model, 0},
	    {RAI_OPT_INT, 'n', "days", "n", "of each kind (200)", &o.days, 0},
	    {RAI_OPT_INT, 0, "rows", "n", "of each reference (10000)", &o.rows, 0},
	    {RAI_OPT_INT, 's', "seed", "n", "of the draws (0)", &o.seed, 0},
	    {RAI_OPT_INT, 't', "threads", "n", "at once (2)", &o.threads, 0},
	    {RAI_OPT_FLAG, 0, "inputs", NULL, "detectors watch inputs too", &o.inputs, 0},
	    {RAI_OPT_STR, 0, "only", "text", "only kinds whose name holds this text", &o.only, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "days",
	    .synopsis = "data",
	    .summary = "counts the alarms of whole days, and the minutes until a change is told",
	    .opts = opts};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1);
	int i = rai_cli_parse(&cli, argc, argv);

	if (i != argc - 1 || o.model == NULL || o.days < 1 || o.rows < 100 || o.threads < 1)
		rai_cli_usage(&cli, "--model and one data file are needed; 100 rows or more");
	i = rai_cli_finish(&cli, run(&o, argv[i], &err), &out, &err);
	rai_buf_free(&out);
	return i;
}

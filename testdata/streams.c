/*
 * How good are the streaming detectors?  Clean streams and streams that change are drawn from known
 * distributions (of errors: from those of a model's hold-out), and false alarms and delays are
 * counted, of the CUSUM beside those that people use.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "cli/cli.h"
#include "drift/profile.h"
#include "model/model.h"
#include "stat/stat.h"
#include "stat/stream.h"

enum { CLEAN = 6000, BEFORE = 1000, PER_WORLD = 10 };

struct options {
	const char *model, *detector;
	double share; /* of clean streams that may alarm, of the CUSUM */
	int64_t streams, seed, rows;
};

enum draws { DRAW_ERROR, DRAW_NORMAL, DRAW_ABSOLUTE, DRAW_SIGNED };

static const struct {
	const char *name;
	enum draws draws;
	double from, to, goal; /* of the delay's median, of the CUSUM */
} scenarios[] = {
    {"error rate 0.2 -> 0.3", DRAW_ERROR, 0.2, 0.3, 400},
    {"error rate 0.2 -> 0.4", DRAW_ERROR, 0.2, 0.4, 90},
    {"+ 0.5 sd", DRAW_NORMAL, 0, 0.5, 85},
    {"+ 1 sd", DRAW_NORMAL, 0, 1, 20},
    {"prices + 20 %, absolute", DRAW_ABSOLUTE, 1, 1.2, 190},
    {"prices + 10 %, signed", DRAW_SIGNED, 1, 1.1, 95},
};
enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]), GOAL_FALSE = 4 };

static double
normal(struct rai_rng *r)
{
	return rai_stat_normal_quantile((double)(rai_rng_u64(r) >> 12) * 0x1p-52 + 0x1p-53);
}

/* Actual value by prediction: between the order statistics of the hold-out; without a model a
 * normal one with heavy tails. */
static double
ratio(const struct rai_profile_col *errors, struct rai_rng *r)
{
	if (errors->name != NULL)
		return rai_stat_quantile(errors->quantile, errors->nquantile, rai_rng_unit(r));
	return exp((rai_rng_unit(r) < 0.1 ? 0.4 : 0.15) * normal(r));
}

static double
draw(enum draws what, double size, const struct rai_profile_col *errors, struct rai_rng *r)
{
	switch (what) {
	case DRAW_ERROR:
		return rai_rng_unit(r) < size;
	case DRAW_NORMAL:
		return normal(r) + size;
	case DRAW_ABSOLUTE:
		return fabs(1 - 1 / (size * ratio(errors, r)));
	case DRAW_SIGNED:
		break;
	}
	return log(size * ratio(errors, r));
}

/* What a detector did in one scenario. */
struct tally {
	size_t streams, alarmed, unseen;
	double *delay;
};

/* A detector that can begin anew, with the limits that it knows by now. */
struct fresh {
	struct rai_stat_stream *s;
	double *state;
	size_t n;
};

static int
fresh_make(struct fresh *f, const struct rai_stat_stream_rule *rule)
{
	const double *state;

	memset(f, 0, sizeof(*f));
	if (rai_stat_stream_new(rule, &f->s, NULL) != 0)
		return -1;
	state = rai_stat_stream_state(f->s, &f->n);
	f->state = malloc((f->n + 1) * sizeof(*f->state));
	if (f->state == NULL)
		return -1;
	memcpy(f->state, state, f->n * sizeof(*f->state));
	return 0;
}

static void
fresh_release(struct fresh *f)
{
	rai_stat_stream_free(f->s);
	free(f->state);
}

/* Values up to the next alarm, n at most; n: there was none. */
static size_t
run_until(struct rai_stat_stream *s, size_t scenario, double size, size_t n,
    const struct rai_profile_col *errors, struct rai_rng *r)
{
	struct rai_stat_change change;
	size_t i;

	for (i = 0; i < n; i++)
		if (rai_stat_stream_push(s, draw(scenarios[scenario].draws, size, errors, r),
			&change) == RAI_STREAM_ALARM)
			break;
	return i;
}

/* A reference of its own, and streams that it is the reference of. */
static int
run_world(const struct options *o, enum rai_stat_stream_kind kind, size_t scenario,
    const struct rai_profile_col *errors, struct rai_rng *r, struct tally *t)
{
	double *v = malloc((size_t)o->rows * sizeof(*v)), from = scenarios[scenario].from;
	struct rai_profile world = {.n = 0};
	struct rai_stat_stream_rule rule = rai_stat_stream_default(kind);
	struct fresh f = {NULL, NULL, 0};
	size_t i, k, n;
	int rc = v == NULL ? -1 : 0;

	for (i = 0; rc == 0 && i < (size_t)o->rows; i++)
		v[i] = draw(scenarios[scenario].draws, from, errors, r);
	if (rc == 0)
		rc = rai_profile_from_num(&world.target, "reference", v, (size_t)o->rows, NULL);
	free(v);
	rule.reference = world.target.quantile;
	rule.nreference = world.target.nquantile;
	rule.rows = o->rows;
	rule.upward =
	    scenarios[scenario].draws == DRAW_ERROR || scenarios[scenario].draws == DRAW_ABSOLUTE;
	rule.share = o->share;
	if (rc == 0)
		rc = fresh_make(&f, &rule);
	for (k = 0; rc == 0 && k < PER_WORLD && t->streams < (size_t)o->streams; k++) {
		rc = rai_stat_stream_restore(f.s, f.state, f.n, NULL);
		t->alarmed += run_until(f.s, scenario, from, CLEAN, errors, r) < CLEAN;
		rc |= rai_stat_stream_restore(f.s, f.state, f.n, NULL);
		for (n = 0; n < BEFORE; n++) /* alarms before the change begin anew */
			n += run_until(f.s, scenario, from, BEFORE - n, errors, r);
		n = run_until(f.s, scenario, scenarios[scenario].to, CLEAN, errors, r);
		t->unseen += n == CLEAN;
		t->delay[t->streams++] = (double)n + 1;
	}
	fresh_release(&f);
	rai_profile_release(&world);
	return rc;
}

static int
run_scenario(const struct options *o, enum rai_stat_stream_kind kind, size_t scenario,
    const struct rai_profile_col *errors)
{
	struct rai_rng r = rai_rng_new((uint64_t)o->seed, 100 * scenario + 1);
	struct tally t = {.delay = calloc((size_t)o->streams, sizeof(double))};
	double share, median;
	int rc = t.delay == NULL ? -1 : 0, met;

	while (rc == 0 && t.streams < (size_t)o->streams)
		rc = run_world(o, kind, scenario, errors, &r, &t);
	if (rc == 0) {
		rai_stat_sort(t.delay, t.streams);
		median = t.delay[t.streams / 2];
		share = 100 * (double)t.alarmed / (double)t.streams;
		met = share <= GOAL_FALSE && median <= scenarios[scenario].goal;
		printf("%-24s %-13s %8.1f %8.0f", scenarios[scenario].name,
		    rai_stat_stream_names[kind], share, median);
		if (kind == RAI_STREAM_CUSUM)
			printf("  <= %3.0f %s", scenarios[scenario].goal, met ? "" : "MISS");
		printf("%s\n", t.unseen > t.streams / 2 ? "  (most are not seen)" : "");
		fflush(stdout);
	}
	free(t.delay);
	return rc;
}

static int
read_errors(const char *path, struct rai_profile *out, struct rai_err *err)
{
	struct rai_model *m = NULL;
	struct cJSON *doc = NULL;
	const char *text;
	int rc = -1;

	if (rai_model_open(path, &m, err) != 0)
		return -1;
	text = rai_model_meta(m, "rai.profile");
	if (text != NULL)
		doc = rai_json_parse(text, strlen(text), err);
	if (doc != NULL)
		rc = rai_profile_read(doc, out, err);
	else if (text == NULL)
		rai_fail(err, RAI_EINPUT, "%s: holds no reference profile", path);
	if (rc == 0 && (out->error.name == NULL || strcmp(out->error.name, "ratio") != 0))
		rc = rai_fail(err, RAI_EINPUT, "%s: holds no errors by ratio", path);
	rai_json_free(doc);
	rai_model_free(m);
	return rc;
}

static int
run(const struct options *o, struct rai_err *err)
{
	struct rai_profile profile = {.n = 0};
	size_t s;
	int kind, rc = o->model != NULL ? read_errors(o->model, &profile, err) : 0;

	if (rc == 0)
		printf("%-24s %-13s %8s %8s\n", "", "detector", "false %", "delay");
	for (s = 0; rc == 0 && s < SCENARIOS; s++)
		for (kind = 0; rc == 0 && rai_stat_stream_names[kind] != NULL; kind++) {
			int bits = kind == RAI_STREAM_DDM || kind == RAI_STREAM_EDDM;

			if ((o->detector != NULL &&
				strcmp(o->detector, rai_stat_stream_names[kind]) != 0) ||
			    (bits && scenarios[s].draws != DRAW_ERROR))
				continue;
			if (run_scenario(o, (enum rai_stat_stream_kind)kind, s, &profile.error) !=
			    0)
				rc = rai_fail_memory(err);
		}
	rai_profile_release(&profile);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.share = 0.04, .streams = 200, .rows = 2700};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'm', "model", "file", "draw errors as its hold-out had them", &o.model,
		0},
	    {RAI_OPT_STR, 'd', "detector", "name", "only this one", &o.detector, 0},
	    {RAI_OPT_INT, 'n', "streams", "n", "of each kind (200)", &o.streams, 0},
	    {RAI_OPT_NUM, 0, "share", "x", "false alarms in 6,000 values, of the CUSUM (0.04)",
		&o.share, 0},
	    {RAI_OPT_INT, 0, "rows", "n", "of each reference (2700)", &o.rows, 0},
	    {RAI_OPT_INT, 's', "seed", "n", "of the draws (0)", &o.seed, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "streams",
	    .synopsis = "",
	    .summary = "counts false alarms and delays of streaming detectors",
	    .opts = opts};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1);
	int i = rai_cli_parse(&cli, argc, argv);

	if (i != argc || o.streams < 1 || o.rows < 20)
		rai_cli_usage(&cli, "streams and rows are positive, rows 20 or more");
	i = rai_cli_finish(&cli, run(&o, &err), &out, &err);
	rai_buf_free(&out);
	return i;
}

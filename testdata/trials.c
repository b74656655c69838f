/*
 * trials: how often rai-drift's verdict is right.  Reference and windows are drawn with replacement
 * from the rows of one file, so that without a change both come from the same population; then
 * something is changed, and windows in which the verdict says so are counted, beside the fixed
 * rules that people use instead.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "cli/cli.h"
#include "trials.h"

struct options {
	const char *model, *only;
	int64_t trials, seed, threads;
	int clean, power;
};

/* n rows of the reference, m of the window, percent of windows that should (or should not) alarm.
 */
static const struct {
	const char *name;
	enum change change;
	double size;
	size_t n, m;
	double alpha, goal;
	int at_most;
} scenarios[] = {
    {"clean, 20 rows", CHANGE_NONE, 0, 20, 1000, 0.01, 2.2, 1},
    {"clean, 100 rows", CHANGE_NONE, 0, 100, 1000, 0.01, 2.2, 1},
    {"clean, 500 rows", CHANGE_NONE, 0, 500, 1000, 0.01, 2.2, 1},
    {"clean, 2,000 rows", CHANGE_NONE, 0, 2000, 1000, 0.01, 2.2, 1},
    {"clean, 10,000 rows", CHANGE_NONE, 0, 10000, 1000, 0.01, 2.2, 1},
    {"clean, 20 rows", CHANGE_NONE, 0, 20, 10000, 0.01, 2.2, 1},
    {"clean, 100 rows", CHANGE_NONE, 0, 100, 10000, 0.01, 2.2, 1},
    {"clean, 500 rows", CHANGE_NONE, 0, 500, 10000, 0.01, 2.2, 1},
    {"clean, 2,000 rows", CHANGE_NONE, 0, 2000, 10000, 0.01, 2.2, 1},
    {"clean, 10,000 rows", CHANGE_NONE, 0, 10000, 10000, 0.01, 2.2, 1},
    {"clean, 20 rows", CHANGE_NONE, 0, 20, 1000, 0.05, 7.2, 1},
    {"clean, 100 rows", CHANGE_NONE, 0, 100, 1000, 0.05, 7.2, 1},
    {"clean, 500 rows", CHANGE_NONE, 0, 500, 1000, 0.05, 7.2, 1},
    {"clean, 2,000 rows", CHANGE_NONE, 0, 2000, 1000, 0.05, 7.2, 1},
    {"clean, 10,000 rows", CHANGE_NONE, 0, 10000, 1000, 0.05, 7.2, 1},
    {"clean, 20 rows", CHANGE_NONE, 0, 20, 10000, 0.05, 7.2, 1},
    {"clean, 100 rows", CHANGE_NONE, 0, 100, 10000, 0.05, 7.2, 1},
    {"clean, 500 rows", CHANGE_NONE, 0, 500, 10000, 0.05, 7.2, 1},
    {"clean, 2,000 rows", CHANGE_NONE, 0, 2000, 10000, 0.05, 7.2, 1},
    {"clean, 10,000 rows", CHANGE_NONE, 0, 10000, 10000, 0.05, 7.2, 1},
    {"one column + 1 sd", CHANGE_SHIFT, 1, 50, 10000, 0.01, 90, 0},
    {"one column + 0.5 sd", CHANGE_SHIFT, 0.5, 100, 10000, 0.01, 55, 0},
    {"one column + 0.5 sd", CHANGE_SHIFT, 0.5, 500, 10000, 0.01, 98, 0},
    {"one column + 0.25 sd", CHANGE_SHIFT, 0.25, 500, 10000, 0.01, 85, 0},
    {"one column + 0.25 sd", CHANGE_SHIFT, 0.25, 2000, 10000, 0.01, 98, 0},
    {"a category's share doubled", CHANGE_SHARE, 2, 500, 10000, 0.01, 98, 0},
    {"missing + 10 points", CHANGE_MISSING, 0.1, 500, 10000, 0.01, 88, 0},
    {"a new category, 1 %", CHANGE_UNSEEN, 0.01, 500, 10000, 0.01, 75, 0},
    {"1 % outliers", CHANGE_OUTLIERS, 0.01, 2000, 10000, 0.01, 88, 0},
    {"dependence broken", CHANGE_SHUFFLE, 0, 2000, 10000, 0.01, 98, 0},
    {"every number + 0.1 sd", CHANGE_ALL, 0.1, 500, 10000, 0.01, 60, 0},
    {"prices + 20 %, with labels", CHANGE_TARGET, 1.2, 500, 10000, 0.01, 95, 0},
    {"all + 0.02 sd, 200,000 rows", CHANGE_ALL, 0.02, 200000, 10000, 0.01, 0, 1},
    {"one column x 1000: drift", CHANGE_UNIT, 1000, 500, 10000, 0.01, 0, 1},
    {"one column stands still: drift", CHANGE_FREEZE, 0, 500, 10000, 0.01, 0, 1},
    {"rows sent twice: drift", CHANGE_REPLAY, 0.3, 500, 10000, 0.01, 0, 1},
};
enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

/* What many trials of one scenario came to. */
struct job {
	const struct population *p;
	size_t scenario, trials;
	uint64_t seed;
	struct outcome *outcome; /* trials */
};

static void
one_trial(void *ctx, size_t i, size_t worker)
{
	const struct job *j = ctx;

	(void)worker;
	trial(j->p,
	    &(struct setting){.change = scenarios[j->scenario].change,
		.size = scenarios[j->scenario].size,
		.n = scenarios[j->scenario].n,
		.m = scenarios[j->scenario].m,
		.alpha = scenarios[j->scenario].alpha,
		.seed = j->seed * 1000003 + j->scenario * 100003 + i},
	    &j->outcome[i]);
}

static int
run_scenario(const struct population *p, const struct options *o, size_t s)
{
	size_t trials = (size_t)o->trials, i;
	struct job j = {.p = p, .scenario = s, .seed = (uint64_t)o->seed};
	double alarm = 0, psi = 0, ks = 0, broken = 0, failed = 0, scale;
	int met;

	if (scenarios[s].n >= 100000)
		trials = 20;
	j.trials = trials;
	j.outcome = calloc(trials, sizeof(*j.outcome));
	if (j.outcome == NULL)
		return -1;
	rai_par_for(trials, (size_t)o->threads, one_trial, &j);
	for (i = 0; i < trials; i++) {
		alarm += j.outcome[i].drifted;
		psi += j.outcome[i].psi;
		ks += j.outcome[i].ks;
		broken += j.outcome[i].broken;
		failed += j.outcome[i].failed;
	}
	free(j.outcome);
	scale = 100 / (double)trials;
	met = scenarios[s].at_most ? alarm * scale <= scenarios[s].goal
				   : alarm * scale >= scenarios[s].goal;
	printf("%-30s %7zu %7zu %4.0f%% %8.2f %s %5.1f %-4s %8.1f %8.1f %8.1f\n", scenarios[s].name,
	    scenarios[s].n, scenarios[s].m, 100 * scenarios[s].alpha, alarm * scale,
	    scenarios[s].at_most ? "<=" : ">=", scenarios[s].goal, met ? "" : "MISS",
	    broken * scale, psi * scale, ks * scale);
	fflush(stdout);
	return failed > 0 ? -1 : 0;
}

static int
run(const struct options *o, const char *data, struct rai_err *err)
{
	struct population p;
	size_t s;
	int rc = population_open(o->model, data, &p, err);

	printf("%-30s %7s %7s %5s %8s %8s %4s %8s %8s %8s\n", "% of windows", "rows", "ref",
	    "alpha", "verdict", "goal", "", "broken", "PSI>0.3", "p<0.05");
	for (s = 0; rc == 0 && s < SCENARIOS; s++) {
		int is_clean = scenarios[s].change == CHANGE_NONE;

		if ((is_clean && o->power) || (!is_clean && o->clean) ||
		    (o->only != NULL && strstr(scenarios[s].name, o->only) == NULL))
			continue;
		if (run_scenario(&p, o, s) != 0)
			rc = rai_fail_memory(err);
	}
	population_release(&p);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.trials = 2000, .threads = 2};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'm', "model", "file", "the model that predicts", &o.model, 0},
	    {RAI_OPT_INT, 'n', "trials", "n", "windows of each kind (2000)", &o.trials, 0},
	    {RAI_OPT_INT, 's', "seed", "n", "of the draws (0)", &o.seed, 0},
	    {RAI_OPT_INT, 't', "threads", "n", "at once (2)", &o.threads, 0},
	    {RAI_OPT_FLAG, 0, "clean", NULL, "only windows in which nothing is changed", &o.clean,
		0},
	    {RAI_OPT_FLAG, 0, "power", NULL, "only windows in which something is", &o.power, 0},
	    {RAI_OPT_STR, 0, "only", "text", "only kinds whose name holds this text", &o.only, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "trials",
	    .synopsis = "data",
	    .summary = "counts right and wrong verdicts on windows drawn from a file",
	    .opts = opts};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1);
	int i = rai_cli_parse(&cli, argc, argv);

	if (i != argc - 1 || o.model == NULL || o.trials < 1 || o.threads < 1)
		rai_cli_usage(&cli, "--model and one data file are needed");
	i = rai_cli_finish(&cli, run(&o, argv[i], &err), &out, &err);
	rai_buf_free(&out);
	return i;
}

#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "base/tap.h"
#include "drift/rivals.h"

static const struct rai_stat_rule rule = {0.01, 0.02, 20};

/* Error share of a prediction around 100. */
static double
says(struct rai_rng *r, double off)
{
	return 100 * (1 + off * (2 * rai_rng_unit(r) - 1));
}

static enum rai_stat_verdict
verdict(const struct rai_drift_contest *c)
{
	return rai_stat_sequence_judge(&c->so_far, &rule);
}

/* n rows; share of them to the challenger, whose errors are as large as off says; both: paired. */
static void
play(struct rai_drift_contest *c, uint64_t seed, int n, double share, double off, int both,
    int64_t later_ms)
{
	struct rai_drift_rivals *g = rai_drift_rivals_new();
	struct rai_rng r = rai_rng_new(seed, 5);
	char id[32];
	int i, side;

	for (i = 0; i < n; i++) {
		int64_t ms = 1000 + i;

		snprintf(id, sizeof(id), "row-%d", i);
		side = rai_rng_unit(&r) < share;
		if (both || !side)
			rai_drift_rivals_said(g, id, 0, says(&r, 0.2), ms, NULL);
		if (both || side)
			rai_drift_rivals_said(g, id, 1, says(&r, off), ms, NULL);
		rai_drift_rivals_truth(g, id, 100, side ? ms + later_ms : ms, NULL);
	}
	rai_drift_rivals_contest(g, c);
	rai_drift_rivals_free(g);
}

static void
test_contest__finds_who_is_worse(void)
{
	struct rai_drift_contest c;

	play(&c, 1, 2000, 0, 0.5, 1, 0);
	ok(c.paired && c.so_far.n == 2000, "the same rows are pairs");
	ok_near(c.loss[0], 0.1, 0.01, "the champion's loss");
	ok_near(c.loss[1], 0.25, 0.01, "the challenger's");
	is_int(verdict(&c), RAI_STAT_WORSE, "it is worse");
	play(&c, 1, 2000, 0, 0.05, 1, 0);
	is_int(verdict(&c), RAI_STAT_BETTER, "or better");
	play(&c, 1, 20000, 0.1, 0.5, 0, 0);
	ok(!c.paired && !c.apart && c.so_far.n > 1500, "other rows, at one time");
	is_int(verdict(&c), RAI_STAT_WORSE, "worse, too");
	ok_near(c.so_far.sum / (double)c.so_far.n, 0.15, 0.02, "by as much");
	play(&c, 1, 20000, 0.1, 0.5, 0, 1000000);
	ok(c.apart, "at another time");
	is_int(c.so_far.n, c.rows[1], "one by one");
	is_int(verdict(&c), RAI_STAT_WORSE, "worse");
	play(&c, 1, 20000, 0.5, 0.2, 0, 0);
	is_int(verdict(&c), RAI_STAT_EQUIVALENT, "alike");
}

/* Two models that err alike, looked at after every row: a verdict of worse or better is false. */
static void
test_contest__keeps_its_promise(void)
{
	int trial, n, wrong = 0;
	struct rai_drift_contest c;

	for (trial = 0; trial < 100; trial++) {
		int said = 0;

		for (n = 100; n <= 1600; n *= 2) {
			play(&c, 100 + (uint64_t)trial, n, 0.3, 0.2, 0, 0);
			said |= verdict(&c) == RAI_STAT_WORSE || verdict(&c) == RAI_STAT_BETTER;
		}
		wrong += said;
	}
	ok(wrong <= 4, "at most a few of 100 at 1 %");
	printf("# %d of 100\n", wrong);
}

static void
test_rivals__counts_once(void)
{
	struct rai_drift_rivals *g = rai_drift_rivals_new();
	struct rai_drift_contest c;
	char id[32];
	int i;

	rai_drift_rivals_classes(g);
	for (i = 0; i < 3000; i++) {
		snprintf(id, sizeof(id), "%d", i);
		rai_drift_rivals_truth(g, id, rai_drift_rivals_class("yes"), 1, NULL);
		rai_drift_rivals_truth(g, id, rai_drift_rivals_class("no"), 1, NULL);
		rai_drift_rivals_said(
		    g, id, 0, rai_drift_rivals_class(i % 3 ? "yes" : "no"), 1, NULL);
		rai_drift_rivals_said(g, id, 0, rai_drift_rivals_class("no"), 1, NULL);
	}
	rai_drift_rivals_contest(g, &c);
	is_int(c.rows[0], 3000, "rows once each");
	ok_rel(c.loss[0], 1.0 / 3, 1e-12, "classes: the share of wrong ones");
	is_int(c.rows[1], 0, "nobody else");
	ok(isnan(c.loss[1]) && c.so_far.n == 0, "so no difference");
	rai_drift_rivals_free(g);
}

int
main(void)
{
	test_contest__finds_who_is_worse();
	test_contest__keeps_its_promise();
	test_rivals__counts_once();
	return tap_done();
}

#include "drift/impact.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/tap.h"
#include "drift/state.h"
#include "drift/watch.h"
#include "drift/window.h"
#include "drift/world.h"

/*
 * Losses of which all is known: 0.1 of a house, 0.3 of anything else; a row with an area above 300,
 * as 2.5 % have, is unlike the training.
 */
static int
ask(const void *ctx, const struct rai_cell *cells, const double *prediction, size_t n,
    struct rai_drift_estimate *out)
{
	size_t i;

	(void)ctx;
	(void)prediction;
	for (i = 0; i < n; i++, cells += COLUMNS)
		out[i] = (struct rai_drift_estimate){cells[TYPE].code == 0 ? 0.1 : 0.3,
		    cells[ROOMS].num == 1 ? 0.6 : 0.4, cells[AREA].num > 300};
	return 0;
}

/* In this world 70 % are houses. */
static const struct rai_drift_estimator knows = {.accuracy = 1,
    .reference = 0.16,
    .spread = 0.8,
    .own = 0.02,
    .outside = 0.025,
    .spoilt = 0.44,
    .spoilt_sd = 0.08,
    .rows = 2000,
    .ask = ask};
static const struct rai_drift_rule rule = {
    .window = 500, .sustain = 2, .alpha = 0.01, .psi_above = NAN, .accuracy_below = NAN};

/* Judges n rows of the world. */
static struct rai_drift_impact
judge(const struct reference *r, const struct rai_drift_rule *how, struct world w, size_t n)
{
	struct rai_drift_window window;
	struct rai_drift_inputs in;
	struct rai_drift_impact out = {.metric = NULL};
	struct rai_cell cells[COLUMNS];
	double price;
	size_t i;

	memset(cells, 0, sizeof(cells));
	rai_drift_window_init(&window, &r->schema, 1);
	for (i = 0; i < n; i++) {
		struct rai_drift_row row = {.id = "x", .cells = cells};

		row.prediction = world_row(&w, cells, &price);
		rai_drift_window_add(&window, &row);
	}
	rai_drift_window_sum(&window);
	memset(&in, 0, sizeof(in));
	if (rai_drift_judge_inputs(&r->ref, how, 0.01, &window.rows, &in, NULL) == 0)
		rai_drift_judge_impact(&r->ref, how, &window.rows, &in, &out, NULL, NULL);
	rai_drift_inputs_release(&in);
	rai_drift_window_release(&window);
	return out;
}

static void
test_same(const struct reference *r)
{
	struct rai_drift_impact m = judge(r, &rule, world_new(5), 2000);
	double e = 0.16, square = 0.7 * 0.01 + 0.3 * 0.09;
	double wide = 1.96 * sqrt(0.64 * square / 2000 + 0.0004 * e * e);

	is_str(m.metric, "accuracy", "the metric");
	ok(m.verdict == RAI_IMPACT_SAME, "nothing moved");
	ok_near(m.expected, 1 - e, 0.01, "mean of what is known of each row");
	ok_near(m.high - m.low, 2 * wide, 0.001, "the interval by hand");
	ok(m.ncost == 0, "no column has a cost");
	ok(m.outside < m.outside_limit && m.reason[0] == '\0', "inside");
	ok(!m.lingers, "clearly as it was");
}

/* Of losses 2 % are over 3 times the expected one, and so with every factor of 2^4 in rarity twice
 * as much: 0.025 / 2000 is 1600 times as rare as 0.02. */
static void
test_one_row(struct reference *r)
{
	struct rai_drift_impact m = judge(r, &rule, world_new(5), 2000), wide;
	struct rai_drift_estimator far = knows;

	far.tail = 3;
	far.tail_share = 0.02;
	far.tail_index = 0.25;
	r->ref.impact = &far;
	wide = judge(r, &rule, world_new(5), 2000);
	ok(wide.expected == m.expected && wide.high == m.high, "what is lost less is as it was");
	ok_rel(m.low - wide.low, (1 - m.expected) * (3 * 6.324555320336759 - 1) / 2000, 1e-9,
	    "more may be lost by one row");
	r->ref.impact = &knows;
}

static void
test_worse(const struct reference *r)
{
	struct world w = world_new(6);
	struct rai_drift_rule strict = rule;
	struct rai_drift_impact m;

	w.mix = 0.5; /* of the houses became flats */
	m = judge(r, &rule, w, 2000);
	ok(m.verdict == RAI_IMPACT_WORSE, "half of the houses are gone");
	ok_near(m.expected, 1 - (0.35 * 0.1 + 0.65 * 0.3), 0.01, "so much is to be expected");
	ok(m.ncost >= 1 && strcmp(m.cost[0].name, "Type") == 0, "by the type");
	ok_near(m.cost[0].cost, 0.35 * 0.2, 0.03, "which costs so much");
	w = world_new(7);
	strict.accuracy_below = 0.9;
	m = judge(r, &strict, w, 2000);
	ok(m.verdict == RAI_IMPACT_WORSE, "below what was asked for");
	ok(strstr(m.reason, "against 0.84 on the hold-out") != NULL, m.reason);
}

/* The share of rows without a number of rooms, and what is said then. */
static void
test_unknown(const struct reference *r)
{
	struct world w = world_new(8);
	struct rai_drift_impact m;

	w.missing = 0.2;
	m = judge(r, &rule, w, 2000);
	ok(m.verdict == RAI_IMPACT_UNKNOWN && isnan(m.expected) && isnan(m.low), "nothing is told");
	ok(strstr(m.reason, "Rooms is missing") != NULL, m.reason);
	w = world_new(8);
	w.area = 7;
	m = judge(r, &rule, w, 2000);
	ok(m.verdict == RAI_IMPACT_UNKNOWN, "another unit");
	ok(strstr(m.reason, "broken") != NULL, m.reason);
	w = world_new(8);
	w.shift = 0.8;
	m = judge(r, &rule, w, 2000);
	ok(m.verdict == RAI_IMPACT_UNKNOWN && m.outside > 0.05, "rows like none of the training");
	ok(strstr(m.reason, "unlike") != NULL && m.ncost == 0, m.reason);
}

static void
test_nobody(struct reference *r)
{
	struct rai_drift_impact m;
	char text[100];

	r->ref.impact = NULL;
	m = judge(r, &rule, world_new(9), 500);
	ok(m.metric == NULL && m.verdict == RAI_IMPACT_UNKNOWN, "nobody can be asked");
	rai_drift_impact_say(&m, text, sizeof(text));
	is_str(text, "", "so nothing is said");
	r->ref.impact = &knows;
}

static void
test_denied(void)
{
	struct rai_drift_impact m = {
	    .verdict = RAI_IMPACT_SAME, .metric = "accuracy", .low = 0.83, .high = 0.87};
	struct rai_drift_labels l = {.worse = 1, .low = 0.7, .high = 0.75};

	ok(rai_drift_impact_denied(&m, &l), "labels are worse than the inputs explain");
	l.high = 0.84;
	ok(!rai_drift_impact_denied(&m, &l), "they may be as bad");
	l.high = 0.75;
	l.worse = 0;
	ok(!rai_drift_impact_denied(&m, &l), "the error is not worse");
	l.worse = 1;
	m.verdict = RAI_IMPACT_UNKNOWN;
	ok(!rai_drift_impact_denied(&m, &l), "nothing was estimated");
}

static void
test_mae(struct reference *r)
{
	struct rai_drift_estimator mae = knows;
	struct world w = world_new(10);
	struct rai_drift_impact m;

	mae.accuracy = 0;
	r->ref.impact = &mae;
	w.mix = 0.5;
	m = judge(r, &rule, w, 2000);
	ok(m.verdict == RAI_IMPACT_WORSE && strcmp(m.metric, "mae") == 0, "an absolute error");
	ok_near(m.expected, 0.35 * 0.1 + 0.65 * 0.3, 0.01, "is the mean loss itself");
	ok(m.low < m.expected && m.expected < m.high, "in its interval");
	r->ref.impact = &knows;
}

/* So many rows of the world, with or without labels. */
static void
push(struct rai_drift_watch *watch, struct world *w, int rows, int labelled)
{
	struct rai_cell cells[COLUMNS];
	char id[RAI_DRIFT_ID];
	double price;
	int i;

	memset(cells, 0, sizeof(cells));
	for (i = 0; i < rows; i++) {
		struct rai_drift_row row = {.id = id, .cells = cells};

		row.prediction = world_row(w, cells, &price);
		snprintf(id, sizeof(id), "id-%lld",
		    (long long)rai_drift_watch_state(watch)->predictions);
		rai_drift_watch_prediction(watch, &row, NULL);
		if (labelled)
			rai_drift_watch_label(watch, id, price, 0, NULL);
	}
}

/* 3 windows of the world; the state after them. */
static struct rai_drift_state
watch(const struct reference *r, struct world w, int labelled)
{
	struct rai_drift_state state = {.verdict = RAI_DRIFT_NONE};
	struct rai_drift_watch *watch = NULL;

	if (!ok(rai_drift_watch_new(&r->ref, &rule, &watch, NULL) == 0, "a watch"))
		return state;
	push(watch, &w, 1500, labelled);
	state = *rai_drift_watch_state(watch);
	state.in = NULL;
	state.impact = NULL;
	state.labels = NULL;
	rai_drift_watch_free(watch);
	return state;
}

static void
test_advice(const struct reference *r)
{
	struct world w = world_new(11);
	struct rai_drift_state s;

	w.mix = 0.5;
	s = watch(r, w, 0);
	ok(s.cost.on && s.advice == RAI_ADVISE_RETRAIN, "a trusted estimate advises a retrain");
	ok(strstr(s.message, "most by Type") != NULL, s.message);
	s = watch(r, w, 1);
	ok(s.cost.on && !s.error.on && s.advice == RAI_ADVISE_WAIT, "until labels know better");
	w = world_new(12);
	w.new_share = 0.05;
	s = watch(r, w, 0);
	ok(!s.cost.on && s.advice == RAI_ADVISE_LABELS, "no cost was found: labels are wanted");
	w = world_new(13);
	w.inflate = 1.3;
	s = watch(r, w, 1);
	ok(s.error.on && s.advice == RAI_ADVISE_RETRAIN, "labels say that it is worse");
	ok(strstr(s.message, "(concept drift)") != NULL, s.message);
}

/* The watch as a state file makes it again; frees the old one. */
static struct rai_drift_watch *
again(const struct reference *r, struct rai_drift_watch *watch)
{
	struct rai_buf lines = RAI_BUF_INIT(1 << 24);
	struct rai_drift_watch *copy = NULL;
	struct rai_err err = RAI_ERR_INIT;

	rai_drift_watch_save(watch, &lines);
	rai_drift_watch_free(watch);
	ok(rai_drift_watch_new(&r->ref, &rule, &copy, &err) == 0 &&
		rai_drift_watch_keep(copy, &err) == 0 &&
		rai_drift_watch_load(copy, lines.ptr, lines.len, 1, &err) == 0,
	    err.msg[0] != '\0' ? err.msg : "remembered");
	rai_buf_free(&lines);
	return copy;
}

/* Labels, of the first rows alone and late, for prices so much higher; the state after them. */
static void
late_labels(struct rai_drift_watch *watch, struct world w, int rows)
{
	struct rai_cell cells[COLUMNS];
	char id[RAI_DRIFT_ID];
	double price;
	int i;

	memset(cells, 0, sizeof(cells));
	for (i = 0; i < rows; i++) {
		(void)world_row(&w, cells, &price);
		snprintf(id, sizeof(id), "id-%d", i);
		rai_drift_watch_label(watch, id, price, 0, NULL);
	}
}

/* What labels cost is held against what was expected of their rows, not of the newest ones. */
static void
test_same_rows(const struct reference *r)
{
	const char *const says[] = {"rows that were to be worse", "rows that were not"};
	int i;

	for (i = 0; i < 2; i++) {
		struct world w = world_new(15), labels = w;
		struct rai_drift_watch *watch = NULL;
		const struct rai_drift_state *s;

		w.mix = labels.mix = i == 0 ? 0.5 : 0;
		labels.inflate = 1.25; /* 0.235 is lost */
		if (!ok(rai_drift_watch_new(&r->ref, &rule, &watch, NULL) == 0 &&
			    rai_drift_watch_keep(watch, NULL) == 0,
			"a watch"))
			return;
		push(watch, &w, 1000, 0);
		w.mix = 0.5 - labels.mix;
		push(watch, &w, 1000, 0);
		watch = again(r, watch);
		late_labels(watch, labels, 1000);
		watch = again(r, watch);
		s = rai_drift_watch_state(watch);
		ok(s->error.on && s->labels->worse, says[i]);
		ok_near(s->explains->expected, i == 0 ? 0.77 : 0.84, 0.015, "so was expected");
		ok((strstr(s->message, "(concept drift)") != NULL) == (i == 1), s->message);
		rai_drift_watch_free(watch);
	}
}

/* What cost too much goes on to while it costs half of that, or nobody can tell. */
static void
test_lingers(const struct reference *r)
{
	struct rai_drift_watch *watch = NULL;
	const struct rai_drift_state *s;
	struct world w = world_new(14);

	if (!ok(rai_drift_watch_new(&r->ref, &rule, &watch, NULL) == 0, "a watch"))
		return;
	s = rai_drift_watch_state(watch);
	w.mix = 0.16; /* 0.14 times as much is lost, about 0.022 */
	push(watch, &w, 1000, 0);
	ok(s->inputs.on && !s->cost.on && s->impact->lingers, "a cost that may be none");
	w.mix = 0.5;
	push(watch, &w, 1000, 0);
	ok(s->cost.on && s->advice == RAI_ADVISE_RETRAIN, "one that is");
	w.mix = 0.16;
	push(watch, &w, 1500, 0);
	ok(s->impact->verdict == RAI_IMPACT_SAME && s->impact->lingers, "it falls");
	ok(s->cost.on && s->advice == RAI_ADVISE_RETRAIN, "and is not called gone");
	w.shift = 0.8;
	push(watch, &w, 1500, 0);
	ok(s->impact->verdict == RAI_IMPACT_UNKNOWN && s->cost.on, "nor where it cannot be told");
	w.shift = w.mix = 0;
	push(watch, &w, 1500, 0);
	ok(!s->inputs.on && !s->cost.on, "until the inputs are back");
	rai_drift_watch_free(watch);
}

int
main(void)
{
	struct reference r;

	if (!ok(reference_make(&r, 1, 5000, NULL) == 0, "a reference"))
		return 1;
	r.ref.impact = &knows;
	test_same(&r);
	test_one_row(&r);
	test_worse(&r);
	test_unknown(&r);
	test_nobody(&r);
	test_denied();
	test_advice(&r);
	test_lingers(&r);
	test_same_rows(&r);
	test_mae(&r);
	reference_free(&r);
	return tap_done();
}

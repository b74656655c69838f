#include "drift/watch.h"

#include <stdio.h>

#include "base/tap.h"
#include "drift/world.h"

static const struct rai_drift_rule usual = {.window = 500,
    .sustain = 2,
    .alpha = 0.01,
    .psi_above = NAN,
    .accuracy_below = NAN,
    .retrain_on = RAI_DRIFT_ON_ERROR};

struct feed {
	struct rai_drift_watch *watch;
	int64_t n;
	int changes, failed;
};

/* n rows of the world; labels follow at once when labelled, else never. */
static void
feed_rows(struct feed *f, struct world *w, int n, int labelled)
{
	struct rai_cell c[COLUMNS];
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price, says;
	int rc;

	while (n-- > 0) {
		struct rai_drift_row row = {id, 0, c, 0, NULL};

		says = world_row(w, c, &price);
		row.prediction = says;
		snprintf(id, sizeof(id), "id-%lld", (long long)f->n++);
		rc = rai_drift_watch_prediction(f->watch, &row, &err);
		f->changes += rc > 0;
		f->failed += rc < 0;
		if (!labelled)
			continue;
		rc = rai_drift_watch_label(f->watch, id, price, 0, &err);
		f->changes += rc > 0;
		f->failed += rc < 0;
	}
}

static struct feed
begin(const struct reference *ref, const struct rai_drift_rule *rule)
{
	struct feed f = {NULL, 0, 0, 0};
	struct rai_err err = RAI_ERR_INIT;

	f.failed = rai_drift_watch_new(&ref->ref, rule, &f.watch, &err) != 0;
	return f;
}

static const char *
verdict(const struct feed *f)
{
	return rai_drift_verdict_names[rai_drift_watch_state(f->watch)->verdict];
}

static const char *
advice(const struct feed *f)
{
	return rai_drift_advice_names[rai_drift_watch_state(f->watch)->advice];
}

static void
end(struct feed *f)
{
	is_int(f->failed, 0, "nothing failed");
	rai_drift_watch_free(f->watch);
}

/* Clean windows of inputs and of labels: how many would have alarmed. */
static void
test_watch__false_alarms(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	const struct rai_drift_state *s;
	struct world w = world_new(1001);
	struct feed f;
	int windows = 600, i, inputs = 0, labels = 0;

	rule.sustain = 1000;
	f = begin(ref, &rule);
	for (i = 0; i < windows; i++) {
		feed_rows(&f, &w, 500, 1);
		s = rai_drift_watch_state(f.watch);
		inputs += s->in->drifted || s->in->broken;
		labels += s->labels->drifted || s->labels->worse || s->labels->broken;
	}
	printf(
	    "# of %d clean windows at alpha 0.01: inputs %d, labels %d\n", windows, inputs, labels);
	ok(inputs <= 13, "inputs: at most 2.2 % of clean windows");
	ok(labels <= 13, "labels: at most 2.2 % of clean windows");
	is_int(f.changes, 0, "none is sustained");
	end(&f);
}

static void
test_watch__inflation_is_error(const struct reference *ref)
{
	struct world w = world_new(2);
	struct feed f = begin(ref, &usual);
	const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

	feed_rows(&f, &w, 1000, 1);
	is_str(verdict(&f), "none", "before");
	w.inflate = 1.3;
	feed_rows(&f, &w, 500, 1);
	is_str(verdict(&f), "none", "one window is not sustained");
	feed_rows(&f, &w, 500, 1);
	is_str(verdict(&f), "drift", "prices + 30 %");
	is_str(advice(&f), "retrain", "the error is worse");
	ok(!s->inputs.on && s->error.on && s->target.on, "inputs stay, target and error move");
	is_int(f.changes, 1, "one change, one event");
	feed_rows(&f, &w, 2000, 1);
	is_int(f.changes, 1, "and no more while it stays");
	w.inflate = 1;
	feed_rows(&f, &w, 1000, 1);
	is_str(verdict(&f), "none", "back to normal for as many windows");
	is_int(f.changes, 2, "cleared");
	end(&f);
}

/* What the absolute error does not show yet. */
static void
test_watch__signed_error(const struct reference *ref)
{
	static const char *const way[] = {"above the predictions", "below the predictions"};
	int i;

	for (i = 0; i < 2; i++) {
		struct world w = world_new(8);
		struct feed f = begin(ref, &usual);
		const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

		feed_rows(&f, &w, 1000, 1);
		is_str(verdict(&f), "none", "before");
		w.inflate = i == 0 ? 1.06 : 0.94;
		feed_rows(&f, &w, 1000, 1);
		is_str(verdict(&f), "drift", "prices 6 % off");
		ok(s->target.on && !s->error.on && !s->labels->target.drifted &&
			s->labels->residual.moved,
		    "that neither the prices nor the absolute error show");
		ok(strstr(s->message, way[i]) != NULL, s->message);
		is_str(advice(&f), "wait", "what it costs is known, and small");
		end(&f);
	}
}

static void
test_watch__mix_without_labels(const struct reference *ref)
{
	static const struct {
		enum rai_drift_on on;
		int labelled;
		const char *advice;
	} cases[] = {{RAI_DRIFT_ON_ERROR, 0, "get-labels"}, {RAI_DRIFT_ON_ERROR, 1, "wait"},
	    {RAI_DRIFT_ON_DRIFT, 0, "retrain"}, {RAI_DRIFT_ON_EITHER, 1, "retrain"}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w = world_new(3 + i);
		struct rai_drift_rule rule = usual;
		struct feed f;

		rule.retrain_on = cases[i].on;
		f = begin(ref, &rule);
		feed_rows(&f, &w, 500, cases[i].labelled);
		w.mix = 0.4;
		feed_rows(&f, &w, 1000, cases[i].labelled);
		is_str(verdict(&f), "drift", "a mix shift is seen");
		is_str(advice(&f), cases[i].advice, cases[i].advice);
		ok(rai_drift_watch_state(f.watch)->in->col[TYPE].drifted, "in the type");
		end(&f);
	}
}

static void
test_watch__late_labels_raise_the_advice(const struct reference *ref)
{
	struct world w = world_new(20), again;
	struct feed f = begin(ref, &usual);
	struct rai_cell c[COLUMNS];
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price;
	int i, again_changes = 0;

	w.mix = 0.5;
	w.inflate = 1.4;
	again = w;
	feed_rows(&f, &w, 2000, 0);
	is_str(advice(&f), "get-labels", "inputs moved, cost unknown");
	is_int(f.changes, 1, "an event");
	for (i = 0; i < 1000; i++) {
		world_row(&again, c, &price);
		snprintf(id, sizeof(id), "id-%d", i);
		f.changes += rai_drift_watch_label(f.watch, id, price, 0, &err) > 0;
		again_changes += rai_drift_watch_label(f.watch, id, 1, 0, &err);
	}
	is_int(again_changes, 0, "a second label of one prediction is ignored");
	is_str(advice(&f), "retrain", "late labels: the error is worse");
	is_int(f.changes, 2, "a second event");
	end(&f);
}

static void
test_watch__new_suburbs(const struct reference *ref)
{
	struct world w = world_new(30);
	struct feed f = begin(ref, &usual);

	w.new_share = 0.03;
	feed_rows(&f, &w, 1000, 0);
	is_str(verdict(&f), "drift", "3 % new suburbs");
	ok(rai_drift_watch_state(f.watch)->in->col[SUBURB].unseen > 0.01, "their share");
	w.new_share = 0.9;
	feed_rows(&f, &w, 500, 0);
	is_str(verdict(&f), "broken", "90 % are no market");
	end(&f);
}

static void
test_watch__broken_is_never_drift(const struct reference *ref)
{
	struct world unit = world_new(40), gone = world_new(41), surge = world_new(42);
	struct world *const worlds[] = {&unit, &gone, &surge};
	static const int column[] = {AREA, DISTANCE, ROOMS};
	size_t i;

	unit.area = 1000;
	gone.drop = 1;
	surge.missing = 0.6;
	for (i = 0; i < 3; i++) {
		struct feed f = begin(ref, &usual);
		const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

		worlds[i]->inflate = 2; /* predictions from broken inputs have an error too */
		feed_rows(&f, worlds[i], 499, 1);
		is_str(verdict(&f), "none", "not judged early");
		feed_rows(&f, worlds[i], 1501, 1);
		is_str(verdict(&f), "broken", "broken at the first window");
		is_str(advice(&f), "fix-input", "fix the input");
		ok(s->in->col[column[i]].broken, s->in->col[column[i]].why);
		ok(!s->inputs.on && s->label_windows == 0, "its labels are not judged");
		is_int(f.changes, 1, "one event");
		*worlds[i] = world_new(50);
		feed_rows(&f, worlds[i], 500, 1);
		is_str(verdict(&f), "none", "whole again");
		end(&f);
	}
}

static void
test_watch__labels_in_another_unit(const struct reference *ref)
{
	struct world w = world_new(55);
	struct feed f = begin(ref, &usual);

	w.inflate = 0.001;
	feed_rows(&f, &w, 1500, 1);
	is_str(verdict(&f), "broken", "prices in thousands");
	is_str(advice(&f), "fix-input", "are no reason to retrain");
	ok(strstr(rai_drift_watch_state(f.watch)->message, "fix the labels") != NULL, "it says so");
	w.inflate = 1;
	feed_rows(&f, &w, 500, 1);
	is_str(verdict(&f), "none", "whole again");
	end(&f);
}

/* Between "it moved" and "it is clearly back" lies a band in which nothing changes. */
static void
test_watch__lingers(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(56);
	struct feed f;
	const struct rai_drift_state *s;
	int i, faint = 0;

	rule.window = 8000;
	f = begin(ref, &rule);
	s = rai_drift_watch_state(f.watch);
	w.mix = 0.053;
	feed_rows(&f, &w, 16000, 0);
	is_str(verdict(&f), "none", "a faint shift alone is no drift");
	w.mix = 0.4;
	feed_rows(&f, &w, 16000, 0);
	is_str(verdict(&f), "drift", "a strong one is");
	w.mix = 0.053;
	for (i = 0; i < 4; i++) {
		feed_rows(&f, &w, 8000, 0);
		faint += !s->in->drifted && s->in->lingers;
	}
	printf("# %d of 4 windows linger\n", faint);
	ok(faint == 4 && s->inputs.on, "and stands while it is faint");
	w.mix = 0;
	feed_rows(&f, &w, 8000, 0);
	is_str(verdict(&f), "drift", "one clean window is not enough");
	feed_rows(&f, &w, 8000, 0);
	is_str(verdict(&f), "none", "two are");
	is_int(f.changes, 2, "two events");
	end(&f);

	rule = usual;
	rule.accuracy_below = 0.853; /* inside the interval of a clean window */
	f = begin(ref, &rule);
	s = rai_drift_watch_state(f.watch);
	feed_rows(&f, &w, 1500, 1);
	ok(!s->error.on, "an accuracy that may be below is not called so");
	w.inflate = 1.3;
	feed_rows(&f, &w, 1000, 1);
	w.inflate = 1;
	feed_rows(&f, &w, 1000, 1);
	ok(s->error.on && !s->target.on, "nor, after it was, called back");
	end(&f);
}

static void
test_watch__tiny_reference(void)
{
	struct reference tiny;
	struct rai_err err = RAI_ERR_INIT;

	is_int(reference_make(&tiny, 1, 1, &err), -1, "one row is no reference");
	is_str(err.msg, "the reference profile has 1 rows, at least 20 can be compared with",
	    "it says so");
	reference_free(&tiny);
}

static void
test_watch__numeric_shift(const struct reference *ref)
{
	struct world w = world_new(60);
	struct feed f = begin(ref, &usual);

	w.shift = 0.5;
	feed_rows(&f, &w, 1000, 0);
	is_str(verdict(&f), "drift", "half a standard deviation");
	ok(rai_drift_watch_state(f.watch)->in->col[AREA].drifted, "in the area");
	end(&f);
}

static void
test_watch__dates_are_time(const struct reference *ref)
{
	struct rai_cell c[COLUMNS];
	struct world w = world_new(61);
	struct feed f = begin(ref, &usual);
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price;
	int i;

	for (i = 0; i < 1500; i++) {
		struct rai_drift_row row = {id, 0, c, world_row(&w, c, &price), NULL};

		c[DAY].num = 10000;
		snprintf(id, sizeof(id), "id-%d", i);
		f.failed += rai_drift_watch_prediction(f.watch, &row, &err) < 0;
	}
	is_str(verdict(&f), "none", "a day beyond the reference is no drift");
	ok(rai_drift_watch_state(f.watch)->in->col[DAY].d == 1, "but its distance is reported");
	end(&f);
}

static void
test_watch__insufficient(const struct reference *ref)
{
	struct rai_err err = RAI_ERR_INIT;
	struct world w = world_new(70);
	struct feed f = begin(ref, &usual);
	const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

	feed_rows(&f, &w, 180, 1);
	is_int(rai_drift_watch_end(f.watch, &err), 1, "the end is worth an event");
	is_str(verdict(&f), "insufficient", "180 of 500 rows");
	is_int(s->missing_rows, 320, "320 more");
	is_str(s->message, "180 of the 500 rows of a window: 320 more to judge", "it says so");
	end(&f);

	f = begin(ref, &usual);
	s = rai_drift_watch_state(f.watch);
	w.mix = 0.5;
	feed_rows(&f, &w, 600, 0);
	is_int(rai_drift_watch_end(f.watch, &err), 1, "moved once, must twice");
	is_int(s->missing_rows, 400, "400 more");
	end(&f);

	f = begin(ref, &usual);
	w.drop = 1;
	feed_rows(&f, &w, 100, 0);
	is_int(rai_drift_watch_end(f.watch, &err), 1, "a broken input needs no full window");
	is_str(verdict(&f), "broken", "broken");
	end(&f);
}

static void
test_watch__thresholds(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(80);
	struct feed f;

	rule.accuracy_below = 0.95;
	f = begin(ref, &rule);
	feed_rows(&f, &w, 1000, 1);
	is_str(verdict(&f), "drift", "an accuracy below the one that was asked for");
	is_str(advice(&f), "retrain", "retrain");
	end(&f);

	rule = usual;
	rule.psi_above = 0.001;
	f = begin(ref, &rule);
	feed_rows(&f, &w, 1000, 0);
	is_str(verdict(&f), "drift", "a fixed PSI threshold is honoured");
	end(&f);
}

static void
test_watch__alpha_from_budget(void)
{
	int64_t day = 86400000, hour = 3600000;

	ok_rel(rai_drift_alpha(90 * day, hour, 2, 0.01), sqrt(1.0 / (2 * 2160)), 1e-12,
	    "one in 90 days of hourly windows, two must agree");
	ok_rel(rai_drift_alpha(day, day, 1, 0.01), 0.05, 1e-12, "at most 0.05");
	ok(rai_drift_alpha(0, hour, 2, 0.01) == 0.01, "no budget: alpha");
	ok(rai_drift_alpha(day, 0, 2, 0.01) == 0.01, "no times: alpha");
}

int
main(void)
{
	struct reference ref;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(reference_make(&ref, 11, 10000, &err) == 0, "a reference of 10,000 rows"))
		return tap_done();
	test_watch__false_alarms(&ref);
	test_watch__inflation_is_error(&ref);
	test_watch__signed_error(&ref);
	test_watch__mix_without_labels(&ref);
	test_watch__late_labels_raise_the_advice(&ref);
	test_watch__new_suburbs(&ref);
	test_watch__broken_is_never_drift(&ref);
	test_watch__labels_in_another_unit(&ref);
	test_watch__lingers(&ref);
	test_watch__tiny_reference();
	test_watch__numeric_shift(&ref);
	test_watch__dates_are_time(&ref);
	test_watch__insufficient(&ref);
	test_watch__thresholds(&ref);
	test_watch__alpha_from_budget();
	reference_free(&ref);
	return tap_done();
}

#include <inttypes.h>
#include <stdio.h>

#include "base/tap.h"
#include "drift/watch.h"
#include "drift/world.h"

/* Windows by time, and windows that overlap. */
#define HOUR INT64_C(3600000)
#define START (INT64_C(490000) * HOUR) /* a whole hour, in 2025 */

static const struct rai_drift_rule usual = {.window = 500,
    .sustain = 2,
    .alpha = 0.01,
    .psi_above = NAN,
    .accuracy_below = NAN,
    .retrain_on = RAI_DRIFT_ON_ERROR};

struct feed {
	struct rai_drift_watch *watch;
	const struct rai_drift_state *s;
	int64_t n, label_after_ms; /* labels: -1 none */
	int changes, failed;
};

static struct feed
begin(const struct reference *ref, const struct rai_drift_rule *rule)
{
	struct feed f = {.label_after_ms = -1};
	struct rai_err err = RAI_ERR_INIT;

	f.failed = rai_drift_watch_new(&ref->ref, rule, &f.watch, &err) != 0;
	f.s = rai_drift_watch_state(f.watch);
	return f;
}

/* n rows from at_ms, gap_ms apart (0, 0: without a time). */
static void
rows(struct feed *f, struct world *w, int n, int64_t at_ms, int64_t gap_ms)
{
	struct rai_cell c[COLUMNS];
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price, says;
	int rc;

	for (; n > 0; n--, at_ms += gap_ms) {
		struct rai_drift_row row = {id, at_ms, c, 0, NULL};

		says = world_row(w, c, &price);
		row.prediction = says;
		snprintf(id, sizeof(id), "id-%" PRId64, f->n++);
		rc = rai_drift_watch_prediction(f->watch, &row, &err);
		f->changes += rc > 0;
		f->failed += rc < 0;
		if (f->label_after_ms < 0)
			continue;
		rc = rai_drift_watch_label(f->watch, id, price, at_ms + f->label_after_ms, &err);
		f->changes += rc > 0;
		f->failed += rc < 0;
	}
}

static void
end(struct feed *f)
{
	is_int(f->failed, 0, "nothing failed");
	rai_drift_watch_free(f->watch);
}

static void
test_watch__by_time(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(1);
	struct feed f;

	rule.window = 0;
	rule.window_ms = HOUR;
	f = begin(ref, &rule);
	rows(&f, &w, 300, START + HOUR / 2, 1000);
	is_int(f.s->input_windows, 0, "an hour that may go on is not judged");
	rows(&f, &w, 600, START + HOUR, 1000);
	is_int(f.s->input_windows, 1, "it is with the first row of the next one");
	is_int(f.s->span.rows, 300, "all its rows");
	ok(f.s->span.from_ms == START + HOUR / 2 && f.s->span.to_ms < START + HOUR, "and no more");
	is_str(f.s->span.last, "id-299", "up to its last");
	w.mix = 0.5;
	rows(&f, &w, 600, START + 5 * HOUR, 1000);
	is_int(f.s->input_windows, 2, "hours without rows are no windows");
	rows(&f, &w, 19, START + 6 * HOUR, 1000);
	rows(&f, &w, 600, START + 7 * HOUR, 1000);
	is_int(f.s->thin_windows, 1, "an hour with 19 rows is passed over");
	ok(!f.s->inputs.on, "one window that moved");
	rows(&f, &w, 1, START + 8 * HOUR, 1000);
	ok(f.s->inputs.on, "and another, though a thin one lies between");
	is_int(f.changes, 1, "one event");
	end(&f);
}

static void
test_watch__clock(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(2);
	struct rai_err err = RAI_ERR_INIT;
	struct feed f;

	rule.window = 0;
	rule.window_ms = HOUR;
	f = begin(ref, &rule);
	rows(&f, &w, 100, START + HOUR, 1000);
	rows(&f, &w, 10, START + HOUR / 2, 1000);
	is_int(f.s->late, 10, "rows of the hour before are late");
	rows(&f, &w, 10, 0, 0);
	rows(&f, &w, 1, START + 2 * HOUR, 0);
	is_int(f.s->span.rows, 120, "they count where they come, as do those without a time");
	rows(&f, &w, 40, START + 900000 * HOUR, 0);
	rows(&f, &w, 50, START + 3 * HOUR, 1000);
	is_int(f.s->set_back, 1, "a clock that was wrong for a while and is set back");
	is_int(f.s->span.rows, 40, "what came before that is judged");
	rows(&f, &w, 1, START + 4 * HOUR, 0);
	is_int(f.s->span.rows, 50, "and time goes on");
	is_int(f.s->input_windows, 3, "windows");
	end(&f);

	f = begin(ref, &rule);
	rows(&f, &w, 200, START, 1000);
	is_int(rai_drift_watch_end(f.watch, &err), 1, "the end of the first hour has not come");
	is_str(f.s->message, "200 rows, but no whole window of 1 hours with at least 20",
	    "it says so");
	ok(f.s->missing_rows > 3300 && f.s->missing_rows < 3500, "how many rows that will be");
	end(&f);
}

/* A label window by time takes the labels of its time, and waits until there are enough. */
static void
test_watch__labels_by_time(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(3);
	struct feed f;

	rule.window = 0;
	rule.window_ms = HOUR;
	f = begin(ref, &rule);
	f.label_after_ms = 1000;
	rows(&f, &w, 100, START, 30000);
	rows(&f, &w, 10, START + HOUR, 30000);
	rows(&f, &w, 100, START + 2 * HOUR, 30000);
	rows(&f, &w, 1, START + 3 * HOUR, 0);
	is_int(f.s->label_windows, 1, "labels are judged when their inputs are known to be sound");
	is_int((int64_t)f.s->labels->rows, 100, "those of one hour");
	rows(&f, &w, 20, START + 3 * HOUR + 1, 30000);
	rows(&f, &w, 1, START + 4 * HOUR, 0);
	is_int((int64_t)f.s->labels->rows, 110, "too few of an hour wait for those of the next");
	end(&f);
}

static void
test_watch__slides(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(4);
	struct feed f;

	rule.slide = 100;
	f = begin(ref, &rule);
	rows(&f, &w, 499, 0, 0);
	is_int(f.s->input_windows, 0, "not before the first window is whole");
	rows(&f, &w, 501, 0, 0);
	is_int(f.s->input_windows, 6, "then one every 100 rows");
	is_str(f.s->span.first, "id-500", "that begins 500 before");
	w.mix = 0.8;
	rows(&f, &w, 500, 0, 0);
	ok(f.s->in->drifted && f.s->inputs.hot == 1, "windows that overlap are one evidence");
	while (!f.s->inputs.on && f.n < 3000)
		rows(&f, &w, 100, 0, 0);
	is_int(f.n, f.s->inputs.since + 1000, "two disjoint ones, without a break, are two");
	ok(f.s->inputs.since < 1000, "from the first of them on");
	w.mix = 0;
	while (f.s->inputs.on && f.n < 9000)
		rows(&f, &w, 100, 0, 0);
	ok(f.s->inputs.cool == 2, "and two disjoint ones are back");
	is_int(f.changes, 2, "two events");
	end(&f);
}

/* Judged five times as often, a clean stream must not alarm more often. */
static void
test_watch__slides_in_budget(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct world w = world_new(5);
	struct feed f;

	rule.window = 0;
	rule.window_ms = HOUR;
	rule.slide_ms = HOUR / 5;
	rule.sustain = 1;
	rule.false_alarm_every_ms = 100 * HOUR;
	f = begin(ref, &rule);
	rows(&f, &w, 40000, START, HOUR / 100);
	is_int(f.s->input_windows, 1995, "windows");
	ok_rel(f.s->alpha, 0.001, 1e-9, "alpha is for as many");
	printf("# changes in 4 times of one false alarm: %d\n", f.changes);
	ok(f.changes <= 2 * 4, "each false alarm is two changes");
	end(&f);
}

int
main(void)
{
	struct reference ref;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(reference_make(&ref, 11, 10000, &err) == 0, "a reference of 10,000 rows"))
		return tap_done();
	test_watch__by_time(&ref);
	test_watch__clock(&ref);
	test_watch__labels_by_time(&ref);
	test_watch__slides(&ref);
	test_watch__slides_in_budget(&ref);
	reference_free(&ref);
	return tap_done();
}

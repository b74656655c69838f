#include "drift/coverage.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/tap.h"
#include "drift/watch.h"
#include "drift/world.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define START (INT64_C(490000) * HOUR)

static void
test_coverage__counts(void)
{
	struct rai_drift_lag lag = {.cap = 0};
	struct rai_drift_coverage c;
	struct rai_drift_pair pair[2] = {{.seq = 10}, {.seq = 99}};
	int64_t i, of, failed = 0;

	for (i = 0; i < 2000; i++)
		failed += rai_drift_lag_prediction(&lag, i, START + i * HOUR, 0);
	is_int(failed, 0, "2,000 predictions");
	for (i = 0; i < 1000; i += 4) {
		struct rai_drift_pair p = {.seq = i,
		    .made_ms = START + i * HOUR,
		    .known_ms = START + i * HOUR + (1 + i % 10) * HOUR};

		rai_drift_lag_pair(&lag, &p);
	}
	is_int(rai_drift_lag_labelled(&lag, 900, 1100, 2000, &of), 25, "labels of a window");
	is_int(of, 200, "of its rows");
	rai_drift_lag_cover(&lag, pair, 2, 2000, START + 3000 * HOUR, &c);
	is_int(c.eligible, 90, "all between the oldest and the newest are old enough");
	is_int(c.labelled, 22, "every fourth has a label");
	is_int(c.delays, 250, "delays");
	is_int(c.median_ms, 5 * HOUR, "the median of 1, 3, 5, 7 and 9 hours");
	is_int(c.p95_ms, 9 * HOUR, "95 %");
	rai_drift_lag_cover(&lag, pair, 2, 2000, START + 59 * HOUR, &c);
	is_int(c.eligible, 41, "those made in the last 9 hours may still get one");
	rai_drift_lag_cover(&lag, pair, 2, 2000, START, &c);
	is_int(c.eligible, 90, "where none is old enough, all count");
	for (i = 2000; i < 600000; i++)
		failed += rai_drift_lag_prediction(&lag, i, 0, 0);
	is_int(failed, 0, "more than are remembered");
	is_int(rai_drift_lag_labelled(&lag, 0, 600000, 600000, &of), 0, "old labels are forgotten");
	is_int(of, (int64_t)RAI_DRIFT_MEMORY / 2, "as are old predictions");
	rai_drift_lag_release(&lag);
}

struct feed {
	struct rai_drift_watch *watch;
	const struct rai_drift_state *s;
	int64_t n, time_ms;
	int changes, asked, failed;
};

static struct feed
begin(const struct reference *ref, int64_t ask_after_ms)
{
	const struct rai_drift_rule rule = {.window = 300,
	    .sustain = 2,
	    .alpha = 0.01,
	    .psi_above = NAN,
	    .accuracy_below = NAN,
	    .coverage_least = 0.1,
	    .ask_after_ms = ask_after_ms};
	struct feed f = {.time_ms = START};
	struct rai_err err = RAI_ERR_INIT;

	f.failed = rai_drift_watch_new(&ref->ref, &rule, &f.watch, &err) != 0;
	f.s = rai_drift_watch_state(f.watch);
	return f;
}

static void
count(struct feed *f, int rc)
{
	f->failed += rc < 0;
	f->changes += rc > 0;
	f->asked += rc > 0 && f->s->asks && strstr(f->s->message, "a person must decide") != NULL;
}

/* n rows, ten minutes apart; every label_every-th gets its label at once, 0: none. */
static void
rows(struct feed *f, struct world *w, int n, int label_every)
{
	struct rai_cell c[COLUMNS] = {{0}};
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price;

	for (; n > 0; n--, f->n++, f->time_ms += HOUR / 6) {
		struct rai_drift_row row = {id, f->time_ms, c, world_row(w, c, &price), NULL};

		snprintf(id, sizeof(id), "id-%" PRId64, f->n);
		count(f, rai_drift_watch_prediction(f->watch, &row, &err));
		if (label_every > 0 && f->n % label_every == 0)
			count(f, rai_drift_watch_label(f->watch, id, price, f->time_ms + 1, &err));
	}
}

static void
end(struct feed *f)
{
	is_int(f->failed, 0, "nothing failed");
	rai_drift_watch_free(f->watch);
}

static void
test_coverage__no_accuracy_without(const struct reference *ref)
{
	struct world w = world_new(1);
	struct feed f = begin(ref, 0);

	w.inflate = 1.5;
	rows(&f, &w, 20 * 300 * 3, 20);
	ok(f.s->label_windows >= 2, "labels for 5 %");
	ok(!f.s->labels->told && isnan(f.s->labels->accuracy), "tell nothing");
	ok(!f.s->target.on && !f.s->error.on && f.changes == 0, "so nothing moves by them");
	ok(strstr(f.s->labels->why, "labels for 5.0 % of the predictions") != NULL,
	    f.s->labels->why);
	rows(&f, &w, 5 * 300 * 3, 5);
	ok(f.s->labels->told && f.s->error.on, "labels for 20 % do");
	end(&f);
}

static void
test_coverage__asks_a_person(const struct reference *ref)
{
	struct world w = world_new(2);
	struct feed f = begin(ref, 14 * DAY);

	w.mix = 0.5;
	rows(&f, &w, 900, 0);
	ok(f.s->inputs.on && f.changes == 1 && f.asked == 0, "inputs moved, labels are wanted");
	rows(&f, &w, 144 * 14, 0);
	ok(f.changes == 2 && f.asked == 1, "after 14 days one event more, in words");
	rows(&f, &w, 144 * 30, 0);
	is_int(f.changes, 2, "once");
	w.mix = 0;
	rows(&f, &w, 1200, 0);
	ok(!f.s->inputs.on, "it passes");
	w.mix = 0.5;
	rows(&f, &w, 144 * 20, 0);
	is_int(f.asked, 2, "and is asked about when it comes again");
	end(&f);

	f = begin(ref, 14 * DAY);
	rows(&f, &w, 144 * 30, 2);
	ok(f.s->inputs.on && f.asked == 0, "labels spare the question");
	end(&f);
	f = begin(ref, 0);
	rows(&f, &w, 144 * 30, 0);
	ok(f.s->inputs.on && f.asked == 0, "0: never");
	end(&f);
}

int
main(void)
{
	struct reference ref;
	struct rai_err err = RAI_ERR_INIT;

	test_coverage__counts();
	if (!ok(reference_make(&ref, 11, 5000, &err) == 0, "a reference of 5,000 rows"))
		return tap_done();
	test_coverage__no_accuracy_without(&ref);
	test_coverage__asks_a_person(&ref);
	reference_free(&ref);
	return tap_done();
}

#include <stdio.h>

#include "base/tap.h"
#include "drift/watch.h"
#include "drift/world.h"

/* Rows that another model answered: all of one category, as a canary by that column has them. */

enum { ROWS = 500, FLAT = 2 };

static const struct rai_drift_rule usual = {.window = ROWS,
    .sustain = 1,
    .alpha = 0.01,
    .psi_above = NAN,
    .accuracy_below = NAN,
    .detectors = 1U << RAI_STREAM_CUSUM,
    .detect_inputs = 1,
    .retrain_on = RAI_DRIFT_ON_ERROR};

/* What a window is fed. */
struct feed {
	struct rai_drift_watch *watch;
	unsigned char withheld[COLUMNS];
	int leave_out, failed;
	double loss, answered; /* sum and number, of the rows that the model answered */
};

static void
feed(struct feed *f, struct world *w, int n)
{
	struct rai_cell c[COLUMNS] = {{0}};
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price;
	int i;

	for (i = 0; i < n; i++) {
		struct rai_drift_row row = {id, 0, c, world_row(w, c, &price), f->withheld};

		snprintf(id, sizeof(id), "id-%d", i);
		if (c[TYPE].code != FLAT) {
			f->loss += fabs(price - row.prediction) / price;
			f->answered++;
			f->failed += rai_drift_watch_prediction(f->watch, &row, &err) < 0;
		} else if (!f->leave_out) {
			if (f->withheld[AREA])
				row.prediction = NAN;
			f->failed += rai_drift_watch_elsewhere(f->watch, &row, &err) < 0;
		}
		if (c[TYPE].code != FLAT || !f->leave_out)
			f->failed += rai_drift_watch_label(f->watch, id, price, 0, &err) < 0;
	}
}

static struct feed
begin(const struct reference *ref)
{
	struct feed f = {.watch = NULL};
	struct rai_err err = RAI_ERR_INIT;

	f.failed = rai_drift_watch_new(&ref->ref, &usual, &f.watch, &err) != 0;
	return f;
}

static void
test_elsewhere__inputs_and_labels(const struct reference *ref)
{
	struct world w = world_new(31);
	struct feed f = begin(ref);
	const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

	feed(&f, &w, ROWS);
	ok(f.failed == 0 && s->in != NULL && s->labels != NULL, "a window of each");
	is_str(rai_drift_verdict_names[s->verdict], "none", "what came in is what came in");
	ok(s->in->prediction.judged && s->in->prediction.n == ROWS, "with all predictions");
	is_int(s->labels->target.n, ROWS, "the target is that of all rows");
	ok_rel(s->labels->accuracy, 1 - f.loss / f.answered, 1e-12,
	    "the accuracy of those that the model answered");
	ok(s->labels->residual.n == (size_t)f.answered, "and so is which way it misses");
	rai_drift_watch_free(f.watch);
}

static void
test_elsewhere__left_out(const struct reference *ref)
{
	struct world w = world_new(31);
	struct feed f = begin(ref);
	const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

	f.leave_out = 1;
	feed(&f, &w, 2 * ROWS);
	ok(f.failed == 0 && s->in != NULL && s->in->col[TYPE].drifted,
	    "without them their category would be missing");
	rai_drift_watch_free(f.watch);
}

static void
test_elsewhere__withheld(const struct reference *ref)
{
	struct world w = world_new(31);
	struct feed f = begin(ref);
	const struct rai_drift_state *s = rai_drift_watch_state(f.watch);

	f.withheld[AREA] = 1;
	feed(&f, &w, ROWS);
	ok(f.failed == 0 && s->in != NULL && s->in->prediction.withheld &&
		!s->in->prediction.judged,
	    "a prediction that nobody can know is not judged");
	ok(s->in->col[TYPE].judged, "the columns that are said are");
	is_str(rai_drift_verdict_names[s->verdict], "none", "and nothing has moved");
	rai_drift_watch_free(f.watch);
}

int
main(void)
{
	struct reference ref;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(reference_make(&ref, 11, 10000, &err) == 0, "a reference of 10,000 rows"))
		return tap_done();
	test_elsewhere__inputs_and_labels(&ref);
	test_elsewhere__left_out(&ref);
	test_elsewhere__withheld(&ref);
	reference_free(&ref);
	return tap_done();
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"
#include "drift/calibrate.h"
#include "drift/watch.h"
#include "drift/window.h"
#include "drift/world.h"

/* n rows of the world as a window; released with rai_drift_window_release(). */
static void
window_of(struct rai_drift_window *w, const struct reference *ref, struct world *world, size_t n)
{
	struct rai_cell c[COLUMNS];
	struct rai_drift_row row = {.id = "", .cells = c};
	double price;

	rai_drift_window_init(w, &ref->schema, 1);
	while (n-- > 0) {
		row.prediction = world_row(world, c, &price);
		rai_drift_window_add(w, &row);
	}
}

/* How many of n clean windows of the world itself drift. */
static int
drifted_in_world(const struct reference *ref, double alpha, size_t rows, int n)
{
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = NAN};
	struct world world = world_new(99);
	struct rai_drift_window w;
	struct rai_drift_inputs in;
	int hot = 0;

	while (n-- > 0) {
		window_of(&w, ref, &world, rows);
		rai_drift_judge_inputs(&ref->ref, &rule, alpha, &w.rows, &in, NULL);
		hot += in.drifted;
		rai_drift_inputs_release(&in);
		rai_drift_window_release(&w);
	}
	return hot;
}

static int
same(const struct rai_drift_calibration *a, const struct rai_drift_calibration *b)
{
	struct rai_buf x = RAI_BUF_INIT(1 << 20), y = RAI_BUF_INIT(1 << 20);
	struct rai_jw w;
	int is;

	rai_jw_init(&w, &x);
	rai_drift_calibration_write(a, &w, NULL);
	rai_jw_init(&w, &y);
	rai_drift_calibration_write(b, &w, NULL);
	is = x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
	rai_buf_free(&x);
	rai_buf_free(&y);
	return is;
}

/* A given alpha: what is predicted from the reference alone is what the world does. */
static void
test_calibrate__predicts_the_world(const struct reference *ref, const struct rai_drift_rows *rows)
{
	struct rai_drift_plan plan = {.window = 200,
	    .sustain = 1,
	    .alpha = 0.2,
	    .seed = 3,
	    .references = 20,
	    .windows = 20,
	    .trials = 20,
	    .threads = 1};
	struct rai_drift_calibration a, b;
	int n = 400, hot;

	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &a, NULL), 0, "calibrated");
	hot = drifted_in_world(ref, 0.2, 200, n);
	ok(fabs(a.clean.alarms - (double)hot / n) < 0.06, "as often as in the world");
	if (fabs(a.clean.alarms - (double)hot / n) >= 0.06)
		printf("# predicted %.3f, in the world %d of %d\n", a.clean.alarms, hot, n);
	ok(a.clean.alarms <= 0.2, "which is not more than alpha");
	is_int(a.clean.hot, (int64_t)(a.clean.alarms * (double)a.clean.windows + 0.5),
	    "one in a row: the share");
	plan.threads = 2;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &b, NULL), 0, "on two threads");
	ok(same(&a, &b), "the same");
	rai_drift_calibration_release(&b);
	plan.seed = 4;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &b, NULL), 0, "another seed");
	ok(!same(&a, &b), "draws others");
	rai_drift_calibration_release(&b);
	rai_drift_calibration_release(&a);
}

static const struct rai_drift_power *
power_of(const struct rai_drift_calibration *c, const char *column, double effect)
{
	size_t i;

	for (i = 0; i < c->npower; i++)
		if (strcmp(c->power[i].column, column) == 0 && c->power[i].effect == effect)
			return &c->power[i];
	return NULL;
}

static void
test_calibrate__meets_a_budget(const struct reference *ref)
{
	struct rai_drift_plan plan = {.sustain = 2,
	    .alpha = 0.01,
	    .every_ms = (int64_t)90 * 86400000,
	    .rows_per_ms = 10 / 60e3,
	    .seed = 1,
	    .references = 20,
	    .windows = 30,
	    .trials = 30};
	const struct rai_drift_power *little, *much;
	struct rai_drift_calibration c, back;
	struct rai_buf text = RAI_BUF_INIT(1 << 20);
	struct cJSON *doc;
	struct rai_jw w;

	is_int(rai_drift_calibrate(&ref->ref, NULL, &plan, &c, NULL), 0, "a budget");
	ok(c.clean.alarms <= c.budget, "is kept");
	ok_rel(c.budget, (double)c.window / (2 * 90 * 24 * 60 * 10.0), 1e-12,
	    "half of one in 90 days");
	ok(c.window == 50 || c.window == 100 || c.window == 200, "by a window that sees soon");
	is_int(power_of(&c, "Day", 1) == NULL, 1, "dates are time itself");
	little = power_of(&c, "Area", 0.25);
	much = power_of(&c, "Area", 1);
	ok(little != NULL && much != NULL && much->power >= 0.9 && much->power >= little->power,
	    "one standard deviation is seen");
	ok(much != NULL && much->rows >= (double)(2 * c.window) &&
		much->rows < (double)(4 * c.window),
	    "after two windows or little more");
	ok(power_of(&c, "Type", 0.2) != NULL, "categories are moved, too");

	rai_jw_init(&w, &text);
	rai_drift_calibration_write(&c, &w, NULL);
	doc = rai_json_parse(text.ptr, text.len, NULL);
	is_int(rai_drift_calibration_read(doc, &back, NULL), 0, "written and read");
	ok(back.alpha == c.alpha && back.window == c.window && back.sustain == 2 &&
		back.every_ms == c.every_ms && strcmp(back.reference, c.reference) == 0,
	    "the same");
	rai_json_free(doc);
	rai_buf_free(&text);
	rai_drift_calibration_release(&c);
}

/* How many of n windows of labelled pairs of the world drift. */
static int
labels_drifted_in_world(const struct reference *ref, double alpha, size_t rows, int n)
{
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = NAN};
	struct world world = world_new(77);
	double *says = calloc(rows, sizeof(*says)), *price = calloc(rows, sizeof(*price));
	struct rai_drift_labels labels;
	struct rai_cell c[COLUMNS];
	int hot = 0;
	size_t i;

	while (n-- > 0) {
		for (i = 0; i < rows; i++)
			says[i] = world_row(&world, c, &price[i]);
		rai_drift_judge_labels(&ref->ref, &rule, alpha, says, price, rows, &labels, NULL);
		hot += labels.drifted || labels.worse;
	}
	free(says);
	free(price);
	return hot;
}

static void
test_calibrate__knows_the_labels(const struct reference *ref)
{
	struct rai_drift_plan plan = {.window = 200,
	    .sustain = 1,
	    .alpha = 0.2,
	    .seed = 3,
	    .coverage = 0.25,
	    .brief = 1,
	    .references = 20,
	    .windows = 30};
	struct rai_drift_calibration c, d;
	int n = 400, hot;

	is_int(rai_drift_calibrate(&ref->ref, NULL, &plan, &c, NULL), 0, "labels, too");
	hot = labels_drifted_in_world(ref, 0.2, 200, n);
	ok(fabs(c.labels.alarms - (double)hot / n) < 0.06, "alarm as often as in the world");
	if (fabs(c.labels.alarms - (double)hot / n) >= 0.06)
		printf("# predicted %.3f, in the world %d of %d\n", c.labels.alarms, hot, n);
	ok(c.labels.windows == 600 && c.labels.broken == 0 && c.coverage == 0.25, "of 600");
	ok(c.npower == 0, "no powers were asked for");
	plan.accuracy_below = c.labels.alarms > 0 ? ref->ref.accuracy - 0.001 : 0;
	is_int(rai_drift_calibrate(&ref->ref, NULL, &plan, &d, NULL), 0, "a tight threshold");
	ok(d.labels.alarms > c.labels.alarms, "alarms more often");
	rai_drift_calibration_release(&d);
	plan.accuracy_below = ref->ref.accuracy + 0.01;
	is_int(rai_drift_calibrate(&ref->ref, NULL, &plan, &d, NULL), 0, "one that is not met");
	ok(d.labels.hot == c.labels.hot, "says nothing of false alarms");
	rai_drift_calibration_release(&d);

	plan.accuracy_below = 0;
	plan.every_ms = (int64_t)90 * 86400000;
	plan.rows_per_ms = 10 / 60e3;
	plan.sustain = 2;
	is_int(rai_drift_calibrate(&ref->ref, NULL, &plan, &d, NULL), 0, "a budget");
	ok(d.labels.alarms <= d.budget / plan.coverage * (1 + 1e-9), "is kept by the labels");
	ok(d.clean.alarms <= d.budget * (1 + 1e-9), "and by the inputs");
	rai_drift_calibration_release(&d);
	rai_drift_calibration_release(&c);
}

/* Alarms of a watch over n windows of the world. */
static int
alarms_in_world(const struct reference *ref, const struct rai_drift_plan *plan, int64_t n)
{
	struct rai_drift_rule rule = {.window = plan->window,
	    .slide = plan->slide,
	    .sustain = plan->sustain,
	    .alpha = plan->alpha,
	    .psi_above = NAN,
	    .accuracy_below = NAN};
	struct world world = world_new(5);
	struct rai_drift_watch *w;
	struct rai_cell c[COLUMNS];
	int alarms = 0;
	double price;
	int64_t i;

	if (rai_drift_watch_new(&ref->ref, &rule, &w, NULL) != 0)
		return -1;
	for (i = 0; i < n * plan->window; i++) {
		struct rai_drift_row row = {.cells = c};
		char id[24];

		snprintf(id, sizeof(id), "%d", (int)i);
		row.id = id;
		row.prediction = world_row(&world, c, &price);
		alarms += rai_drift_watch_prediction(w, &row, NULL) == 1 &&
			  rai_drift_watch_state(w)->verdict == RAI_DRIFT_MOVED;
	}
	rai_drift_watch_free(w);
	return alarms;
}

/* Windows that overlap are looked at more often, and see what their neighbours saw. */
static void
test_calibrate__overlapping_windows(const struct reference *ref, const struct rai_drift_rows *rows)
{
	struct rai_drift_plan plan = {.window = 100,
	    .sustain = 1,
	    .alpha = 0.2,
	    .seed = 3,
	    .brief = 1,
	    .references = 10,
	    .windows = 40};
	struct rai_drift_calibration apart, c, d;
	double often;

	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &apart, NULL), 0, "windows apart");
	plan.slide = 25;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &c, NULL), 0, "windows that overlap");
	ok(c.slide == 25 && c.clean.windows == 10 * 40 * 4, "four in the time of one");
	ok(c.clean.alarms > apart.clean.alarms && c.clean.alarms < 4 * apart.clean.alarms,
	    "alarm more often, but not four times");
	often = alarms_in_world(ref, &plan, 400) / 400.0;
	ok(c.clean.alarms >= 0.7 * often && c.clean.alarms < 2 * often,
	    "about as a watch does, which is slower to be quiet");
	if (!(c.clean.alarms >= 0.7 * often && c.clean.alarms < 2 * often))
		printf("# simulated %.3f, a watch %.3f\n", c.clean.alarms, often);
	plan.threads = 1;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &d, NULL), 0, "on one thread");
	ok(same(&c, &d), "the same");
	rai_drift_calibration_release(&d);
	plan.sustain = 2;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &d, NULL), 0, "two in a row");
	ok(d.clean.alarms < c.clean.alarms && d.clean.hot == c.clean.hot, "alarm less often");
	rai_drift_calibration_release(&d);
	plan.every_ms = (int64_t)90 * 86400000;
	plan.rows_per_ms = 10 / 60e3;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &d, NULL), 0, "a budget");
	ok(d.clean.alarms <= d.budget * (1 + 1e-9) && d.alpha < 0.2, "is kept");
	rai_drift_calibration_release(&d);
	plan.slide = 30;
	is_int(rai_drift_calibrate(&ref->ref, rows, &plan, &d, NULL), -1, "a step that is none");
	rai_drift_calibration_release(&c);
	rai_drift_calibration_release(&apart);
}

/* A budget far below what can be measured: alpha follows in proportion. */
static void
test_calibrate__goes_below_what_is_seen(const struct reference *ref)
{
	struct rai_drift_plan plan = {.window = 100,
	    .sustain = 1,
	    .alpha = 0.01,
	    .every_ms = (int64_t)365 * 86400000,
	    .rows_per_ms = 1,
	    .seed = 1,
	    .references = 10,
	    .windows = 20,
	    .trials = 1};
	struct rai_drift_calibration c;

	is_int(
	    rai_drift_calibrate(&ref->ref, NULL, &plan, &c, NULL), 0, "a thousand rows a second");
	ok(c.extrapolated && c.alpha <= 1e-5 && c.alpha >= 1e-6, "a small alpha, and it is said");
	rai_drift_calibration_release(&c);
}

static void
test_calibration_read__refuses(void)
{
	static const char *const bad[] = {"[]", "{}", "{\"format\":\"x\"}",
	    "{\"format\":\"ai.reconciled.calibration.v1\",\"reference\":\"x\",\"window\":100,"
	    "\"sustain\":2,\"alpha\":0.1}",
	    "{\"format\":\"ai.reconciled.calibration.v1\",\"reference\":\"sha256:"
	    "0000000000000000000000000000000000000000000000000000000000000000\",\"window\":100,"
	    "\"sustain\":2,\"alpha\":1.5}"};
	struct rai_drift_calibration c;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cJSON *doc = rai_json_parse(bad[i], strlen(bad[i]), NULL);
		struct rai_err err = RAI_ERR_INIT;

		is_int(rai_drift_calibration_read(doc, &c, &err), -1, bad[i]);
		ok(strncmp(err.msg, "calibration: ", 13) == 0, "says so");
		rai_json_free(doc);
	}
}

int
main(void)
{
	struct world world = world_new(1);
	struct rai_drift_window rows;
	struct reference ref;

	if (!ok(reference_make(&ref, 1, 2000, NULL) == 0, "a reference"))
		return tap_done();
	window_of(&rows, &ref, &world, 2000);
	test_calibrate__predicts_the_world(&ref, &rows.rows);
	test_calibrate__predicts_the_world(&ref, NULL);
	test_calibrate__meets_a_budget(&ref);
	test_calibrate__knows_the_labels(&ref);
	test_calibrate__overlapping_windows(&ref, &rows.rows);
	test_calibrate__goes_below_what_is_seen(&ref);
	test_calibration_read__refuses();
	rai_drift_window_release(&rows);
	reference_free(&ref);
	return tap_done();
}

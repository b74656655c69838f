#include "drift/state.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/tap.h"
#include "drift/report.h"
#include "drift/world.h"

/* A stream read in one run, and in several with a state between them: the same events. */
#define LENGTH 6000
#define MINUTE INT64_C(60000)
#define START (INT64_C(490000) * 60 * MINUTE)

static const struct rai_drift_rule usual = {.window = 300,
    .sustain = 2,
    .alpha = 0.01,
    .psi_above = NAN,
    .accuracy_below = NAN,
    .coverage_least = 0.1,
    .ask_after_ms = 60 * MINUTE,
    .retrain_on = RAI_DRIFT_ON_EITHER};

struct run {
	const struct reference *ref;
	struct rai_drift_rule rule;
	struct rai_drift_watch *watch;
	struct rai_drift_incident incident;
	struct rai_buf events;
	int failed, loads, told;
};

static void
tell(struct run *r)
{
	const struct rai_drift_subject about = {.name = "m", .digest = "sha256:0"};

	r->told++;
	rai_drift_report_event(
	    rai_drift_watch_state(r->watch), &about, &r->incident, START, &r->events);
}

static void
start(struct run *r, const struct rai_buf *state)
{
	struct rai_err err = RAI_ERR_INIT;

	if (rai_drift_watch_new(&r->ref->ref, &r->rule, &r->watch, &err) != 0 ||
	    rai_drift_watch_keep(r->watch, &err) != 0 ||
	    (state != NULL &&
		rai_drift_watch_load(r->watch, state->ptr, state->len, 1, &err) != 0)) {
		r->failed++;
		printf("# %s\n", err.msg);
	}
}

/* One run ends and another goes on.  What was loaded must be saved as it was. */
static void
hand_over(struct run *r)
{
	struct rai_buf state = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_buf again = RAI_BUF_INIT((size_t)64 << 20);

	rai_drift_watch_save(r->watch, &state);
	rai_drift_watch_free(r->watch);
	start(r, &state);
	rai_drift_watch_save(r->watch, &again);
	r->failed += state.len != again.len || memcmp(state.ptr, again.ptr, state.len) != 0;
	r->loads++;
	rai_buf_free(&state);
	rai_buf_free(&again);
}

/* The world turns twice, breaks once; labels come 400 rows late, some never. */
static void
turn(struct world *w, int i)
{
	w->mix = i >= 1500 && i < 3000 ? 0.5 : 0;
	w->inflate = i >= 1500 && i < 3300 ? 1.4 : 1;
	w->drop = i >= 4000 && i < 4400;
	w->new_share = 0.004;
}

static void
play(struct run *r, int pieces)
{
	struct rai_rng cuts = rai_rng_new((uint64_t)pieces, 3);
	struct world w = world_new(99);
	unsigned char withheld[COLUMNS] = {0};
	static double price[LENGTH];
	struct rai_cell c[COLUMNS];
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	int i, rc;

	start(r, NULL);
	for (i = 0; i < LENGTH && r->failed == 0; i++) {
		struct rai_drift_row row = {id, START + i * MINUTE, c, 0, withheld};

		turn(&w, i);
		row.prediction = world_row(&w, c, &price[i]);
		withheld[ROOMS] = i > 5000;
		snprintf(id, sizeof(id), "id-%d", i);
		if (i % 10 == 3) { /* another model answered */
			row.prediction = i > 5000 ? (double)NAN : row.prediction;
			rc = rai_drift_watch_elsewhere(r->watch, &row, &err);
		} else
			rc = rai_drift_watch_prediction(r->watch, &row, &err);
		r->failed += rc < 0;
		if (rc > 0)
			tell(r);
		if (i >= 400 && i % 7 != 0) {
			snprintf(id, sizeof(id), "id-%d", i - 400);
			rc = rai_drift_watch_label(
			    r->watch, id, price[i - 400], START + i * MINUTE, &err);
			r->failed += rc < 0;
			if (rc > 0)
				tell(r);
		}
		if (rai_rng_below(&cuts, LENGTH) < (uint64_t)pieces)
			hand_over(r);
	}
	rai_drift_watch_free(r->watch);
}

static void
test_state__any_split(
    const struct reference *ref, const struct rai_drift_rule *rule, const char *what)
{
	struct run whole = {.ref = ref, .rule = *rule, .events = RAI_BUF_INIT((size_t)16 << 20)};
	int pieces, i;

	play(&whole, 0);
	printf("# %s: %d events\n", what, whole.told);
	ok(whole.failed == 0 && whole.told >= 3 && whole.loads == 0, what);
	for (i = 0; i < 2; i++) {
		struct run r = {
		    .ref = ref, .rule = *rule, .events = RAI_BUF_INIT((size_t)16 << 20)};

		pieces = i == 0 ? 3 : 40;
		play(&r, pieces);
		printf("# %d runs\n", r.loads + 1);
		ok(r.failed == 0 && r.loads > 0, "saved and loaded");
		ok(r.events.len == whole.events.len &&
			memcmp(r.events.ptr, whole.events.ptr, r.events.len) == 0,
		    "the same events");
		rai_buf_free(&r.events);
	}
	rai_buf_free(&whole.events);
}

/* A state that was changed is refused or read, and never more than that. */
static void
test_state__damaged(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct run r = {.ref = ref};
	struct rai_buf state = RAI_BUF_INIT((size_t)64 << 20);
	struct rai_rng rng = rai_rng_new(5, 5);
	struct world w = world_new(7);
	struct rai_cell c[COLUMNS] = {{0}};
	struct rai_err err = RAI_ERR_INIT;
	char id[RAI_DRIFT_ID];
	double price;
	int i, refused = 0;

	rule.detectors = 1U << RAI_STREAM_CUSUM | 1U << RAI_STREAM_PAGE_HINKLEY;
	rule.detect_inputs = 1;
	r.rule = rule;
	start(&r, NULL);
	for (i = 0; i < 350; i++) {
		struct rai_drift_row row = {id, 0, c, world_row(&w, c, &price), NULL};

		snprintf(id, sizeof(id), "id-%d", i);
		rai_drift_watch_prediction(r.watch, &row, &err);
		rai_drift_watch_label(r.watch, id, price, 0, &err);
	}
	rai_drift_watch_save(r.watch, &state);
	rai_drift_watch_free(r.watch);
	for (i = 0; i < 400; i++) {
		size_t at = rai_rng_below(&rng, state.len), len = state.len;
		char kept = state.ptr[at];

		if (i % 4 == 0)
			len = at;
		else
			state.ptr[at] = "0-9,]}n\n"[rai_rng_below(&rng, 8)];
		err.msg[0] = '\0';
		rai_drift_watch_new(&ref->ref, &rule, &r.watch, &err);
		rai_drift_watch_keep(r.watch, &err);
		if (rai_drift_watch_load(r.watch, state.ptr, len, 1, &err) != 0)
			refused += err.msg[0] != '\0';
		rai_drift_watch_free(r.watch);
		state.ptr[at] = kept;
	}
	printf("# %d of 400 refused\n", refused);
	ok(refused > 200, "a damaged state is refused with a reason");
	rai_buf_free(&state);
}

static void
test_state__refused(const struct reference *ref)
{
	static const struct {
		const char *text, *want;
	} cases[] = {{"", "the end is missing"}, {"{}\n", "line 3: no line that is wanted here"},
	    {"{\"row\":[1]}\n", "line 3: no line that is wanted here"},
	    {"[1]\n", "line 3: no line that is wanted here"},
	    {"{\"watch\":{}}\n", "line 3: \"verdict\" is missing (a number)"},
	    {"{\"watch\":{}}", "line 3: cut off"}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rai_drift_watch *w = NULL;
		struct rai_err err = RAI_ERR_INIT;

		ok(rai_drift_watch_new(&ref->ref, &usual, &w, &err) == 0 &&
			rai_drift_watch_keep(w, &err) == 0 &&
			rai_drift_watch_load(w, cases[i].text, strlen(cases[i].text), 3, &err) ==
			    -1,
		    "refused");
		is_str(err.msg, cases[i].want, "with a reason");
		rai_drift_watch_free(w);
	}
}

int
main(void)
{
	struct reference ref;
	struct rai_err err = RAI_ERR_INIT;
	struct rai_drift_rule rule = usual;

	if (!ok(reference_make(&ref, 11, 3000, &err) == 0, "a reference of 3,000 rows"))
		return tap_done();
	test_state__any_split(&ref, &rule, "windows of rows");
	rule.slide = 100;
	test_state__any_split(&ref, &rule, "windows of rows that overlap");
	rule.detectors = 1U << RAI_STREAM_CUSUM | 1U << RAI_STREAM_ADWIN | 1U << RAI_STREAM_KSWIN;
	rule.detect_inputs = 1;
	test_state__any_split(&ref, &rule, "with detectors");
	rule.window = rule.slide = 0;
	rule.window_ms = 240 * MINUTE;
	test_state__any_split(&ref, &rule, "windows by time");
	rule.slide_ms = 60 * MINUTE;
	rule.false_alarm_every_ms = 10 * 24 * 60 * MINUTE;
	test_state__any_split(&ref, &rule, "windows by time that overlap, in a budget");
	test_state__damaged(&ref);
	test_state__refused(&ref);
	reference_free(&ref);
	return tap_done();
}

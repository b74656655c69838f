#include "drift/sentinel.h"

#include "base/fpmath.h"
#include "base/tap.h"
#include "drift/world.h"

/* Detectors on the small world's pairs and rows, whose reference knows what is normal. */
static const struct rai_drift_rule usual = {.window = 500,
    .sustain = 2,
    .alpha = 0.01,
    .psi_above = NAN,
    .accuracy_below = NAN,
    .detectors = 1U << RAI_STREAM_CUSUM,
    .detect_inputs = 1};

static struct rai_drift_sentinel *
begin(const struct reference *ref, const struct rai_drift_rule *rule)
{
	struct rai_drift_sentinel *s = NULL;
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_drift_sentinel_new(&ref->ref, rule, &s, &err) == 0 && s != NULL, "a sentinel");
	return s;
}

/* Rows with their pairs, n of them from seq on, until one is held; returns how many it took. */
static int
feed(struct rai_drift_sentinel *s, struct world *w, int seq, int n)
{
	struct rai_cell c[COLUMNS];
	double price, says;
	int i, about, bad = 0;

	for (i = 0; i < n; i++) {
		says = world_row(w, c, &price);
		bad |= rai_drift_sentinel_row(s, c, NULL, says, seq + i) != 0;
		bad |= rai_drift_sentinel_pair(
			   s, &(struct rai_drift_pair){says, price, seq + i, 0, 0, 0}) != 0;
		for (about = 0; about < RAI_DRIFT_ABOUTS; about++)
			if (bad || rai_drift_sentinel_held(s, (enum rai_drift_about)about) != NULL)
				return i + 1;
	}
	return n;
}

static void
test_sentinel__clean_is_silent(const struct reference *ref)
{
	struct world w = world_new(31);
	struct rai_drift_sentinel *s = begin(ref, &usual);

	ok(feed(s, &w, 0, 6000) == 6000, "6,000 clean rows: no alarm");
	rai_drift_sentinel_free(s);
}

static void
test_sentinel__prices(const struct reference *ref)
{
	struct world w = world_new(32);
	struct rai_drift_sentinel *s = begin(ref, &usual);
	struct rai_drift_pair pair[RAI_SENTINEL_PAIRS];
	struct rai_drift_signal *a;
	size_t n;
	int took;

	ok(feed(s, &w, 0, 1500) == 1500, "clean");
	w.inflate = 1.1;
	took = feed(s, &w, 1500, 500);
	a = rai_drift_sentinel_held(s, RAI_ABOUT_TARGET);
	printf("# prices + 10 %%: %d pairs\n", took);
	ok(took <= 170, "prices 10 % higher, half a standard deviation, in 170 pairs");
	if (!ok(a != NULL, "about the target"))
		return;
	is_str(a->stream, "residual", "which way predictions miss");
	ok(a->since > 1450 && a->since < 1530 && a->seen == 1500 + took - 1, "since about then");
	ok(fabs(a->after - a->before - rai_log(1.1)) < 0.05, "by about so much");
	ok(a->effect > 2, "more than the floor");
	ok(strstr(a->why, " % above the predictions in the last ") != NULL, "in words");
	n = rai_drift_sentinel_pairs(s, a, pair);
	ok((int64_t)n == a->samples && pair[n - 1].seq == a->seen, "with its pairs");
	rai_drift_sentinel_drop(s, RAI_ABOUT_TARGET);
	ok(rai_drift_sentinel_held(s, RAI_ABOUT_TARGET) == NULL, "until it is dealt with");
	rai_drift_sentinel_free(s);
}

/* A tenth of the rows has an error of half the price: worse; then the model is never wrong. */
static void
test_sentinel__error(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct rai_drift_sentinel *s;
	struct rai_drift_signal *a;
	int i;

	rule.detect_inputs = 0;
	s = begin(ref, &rule);
	for (i = 0; i < 400 && rai_drift_sentinel_held(s, RAI_ABOUT_ERROR) == NULL; i++)
		rai_drift_sentinel_pair(
		    s, &(struct rai_drift_pair){100, i % 2 == 0 ? 60 : 140, i, 0, 0, 0});
	a = rai_drift_sentinel_held(s, RAI_ABOUT_ERROR);
	printf("# errors of 40 and 67 %%: %d pairs\n", i);
	ok(a != NULL && a->effect > 1 && i < 60, "larger errors are for the worse");
	ok(rai_drift_sentinel_held(s, RAI_ABOUT_TARGET) == NULL, "to both sides alike");
	rai_drift_sentinel_reset(s);
	ok(rai_drift_sentinel_held(s, RAI_ABOUT_ERROR) == NULL, "forgotten");
	for (i = 0; i < 400 && rai_drift_sentinel_held(s, RAI_ABOUT_ERROR) == NULL; i++)
		rai_drift_sentinel_pair(s, &(struct rai_drift_pair){100, 100, i, 0, 0, 0});
	ok(rai_drift_sentinel_held(s, RAI_ABOUT_ERROR) == NULL, "smaller errors are no alarm");
	rai_drift_sentinel_free(s);
}

static void
test_sentinel__inputs(const struct reference *ref)
{
	struct world w = world_new(34);
	struct rai_drift_rule rule = usual;
	struct rai_drift_sentinel *s = begin(ref, &usual);
	struct rai_drift_signal *a;
	int took;

	feed(s, &w, 0, 1000);
	w.shift = 0.5;
	took = feed(s, &w, 1000, 1000);
	a = rai_drift_sentinel_held(s, RAI_ABOUT_INPUTS);
	printf("# area + 0.5 sd: %d rows, %s\n", took, a != NULL ? a->why : "");
	ok(a != NULL && took < 250, "half a standard deviation of area");
	ok(a != NULL && a->since > 900 && a->since < 1100, "since about then");
	rai_drift_sentinel_free(s);

	rule.detect_inputs = 0;
	s = begin(ref, &rule);
	ok(feed(s, &w, 0, 2000) == 2000, "who asks for labels alone is told of these alone");
	rai_drift_sentinel_free(s);
}

/* A budget of one alarm in a million rows needs more of them. */
static void
test_sentinel__budget(const struct reference *ref)
{
	int took[2], i;

	for (i = 0; i < 2; i++) {
		struct world w = world_new(35);
		struct rai_drift_sentinel *s = begin(ref, &usual);

		rai_drift_sentinel_budget(s, i == 0 ? 0 : 1e6);
		feed(s, &w, 0, 500);
		w.inflate = 1.1;
		took[i] = feed(s, &w, 500, 1000);
		rai_drift_sentinel_free(s);
	}
	printf("# %d, in a budget %d\n", took[0], took[1]);
	ok(took[0] < took[1] && took[1] < 200, "fewer false alarms take longer");
}

/* Everything there and back, in the middle of a change. */
static void
test_sentinel__state(const struct reference *ref)
{
	struct rai_buf text = RAI_BUF_INIT((size_t)1 << 20), again = RAI_BUF_INIT((size_t)1 << 20);
	struct rai_drift_rule rule = usual;
	struct rai_drift_sentinel *s, *t;
	struct rai_err err = RAI_ERR_INIT;
	struct world w = world_new(36);
	const char *line, *end;
	int bad = 0;

	rule.detectors |=
	    1U << RAI_STREAM_ADWIN | 1U << RAI_STREAM_KSWIN | 1U << RAI_STREAM_PAGE_HINKLEY;
	s = begin(ref, &rule);
	t = begin(ref, &rule);
	feed(s, &w, 0, 300);
	w.inflate = 1.5;
	feed(s, &w, 300, 300);
	rai_drift_sentinel_save(s, &text);
	ok(!rai_drift_sentinel_loaded(t), "not loaded yet");
	for (line = text.ptr; *line != '\0'; line = end + 1) {
		struct cJSON *doc;
		const struct cJSON *m;

		end = strchr(line, '\n');
		doc = rai_json_parse(line, (size_t)(end - line), &err);
		m = rai_json_first(doc);
		bad |= rai_drift_sentinel_load(t, rai_json_key(m), m, &err) != 0;
		rai_json_free(doc);
	}
	ok(!bad && rai_drift_sentinel_loaded(t), "all lines are taken");
	rai_drift_sentinel_save(t, &again);
	is_str(again.ptr, text.ptr, "and give the same lines");
	ok(strstr(text.ptr, "\"held\"") != NULL, "an alarm among them");
	rai_buf_free(&text);
	rai_buf_free(&again);
	rai_drift_sentinel_free(s);
	rai_drift_sentinel_free(t);
}

static void
test_sentinel__refused(const struct reference *ref)
{
	static const char *const lines[] = {"{\"detector\":{}}",
	    "{\"detector\":{\"stream\":\"error\",\"kind\":\"cusum\",\"state\":[]}}",
	    "{\"detector\":{\"stream\":\"residual\",\"kind\":\"cusum\",\"state\":[1]}}",
	    "{\"recent\":{\"pairs\":2,\"newest\":[1,2,0,0,0]}}",
	    "{\"recent\":{\"pairs\":-1,\"newest\":[]}}",
	    "{\"recent\":{\"pairs\":1,\"newest\":[1,2,-3,0,0]}}",
	    "{\"held\":{\"about\":7,\"alarm\":{}}}",
	    "{\"held\":{\"about\":0,\"alarm\":{\"stream\":\"error\",\"detector\":99,\"stands\":"
	    "false,"
	    "\"since\":0,\"since_ms\":0,\"seen\":1,\"samples\":1,\"pairs\":0,\"why\":\"\"}}}",
	    "{\"held\":{\"about\":0,\"alarm\":{\"stream\":\"nothing\",\"detector\":0,\"stands\":"
	    "false,"
	    "\"since\":0,\"since_ms\":0,\"seen\":1,\"samples\":1,\"pairs\":0,\"why\":\"\"}}}"};
	struct rai_drift_sentinel *s = begin(ref, &usual);
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct rai_err err = RAI_ERR_INIT;
		struct cJSON *doc = rai_json_parse(lines[i], strlen(lines[i]), &err);
		const struct cJSON *m = rai_json_first(doc);

		ok(m != NULL && rai_drift_sentinel_load(s, rai_json_key(m), m, &err) == -1 &&
			err.msg[0] != '\0',
		    lines[i]);
		rai_json_free(doc);
	}
	rai_drift_sentinel_free(s);
}

/* What is not for it, and what there is nothing to watch of. */
static void
test_sentinel__rules(const struct reference *ref)
{
	struct rai_drift_rule rule = usual;
	struct rai_drift_sentinel *s = NULL;
	struct rai_err err = RAI_ERR_INIT;

	rule.detectors = 1U << RAI_STREAM_DDM;
	ok(rai_drift_sentinel_new(&ref->ref, &rule, &s, &err) == -1 && s == NULL, "ddm of numbers");
	is_str(err.msg, "ddm counts wrong answers: it is for models that predict classes", "why");
	rule.detectors = 0;
	ok(rai_drift_sentinel_new(&ref->ref, &rule, &s, &err) == 0 && s == NULL, "none");
	ok(rai_drift_sentinel_pair(NULL, NULL) == 0 &&
		rai_drift_sentinel_held(NULL, RAI_ABOUT_ERROR) == NULL,
	    "says nothing");
	rai_drift_sentinel_reset(NULL);
}

int
main(void)
{
	struct reference ref;
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(reference_make(&ref, 11, 3000, &err) == 0, "a reference of 3,000 rows"))
		return tap_done();
	test_sentinel__clean_is_silent(&ref);
	test_sentinel__prices(&ref);
	test_sentinel__error(&ref);
	test_sentinel__inputs(&ref);
	test_sentinel__budget(&ref);
	test_sentinel__state(&ref);
	test_sentinel__refused(&ref);
	test_sentinel__rules(&ref);
	reference_free(&ref);
	return tap_done();
}

#include "drift/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"
#include "drift/report.h"

/* A profile of one number in three bins, and a category. */
static int
profile_make(struct rai_profile *p, struct rai_err *err)
{
	double v[300];
	int32_t code[300];
	char a[] = "a", b[] = "b";
	char *const level[] = {a, b};
	size_t i;

	memset(p, 0, sizeof(*p));
	for (i = 0; i < 300; i++) {
		v[i] = (double)(i % 3);
		code[i] = (int32_t)(i % 2);
	}
	p->n = 2;
	p->rows = 300;
	p->accuracy = NAN;
	p->col = calloc(2, sizeof(*p->col));
	return p->col == NULL || rai_profile_from_num(&p->col[0], "x", v, 300, err) != 0 ||
		       rai_profile_from_cat(&p->col[1], "c", level, 2, code, 300, err) != 0
		   ? -1
		   : 0;
}

static void
test_history__counts_the_window(struct rai_drift_history *h)
{
	double x[] = {0, 0, 1, NAN, 7}, *num[] = {x, NULL}, says[] = {1, 1, 1, 1, 1};
	int32_t c[] = {1, 1, 0, RAI_CODE_MISSING, RAI_CODE_UNSEEN}, *code[] = {NULL, c};
	const struct rai_drift_rows rows = {
	    .n = 5, .ncol = 2, .num = num, .code = code, .prediction = says};
	struct rai_drift_listener hears = rai_drift_history_listener(h);

	hears.inputs(hears.ctx, &rows);
	hears.inputs(hears.ctx, &rows);
	is_int(h->bin[0][0], 2, "values in the first bin, of the newest window alone");
	is_int(h->bin[0][h->profile->col[0].nbin - 1], 1, "and the last");
	is_int(h->bin[0][h->profile->col[0].nbin], 1, "missing");
	is_int(h->bin[1][1], 2, "a category");
	is_int(h->bin[1][2], 1, "missing");
	is_int(h->bin[1][3], 1, "new");
	is_int(h->bin[2][0], 0, "a profile without a prediction has none");
}

static void
test_history__is_bounded(struct rai_drift_history *h)
{
	struct rai_drift_check col[5] = {{0}};
	struct rai_drift_inputs in = {.col = col, .n = 5, .drifted = 1};
	struct rai_drift_state s = {.in = &in, .verdict = RAI_DRIFT_MOVED};
	int i, seen = 0;

	for (i = 0; i < 5; i++) {
		col[i].name = "column";
		col[i].drifted = 1;
	}
	is_int(rai_drift_history_see(h, &s), 0, "nothing judged, nothing marked");
	for (i = 1; i <= RAI_DRIFT_MARKS + 7; i++) {
		s.input_windows = i;
		seen += rai_drift_history_see(h, &s);
	}
	is_int(seen, RAI_DRIFT_MARKS + 7, "every window is seen");
	is_int((int64_t)h->n, RAI_DRIFT_MARKS, "the newest are kept");
	is_int(h->mark[0].number, 8, "the oldest make room");
	is_int((int64_t)h->mark[0].hot, 5, "all that moved count");
	is_str(h->mark[0].name[RAI_DRIFT_HOT - 1], "column", "the first have names");
	is_int(rai_drift_history_see(h, &s), 0, "a window is marked once");
}

/* All marks through their lines into another history. */
static void
test_history__is_kept(const struct rai_drift_history *h, const struct rai_profile *profile)
{
	struct rai_buf lines = RAI_BUF_INIT(1 << 20);
	struct rai_drift_history again;
	struct rai_err err = RAI_ERR_INIT;
	const char *p, *end;
	size_t i, same = 0;

	rai_drift_history_save(h, &lines);
	if (!ok(rai_drift_history_init(&again, profile, &err) == 0, "another history"))
		return;
	for (p = lines.ptr; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		struct cJSON *doc = rai_json_parse(p, (size_t)(end - p), &err);

		same += rai_drift_history_load(&again, doc, &err) == 0;
		rai_json_free(doc);
	}
	is_int((int64_t)same, RAI_DRIFT_MARKS, "every line is read");
	for (i = 0; i < again.n; i++) /* NaN is not itself */
		same -= again.mark[i].number == h->mark[i].number &&
			again.mark[i].rows == h->mark[i].rows &&
			again.mark[i].verdict == h->mark[i].verdict &&
			again.mark[i].hot == h->mark[i].hot &&
			strcmp(again.mark[i].name[2], h->mark[i].name[2]) == 0 &&
			isnan(again.mark[i].accuracy);
	is_int((int64_t)same, 0, "as it was written");
	rai_drift_history_release(&again);
	rai_buf_free(&lines);
}

static void
test_history__trusts_nothing(struct rai_drift_history *h)
{
#define MARK(number, verdict, hot, names)                                                         \
	"{\"mark\":{\"labels\":false,\"number\":" number ",\"rows\":5,\"from_ms\":0,\"to_ms\":0," \
	"\"verdict\":" verdict ",\"advice\":0,\"moved\":true,\"broken\":false,\"hot\":" hot       \
	",\"names\":" names "}}"
	static const char *const lines[] = {MARK("1", "1", "1", "[\"a\"]"),
	    MARK("0", "1", "1", "[\"a\"]"), MARK("1", "4", "1", "[\"a\"]"),
	    MARK("1", "1", "-1", "[]"), MARK("1", "1", "2", "[\"a\"]"),
	    MARK("1", "1", "1", "[\"a\", \"b\"]"), MARK("1", "1", "1", "[3]"),
	    MARK("1", "1", "1",
		"[\"0123456789012345678901234567890123456789012345678901234567890123\"]"),
	    "{\"mark\":3}", "{\"mark\":{}}"};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct rai_err err = RAI_ERR_INIT;
		struct cJSON *doc = rai_json_parse(lines[i], strlen(lines[i]), &err);

		is_int(rai_drift_history_load(h, doc, &err), i == 0 ? 0 : -1,
		    i == 0 ? "a mark" : err.msg);
		rai_json_free(doc);
	}
	is_int(h->mark[h->n - 1].number, 1, "it is the newest");
	is_int((int64_t)h->n, RAI_DRIFT_MARKS, "and the oldest made room");
}

static void
test_next__says_what_to_do(void)
{
	struct rai_drift_subject about = {
	    .name = "it's", .file = "m.safetensors", .config = "r.yaml"};
	struct rai_drift_state s = {.verdict = RAI_DRIFT_MOVED, .advice = RAI_ADVISE_RETRAIN};
	struct rai_drift_next next;

	rai_drift_next(&s, &about, &next);
	is_str(next.command,
	    "rai-train --config r.yaml --model 'it'\\''s' | rai-tag --config r.yaml",
	    "a retrain, with the name as a word of the shell");
	s.advice = RAI_ADVISE_LABELS;
	snprintf(s.span.first, sizeof(s.span.first), "ID");
	rai_drift_next(&s, &about, &next);
	is_str(next.command,
	    "curl -d '{\"id\":\"ID\",\"actual\":1234.5}' http://127.0.0.1:5000/feedback", "labels");
	about.rows = 1;
	rai_drift_next(&s, &about, &next);
	is_str(next.command, "rai-drift --model m.safetensors --config r.yaml --rows labelled.csv",
	    "of rows");
	about.file = NULL;
	rai_drift_next(&s, &about, &next);
	ok(next.command[0] == '\0' && next.text[0] != '\0', "without a model there are words");
	s.advice = RAI_ADVISE_WAIT;
	s.verdict = RAI_DRIFT_INSUFFICIENT;
	s.missing_rows = 77;
	rai_drift_next(&s, &about, &next);
	ok(strstr(next.text, "77 more rows") != NULL, "how many rows are wanted");
}

int
main(void)
{
	struct rai_profile profile;
	struct rai_drift_history h = {0};
	struct rai_err err = RAI_ERR_INIT;

	if (profile_make(&profile, &err) == 0 && rai_drift_history_init(&h, &profile, &err) == 0) {
		test_history__counts_the_window(&h);
		test_history__is_bounded(&h);
		test_history__is_kept(&h, &profile);
		test_history__trusts_nothing(&h);
	}
	test_next__says_what_to_do();
	if (h.profile != NULL)
		rai_drift_history_release(&h);
	rai_profile_release(&profile);
	return tap_done();
}

#include "drift/log.h"

#include <stdlib.h>

#include "base/tap.h"

static const char *const digest = "sha256:1";

static struct rai_schema
make_schema(struct rai_col_spec col[2], char *const level[1])
{
	static char rooms[] = "Rooms", type[] = "Type";

	col[0] = (struct rai_col_spec){.name = rooms, .type = RAI_COL_NUM};
	col[1] = (struct rai_col_spec){
	    .name = type, .type = RAI_COL_CAT, .level = (char **)level, .nlevel = 1};
	return (struct rai_schema){.col = col, .n = 2};
}

#define PREDICTION(features)                                                                      \
	"{\"type\":\"prediction\",\"time\":\"2026-11-23T10:00:00.5Z\",\"id\":\"x1\",\"version\":" \
	"\"v1\",\"digest\":\"sha256:1\",\"features\":{" features "},\"prediction\":2.5}"

static void
test_log__reads(void)
{
	char h[] = "h", *const level[] = {h};
	struct rai_col_spec col[2];
	struct rai_schema schema = make_schema(col, level);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_drift_log log;
	struct rai_drift_line line;
	char served[RAI_DRIFT_NAME] = "";
	static const char good[] = PREDICTION("\"Other\":1,\"Type\":\"h\",\"Rooms\":3");
	static const char gaps[] = PREDICTION("\"Rooms\":\"three\",\"Type\":\"zz\"");
	static const char redacted[] =
	    "{\"type\":\"prediction\",\"id\":\"x3\",\"redacted\":[\"Type\",\"Other\"],"
	    "\"features\":{\"Rooms\":1,\"Type\":null},\"prediction\":1}";
	static const char label[] = "{\"type\":\"feedback\",\"id\":\"x1\",\"actual\":7}";
	static const char later[] = "{\"type\":\"heartbeat\"}";
	static const char canary[] =
	    "{\"type\":\"prediction\",\"id\":\"x2\",\"role\":\"canary\",\"digest\":\"sha256:3\","
	    "\"features\":{},\"prediction\":9}";
	static const char answered[] =
	    "{\"type\":\"prediction\",\"id\":\"x4\",\"model\":\"house\",\"role\":\"canary\","
	    "\"version\":\"v3\",\"digest\":\"sha256:3\",\"features\":{\"Rooms\":4},"
	    "\"prediction\":9}";
	static const char own[] =
	    "{\"type\":\"prediction\",\"id\":\"x5\",\"model\":\"house\",\"role\":\"champion\","
	    "\"version\":\"v2\",\"digest\":\"sha256:2\",\"features\":{},\"prediction\":9}";
	static const char next[] =
	    "{\"type\":\"prediction\",\"id\":\"x6\",\"model\":\"house\",\"role\":\"champion\","
	    "\"digest\":\"sha256:4\",\"features\":{},\"prediction\":9}";
	static const char mirrored[] = "{\"type\":\"mirrored\",\"id\":\"x1\",\"role\":"
				       "\"shadow\",\"digest\":\"sha256:2\",\"prediction\":9}";
	static const char class[] = "{\"type\":\"feedback\",\"id\":\"x1\",\"actual\":\"h\"}";

	ok(rai_drift_log_init(&log, &schema, digest, &err) == 0, "init");
	ok(rai_drift_log_read(&log, good, sizeof(good) - 1, &line, &err) == 0, err.msg);
	ok(line.kind == RAI_DRIFT_PREDICTION && line.value == 2.5, "a prediction");
	is_str(line.id, "x1", "its id");
	is_int(line.time_ms % 86400000, 36000500, "its time");
	is_str(log.version, "v1", "the version that made it");
	ok(log.cells[0].num == 3 && log.cells[1].code == 0, "features in any order");
	ok(rai_drift_log_read(&log, gaps, sizeof(gaps) - 1, &line, &err) == 0, "odd values");
	ok(isnan(log.cells[0].num) && log.misfits == 1, "text for a number: missing, counted");
	ok(log.cells[1].code < RAI_CODE_UNSEEN, "a category never seen, by its name");
	ok(rai_drift_log_read(&log, redacted, sizeof(redacted) - 1, &line, &err) == 0 &&
		log.withheld[0] == 0 && log.withheld[1] == 1,
	    "values that are not said");
	ok(rai_drift_log_read(&log, good, sizeof(good) - 1, &line, &err) == 0 &&
		log.withheld[1] == 0,
	    "by one line");
	ok(rai_drift_log_read(&log, label, sizeof(label) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_LABEL && line.value == 7,
	    "a label");
	ok(rai_drift_log_read(&log, later, sizeof(later) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP,
	    "unknown kinds are skipped");
	ok(rai_drift_log_read(&log, class, sizeof(class) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP,
	    "the class that another model in this log should have given");
	log.digest = "sha256:2";
	ok(rai_drift_log_read(&log, good, sizeof(good) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP && log.other_model == 1,
	    "another model is skipped and counted");
	ok(rai_drift_log_read(&log, canary, sizeof(canary) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP && log.other_model == 1,
	    "a canary beside the model is skipped");
	ok(rai_drift_log_read(&log, mirrored, sizeof(mirrored) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP,
	    "so is what a shadow predicted");
	ok(log.predictions == 4 && log.labels == 1 && log.bad == 0, "counts");

	log.served = served;
	ok(rai_drift_log_read(&log, answered, sizeof(answered) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP,
	    "a canary beside some other name");
	ok(rai_drift_log_read(&log, own, sizeof(own) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_PREDICTION && !line.elsewhere,
	    "the model's own line");
	is_str(served, "house", "says under which name it is served");
	ok(rai_drift_log_read(&log, answered, sizeof(answered) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_PREDICTION && line.elsewhere && isnan(line.value) &&
		log.cells[0].num == 4,
	    "a row that came to this name, and a canary answered");
	is_str(log.version, "v2", "the version is the model's");
	ok(rai_drift_log_read(&log, next, sizeof(next) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP && log.other_model == 2,
	    "another model has taken its place");
	ok(rai_drift_log_read(&log, answered, sizeof(answered) - 1, &line, &err) == 0 &&
		line.kind == RAI_DRIFT_SKIP,
	    "so the canary is beside that one");
	rai_drift_log_release(&log);
}

static void
test_log__hostile(void)
{
	static const char *const bad[] = {"", "x", "[]", "{}", "{\"type\":1}",
	    "{\"type\":\"prediction\"}", "{\"type\":\"feedback\",\"id\":\"a\"}",
	    "{\"type\":\"feedback\",\"id\":\"\",\"actual\":1}",
	    "{\"type\":\"feedback\",\"id\":\"a\",\"actual\":true}",
	    "{\"type\":\"feedback\",\"id\":\"a\",\"actual\":1e999}",
	    "{\"type\":\"feedback\",\"id\":\"a\",\"actual\":1,\"time\":\"noon\"}",
	    "{\"type\":\"prediction\",\"id\":\"a\",\"prediction\":1,\"features\":[]}"};
	char h[] = "h", *const level[] = {h};
	struct rai_col_spec col[2];
	struct rai_schema schema = make_schema(col, level);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_drift_log log;
	struct rai_drift_line line;
	size_t i, n = sizeof(bad) / sizeof(bad[0]);

	ok(rai_drift_log_init(&log, &schema, NULL, &err) == 0, "init");
	for (i = 0; i < n; i++)
		ok(rai_drift_log_read(&log, bad[i], strlen(bad[i]), &line, &err) == -1, bad[i]);
	is_int(log.bad, n, "all are counted");
	rai_drift_log_release(&log);
}

int
main(void)
{
	test_log__reads();
	test_log__hostile();
	return tap_done();
}

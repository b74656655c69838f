#include "alert/alert.h"

#include <math.h>

#include "base/tap.h"

static int
read_text(const char *text, struct rai_alerts *a, struct rai_err *err)
{
	*err = (struct rai_err)RAI_ERR_INIT;
	return rai_alerts_read(text, strlen(text), a, err);
}

static void
test_own(void)
{
	struct rai_alerts a;
	struct rai_err err;

	ok(read_text("{\"specversion\":\"1.0\",\"id\":\"E1\",\"source\":\"/rai/drift\","
		     "\"type\":\"ai.reconciled.drift.detected.v1\",\"subject\":\"m\","
		     "\"time\":\"2026-11-23T10:00:00Z\",\"correlationid\":\"C\",\"future\":1,"
		     "\"data\":{\"digest\":\"sha256:aa\",\"advice\":\"get-labels\",\"features\":["
		     "{\"name\":\"Rooms\",\"psi\":0.1},{\"name\":\"Type\",\"psi\":0.4},"
		     "{\"name\":\"Car\",\"psi\":null}]}}",
	       &a, &err) == 0,
	    "a drift event");
	is_int(a.n, 1, "is one alert");
	is_str(a.alert->model, "m", "on the subject");
	is_str(a.alert->identity, "digest sha256:aa", "whose cause is the running model");
	is_str(a.alert->id, "/rai/drift E1", "identified by source and id");
	is_str(a.alert->metric, "psi Type", "the feature that moved most");
	ok_near(a.alert->value, 0.4, 0, "by how much");
	is_str(a.alert->correlation, "C", "the incident");
	is_int(a.alert->advice, RAI_ADVICE_LABELS, "the advice");
	rai_alerts_free(&a);
	ok(read_text("{\"specversion\":\"1.0\",\"id\":\"E\",\"source\":\"/rai/train\","
		     "\"type\":\"ai.reconciled.model.trained.v1\"}",
	       &a, &err) == 0 &&
		a.alert->kind == RAI_ALERT_NOTHING,
	    "another event of ours is no alert");
	rai_alerts_free(&a);
	ok(read_text("{\"specversion\":\"1.0\",\"id\":\"E\",\"source\":\"/rai/drift\","
		     "\"type\":\"ai.reconciled.drift.detected.v1\"}",
	       &a, &err) == 0 &&
		a.alert->advice == RAI_ADVICE_WAIT,
	    "drift without advice does not retrain");
	rai_alerts_free(&a);
	ok(read_text("{\"specversion\":\"1.0\",\"id\":\"E\",\"source\":\"/rai/drift\","
		     "\"type\":\"ai.reconciled.drift.cleared.v1\"}",
	       &a, &err) == 0 &&
		a.alert->status == RAI_ALERT_RESOLVED,
	    "drift.cleared resolves");
	rai_alerts_free(&a);
}

static void
test_foreign(void)
{
	struct rai_alerts a;
	struct rai_err err;

	ok(read_text("{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/watch\",\"type\":\"x.y\","
		     "\"data\":{\"model\":\"m\",\"metric\":\"mape\",\"value\":\"0.3\","
		     "\"status\":\"resolved\"}}",
	       &a, &err) == 0,
	    "a foreign event");
	is_int(a.alert->kind, RAI_ALERT_NAMED, "must name its model");
	is_str(a.alert->source, "cloudevents", "source");
	is_str(a.alert->metric, "mape", "metric");
	ok_near(a.alert->value, 0.3, 1e-15, "a number in a string");
	is_int(a.alert->status, RAI_ALERT_RESOLVED, "resolved");
	rai_alerts_free(&a);
	ok(read_text("{\"specversion\":\"0.3\",\"id\":\"7\",\"source\":\"/w\",\"type\":\"x\"}", &a,
	       &err) != 0,
	    "an old version is refused");
	is_str(err.msg, "CloudEvent of version \"0.3\", where 1.0 is read", "and named");
	ok(read_text("{\"specversion\":\"1.0\",\"source\":\"/w\",\"type\":\"x\"}", &a, &err) != 0,
	    "an event without an id is refused");
}

static void
test_alertmanager(void)
{
	struct rai_alerts a;
	struct rai_err err;

	ok(read_text(
	       "{\"version\":\"4\",\"groupKey\":\"g\",\"status\":\"firing\","
	       "\"truncatedAlerts\":3,\"newer\":{},\"alerts\":["
	       "{\"status\":\"resolved\",\"labels\":{\"alertname\":\"A\",\"model\":\"m\"},"
	       "\"startsAt\":\"2026-11-23T10:00:00.123456789+01:00\",\"fingerprint\":\"0f\"},"
	       "{\"status\":\"firing\",\"labels\":{\"alertname\":\"A\",\"severity\":\"page\"},"
	       "\"annotations\":{\"summary\":\"S\",\"value\":\"0.31\",\"metric\":\"psi\"},"
	       "\"startsAt\":\"2026-11-23T10:00:00Z\",\"fingerprint\":\"1f\"}]}",
	       &a, &err) == 0,
	    "a mixed group");
	is_int(a.n, 2, "two alerts");
	is_int(a.truncated, 3, "three left out");
	is_int(a.alert[0].status, RAI_ALERT_RESOLVED, "one resolved");
	is_int(a.alert[0].time_ms, 1795424400123, "its time, with offset and fraction");
	is_str(a.alert[1].identity, "1f 2026-11-23T10:00:00Z", "fingerprint and start");
	ok(a.alert[1].model == NULL, "no model named");
	is_str(a.alert[1].severity, "page", "severity");
	is_str(a.alert[1].metric, "psi", "metric");
	ok_near(a.alert[1].value, 0.31, 1e-15, "value");
	rai_alerts_free(&a);
	ok(read_text("{\"groupKey\":\"g\",\"alerts\":[]}", &a, &err) != 0, "without version");
	ok(strstr(err.msg, "\"version\" is missing") != NULL, "is refused by name");
	ok(read_text("{\"version\":\"3\",\"groupKey\":\"g\",\"alerts\":[]}", &a, &err) != 0,
	    "another version is refused");
	ok(read_text("{\"version\":\"4\",\"groupKey\":\"g\",\"alerts\":[{\"status\":\"maybe\","
		     "\"fingerprint\":\"1\",\"startsAt\":\"2026-11-23T10:00:00Z\"}]}",
	       &a, &err) != 0,
	    "an unknown status is refused");
	is_str(err.msg,
	    "Alertmanager webhook: alerts[0]: \"status\" is \"maybe\" (want \"firing\" or "
	    "\"resolved\")",
	    "with its place");
	ok(read_text("{\"hello\":1}", &a, &err) != 0, "another document is refused");
	ok(read_text("[]", &a, &err) != 0, "an array too");
}

int
main(void)
{
	test_own();
	test_foreign();
	test_alertmanager();
	return tap_done();
}

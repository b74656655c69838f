#include "conf/loop.h"
#include "conf/yaml.h"

#include "base/tap.h"

static void
test_yaml__positions(void)
{
	const char *text = "# caf\xc3\xa9\na:\n  - image: 'x:1'\n    n: 3\n---\nb: true\n";
	struct rai_yaml_docs docs;
	struct rai_err err = RAI_ERR_INIT;
	const struct rai_yaml *v;
	int64_t n = 0;
	int yes = 0;

	ok(rai_yaml_parse("t.yaml", text, strlen(text), &docs, &err) == 0, "two documents parse");
	is_int(docs.n, 2, "both are there");
	v = rai_yaml_get(rai_yaml_get(docs.doc[0], "a")->item[0], "image");
	is_str(v->text, "x:1", "a quoted value");
	ok(strncmp(text + v->start, "'x:1'", v->end - v->start) == 0,
	    "offsets are bytes of the source");
	is_int(v->line, 3, "its line");
	is_int(v->column, 12, "its column");
	ok(rai_yaml_int(rai_yaml_get(rai_yaml_get(docs.doc[0], "a")->item[0], "n"), 0, 9, &n) ==
		    0 &&
		n == 3,
	    "a whole number");
	ok(rai_yaml_bool(rai_yaml_at(docs.doc[1], "b", NULL), &yes) == 0 && yes, "true");
	rai_yaml_free(&docs);
}

static void
refused(const char *text, const char *want)
{
	struct rai_yaml_docs docs;
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_yaml_parse("t", text, strlen(text), &docs, &err) == -1, want);
	ok(strstr(err.msg, want) != NULL, err.msg);
}

static void
test_loop__strict(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"version: 1\nmodels:\n  m:\n    features: { droop: [a] }\n",
		"rai.yaml:4:17: unknown key \"droop\" in models.m.features (did you mean "
		"\"drop\"?)"},
	    {"version: 1\nmodels:\n  m:\n    window: 5\n",
		"unknown key \"window\" in models.m (one of: data"},
	    {"version: 1\nmodels:\n  m: { task: guess }\n",
		"models.m.task: \"guess\" is not one of: regression"},
	    {"version: 1\nmodels:\n  m: { drift: { window: many } }\n",
		"models.m.drift: window and slide must be a number of rows (500) or a "
		"time (6h)"},
	    {"version: 1\nmodels:\n  m: { drift: { traffic: 10/minute } }\n",
		"models.m.drift.traffic: \"10/minute\" is no rate such as 10/min"},
	    {"version: 1\nmodels:\n  m: { drift: { coverage: 3 } }\n",
		"models.m.drift.coverage: must be a share from 0 to 1"},
	    {"version: 1\nmodels:\n  m:\n    drift:\n      window: 1h\n      fleet: { replica: 3 "
	     "}\n",
		"rai.yaml:6:16: unknown key \"replica\" in models.m.drift.fleet (did you mean "
		"\"replicas\"?)"},
	    {"version: 1\nmodels:\n  m:\n    drift:\n      window: 1h\n      fleet: { replicas: -1 "
	     "}\n",
		"rai.yaml:6:26: models.m.drift.fleet.replicas: \"-1\" is not a whole number, 0 or "
		"more"},
	    {"version: 1\nmodels:\n  m:\n    drift:\n      window: 1h\n      fleet: { replicas: 3 "
	     "}\n",
		"rai.yaml:6:14: models.m.drift.fleet: prometheus is missing"},
	    {"version: 1\nmodels:\n  m:\n    drift:\n      window: 1h\n"
	     "      fleet: { prometheus: 'prom:9090' }\n",
		"rai.yaml:6:28: models.m.drift.fleet.prometheus: \"prom:9090\" is no http:// or"},
	    {"version: 1\nmodels:\n  m:\n    drift:\n      window: 1h\n"
	     "      fleet: { prometheus: 'http://p', token: s3cret }\n",
		"rai.yaml:6:47: models.m.drift.fleet.token: must be where it is"},
	    {"version: 1\nmodels:\n  m:\n    drift: { window: 500, fleet: { prometheus: 'http://p' "
	     "} }\n",
		"rai.yaml:4:22: models.m.drift.window: of a fleet it is a time"},
	    {"version: 1\nmodels:\n  m: { drift: { fleet: { prometheus: 'http://p' } } }\n",
		"rai.yaml:3:24: models.m.drift.window: of a fleet it is a time"},
	    {"version: 1\nmodels:\n  Big: {}\n", "is no model name"},
	    {"models:\n  m: {}\n", "\"version: 1\" is missing"},
	    {"version: 1\n", "\"models\" must be a map"},
	};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_loop loop;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok(rai_loop_parse("rai.yaml", cases[i].text, strlen(cases[i].text), &loop, &err) ==
			-1,
		    cases[i].want);
		if (!ok(strstr(err.msg, cases[i].want) != NULL, "and the message says so"))
			printf("# %s\n", err.msg);
	}
}

static void
test_loop__reads(void)
{
	const char *text =
	    "version: 1\nmodels:\n  house-price:\n    target: { column: Price, transform: log }\n"
	    "    features: { drop: [A, B], dates: { Date: day-first } }\n"
	    "    drift: { window: 1h, fleet: { prometheus: 'http://p', replicas: 3 } }\n"
	    "    dispatch: { cooldown: 1m, budget: 3/day, to: { command: [sh, -c, x] } }\n";
	struct rai_err err = RAI_ERR_INIT;
	const struct rai_loop_model *m;
	struct rai_loop loop;

	if (!ok(rai_loop_parse("d/rai.yaml", text, strlen(text), &loop, &err) == 0,
		"a loop parses"))
		printf("# %s\n", err.msg);
	m = rai_loop_find(&loop, NULL, &err);
	is_str(m->name, "house-price", "the only model needs no name");
	is_str(loop.folder, "d", "paths start in its folder");
	is_str(m->target, "Price", "target");
	is_int(m->transform, RAI_TRANSFORM_LOG, "transform");
	is_int(m->features.drop.n, 2, "lists");
	is_int(m->dispatch.cooldown_ms, 60000, "durations");
	is_int(m->dispatch.budget.count, 3, "rates");
	is_str(m->drift.fleet.prometheus, "http://p", "a fleet's Prometheus");
	is_int(m->drift.fleet.replicas, 3, "and its replicas");
	is_int(m->split.seed, 42, "defaults");
	ok(rai_loop_find(&loop, "other", &err) == NULL, "an unknown model is an error");
	rai_loop_free(&loop);
}

/* Accepts only "threads", and only a digit. */
static int
set_threads(void *ctx, const char *name, const char *value, struct rai_err *err)
{
	if (strcmp(name, "threads") != 0)
		return 1;
	if (value[0] < '0' || value[0] > '9')
		return rai_fail(err, RAI_EINPUT, "--threads: not a number");
	*(int *)ctx = value[0] - '0';
	return 0;
}

static void
test_loop__options(void)
{
	static const struct {
		const char *tools, *want;
	} cases[] = {
	    {"rai-train: { threads: 4 }", NULL},
	    {"rai-drift: { other: 4 }", NULL},
	    {"rai-train: { thread: 4 }", "rai.yaml:4:16: tools.rai-train: no option \"thread\""},
	    {"rai-train: { threads: x }", "rai.yaml:4:25: tools.rai-train: --threads: not"},
	    {"rai-train: { threads: [1] }", "must be one value"},
	    {"rai-train: 4", "must be a map of options"},
	};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_loop loop;
	char text[256];
	size_t i;
	int got, rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "version: 1\nmodels: { m: {} }\ntools:\n  %s\n",
		    cases[i].tools);
		got = 0;
		if (!ok(rai_loop_parse("rai.yaml", text, strlen(text), &loop, &err) == 0, "parses"))
			return;
		rc = rai_loop_options(&loop, "rai-train", set_threads, &got, &err);
		is_int(rc, cases[i].want == NULL ? 0 : -1, cases[i].tools);
		if (cases[i].want != NULL)
			ok(strstr(err.msg, cases[i].want) != NULL, err.msg);
		else
			is_int(got, i == 0 ? 4 : 0, "only its own options arrive");
		rai_loop_free(&loop);
	}
}

int
main(void)
{
	test_yaml__positions();
	refused("a: &x 1\nb: *x\n", "anchors");
	refused("a: 1\na: 2\n", "stands twice");
	refused("a: [1\n", "t:");
	refused("? [a]\n: 1\n", "plain word");
	test_loop__strict();
	test_loop__reads();
	test_loop__options();
	return tap_done();
}

#include "serve/fakes.h"

static void
test_app__predicts_and_learns(void)
{
	struct fixture f;
	char id[32], want[512], feedback[128];

	begin(&f, (struct rai_serve_app_config){0});
	ask(&f.at, "POST", "/predict", "{\"Rooms\":3}");
	snprintf(id, sizeof(id), "%s", header(&f.at, "X-Prediction-Id"));
	snprintf(want, sizeof(want),
	    "{\"prediction\":300,\"id\":\"%s\",\"model\":\"house\",\"version\":\"v1\","
	    "\"digest\":\"sha256:00\"}\n",
	    id);
	is_str(f.at.reply.body.ptr, want, "a prediction names its model and itself");
	is_str(header(&f.at, "X-Model-Version"), "v1", "so do the headers");
	snprintf(feedback, sizeof(feedback), "{\"id\":\"%s\",\"actual\":400}", id);
	is_str(ask(&f.at, "POST", "/feedback", feedback),
	    "{\"joined\":1,\"unknown\":0,\"repeated\":0}\n", "feedback joins");
	ok(strstr(ask(&f.at, "GET", "/metrics", ""), "\nmodel_accuracy{model=\"house\"} 0.75\n") !=
		NULL,
	    "and is accuracy");
	ok(strstr(f.at.reply.body.ptr, "{model=\"house\",feature=\"Rooms\",bin=\"0\"} 1\n") != NULL,
	    "a bin counted");
	ok(strstr(f.at.reply.body.ptr,
	       "{model=\"house\",feature=\"<Type>\",bin=\"missing\"} 1\n") != NULL,
	    "a missing value too");
	ask(&f.at, "POST", "/feedback", "{\"id\":\"01M83TFFZE8D9ZW3PS7C000000\",\"actual\":1}");
	is_int(f.at.reply.status, 202, "an unknown id is accepted");
	ask(&f.at, "POST", "/predict", "{\"<Type>\":\"h\"}");
	is_int(f.at.reply.status, 500, "a model without an answer is an error");
	ask(&f.at, "POST", "/predict", "[{\"Rooms\":1},{\"Rooms\":1,\"Romos\":1}]");
	is_str(f.at.reply.body.ptr,
	    "{\"error\":\"row 2: unknown field \\\"Romos\\\" (did you mean \\\"Rooms\\\"?)\"}\n",
	    "a batch names the row");
	is_str(ask(&f.at, "POST", "/predict", "[]"), "[]\n", "an empty batch");
	end(&f);
	is_int(f.released, 1, "the model is given back");
}

static void
test_app__swap(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_model next;
	struct fixture f;

	begin(&f, (struct rai_serve_app_config){0});
	ask(&f.at, "POST", "/predict", "{\"Rooms\":3}");
	next = fake("v2", 200, &f.released);
	ok(rai_serve_app_swap(f.at.app, &next, &err) == 0, "a swap");
	is_int(f.released, 0, "the old model stays");
	is_str(header(&f.at, "X-Model-Version"), "v1", "headers of an earlier answer outlive it");
	ok(strstr(ask(&f.at, "POST", "/predict", "{\"Rooms\":3}"), "\"prediction\":600,") != NULL,
	    "the next request gets the new one");
	is_str(header(&f.at, "X-Model-Version"), "v2", "by name");
	next = fake("v3", 300, &f.released);
	ok(rai_serve_app_swap(f.at.app, &next, &err) == 0, "another");
	ok(released_comes_to(&f, 1), "the one before the old one is released");
	end(&f);
	is_int(f.released, 3, "all are given back");
}

static void
test_app__classes(void)
{
	char id[32], want[512], feedback[128];
	struct fixture f;

	begin_two(&f);
	ask(&f.at, "POST", "/models/sold/predict", "{\"Rooms\":3}");
	snprintf(id, sizeof(id), "%s", header(&f.at, "X-Prediction-Id"));
	snprintf(want, sizeof(want),
	    "{\"prediction\":\"yes\",\"probabilities\":{\"0\":0.3,\"yes\":0.7},\"id\":\"%s\","
	    "\"model\":\"sold\",\"version\":\"c1\",\"digest\":\"sha256:00\"}\n",
	    id);
	is_str(f.at.reply.body.ptr, want, "a class and its probabilities");
	snprintf(feedback, sizeof(feedback), "{\"id\":\"%s\",\"actual\":\"yes\"}", id);
	is_str(ask(&f.at, "POST", "/feedback", feedback),
	    "{\"joined\":1,\"unknown\":0,\"repeated\":0}\n", "its truth is a class");
	ask(&f.at, "POST", "/models/sold/predict", "{\"Rooms\":2}");
	snprintf(feedback, sizeof(feedback), "{\"id\":\"%s\",\"actual\":0}",
	    header(&f.at, "X-Prediction-Id"));
	is_str(ask(&f.at, "POST", "/feedback", feedback),
	    "{\"joined\":1,\"unknown\":0,\"repeated\":0}\n", "or looks like a number");
	ask(&f.at, "GET", "/metrics", "");
	ok(strstr(f.at.reply.body.ptr, "\nmodel_accuracy{model=\"sold\"} 0.5\n") != NULL,
	    "the share of right ones");
	ok(strstr(f.at.reply.body.ptr, "\nmodel_accuracy{model=\"house\"} NaN\n") != NULL,
	    "each model has its own");
	ok(strstr(f.at.reply.body.ptr, "seconds_count{model=\"sold\"} 2\n") != NULL, "times too");
	ask(&f.at, "POST", "/models/sold/predict", "Rooms=3");
	end(&f);
	is_int(f.released, 2, "both are given back");
}

static void
test_app__names(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_model m;
	struct fixture f;

	begin_two(&f);
	ok(strstr(ask(&f.at, "POST", "/predict", "{\"Rooms\":3}"), "\"model\":\"house\"") != NULL,
	    "the first is the default");
	ask(&f.at, "POST", "/models/sole/predict", "{\"Rooms\":3}");
	is_int(f.at.reply.status, 404, "an unknown name");
	is_str(f.at.reply.body.ptr,
	    "{\"error\":\"no model \\\"sole\\\" is served (there are house, sold)\"}\n",
	    "hears the known ones");
	ok(strstr(ask(&f.at, "GET", "/models/sold/version", ""), "\"version\":\"c1\"") != NULL,
	    "a path that names it");
	is_str(header(&f.at, "X-Model-Version"), "c1", "the header is that model's");
	m = fake("v2", 1, &f.released);
	m.name = "sold";
	is_int(rai_serve_app_swap(f.at.app, &m, &err), -1, "numbers do not follow classes");
	is_str(err.msg, "model sold predicts a number, and the one that is served predicts classes",
	    "it says");
	m = fake("v2", 1, &f.released);
	m.name = "other";
	is_int(rai_serve_app_swap(f.at.app, &m, &err), -1, "a name that is not served");
	is_int(f.released, 2, "what was refused is released");
	end(&f);
}

/* No finite number: the sender's fault where a value is outside of training, or else ours. */
static void
test_app__infinite(void)
{
	struct rai_serve_model m;
	struct fixture f;

	begin(&f, (struct rai_serve_app_config){0});
	is_str(ask(&f.at, "POST", "/predict", "[{\"Rooms\":10},{\"Rooms\":-1e307}]"),
	    "{\"error\":\"row 2: field \\\"Rooms\\\": -1e+307 is outside of training (1 to 10), "
	    "where the model gives no finite number\"}\n",
	    "a value far outside of training is named");
	is_int(f.at.reply.status, 400, "as the sender's");
	m = fake("v2", INFINITY, &f.released);
	ok(rai_serve_app_swap(f.at.app, &m, NULL) == 0, "a model without finite numbers");
	is_str(ask(&f.at, "POST", "/predict", "{\"Rooms\":10}"),
	    "{\"error\":\"the model gives no finite number for this row\"}\n",
	    "that fails of itself");
	is_int(f.at.reply.status, 500, "is ours");
	end(&f);
}

/* A fake takes half of the steps that one answer has, for each row. */
static int
explain(const void *p, const struct rai_cell *row, const struct rai_cell *baseline, size_t output,
    struct rai_serve_explanation *out, size_t *steps, struct rai_err *err)
{
	const size_t need = 1 << 21;

	(void)output;
	(void)err;
	if (*steps < need)
		return 1;
	*steps -= need;
	out->scale = "value";
	out->base = ((const struct fake *)p)->factor * baseline[0].num;
	out->part[0] = ((const struct fake *)p)->factor * (row[0].num - baseline[0].num);
	out->part[1] = 0;
	out->score = out->base + out->part[0];
	return 0;
}

static void
test_app__explains(void)
{
	static const struct rai_cell typical[] = {{2, 0}, {NAN, 1}};
	static const char path[] = "/v1/models/house:explain";
	struct rai_serve_model m;
	struct fixture f;
	const char *got;

	begin(&f, (struct rai_serve_app_config){.log = NULL});
	got = ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"]]}");
	ok(f.at.reply.status == 501 && strstr(got, "this kind of model is not explained") != NULL,
	    "a model that cannot tell");
	m = fake("v2", 200, &f.released);
	m.explain = explain;
	ok(rai_serve_app_swap(f.at.app, &m, NULL) == 0, "one that can");
	got = ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"]]}");
	ok(f.at.reply.status == 400 && strstr(got, "says nothing of typical rows") != NULL,
	    "without a typical row");
	m = fake("v3", 300, &f.released);
	m.explain = explain;
	m.typical = typical;
	ok(rai_serve_app_swap(f.at.app, &m, NULL) == 0, "with one");
	is_str(ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"]]}"),
	    "{\"predictions\":[900],\"explanations\":[{\"scale\":\"value\",\"base\":600,"
	    "\"contributions\":{\"Rooms\":300,\"<Type>\":0},\"score\":900}],"
	    "\"baseline\":{\"Rooms\":2,\"<Type>\":\"t&t\"},\"baseline_prediction\":600,"
	    "\"model\":\"house\",\"version\":\"v3\",\"digest\":\"sha256:00\"}\n",
	    "what each column adds");
	ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"],[1,null]]}");
	is_int(f.at.reply.status, 200, "as many rows as there is time for");
	got = ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"],[1,null],[4,null]]}");
	is_int(f.at.reply.status, 400, "one more");
	is_str(got,
	    "{\"error\":\"row 3: explaining takes too long from here on: send fewer rows at "
	    "once\"}\n",
	    "is said to be too many, and nothing else");
	got = ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"],[1e306,\"h\"]]}");
	is_str(got,
	    "{\"error\":\"row 2: field \\\"Rooms\\\": 1e+306 is outside of training (1 to 10), "
	    "where the model gives no finite number\"}\n",
	    "a value far outside of training");
	is_int(f.at.reply.status, 400, "is the sender's");
	ask(&f.at, "POST", path, "{\"instances\":[[3,\"h\"]],\"baseline\":{\"Rooms\":1e306}}");
	ok(f.at.reply.status == 400 &&
		strstr(f.at.reply.body.ptr, "\"baseline: field \\\"Rooms\\\": 1e+306 ") != NULL,
	    "in the baseline, too");
	ask(&f.at, "POST", path, "{\"instances\":[[5e305,\"h\"]],\"baseline\":{\"Rooms\":-5e305}}");
	ok(f.at.reply.status == 400 &&
		strstr(f.at.reply.body.ptr, "\"row 1: field \\\"Rooms\\\": 5e+305 ") != NULL,
	    "and where only what it adds is not finite");
	end(&f);
}

int
main(void)
{
	test_app__predicts_and_learns();
	test_app__swap();
	test_app__classes();
	test_app__names();
	test_app__infinite();
	test_app__explains();
	return tap_done();
}

#include "serve/app.h"

#include <stdlib.h>

#include "base/tap.h"
#include "serve/asker.h"

static const char schema_text[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\",\"min\":1,\"max\":10},"
    "{\"name\":\"<Type>\",\"type\":\"category\",\"levels\":[\"h\",\"t&t\"]}],"
    "\"target\":{\"name\":\"Price\",\"type\":\"number\"}}";

/* A model that multiplies; released counts what the app gave back. */
struct fake {
	struct rai_schema schema;
	double factor;
	int *released;
};

static const size_t nbin[] = {4, 4, 3};

static void
predict(const void *p, const struct rai_cell *cells, double *out)
{
	out[0] = ((const struct fake *)p)->factor * cells[0].num;
}

static size_t
bin(const void *p, size_t col, const struct rai_cell *cell)
{
	(void)p;
	if (col == 1)
		return cell->code >= 0                  ? (size_t)cell->code
		       : cell->code == RAI_CODE_MISSING ? 2
							: 3;
	return isnan(cell->num) ? 2 : cell->num >= 5;
}

static size_t
bin_prediction(const void *p, const double *out)
{
	(void)p;
	(void)out;
	return 0;
}

static void
release(void *p)
{
	struct fake *f = p;

	++*f->released;
	rai_schema_release(&f->schema);
	free(f);
}

static struct rai_serve_model
fake(const char *version, double factor, int *released)
{
	struct cJSON *doc = rai_json_parse(schema_text, strlen(schema_text), NULL);
	struct fake *f = calloc(1, sizeof(*f));

	if (f == NULL || rai_schema_read(doc, &f->schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	f->factor = factor;
	f->released = released;
	return (struct rai_serve_model){.schema = &f->schema,
	    .name = "house",
	    .kind = "fake",
	    .version = version,
	    .digest = "sha256:00",
	    .predict = predict,
	    .nbin = nbin,
	    .bin = bin,
	    .bin_prediction = bin_prediction,
	    .release = release,
	    .payload = f};
}

struct fixture {
	struct rai_clock clock;
	struct asker at;
	int released;
};

/* The same over the admin socket. */
static const char *
order(struct asker *a, const char *method, const char *path, const char *body)
{
	a->admin = 1;
	ask(a, method, path, body);
	a->admin = 0;
	return a->reply.body.ptr;
}

static void
begin(struct fixture *f, struct rai_serve_app_config config)
{
	const struct rai_serve_model m = fake("v1", 100, &f->released);
	struct rai_err err = RAI_ERR_INIT;

	f->released = 0;
	f->clock = (struct rai_clock){1, 1793261000123};
	config.clock = &f->clock;
	config.window = 10;
	config.lanes = 2;
	if (!ok(asker_begin(&f->at, NULL) == 0 &&
		    rai_serve_app_new(&config, &m, 1, &f->at.app, &err) == 0,
		"an app"))
		exit(1);
}

static void
end(struct fixture *f)
{
	asker_end(&f->at);
	rai_serve_app_free(f->at.app);
}

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
	is_int(f.released, 1, "the one before the old one is released");
	end(&f);
	is_int(f.released, 3, "all are given back");
}

static void
classify(const void *p, const struct rai_cell *cells, double *out)
{
	(void)p;
	out[0] = cells[0].num / 10;
	out[1] = 1 - out[0];
}

static const char class_schema[] =
    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"}],"
    "\"target\":{\"name\":\"Sold\",\"type\":\"category\",\"levels\":[\"0\",\"yes\"]}}";

static struct rai_serve_model
fake_classes(int *released)
{
	struct rai_serve_model m = fake("c1", 1, released);
	struct cJSON *doc = rai_json_parse(class_schema, strlen(class_schema), NULL);
	struct fake *f = m.payload;

	rai_schema_release(&f->schema);
	if (rai_schema_read(doc, &f->schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	m.name = "sold";
	m.nclass = 2;
	m.predict = classify;
	m.nbin = NULL;
	return m;
}

/* Two models: one of numbers, the default, and one of classes. */
static void
begin_two(struct fixture *f)
{
	struct rai_serve_app_config config = {.clock = &f->clock, .window = 10, .lanes = 2};
	struct rai_serve_model m[2];
	struct rai_err err = RAI_ERR_INIT;

	f->released = 0;
	f->clock = (struct rai_clock){1, 1793261000123};
	m[0] = fake("v1", 100, &f->released);
	m[1] = fake_classes(&f->released);
	if (!ok(asker_begin(&f->at, NULL) == 0 &&
		    rai_serve_app_new(&config, m, 2, &f->at.app, &err) == 0,
		"two"))
		exit(1);
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

/* What the program does for the admin socket: "v7" from anywhere but from "bad". */
static int
reload(void *payload, const char *name, const char *file, struct rai_err *err)
{
	struct fixture *f = payload;
	struct rai_serve_model m;

	if (file != NULL && strcmp(file, "bad") == 0)
		return rai_fail(err, RAI_EINPUT, "bad: not a model");
	m = fake(file == NULL ? "again" : "v7", 700, &f->released);
	m.name = name;
	m.file = file == NULL ? NULL : "new";
	return rai_serve_app_swap(f->at.app, &m, err);
}

static void
note(void *payload, const char *message)
{
	(void)payload;
	is_str(message, "backed out: now serving house v1 (sha256:00)", "the operator is told");
}

/* Whoever sends "secret" may ask. */
static struct rai_serve_tokens *
secret(void)
{
	struct rai_serve_tokens *t = NULL;
	char *const one[] = {(char[]){"secret"}};

	if (rai_serve_tokens_new(&t, NULL) == 0)
		(void)rai_serve_tokens_set(t, one, 1, NULL);
	return t;
}

static void
test_app__admin(void)
{
	struct rai_serve_tokens *tokens = secret();
	struct fixture f;

	begin(&f, (struct rai_serve_app_config){
		      .tokens = tokens, .reload = reload, .note = note, .payload = &f});
	ask(&f.at, "GET", "/models", "");
	is_int(f.at.reply.status, 401, "the public side has no such path, and needs its token");
	is_str(order(&f.at, "GET", "/models", ""),
	    "{\"models\":[{\"model\":\"house\",\"default\":true,\"current\":{\"version\":\"v1\","
	    "\"digest\":\"sha256:00\",\"kind\":\"fake\",\"file\":null},\"previous\":null}]}\n",
	    "the models");
	order(&f.at, "POST", "/models/house/back-out", "");
	is_int(f.at.reply.status, 409, "nothing to go back to");
	is_str(f.at.reply.body.ptr, "{\"error\":\"model house has not replaced another one\"}\n",
	    "it says");
	is_str(order(&f.at, "POST", "/models/house/load", "{\"file\":\"new\"}"),
	    "{\"model\":\"house\",\"default\":true,\"current\":{\"version\":\"v7\","
	    "\"digest\":\"sha256:00\",\"kind\":\"fake\",\"file\":\"new\"},"
	    "\"previous\":{\"version\":\"v1\",\"digest\":\"sha256:00\",\"kind\":\"fake\","
	    "\"file\":null}}\n",
	    "another file");
	ok(strstr(order(&f.at, "POST", "/predict", "{\"Rooms\":1}"), "\"prediction\":700,") != NULL,
	    "answers from now on");
	order(&f.at, "POST", "/models/house/back-out", "");
	ok(strstr(order(&f.at, "POST", "/predict", "{\"Rooms\":1}"), "\"prediction\":100,") != NULL,
	    "backed out");
	order(&f.at, "POST", "/models/house/load", "{\"file\":\"bad\"}");
	is_int(f.at.reply.status, 409, "a bad file changes nothing");
	ok(strstr(order(&f.at, "GET", "/models", ""), "\"current\":{\"version\":\"v1\"") != NULL,
	    "the model stays");
	order(&f.at, "POST", "/models/house/reload", "");
	is_int(f.at.reply.status, 200, "the same file again");
	order(&f.at, "POST", "/models/house/load", "{\"file\":\"a\",\"force\":1}");
	is_int(f.at.reply.status, 400, "a member that means nothing");
	order(&f.at, "POST", "/models/horse/reload", "");
	is_int(f.at.reply.status, 404, "an unknown name");
	end(&f);
	rai_serve_tokens_free(tokens);
	is_int(f.released, 3, "all are released");
}

static void
test_app__one_name_each(void)
{
	struct rai_serve_app_config config = {.window = 10, .lanes = 2};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_model m[3];
	struct rai_serve_app *app = NULL;
	int released = 0;

	m[0] = fake_classes(&released);
	m[1] = fake("v1", 1, &released);
	m[2] = fake("v2", 1, &released);
	is_int(rai_serve_app_new(&config, m, 3, &app, &err), -1, "two of one name");
	is_str(
	    err.msg, "two models have the name \"house\" (give one another: NAME=FILE)", "say so");
	is_int(released, 3, "all are released");
}

static void
test_app__routes(void)
{
	struct fixture f;

	begin(&f, (struct rai_serve_app_config){0});
	ask(&f.at, "GET", "/predict", "");
	is_int(f.at.reply.status, 405, "a wrong method");
	is_str(header(&f.at, "Allow"), "POST", "names the right one");
	ask(&f.at, "GET", "/nowhere", "");
	is_int(f.at.reply.status, 404, "an unknown path");
	ok(strstr(ask(&f.at, "GET", "/", ""), "name=\"&#60;Type&#62;\"") != NULL,
	    "the page escapes");
	ok(strstr(f.at.reply.body.ptr, "<option>t&#38;t</option>") != NULL, "categories too");
	ask(&f.at, "GET", "/readyz", "");
	is_int(f.at.reply.status, 200, "ready");
	rai_serve_app_drain(f.at.app);
	ask(&f.at, "GET", "/readyz", "");
	is_int(f.at.reply.status, 503, "not ready when it goes");
	ask(&f.at, "GET", "/livez", "");
	is_int(f.at.reply.status, 200, "but alive");
	end(&f);
}

static void
test_app__token(void)
{
	struct rai_serve_tokens *tokens = secret();
	struct fixture f;

	begin(&f, (struct rai_serve_app_config){.tokens = tokens});
	ask(&f.at, "POST", "/predict", "{}");
	is_int(f.at.reply.status, 401, "who has no token is refused");
	is_str(header(&f.at, "WWW-Authenticate"), "Bearer", "and told how");
	ask(&f.at, "GET", "/nowhere", "");
	is_int(f.at.reply.status, 401, "also where nothing is");
	ask(&f.at, "GET", "/readyz", "");
	is_int(f.at.reply.status, 200, "probes need none");
	end(&f);
	rai_serve_tokens_free(tokens);
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
	end(&f);
}

int
main(void)
{
	test_app__predicts_and_learns();
	test_app__swap();
	test_app__classes();
	test_app__names();
	test_app__admin();
	test_app__one_name_each();
	test_app__routes();
	test_app__token();
	test_app__explains();
	return tap_done();
}

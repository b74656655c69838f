#include "serve/fakes.h"
#include "serve/guard.h"

/* Who may ask an app for what: orders, names, paths, tokens. */

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
	atomic_int released = 0;

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
	ok(strstr(f.at.reply.body.ptr, "<option value=\"t&#38;t\">t&#38;t</option>") != NULL,
	    "categories too");
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

int
main(void)
{
	test_app__admin();
	test_app__one_name_each();
	test_app__routes();
	test_app__token();
	return tap_done();
}

#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tap.h"
#include "json/json.h"
#include "serve/app.h"

/*
 * Trials through the handler of requests, with models that multiply: Price = factor * Rooms, and
 * the suburb is there to be a key and to be coded differently by each.
 */
struct fake {
	struct rai_schema schema;
	double factor;
	int32_t kew; /* the code that it saw last for the suburb of a row */
	sem_t *gate; /* or NULL: waited for before each prediction */
	atomic_int *released;
};

static void
predict(const void *p, const struct rai_cell *cells, double *out)
{
	const struct fake *f = p;

	if (f->gate != NULL)
		while (sem_wait(f->gate) != 0)
			;
	out[0] = f->factor * cells[0].num + (cells[1].code == f->kew ? 0.25 : 0);
}

static void
release(void *p)
{
	struct fake *f = p;

	++*f->released;
	rai_schema_release(&f->schema);
	free(f);
}

/* levels: of the suburb, in JSON; kew: the code that Kew has among them. */
static struct rai_serve_model
fake(const char *version, const char *digest, double factor, const char *levels, int kew,
    atomic_int *released)
{
	struct rai_buf text = RAI_BUF_INIT(4096);
	struct fake *f = calloc(1, sizeof(*f));
	struct cJSON *doc;

	rai_buf_printf(&text,
	    "{\"columns\":[{\"name\":\"Rooms\",\"type\":\"number\"},{\"name\":\"Suburb\",\"type\":"
	    "\"category\",\"levels\":%s}],\"target\":{\"name\":\"Price\",\"type\":\"number\"}}",
	    levels);
	doc = rai_json_parse(text.ptr, text.len, NULL);
	if (f == NULL || rai_schema_read(doc, &f->schema, NULL) != 0)
		abort();
	rai_json_free(doc);
	rai_buf_free(&text);
	f->factor = factor;
	f->kew = kew;
	f->released = released;
	return (struct rai_serve_model){.schema = &f->schema,
	    .name = "house",
	    .kind = "fake",
	    .version = version,
	    .digest = digest,
	    .predict = predict,
	    .release = release,
	    .payload = f};
}

struct fixture {
	struct rai_clock clock;
	struct rai_serve_trial_config trial;
	struct rai_serve_app *app;
	struct rai_serve_reply reply;
	char dir[64], events[96], log[96], warning[256];
	void *slot;
	unsigned lane;
	atomic_int released;
};

static void
warn(void *payload, const char *message)
{
	struct fixture *f = payload;

	snprintf(f->warning, sizeof(f->warning), "%s", message);
}

static void
begin(struct fixture *f, enum rai_serve_role role, double share, const char *key)
{
	const char *tmp = getenv("TMPDIR");
	struct rai_serve_app_config app = {.window = 10, .lanes = 2};
	struct rai_serve_log_config log = {.max_bytes = 1 << 24};
	struct rai_serve_model m;
	struct rai_err err = RAI_ERR_INIT;

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "%.40s/trial.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(f->dir) == NULL)
		exit(1);
	snprintf(f->events, sizeof(f->events), "%s/events", f->dir);
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	m = fake("v1", "sha256:01", 100, "[\"Kew\",\"Lalor\"]", 0, &f->released);
	f->clock = (struct rai_clock){1, 1793261000123};
	f->trial = (struct rai_serve_trial_config){.role = role,
	    .share = share,
	    .key = key,
	    .rule = {.alpha = 0.05, .margin = 0.01, .least = 100},
	    .clock = &f->clock,
	    .warn = warn,
	    .payload = f};
	log.path = f->events;
	ok(rai_serve_log_open(&log, &f->trial.events, NULL) == 0, "events");
	log.path = f->log;
	ok(rai_serve_log_open(&log, &f->trial.log, NULL) == 0, "a log");
	app.clock = &f->clock;
	app.log = f->trial.log;
	rai_buf_init(&f->reply.body, 1 << 20);
	f->slot = calloc(1, rai_serve_app_slot_size);
	if (!ok(f->slot != NULL && rai_serve_app_new(&app, &m, 1, &f->app, &err) == 0, "an app"))
		exit(1);
}

/* Ends everything but the files, so that they are whole. */
static void
end(struct fixture *f)
{
	rai_serve_app_slot_release(f->slot);
	free(f->slot);
	rai_buf_free(&f->reply.body);
	rai_serve_app_free(f->app);
	rai_serve_log_free(f->trial.events);
	rai_serve_log_free(f->trial.log);
}

static void
clean(struct fixture *f)
{
	unlink(f->events);
	unlink(f->log);
	ok(rmdir(f->dir) == 0, "nothing else is left");
}

static const char *
ask(struct fixture *f, const char *method, const char *path, const char *body)
{
	struct rai_serve_request q = {.method = method,
	    .path = path,
	    .body = body,
	    .len = strlen(body),
	    .begun_ns = rai_clock_mono_ns(),
	    .slot = f->slot,
	    .lane = f->lane};

	f->reply.status = 200;
	f->reply.nheader = 0;
	rai_buf_clear(&f->reply.body);
	rai_serve_app_handle(f->app, &q, &f->reply);
	return f->reply.body.ptr;
}

static const char *
header(const struct fixture *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->reply.nheader; i++)
		if (strcmp(f->reply.header[i].name, name) == 0)
			return f->reply.header[i].value;
	return "";
}

static double
metric(struct fixture *f, const char *name)
{
	char want[128];
	const char *at;

	snprintf(want, sizeof(want), "\n%s ", name);
	at = strstr(ask(f, "GET", "/metrics", ""), want);
	return at == NULL ? NAN : strtod(at + strlen(want), NULL);
}

/* Until a metric has a value, for at most 10 s. */
static int
comes_to(struct fixture *f, const char *name, double v)
{
	const struct timespec pause = {0, 2000000};
	int i;

	for (i = 0; i < 5000 && metric(f, name) != v; i++)
		nanosleep(&pause, NULL);
	return metric(f, name) == v;
}

/* Asks for a row of this many rooms, and tells the truth about it. */
static void
one_pair(struct fixture *f, int rooms, const char *suburb, double actual)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"Rooms\":%d,\"Suburb\":\"%s\"}", rooms, suburb);
	ask(f, "POST", "/predict", body);
	snprintf(body, sizeof(body), "{\"id\":\"%s\",\"actual\":%.17g}",
	    header(f, "X-Prediction-Id"), actual);
	ask(f, "POST", "/feedback", body);
}

#define SCORED "rai_challenger_mirrored_total{model=\"house\",outcome=\"scored\"}"
#define DROPPED "rai_challenger_mirrored_total{model=\"house\",outcome=\"dropped\"}"
#define BY(who) "rai_challenger_rows_total{model=\"house\",by=\"" who "\"}"
#define VERDICT(v) "rai_challenger_verdict{model=\"house\",verdict=\"" v "\"}"
#define PAIRS "rai_challenger_pairs{model=\"house\"}"

static void
begin_try(struct fixture *f, double factor)
{
	struct rai_serve_model m = fake(
	    "v2", "sha256:02", factor, "[\"Abbotsford\",\"Carlton\",\"Kew\"]", 2, &f->released);
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_serve_app_try(f->app, &f->trial, &m, &err) == 0, "a trial"))
		printf("# %s\n", err.msg);
}

static void
test_canary__share(void)
{
	enum { KEYS = 4000 };
	static char first[KEYS];
	struct fixture f;
	char body[128];
	int i, round, n = 0, stable = 1, named = 1;

	for (round = 0; round < 2; round++) {
		begin(&f, RAI_ROLE_CANARY, 0.1, "Suburb");
		begin_try(&f, 200);
		for (i = 0; i < KEYS; i++) {
			char by;

			snprintf(body, sizeof(body), "{\"Rooms\":3,\"Suburb\":\"s%d\"}", i);
			by = strstr(ask(&f, "POST", "/predict", body), "\"prediction\":600,") !=
			     NULL;
			named &= strcmp(header(&f, "X-Model-Version"), by ? "v2" : "v1") == 0;
			if (round == 0)
				n += first[i] = by;
			stable &= first[i] == by;
		}
		ok(metric(&f, BY("challenger")) == n && metric(&f, BY("champion")) == KEYS - n,
		    "counted by who answered");
		ask(&f, "POST", "/predict", "{\"Rooms\":3}");
		is_str(header(&f, "X-Model-Version"), "v1", "a row without the key: the champion");
		ok(metric(&f, BY("champion_no_key")) == 1, "which is counted");
		end(&f);
		clean(&f);
	}
	/* 4 standard deviations of a binomial */
	ok(fabs(n - 0.1 * KEYS) < 4 * sqrt(KEYS * 0.1 * 0.9), "the share is that of the keys");
	printf("# %d of %d keys\n", n, KEYS);
	ok(stable, "a key has the same model after a new start");
	ok(named, "and every reply names the model that gave it");
}

/* Suburbs of either side, found by asking. */
static void
find_keys(struct fixture *f, char canary[16], char champion[16])
{
	char body[128], key[16];
	int i;

	canary[0] = champion[0] = '\0';
	for (i = 0; i < 1000 && (canary[0] == '\0' || champion[0] == '\0'); i++) {
		snprintf(key, sizeof(key), "s%d", i);
		snprintf(body, sizeof(body), "{\"Rooms\":3,\"Suburb\":\"%s\"}", key);
		ask(f, "POST", "/predict", body);
		memcpy(strcmp(header(f, "X-Model-Version"), "v2") == 0 ? canary : champion, key,
		    sizeof(key));
	}
}

static void
test_canary__batch(void)
{
	char canary[16], champion[16], body[256];
	const char *p;
	struct fixture f;

	begin(&f, RAI_ROLE_CANARY, 0.3, "Suburb");
	begin_try(&f, 200);
	find_keys(&f, canary, champion);
	snprintf(body, sizeof(body),
	    "[{\"Rooms\":1,\"Suburb\":\"%s\"},{\"Rooms\":2,\"Suburb\":\"%s\"}]", champion, canary);
	p = ask(&f, "POST", "/predict", body);
	ok(strstr(p, "[{\"prediction\":100,") == p && strstr(p, "\"prediction\":400,") != NULL,
	    "rows of a batch go where their keys go");
	ok(strstr(p, "\"v1\"") < strstr(p, "\"v2\"") && strstr(p, "\"v2\"") != NULL,
	    "each answer names its model");
	is_str(header(&f, "X-Model-Version"), "v1", "a mixed reply as a whole the champion");
	snprintf(body, sizeof(body), "[{\"Rooms\":1,\"Suburb\":\"%s\"}]", canary);
	ask(&f, "POST", "/predict", body);
	is_str(header(&f, "X-Model-Version"), "v2", "one of its rows alone the canary");
	end(&f);
	clean(&f);
}

/* The canary is wrong by half; the champion sees its rows too, in its own codes. */
static void
test_canary__worse(void)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 24);
	char canary[16], champion[16];
	struct cJSON *doc;
	const struct cJSON *data;
	const char *s = "";
	struct fixture f;
	double n = 0;
	int i;

	begin(&f, RAI_ROLE_CANARY, 0.3, "Suburb");
	begin_try(&f, 150);
	find_keys(&f, canary, champion);
	for (i = 0; i < 99; i++)
		one_pair(&f, 1 + i % 7, canary, 100 * (1 + i % 7));
	ok(comes_to(&f, PAIRS, 99), "every row of the canary makes a pair");
	ok(metric(&f, VERDICT("undecided")) == 1, "99 pairs are too few");
	one_pair(&f, 3, champion, 300);
	one_pair(&f, 3, canary, 300);
	ok(comes_to(&f, VERDICT("worse"), 1), "100 are enough for one so bad");
	ok(metric(&f, PAIRS) == 100, "the champion's own rows make none");
	ok(metric(&f, VERDICT("undecided")) == 0, "one verdict stands");
	ok_rel(metric(&f, "rai_challenger_loss_difference{model=\"house\"}"), 0.5, 1e-12,
	    "half a true value worse");
	ok(metric(&f, "rai_challenger_loss_difference_low{model=\"house\"}") > 0, "surely");
	for (i = 0; i < 50; i++)
		one_pair(&f, 1, canary, 100);
	end(&f);
	ok(rai_file_read(f.events, &text, NULL) == 0, "events");
	doc = rai_json_parse(text.ptr, text.len, NULL);
	ok(doc != NULL, "one event for one verdict");
	ok(rai_json_str(doc, "type", &s, NULL) == 0, "of a type");
	is_str(s, "ai.reconciled.challenger.judged.v1", "that rai-json(5) names");
	data = rai_json_get(doc, "data");
	ok(rai_json_str(data, "verdict", &s, NULL) == 0 && strcmp(s, "worse") == 0, "worse");
	ok(rai_json_str(data, "advice", &s, NULL) == 0 && strcmp(s, "keep") == 0, "keep");
	ok(rai_json_num(data, "pairs", &n, NULL) == 0 && n == 100, "after 100 pairs");
	rai_json_free(doc);
	rai_buf_clear(&text);
	ok(rai_file_read(f.log, &text, NULL) == 0, "log");
	ok(strstr(text.ptr, "\"role\":\"canary\",\"model\":\"house\",\"version\":\"v2\"") != NULL &&
		strstr(text.ptr, "\"role\":\"champion\",\"model\":\"house\",\"version\":\"v1\"") !=
		    NULL,
	    "the log says who answered");
	ok(strstr(text.ptr, "{\"type\":\"mirrored\",") != NULL, "and what was mirrored");
	rai_buf_free(&text);
	clean(&f);
}

static void
test_shadow__better(void)
{
	struct fixture f;
	int i;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 90);
	for (i = 0; i < 300; i++) {
		one_pair(&f, 1 + i % 7, "Kew", 89 * (1 + i % 7));
		if (i == 0)
			is_str(header(&f, "X-Model-Version"), "v1", "the champion answers");
		/* the queue is bounded */
		if (i % 100 == 99)
			ok(comes_to(&f, SCORED, i + 1), "all rows are predicted again");
	}
	ok(comes_to(&f, PAIRS, 300), "every row makes a pair");
	ok(metric(&f, VERDICT("better")) == 1, "10 points better is seen");
	end(&f);
	clean(&f);
}

/* Kew adds 0.25 to both: only where its code is right for each are they the same. */
static void
test_shadow__equivalent(void)
{
	struct fixture f;
	int i;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 100);
	for (i = 0; i < 2000; i++) {
		one_pair(&f, 1, i % 2 ? "Kew" : "Lalor", 120);
		if (i % 500 == 499)
			ok(comes_to(&f, PAIRS, i + 1), "pairs come");
	}
	ok(metric(&f, "rai_challenger_loss_difference{model=\"house\"}") == 0,
	    "each model reads a row by its own codes");
	ok(metric(&f, VERDICT("equivalent")) == 1, "equal models are equivalent within 1 point");
	end(&f);
	clean(&f);
}

/* The shadow stands still: replies do not. */
static void
test_shadow__never_waits(void)
{
	enum { ROWS = 6000 };
	struct rai_serve_model m;
	struct fixture f;
	double scored, dropped;
	sem_t gate;
	int i, answered = 0;

	sem_init(&gate, 0, 0);
	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	m = fake("v2", "sha256:02", 90, "[]", 0, &f.released);
	((struct fake *)m.payload)->gate = &gate;
	ok(rai_serve_app_try(f.app, &f.trial, &m, NULL) == 0, "a trial");
	for (i = 0; i < ROWS; i++)
		answered += strstr(ask(&f, "POST", "/predict", "{\"Rooms\":3}"),
				"\"prediction\":300,") != NULL;
	is_int(answered, ROWS, "all are answered while the shadow is at its first row");
	dropped = metric(&f, DROPPED);
	ok(metric(&f, SCORED) == 0 && dropped > 0, "what does not fit is dropped and counted");
	for (i = 0; i < ROWS; i++)
		sem_post(&gate);
	ok(comes_to(&f, SCORED, ROWS - dropped), "what fitted is predicted later");
	scored = metric(&f, SCORED);
	ok(scored + dropped == ROWS, "every row is one or the other");
	end(&f);
	clean(&f);
	sem_destroy(&gate);
}

static void
test_shadow__sampled(void)
{
	const struct timespec pause = {0, 50000000};
	struct fixture f;
	double n;
	int i;

	begin(&f, RAI_ROLE_SHADOW, 0.25, NULL);
	begin_try(&f, 90);
	for (i = 0; i < 2000; i++) {
		ask(&f, "POST", "/predict", "{\"Rooms\":3}");
		if (i % 500 == 499)
			ok(metric(&f, DROPPED) == 0, "none dropped");
	}
	ok(metric(&f, BY("champion")) == 2000, "the champion answers all");
	for (n = -1; n != metric(&f, SCORED); nanosleep(&pause, NULL))
		n = metric(&f, SCORED);
	printf("# %g of 2000 rows\n", n);
	ok(fabs(n - 500) < 4 * sqrt(2000 * 0.25 * 0.75), "a share of the rows is predicted again");
	end(&f);
	clean(&f);
}

static void
refused(struct fixture *f, struct rai_serve_model m, const char *why)
{
	struct rai_err err = RAI_ERR_INIT;

	ok(rai_serve_app_try(f->app, &f->trial, &m, &err) != 0, "refused");
	is_str(err.msg, why, why);
}

static void
test_refusals(void)
{
	struct rai_serve_model m;
	struct fixture f;

	begin(&f, RAI_ROLE_CANARY, 0.1, "Suburb");
	refused(&f, fake("v1", "sha256:01", 1, "[]", 0, &f.released),
	    "the canary is the model that is served (sha256:01)");
	m = fake("v1", "sha256:02", 1, "[]", 0, &f.released);
	m.name = "flat";
	refused(
	    &f, m, "no model is served under the name \"flat\", beside which it could be tried");
	f.trial.key = "Suburbia";
	refused(&f, fake("v1", "sha256:02", 1, "[]", 0, &f.released),
	    "the key \"Suburbia\" is no column of model house (a request header is called "
	    "header:NAME)");
	is_int(f.released, 3, "each is given back");
	ok(isnan(metric(&f, PAIRS)), "and nothing is tried");
	end(&f);
	is_int(f.released, 4, "the champion too");
	clean(&f);
}

static void
test_swaps(void)
{
	struct rai_serve_model m;
	struct fixture f;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 90);
	one_pair(&f, 1, "Kew", 100);
	ok(comes_to(&f, PAIRS, 1), "a pair");
	begin_try(&f, 90);
	ok(metric(&f, PAIRS) == 1, "the same file again: the trial goes on");
	m = fake("v3", "sha256:03", 80, "[]", 0, &f.released);
	ok(rai_serve_app_try(f.app, &f.trial, &m, NULL) == 0 && metric(&f, PAIRS) == 0,
	    "another challenger: it begins anew");
	m = fake("v0", "sha256:00", 70, "[]", 0, &f.released);
	ok(rai_serve_app_swap(f.app, &m, NULL) == 0 && metric(&f, PAIRS) == 0,
	    "another champion: it begins anew");
	is_str(f.warning, "", "without a word");
	m = fake("v3", "sha256:03", 80, "[]", 0, &f.released);
	ok(rai_serve_app_swap(f.app, &m, NULL) == 0, "the challenger is promoted");
	is_str(f.warning, "the trial has ended: the shadow is the model that is served (sha256:03)",
	    "the trial has ended, and that is said");
	ok(isnan(metric(&f, PAIRS)), "there is none");
	ask(&f, "POST", "/predict", "{\"Rooms\":3}");
	is_str(header(&f, "X-Model-Version"), "v3", "and the promoted one answers");
	end(&f);
	is_int(f.released, 6, "all are given back");
	clean(&f);
}

/* One of several who ask and tell the truth at once, while challengers and champions change. */
struct asker {
	pthread_t thread;
	struct fixture f; /* a slot and a reply of its own; the rest is shared */
	int wrong;
};

static void *
ask_many(void *payload)
{
	struct asker *a = payload;
	int i;

	for (i = 0; i < 400; i++) {
		one_pair(&a->f, 1 + i % 7, i % 2 ? "Kew" : "Carlton", 100 * (1 + i % 7));
		a->wrong += a->f.reply.status != 200;
	}
	return NULL;
}

static void
test_threads(void)
{
	enum { ASKERS = 4, CHANGES = 20 };
	static struct asker asker[ASKERS];
	static const char *const digest[] = {"sha256:11", "sha256:12", "sha256:13"};
	struct rai_serve_model m;
	struct fixture f;
	int i, wrong = 0, failed = 0;

	begin(&f, RAI_ROLE_CANARY, 0.5, "Rooms");
	begin_try(&f, 150);
	for (i = 0; i < ASKERS; i++) {
		asker[i].f = f;
		asker[i].f.lane = (unsigned)i % 2;
		asker[i].f.slot = calloc(1, rai_serve_app_slot_size);
		rai_buf_init(&asker[i].f.reply.body, 1 << 20);
		failed += pthread_create(&asker[i].thread, NULL, ask_many, &asker[i]) != 0;
	}
	for (i = 0; i < CHANGES; i++) {
		m = fake("v", digest[(i + 2) % 3], 100 + i, "[\"Kew\"]", 0, &f.released);
		failed += rai_serve_app_try(f.app, &f.trial, &m, NULL) != 0;
		m = fake("w", digest[(i + 1) % 3], 90 + i, "[\"Carlton\",\"Kew\"]", 1, &f.released);
		failed += rai_serve_app_swap(f.app, &m, NULL) != 0;
		ok(!isnan(metric(&f, "rai_challenger_share{model=\"house\"}")),
		    "there is a trial all the time");
	}
	for (i = 0; i < ASKERS; i++) {
		pthread_join(asker[i].thread, NULL);
		wrong += asker[i].wrong;
		rai_serve_app_slot_release(asker[i].f.slot);
		free(asker[i].f.slot);
		rai_buf_free(&asker[i].f.reply.body);
	}
	is_int(failed, 0, "every change is made");
	is_int(wrong, 0, "while requests and feedback go on");
	end(&f);
	clean(&f);
}

int
main(void)
{
	test_threads();
	test_canary__share();
	test_canary__batch();
	test_canary__worse();
	test_shadow__better();
	test_shadow__equivalent();
	test_shadow__never_waits();
	test_shadow__sampled();
	test_refusals();
	test_swaps();
	return tap_done();
}

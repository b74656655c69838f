#ifndef RAI_SERVE_TRIED_H
#define RAI_SERVE_TRIED_H

#include <math.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/tap.h"
#include "json/json.h"
#include "serve/asker.h"

/*
 * For tests of trials, through the handler of requests: models that multiply (Price = factor *
 * Rooms), and the suburb is there to be a key and to be coded differently by each.
 */
struct fake {
	struct rai_schema schema;
	double factor;
	int32_t kew; /* the code that it saw last for the suburb of a row */
	sem_t *gate; /* or NULL: waited for before each prediction */
	atomic_int *released;
};

static inline void
predict(const void *p, const struct rai_cell *cells, double *out)
{
	const struct fake *f = p;

	if (f->gate != NULL)
		while (sem_wait(f->gate) != 0)
			;
	out[0] = f->factor * cells[0].num + (cells[1].code == f->kew ? 0.25 : 0);
}

static inline void
release(void *p)
{
	struct fake *f = p;

	++*f->released;
	rai_schema_release(&f->schema);
	free(f);
}

/* levels: of the suburb, in JSON; kew: the code that Kew has among them. */
static inline struct rai_serve_model
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
	struct asker at;
	char dir[64], events[96], log[96], warning[256];
	atomic_int released;
};

static inline void
warn(void *payload, const char *message)
{
	struct fixture *f = payload;

	snprintf(f->warning, sizeof(f->warning), "%s", message);
}

static inline void
begin(struct fixture *f, enum rai_serve_role role, double share, const char *key)
{
	const char *tmp = getenv("TMPDIR");
	struct rai_serve_app_config app = {.window = 10, .lanes = 2};
	struct rai_serve_log_config log = {.max_bytes = 1 << 24};
	struct rai_serve_model m[2];
	struct rai_err err = RAI_ERR_INIT;

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "%.40s/trial.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(f->dir) == NULL)
		exit(1);
	snprintf(f->events, sizeof(f->events), "%s/events", f->dir);
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	m[0] = fake("v1", "sha256:01", 100, "[\"Kew\",\"Lalor\"]", 0, &f->released);
	m[1] = fake("y1", "sha256:91", 10, "[\"Kew\"]", 0, &f->released);
	m[1].name = "yard";
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
	if (!ok(asker_begin(&f->at, NULL) == 0 &&
		    rai_serve_app_new(&app, m, 2, &f->at.app, &err) == 0,
		"an app"))
		exit(1);
}

/* Ends everything but the files, so that they are whole. */
static inline void
end(struct fixture *f)
{
	asker_end(&f->at);
	rai_serve_app_free(f->at.app);
	rai_serve_log_free(f->trial.events);
	rai_serve_log_free(f->trial.log);
}

static inline void
clean(struct fixture *f)
{
	unlink(f->events);
	unlink(f->log);
	ok(rmdir(f->dir) == 0, "nothing else is left");
}

static inline double
metric(struct fixture *f, const char *name)
{
	char want[128];
	const char *at;

	snprintf(want, sizeof(want), "\n%s ", name);
	at = strstr(ask(&f->at, "GET", "/metrics", ""), want);
	return at == NULL ? NAN : strtod(at + strlen(want), NULL);
}

/* Until a metric has a value, for at most 10 s. */
static inline int
comes_to(struct fixture *f, const char *name, double v)
{
	const struct timespec pause = {0, 2000000};
	int i;

	for (i = 0; i < 5000 && metric(f, name) != v; i++)
		nanosleep(&pause, NULL);
	return metric(f, name) == v;
}

/* Asks for a row of this many rooms, and tells the truth about it. */
static inline void
one_pair(struct fixture *f, int rooms, const char *suburb, double actual)
{
	char body[128];

	snprintf(body, sizeof(body), "{\"Rooms\":%d,\"Suburb\":\"%s\"}", rooms, suburb);
	ask(&f->at, "POST", "/predict", body);
	snprintf(body, sizeof(body), "{\"id\":\"%s\",\"actual\":%.17g}",
	    header(&f->at, "X-Prediction-Id"), actual);
	ask(&f->at, "POST", "/feedback", body);
}

#define SCORED "rai_challenger_mirrored_total{model=\"house\",outcome=\"scored\"}"
#define DROPPED "rai_challenger_mirrored_total{model=\"house\",outcome=\"dropped\"}"
#define BY(who) "rai_challenger_rows_total{model=\"house\",by=\"" who "\"}"
#define VERDICT(v) "rai_challenger_verdict{model=\"house\",verdict=\"" v "\"}"
#define PAIRS "rai_challenger_pairs{model=\"house\"}"

static inline void
begin_try(struct fixture *f, double factor)
{
	struct rai_serve_model m = fake(
	    "v2", "sha256:02", factor, "[\"Abbotsford\",\"Carlton\",\"Kew\"]", 2, &f->released);
	struct rai_err err = RAI_ERR_INIT;

	if (!ok(rai_serve_app_try(f->at.app, &f->trial, &m, &err) == 0, "a trial"))
		printf("# %s\n", err.msg);
}

#endif

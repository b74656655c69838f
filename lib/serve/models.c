#include "serve/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "serve/snapshot.h"
#include "serve/trial.h"

enum { WHO_MAX = 4096 };

void
rai_serve_live_drop(struct rai_serve_live *live)
{
	if (live == NULL || atomic_fetch_sub(&live->users, 1) != 1)
		return;
	live->model.release(live->model.payload);
	rai_serve_rolling_free(live->rolling);
	rai_serve_bins_free(live->bins);
	rai_buf_free(&live->who);
	rai_serve_names_release(&live->names);
	free(live->class_key);
	free(live);
}

struct rai_serve_live *
rai_serve_live_hold(struct rai_serve_live *live)
{
	if (live != NULL)
		atomic_fetch_add(&live->users, 1);
	return live;
}

/* Members of an object, without its braces. */
static void
write_who(const struct rai_serve_model *m, struct rai_buf *out)
{
	struct rai_jw w;

	rai_jw_init(&w, out);
	rai_jw_str(&w, "model", m->name);
	rai_jw_str(&w, "version", m->version);
	rai_jw_str(&w, "digest", m->digest);
}

static int
key_classes(struct rai_serve_live *live, struct rai_err *err)
{
	const struct rai_serve_model *m = &live->model;
	size_t i;

	if (m->nclass == 0)
		return 0;
	live->class_key = calloc(m->nclass, sizeof(*live->class_key));
	if (live->class_key == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < m->nclass; i++)
		live->class_key[i] = rai_serve_join_class(m->schema->target.level[i]);
	return 0;
}

struct rai_serve_live *
rai_serve_live_new(
    unsigned lanes, int64_t now_ms, const struct rai_serve_model *m, struct rai_err *err)
{
	struct rai_serve_live *live = calloc(1, sizeof(*live));

	if (live == NULL) {
		m->release(m->payload);
		rai_fail_memory(err);
		return NULL;
	}
	live->model = *m;
	snprintf(live->shown.version, sizeof(live->shown.version), "%s", m->version);
	snprintf(live->shown.digest, sizeof(live->shown.digest), "%s", m->digest);
	atomic_init(&live->users, 1);
	rai_buf_init(&live->who, WHO_MAX);
	write_who(m, &live->who);
	if (rai_buf_check(&live->who, "name of the model", err) != 0 ||
	    rai_serve_names_make(m->schema, &live->names, err) != 0 ||
	    key_classes(live, err) != 0 ||
	    (m->nbin != NULL &&
		(rai_serve_bins_new(lanes, m->schema->n + 1, m->nbin, &live->bins, err) != 0 ||
		    rai_serve_rolling_new(m->schema->n + 1, m->nbin, now_ms, &live->rolling, err) !=
			0))) {
		rai_serve_live_drop(live);
		return NULL;
	}
	return live;
}

size_t
rai_serve_models_find(const struct rai_serve_models *m, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strlen(m->named[i].name) == len && memcmp(m->named[i].name, name, len) == 0)
			break;
	return i;
}

/* The snapshot with another entry at index, whose parts stay the caller's. */
static int
replace(struct rai_serve_models *m, size_t index, struct rai_serve_entry entry, struct rai_err *err)
{
	const struct rai_serve_snapshot *now = rai_serve_snapshot_now(m);
	struct rai_serve_snapshot *next = rai_serve_snapshot_new(m->n, m->lanes, err);
	size_t i;

	if (next == NULL)
		return -1;
	for (i = 0; i < m->n; i++) {
		const struct rai_serve_entry *from = i == index ? &entry : &now->entry[i];

		next->entry[i].current = rai_serve_live_hold(from->current);
		next->entry[i].previous = rai_serve_live_hold(from->previous);
		next->entry[i].trial = rai_serve_trial_hold(from->trial);
	}
	rai_serve_snapshot_publish(m, next);
	return 0;
}

/* May it follow the one that is served under its name? */
static int
check_successor(
    const struct rai_serve_model *now, const struct rai_serve_model *next, struct rai_err *err)
{
	if ((now->nclass > 0) != (next->nclass > 0))
		return rai_fail(err, RAI_EINPUT,
		    "model %s predicts %s, and the one that is served predicts %s", next->name,
		    next->nclass > 0 ? "classes" : "a number",
		    now->nclass > 0 ? "classes" : "a number");
	if (strcmp(now->schema->target.name, next->schema->target.name) != 0)
		return rai_fail(err, RAI_EINPUT,
		    "model %s predicts \"%.60s\", and the one that is served predicts \"%.60s\"",
		    next->name, next->schema->target.name, now->schema->target.name);
	return 0;
}

/* The same file is the same champion, whatever its version: what it has predicted stays true. */
static int
is_of(const struct rai_serve_trial *t, const struct rai_serve_live *champion)
{
	return t != NULL && strcmp(t->champion->model.digest, champion->model.digest) == 0;
}

/* A trial begins anew beside another champion, or ends with a word why. */
static struct rai_serve_trial *
renew_trial(struct rai_serve_trial *was, struct rai_serve_live *champion)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_trial *t = NULL;

	if (was == NULL || is_of(was, champion))
		return rai_serve_trial_hold(was);
	if (rai_serve_trial_new(was->config, champion, was->challenger, &t, &err) != 0 &&
	    was->config->warn != NULL) {
		rai_wrap(&err, "the trial has ended");
		was->config->warn(was->config->payload, err.msg);
	}
	return t;
}

/* live answers for the name from now on; the change is held. */
static int
promote(struct rai_serve_models *m, size_t index, struct rai_serve_live *live,
    struct rai_serve_live *previous, struct rai_err *err)
{
	struct rai_serve_trial *was = rai_serve_snapshot_now(m)->entry[index].trial;
	struct rai_serve_trial *trial = renew_trial(was, live);
	int rc = replace(m, index, (struct rai_serve_entry){live, previous, trial}, err);

	if (rc == 0 && is_of(trial, live))
		rai_serve_trial_go_on(trial, live);
	rai_serve_trial_drop(trial);
	return rc;
}

/* The windows go on in the same file that was read again; without memory they begin anew. */
static void
carry_on(const struct rai_serve_live *now, struct rai_serve_live *next, int64_t now_ms)
{
	struct rai_buf counts = RAI_BUF_INIT(RAI_ROLLING_PACKED);

	if (now->bins != NULL && strcmp(now->model.digest, next->model.digest) == 0 &&
	    rai_serve_rolling_pack(
		now->rolling, now->bins, now->model.digest, now_ms, &counts, NULL) == 0)
		(void)rai_serve_rolling_unpack(next->rolling, next->bins, next->model.digest,
		    now_ms, counts.ptr, counts.len, NULL);
	rai_buf_free(&counts);
}

int
rai_serve_models_swap(
    struct rai_serve_models *m, const struct rai_serve_model *model, struct rai_err *err)
{
	struct rai_serve_live *live =
	    rai_serve_live_new(m->lanes, rai_clock_now(m->clock), model, err);
	struct rai_serve_live *now;
	size_t i;
	int rc;

	if (live == NULL)
		return -1;
	pthread_mutex_lock(&m->change);
	i = rai_serve_models_find(m, model->name, strlen(model->name));
	if (i == m->n)
		rc = rai_fail(
		    err, RAI_EINPUT, "no model is served under the name \"%.100s\"", model->name);
	else {
		now = rai_serve_snapshot_now(m)->entry[i].current;
		rc = check_successor(&now->model, model, err);
		if (rc == 0) {
			carry_on(now, live, rai_clock_now(m->clock));
			rc = promote(m, i, live, now, err);
		}
	}
	pthread_mutex_unlock(&m->change);
	rai_serve_live_drop(live);
	return rc;
}

/* The change is held. */
static int
try_beside(struct rai_serve_models *m, size_t index, const struct rai_serve_trial_config *config,
    struct rai_serve_live *challenger, struct rai_err *err)
{
	struct rai_serve_entry e = rai_serve_snapshot_now(m)->entry[index];
	int rc;

	if (e.trial != NULL &&
	    strcmp(e.trial->challenger->model.digest, challenger->model.digest) == 0)
		return 0;
	if (rai_serve_trial_new(config, e.current, challenger, &e.trial, err) != 0)
		return -1;
	rc = replace(m, index, e, err);
	rai_serve_trial_drop(e.trial);
	return rc;
}

int
rai_serve_models_try(struct rai_serve_models *m, const struct rai_serve_trial_config *config,
    const struct rai_serve_model *challenger, struct rai_err *err)
{
	struct rai_serve_model uncounted = *challenger;
	struct rai_serve_live *live;
	size_t i;
	int rc;

	uncounted.nbin = NULL; /* the bins on /metrics are the champion's */
	live = rai_serve_live_new(m->lanes, rai_clock_now(m->clock), &uncounted, err);
	if (live == NULL)
		return -1;
	rai_serve_models_clear(m); /* the file of a trial that is over can be opened again */
	pthread_mutex_lock(&m->change);
	i = rai_serve_models_find(m, live->model.name, strlen(live->model.name));
	if (i < m->n)
		rc = try_beside(m, i, config, live, err);
	else
		rc = rai_fail(err, RAI_EINPUT,
		    "no model is served under the name \"%.100s\", beside which it could be tried",
		    live->model.name);
	pthread_mutex_unlock(&m->change);
	rai_serve_live_drop(live);
	return rc;
}

int
rai_serve_models_back_out(struct rai_serve_models *m, size_t index, struct rai_err *err)
{
	const struct rai_serve_entry *e;
	int rc;

	pthread_mutex_lock(&m->change);
	e = &rai_serve_snapshot_now(m)->entry[index];
	if (e->previous == NULL)
		rc = rai_fail(
		    err, RAI_EINPUT, "model %s has not replaced another one", m->named[index].name);
	else {
		/* what it had counted until it was replaced has been seen */
		if (e->previous->bins != NULL)
			rai_serve_bins_begin(e->previous->bins);
		rc = promote(m, index, e->previous, e->current, err);
	}
	pthread_mutex_unlock(&m->change);
	return rc;
}

/* Once, as the file is of this target from now on. */
static void
note_another(const struct rai_serve_app_config *config, const struct rai_serve_model *model)
{
	struct rai_buf text = RAI_BUF_INIT(4096);

	rai_buf_printf(&text,
	    "%s: the pairs that were kept are not of \"%.100s\"%s: accuracy begins anew",
	    model->name, model->schema->target.name, model->nclass > 0 ? " as classes" : "");
	if (config->note != NULL && !text.bad)
		config->note(config->payload, text.ptr);
	rai_buf_free(&text);
}

static int
name_one(const struct rai_serve_app_config *config, const struct rai_serve_model *model,
    struct rai_serve_named *out, struct rai_err *err)
{
	struct rai_serve_join_config join = {.window = config->window,
	    .clock = config->clock,
	    .folder = config->state,
	    .name = model->name,
	    .target = model->schema->target.name};

	out->name = strdup(model->name);
	if (out->name == NULL)
		return rai_fail_memory(err);
	out->task = model->nclass > 0 ? RAI_JOIN_CLASSES : RAI_JOIN_NUMBERS;
	join.task = out->task;
	if (rai_serve_join_new(&join, &out->join, err) != 0)
		return -1;
	if (rai_serve_join_was_of_another(out->join))
		note_another(config, model);
	return rai_serve_latency_new(config->lanes, &out->latency, err);
}

static int
name_all(const struct rai_serve_app_config *config, const struct rai_serve_model *model, size_t n,
    struct rai_serve_models *m, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (rai_serve_models_find(m, model[i].name, strlen(model[i].name)) < m->n)
			return rai_fail(err, RAI_EINPUT,
			    "two models have the name \"%.100s\" (give one another: NAME=FILE)",
			    model[i].name);
		m->n = i + 1;
		if (name_one(config, &model[i], &m->named[i], err) != 0)
			return -1;
	}
	return 0;
}

int
rai_serve_models_new(const struct rai_serve_app_config *config, const struct rai_serve_model *model,
    size_t n, struct rai_serve_models **out, struct rai_err *err)
{
	struct rai_serve_models *m = calloc(1, sizeof(*m));
	struct rai_serve_snapshot *first = rai_serve_snapshot_new(n, config->lanes, err);
	size_t i;
	int rc = -1;

	if (m != NULL) {
		pthread_mutex_init(&m->change, NULL);
		pthread_mutex_init(&m->clearing, NULL);
		sem_init(&m->news, 0, 0);
		m->lanes = config->lanes;
		m->clock = config->clock;
		m->named = calloc(n, sizeof(*m->named));
	}
	if (m == NULL || m->named == NULL)
		rai_fail_memory(err);
	else if (first != NULL)
		rc = name_all(config, model, n, m, err);
	for (i = 0; i < n; i++)
		if (rc != 0)
			model[i].release(model[i].payload);
		else if ((first->entry[i].current = rai_serve_live_new(
			      m->lanes, rai_clock_now(m->clock), &model[i], err)) == NULL)
			rc = -1;
	if (rc == 0)
		rc = rai_serve_gates_open(m, first, err);
	if (rc != 0) {
		rai_serve_snapshot_free(first);
		rai_serve_models_free(m);
		return -1;
	}
	*out = m;
	return 0;
}

void
rai_serve_models_free(struct rai_serve_models *m)
{
	size_t i;

	if (m == NULL)
		return;
	rai_serve_gates_close(m);
	for (i = 0; i < m->n; i++) {
		free(m->named[i].name);
		rai_serve_join_free(m->named[i].join);
		rai_serve_latency_free(m->named[i].latency);
	}
	pthread_mutex_destroy(&m->change);
	pthread_mutex_destroy(&m->clearing);
	sem_destroy(&m->news);
	free(m->named);
	free(m);
}

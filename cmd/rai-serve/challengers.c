#include "challengers.h"

#include <stdlib.h>
#include <string.h>

#include "served.h"

enum { EVENT_BYTES = 1 << 20 };

static void
warn(void *cli, const char *message)
{
	rai_cli_warn(cli, "%s", message);
}

/* The name is known for good; may the model be tried under it? */
static int
check_name(const struct challengers *c, const struct challenger *new, struct rai_err *err)
{
	const struct challenger *other;
	size_t i;

	for (i = 0; i < c->n; i++) {
		other = &c->one[i];
		if (other != new && other->name != NULL && strcmp(other->name, new->name) == 0)
			return rai_fail(err, RAI_EINPUT,
			    "one model is tried at a time beside model %s, and there is %s %s, too",
			    new->name, other->option, other->path);
	}
	if (new->config.role == RAI_ROLE_CANARY && sources_is_pinned(c->sources, new->name))
		return rai_fail(err, RAI_EINPUT,
		    "it would answer for model %s with another file, and --digest allows none",
		    new->name);
	return 0;
}

static int
read_model(const struct challengers *c, struct challenger *one, struct rai_err *err)
{
	const struct served_from from = {
	    .path = one->path, .name = one->name, .signers = c->sources->signers};
	struct rai_serve_model m;

	sources_stamps(one->path, one->read);
	if (served_open(&from, &m, err) != 0)
		return -1;
	if (one->name == NULL && (one->name = strdup(m.name)) == NULL)
		rai_fail_memory(err);
	else if (check_name(c, one, err) == 0)
		return rai_serve_app_try(c->sources->app, &one->config, &m, err);
	m.release(m.payload);
	return -1;
}

static int
read_one(const struct challengers *c, struct challenger *one, struct rai_err *err)
{
	return read_model(c, one, err) == 0 ? 0 : rai_wrap(err, "%s %s", one->option, one->path);
}

int
challengers_start(struct challengers *c, const struct sources *sources, struct rai_serve_log *log,
    const char *state, struct rai_err *err)
{
	struct rai_serve_log_config events = {.path = c->events_path,
	    .name = "events",
	    .max_bytes = EVENT_BYTES,
	    .warn = warn,
	    .payload = sources->cli};
	size_t i;

	if (c->n == 0)
		return 0;
	c->sources = sources;
	if (rai_serve_log_open(&events, &c->events, err) != 0)
		return rai_wrap(err, "--events");
	for (i = 0; i < c->n; i++) {
		struct rai_serve_trial_config *config = &c->one[i].config;

		config->state = state;
		config->clock = &sources->cli->clock;
		config->log = log;
		config->events = c->events;
		config->warn = warn;
		config->payload = sources->cli;
		if (read_one(c, &c->one[i], err) != 0)
			return -1;
	}
	return 0;
}

static void
reload_one(const struct challengers *c, struct challenger *one)
{
	struct rai_err err = RAI_ERR_INIT;

	if (read_one(c, one, &err) != 0)
		rai_cli_warn(c->sources->cli, "the trial is not changed: %s", err.msg);
}

void
challengers_reload(struct challengers *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		reload_one(c, &c->one[i]);
}

void
challengers_reopen(struct challengers *c)
{
	if (c->events != NULL)
		rai_serve_log_reopen(c->events);
}

void
challengers_watch(struct challengers *c)
{
	struct stamp now[SOURCE_FILES];
	size_t i;

	for (i = 0; i < c->n; i++) {
		struct challenger *one = &c->one[i];

		sources_stamps(one->path, now);
		if (!sources_same(now, one->read) && sources_same(now, one->seen))
			reload_one(c, one);
		memcpy(one->seen, now, sizeof(now));
	}
}

void
challengers_release(struct challengers *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->one[i].name);
	free(c->one);
	rai_serve_log_free(c->events);
}

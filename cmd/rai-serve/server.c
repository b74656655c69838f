#include "server.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "serve/app.h"
#include "encryption.h"
#include "logging.h"
#include "sources.h"
#include "tokens.h"

/* STEADY: polls of the drain that must see none open; WATCH_MS: between looks at the models. */
enum { POLL_MS = 10, WATCH_MS = 500, STEADY = 5 };

struct server {
	const struct options *o;
	struct rai_cli *cli;
	struct rai_serve_tokens *tokens;
	struct rai_serve_tls *tls;
	struct sources sources;
	struct rai_serve_log *log;
	struct challengers challengers;
	struct rai_serve_app *app;
	struct rai_serve_http *http;
	int inherited; /* the sockets */
};

static void
warn(void *cli, const char *message)
{
	rai_cli_warn(cli, "%s", message);
}

static unsigned
processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* Signals are waited for by this thread alone; those started later inherit the mask. */
static void
hold_signals(sigset_t *set)
{
	struct rlimit files;

	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int
open_public(const struct options *o, struct rai_listen *l, struct rai_err *err)
{
	int rc = rai_listen_inherit(l, err);

	if (rc <= 0)
		return rc;
	rc = rai_listen_is_loopback(o->listen, err);
	if (rc < 0)
		return -1;
	if (rc > 0 && o->tokens.n == 0 && !o->is_public)
		return rai_fail(err, RAI_EINPUT,
		    "--listen %s: other machines could reach it (give --token, or --public if that "
		    "is meant)",
		    o->listen);
	return rai_listen_open(o->listen, l, err);
}

static int
open_sockets(const struct options *o, struct rai_listen *l, struct rai_err *err)
{
	if (open_public(o, l, err) != 0)
		return -1;
	if (o->admin == NULL || rai_listen_add_local(l, o->admin, err) == 0)
		return 0;
	rai_listen_close(l);
	return rai_wrap(err, "--admin");
}

/* Standard error says where the server can be reached: port 0 is chosen by the system. */
static void
announce(const struct server *s, const struct rai_listen *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (rai_listen_is_admin(&l->socket[i]))
			rai_cli_warn(s->cli, "taking orders on %s", l->socket[i].where);
		else
			rai_cli_warn(s->cli, "serving %s on %s://%s", s->o->models.item[0],
			    s->tls != NULL && strcmp(l->socket[i].name, "probe") != 0 ? "https"
										      : "http",
			    l->socket[i].where);
}

static void
note(void *payload, const char *message)
{
	rai_cli_warn(((struct server *)payload)->cli, "%s", message);
}

static int
reload_one(void *payload, const char *name, const char *file, struct rai_err *err)
{
	return sources_read(&((struct server *)payload)->sources, name, file, err);
}

static int
start_app(struct server *s, unsigned lanes, struct rai_err *err)
{
	const struct options *o = s->o;
	struct rai_serve_log_config log = {.warn = warn, .payload = s->cli};
	struct rai_serve_app_config app = {.clock = &s->cli->clock,
	    .lanes = lanes,
	    .reload = reload_one,
	    .note = note,
	    .payload = s};
	struct rai_serve_model *models;
	int rc;

	if (o->tokens.n > 0 && (rai_serve_tokens_new(&s->tokens, err) != 0 ||
				   tokens_read(&o->tokens, s->tokens, err) != 0))
		return -1;
	if (logging_configure(&o->logging, &log, err) != 0)
		return -1;
	if (challenge_configure(&o->challenge, log.path, &s->challengers, err) != 0 ||
	    sources_open(&s->sources, &models, err) != 0)
		return -1;
	rc = logging_check_names(&o->logging, models, s->sources.n, err);
	if (rc == 0 && log.path != NULL)
		rc = rai_serve_log_open(&log, &s->log, err);
	if (rc != 0)
		sources_drop(models, s->sources.n);
	app.log = s->log;
	app.tokens = s->tokens;
	app.max_body = o->limits.max_body;
	app.window = (size_t)o->window;
	app.state = o->state;
	app.show = o->show.item;
	app.nshow = o->show.n;
	if (rc == 0)
		rc = rai_serve_app_new(&app, models, s->sources.n, &s->app, err);
	free(models);
	s->sources.app = s->app;
	/* challengers are there before the first request */
	return rc == 0 ? challengers_start(&s->challengers, &s->sources, s->log, o->state, err)
		       : rc;
}

static int
start(struct server *s, struct rai_err *err)
{
	unsigned threads = s->o->threads > 0 ? (unsigned)s->o->threads : processors(), lanes = 1;
	struct rai_serve_http_config http = {.threads = threads,
	    .slot_size = rai_serve_app_slot_size,
	    .slot_release = rai_serve_app_slot_release,
	    .handle = rai_serve_app_handle,
	    .told = rai_serve_app_told};
	struct rai_listen l = {.n = 0}, was;

	while (lanes < threads * 2 && lanes < 64)
		lanes *= 2;
	s->sources.cli = s->cli;
	s->sources.signers = s->o->signers;
	if (sources_init(&s->sources, &s->o->models, &s->o->digests, s->o->release, err) != 0)
		return -1;
	if (encryption_open(&s->o->tls, s->cli, &s->tls, err) != 0)
		return -1;
	if (start_app(s, lanes, err) != 0 || open_sockets(s->o, &l, err) != 0)
		return -1;
	was = l;
	s->inherited = l.inherited;
	limits_configure(&s->o->limits, &http);
	http.guard_host = s->tokens == NULL && !s->o->is_public;
	http.tls = s->tls;
	http.lanes = lanes;
	http.payload = s->app;
	if (rai_serve_http_start(&http, &l, &s->http, err) != 0)
		return -1;
	if (rai_serve_http_connections(s->http) < http.max_connections)
		rai_cli_warn(s->cli,
		    "serves %u connections, not %u: more need a higher limit of open files",
		    rai_serve_http_connections(s->http), http.max_connections);
	announce(s, &was);
	return 0;
}

static void
reopen_logs(struct server *s)
{
	if (s->log != NULL)
		rai_serve_log_reopen(s->log);
	challengers_reopen(&s->challengers);
}

/* Stands still for this time, but for the logs; 1: somebody insists on the end. */
static int
pause_ms(struct server *s, const sigset_t *set, int64_t ms)
{
	int64_t end = rai_clock_mono_ns() + ms * INT64_C(1000000), left;
	struct timespec t;
	int signal_no;

	while ((left = end - rai_clock_mono_ns()) > 0) {
		t = (struct timespec){left / 1000000000, left % 1000000000};
		signal_no = sigtimedwait(set, NULL, &t);
		if (signal_no == SIGINT)
			return 1;
		if (signal_no == SIGHUP)
			reopen_logs(s);
	}
	return 0;
}

/*
 * Unready, but still accepting on a socket of one's own: load balancers need time to notice.
 * 1: somebody insists.
 */
static int
linger(struct server *s, const sigset_t *set)
{
	rai_serve_app_drain(s->app);
	rai_serve_http_linger(s->http);
	return !s->inherited && pause_ms(s, set, s->o->linger_ms);
}

/* Until no connection is open, the time is up, or somebody insists. */
static void
drain(struct server *s, const sigset_t *set)
{
	int64_t end = rai_clock_mono_ns() + s->o->drain_ms * INT64_C(1000000);
	int steady = 0;

	rai_serve_http_drain(s->http);
	while (steady < STEADY && rai_clock_mono_ns() < end) {
		if (pause_ms(s, set, POLL_MS))
			return;
		steady = rai_serve_http_open(s->http) == 0 ? steady + 1 : 0;
	}
}

/* Looks at the model files while it waits; 0 or less: no signal has come. */
static int
next_signal(struct server *s, const sigset_t *set)
{
	const struct timespec look = {0, WATCH_MS * 1000000L};
	int signal_no;

	if (!s->o->watch)
		return sigwaitinfo(set, NULL);
	signal_no = sigtimedwait(set, NULL, &look);
	if (signal_no >= 0)
		return signal_no;
	sources_watch(&s->sources);
	challengers_watch(&s->challengers);
	return signal_no;
}

/* Whatever cannot be read again stays as it was. */
static void
reload(struct server *s)
{
	struct rai_err err = RAI_ERR_INIT;

	reopen_logs(s);
	if (s->tokens != NULL && tokens_read(&s->o->tokens, s->tokens, &err) != 0)
		rai_cli_warn(s->cli, "the tokens stay as they were: %s", err.msg);
	encryption_reload(s->tls, s->cli);
	sources_reload(&s->sources);
	challengers_reload(&s->challengers);
}

int
server_run(const struct options *o, struct rai_cli *cli, struct rai_err *err)
{
	struct server s = {.o = o, .cli = cli};
	sigset_t set;
	int rc, signal_no;

	hold_signals(&set);
	rc = start(&s, err);
	while (rc == 0) {
		signal_no = next_signal(&s, &set);
		if (signal_no == SIGHUP)
			reload(&s);
		else if (signal_no > 0)
			break;
	}
	if (rc == 0 && linger(&s, &set) == 0)
		drain(&s, &set);
	rai_serve_http_free(s.http);
	rai_serve_app_free(s.app);
	rai_serve_log_free(s.log);
	challengers_release(&s.challengers);
	sources_release(&s.sources);
	rai_serve_tokens_free(s.tokens);
	rai_serve_tls_free(s.tls);
	return rc;
}

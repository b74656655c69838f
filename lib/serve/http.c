#include "serve/http.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "serve/conn.h"

enum { REST_MIN_NS = 500000, REST_MAX_NS = 20000000 };

void
rai_serve_reply_header(struct rai_serve_reply *r, const char *name, const char *value)
{
	if (r->nheader < RAI_SERVE_HEADERS) {
		r->header[r->nheader].name = name;
		r->header[r->nheader++].value = value;
	}
}

/* Beside the sockets for everybody: one thread, and nobody waits for its connections. */
static int
is_aside(const struct rai_listen_socket *l)
{
	return strcmp(l->name, "probe") == 0 || rai_listen_is_admin(l);
}

/* At most so many of those that the kernel has accepted. */
static void
take_queue(struct rai_serve_worker *w, unsigned most)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	int c, fd = w->server->listen.socket[w->socket].fd;

	for (; most > 0; most--) {
		c = accept4(fd, (struct sockaddr *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (c < 0 || MHD_add_connection(w->mhd, c, (struct sockaddr *)&a, n) != MHD_YES)
			return; /* it has closed c */
		n = sizeof(a);
	}
}

/* How many connections more it may hold. */
static unsigned
free_places(const struct rai_serve_worker *w)
{
	unsigned open = MHD_get_daemon_info(w->mhd, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
			    ->num_connections,
		 limit = rai_serve_limit_of(w);

	return open < limit ? limit - open : 0;
}

/*
 * libmicrohttpd accepts ten connections a turn.  A turn is the longer the more there are: with
 * thousands of them those in the queue, who may only have to hear that they are too many, would
 * wait for seconds.  A share of those that are there keeps pace, and threads that share a socket
 * stay even.
 */
static void
keep_pace(struct rai_serve_worker *w)
{
	unsigned places = free_places(w), share = (rai_serve_limit_of(w) - places) / 8;

	if (w->accepting && share >= 10)
		take_queue(w, MIN(share, places));
}

/*
 * The last worker of a socket lets it go.  close() would reset those that the kernel has accepted
 * for us alone: each takes what it has places for.
 */
static void
stop_accepting(struct rai_serve_worker *w)
{
	struct rai_serve_http *s = w->server;
	int *fd = &s->listen.socket[w->socket].fd;

	(void)MHD_quiesce_daemon(w->mhd);
	w->accepting = 0;
	if (!s->listen.inherited)
		take_queue(w, free_places(w));
	if (atomic_fetch_sub(&s->holding[w->socket], 1) == 1) {
		close(*fd);
		*fd = -1;
	}
	atomic_fetch_sub(&s->accepting[w->socket], 1);
}

/*
 * A handshake that waits for its client always counts as something to do: the library does not ask
 * epoll about it.  So that it does not take all of the thread's time, a turn is followed by a rest
 * of four times its length.
 */
static struct timespec
rest_of(int64_t turn_ns)
{
	return (struct timespec){0, (long)MIN(MAX(4 * turn_ns, REST_MIN_NS), REST_MAX_NS)};
}

/*
 * The threads are ours, not libmicrohttpd's: version 0.9.75 asks epoll again when 128 connections
 * were ready at once, and with a thread of its own it then waits there before it serves them.
 * Asked from outside it never waits.  This waits until there is something to read, to send, or to
 * time out, or the phase has changed.
 */
static void
wait_for_work(struct rai_serve_worker *w)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(w->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd p[] = {{info->listen_fd, POLLIN, 0}, {w->wake, POLLIN, 0}};
	MHD_UNSIGNED_LONG_LONG ms;
	struct timespec rest;
	uint64_t count;

	/* it knows no times; that there is one means that it has more to do at once */
	if (MHD_get_timeout(w->mhd, &ms) != MHD_YES)
		(void)poll(p, 2, rai_serve_deadlines_wait(&w->deadlines));
	else if (w->unmet > 0) {
		rest = rest_of(rai_clock_mono_ns() - w->turn_ns);
		(void)ppoll(p, 2, &rest, NULL);
	}
	if (p[1].revents != 0)
		(void)!read(w->wake, &count, sizeof(count));
}

/* How many connections are too many; no other worker makes room for the same ones. */
static unsigned
claim_room(struct rai_serve_http *s)
{
	unsigned going = atomic_load(&s->going), open;

	do {
		open = atomic_load(&s->open);
		if (open <= s->config.max_connections + going)
			return 0;
	} while (
	    !atomic_compare_exchange_weak(&s->going, &going, open - s->config.max_connections));
	return open - s->config.max_connections - going;
}

static void
cut_late(struct rai_serve_worker *w)
{
	struct rai_serve_http *s = w->server;
	struct rai_serve_patience p = {
	    .request_ms = s->config.request_ms, .idle_ms = s->config.idle_s * INT64_C(1000)};
	int64_t now_ms = rai_clock_mono_ns() / 1000000;
	unsigned ncut, told;

	if (!rai_serve_deadlines_due(&w->deadlines, now_ms))
		return;
	if (w->counted)
		p.room = claim_room(s);
	ncut = rai_serve_deadlines_cut(&w->deadlines, &p, now_ms, &told);
	for (; told > 0; told--)
		s->config.told(s->config.payload, w->lane, MHD_HTTP_REQUEST_TIMEOUT);
	if (w->counted)
		atomic_fetch_add(&s->going, ncut - p.room);
}

static void *
work(void *payload)
{
	struct rai_serve_worker *w = payload;
	int phase = RAI_PHASE_SERVE;

	while (phase != RAI_PHASE_END) {
		/* after an answer there mostly is more: then epoll alone is asked */
		if (!w->answered)
			wait_for_work(w);
		w->answered = 0;
		phase = atomic_load(&w->server->phase);
		if (w->accepting && phase >= (w->counted ? RAI_PHASE_DRAIN : RAI_PHASE_END))
			stop_accepting(w);
		w->turn_ns = rai_clock_mono_ns();
		keep_pace(w);
		MHD_run(w->mhd);
		cut_late(w);
	}
	return NULL;
}

static int
start_worker(struct rai_serve_worker *w, struct rai_err *err)
{
	const struct rai_listen_socket *l = &w->server->listen.socket[w->socket];
	int rc;

	w->slot = calloc(1, w->server->config.slot_size + 1);
	if (w->slot == NULL)
		return rai_fail_memory(err);
	errno = 0;
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake >= 0)
		w->mhd = rai_serve_conn_daemon(w, l->fd, rai_serve_limit_of(w));
	if (w->mhd == NULL)
		return errno != 0 ? rai_fail_errno(err, "%s: cannot start serving", l->where)
				  : rai_fail(err, RAI_ESYS, "%s: cannot start serving", l->where);
	rc = pthread_create(&w->thread, NULL, work, w);
	if (rc != 0) {
		errno = rc;
		return rai_fail_errno(err, "%s: cannot start a thread", l->where);
	}
	w->started = 1;
	return 0;
}

/* Which worker serves which socket, before any of them runs. */
static int
plan_workers(struct rai_serve_http *s, struct rai_err *err)
{
	size_t i, k, n;

	s->worker = calloc(s->listen.n * s->config.threads, sizeof(*s->worker));
	if (s->worker == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->listen.n; i++) {
		n = is_aside(&s->listen.socket[i]) ? 1 : s->config.threads;
		for (k = 0; k < n; k++) {
			s->worker[s->nworker] = (struct rai_serve_worker){.server = s,
			    .socket = i,
			    .wake = -1,
			    .accepting = 1,
			    .counted = !is_aside(&s->listen.socket[i]),
			    .admin = rai_listen_is_admin(&s->listen.socket[i]),
			    .guarded =
				s->config.guard_host && rai_listen_is_local(&s->listen.socket[i]),
			    .lane = (unsigned)s->nworker & (s->config.lanes - 1),
			    .body = RAI_BUF_INIT(SIZE_MAX / 2),
			    .reply = RAI_BUF_INIT(SIZE_MAX / 2)};
			s->ncounted += (size_t)s->worker[s->nworker].counted;
			s->nworker++;
		}
		atomic_store(&s->holding[i], (unsigned)n);
		atomic_store(&s->accepting[i], (unsigned)n);
	}
	return 0;
}

int
rai_serve_http_start(const struct rai_serve_http_config *config, struct rai_listen *l,
    struct rai_serve_http **out, struct rai_err *err)
{
	struct rai_serve_http *s = calloc(1, sizeof(*s));
	size_t i;
	int rc;

	if (s == NULL) {
		rai_listen_close(l);
		return rai_fail_memory(err);
	}
	s->config = *config;
	s->listen = *l;
	l->n = 0;
	rc = plan_workers(s, err);
	if (rc == 0)
		rai_serve_limit_connections(s);
	for (i = 0; rc == 0 && i < s->nworker; i++)
		rc = start_worker(&s->worker[i], err);
	if (rc != 0) {
		rai_serve_http_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

static void
set_phase(struct rai_serve_http *s, enum rai_serve_phase phase)
{
	const uint64_t one = 1;
	size_t i;

	atomic_store(&s->phase, phase);
	for (i = 0; i < s->nworker; i++)
		if (s->worker[i].wake >= 0)
			(void)!write(s->worker[i].wake, &one, sizeof(one));
}

void
rai_serve_http_linger(struct rai_serve_http *s)
{
	set_phase(s, RAI_PHASE_LINGER);
}

void
rai_serve_http_drain(struct rai_serve_http *s)
{
	set_phase(s, RAI_PHASE_DRAIN);
}

unsigned
rai_serve_http_connections(const struct rai_serve_http *s)
{
	return s->config.max_connections;
}

unsigned
rai_serve_http_open(const struct rai_serve_http *s)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < s->listen.n; i++)
		if (!is_aside(&s->listen.socket[i]))
			n += atomic_load(&s->accepting[i]);
	return n + atomic_load(&s->open);
}

void
rai_serve_http_free(struct rai_serve_http *s)
{
	struct rai_serve_worker *w;
	size_t i;

	if (s == NULL)
		return;
	set_phase(s, RAI_PHASE_END);
	for (i = 0; i < s->nworker; i++) {
		w = &s->worker[i];
		if (w->started)
			pthread_join(w->thread, NULL);
		else if (w->mhd != NULL)
			stop_accepting(w);
		if (w->mhd != NULL)
			MHD_stop_daemon(w->mhd);
		rai_serve_responses_release(&w->responses);
		if (w->wake >= 0)
			close(w->wake);
		if (w->slot != NULL && s->config.slot_release != NULL)
			s->config.slot_release(w->slot);
		free(w->slot);
		rai_buf_free(&w->body);
		rai_buf_free(&w->reply);
	}
	rai_listen_close(&s->listen);
	free(s->worker);
	free(s);
}

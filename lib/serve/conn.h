#ifndef RAI_SERVE_CONN_H
#define RAI_SERVE_CONN_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "serve/deadline.h"
#include "serve/heads.h"
#include "serve/http.h"
#include "serve/responses.h"

/* Inside of this room: threads (http.c) and the connections that they serve (conn.c). */

struct MHD_Daemon;

struct conn;

/* One thread with its own epoll set; the workers of a socket share its descriptor. */
struct rai_serve_worker {
	struct rai_serve_http *server;
	struct MHD_Daemon *mhd; /* only its thread touches it */
	pthread_t thread;
	int started;
	size_t socket; /* index */
	int wake;      /* eventfd: the phase has changed */
	int accepting;
	int counted; /* its connections are waited for */
	int admin;   /* what it is asked may be an order */
	int guarded; /* only this machine can ask, and by its own names */
	unsigned lane;
	void *slot; /* of all its requests, one after the other */
	/*
	 * A small body that comes whole stands here until it is answered, and the answer is made
	 * here: hundreds of connections with memory of their own are more than a cache holds.
	 */
	struct rai_buf body, reply;
	struct conn *reading; /* whose body that is, or NULL */
	struct rai_serve_heads heads;
	struct conn *listed; /* whose headers they are, or NULL */
	struct rai_serve_responses responses;
	struct rai_serve_deadlines deadlines; /* of its connections */
	size_t unmet;    /* encrypted connections that have not asked yet: some may shake hands */
	int64_t turn_ns; /* when it began with what was ready (monotonic) */
	int answered;    /* something, in this turn */
	time_t date_s;   /* what date says, of every reply of that second */
	char date[32];
};

enum rai_serve_phase { RAI_PHASE_SERVE, RAI_PHASE_LINGER, RAI_PHASE_DRAIN, RAI_PHASE_END };

struct rai_serve_http {
	struct rai_serve_http_config config;
	struct rai_listen listen;
	struct rai_serve_worker *worker; /* nworker */
	size_t nworker, ncounted;        /* counted: of which so many are */
	/* by socket: workers that may still accept; workers whose last connections are not counted
	 */
	atomic_uint holding[RAI_LISTEN_MAX], accepting[RAI_LISTEN_MAX];
	atomic_uint open;   /* counted connections */
	atomic_uint going;  /* of these, that have been told to end, or will be now */
	atomic_size_t held; /* bytes of bodies and replies, of all connections */
	atomic_int phase;
};

/* As many connections as there are descriptors for, at most as config asks. */
void rai_serve_limit_connections(struct rai_serve_http *s);

/* How many connections one worker may hold: some more than are served, to tell them so. */
unsigned rai_serve_limit_of(const struct rai_serve_worker *w);

/* Does a page of another site ask, by a name of its own that it has led to this machine? */
int rai_serve_is_foreign(const char *host);

/* The library's half of a worker; NULL: it does not start (errno may say why). */
struct MHD_Daemon *rai_serve_conn_daemon(struct rai_serve_worker *w, int fd, unsigned limit);

#endif

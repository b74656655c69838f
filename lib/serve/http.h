#ifndef RAI_SERVE_HTTP_H
#define RAI_SERVE_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "serve/listen.h"
#include "serve/tls.h"

/*
 * The only door to libmicrohttpd: an HTTP/1.1 server on listening sockets, epoll threads
 * for each socket.  It collects a request with its bounded body and calls one handler, which
 * fills the reply; what paths mean is the handler's business.
 */
struct rai_serve_heads;

enum rai_serve_busy {
	RAI_BUSY_NOT,
	RAI_BUSY_CONNECTIONS, /* more connections are open than are served */
	RAI_BUSY_WAIT,        /* the request has waited too long for its turn */
	RAI_BUSY_MEMORY       /* bodies and replies hold too much; this body was thrown away */
};

struct rai_serve_request {
	const char *method; /* "GET" also for HEAD */
	const char *path;   /* unescaped, without the query */
	const char *body;   /* len bytes, NUL-terminated; "" when there is none */
	size_t len;
	int admin;     /* came over a socket named "admin" */
	int too_large; /* the body was over max_body and has been thrown away */
	int ambiguous; /* says twice, or in two ways, how long the body is; it was not read */
	int foreign;   /* names a host that is not this machine, although only this one can ask */
	enum rai_serve_busy busy; /* should be refused, unless it is about health */
	int64_t begun_ns;         /* when the handler was called (monotonic) */
	unsigned lane; /* the thread's, 0 .. lanes-1: for counters that share no cache line */
	void *slot; /* slot_size bytes of this thread, zeroed when it began: what a request needs */
	const struct rai_serve_heads *heads; /* for the two below; NULL: it has none */
};

/* A header's value, or NULL.  Lives as long as the request. */
const char *rai_serve_header(const struct rai_serve_request *q, const char *name);

/* The same of a header that counts only when it is there once. */
const char *rai_serve_header_once(const struct rai_serve_request *q, const char *name);

enum { RAI_SERVE_HEADERS = 12 };

/* Comes with status 200 and an empty body; type and headers are copied after the handler. */
struct rai_serve_reply {
	int status;
	const char *type;
	struct rai_buf body;
	struct {
		const char *name, *value;
	} header[RAI_SERVE_HEADERS];
	size_t nheader;
	int64_t ended_ns; /* when it was ready (monotonic), if the handler has looked; else 0 */
};

void rai_serve_reply_header(struct rai_serve_reply *r, const char *name, const char *value);

struct rai_serve_http_config {
	unsigned threads; /* per socket; a socket named "probe" or "admin" has one */
	unsigned lanes;   /* a power of 2 */
	size_t max_head;  /* memory per connection: each header takes 64 bytes besides its text */
	size_t max_body;
	size_t max_memory;        /* bytes of bodies and replies, of all connections */
	unsigned max_connections; /* that are served; some more are told that it is too much */
	unsigned idle_s;    /* a connection without a request is closed after so many seconds */
	int64_t request_ms; /* for a whole request to come, and again for its reply to go */
	int64_t wait_ms;    /* longest wait for a thread's attention; 0: any */
	struct rai_serve_tls *tls; /* or NULL: not encrypted; for all sockets but probe and admin */
	int guard_host;            /* look at the Host header where only this machine can ask */
	size_t slot_size;
	void (*slot_release)(void *slot); /* the thread is over; the slot's memory is not its */
	/* Called by many threads at once, for different connections. */
	void (*handle)(void *payload, const struct rai_serve_request *q, struct rai_serve_reply *r);
	/* Likewise, when a client was told 408 or 431 without the handler. */
	void (*told)(void *payload, unsigned lane, int status);
	void *payload;
};

struct rai_serve_http;

/* Takes over the sockets of l (also on failure).  threads run when this returns. */
int rai_serve_http_start(const struct rai_serve_http_config *config, struct rai_listen *l,
    struct rai_serve_http **out, struct rai_err *err);

/* config's max_connections, or less where the limit of open files does not allow so many. */
unsigned rai_serve_http_connections(const struct rai_serve_http *s);

/* Goes on accepting, but from now on every reply says "Connection: close". */
void rai_serve_http_linger(struct rai_serve_http *s);

/*
 * Stops accepting, but on a socket named "probe" or "admin"; from now on every reply says
 * "Connection: close".  Shared sockets are only let go, never shut down; what waits in the queue
 * of one's own socket is still served.
 */
void rai_serve_http_drain(struct rai_serve_http *s);

/*
 * Connections that are open now, idle ones too, and threads that still accept some; those of a
 * probe or admin socket are not counted.
 */
unsigned rai_serve_http_open(const struct rai_serve_http *s);

/* Ends the connections that are left and the threads, and frees s.  NULL is fine. */
void rai_serve_http_free(struct rai_serve_http *s);

#endif

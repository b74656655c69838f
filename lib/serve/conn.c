#include "serve/conn.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/num.h"
#include "serve/farewell.h"

/*
 * KEEP: what a connection may hold between requests.  SWALLOW: how far a body that is too large is
 * read, so that its sender hears the answer, in multiples of max_body.  SMALL: a body or a reply
 * that a connection needs no memory of its own for; such replies are not counted.
 */
enum { KEEP = 64 << 10, SWALLOW = 16, SMALL = RAI_SERVE_RESPONSE_SMALL };

/* One connection; its requests come one after the other. */
struct conn {
	struct rai_serve_deadline deadline;
	struct rai_buf body, reply;      /* where they are not small */
	size_t seen;                     /* bytes of the body that have come, kept or not */
	size_t held;                     /* bytes of body and reply that have been counted */
	struct rai_serve_tls_hold *tls;  /* or NULL: not encrypted */
	struct rai_serve_response *sent; /* the worker's that is under way, or NULL */
	int dropped;                     /* there was no room for the body */
	int unmet;                       /* encrypted, and has not asked yet */
};

/* Probes and orders come from this machine. */
static int
is_encrypted(const struct rai_serve_worker *w)
{
	return w->counted && w->server->config.tls != NULL;
}

static int64_t
turn_ms(const struct rai_serve_worker *w)
{
	return w->turn_ns / 1000000;
}

/* Tells the sum over all connections when this one's share has changed. */
static void
count_held(struct rai_serve_http *s, struct conn *c)
{
	size_t now = c->body.cap + c->reply.cap;

	if (now != c->held) {
		atomic_fetch_add(&s->held, now - c->held);
		c->held = now;
	}
}

/* The worker's buffer is for another body now. */
static void
move_out(struct rai_serve_worker *w)
{
	struct conn *c = w->reading;

	w->reading = NULL;
	if (c == NULL)
		return;
	rai_buf_add(&c->body, w->body.ptr, w->body.len);
	count_held(w->server, c);
}

static int
is_full(const struct rai_serve_http *s)
{
	return atomic_load_explicit(&s->held, memory_order_relaxed) > s->config.max_memory;
}

static int
is_crowded(const struct rai_serve_http *s)
{
	return atomic_load_explicit(&s->open, memory_order_relaxed) > s->config.max_connections;
}

static void
connection_begins(struct rai_serve_worker *w, struct MHD_Connection *mc, void **context)
{
	struct rai_serve_http *s = w->server;
	struct conn *c = calloc(1, sizeof(*c));
	int surplus = 0, fd;

	if (w->counted)
		surplus = atomic_fetch_add(&s->open, 1) >= s->config.max_connections;
	*context = c;
	fd = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	if (c == NULL) { /* nobody would look after it */
		(void)shutdown(fd, SHUT_RDWR);
		return;
	}
	rai_buf_init(&c->body, s->config.max_body);
	rai_buf_init(&c->reply, SIZE_MAX / 2);
	c->deadline.fd = fd;
	c->deadline.surplus = surplus;
	if (is_encrypted(w)) {
		c->deadline.tls =
		    MHD_get_connection_info(mc, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
		c->tls = rai_serve_tls_begin(s->config.tls, c->deadline.tls);
		c->unmet = 1;
		w->unmet++;
	}
	rai_serve_deadline_begin(&w->deadlines, &c->deadline, turn_ms(w));
}

static void
connection_ends(struct rai_serve_worker *w, void **context)
{
	struct conn *c = *context;

	if (w->counted)
		atomic_fetch_sub(&w->server->open, 1);
	if (c == NULL)
		return;
	if (w->counted && c->deadline.cut)
		atomic_fetch_sub(&w->server->going, 1);
	w->unmet -= (size_t)c->unmet;
	rai_serve_tls_end(w->server->config.tls, c->tls);
	rai_serve_deadline_end(&w->deadlines, &c->deadline);
	if (w->reading == c)
		w->reading = NULL;
	if (w->listed == c)
		w->listed = NULL;
	rai_serve_response_sent(c->sent);
	rai_buf_free(&c->body);
	rai_buf_free(&c->reply);
	count_held(w->server, c);
	free(c);
	*context = NULL;
}

static void
on_connection(
    void *cls, struct MHD_Connection *mc, void **context, enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connection_begins(cls, mc, context);
	else
		connection_ends(cls, context);
}

/* A connection that once carried something large does not keep its memory. */
static void
on_completed(
    void *cls, struct MHD_Connection *mc, void **request, enum MHD_RequestTerminationCode code)
{
	struct rai_serve_worker *w = cls;
	struct conn *c = *request;
	size_t keep;

	(void)mc;
	(void)code;
	if (c == NULL)
		return;
	rai_serve_response_sent(c->sent);
	c->sent = NULL;
	keep = atomic_load_explicit(&w->server->held, memory_order_relaxed) >
		       w->server->config.max_memory / 2
		   ? 0
		   : KEEP;
	if (w->reply.cap > KEEP)
		rai_buf_free(&w->reply);
	if (c->body.cap > keep)
		rai_buf_free(&c->body);
	if (c->reply.cap > keep)
		rai_buf_free(&c->reply);
	count_held(w->server, c);
	rai_serve_deadline_set(&c->deadline, RAI_SERVE_IDLE, turn_ms(w));
}

/* A response of its own for r. */
static struct MHD_Response *
make_response(const struct rai_serve_reply *r, int last)
{
	struct MHD_Response *response;
	size_t i;

	/* a large one is the connection's and is not touched before the next request on it */
	response = MHD_create_response_from_buffer(r->body.len, r->body.ptr,
	    r->body.len <= SMALL ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return NULL;
	if (r->type != NULL)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	for (i = 0; i < r->nheader; i++)
		MHD_add_response_header(response, r->header[i].name, r->header[i].value);
	if (last)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return response;
}

static enum MHD_Result
send_reply(struct rai_serve_worker *w, struct MHD_Connection *mc, struct conn *c,
    const struct rai_serve_reply *r, int last)
{
	struct MHD_Response *response;
	enum MHD_Result rc;

	last |= atomic_load_explicit(&w->server->phase, memory_order_relaxed) != RAI_PHASE_SERVE;
	c->sent = last ? NULL : rai_serve_responses_take(&w->responses, r);
	if (c->sent != NULL)
		return MHD_queue_response(mc, (unsigned)r->status, rai_serve_response_get(c->sent));
	response = make_response(r, last);
	if (response == NULL)
		return MHD_NO;
	rc = MHD_queue_response(mc, (unsigned)r->status, response);
	MHD_destroy_response(response);
	return rc;
}

/* "http://host/path" is as good as "/path" (RFC 9112, 3.2.2). */
static const char *
path_of(const char *url)
{
	const char *slashes, *path;

	if (url[0] == '/' || (slashes = strstr(url, "://")) == NULL)
		return url;
	path = strchr(slashes + 3, '/');
	return path == NULL ? "/" : path;
}

/* Why the request should rather be refused, as things are now. */
static enum rai_serve_busy
busy(const struct rai_serve_worker *w, const struct conn *c, int64_t now_ns)
{
	const struct rai_serve_http *s = w->server;

	if (!w->counted)
		return RAI_BUSY_NOT;
	if (c->deadline.surplus && is_crowded(s))
		return RAI_BUSY_CONNECTIONS;
	if (c->dropped || is_full(s))
		return RAI_BUSY_MEMORY;
	if (s->config.wait_ms > 0 && now_ns - w->turn_ns > s->config.wait_ms * INT64_C(1000000))
		return RAI_BUSY_WAIT;
	return RAI_BUSY_NOT;
}

/* They stay listed until the worker turns to another request. */
static void
list_heads(struct rai_serve_worker *w, struct MHD_Connection *mc, struct conn *c)
{
	rai_serve_heads_list(&w->heads, mc);
	w->listed = c;
}

/* "Sun, 29 Nov 2026 10:11:12 GMT" (RFC 9110, 5.6.7), made once a second. */
static const char *
date_of(struct rai_serve_worker *w)
{
	time_t now = time(NULL);
	struct tm tm;

	if (now != w->date_s && gmtime_r(&now, &tm) != NULL &&
	    strftime(w->date, sizeof(w->date), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
		w->date_s = now;
	return w->date;
}

/* What is wrong with a request whose body is not read to its end. */
enum fault { FAULT_NONE, FAULT_TOO_LARGE, FAULT_AMBIGUOUS };

/* The next reply is made where this one was, unless that is large: then it is the connection's. */
static void
keep_reply(struct rai_serve_worker *w, struct conn *c, const struct rai_buf *made)
{
	w->reply = *made;
	if (made->len <= SMALL)
		return;
	w->reply = c->reply;
	c->reply = *made;
	count_held(w->server, c);
}

static enum MHD_Result
handle(struct rai_serve_worker *w, struct MHD_Connection *mc, struct conn *c, const char *url,
    const char *method, enum fault fault)
{
	struct rai_serve_http *s = w->server;
	const struct rai_buf *body = w->reading == c ? &w->body : &c->body;
	struct rai_serve_reply r = {.status = MHD_HTTP_OK, .body = w->reply};
	int64_t now_ns = rai_clock_mono_ns();
	struct rai_serve_request q = {
	    .method = strcmp(method, "HEAD") == 0 ? "GET" : method,
	    .path = path_of(url),
	    .body = body->ptr,
	    .len = body->len,
	    .admin = w->admin,
	    .too_large = fault == FAULT_TOO_LARGE,
	    .ambiguous = fault == FAULT_AMBIGUOUS,
	    .busy = busy(w, c, now_ns),
	    .begun_ns = now_ns,
	    .lane = w->lane,
	    .slot = w->slot,
	    .heads = &w->heads,
	};

	if (q.busy != RAI_BUSY_CONNECTIONS)
		c->deadline.surplus = 0; /* there is room for it now, as for any other */
	if (w->listed != c)
		list_heads(w, mc, c);
	q.foreign = w->guarded && rai_serve_is_foreign(rai_serve_header(&q, MHD_HTTP_HEADER_HOST));
	rai_buf_clear(&r.body);
	s->config.handle(s->config.payload, &q, &r);
	if (r.body.bad) { /* no memory for the answer */
		rai_buf_free(&r.body);
		r.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
	if (w->reading == c)
		w->reading = NULL;
	keep_reply(w, c, &r.body);
	/* from now on, however long the handler has taken */
	now_ns = r.ended_ns != 0 ? r.ended_ns : rai_clock_mono_ns();
	rai_serve_deadline_set(&c->deadline, RAI_SERVE_ANSWERING, now_ns / 1000000);
	w->listed = NULL;
	w->answered = 1;
	rai_serve_reply_header(&r, MHD_HTTP_HEADER_DATE, date_of(w));
	return send_reply(w, mc, c, &r, q.ambiguous || q.busy == RAI_BUSY_CONNECTIONS);
}

/*
 * Two programs that read a request with two framings in two ways take the rest of its body for
 * another request (RFC 9112, 11.2): it must not get through.
 */
static enum fault
look_at_framing(const struct rai_serve_http *s, const struct rai_serve_heads *all)
{
	const char *length = NULL, *coding = NULL;
	int64_t n;

	if (rai_serve_heads_find(all, MHD_HTTP_HEADER_CONTENT_LENGTH, &length) +
		rai_serve_heads_find(all, MHD_HTTP_HEADER_TRANSFER_ENCODING, &coding) >
	    1)
		return FAULT_AMBIGUOUS;
	/* the library would take all that follows for the body */
	if (coding != NULL && strcasecmp(coding, "chunked") != 0)
		return FAULT_AMBIGUOUS;
	if (length != NULL && (rai_num_int(length, strlen(length), 0, INT64_MAX, &n) != 0 ||
				  (uint64_t)n > s->config.max_body))
		return FAULT_TOO_LARGE;
	return FAULT_NONE;
}

static void
take_piece(struct rai_serve_worker *w, struct conn *c, const char *data, size_t n)
{
	struct rai_serve_http *s = w->server;

	move_out(w);
	if (c->seen == n && n <= SMALL && n <= s->config.max_body) {
		rai_buf_clear(&w->body);
		rai_buf_add(&w->body, data, n);
		c->body.bad = w->body.bad;
		w->reading = c;
		return;
	}
	if (!c->dropped && c->seen <= s->config.max_body)
		rai_buf_add(&c->body, data, n);
	else
		rai_buf_free(&c->body);
	count_held(s, c);
	if (w->counted && is_full(s)) {
		c->dropped = 1;
		rai_buf_free(&c->body);
		count_held(s, c);
	}
}

/* By hand, as the library has no memory left for it. */
static enum MHD_Result
refuse_head(const struct rai_serve_worker *w, const struct conn *c)
{
	const struct rai_serve_http_config *config = &w->server->config;
	const int status = MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE;

	if (rai_serve_farewell(c->deadline.fd, c->deadline.tls, status) == 0)
		config->told(config->payload, w->lane, status);
	return MHD_NO;
}

/* Called once with the headers, once per piece of the body, once more at its end. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mc, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **request)
{
	struct rai_serve_worker *w = cls;
	struct rai_serve_http *s = w->server;
	struct conn *c = *request;
	enum fault fault;

	(void)version;
	if (c == NULL) {
		c = MHD_get_connection_info(mc, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
		if (c == NULL)
			return MHD_NO;
		*request = c;
		w->unmet -= (size_t)c->unmet;
		c->unmet = 0;
		c->seen = 0;
		c->dropped = 0;
		rai_buf_clear(&c->body);
		if (c->deadline.doing == RAI_SERVE_IDLE)
			rai_serve_deadline_set(&c->deadline, RAI_SERVE_ASKING, turn_ms(w));
		list_heads(w, mc, c);
		if (rai_serve_heads_fill(&w->heads, url, s->config.max_head))
			return refuse_head(w, c);
		fault = look_at_framing(s, &w->heads);
		return fault != FAULT_NONE ? handle(w, mc, c, url, method, fault) : MHD_YES;
	}
	if (c->body.bad)
		return MHD_NO;
	if (*size == 0)
		return handle(w, mc, c, url, method,
		    c->seen > s->config.max_body ? FAULT_TOO_LARGE : FAULT_NONE);
	c->seen += *size;
	take_piece(w, c, data, *size);
	*size = 0;
	return c->body.bad || c->seen / SWALLOW > s->config.max_body ? MHD_NO : MHD_YES;
}

struct MHD_Daemon *
rai_serve_conn_daemon(struct rai_serve_worker *w, int fd, unsigned limit)
{
	const struct rai_serve_tls *tls = w->server->config.tls;
	struct MHD_OptionItem more[] = {{MHD_OPTION_END, 0, NULL},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, NULL},
	    {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)rai_serve_tls_priorities()},
	    {MHD_OPTION_END, 0, NULL}};
	/*
	 * The library would make the date anew for each reply, which takes a twentieth of a
	 * request; now its own replies, to what is no HTTP, have none.
	 */
	unsigned flags = MHD_USE_EPOLL | MHD_USE_TURBO | MHD_USE_SUPPRESS_DATE_NO_CLOCK;

	if (is_encrypted(w)) {
		flags |= MHD_USE_TLS;
		more[0] = (struct MHD_OptionItem){
		    MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)rai_serve_tls_cert(tls)};
		more[1].ptr_value = (void *)(uintptr_t)rai_serve_tls_key(tls);
	}
	/*
	 * All times are counted in deadline.c: one of the library's own would cut a request that
	 * pauses.  It clears the memory of a head after every request, one and a half times.
	 */
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, w, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, w, MHD_OPTION_NOTIFY_COMPLETED,
	    on_completed, w, MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    w->server->config.max_head, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

/*
 * pester --port N [--requests N] [--seed N]: sends spoilt requests to a rai-serve on this machine,
 * pipelined and cut into pieces at random places, over many connections at once, and between them
 * valid requests over connections of their own.  Every reply must be well-formed HTTP, none may be
 * a 5xx, and the valid requests must get exactly their own answers.  Prints what it saw as JSON;
 * status 1 when something was wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"
#include "json/json.h"
#include "pester_make.h"

/* VALID: the first connections, which ask properly; QUIET_MS: no reply for so long, so none will
 * come; STUCK_MS: a valid request must be answered by then. */
enum { VALID = 4, CONNS = 100, ROWS = 8, QUIET_MS = 40, STUCK_MS = 20000, REPLY = 8 << 20 };

struct conn {
	int fd, valid;
	struct rai_buf out, in;
	size_t sent;
	int64_t quiet_since; /* milliseconds */
	int last;            /* a reply has said that it is the last one */
	int ended;           /* the server has closed */
	size_t row, nrow;    /* what a valid request asked: from this row on, so many */
};

struct pester {
	uint16_t port;
	int64_t requests, asked, answers, replies, trailing;
	int64_t wrong;
	int64_t by_hundred[6];
	struct rai_rng rng;
	double want[ROWS]; /* the prediction of {"Rooms": i} */
	int known[ROWS];
	struct conn conn[CONNS];
};

static void
complain(struct pester *p, const char *what, const struct conn *c)
{
	if (p->wrong++ < 5)
		fprintf(stderr, "pester: %s\n--- sent\n%.2000s\n--- got\n%.2000s\n---\n", what,
		    c->out.ptr, c->in.ptr);
}

/* The value of a header within head..end as a length; -1: it is not there. */
static long
length_of(const char *head, const char *end)
{
	static const char name[] = "\r\nContent-Length:";
	int64_t n;

	for (; head + sizeof(name) < end; head++)
		if (strncasecmp(head, name, sizeof(name) - 1) == 0) {
			head += sizeof(name) - 1;
			head += strspn(head, " ");
			return rai_num_int(head, strcspn(head, "\r"), 0, REPLY, &n) == 0 ? (long)n
											 : -1;
		}
	return -1;
}

static int
says_close(const char *head, const char *body)
{
	static const char close[] = "\r\nConnection: close\r\n";

	return memmem(head, (size_t)(body - head), close, sizeof(close) - 1) != NULL;
}

/*
 * Takes one reply from text: its status, its length and where its body begins.  0: it is not
 * whole yet; -1: it is not HTTP.
 */
static int
take_reply(const char *text, size_t len, int *status, size_t *size, const char **body)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	long n;

	if (len < 13 || end == NULL)
		return memcmp(text, "HTTP/1.1 ", len < 9 ? len : 9) == 0 ? 0 : -1;
	*status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
	if (memcmp(text, "HTTP/1.1 ", 9) != 0 || text[12] != ' ' || *status < 100 || *status > 599)
		return -1;
	n = *status < 200 || *status == 204 ? 0 : length_of(text, end + 2);
	if (n < 0)
		return -1;
	*body = end + 4;
	*size = (size_t)(*body - text) + (size_t)n;
	return len >= *size;
}

/* The answer to a valid request is about its own rows and no others. */
static void
check_answer(struct pester *p, struct conn *c, int status, const char *body, size_t n)
{
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc = status == 200 ? rai_json_parse(body, n, &err) : NULL;
	const struct cJSON *item;
	size_t i;
	double got;

	if (doc == NULL || rai_json_count(doc) != c->nrow)
		complain(p, "a valid request has not got its own answer", c);
	for (i = 0, item = rai_json_first(doc); item != NULL; item = rai_json_next(item), i++) {
		if (rai_json_num(item, "prediction", &got, &err) != 0) {
			complain(p, "an answer without a prediction", c);
			break;
		}
		if (!p->known[(c->row + i) % ROWS]) {
			p->want[(c->row + i) % ROWS] = got;
			p->known[(c->row + i) % ROWS] = 1;
		} else if (got != p->want[(c->row + i) % ROWS])
			complain(p, "another's prediction", c);
	}
	rai_json_free(doc);
	p->answers++;
}

/*
 * All replies that have come whole; what is left must be the begin of one.  After one that says
 * "Connection: close" a client reads no further (RFC 9112, 9.6), and neither does this one:
 * libmicrohttpd 0.9.75 writes the head of its own 400 for a malformed Content-Length twice.
 */
static void
take_replies(struct pester *p, struct conn *c)
{
	const char *body;
	size_t at = 0, size;
	int status, rc = 1;

	while (at < c->in.len && !c->last &&
	       (rc = take_reply(c->in.ptr + at, c->in.len - at, &status, &size, &body)) == 1) {
		if (status >= 500 && status != 501 && status != 505)
			complain(p, "the server blames itself", c);
		p->by_hundred[status / 100]++;
		p->replies++;
		if (c->valid && status != 100)
			check_answer(p, c, status, body, size - (size_t)(body - (c->in.ptr + at)));
		c->last = says_close(c->in.ptr + at, body);
		at += size;
	}
	if (rc < 0)
		complain(p, "a reply that is not HTTP", c);
	p->trailing += c->last && at < c->in.len;
	if (rc < 0 || c->last)
		at = c->in.len;
	memmove(c->in.ptr, c->in.ptr + at, c->in.len - at);
	c->in.len -= at;
}

static int
dial(struct pester *p, struct conn *c, struct rai_err *err)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(p->port)};

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return rai_fail_errno(err, "127.0.0.1:%u: is the server alive?", p->port);
	c->ended = 0;
	c->last = 0;
	return 0;
}

/* What the connection says next. */
static void
prepare(struct pester *p, struct conn *c)
{
	struct rai_buf body = RAI_BUF_INIT(4096);
	size_t i;

	rai_buf_clear(&c->out);
	c->sent = 0;
	c->quiet_since = rai_clock_mono_ns() / 1000000;
	p->asked++;
	if (!c->valid) {
		pester_spoilt(&p->rng, &c->out);
		return;
	}
	c->row = (size_t)rai_rng_below(&p->rng, ROWS);
	c->nrow = 1 + (size_t)rai_rng_below(&p->rng, ROWS);
	for (i = 0; i < c->nrow; i++)
		rai_buf_printf(&body, "%c{\"Rooms\":%zu}", i == 0 ? '[' : ',', (c->row + i) % ROWS);
	rai_buf_char(&body, ']');
	rai_buf_printf(&c->out,
	    "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    body.len, body.ptr);
	rai_buf_free(&body);
}

/* Sends a piece, of any length that is left. */
static void
send_piece(struct pester *p, struct conn *c)
{
	size_t left = c->out.len - c->sent, n = left;
	ssize_t done;

	if (rai_rng_below(&p->rng, 2) == 0 && left > 0)
		n = 1 + (size_t)rai_rng_below(&p->rng, left);
	done = send(c->fd, c->out.ptr + c->sent, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (done > 0)
		c->sent += (size_t)done;
	else if (done < 0 && errno != EAGAIN)
		c->ended = 1;
	c->quiet_since = rai_clock_mono_ns() / 1000000;
}

static void
receive(struct pester *p, struct conn *c)
{
	static char piece[1 << 16];
	ssize_t n = recv(c->fd, piece, sizeof(piece), MSG_DONTWAIT);

	if (n > 0) {
		rai_buf_add(&c->in, piece, (size_t)n);
		c->quiet_since = rai_clock_mono_ns() / 1000000;
		take_replies(p, c);
	} else if (n == 0) {
		c->ended = 1;
		if (c->in.len > 0)
			complain(p, "the server has closed amid a reply", c);
	} else if (errno != EAGAIN)
		c->ended = 1;
}

/* Is nothing more to be expected? */
static int
is_done(struct pester *p, struct conn *c)
{
	int64_t quiet = rai_clock_mono_ns() / 1000000 - c->quiet_since;

	if (c->ended || c->sent < c->out.len)
		return c->ended;
	if (!c->valid)
		return quiet > QUIET_MS;
	if (quiet > STUCK_MS)
		complain(p, "a valid request got no answer", c);
	return quiet > STUCK_MS;
}

/* One look at one connection. */
static int
turn(struct pester *p, struct conn *c, short events, struct rai_err *err)
{
	int64_t before = p->answers;

	if ((events & (POLLIN | POLLHUP | POLLERR)) != 0)
		receive(p, c);
	if (c->sent < c->out.len && !c->ended)
		send_piece(p, c);
	if (c->valid && p->answers > before && !c->ended) {
		prepare(p, c);
		return 0;
	}
	if (!is_done(p, c))
		return 0;
	if (c->valid)
		complain(p, "a valid connection was closed", c);
	close(c->fd);
	c->fd = -1;
	rai_buf_clear(&c->in);
	prepare(p, c);
	return dial(p, c, err);
}

static int
run(struct pester *p, struct rai_err *err)
{
	struct pollfd look[CONNS];
	size_t i;

	for (i = 0; i < CONNS; i++) {
		rai_buf_init(&p->conn[i].out, REPLY);
		rai_buf_init(&p->conn[i].in, REPLY);
		p->conn[i].valid = i < VALID;
		prepare(p, &p->conn[i]);
		if (dial(p, &p->conn[i], err) != 0)
			return -1;
	}
	while (p->asked < p->requests) {
		for (i = 0; i < CONNS; i++)
			look[i] = (struct pollfd){p->conn[i].fd,
			    (short)(POLLIN | (p->conn[i].sent < p->conn[i].out.len ? POLLOUT : 0)),
			    0};
		(void)poll(look, CONNS, QUIET_MS / 4);
		for (i = 0; i < CONNS; i++)
			if (turn(p, &p->conn[i], look[i].revents, err) != 0)
				return -1;
	}
	return 0;
}

static void
report(const struct pester *p, struct rai_buf *out)
{
	struct rai_jw w;
	char name[4] = "1xx";
	int i;

	rai_jw_init(&w, out);
	rai_jw_object(&w, NULL);
	rai_jw_int(&w, "sendings", p->asked);
	rai_jw_int(&w, "replies", p->replies);
	for (i = 1; i < 6; i++) {
		name[0] = (char)('0' + i);
		rai_jw_int(&w, name, p->by_hundred[i]);
	}
	rai_jw_int(&w, "valid", p->answers);
	rai_jw_int(&w, "trailing", p->trailing);
	rai_jw_int(&w, "wrong", p->wrong);
	rai_jw_end(&w);
	rai_buf_char(out, '\n');
}

int
main(int argc, char **argv)
{
	static struct pester p;
	int64_t port = 0, seed = 1, requests = 20000;
	struct rai_opt opts[] = {
	    {RAI_OPT_INT, 0, "port", "n", "of a rai-serve on 127.0.0.1", &port, 0},
	    {RAI_OPT_INT, 0, "requests", "n", "how many sendings [20000]", &requests, 0},
	    {RAI_OPT_INT, 0, "seed", "n", "another seed, other requests [1]", &seed, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "pester",
	    .synopsis = "",
	    .summary = "sends spoilt requests to a server",
	    .opts = opts};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf out = RAI_BUF_INIT(1 << 16);
	int i = rai_cli_parse(&cli, argc, argv), rc;

	if (i < argc || port < 1 || port > UINT16_MAX)
		rai_cli_usage(&cli, "--port is needed, and nothing else");
	p.port = (uint16_t)port;
	p.requests = requests;
	p.rng = rai_rng_new((uint64_t)seed, 0);
	rc = run(&p, &err);
	report(&p, &out);
	for (i = 0; i < CONNS; i++) {
		rai_buf_free(&p.conn[i].out);
		rai_buf_free(&p.conn[i].in);
	}
	rc = rai_cli_finish(&cli, rc != 0 ? rc : p.wrong > 0, &out, &err);
	rai_buf_free(&out);
	return rc;
}

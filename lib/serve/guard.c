#include "serve/guard.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "serve/state.h"

struct rai_serve_tokens {
	pthread_rwlock_t lock;
	char **token; /* n */
	size_t n;
};

int
rai_serve_tokens_new(struct rai_serve_tokens **out, struct rai_err *err)
{
	struct rai_serve_tokens *t = calloc(1, sizeof(*t));

	if (t == NULL || pthread_rwlock_init(&t->lock, NULL) != 0) {
		free(t);
		return rai_fail_memory(err);
	}
	*out = t;
	return 0;
}

static void
drop(char **token, size_t n)
{
	size_t i;

	for (i = 0; token != NULL && i < n; i++)
		free(token[i]);
	free(token);
}

int
rai_serve_tokens_set(struct rai_serve_tokens *t, char *const *token, size_t n, struct rai_err *err)
{
	char **copy = calloc(n ? n : 1, sizeof(*copy)), **old;
	size_t i, nold;

	for (i = 0; copy != NULL && i < n; i++)
		if ((copy[i] = strdup(token[i])) == NULL)
			break;
	if (copy == NULL || i < n) {
		drop(copy, n);
		return rai_fail_memory(err);
	}
	pthread_rwlock_wrlock(&t->lock);
	old = t->token;
	nold = t->n;
	t->token = copy;
	t->n = n;
	pthread_rwlock_unlock(&t->lock);
	drop(old, nold);
	return 0;
}

static int
is_same(const char *token, const char *text, size_t n)
{
	volatile unsigned char differs = 0;
	size_t i;

	if (strlen(token) != n)
		return 0;
	for (i = 0; i < n; i++)
		differs = (unsigned char)(differs | (text[i] ^ token[i]));
	return differs == 0;
}

int
rai_serve_tokens_match(struct rai_serve_tokens *t, const char *header)
{
	int found = 0;
	size_t i, n;

	if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
		return 0;
	header += 7;
	n = strlen(header);
	pthread_rwlock_rdlock(&t->lock);
	for (i = 0; i < t->n; i++)
		found |= is_same(t->token[i], header, n);
	pthread_rwlock_unlock(&t->lock);
	return found;
}

void
rai_serve_tokens_free(struct rai_serve_tokens *t)
{
	if (t == NULL)
		return;
	drop(t->token, t->n);
	pthread_rwlock_destroy(&t->lock);
	free(t);
}

static const char *
reason(enum rai_serve_busy busy)
{
	switch (busy) {
	case RAI_BUSY_CONNECTIONS:
		return "too many connections are open (see rai-serve --max-connections)";
	case RAI_BUSY_MEMORY:
		return "the requests of now hold too much memory (see rai-serve --max-memory)";
	default:
		return "there is too much to do (see rai-serve --max-wait)";
	}
}

int
rai_serve_refused(const struct rai_serve_request *q, unsigned flags,
    void (*fail)(struct rai_serve_reply *r, int status, const char *message),
    struct rai_serve_reply *r)
{
	if (q->ambiguous) {
		fail(r, 400,
		    "one header says where the body ends: Content-Length, or Transfer-Encoding: "
		    "chunked");
		return 1;
	}
	if (q->foreign) {
		fail(r, 421,
		    "the Host header names another machine than this one: use 127.0.0.1 or "
		    "localhost (see rai-serve --public)");
		return 1;
	}
	if (q->busy == RAI_BUSY_NOT || (flags & (RAI_ROUTE_OPEN | RAI_ROUTE_VITAL)) != 0)
		return 0;
	fail(r, 503, reason(q->busy));
	rai_serve_reply_header(r, "Retry-After", "1");
	return 1;
}

#include <stdlib.h>

#include "base/tap.h"
#include "serve/conn.h"

/* What the workers of this server may hold together: counted ones, and others. */
static unsigned
sum(struct rai_serve_http *s, int counted)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < s->nworker; i++)
		if (s->worker[i].counted == counted)
			n += rai_serve_limit_of(&s->worker[i]);
	return n;
}

/* Threads for each of so many sockets for everybody, and one for orders. */
static void
plan(struct rai_serve_http *s, size_t sockets, unsigned threads)
{
	size_t i;

	s->config.threads = threads;
	s->ncounted = sockets * threads;
	s->nworker = s->ncounted + 1;
	s->worker = calloc(s->nworker, sizeof(*s->worker));
	for (i = 0; s->worker != NULL && i < s->nworker; i++) {
		s->worker[i].server = s;
		s->worker[i].counted = i < s->ncounted;
	}
}

static void
test_limit__of(void)
{
	static const unsigned most[] = {2, 8, 100, 4096};
	struct rai_serve_http s = {.worker = NULL};
	size_t sockets, i;
	unsigned threads, all;
	int within = 1, used = 1;

	for (sockets = 1; sockets <= 3; sockets++)
		for (threads = 1; threads <= 3; threads++) {
			plan(&s, sockets, threads);
			for (i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
				s.config.max_connections = most[i];
				all = most[i] + most[i] / 8 + 16;
				within &= sum(&s, 1) <= all;
				used &= sum(&s, 1) + s.ncounted > all;
			}
			is_int(sum(&s, 0), 16, "orders have room of their own");
			free(s.worker);
		}
	ok(within, "all threads of all sockets together hold no more than there is room for");
	ok(used, "and no less");
}

static void
test_limit__foreign(void)
{
	ok(!rai_serve_is_foreign(NULL) && !rai_serve_is_foreign("localhost:5000") &&
		!rai_serve_is_foreign("[::1]:5000") && !rai_serve_is_foreign("192.0.2.1"),
	    "this machine's names");
	ok(rai_serve_is_foreign("rebound.example:5000") &&
		rai_serve_is_foreign("localhost.example"),
	    "names of others");
}

int
main(void)
{
	test_limit__of();
	test_limit__foreign();
	return tap_done();
}

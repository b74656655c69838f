#include "serve/deadline.h"

#include <microhttpd.h>
#include <stddef.h>
#include <sys/socket.h>

#include "serve/farewell.h"

/*
 * LOOK_MS: between two looks at all connections of a thread.  ROOM: idle ones that may have to go
 * in one look.
 */
enum { LOOK_MS = 200, BRIEF_MS = 1000, ROOM = 64 };

void
rai_serve_deadline_begin(
    struct rai_serve_deadlines *all, struct rai_serve_deadline *d, int64_t now_ms)
{
	d->prev = NULL;
	d->next = all->first;
	if (d->next != NULL)
		d->next->prev = d;
	all->first = d;
	rai_serve_deadline_set(d, RAI_SERVE_ASKING, now_ms);
}

void
rai_serve_deadline_set(struct rai_serve_deadline *d, enum rai_serve_doing doing, int64_t now_ms)
{
	d->doing = doing;
	d->since_ms = now_ms;
	d->looked = 0;
}

void
rai_serve_deadline_end(struct rai_serve_deadlines *all, struct rai_serve_deadline *d)
{
	if (d->prev != NULL)
		d->prev->next = d->next;
	else
		all->first = d->next;
	if (d->next != NULL)
		d->next->prev = d->prev;
}

int
rai_serve_deadlines_wait(const struct rai_serve_deadlines *all)
{
	return all->first != NULL ? LOOK_MS : -1;
}

int
rai_serve_deadlines_due(const struct rai_serve_deadlines *all, int64_t now_ms)
{
	return now_ms - all->looked_ms >= LOOK_MS;
}

static int
is_late(const struct rai_serve_deadline *d, const struct rai_serve_patience *p, int64_t now_ms)
{
	int64_t may = d->doing == RAI_SERVE_IDLE ? p->idle_ms : p->request_ms;

	if (may > BRIEF_MS && d->surplus && d->doing == RAI_SERVE_ASKING)
		may = BRIEF_MS;
	return now_ms - d->since_ms > may;
}

/*
 * When a client ends its side right after its request, one edge of epoll tells of both, and
 * libmicrohttpd 0.9.75 misses the end: such a connection would stay for the whole idle time.  It
 * is asked for once, when requests that came with it have had their turn: an end that comes later
 * has an edge of its own.
 */
static int
has_gone(struct rai_serve_deadline *d, int64_t now_ms)
{
	char byte;

	if (d->doing != RAI_SERVE_IDLE || d->looked || now_ms - d->since_ms < LOOK_MS)
		return 0;
	d->looked = 1;
	return recv(d->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void
cut(struct rai_serve_deadline *d, unsigned *told)
{
	if (d->doing == RAI_SERVE_ASKING &&
	    rai_serve_farewell(d->fd, d->tls, MHD_HTTP_REQUEST_TIMEOUT) == 0)
		(*told)++;
	(void)shutdown(d->fd, SHUT_RDWR);
	d->cut = 1;
}

/* Puts d where it belongs among the n longest idle ones, of which most count; returns how many. */
static unsigned
rank(struct rai_serve_deadline **oldest, unsigned n, unsigned most, struct rai_serve_deadline *d)
{
	unsigned i = n;

	if (n == most && oldest[--i]->since_ms <= d->since_ms)
		return n;
	for (; i > 0 && oldest[i - 1]->since_ms > d->since_ms; i--)
		oldest[i] = oldest[i - 1];
	oldest[i] = d;
	return n < most ? n + 1 : n;
}

unsigned
rai_serve_deadlines_cut(struct rai_serve_deadlines *all, const struct rai_serve_patience *p,
    int64_t now_ms, unsigned *told)
{
	const unsigned room = p->room < ROOM ? p->room : ROOM;
	struct rai_serve_deadline *oldest[ROOM], *d;
	unsigned i, n = 0, ncut = 0;

	all->looked_ms = now_ms;
	*told = 0;
	for (d = all->first; d != NULL; d = d->next) {
		if (d->cut)
			continue;
		if (has_gone(d, now_ms) || is_late(d, p, now_ms)) {
			cut(d, told);
			ncut++;
		} else if (room > 0 && d->doing == RAI_SERVE_IDLE &&
			   now_ms - d->since_ms > BRIEF_MS)
			n = rank(oldest, n, room, d);
	}
	for (i = 0; i < n && ncut < room; i++, ncut++)
		cut(oldest[i], told);
	return ncut;
}

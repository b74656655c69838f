#include "serve/deadline.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/tap.h"

/* What the other side of a pair reads: "" when it has been shut, NULL when nothing has come. */
static const char *
heard(int fd)
{
	static char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

struct pair {
	struct rai_serve_deadline d;
	int other;
};

static void
begin(struct rai_serve_deadlines *all, struct pair *p, int64_t now_ms)
{
	int fd[2] = {-1, -1};

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0)
		ok(0, "a pair of sockets");
	memset(p, 0, sizeof(*p));
	p->d.fd = fd[0];
	p->other = fd[1];
	rai_serve_deadline_begin(all, &p->d, now_ms);
}

static void
end(struct rai_serve_deadlines *all, struct pair *p)
{
	rai_serve_deadline_end(all, &p->d);
	close(p->d.fd);
	close(p->other);
}

static void
test_deadline__late(void)
{
	const struct rai_serve_patience patience = {.request_ms = 10000, .idle_ms = 60000};
	struct rai_serve_deadlines all = {.first = NULL};
	struct pair asking, answering, idle;
	unsigned told;

	is_int(rai_serve_deadlines_wait(&all), -1, "nobody can be late");
	begin(&all, &asking, 1000);
	begin(&all, &answering, 1000);
	begin(&all, &idle, 1000);
	ok(rai_serve_deadlines_wait(&all) > 0, "somebody can be");
	rai_serve_deadline_set(&answering.d, RAI_SERVE_ANSWERING, 5000);
	rai_serve_deadline_set(&idle.d, RAI_SERVE_IDLE, 5000);
	ok(rai_serve_deadlines_due(&all, 11000), "it is time to look");
	rai_serve_deadlines_cut(&all, &patience, 11000, &told);
	ok(!rai_serve_deadlines_due(&all, 11100), "which is not so at once again");
	ok(heard(asking.other) == NULL, "there is time until the deadline");
	rai_serve_deadlines_cut(&all, &patience, 11250, &told);
	ok(strncmp(heard(asking.other), "HTTP/1.1 408 ", 13) == 0, "after it 408");
	is_int(told, 1, "which is counted");
	is_str(heard(asking.other), "", "and the end");
	ok(heard(answering.other) == NULL && heard(idle.other) == NULL, "others go on");
	rai_serve_deadlines_cut(&all, &patience, 15300, &told);
	is_str(heard(answering.other), "", "into a reply nothing is written, it just ends");
	ok(heard(idle.other) == NULL, "idle ones have a time of their own");
	rai_serve_deadlines_cut(&all, &patience, 65300, &told);
	is_str(heard(idle.other), "", "which ends, too");
	end(&all, &answering);
	end(&all, &asking);
	end(&all, &idle);
	ok(all.first == NULL, "the list is empty");
}

static void
test_deadline__surplus(void)
{
	const struct rai_serve_patience patience = {.request_ms = 10000, .idle_ms = 60000};
	struct rai_serve_deadlines all = {.first = NULL};
	struct pair surplus, idle;
	unsigned told;

	begin(&all, &surplus, 0);
	begin(&all, &idle, 0);
	surplus.d.surplus = 1;
	rai_serve_deadline_set(&idle.d, RAI_SERVE_IDLE, 0);
	is_int(rai_serve_deadlines_cut(&all, &patience, 1500, &told), 1, "one has to go");
	ok(heard(surplus.other) != NULL, "one too many has a second to ask");
	ok(heard(idle.other) == NULL, "idle ones may stay");
	end(&all, &surplus);
	end(&all, &idle);
}

/* Of those that have been idle since 0, 10, 20 ... in an order of its own. */
static void
test_deadline__room(void)
{
	static const int64_t since[] = {40, 10, 60, 0, 30, 50, 20, 70};
	enum { N = sizeof(since) / sizeof(since[0]) };
	struct rai_serve_patience patience = {.request_ms = 10000, .idle_ms = 60000, .room = 3};
	struct rai_serve_deadlines all = {.first = NULL};
	struct pair busy, p[N];
	size_t i, gone = 0;
	unsigned told;

	begin(&all, &busy, 0);
	rai_serve_deadline_set(&busy.d, RAI_SERVE_ANSWERING, 0);
	for (i = 0; i < N; i++) {
		begin(&all, &p[i], 0);
		rai_serve_deadline_set(&p[i].d, RAI_SERVE_IDLE, since[i]);
	}
	is_int(rai_serve_deadlines_cut(&all, &patience, 1000, &told), 0, "a second is theirs");
	is_int(rai_serve_deadlines_cut(&all, &patience, 1100, &told), 3,
	    "then as many go as others need");
	for (i = 0; i < N; i++)
		if (heard(p[i].other) != NULL)
			gone += since[i] <= 20 ? 1 : N;
	is_int(gone, 3, "the longest idle ones");
	patience.room = 100;
	is_int(
	    rai_serve_deadlines_cut(&all, &patience, 1300, &told), N - 3, "or all that are idle");
	ok(heard(busy.other) == NULL, "who is answered stays");
	for (i = 0; i < N; i++)
		end(&all, &p[i]);
	end(&all, &busy);
}

static void
test_deadline__gone(void)
{
	const struct rai_serve_patience patience = {.request_ms = 10000, .idle_ms = 60000};
	struct rai_serve_deadlines all = {.first = NULL};
	struct pair gone, asking, stays;
	unsigned told;

	begin(&all, &gone, 0);
	begin(&all, &asking, 0);
	begin(&all, &stays, 0);
	rai_serve_deadline_set(&gone.d, RAI_SERVE_IDLE, 1000);
	rai_serve_deadline_set(&stays.d, RAI_SERVE_IDLE, 1000);
	shutdown(gone.other, SHUT_WR);
	shutdown(asking.other, SHUT_WR);
	rai_serve_deadlines_cut(&all, &patience, 1100, &told);
	ok(heard(gone.other) == NULL, "what came with the end still has its turn");
	rai_serve_deadlines_cut(&all, &patience, 1300, &told);
	is_str(heard(gone.other), "", "then a client that has gone is let go");
	ok(heard(asking.other) == NULL, "one that waits for its answer gets it");
	ok(heard(stays.other) == NULL, "one that may go on stays");
	shutdown(stays.other, SHUT_WR);
	rai_serve_deadline_set(&stays.d, RAI_SERVE_IDLE, 5000);
	rai_serve_deadlines_cut(&all, &patience, 5300, &told);
	is_str(heard(stays.other), "", "until it has gone after another request");
	end(&all, &gone);
	end(&all, &asking);
	end(&all, &stays);
}

int
main(void)
{
	test_deadline__gone();
	test_deadline__late();
	test_deadline__surplus();
	test_deadline__room();
	return tap_done();
}

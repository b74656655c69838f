#ifndef RAI_SERVE_DEADLINE_H
#define RAI_SERVE_DEADLINE_H

#include <stdint.h>

/*
 * Inside of this room: how long one thread's connections may take.  A timer that every byte
 * restarts does not stop who sends a byte now and then; these count from a request's begin to its
 * end.  The thread alone touches them.  Times are milliseconds of the monotonic clock.
 */
enum rai_serve_doing {
	RAI_SERVE_ASKING,    /* the first request is awaited, or the rest of a later one */
	RAI_SERVE_ANSWERING, /* the reply is on its way */
	RAI_SERVE_IDLE       /* between two requests; the head of the next counts as this, too */
};

struct rai_serve_deadline {
	struct rai_serve_deadline *prev, *next;
	int64_t since_ms;
	enum rai_serve_doing doing;
	int fd;
	void *tls;   /* its session, or NULL */
	int surplus; /* was one too many when it began: must ask within a second */
	int looked;  /* whether its client, since it is idle, has gone */
	int cut;     /* has been told to end */
};

struct rai_serve_deadlines {
	struct rai_serve_deadline *first;
	int64_t looked_ms;
};

struct rai_serve_patience {
	int64_t request_ms, idle_ms;
	unsigned room; /* for so many others, those that are idle for a second make place */
};

void rai_serve_deadline_begin(
    struct rai_serve_deadlines *all, struct rai_serve_deadline *d, int64_t now_ms);
void rai_serve_deadline_set(
    struct rai_serve_deadline *d, enum rai_serve_doing doing, int64_t now_ms);
void rai_serve_deadline_end(struct rai_serve_deadlines *all, struct rai_serve_deadline *d);

/* For poll(): milliseconds after which somebody may be late; -1: nobody can be. */
int rai_serve_deadlines_wait(const struct rai_serve_deadlines *all);

/* Is it time to look for those who are?  A few times a second. */
int rai_serve_deadlines_due(const struct rai_serve_deadlines *all, int64_t now_ms);

/*
 * Shuts the sockets of those that are late, and of idle ones whose clients have ended their side;
 * who has not been answered is told 408, which *told counts.  Where they are fewer than p wants
 * room for, the longest idle ones follow.  Returns how many are shut now.
 */
unsigned rai_serve_deadlines_cut(struct rai_serve_deadlines *all,
    const struct rai_serve_patience *p, int64_t now_ms, unsigned *told);

#endif

#include "host/plan.h"

struct plan {
	const struct rai_host_seen *seen;
	struct rai_host_step *steps;
	size_t n, n_steps, max;
};

static void
add(struct plan *p, enum rai_host_action action, size_t at, int number, const char *reason)
{
	if (p->n_steps < p->max)
		p->steps[p->n_steps++] = (struct rai_host_step){action, at, number, reason};
}

static int64_t
count(const struct plan *p, int current, int only_available)
{
	int64_t c = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		c += p->seen[i].state != RAI_HOST_STOPPING && p->seen[i].current == current &&
		     (!only_available || p->seen[i].state == RAI_HOST_AVAILABLE);
	return c;
}

/* Stops up to most replicas of that kind and availability, the last in the list first. */
static int64_t
stop(struct plan *p, int current, int available, int64_t most, const char *reason)
{
	int64_t done = 0;
	size_t i;

	for (i = p->n; i-- > 0 && done < most;) {
		const struct rai_host_seen *s = &p->seen[i];

		if (s->state == RAI_HOST_STOPPING || s->current != current ||
		    (s->state == RAI_HOST_AVAILABLE) != available)
			continue;
		add(p, RAI_HOST_STOP, i, 0, reason);
		done++;
	}
	return done;
}

static int
is_used(const struct plan *p, int number)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->seen[i].number == number)
			return 1;
	return 0;
}

static void
create(struct plan *p, int64_t most)
{
	int number = 0;

	for (; most > 0; most--, number++) {
		while (is_used(p, number))
			number++;
		add(p, RAI_HOST_CREATE, 0, number, "wanted");
	}
}

static int
is_stopping_step(const struct plan *p, size_t at)
{
	size_t i;

	for (i = 0; i < p->n_steps; i++)
		if (p->steps[i].action == RAI_HOST_STOP && p->steps[i].at == at)
			return 1;
	return 0;
}

static void
roll(struct plan *p, const struct rai_host_want *want)
{
	int64_t fresh = count(p, 1, 0), fresh_up = count(p, 1, 1), old = count(p, 0, 0);
	int64_t up = fresh_up + count(p, 0, 1);
	int64_t least = want->replicas - want->unavailable, room, more, down;

	if (least < 0)
		least = 0;
	room = want->replicas + want->surge - fresh - old;
	more = want->replicas - fresh;
	create(p, room < more ? room : more);
	if (fresh > want->replicas) {
		down = stop(p, 1, 0, fresh - want->replicas, "more than wanted");
		stop(p, 1, 1, fresh - want->replicas - down, "more than wanted");
	}
	down = fresh + old - least - (fresh - fresh_up);
	if (down > 0)
		stop(p, 0, 0, down, "replaced, and not ready");
	if (up > least)
		stop(p, 0, 1, up - least, "replaced");
}

static void
recreate(struct plan *p, const struct rai_host_want *want)
{
	int64_t fresh = count(p, 1, 0);
	size_t i;

	stop(p, 0, 0, INT64_MAX, "replaced");
	stop(p, 0, 1, INT64_MAX, "replaced");
	if (fresh > want->replicas)
		stop(p, 1, 1, fresh - want->replicas, "more than wanted");
	for (i = 0; i < p->n; i++)
		if (!p->seen[i].current)
			return;
	create(p, want->replicas - fresh);
}

size_t
rai_host_plan(const struct rai_host_want *want, const struct rai_host_seen *seen, size_t n,
    struct rai_host_step *steps, size_t max)
{
	struct plan p = {seen, steps, n, 0, max};
	size_t i;

	if (want->recreate)
		recreate(&p, want);
	else
		roll(&p, want);
	for (i = 0; i < n; i++)
		if (seen[i].state == RAI_HOST_WAITING && seen[i].due && !is_stopping_step(&p, i))
			add(&p, RAI_HOST_START, i, 0, "ended");
	return p.n_steps;
}

int
rai_host_settled(const struct rai_host_want *want, const struct rai_host_seen *seen, size_t n)
{
	size_t i;

	if ((int64_t)n != want->replicas)
		return 0;
	for (i = 0; i < n; i++)
		if (!seen[i].current || seen[i].state != RAI_HOST_AVAILABLE)
			return 0;
	return 1;
}

#include "base/team.h"

#include <stdlib.h>

#include "base/tap.h"

#define ITEMS 1000
#define LOOPS 2000

struct sum {
	size_t touched[ITEMS];
	size_t worker_max;
	size_t workers;
};

static void
touch(void *ctx, size_t i, size_t worker)
{
	struct sum *s = ctx;

	s->touched[i] += i + 1;
	if (worker >= s->workers)
		s->worker_max = worker + 1;
}

static void
test_team__each_item_once(size_t threads)
{
	struct rai_team *t = rai_team_new(threads);
	struct sum *s = calloc(1, sizeof(*s));
	size_t i, loop, wrong = 0, n;
	size_t want[ITEMS] = {0};

	if (t == NULL || s == NULL)
		abort();
	s->workers = rai_team_size(t);
	ok(s->workers >= 1 && s->workers <= threads, "not more than asked for");
	for (loop = 0; loop < LOOPS; loop++) {
		n = loop % 7 == 0 ? 1 : loop % 5 == 0 ? 0 : 1 + loop % ITEMS;
		rai_team_run(t, n, touch, s);
		for (i = 0; i < n; i++)
			want[i] += i + 1;
	}
	for (i = 0; i < ITEMS; i++)
		wrong += s->touched[i] != want[i];
	is_int(wrong, 0, "every item of every loop ran once");
	is_int(s->worker_max, 0, "workers are numbered below the team's size");
	rai_team_free(t);
	free(s);
}

int
main(void)
{
	test_team__each_item_once(1);
	test_team__each_item_once(2);
	test_team__each_item_once(5);
	rai_team_free(rai_team_new(3));
	rai_team_free(NULL);
	return tap_done();
}

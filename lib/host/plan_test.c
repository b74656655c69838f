#include "host/plan.h"

#include "base/tap.h"

enum { MAX = 32 };

/*
 * A world as text, one letter a replica: A available, s starting, w waiting, x stopping, and in
 * capitals or not the same for old ones after a '|'.  The steps come back as text.
 */
static size_t
world(const char *text, struct rai_host_seen *seen)
{
	int current = 1, number = 0;
	size_t n = 0;

	for (; *text != '\0'; text++) {
		enum rai_host_state state = RAI_HOST_AVAILABLE;

		if (*text == '|') {
			current = 0;
			continue;
		}
		if (*text == 's')
			state = RAI_HOST_STARTING;
		else if (*text == 'w' || *text == 'd')
			state = RAI_HOST_WAITING;
		else if (*text == 'x')
			state = RAI_HOST_STOPPING;
		seen[n++] =
		    (struct rai_host_seen){current, current ? number++ : -1, *text == 'd', state};
	}
	return n;
}

static void
plan_is(struct rai_host_want want, const char *text, const char *expect, const char *name)
{
	struct rai_host_seen seen[MAX];
	struct rai_host_step steps[MAX];
	char got[256] = "";
	size_t n = world(text, seen), i, m, at = 0;

	m = rai_host_plan(&want, seen, n, steps, MAX);
	for (i = 0; i < m; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%s%d", i ? " " : "",
		    steps[i].action == RAI_HOST_CREATE  ? "create "
		    : steps[i].action == RAI_HOST_START ? "start "
							: "stop ",
		    steps[i].action == RAI_HOST_CREATE ? steps[i].number : (int)steps[i].at);
	is_str(got, expect, name);
}

static void
test_roll(void)
{
	const struct rai_host_want three = {3, 1, 0, 0};

	plan_is(three, "", "create 0 create 1 create 2", "from nothing: all at once");
	plan_is(three, "AAA", "", "as wanted: no step");
	plan_is(three, "|AAA", "create 0", "a new template: one more first");
	plan_is(three, "s|AAA", "", "no old one goes before the new one is ready");
	plan_is(three, "A|AAA", "stop 3", "then one old one goes");
	plan_is(three, "A|AAx", "create 1", "one that drains is not counted");
	plan_is(three, "AA|AAxx", "stop 3", "on and on");
	plan_is(three, "AAA|A", "stop 3", "the last old one");
	plan_is(three, "AAA|x", "", "which may drain");
	plan_is(three, "w|AAA", "", "a new one that crashes: the old ones stay");
	plan_is(three, "d|AAA", "start 0", "it is tried again when due");
	plan_is(three, "|AAd", "create 0 start 2",
	    "a new template while an old one is down: it is not held back");
	plan_is(three, "s|AAw", "", "but with one new one starting nothing may go yet");
	plan_is(three, "A|AAs", "stop 3", "of the old ones the broken one goes first");
}

static void
test_others(void)
{
	plan_is((struct rai_host_want){3, 1, 1, 0}, "|AAA", "create 0 stop 2",
	    "with maxUnavailable 1 one goes at once");
	plan_is(
	    (struct rai_host_want){2, 0, 1, 0}, "|AA", "stop 1", "without surge one goes first");
	plan_is((struct rai_host_want){2, 0, 1, 0}, "|A", "create 0", "and then one comes");
	plan_is((struct rai_host_want){1, 1, 0, 0}, "AAA", "stop 2 stop 1", "scaled down");
	plan_is((struct rai_host_want){1, 1, 0, 0}, "AsA", "stop 1 stop 2",
	    "scaled down: the one that is not ready first");
	plan_is((struct rai_host_want){4, 1, 0, 0}, "AAA", "create 3", "scaled up");
	plan_is((struct rai_host_want){0, 1, 0, 0}, "AA", "stop 1 stop 0", "to nothing");
	plan_is(
	    (struct rai_host_want){0, 0, 0, 0}, "|AwA", "stop 1 stop 2 stop 0", "no longer in Git");
	plan_is((struct rai_host_want){3, 1, 0, 0}, "dwd", "start 0 start 2", "only those due");
	plan_is((struct rai_host_want){2, 1, 0, 1}, "|AA", "stop 1 stop 0", "Recreate: all go");
	plan_is((struct rai_host_want){2, 1, 0, 1}, "|xx", "", "all have to be gone");
	plan_is((struct rai_host_want){2, 1, 0, 1}, "", "create 0 create 1", "before any comes");
}

/* From any start a rollout ends as wanted, and never goes below what is promised. */
static void
test_property(void)
{
	int64_t replicas, surge, unavailable;
	int good = 1, ends = 1;

	for (replicas = 1; replicas <= 5; replicas++)
		for (surge = 0; surge <= 2; surge++)
			for (unavailable = surge == 0; unavailable <= 2; unavailable++) {
				struct rai_host_want want = {replicas, surge, unavailable, 0};
				int64_t old = replicas, fresh = 0;
				int round;

				for (round = 0; round < 50; round++) {
					struct rai_host_seen seen[MAX];
					struct rai_host_step steps[MAX];
					char text[MAX] = "";
					size_t m, i, n;

					memset(text, 'A', (size_t)fresh);
					text[fresh] = '|';
					memset(text + fresh + 1, 'A', (size_t)old);
					n = world(text, seen);
					m = rai_host_plan(&want, seen, n, steps, MAX);
					if (m == 0)
						break;
					for (i = 0; i < m; i++)
						if (steps[i].action == RAI_HOST_STOP) {
							old -= !seen[steps[i].at].current;
							fresh -= seen[steps[i].at].current;
						}
					good &= old + fresh >= replicas - unavailable;
					for (i = 0; i < m; i++)
						fresh += steps[i].action == RAI_HOST_CREATE;
					good &= old + fresh <= replicas + surge;
				}
				ends &= fresh == replicas && old == 0;
			}
	ok(good, "75 rollouts: never fewer or more than promised");
	ok(ends, "and each ends as wanted");
}

static void
test_settled(void)
{
	const struct rai_host_want two = {2, 1, 0, 0};
	struct rai_host_seen seen[MAX];

	ok(rai_host_settled(&two, seen, world("AA", seen)), "two available ones are settled");
	ok(!rai_host_settled(&two, seen, world("As", seen)), "not with one starting");
	ok(!rai_host_settled(&two, seen, world("AA|x", seen)), "nor with one draining");
	ok(!rai_host_settled(&two, seen, world("A", seen)), "nor with one missing");
}

int
main(void)
{
	test_roll();
	test_others();
	test_property();
	test_settled();
	return tap_done();
}

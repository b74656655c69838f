#include "serve/tried.h"

static void
test_shadow__better(void)
{
	struct fixture f;
	int i;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 90);
	for (i = 0; i < 300; i++) {
		one_pair(&f, 1 + i % 7, "Kew", 89 * (1 + i % 7));
		if (i == 0)
			is_str(header(&f.at, "X-Model-Version"), "v1", "the champion answers");
		/* the queue is bounded */
		if (i % 100 == 99)
			ok(comes_to(&f, SCORED, i + 1), "all rows are predicted again");
	}
	ok(comes_to(&f, PAIRS, 300), "every row makes a pair");
	ok(metric(&f, VERDICT("better")) == 1, "10 points better is seen");
	end(&f);
	clean(&f);
}

/* Kew adds 0.25 to both: only where its code is right for each are they the same. */
static void
test_shadow__equivalent(void)
{
	struct fixture f;
	int i;

	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	begin_try(&f, 100);
	for (i = 0; i < 2000; i++) {
		one_pair(&f, 1, i % 2 ? "Kew" : "Lalor", 120);
		if (i % 500 == 499)
			ok(comes_to(&f, PAIRS, i + 1), "pairs come");
	}
	ok(metric(&f, "rai_challenger_loss_difference{model=\"house\"}") == 0,
	    "each model reads a row by its own codes");
	ok(metric(&f, VERDICT("equivalent")) == 1, "equal models are equivalent within 1 point");
	end(&f);
	clean(&f);
}

/* The shadow stands still: replies do not. */
static void
test_shadow__never_waits(void)
{
	enum { ROWS = 6000 };
	struct rai_serve_model m;
	struct fixture f;
	double scored, dropped;
	sem_t gate;
	int i, answered = 0;

	sem_init(&gate, 0, 0);
	begin(&f, RAI_ROLE_SHADOW, 1, NULL);
	m = fake("v2", "sha256:02", 90, "[]", 0, &f.released);
	((struct fake *)m.payload)->gate = &gate;
	ok(rai_serve_app_try(f.at.app, &f.trial, &m, NULL) == 0, "a trial");
	for (i = 0; i < ROWS; i++)
		answered += strstr(ask(&f.at, "POST", "/predict", "{\"Rooms\":3}"),
				"\"prediction\":300,") != NULL;
	is_int(answered, ROWS, "all are answered while the shadow is at its first row");
	dropped = metric(&f, DROPPED);
	ok(metric(&f, SCORED) == 0 && dropped > 0, "what does not fit is dropped and counted");
	for (i = 0; i < ROWS; i++)
		sem_post(&gate);
	ok(comes_to(&f, SCORED, ROWS - dropped), "what fitted is predicted later");
	scored = metric(&f, SCORED);
	ok(scored + dropped == ROWS, "every row is one or the other");
	end(&f);
	clean(&f);
	sem_destroy(&gate);
}

static void
test_shadow__sampled(void)
{
	const struct timespec pause = {0, 50000000};
	struct fixture f;
	double n;
	int i;

	begin(&f, RAI_ROLE_SHADOW, 0.25, NULL);
	begin_try(&f, 90);
	for (i = 0; i < 2000; i++) {
		ask(&f.at, "POST", "/predict", "{\"Rooms\":3}");
		if (i % 500 == 499)
			ok(metric(&f, DROPPED) == 0, "none dropped");
	}
	ok(metric(&f, BY("champion")) == 2000, "the champion answers all");
	for (n = -1; n != metric(&f, SCORED); nanosleep(&pause, NULL))
		n = metric(&f, SCORED);
	printf("# %g of 2000 rows\n", n);
	ok(fabs(n - 500) < 4 * sqrt(2000 * 0.25 * 0.75), "a share of the rows is predicted again");
	end(&f);
	clean(&f);
}

int
main(void)
{
	test_shadow__better();
	test_shadow__equivalent();
	test_shadow__never_waits();
	test_shadow__sampled();
	return tap_done();
}

#include "base/par.h"

#include <stdatomic.h>

#include "base/tap.h"

struct sum {
	size_t square[1000];
	atomic_size_t calls;
	size_t worst_worker;
};

static void
square(void *ctx, size_t i, size_t worker)
{
	struct sum *s = ctx;

	s->square[i] = i * i;
	atomic_fetch_add(&s->calls, 1);
	if (worker >= 4)
		s->worst_worker = worker;
}

static void
test_every_item_once(size_t threads)
{
	struct sum s = {{0}, 0, 0};
	size_t i, wrong = 0;

	rai_par_for(1000, threads, square, &s);
	for (i = 0; i < 1000; i++)
		wrong += s.square[i] != i * i;
	is_int(s.calls, 1000, "each item is called once");
	is_int(wrong, 0, "every slot is filled");
	is_int(s.worst_worker, 0, "workers are numbered below the number of threads");
}

int
main(void)
{
	struct sum none = {{0}, 0, 0};

	test_every_item_once(1);
	test_every_item_once(4);
	rai_par_for(0, 4, square, &none);
	is_int(none.calls, 0, "an empty loop calls nothing");
	ok(rai_par_cores() >= 1, "there is a core");
	return tap_done();
}

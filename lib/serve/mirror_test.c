#include "serve/mirror.h"

#include <pthread.h>
#include <semaphore.h>

#include "base/tap.h"

enum { ROWS = 8 };

/* A slow model: it waits for leave before each row. */
struct slow {
	sem_t leave, done;
	double seen[64];
	size_t n;
};

static void
score(void *payload, const struct rai_serve_mirror_row *row)
{
	struct slow *s = payload;

	while (sem_wait(&s->leave) != 0)
		;
	if (s->n < 64)
		s->seen[s->n++] = row->cell[1].num;
	sem_post(&s->done);
}

static int
hand_on(struct rai_serve_mirror *m, double v)
{
	struct rai_serve_mirror_row *row = rai_serve_mirror_begin(m);

	if (row == NULL)
		return -1;
	memcpy(row->id, "01JDQ0000000000000000000AA", sizeof(row->id));
	row->cell[0].num = -v;
	row->cell[1].num = v;
	rai_serve_mirror_end(m);
	return 0;
}

int
main(void)
{
	struct slow s = {.n = 0};
	const struct rai_serve_mirror_config config = {
	    .rows = ROWS, .ncol = 2, .score = score, .payload = &s};
	struct rai_serve_mirror *m = NULL;
	int i, taken = 0, ordered = 1;

	sem_init(&s.leave, 0, 0);
	sem_init(&s.done, 0, 0);
	ok(rai_serve_mirror_new(&config, &m, NULL) == 0, "new");
	for (i = 0; i < 3 * ROWS; i++)
		taken += hand_on(m, taken) == 0;
	ok(taken == ROWS || taken == ROWS + 1,
	    "nobody waits while the thread stands still: what fits is taken");
	is_int(rai_serve_mirror_dropped(m), 3 * ROWS - taken, "and the rest is counted");
	for (i = 0; i < taken; i++) {
		sem_post(&s.leave);
		while (sem_wait(&s.done) != 0)
			;
	}
	for (i = 0; i < taken; i++)
		ordered &= s.seen[i] == i;
	ok(ordered && s.n == (size_t)taken, "each is predicted once, in order");
	ok(hand_on(m, 7) == 0 && hand_on(m, 8) == 0, "there is room again");
	sem_post(&s.leave);
	sem_post(&s.leave);
	rai_serve_mirror_free(m);
	ok(s.n <= (size_t)taken + 2, "its end waits for one row at most");
	rai_serve_mirror_free(NULL);
	sem_destroy(&s.leave);
	sem_destroy(&s.done);
	return tap_done();
}

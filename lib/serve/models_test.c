#include "serve/models.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"

enum { LANES = 2, THREADS = 4, SWAPS = 1000 };

/* A model that knows whether it may still be asked. */
struct fake {
	struct rai_schema schema;
	char target[8];
	atomic_int alive;
	atomic_int *released;
};

static void
predict(const void *p, const struct rai_cell *cells, double *out)
{
	(void)p;
	(void)cells;
	out[0] = 1;
}

/* Stays allocated, so that who asks too late is found out also without a sanitizer. */
static void
release(void *p)
{
	struct fake *f = p;

	atomic_store(&f->alive, 0);
	atomic_fetch_add(f->released, 1);
}

static struct rai_serve_model
make(struct fake *f, atomic_int *released)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->target, "Price", 6);
	f->schema.target.name = f->target;
	atomic_init(&f->alive, 1);
	f->released = released;
	return (struct rai_serve_model){.schema = &f->schema,
	    .name = "house",
	    .kind = "fake",
	    .version = "v",
	    .digest = "sha256:0",
	    .predict = predict,
	    .release = release,
	    .payload = f};
}

static struct rai_serve_models *models;
static atomic_int stop, late, asked;

static int
is_alive(const struct rai_serve_live *live)
{
	return live == NULL || atomic_load(&((struct fake *)live->model.payload)->alive);
}

/* Requests of one lane; two threads share it. */
static void *
requests(void *payload)
{
	unsigned lane = *(const unsigned *)payload;
	const struct rai_serve_snapshot *s, *inner;
	int i;

	while (!atomic_load(&stop)) {
		s = rai_serve_models_enter(models, lane);
		for (i = 0; i < 3; i++) {
			inner = rai_serve_models_enter(models, lane);
			if (!is_alive(inner->entry[0].current))
				atomic_fetch_add(&late, 1);
			rai_serve_models_leave(models, lane, inner);
			sched_yield();
			if (!is_alive(s->entry[0].current) || !is_alive(s->entry[0].previous))
				atomic_fetch_add(&late, 1);
		}
		rai_serve_models_leave(models, lane, s);
		atomic_fetch_add(&asked, 1);
	}
	return NULL;
}

/* Swaps and ways back while requests never pause; an old model goes when it may, and not before. */
static void
test_models__changes_under_load(void)
{
	const struct rai_serve_app_config config = {.window = 10, .lanes = LANES};
	struct fake *fake = calloc(SWAPS + 1, sizeof(*fake));
	unsigned lane[THREADS], failed = 0;
	pthread_t thread[THREADS];
	struct rai_serve_model m;
	atomic_int released = 0;
	int i;

	if (fake == NULL)
		abort();
	m = make(&fake[0], &released);
	is_int(rai_serve_models_new(&config, &m, 1, &models, NULL), 0, "a model");
	for (i = 0; i < THREADS; i++) {
		lane[i] = (unsigned)i % LANES;
		pthread_create(&thread[i], NULL, requests, &lane[i]);
	}
	while (atomic_load(&asked) < THREADS)
		sched_yield();
	for (i = 1; i <= SWAPS; i++) {
		m = make(&fake[i], &released);
		failed += rai_serve_models_swap(models, &m, NULL) != 0;
		if (i % 3 == 0)
			failed += rai_serve_models_back_out(models, 0, NULL) != 0;
	}
	atomic_store(&stop, 1);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	is_int((long)failed, 0, "every change is made");
	is_int(late, 0, "nobody met a model that was gone");
	ok(asked >= THREADS, "while requests went on");
	rai_serve_models_clear(models);
	is_int(released, SWAPS - 1, "two are there, the others are gone");
	rai_serve_models_free(models);
	is_int(released, SWAPS + 1, "and in the end all");
	free(fake);
}

/* Whoever answers frees nothing, and neither does whoever makes the change. */
static void
test_models__who_frees(void)
{
	const struct rai_serve_app_config config = {.window = 10, .lanes = LANES};
	const struct rai_serve_snapshot *s;
	struct fake fake[5];
	struct rai_serve_model m;
	struct timespec now;
	atomic_int released = 0;
	int i, failed = 0;

	m = make(&fake[0], &released);
	is_int(rai_serve_models_new(&config, &m, 1, &models, NULL), 0, "a model");
	clock_gettime(CLOCK_MONOTONIC, &now);
	ok(rai_serve_models_wait(models, &now) != 0, "nothing is over yet");
	s = rai_serve_models_enter(models, 1);
	for (i = 1; i < 3; i++) {
		m = make(&fake[i], &released);
		failed += rai_serve_models_swap(models, &m, NULL) != 0;
	}
	rai_serve_models_clear(models);
	is_int(released, 0, "while a request uses the first, it is there");
	rai_serve_models_leave(models, 1, s);
	is_int(released, 0, "the last request that used it leaves it to others");
	clock_gettime(CLOCK_MONOTONIC, &now);
	is_int(rai_serve_models_wait(models, &now), 0, "who has time is woken");
	rai_serve_models_clear(models);
	is_int(released, 1, "and frees it");
	for (; i < 5; i++) {
		m = make(&fake[i], &released);
		failed += rai_serve_models_swap(models, &m, NULL) != 0;
	}
	is_int(released, 1, "a change frees nothing itself");
	is_int(failed, 0, "all were made");
	rai_serve_models_free(models);
	is_int(released, 5, "the end frees what is left");
}

int
main(void)
{
	test_models__who_frees();
	test_models__changes_under_load();
	return tap_done();
}

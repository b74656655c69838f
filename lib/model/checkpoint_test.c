#include "model/checkpoint.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/tap.h"

#define ROWS 400
#define WIDTH 3
#define ROUNDS 20

static char path[] = "/tmp/rai-checkpoint.XXXXXX";
static double x[ROWS * WIDTH], y[ROWS];
static size_t ticks, die_at;

/* Dies at once, as by a signal, after so many rounds. */
static void
tick(void *ctx)
{
	(void)ctx;
	if (++ticks == die_at)
		_exit(9); /* check-source: allowed */
}

static int
fit(const char *binding, int fresh, struct rai_fitted *out)
{
	struct rai_checkpoints c = {path, binding, 0, fresh};
	struct rai_fit_data d = {.x = x, .y = y, .n = ROWS, .width = WIDTH};
	struct rai_fit_options opt = {.seed = 1, .threads = 1, .tick = tick};
	struct rai_err err = RAI_ERR_INIT;
	struct rai_checkpoint *p;
	int rc;

	ticks = 0;
	rai_fitted_init(out, &rai_kind_boost);
	rai_fitted_set(out, "rounds", ROUNDS, NULL);
	p = rai_checkpoint_begin(&c, "chosen", out, WIDTH, 0, &opt);
	rc = out->kind->fit(out, &d, &opt, &err);
	if (rc != 0)
		printf("# %s\n", err.msg);
	rai_checkpoint_end(p);
	return rc;
}

static void
interrupt(size_t after, const char *binding)
{
	struct rai_fitted f;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		die_at = after;
		fit(binding, 1, &f);
		_exit(0); /* check-source: allowed */
	}
	waitpid(pid, &status, 0);
	is_int(WEXITSTATUS(status), 9, "interrupted");
}

static size_t
different(const struct rai_fitted *a, const struct rai_fitted *b)
{
	double p[ROWS], q[ROWS], row[ROWS * WIDTH];
	size_t i, j, n = 0;

	for (i = 0; i < ROWS; i++)
		for (j = 0; j < WIDTH; j++)
			row[i * WIDTH + j] = x[j * ROWS + i];
	rai_fitted_predict_rows(a, row, ROWS, p);
	rai_fitted_predict_rows(b, row, ROWS, q);
	for (i = 0; i < ROWS; i++)
		n += p[i] != q[i];
	return n;
}

static void
test_checkpoint__goes_on(const struct rai_fitted *whole, size_t after, const char *binding,
    int fresh, size_t rounds, const char *name)
{
	struct rai_fitted f;
	char file[64];

	snprintf(file, sizeof(file), "%s.chosen", path);
	interrupt(after, "one");
	ok(access(file, F_OK) == 0, "a file is left");
	ok(fit(binding, fresh, &f) == 0, name);
	is_int(ticks, rounds, "with so many rounds");
	is_int(different(whole, &f), 0, "the same, bit for bit");
	ok(access(file, F_OK) != 0, "and the file is gone");
	rai_fitted_release(&f);
}

int
main(void)
{
	struct rai_rng r = rai_rng_new(1, 0);
	struct rai_fitted whole;
	size_t i;

	close(mkstemp(path));
	for (i = 0; i < ROWS * WIDTH; i++)
		x[i] = rai_rng_unit(&r);
	for (i = 0; i < ROWS; i++)
		y[i] = x[i] * 4 + (x[ROWS + i] > 0.5) + rai_rng_unit(&r);
	ok(fit("one", 0, &whole) == 0, "uninterrupted");
	is_int(ticks, ROUNDS, "all rounds");
	/* the checkpoint of a round is written after its tick */
	test_checkpoint__goes_on(&whole, 2, "one", 0, ROUNDS - 1, "after one round");
	test_checkpoint__goes_on(&whole, 13, "one", 0, ROUNDS - 12, "after twelve");
	test_checkpoint__goes_on(&whole, 13, "two", 0, ROUNDS, "of another training");
	test_checkpoint__goes_on(&whole, 13, "one", 1, ROUNDS, "not to be resumed");
	rai_fitted_release(&whole);
	unlink(path);
	return tap_done();
}

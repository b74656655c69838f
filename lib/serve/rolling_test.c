#include "serve/rolling.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/tap.h"

enum { COLS = 3, MINUTES = 40 * 60, MINUTE_MS = 60000 };
static const size_t nbin[COLS] = {4, 6, RAI_ROLLING_BINS};

/* What column 0 had counted after each minute, by the plainest way. */
static int64_t past[MINUTES + 1][4];

/* The minute a window begins at that ends in this minute. */
static size_t
begin_of(size_t minute, size_t step, size_t steps)
{
	size_t last = minute / step;

	return last > steps ? (last - steps) * step : 0;
}

static int
is_since(const int64_t *got, size_t from, size_t to)
{
	size_t i;

	for (i = 0; i < nbin[0]; i++)
		if (got[i] != past[to][i] - past[from][i])
			return 0;
	return 1;
}

static int
same_window(struct rai_serve_rolling *r, const struct rai_serve_bins *b,
    enum rai_rolling_window window, size_t from, size_t minute)
{
	int64_t got[4];
	int64_t since = rai_serve_rolling_read(r, b, 0, window, got);

	return since == 1000 + (int64_t)from * MINUTE_MS && is_since(got, from, minute);
}

/* Every step of a series, and as many as there must be. */
static int
same_series(struct rai_serve_rolling *r, const struct rai_serve_bins *b,
    enum rai_rolling_window window, size_t minute, size_t step, size_t steps)
{
	int64_t got[4 * RAI_ROLLING_SERIES];
	size_t from = begin_of(minute, step, steps), to, k = 0;
	size_t n = rai_serve_rolling_series(r, b, 0, window, got);

	for (; from <= minute && k < n; from = to, k++) {
		to = from + step <= minute ? from + step : minute;
		if (!is_since(got + 4 * k, from, to))
			return 0;
		if (to == minute && to < from + step)
			return k + 1 == n;
	}
	return 0;
}

static void
test_rolling__every_minute(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_rolling *r = NULL;
	struct rai_serve_bins *b = NULL;
	struct rai_rng rng = rai_rng_new(7, 0);
	size_t minute, i, wrong = 0, wrong_steps = 0;

	if (rai_serve_bins_new(2, COLS, nbin, &b, &err) != 0 ||
	    rai_serve_rolling_new(COLS, nbin, 1000, &r, &err) != 0) {
		ok(0, err.msg);
		return;
	}
	for (minute = 1; minute <= MINUTES; minute++) {
		memcpy(past[minute], past[minute - 1], sizeof(past[0]));
		for (i = rai_rng_below(&rng, 6); i > 0; i--) {
			size_t bin = rai_rng_below(&rng, 4);

			rai_serve_bins_count(b, (unsigned)i % 2, 0, bin);
			past[minute][bin]++;
		}
		rai_serve_rolling_minute(r, b, 1000 + (int64_t)minute * MINUTE_MS);
		wrong += !same_window(r, b, RAI_ROLLING_HOUR, begin_of(minute, 5, 12), minute) +
			 !same_window(r, b, RAI_ROLLING_DAY, begin_of(minute, 60, 24), minute) +
			 !same_window(r, b, RAI_ROLLING_ALL, 0, minute);
		wrong_steps += !same_series(r, b, RAI_ROLLING_HOUR, minute, 5, 12) +
			       !same_series(r, b, RAI_ROLLING_DAY, minute, 60, 24);
	}
	is_int((long long)wrong, 0, "40 hours, every window of every minute");
	is_int((long long)wrong_steps, 0, "and every step of its series");
	rai_serve_rolling_free(r);
	rai_serve_bins_free(b);
}

static void
test_rolling__too_wide(void)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_rolling *r = NULL;
	struct rai_serve_bins *b = NULL;
	int64_t *got = calloc(nbin[2], sizeof(*got)), series[6 * RAI_ROLLING_SERIES];
	size_t i;

	if (got == NULL || rai_serve_bins_new(1, COLS, nbin, &b, &err) != 0 ||
	    rai_serve_rolling_new(COLS, nbin, 1000, &r, &err) != 0) {
		ok(0, err.msg);
		free(got);
		return;
	}
	for (i = 0; i < 200; i++) {
		rai_serve_bins_count(b, 0, 2, 17);
		rai_serve_rolling_minute(r, b, 1000 + (int64_t)i * MINUTE_MS);
	}
	ok(rai_serve_rolling_read(r, b, 2, RAI_ROLLING_HOUR, got) == 1000 && got[17] == 200,
	    "a column that has no room is counted since the beginning");
	is_int(
	    (long long)rai_serve_rolling_series(r, b, 2, RAI_ROLLING_DAY, got), 1, "with one step");
	is_int((long long)rai_serve_rolling_series(r, b, 1, RAI_ROLLING_DAY, series), 4,
	    "its neighbour has three hours and the one that runs");
	free(got);
	rai_serve_rolling_free(r);
	rai_serve_bins_free(b);
}

int
main(void)
{
	test_rolling__every_minute();
	test_rolling__too_wide();
	return tap_done();
}

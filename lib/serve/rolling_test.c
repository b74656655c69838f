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

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Another process goes on with what *r had packed; its counters begin at 0. */
static int
restart(struct rai_serve_rolling **r, struct rai_serve_bins **b, int64_t now_ms, int64_t away_ms,
    struct rai_err *err)
{
	struct rai_buf packed = RAI_BUF_INIT(RAI_ROLLING_PACKED);
	int rc = rai_serve_rolling_pack(*r, *b, DIGEST, now_ms, &packed, err);

	rai_serve_rolling_free(*r);
	rai_serve_bins_free(*b);
	*r = NULL;
	*b = NULL;
	now_ms += away_ms;
	if (rc == 0 && (rc = rai_serve_bins_new(2, COLS, nbin, b, err)) == 0 &&
	    (rc = rai_serve_rolling_new(COLS, nbin, now_ms, r, err)) == 0)
		rc = rai_serve_rolling_unpack(*r, *b, DIGEST, now_ms, packed.ptr, packed.len, err);
	rai_buf_free(&packed);
	return rc;
}

/* every: minutes that a process lives; 0: all of them. */
static void
test_rolling__every_minute(size_t every, const char *name)
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
		if (every > 0 && minute % every == 0 &&
		    restart(&r, &b, 1000 + (int64_t)minute * MINUTE_MS + 59000, 0, &err) != 0)
			break;
		wrong += !same_window(r, b, RAI_ROLLING_HOUR, begin_of(minute, 5, 12), minute) +
			 !same_window(r, b, RAI_ROLLING_DAY, begin_of(minute, 60, 24), minute) +
			 !same_window(r, b, RAI_ROLLING_ALL, 0, minute);
		wrong_steps += !same_series(r, b, RAI_ROLLING_HOUR, minute, 5, 12) +
			       !same_series(r, b, RAI_ROLLING_DAY, minute, 60, 24);
	}
	ok(minute == MINUTES + 1 && wrong == 0, name);
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

/* 50 values in the first minute, and then nobody asked for so many minutes. */
static void
test_rolling__away(int64_t away, enum rai_rolling_window window, int64_t values, int64_t since_min,
    const char *name)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_rolling *r = NULL;
	struct rai_serve_bins *b = NULL;
	int64_t got[4], since;
	int i;

	if (rai_serve_bins_new(2, COLS, nbin, &b, &err) != 0 ||
	    rai_serve_rolling_new(COLS, nbin, 0, &r, &err) != 0) {
		ok(0, err.msg);
		return;
	}
	for (i = 0; i < 50; i++)
		rai_serve_bins_count(b, 0, 0, 3);
	rai_serve_rolling_minute(r, b, MINUTE_MS);
	ok(restart(&r, &b, MINUTE_MS, away * MINUTE_MS, &err) == 0, "it goes on");
	since = rai_serve_rolling_read(r, b, 0, window, got);
	ok(got[3] == values && since == since_min * MINUTE_MS, name);
	rai_serve_rolling_free(r);
	rai_serve_bins_free(b);
}

/* What was packed, one byte of it another. */
static int
unpack_spoilt(const struct rai_buf *good, size_t at, char byte, size_t len, const char *digest,
    struct rai_err *err)
{
	struct rai_buf bad = RAI_BUF_INIT(RAI_ROLLING_PACKED);
	struct rai_serve_rolling *r = NULL;
	struct rai_serve_bins *b = NULL;
	int64_t got[4];
	int rc = -2;

	rai_buf_add(&bad, good->ptr, len);
	if (at < len)
		bad.ptr[at] = byte;
	if (rai_serve_bins_new(1, 1, nbin, &b, err) == 0 &&
	    rai_serve_rolling_new(1, nbin, 5000, &r, err) == 0) {
		rc = rai_serve_rolling_unpack(r, b, digest, 5000, bad.ptr, bad.len, err);
		if (rc == 0 && rai_serve_rolling_read(r, b, 0, RAI_ROLLING_HOUR, got) == 5000 &&
		    got[3] == 0)
			rc = 1; /* passed over */
	}
	rai_buf_free(&bad);
	rai_serve_rolling_free(r);
	rai_serve_bins_free(b);
	return rc;
}

static void
test_rolling__spoilt(void)
{
	struct rai_buf good = RAI_BUF_INIT(RAI_ROLLING_PACKED);
	struct rai_err err = RAI_ERR_INIT;
	struct rai_serve_rolling *r = NULL;
	struct rai_serve_bins *b = NULL;
	size_t i, refused = 0;

	if (rai_serve_bins_new(1, 1, nbin, &b, &err) != 0 ||
	    rai_serve_rolling_new(1, nbin, 1000, &r, &err) != 0) {
		ok(0, err.msg);
		return;
	}
	rai_serve_bins_count(b, 0, 0, 3);
	ok(rai_serve_rolling_pack(r, b, DIGEST, 2000, &good, &err) == 0, "it is packed");
	ok(unpack_spoilt(&good, good.len, 0, good.len, DIGEST, &err) == 0, "as it was it goes on");
	ok(unpack_spoilt(&good, good.len, 0, good.len, "sha256:1", &err) == 1,
	    "another model passes it over");
	for (i = 0; i < good.len; i++)
		refused += unpack_spoilt(&good, good.len, 0, i, DIGEST, &err) == -1;
	is_int((long long)refused, (long long)good.len, "no beginning of it is taken for it");
	ok(rai_serve_rolling_unpack(NULL, NULL, DIGEST, 5000, good.ptr, good.len, &err) == 0 &&
		rai_serve_rolling_unpack(NULL, NULL, DIGEST, 5000, good.ptr, 100, &err) == -1,
	    "a model without bins passes it over, but nothing else");
	ok(unpack_spoilt(&good, 0, 'R', good.len, DIGEST, &err) == -1 &&
		strstr(err.msg, "is no state of rai-serve") != NULL,
	    "nor another file");
	for (i = 0; i < good.len; i++)
		if (unpack_spoilt(&good, i, (char)0x80, good.len, DIGEST, &err) == -2)
			break;
	ok(i == good.len, "whatever byte is spoilt, it is refused, passed over or counted");
	ok(unpack_spoilt(&good, good.len - 1, (char)0x80, good.len, DIGEST, &err) == -1 &&
		strstr(err.msg, "never written") != NULL,
	    "a count below 0 is none");
	rai_buf_free(&good);
	rai_serve_rolling_free(r);
	rai_serve_bins_free(b);
}

int
main(void)
{
	test_rolling__every_minute(0, "40 hours, every window of every minute");
	test_rolling__every_minute(37, "the same by 65 processes, one after the other");
	test_rolling__away(30, RAI_ROLLING_HOUR, 50, 0, "half an hour away: of the last hour");
	test_rolling__away(100, RAI_ROLLING_HOUR, 0, 40, "an hour and more: no longer");
	test_rolling__away(100, RAI_ROLLING_DAY, 50, 0, "but of the last day");
	test_rolling__away(1600, RAI_ROLLING_DAY, 0, 160, "a day and more: no longer");
	test_rolling__away(9000000, RAI_ROLLING_ALL, 50, 0, "for years: of all time");
	test_rolling__spoilt();
	test_rolling__too_wide();
	return tap_done();
}

#include "serve/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"

enum { KIND = 7, HEAD = 32, MINUTE_MS = 60000, DAY_MS = RAI_HISTORY_POINTS * MINUTE_MS };

static struct rai_serve_point points[RAI_HISTORY_POINTS];

static struct rai_serve_history *
new_history(void)
{
	struct rai_serve_history *h = NULL;
	struct rai_err err = RAI_ERR_INIT;

	if (rai_serve_history_new(2, &h, &err) != 0)
		exit(1);
	return h;
}

static void
test_history__ring(void)
{
	struct rai_serve_history *h = new_history();
	struct rai_serve_point p = {.ms = 0};

	ok(rai_serve_history_read(h, 0, 10, points) == 0, "nothing has been seen");
	for (p.ms = 1; p.ms <= 3; p.ms++)
		rai_serve_history_add(h, 1, &p);
	ok(rai_serve_history_read(h, 1, 10, points) == 3 && points[0].ms == 1 && points[2].ms == 3,
	    "points come oldest first");
	ok(rai_serve_history_read(h, 0, 10, points) == 0, "each model has its own");
	for (; p.ms <= RAI_HISTORY_POINTS + 10; p.ms++)
		rai_serve_history_add(h, 1, &p);
	ok(rai_serve_history_read(h, 1, DAY_MS, points) == RAI_HISTORY_POINTS &&
		points[0].ms == 11 && points[RAI_HISTORY_POINTS - 1].ms == RAI_HISTORY_POINTS + 10,
	    "the oldest make room");
	ok(rai_serve_history_read(h, 1, DAY_MS + 20, points) == RAI_HISTORY_POINTS - 10 &&
		points[0].ms == 21,
	    "what is older than a day is not shown");
	ok(rai_serve_history_read(h, 1, 12, points) == 2 && points[1].ms == 12,
	    "nor what a clock that was set has still to come to");
	rai_serve_history_free(h);
}

static void
test_history__stretch(void)
{
	static const struct rai_serve_point p[] = {{.ms = 0}, {.ms = 60000}, {.ms = 180000},
	    {.ms = 300001}, {.ms = 300001}, {.ms = 300000}};

	is_int((long long)rai_serve_history_stretch(p, 6), 3, "two minutes apart none is missing");
	is_int((long long)rai_serve_history_stretch(p + 3, 3), 2, "a clock that goes back");
	is_int((long long)rai_serve_history_stretch(p, 2), 2, "all of them");
	is_int((long long)rai_serve_history_stretch(p, 1), 1, "one");
}

static const struct rai_serve_point seen[] = {{1000, NAN, NAN, NAN, NAN, 0},
    {61000, 0.75, 1.5, 0.001, INFINITY, 480}, {121000, 1, 0, 0, 0, NAN}};
enum { SEEN = sizeof(seen) / sizeof(seen[0]) };

/* What a process that had seen these leaves, before the bytes of others. */
static void
pack(struct rai_buf *out)
{
	struct rai_serve_history *h = new_history();
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf rest = RAI_BUF_INIT(100);
	size_t i;

	for (i = 0; i < SEEN; i++)
		rai_serve_history_add(h, 1, &seen[i]);
	rai_buf_str(&rest, "others");
	ok(rai_serve_history_pack(h, 1, KIND, &rest, out, &err) == 0, "it is packed");
	rai_buf_free(&rest);
	rai_serve_history_free(h);
}

/* How many points another process takes from there, in *used where the rest begins; -1: none. */
static int
unpack(const struct rai_buf *from, uint64_t kind, size_t *used, struct rai_err *err)
{
	struct rai_serve_history *h = new_history();
	int n = -1;

	if (rai_serve_history_unpack(h, 0, kind, from, used, err) == 0)
		n = (int)rai_serve_history_read(h, 0, DAY_MS, points);
	rai_serve_history_free(h);
	return n;
}

static void
test_history__restart(void)
{
	struct rai_buf packed = RAI_BUF_INIT(RAI_HISTORY_PACKED), old = RAI_BUF_INIT(100);
	struct rai_err err = RAI_ERR_INIT;
	size_t used;

	pack(&packed);
	ok(unpack(&packed, KIND, &used, &err) == SEEN && memcmp(points, seen, sizeof(seen)) == 0,
	    "the next process has the same points");
	is_str(packed.ptr + used, "others", "and the bytes behind them");
	ok(unpack(&packed, KIND + 1, &used, &err) == 0 && used == packed.len - 6,
	    "those of another target are passed over");
	rai_buf_str(&old, "raidrif1, and what comes behind that of the file");
	ok(unpack(&old, KIND, &used, &err) == 0 && used == 0, "a file without a history has none");
	rai_buf_free(&packed);
	rai_buf_free(&old);
}

static void
test_history__full(void)
{
	struct rai_serve_history *h = new_history();
	struct rai_buf packed = RAI_BUF_INIT(RAI_HISTORY_PACKED),
		       none = RAI_BUF_INIT(RAI_HISTORY_PACKED);
	struct rai_serve_point p = {.ms = 0};
	struct rai_err err = RAI_ERR_INIT;
	size_t used;

	for (p.ms = 1; p.ms <= RAI_HISTORY_POINTS + 10; p.ms++)
		rai_serve_history_add(h, 1, &p);
	ok(rai_serve_history_pack(h, 1, KIND, &none, &packed, &err) == 0 &&
		packed.len == HEAD + sizeof(points),
	    "a whole day has its room");
	ok(unpack(&packed, KIND, &used, &err) == RAI_HISTORY_POINTS && used == packed.len &&
		points[0].ms == 11 && points[RAI_HISTORY_POINTS - 1].ms == RAI_HISTORY_POINTS + 10,
	    "and goes on in its order");
	rai_buf_free(&packed);
	rai_serve_history_free(h);
}

/* The same with other bytes at a place. */
static int
unpack_spoilt(
    const struct rai_buf *good, size_t at, const void *bytes, size_t n, struct rai_err *err)
{
	struct rai_buf bad = RAI_BUF_INIT(RAI_HISTORY_PACKED);
	size_t used;
	int rc;

	rai_buf_add(&bad, good->ptr, good->len);
	memcpy(bad.ptr + at, bytes, n);
	rc = unpack(&bad, KIND, &used, err);
	rai_buf_free(&bad);
	return rc;
}

static void
test_history__spoilt(void)
{
	static const double wrong[] = {-1, 1e13, -INFINITY};
	static const double half = 0.5, more = 1.5;
	static const uint64_t many[] = {RAI_HISTORY_POINTS + 1, SEEN + 1, SEEN - 1, UINT64_MAX,
	    UINT64_C(1) << 60}; /* times 48 it is 0 */
	struct rai_buf good = RAI_BUF_INIT(RAI_HISTORY_PACKED), part;
	struct rai_err err = RAI_ERR_INIT;
	size_t i, k, used, taken, refused = 0, second = HEAD + sizeof(seen[0]);
	char byte;

	pack(&good);
	for (i = HEAD; i < good.len; i++) {
		part = good;
		part.len = i;
		refused += unpack(&part, KIND, &used, &err) == -1;
	}
	is_int((long long)refused, (long long)good.len - HEAD, "no beginning is taken for it");
	ok(strstr(err.msg, "is not whole") != NULL, "and it says why");
	for (i = 0, refused = 0; i < sizeof(many) / sizeof(many[0]); i++)
		refused += unpack_spoilt(&good, 16, &many[i], 8, &err) == -1;
	is_int((long long)refused, (long long)i, "nor one with another number of points");
	for (i = 1, refused = 0; i < sizeof(seen[0]) / 8; i++)
		for (k = 0; k < 3; k++)
			refused += unpack_spoilt(&good, second + 8 * i, &wrong[k], 8, &err) == -1;
	is_int((long long)refused, 15, "nor values that cannot be");
	ok(strstr(err.msg, "its minute 2 of 3 was never written by rai-serve") != NULL,
	    "with the minute");
	ok(unpack_spoilt(&good, second + 8, &half, 8, &err) == SEEN &&
		unpack_spoilt(&good, second + 8, &more, 8, &err) == -1,
	    "no accuracy is above 1");
	for (i = 0, taken = 0; i < good.len * 8; i++) {
		byte = (char)(good.ptr[i / 8] ^ 1 << i % 8);
		taken += unpack_spoilt(&good, i / 8, &byte, 1, &err) > SEEN;
	}
	is_int((long long)taken, 0, "whatever bit is spoilt, no more than the points are taken");
	rai_buf_free(&good);
}

int
main(void)
{
	test_history__ring();
	test_history__stretch();
	test_history__restart();
	test_history__full();
	test_history__spoilt();
	return tap_done();
}

#include <math.h>
#include <string.h>

#include "base/fpmath.h"
#include "stat/stream_kind.h"

/*
 * ADWIN: a window of all that came since the last change, as an exponential histogram: row i holds
 * up to 5 buckets of 2^i values each, their sum and their squared distances from their mean; a
 * sixth makes two become one of the next row.  At each 32nd value, and while it holds more than 10,
 * the window is cut wherever the means of its two parts differ by more than chance allows (theorem
 * 3.2 with the variance, as in MOA and River).
 */
enum {
	TICKS,
	WIDTH,
	TOTAL,
	SPREAD, /* squared distances of all values from their mean */
	CUT,    /* values dropped and their sum */
	CUT_TOTAL,
	USED, /* rows */
	ROWS
};
enum { BUCKETS = 5, ROW = 1 + 2 * (BUCKETS + 1), MOST = 44, SIZE = ROWS + MOST * ROW };
enum { CLOCK = 32, GRACE = 10, LEAST = 5 };

static const char *
check(const struct rai_stat_stream_rule *r)
{
	return r->delta > 0 && r->delta < 1 ? NULL : "wants delta in (0, 1)";
}

static size_t
size(const struct rai_stat_stream_rule *r)
{
	(void)r;
	return SIZE;
}

/* Row i: how many buckets, then their sums, then their spreads, the oldest first. */
static double *
row_of(double *t, size_t i)
{
	return &t[ROWS + i * ROW];
}

static double
of_row(size_t i)
{
	return (double)(INT64_C(1) << i);
}

static void
drop(double *row, size_t n)
{
	size_t i, left = (size_t)row[0] - n;

	for (i = 0; i < left; i++) {
		row[1 + i] = row[1 + i + n];
		row[2 + BUCKETS + i] = row[2 + BUCKETS + i + n];
	}
	row[0] = (double)left;
}

static void
append(double *row, double sum, double spread)
{
	size_t n = (size_t)row[0];

	row[1 + n] = sum;
	row[2 + BUCKETS + n] = spread;
	row[0]++;
}

/* Rows that are too full hand two buckets on as one. */
static void
compress(double *t)
{
	size_t i;

	for (i = 0; i < MOST - 1 && row_of(t, i)[0] == BUCKETS + 1; i++) {
		double *row = row_of(t, i), n = of_row(i), apart = (row[1] - row[2]) / n;

		append(row_of(t, i + 1), row[1] + row[2],
		    row[2 + BUCKETS] + row[3 + BUCKETS] + n * apart * apart / 2);
		drop(row, 2);
		if (t[USED] < (double)(i + 2))
			t[USED] = (double)(i + 2);
	}
}

static void
insert(double *t, double v)
{
	double off = t[WIDTH] > 0 ? v - t[TOTAL] / t[WIDTH] : 0;

	if (t[USED] == 0)
		t[USED] = 1;
	append(row_of(t, 0), v, 0);
	t[SPREAD] += t[WIDTH] * off * off / (t[WIDTH] + 1);
	t[WIDTH]++;
	t[TOTAL] += v;
	compress(t);
}

/* Without its oldest bucket; returns how many values that were. */
static double
forget(double *t)
{
	size_t last = (size_t)t[USED] - 1;
	double *row = row_of(t, last), n = of_row(last), off;

	t[WIDTH] -= n;
	t[TOTAL] -= row[1];
	off = row[1] / n - t[TOTAL] / t[WIDTH];
	t[SPREAD] -= row[2 + BUCKETS] + n * t[WIDTH] * off * off / (n + t[WIDTH]);
	t[CUT] += n;
	t[CUT_TOTAL] += row[1];
	drop(row, 1);
	if (row[0] == 0)
		t[USED]--;
	return n;
}

/* Are the means of the older n0 and the newer n1 values too far apart? */
static int
differ(const double *t, double delta, double n0, double sum0)
{
	double n1 = t[WIDTH] - n0, d, m, level;

	if (n0 < LEAST || n1 < LEAST)
		return 0;
	level = rai_log(2 * rai_log(t[WIDTH]) / delta);
	m = 1 / (n0 - LEAST + 1) + 1 / (n1 - LEAST + 1);
	d = fabs(sum0 / n0 - (t[TOTAL] - sum0) / n1);
	return d > sqrt(2 * m * fmax(0, t[SPREAD] / t[WIDTH]) * level) + 2.0 / 3 * level * m;
}

/* Is there a cut? */
static int
differs(double *t, double delta)
{
	double n = 0, sum = 0;
	size_t i, k;

	for (i = (size_t)t[USED]; i-- > 0;)
		for (k = 0; k < (size_t)row_of(t, i)[0]; k++) {
			n += of_row(i);
			sum += row_of(t, i)[1 + k];
			if (differ(t, delta, n, sum))
				return 1;
		}
	return 0;
}

static int
push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	double *t = s->state;
	int cut = 0;

	insert(t, v);
	t[TICKS]++;
	if (fmod(t[TICKS], CLOCK) != 0 || t[WIDTH] <= GRACE)
		return RAI_STREAM_QUIET;
	while (differs(t, s->rule.delta)) {
		forget(t);
		cut = 1;
	}
	if (!cut)
		return RAI_STREAM_QUIET;
	*change =
	    (struct rai_stat_change){(int64_t)t[WIDTH], t[CUT_TOTAL] / t[CUT], t[TOTAL] / t[WIDTH]};
	return RAI_STREAM_ALARM;
}

/* Rows are as full as they may be, and add up. */
static int
sound(const struct rai_stat_stream_rule *r, const double *state)
{
	double n = 0;
	size_t i;

	(void)r;
	if (!is_count(state[USED], MOST) || !is_count(state[TICKS], 9e15))
		return 0;
	for (i = 0; i < MOST; i++) {
		const double *row = &state[ROWS + i * ROW];

		if (!is_count(row[0], BUCKETS) || (row[0] > 0) != (i < (size_t)state[USED]))
			return 0;
		n += row[0] * of_row(i);
	}
	return n == state[WIDTH];
}

const struct stream_kind stream_adwin = {check, size, push, sound};

#include <math.h>
#include <stdlib.h>

#include "base/fpmath.h"
#include "stat/stat.h"
#include "stat/stream_kind.h"
#include "stat/stream_limit.h"

/*
 * A value's place among the reference's decides, not its size: the normal score of its rank (B. van
 * der Waerden, "Order tests for the two-sample problem", 1952), the middle of its ties, in standard
 * deviations from the reference's mean score, so that heavy tails neither alarm nor hide anything
 * and a normal sample loses nothing.
 *
 * Sums S = max(0, S + z - k) and S = max(0, S - z - k), k half the change that each is the fastest
 * to find.  Small changes have little of the share: they are slow to find anyway, and what large
 * ones then gain is a value or two.
 */
const double stream_allowance[STREAM_SCALES] = {0.125, 0.25, 0.5};
static const double part[STREAM_SCALES] = {0.04, 0.13, 0.83};

/* State: values since a sum was 0 and their own sum, for each scale and side. */
enum { SUM, SINCE, TOTAL, FIELDS, SIZE = 2 * STREAM_SCALES * FIELDS };

struct stream_cusum {
	double mean, *score; /* 2 * n + 1 */
	struct stream_side side[STREAM_SCALES][2];
	double limit[STREAM_SCALES]; /* surely too low until it is known */
	int is_known;
};

static const char *
check(const struct rai_stat_stream_rule *r)
{
	size_t i;

	if (r->reference == NULL || r->nreference < 2 || r->nreference > 100000)
		return "wants a reference of 2 to 100000 values";
	for (i = 0; i < r->nreference; i++)
		if (!isfinite(r->reference[i]) || (i > 0 && r->reference[i] < r->reference[i - 1]))
			return "wants a reference of sorted, finite values";
	if (r->rows < (int64_t)r->nreference)
		return "wants a reference of no more order statistics than rows";
	return r->share > 0 && r->share <= 0.2 && r->per >= 100 && r->per <= 1e6
		   ? NULL
		   : "wants a share of false alarms up to 0.2 per 100 to 1000000 values";
}

static size_t
size(const struct rai_stat_stream_rule *r)
{
	(void)r;
	return SIZE;
}

/* Below it no limit lies: a third less than a normal sample's (D. Siegmund, "Sequential analysis",
 * 1985).  As long as no sum comes there, nobody needs to know the limit itself. */
static double
surely_below(double k, double share, double per)
{
	return 0.67 * rai_log(fmax(4, 4 * k * k * per / share)) / (2 * k);
}

/* Of the share that is asked for; of clean streams (testdata/streams.c) with limits for all of it
 * more than the 4 % alarm that may. */
#define CAUTION 0.86
#define HIGHEST 1e7 /* of limits: a reference of few rows */

/* The chance that a clean stream comes over a limit, on any side. */
static double
alarms(const struct stream_side *side, int sides, double limit, double per)
{
	double sum = 0;
	int i;

	for (i = 0; i < sides; i++)
		sum += stream_side_alarms(&side[i], limit, per);
	return sum;
}

/* That clean streams come over with this chance. */
static double
limit_of(const struct stream_side *side, int sides, double share, double per)
{
	double low = 0, high = 1, mid;

	while (high < HIGHEST && alarms(side, sides, high, per) > share)
		high *= 2;
	while (high - low > 1e-9 * high) {
		mid = (low + high) / 2;
		if (alarms(side, sides, mid, per) > share)
			low = mid;
		else
			high = mid;
	}
	return high;
}

static int
sides(const struct rai_stat_stream *s)
{
	return s->rule.upward ? 1 : 2;
}

static void
set_limits(struct rai_stat_stream *s)
{
	struct stream_cusum *c = s->cusum;
	double share, known;
	size_t i;

	for (i = 0; i < STREAM_SCALES; i++) {
		share = CAUTION * part[i] * s->rule.share;
		known = c->is_known ? limit_of(c->side[i], sides(s), share, s->rule.per) : 0;
		c->limit[i] = fmax(surely_below(stream_allowance[i], share, s->rule.per), known);
	}
}

/* Scores of all places, less their mean over the reference, by their standard deviation; all 0 of
 * a reference that is one value, which says nothing about any other. */
int
stream_cusum_begin(struct rai_stat_stream *s)
{
	const double *ref = s->rule.reference;
	size_t i, n = s->rule.nreference;
	double mean = 0, squares = 0, z;
	struct stream_cusum *c = s->cusum = calloc(1, sizeof(*c));

	if (c == NULL || (c->score = malloc((2 * n + 1) * sizeof(*c->score))) == NULL)
		return -1;
	for (i = 0; i <= 2 * n; i++)
		c->score[i] = rai_stat_normal_score(((double)i + 0.5) / (double)(2 * n + 1));
	for (i = 0; i < n; i++) {
		mean += c->score[rai_stat_rank(ref, n, ref[i])] / (double)n;
		c->mean += ref[i] / (double)n;
	}
	for (i = 0; i < n; i++) {
		z = c->score[rai_stat_rank(ref, n, ref[i])] - mean;
		squares += z * z / (double)n;
	}
	for (i = 0; i <= 2 * n; i++)
		c->score[i] = squares > 1e-9 ? (c->score[i] - mean) / sqrt(squares) : 0;
	set_limits(s);
	return 0;
}

void
stream_cusum_free(struct stream_cusum *c)
{
	if (c != NULL)
		free(c->score);
	free(c);
}

static int
calibrate(struct rai_stat_stream *s)
{
	const struct rai_stat_stream_rule *r = &s->rule;
	struct stream_cusum *c = s->cusum;
	double *score = malloc(r->nreference * sizeof(*score));
	size_t i;
	int rc = 0;

	if (score == NULL)
		return -1;
	for (i = 0; i < r->nreference; i++)
		score[i] = c->score[rai_stat_rank(r->reference, r->nreference, r->reference[i])];
	for (i = 0; rc == 0 && i < 2 * STREAM_SCALES; i++)
		rc = stream_side(score, r->nreference, i % 2 == 0 ? 1 : -1, stream_allowance[i / 2],
		    (double)r->rows, r->seed, &c->side[i / 2][i % 2]);
	free(score);
	c->is_known = rc == 0;
	set_limits(s);
	return rc;
}

void
rai_stat_stream_share(struct rai_stat_stream *s, double share)
{
	if (s->cusum == NULL || !(share > 0))
		return;
	s->rule.share = fmin(share, 0.2);
	set_limits(s);
}

/* One more value of the sides of one scale; returns the side's fields whose sum is over, or
 * NULL. */
static double *
step(double *t, int sides, double z, double v, double k, double limit)
{
	double *over = NULL;
	int side;

	for (side = 0; side < sides; side++, t += FIELDS) {
		t[SUM] += (side == 0 ? z : -z) - k;
		if (t[SUM] <= 0) {
			t[SUM] = t[SINCE] = t[TOTAL] = 0;
			continue;
		}
		t[SINCE]++;
		t[TOTAL] += v;
		if (t[SUM] > limit)
			over = t;
	}
	return over;
}

static int
push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	struct stream_cusum *c = s->cusum;
	double z = c->score[rai_stat_rank(s->rule.reference, s->rule.nreference, v)];
	double *over = NULL, *t;
	size_t i;

	for (i = 0; i < STREAM_SCALES; i++) {
		t = step(
		    &s->state[2 * FIELDS * i], sides(s), z, v, stream_allowance[i], c->limit[i]);
		if (t != NULL && !c->is_known && calibrate(s) != 0)
			return -1;
		if (t != NULL && t[SUM] > c->limit[i])
			over = t;
	}
	if (over == NULL)
		return RAI_STREAM_QUIET;
	*change =
	    (struct rai_stat_change){(int64_t)over[SINCE], c->mean, over[TOTAL] / over[SINCE]};
	return RAI_STREAM_ALARM;
}

static int
sound(const struct rai_stat_stream_rule *r, const double *state)
{
	size_t i;

	(void)r;
	for (i = 0; i < SIZE; i += FIELDS)
		if (!(state[i + SUM] >= 0) || !is_count(state[i + SINCE], 9e15))
			return 0;
	return 1;
}

const struct stream_kind stream_cusum = {check, size, push, sound};

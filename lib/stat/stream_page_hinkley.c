#include <math.h>

#include "stat/stream_kind.h"

/*
 * Each value's distance from the mean so far, less delta, is summed up; a sum that is more than
 * threshold above the least it has been (or, plus delta, below the most) is an alarm.  River's
 * form: sums fade by `keep` at each value, and the most that a falling sum has been is at least -1.
 */
enum {
	N,
	MEAN,
	RISE,
	RISE_LEAST,
	RISE_N, /* values and their mean where it was the least */
	RISE_MEAN,
	FALL,
	FALL_MOST,
	FALL_N,
	FALL_MEAN,
	SIZE
};

static const char *
check(const struct rai_stat_stream_rule *r)
{
	return r->threshold > 0 && r->delta >= 0 && r->keep > 0 && r->keep <= 1 && r->least >= 1
		   ? NULL
		   : "wants a positive threshold, delta of 0 or more, keep in (0, 1]";
}

static size_t
size(const struct rai_stat_stream_rule *r)
{
	(void)r;
	return SIZE;
}

static void
tell(const double *t, double n, double mean, struct rai_stat_change *change)
{
	change->samples = (int64_t)(t[N] - n);
	change->before = n > 0 ? mean : t[MEAN];
	change->after = (t[MEAN] * t[N] - mean * n) / fmax(1, t[N] - n);
}

static int
push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	const struct rai_stat_stream_rule *r = &s->rule;
	double *t = s->state, off;

	if (t[N] == 0)
		t[FALL_MOST] = -1;
	t[N]++;
	t[MEAN] += (v - t[MEAN]) / t[N];
	off = v - t[MEAN];
	t[RISE] = r->keep * t[RISE] + off - r->delta;
	t[FALL] = r->keep * t[FALL] + off + r->delta;
	if (t[N] == 1 || t[RISE] < t[RISE_LEAST]) {
		t[RISE_LEAST] = t[RISE];
		t[RISE_N] = t[N];
		t[RISE_MEAN] = t[MEAN];
	}
	if (t[FALL] > t[FALL_MOST]) {
		t[FALL_MOST] = t[FALL];
		t[FALL_N] = t[N];
		t[FALL_MEAN] = t[MEAN];
	}
	if (t[N] < (double)r->least)
		return RAI_STREAM_QUIET;
	if (t[RISE] - t[RISE_LEAST] > r->threshold)
		tell(t, t[RISE_N], t[RISE_MEAN], change);
	else if (t[FALL_MOST] - t[FALL] > r->threshold)
		tell(t, t[FALL_N], t[FALL_MEAN], change);
	else
		return RAI_STREAM_QUIET;
	return RAI_STREAM_ALARM;
}

static int
sound(const struct rai_stat_stream_rule *r, const double *state)
{
	(void)r;
	return is_count(state[N], 9e15);
}

const struct stream_kind stream_page_hinkley = {check, size, push, sound};

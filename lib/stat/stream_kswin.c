#include <string.h>

#include "base/rng.h"
#include "stat/stat.h"
#include "stat/stream_kind.h"

/*
 * Of a sliding window the newest `recent` values are compared with as many drawn from the others,
 * by Kolmogorov and Smirnov: an alarm when p is no more than alpha and D above 0.1 (River's floor).
 * After it the newest values stay.
 */
enum { FILLED, DRAWS, VALUES, MOST = 1000 };

static const char *
check(const struct rai_stat_stream_rule *r)
{
	return r->alpha > 0 && r->alpha < 1 && r->recent >= 2 && r->window >= 2 * r->recent &&
		       r->window <= MOST
		   ? NULL
		   : "wants alpha in (0, 1) and a window of 1000 or less, twice what is recent";
}

static size_t
size(const struct rai_stat_stream_rule *r)
{
	return VALUES + (size_t)r->window;
}

static double
mean(const double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

/* Draws n of the `of` old values, none twice, into out; the generator's place is state. */
static void
draw(struct rai_stat_stream *s, const double *v, size_t of, size_t n, double *out)
{
	struct rai_rng r = rai_rng_new(s->rule.seed, 11);
	double pool[MOST];
	size_t i, at;

	r.n = (uint64_t)s->state[DRAWS];
	memcpy(pool, v, of * sizeof(*v));
	for (i = 0; i < n; i++) {
		at = i + (size_t)rai_rng_below(&r, of - i);
		out[i] = pool[at];
		pool[at] = pool[i];
	}
	s->state[DRAWS] = (double)r.n;
}

static int
push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	size_t window = (size_t)s->rule.window, n = (size_t)s->rule.recent, old = window - n;
	double *values = &s->state[VALUES], drawn[MOST], newest[MOST], d;

	if (s->state[FILLED] == (double)window)
		memmove(values, values + 1, (window - 1) * sizeof(*values));
	else
		s->state[FILLED]++;
	values[(size_t)s->state[FILLED] - 1] = v;
	if (s->state[FILLED] < (double)window)
		return RAI_STREAM_QUIET;
	draw(s, values, old, n, drawn);
	memcpy(newest, values + old, n * sizeof(*newest));
	rai_stat_sort(drawn, n);
	rai_stat_sort(newest, n);
	d = rai_stat_ks_d(drawn, n, newest, n);
	if (!(d > 0.1) || !(rai_stat_ks_p_exact(d, n, n) <= s->rule.alpha))
		return RAI_STREAM_QUIET;
	*change = (struct rai_stat_change){(int64_t)n, mean(values, old), mean(newest, n)};
	return RAI_STREAM_ALARM;
}

static int
sound(const struct rai_stat_stream_rule *r, const double *state)
{
	return is_count(state[FILLED], (double)r->window) && is_count(state[DRAWS], 9e15);
}

const struct stream_kind stream_kswin = {check, size, push, sound};

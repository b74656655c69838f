#include <math.h>
#include <stdlib.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "stat/stream_limit.h"

/*
 * How long does a clean stream stay below a limit h?  The steps of a CUSUM are x = z - k, -k on
 * average.  Let t be the root of E exp(t x) = 1 (F. Lundberg's), and the walk tilted by it one that
 * climbs, by s a value.  Then (exp(b) - 1 - b) / (t s) values pass until h is, on average, where
 * b = t (h + 2 r), and r is what a step goes beyond h (D. Siegmund, "Sequential analysis", 1985),
 * which the record heights of a long tilted walk tell; and that time is nearly exponential (H.
 * Taylor, "A stopped Brownian motion formula", 1975; R. Khan, "On cumulative sum procedures and the
 * SPRT", 1978).  Nothing of this asks for a normal distribution.
 *
 * The reference is a sample, so the world may be another.  Of all that it may be, one direction
 * moves t: WORLDS worlds lie in it (C. Stein, "Efficient nonparametric testing and estimation",
 * 1956; B. Efron, "Nonparametric standard errors and confidence intervals", 1981), as probable as a
 * bootstrap of the reference makes them, and what counts is the mean chance over them.
 */
enum { WORLDS = STREAM_WORLDS, STEPS = 20000, TRIES = 60 };
#define NO_DRIFT 1e-4 /* of the largest root that is looked for */
#define FURTHEST 6.0  /* world, in standard deviations of the bootstrap */

/* The steps of one side: values, and how probable each is in the world at hand. */
struct steps {
	size_t n;
	double *x, *p, *influence, *now;
};

struct moments {
	double log_mean, climb; /* of exp(t x); the tilted walk's mean step */
};

static struct moments
tilted(const struct steps *s, double t)
{
	double mean = 0, slope = 0, w;
	size_t i;

	for (i = 0; i < s->n; i++) {
		w = s->now[i] * rai_exp(t * s->x[i]);
		mean += w;
		slope += w * s->x[i];
	}
	return (struct moments){rai_log(mean), slope / mean};
}

/* The root, looked for from t on in -most to most; never 0.  log E exp(t x) is convex, so divided
 * by t it rises. */
static double
root(const struct steps *s, double t, double most)
{
	double low = -most, high = most, height, step;
	struct moments m;
	int i;

	for (i = 0; i < TRIES && high - low > 1e-9 * most; i++) {
		m = tilted(s, t);
		height = m.log_mean / t;
		*(height > 0 ? &high : &low) = t;
		step = m.log_mean / (m.climb - height);
		if (fabs(step) < 1e-6 * most)
			return t - step;
		t -= step;
		if (!(t > low && t < high))
			t = (low + high) / 2;
		if (fabs(t) < NO_DRIFT * most)
			t = t < 0 ? -NO_DRIFT * most : NO_DRIFT * most;
	}
	return t;
}

/* What a step of the tilted walk goes beyond a height far away, as exp(-t r) on average. */
static double
overshoot(const struct steps *s, double t, struct rai_rng *r)
{
	double at = 0, best = 0, total = 0, heights = 0, factors = 0, records = 0, u;
	size_t i, low, high, mid;

	for (i = 0; i < s->n; i++)
		s->now[i] = total += s->p[i] * rai_exp(t * s->x[i]);
	for (i = 0; i < STEPS; i++) {
		u = rai_rng_unit(r) * total;
		for (low = 0, high = s->n - 1; low < high;) {
			mid = (low + high) / 2;
			if (s->now[mid] > u)
				high = mid;
			else
				low = mid + 1;
		}
		at += s->x[low];
		if (at <= best)
			continue;
		records++;
		heights += at - best;
		factors += 1 - rai_exp(-t * (at - best));
		best = at;
	}
	return records > 0 ? -rai_log(factors / (t * heights)) / t : 0;
}

/* The world so many standard deviations away. */
static void
enter(const struct steps *s, double away, double rows)
{
	double total = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		s->now[i] = s->p[i] * fmax(0, 1 + away * s->influence[i] / sqrt(rows));
		total += s->now[i];
	}
	for (i = 0; i < s->n; i++)
		s->now[i] /= total;
}

static double
place(int world)
{
	return FURTHEST * (2.0 * world / (WORLDS - 1) - 1);
}

static void
side_of(const struct steps *s, double rows, struct rai_rng *r, struct stream_side *out)
{
	double most = s->x[0], own, sd = 0, t;
	size_t i;
	int w;

	for (i = 1; i < s->n; i++)
		most = fmax(most, s->x[i]);
	out->rises = most > 0;
	if (!out->rises)
		return;
	for (i = 0; i < s->n; i++)
		s->now[i] = s->p[i];
	own = root(s, 1 / most, 40 / most);
	for (i = 0; i < s->n; i++) {
		s->influence[i] = rai_exp(own * s->x[i]) - 1;
		sd += s->p[i] * s->influence[i] * s->influence[i];
	}
	for (i = 0; i < s->n; i++)
		s->influence[i] /= sqrt(sd);
	out->beyond = overshoot(s, own, r);
	for (t = own, w = WORLDS / 2; w < WORLDS; w++) {
		enter(s, place(w), rows);
		out->root[w] = t = root(s, t, 4 * own);
		out->speed[w] = t * tilted(s, t).climb;
	}
	for (t = own, w = WORLDS / 2; w >= 0; w--) {
		enter(s, place(w), rows);
		out->root[w] = t = root(s, t, 4 * own);
		out->speed[w] = t * tilted(s, t).climb;
	}
}

/* Equal scores are one step. */
static size_t
gather(const double *score, size_t n, struct steps *s)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (k > 0 && s->x[k - 1] == score[i])
			s->p[k - 1] += 1 / (double)n;
		else {
			s->x[k] = score[i];
			s->p[k++] = 1 / (double)n;
		}
	return k;
}

int
stream_side(const double *score, size_t n, double sign, double allowance, double rows,
    uint64_t seed, struct stream_side *out)
{
	double *room = calloc(4 * n, sizeof(*room));
	struct steps s;
	struct rai_rng r = rai_rng_new(seed, 13);
	size_t i;

	if (room == NULL)
		return -1;
	s = (struct steps){0, room, room + n, room + 2 * n, room + 3 * n};
	s.n = gather(score, n, &s);
	for (i = 0; i < s.n; i++)
		s.x[i] = sign * s.x[i] - allowance;
	side_of(&s, rows, &r, out);
	free(room);
	return 0;
}

double
stream_side_alarms(const struct stream_side *s, double limit, double per)
{
	double chance = 0, all = 0, weight, b;
	int w;

	for (w = 0; s->rises && w < WORLDS; w++) {
		weight = rai_exp(-place(w) * place(w) / 2);
		b = s->root[w] * (limit + 2 * s->beyond);
		all += weight;
		chance += weight * (1 - rai_exp(-per * s->speed[w] / (rai_exp(b) - 1 - b)));
	}
	return s->rises ? chance / all : 0;
}

#include <math.h>

#include "stat/stream_kind.h"

/*
 * DDM: the error rate p of n values, s = sqrt(p (1 - p) / n), against where p + s was least.
 */
enum { N, P, LEAST_N, LEAST_P, LEAST_S, DDM_SIZE };

static const char *
ddm_check(const struct rai_stat_stream_rule *r)
{
	return r->least >= 1 && r->beta > 0 && r->sd >= r->beta
		   ? NULL
		   : "warns above beta sd, alarms above sd, which is no less";
}

static size_t
ddm_size(const struct rai_stat_stream_rule *r)
{
	(void)r;
	return DDM_SIZE;
}

static int
ddm_push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	double *t = s->state, sd, least;

	t[N]++;
	t[P] += (v - t[P]) / t[N];
	sd = sqrt(fmax(0, t[P] * (1 - t[P])) / t[N]);
	if (t[N] <= (double)s->rule.least)
		return RAI_STREAM_QUIET;
	if (t[LEAST_N] == 0 || t[P] + sd <= t[LEAST_P] + t[LEAST_S]) {
		t[LEAST_N] = t[N];
		t[LEAST_P] = t[P];
		t[LEAST_S] = sd;
	}
	least = t[LEAST_P];
	if (!(t[P] + sd > least + s->rule.beta * t[LEAST_S]))
		return RAI_STREAM_QUIET;
	if (!(t[P] + sd > least + s->rule.sd * t[LEAST_S]))
		return RAI_STREAM_WARNING;
	change->samples = (int64_t)(t[N] - t[LEAST_N]);
	change->before = least;
	change->after = (t[P] * t[N] - least * t[LEAST_N]) / fmax(1, t[N] - t[LEAST_N]);
	return RAI_STREAM_ALARM;
}

static int
any(const struct rai_stat_stream_rule *r, const double *state)
{
	(void)r;
	return is_count(state[0], 9e15);
}

const struct stream_kind stream_ddm = {ddm_check, ddm_size, ddm_push, any};

/*
 * EDDM: the mean distance between errors and twice its standard deviation, against where their sum
 * was most.
 */
enum { SEEN, ERRORS, LAST, MEAN, SQUARES, MOST, MOST_SEEN, MOST_ERRORS, EDDM_SIZE };

static const char *
eddm_check(const struct rai_stat_stream_rule *r)
{
	return r->least >= 1 && r->beta > 0 && r->alpha >= r->beta && r->alpha < 1
		   ? NULL
		   : "warns below alpha, alarms below beta, which is no more";
}

static size_t
eddm_size(const struct rai_stat_stream_rule *r)
{
	(void)r;
	return EDDM_SIZE;
}

static int
eddm_level(struct rai_stat_stream *s, struct rai_stat_change *change)
{
	double *t = s->state, level, p;

	p = t[MEAN] + 2 * (t[ERRORS] > 1 ? sqrt(t[SQUARES] / (t[ERRORS] - 1)) : 0);
	if (t[MOST_SEEN] == 0 || p > t[MOST]) {
		t[MOST] = p;
		t[MOST_SEEN] = t[SEEN];
		t[MOST_ERRORS] = t[ERRORS];
		return RAI_STREAM_QUIET;
	}
	level = p / t[MOST];
	if (!(t[ERRORS] > (double)s->rule.least) || !(level < s->rule.alpha))
		return RAI_STREAM_QUIET;
	if (!(level < s->rule.beta))
		return RAI_STREAM_WARNING;
	change->samples = (int64_t)(t[SEEN] - t[MOST_SEEN]);
	change->before = t[MOST_ERRORS] / t[MOST_SEEN];
	change->after = (t[ERRORS] - t[MOST_ERRORS]) / (t[SEEN] - t[MOST_SEEN]);
	return RAI_STREAM_ALARM;
}

static int
eddm_push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	double *t = s->state, gap, was = t[MEAN];
	int rc = RAI_STREAM_QUIET;

	t[SEEN]++;
	if (v != 1)
		return rc;
	t[ERRORS]++;
	gap = t[SEEN] - t[LAST];
	t[MEAN] += (gap - was) / t[ERRORS];
	t[SQUARES] += (gap - was) * (gap - t[MEAN]);
	if (t[SEEN] > (double)s->rule.least)
		rc = eddm_level(s, change);
	t[LAST] = t[SEEN];
	return rc;
}

const struct stream_kind stream_eddm = {eddm_check, eddm_size, eddm_push, any};

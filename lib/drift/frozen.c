#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drift/check.h"

/*
 * A stuck sensor gives one value for long; so does a column that belongs to a group of rows (the
 * distance of a suburb) when rows come sorted by group.  What tells them apart: values that hardly
 * ever repeat in the reference belong to no group, and an order by groups shows in other columns as
 * well.
 */
#define CHANCE 1e-9 /* of such a run, wherever it may begin: less is no coincidence */
#define UNIQUE 0.9  /* share of the reference's order statistics that differ from the next */
#define LONG 100    /* rows of a run that must be, unless unique: fewer show no order */
#define GROUPED 4.0 /* standard deviations more neighbours are equal than in a random order, */
#define FEW 3.0     /* and so many more */

/* A value that k of m order statistics have: its share is hardly more than that of one more. */
static double
share(size_t k, size_t m)
{
	return fmin(1, ((double)k + 1) / (double)m);
}

static int
is_chance(double p, size_t run, size_t n)
{
	return (double)run * log(p) + log((double)n) > log(CHANCE);
}

/* How many times each value is there: sums of squares and cubes. */
struct ties {
	double n, squares, cubes;
};

static void
add_tie(struct ties *t, double times)
{
	t->n += times;
	t->squares += times * times;
	t->cubes += times * times * times;
}

/*
 * Are more neighbours equal than in a random order?  Mean and variance of the number of runs: D.
 * Barton, F. David, "Multiple runs", Biometrika 44, 1957.
 */
static int
is_grouped(size_t equal, const struct ties *t)
{
	double n = t->n, mean, variance;

	if (n < 2)
		return 0;
	mean = t->squares / n - 1;
	variance = (t->squares * (t->squares + n * (n + 1)) - 2 * n * t->cubes - n * n * n) /
		   (n * n * (n - 1));
	return (double)equal > mean + GROUPED * sqrt(fmax(0, variance)) + FEW;
}

static void
say(struct rai_drift_still *out, const char *name, size_t run, size_t n, const char *value)
{
	out->frozen = 1;
	if (run == n)
		snprintf(out->why, sizeof(out->why), "%.60s: frozen, %.40s in all of %zu rows",
		    name, value, n);
	else
		snprintf(out->why, sizeof(out->why),
		    "%.60s: frozen, %.40s in %zu of %zu rows in a row", name, value, run, n);
}

static size_t
distinct(const double *v, size_t n)
{
	size_t i, k = n > 0;

	for (i = 1; i < n; i++)
		k += v[i] != v[i - 1];
	return k;
}

static struct ties
ties_of(const double *sorted, size_t n)
{
	struct ties t = {0, 0, 0};
	size_t i, end;

	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && sorted[end] == sorted[i]; end++)
			;
		add_tie(&t, (double)(end - i));
	}
	return t;
}

static inline void
step(struct rai_drift_run *r, double v)
{
	r->n++;
	r->equal += v == r->last;
	r->run = v == r->last ? r->run + 1 : 1;
	r->last = v;
	if (r->run > r->most) {
		r->most = r->run;
		r->value = v;
	}
}

void
rai_drift_run_nums(struct rai_drift_run *r, const double *v, size_t n)
{
	size_t i, run = r->run, others = 0;
	double last = r->last;

	for (i = 0; i < n; i++) {
		if (v[i] == last) {
			r->n++;
			r->equal++;
			if (++run <= r->most)
				continue;
		} else if (isfinite(v[i])) {
			others++;
			last = v[i];
			run = 1;
			if (r->most > 0)
				continue;
		} else
			continue;
		r->most = run;
		r->value = last;
	}
	r->n += others;
	r->run = run;
	r->last = last;
}

/* All that is new is one: of it nothing else is known. */
void
rai_drift_run_codes(struct rai_drift_run *r, const int32_t *code, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (code[i] != RAI_CODE_MISSING)
			step(r, code[i] < 0 ? RAI_CODE_MISSING - 1 : code[i]);
}

static void
judge_num(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const struct rai_drift_run *r, const struct ties *ties)
{
	size_t i, k = 0, m = ref->nquantile;
	char text[32];

	memset(out, 0, sizeof(*out));
	out->grouped = is_grouped(r->equal, ties);
	if (r->most < RAI_DRIFT_LEAST || 2 * r->most < r->n || m < RAI_DRIFT_LEAST)
		return;
	for (i = 0; i < m; i++)
		k += ref->quantile[i] == r->value;
	if (is_chance(share(k, m), r->most, r->n))
		return;
	out->unique = (double)distinct(ref->quantile, m) >= UNIQUE * (double)m;
	snprintf(text, sizeof(text), "%.10g", r->value);
	if (out->unique || r->most >= LONG)
		say(out, ref->name, r->most, r->n, text);
}

void
rai_drift_still_num(struct rai_drift_still *out, const struct rai_profile_col *ref, const double *v,
    size_t n, const double *sorted, size_t nsorted)
{
	struct rai_drift_run r = RAI_DRIFT_RUN_INIT;
	struct ties ties = ties_of(sorted, nsorted);

	rai_drift_run_nums(&r, v, n);
	judge_num(out, ref, &r, &ties);
}

void
rai_drift_still_tally(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const struct rai_drift_run *r, const struct rai_drift_tally *t)
{
	struct ties ties = {0, 0, 0};
	double alone = 0;
	size_t k;

	for (k = 0; k < 2 * t->ncut + 1; k++)
		if (k % 2 == 1)
			add_tie(&ties, rai_drift_tally_slot(t, k));
		else
			alone += rai_drift_tally_slot(t, k);
	ties.n += alone;
	ties.squares += alone;
	ties.cubes += alone;
	judge_num(out, ref, r, &ties);
}

void
rai_drift_still_levels(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const struct rai_drift_run *r, const int64_t *now)
{
	size_t i, have = (size_t)(rai_profile_values(ref) + ref->unseen);
	struct ties ties = {0, 0, 0};

	memset(out, 0, sizeof(*out));
	for (i = 0; i < ref->nbin; i++)
		add_tie(&ties, (double)now[i]);
	add_tie(&ties, (double)now[ref->nbin + 1]);
	out->grouped = is_grouped(r->equal, &ties);
	/* of what is new nothing else is known */
	if (r->n < LONG || have < RAI_DRIFT_LEAST || r->equal + 1 < r->n || !(r->last >= 0) ||
	    r->last >= (double)ref->nbin)
		return;
	i = (size_t)r->last;
	if (!is_chance(share((size_t)ref->count[i], have), r->n, r->n))
		say(out, ref->name, r->n, r->n, ref->level[i]);
}

void
rai_drift_still_cat(struct rai_drift_still *out, const struct rai_profile_col *ref,
    const int32_t *code, size_t n, const int64_t *now)
{
	struct rai_drift_run r = RAI_DRIFT_RUN_INIT;

	rai_drift_run_codes(&r, code, n);
	rai_drift_still_levels(out, ref, &r, now);
}

void
rai_drift_still_judge(const struct rai_drift_still *still, struct rai_drift_check *col, size_t n)
{
	size_t i, all = 0;

	for (i = 0; i < n; i++)
		all += still[i].grouped || still[i].frozen;
	for (i = 0; i < n; i++) {
		if (!still[i].frozen || !(still[i].unique || all == 1))
			continue;
		col[i].broken = 1;
		snprintf(col[i].why, sizeof(col[i].why), "%s", still[i].why);
	}
}

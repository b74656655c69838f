#include "drift/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tap.h"
#include "drift/tally.h"
#include "drift/window.h"
#include "drift/world.h"
#include "stat/stat.h"

static const struct rai_drift_rule rule = {
    .window = 500, .sustain = 1, .alpha = 0.01, .psi_above = NAN, .accuracy_below = NAN};

static void
ok_what(int pass, const char *what, const char *name)
{
	char text[120];

	snprintf(text, sizeof(text), "%s: %s", what, name);
	ok(pass, text);
}

/* n rows of a world, held. */
static void
fill(struct world *w, const struct rai_schema *schema, size_t n, struct rai_drift_window *out)
{
	struct rai_cell c[COLUMNS];
	struct rai_drift_row row = {"r", 0, c, 0, NULL};
	double price;
	size_t i;

	rai_drift_window_init(out, schema, 1);
	for (i = 0; i < n; i++) {
		row.prediction = world_row(w, c, &price);
		rai_drift_window_add(out, &row);
	}
}

/* Rows from to to - 1 of a window. */
static struct rai_drift_rows
slice(const struct rai_drift_rows *r, size_t from, size_t to, double **num, int32_t **code)
{
	struct rai_drift_rows s = *r;
	size_t k;

	s.n = to - from;
	s.num = num;
	s.code = code;
	for (k = 0; k < r->ncol; k++) {
		num[k] = r->num[k] != NULL ? r->num[k] + from : NULL;
		code[k] = r->code[k] != NULL ? r->code[k] + from : NULL;
	}
	s.prediction = r->prediction + from;
	return s;
}

static int
close_to(double a, double b, double room)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= room;
}

/* One column the same, but for what is only nearly known. */
static int
same_check(const struct rai_drift_check *a, const struct rai_drift_check *b)
{
	return a->n == b->n && a->d == b->d && a->p == b->p && a->psi == b->psi && a->js == b->js &&
	       a->outside == b->outside && a->p_outside == b->p_outside && a->x2 == b->x2 &&
	       a->p_missing == b->p_missing && a->p_unseen == b->p_unseen &&
	       a->missing == b->missing && a->unseen == b->unseen && a->broken == b->broken &&
	       a->drifted == b->drifted && a->judged == b->judged &&
	       close_to(a->w1, b->w1, 0.005 + 0.01 * a->w1);
}

static int
same_inputs(const struct rai_drift_inputs *a, const struct rai_drift_inputs *b)
{
	size_t k;
	int same = a->n == b->n && a->rows == b->rows && a->broken == b->broken &&
		   a->drifted == b->drifted;

	for (k = 0; k < a->n; k++) {
		if (!same_check(&a->col[k], &b->col[k]))
			printf("# %s: D %.17g %.17g W1 %g %g outside %g %g broken %d %d (%s)\n",
			    a->col[k].name, a->col[k].d, b->col[k].d, a->col[k].w1, b->col[k].w1,
			    a->col[k].outside, b->col[k].outside, a->col[k].broken,
			    b->col[k].broken, a->col[k].why);
		same &= same_check(&a->col[k], &b->col[k]);
	}
	return same && same_check(&a->prediction, &b->prediction);
}

/* A window held and counted in pieces is judged alike. */
static void
alike(const struct reference *ref, struct world w, size_t n, const char *what)
{
	struct rai_drift_window held;
	struct rai_drift_counts *c = NULL;
	struct rai_drift_inputs a, b;
	struct rai_drift_rows part;
	double *num[COLUMNS];
	int32_t *code[COLUMNS];
	size_t from, to;

	fill(&w, &ref->schema, n, &held);
	rai_drift_counts_new(&ref->ref, &c, NULL);
	for (from = 0; from < n; from = to) {
		to = from + 1 + rai_rng_below(&w.r, 700);
		to = to < n ? to : n;
		part = slice(&held.rows, from, to, num, code);
		rai_drift_counts_add(c, &part, NULL);
	}
	rai_drift_judge_inputs(&ref->ref, &rule, 0.01, &held.rows, &a, NULL);
	rai_drift_judge_counts(&ref->ref, &rule, 0.01, c, &b, NULL);
	ok_what(same_inputs(&a, &b), what, "counted as it is held");
	ok_what(a.joint.drifted == b.joint.drifted &&
		    (n > RAI_DRIFT_JOINT_ROWS || a.joint.p == b.joint.p),
	    what, "and all numbers together");
	rai_drift_inputs_release(&a);
	rai_drift_inputs_release(&b);
	rai_drift_counts_clear(c);
	rai_drift_counts_add(c, &held.rows, NULL);
	rai_drift_judge_counts(&ref->ref, &rule, 0.01, c, &a, NULL);
	rai_drift_counts_clear(c);
	for (to = n; to > 0; to = from) {
		struct rai_drift_counts *other;

		from = to > n / 3 ? to - n / 3 : 0;
		part = slice(&held.rows, from, to, num, code);
		rai_drift_counts_new(&ref->ref, &other, NULL);
		rai_drift_counts_add(other, &part, NULL);
		rai_drift_counts_merge(c, other, NULL);
		rai_drift_counts_free(other);
	}
	rai_drift_judge_counts(&ref->ref, &rule, 0.01, c, &b, NULL);
	b.drifted = a.drifted; /* the joint check may have been the one */
	ok_what(same_inputs(&a, &b) && b.joint.rows == 0 && rai_drift_counts_rows(c) == (int64_t)n,
	    what, "and merged from the end");
	rai_drift_inputs_release(&a);
	rai_drift_inputs_release(&b);
	rai_drift_counts_free(c);
	rai_drift_window_release(&held);
}

/* The tally against the values themselves, for many kinds of references. */
static double
draw(struct rai_rng *r, int kind)
{
	double u = rai_rng_unit(r);

	switch (kind) {
	case 0:
		return normal(r);
	case 1:
		return exp(2 * normal(r));
	case 2:
		return floor(10 * u);
	case 3:
		return u < 0.7 ? 0 : -100 * u;
	case 4:
		return 1e300 * normal(r);
	case 5:
		return 1e-310 * (u - 0.3);
	case 6:
		return u < 0.001 ? 1e18 : u;
	case 7:
		return 5;
	default:
		return round(100 * normal(r)) / 100;
	}
}

static size_t
position(const double *v, size_t n, double x)
{
	size_t i = 0;

	while (i < n && v[i] < x)
		i++;
	return i;
}

/* Counted one value at a time, in other pieces and with missing ones, the same stands in it. */
static int
same_one_by_one(const struct rai_profile_col *ref, const double *limit, const double *x, size_t n)
{
	struct rai_drift_tally wide, plain;
	size_t i, k, same = 1;

	rai_drift_tally_init(&wide, ref, limit, 4);
	rai_drift_tally_init(&plain, ref, limit, 4);
	plain.wide = 0;
	for (i = 0; i < n; i += k) {
		const double gaps[] = {NAN, x[i], -INFINITY, INFINITY, -x[i]};

		k = i % 1117 + 1 < n - i ? i % 1117 + 1 : n - i;
		rai_drift_tally_add(&wide, x + i, k);
		rai_drift_tally_add(&plain, x + i, k / 3);
		rai_drift_tally_add(&plain, x + i + k / 3, k - k / 3);
		rai_drift_tally_add(&wide, gaps, 5);
		rai_drift_tally_add(&plain, gaps, 2);
		rai_drift_tally_add(&plain, gaps + 2, 3);
	}
	rai_drift_tally_settle(&wide);
	rai_drift_tally_settle(&plain);
	for (k = 0; k < 2 * wide.ncut + 1; k++)
		same &= rai_drift_tally_slot(&wide, k) == rai_drift_tally_slot(&plain, k);
	same &= memcmp(&wide.min, &plain.min, sizeof(wide.min)) == 0;
	same &= memcmp(&wide.max, &plain.max, sizeof(wide.max)) == 0;
	same &= wide.n == plain.n && wide.missing == plain.missing && wide.missing > 0;
	rai_drift_tally_release(&wide);
	rai_drift_tally_release(&plain);
	return (int)same;
}

static int
tally_is_right(struct rai_rng *r, int kind, int other, size_t m, size_t n)
{
	double *y = malloc(m * sizeof(*y)), *x = malloc(n * sizeof(*x)), limit[4];
	struct rai_profile_col ref = {.quantile = y, .nquantile = m};
	struct rai_drift_tally t;
	uint32_t *up = malloc((2 * m + 1) * sizeof(*up));
	size_t i, k, less, upto;
	double at, w1, low, high, room = 0;
	int good = 1;

	for (i = 0; i < m; i++)
		y[i] = draw(r, kind) + 0.0;
	for (i = 0; i < n; i++)
		x[i] = draw(r, other);
	for (i = 0; i < 4; i++)
		limit[i] = i == 0 ? 0 : draw(r, i == 1 ? other : kind) * (i == 2 ? 1.5 : 1);
	rai_stat_sort(y, m);
	good &= same_one_by_one(&ref, limit, x, n);
	rai_drift_tally_init(&t, &ref, limit, 4);
	rai_drift_tally_add(&t, x, n / 2);
	rai_drift_tally_add(&t, x + n / 2, n - n / 2);
	rai_drift_tally_settle(&t);
	rai_drift_tally_sum(&t, up);
	rai_stat_sort(x, n);
	good &= rai_drift_tally_ks(&t, up) == rai_stat_ks_d(x, n, y, m);
	good &= t.min == x[0] && t.max == x[n - 1] && t.n == (int64_t)n;
	for (k = 0; k < m + 4; k += k < 4 ? 1 : 1 + m / 50) {
		at = k < 4 ? limit[k] : y[k - 4];
		for (i = 0, less = 0, upto = 0; i < n; i++) {
			less += x[i] < at;
			upto += x[i] <= at;
		}
		good &= rai_drift_tally_below(&t, up, at) == less &&
			rai_drift_tally_up_to(&t, up, at) == upto;
	}
	for (k = 0; k < n; k += 1 + n / 100) {
		at = rai_drift_tally_value(&t, up, k);
		i = position(y, m, x[k]);
		/* in its gap, and out of range near enough */
		if (i < m && y[i] == x[k])
			good &= at == x[k];
		else if (i > 0 && i < m)
			good &= at > y[i - 1] && at < y[i];
		else
			good &= fabs(at - x[k]) <= fabs(x[k]) / 16 + 1e-300 && at >= t.min &&
				at <= t.max;
	}
	low = y[m / 200];
	high = y[m - 1 - m / 200];
	w1 = rai_stat_w1(x, n, y, m, low, high);
	for (k = 1, i = 0; k < m; k++) {
		while (t.cut[i] < y[k])
			i++;
		if (fmin(y[k], high) > fmax(y[k - 1], low))
			room +=
			    (y[k] - y[k - 1]) * rai_drift_tally_slot(&t, 2 * i) / (2 * (double)n);
	}
	good &= fabs(rai_drift_tally_w1(&t, up, low, high) - w1) <= room + 1e-9 * w1;
	rai_drift_tally_release(&t);
	free(up);
	free(x);
	free(y);
	return good;
}

static void
tallies(void)
{
	struct rai_rng r = rai_rng_new(11, 3);
	static const char *const names[] = {"normal", "long tail", "whole numbers", "mostly zero",
	    "huge", "tiny", "outliers", "constant", "two digits"};
	static const size_t size[] = {1, 2, 7, 64, 500, 20000};
	int kind, other, good;
	size_t i;

	for (kind = 0; kind < 9; kind++) {
		good = 1;
		for (other = 0; other < 9; other++)
			for (i = 0; i < 6; i++)
				if (!tally_is_right(&r, kind, other, size[i], 3000)) {
					printf("# values %d against %zu of %d\n", other, size[i],
					    kind);
					good = 0;
				}
		ok_what(good, names[kind], "a tally answers as the values would");
	}
}

/* What a server would count of a window. */
static void
bins_of(const struct rai_profile_col *c, const struct rai_drift_rows *r, size_t k, int64_t *count)
{
	size_t i;

	memset(count, 0, (c->nbin + 2) * sizeof(*count));
	for (i = 0; i < r->n; i++)
		if (c->kind == RAI_PROFILE_CAT)
			count[rai_profile_bin_cat(c, r->code[k][i])]++;
		else
			count[rai_profile_bin_num(
			    c, k < r->ncol ? r->num[k][i] : r->prediction[i])]++;
}

enum harm { FROZEN, STUCK, MILES };

static void
do_harm(struct rai_drift_rows *r, enum harm harm)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (harm == FROZEN && 5 * i > r->n)
			r->num[AREA][i] = 100.25;
		else if (harm == STUCK)
			r->code[SUBURB][i] = 7;
		else if (harm == MILES)
			r->num[DISTANCE][i] *= 1.609344;
}

/* What only the rows show, and the order in which they came, is found in counts too. */
static void
seen_in_counts(const struct reference *ref, enum harm harm, const char *why)
{
	struct world w = world_new(9);
	struct rai_drift_window held;
	struct rai_drift_counts *c = NULL, *other = NULL;
	struct rai_drift_inputs a, b;
	struct rai_drift_rows part;
	double *num[COLUMNS];
	int32_t *code[COLUMNS];
	size_t k = harm == FROZEN ? AREA : harm == STUCK ? SUBURB : DISTANCE, from;

	fill(&w, &ref->schema, 3000, &held);
	do_harm(&held.rows, harm);
	rai_drift_counts_new(&ref->ref, &c, NULL);
	rai_drift_counts_new(&ref->ref, &other, NULL);
	for (from = 0; from < 3000; from += 600) {
		part = slice(&held.rows, from, from + 600, num, code);
		rai_drift_counts_add(c, &part, NULL);
	}
	rai_drift_judge_inputs(&ref->ref, &rule, 0.01, &held.rows, &a, NULL);
	rai_drift_judge_counts(&ref->ref, &rule, 0.01, c, &b, NULL);
	ok_what(a.broken && strstr(a.col[k].why, why) != NULL, why, "seen in rows");
	ok_what(b.broken && strcmp(a.col[k].why, b.col[k].why) == 0, why, "and in their counts");
	rai_drift_inputs_release(&b);
	rai_drift_counts_merge(other, c, NULL);
	rai_drift_judge_counts(&ref->ref, &rule, 0.01, other, &b, NULL);
	ok_what(!b.col[k].broken, why, "but not where counts were merged, without an order");
	rai_drift_inputs_release(&a);
	rai_drift_inputs_release(&b);
	rai_drift_counts_free(c);
	rai_drift_counts_free(other);
	rai_drift_window_release(&held);
}

static void
from_bins(const struct reference *ref, struct world w, int broken, const char *what)
{
	struct rai_drift_window held;
	struct rai_drift_counts *c = NULL;
	struct rai_drift_inputs a, b;
	int64_t count[SUBURBS + 2];
	int same = 1, near = 1;
	size_t k;

	fill(&w, &ref->schema, 2000, &held);
	rai_drift_counts_new(&ref->ref, &c, NULL);
	for (k = 0; k <= COLUMNS; k++) {
		const struct rai_profile_col *p =
		    k < COLUMNS ? &ref->profile.col[k] : &ref->profile.prediction;

		bins_of(p, &held.rows, k, count);
		rai_drift_counts_bins(c, k, count, NULL);
	}
	rai_drift_judge_inputs(&ref->ref, &rule, 0.01, &held.rows, &a, NULL);
	rai_drift_judge_counts(&ref->ref, &rule, 0.01, c, &b, NULL);
	for (k = 0; k < COLUMNS; k++) {
		same &= a.col[k].psi == b.col[k].psi && a.col[k].js == b.col[k].js &&
			a.col[k].x2 == b.col[k].x2 && a.col[k].missing == b.col[k].missing &&
			a.col[k].p_unseen == b.col[k].p_unseen && a.col[k].n == b.col[k].n;
		near &= b.col[k].d <= a.col[k].d + 0.002 && b.col[k].outside == 0;
	}
	ok_what(
	    same && b.rows == 2000, what, "PSI, JS, categories, missing and new as of the rows");
	ok_what(near && a.prediction.psi == b.prediction.psi, what, "D no larger than theirs");
	ok_what(b.broken == broken && a.broken == broken, what, "broken or not, alike");
	ok_what(broken || a.drifted == b.drifted, what, "drifted or not, alike");
	rai_drift_inputs_release(&a);
	rai_drift_inputs_release(&b);
	count[0] = -1;
	ok_what(rai_drift_counts_bins(c, 0, count, NULL) != 0, what, "no negative counts");
	rai_drift_counts_free(c);
	rai_drift_window_release(&held);
}

int
main(void)
{
	struct reference ref;
	struct world w = world_new(5);

	reference_make(&ref, 1, 4000, NULL);
	alike(&ref, w, 3000, "a quiet world");
	w.shift = 0.3;
	alike(&ref, w, 3000, "a shift");
	w.shift = 0.08;
	alike(&ref, w, 30000, "a small one in many rows");
	w = world_new(6);
	w.area = 1000;
	alike(&ref, w, 800, "another unit");
	w.area = 0.001;
	alike(&ref, w, 800, "another unit, downwards");
	w.area = -1;
	alike(&ref, w, 800, "another sign");
	w = world_new(7);
	w.drop = 1;
	w.new_share = 0.3;
	w.missing = 0.4;
	alike(&ref, w, 2000, "gone, new and missing");
	seen_in_counts(&ref, FROZEN, "frozen, 100.25 in ");
	seen_in_counts(&ref, STUCK, "frozen, ");
	seen_in_counts(&ref, MILES, "kilometres for miles");
	w = world_new(8);
	from_bins(&ref, w, 0, "bins of a quiet world");
	w.shift = 0.4;
	from_bins(&ref, w, 0, "bins of a shift");
	w.shift = 0;
	w.area = 1000;
	from_bins(&ref, w, 1, "bins of another unit");
	tallies();
	reference_free(&ref);
	return tap_done();
}

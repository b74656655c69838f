#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "drift/calibrate_priv.h"
#include "stat/stat.h"

enum { EFFECTS = 3 };
static const double of_number[EFFECTS] = {0.25, 0.5, 1};     /* robust sd */
static const double of_category[EFFECTS] = {0.05, 0.1, 0.2}; /* share of rows */

/* One column, moved by so much. */
struct move {
	size_t column;
	double effect;
	double by; /* a number: added; whole ones stay whole, and move by so much on average */
	int whole;
	int32_t to; /* a category: the most common one */
};

struct trials {
	const struct rai_drift_simulation *s;
	struct move *move;
	size_t n;
	unsigned char *hit;  /* trials x n */
	unsigned char *lost; /* trials: no memory */
};

void
rai_drift_wilson(int64_t k, int64_t n, double *low, double *high)
{
	const double z = 1.959963984540054;
	double p, m = (double)n, mid, half;

	*low = 0;
	*high = 1;
	if (n <= 0)
		return;
	p = (double)k / m;
	mid = (p + z * z / (2 * m)) / (1 + z * z / m);
	half = z * sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m);
	*low = k == 0 ? 0 : fmax(0, mid - half);
	*high = k == n ? 1 : fmin(1, mid + half);
}

double
rai_drift_power_of(double x, int64_t n)
{
	double y = 1;

	for (; n > 0; n--)
		y *= x;
	return y;
}

double
rai_drift_delay(double q, int64_t sustain, size_t window, size_t looks)
{
	double all = rai_drift_power_of(q, sustain), windows;

	if (!(all > 0))
		return NAN;
	windows = q < 1 ? (1 - all) / ((1 - q) * all) : (double)sustain;
	return (double)window * (windows + 0.5 / (double)looks);
}

static int32_t
most_common(const struct rai_profile_col *c)
{
	size_t i, most = 0;

	for (i = 1; i < c->nbin; i++)
		if (c->count[i] > c->count[most])
			most = i;
	return (int32_t)most;
}

/* The moves of one column behind those before it; returns how many there are now. */
static size_t
add_moves(const struct rai_drift_urn *urn, size_t k, double effect, struct move *m, size_t n)
{
	const struct rai_drift_reference *ref = urn->ref;
	const struct rai_profile_col *c = &ref->profile->col[k];
	int cat = c->kind == RAI_PROFILE_CAT, i;
	double sd = cat ? 0 : rai_stat_robust_sd(c->quantile, c->nquantile);

	if (ref->schema->col[k].type == RAI_COL_DATE || (cat ? c->nbin < 2 : !(sd > 0)) ||
	    (cat && effect >= 0))
		return n;
	for (i = 0; i < EFFECTS; i++) {
		double e = cat ? of_category[i] : of_number[i];

		if (effect < 0 || e == effect)
			m[n++] =
			    (struct move){k, e, e * sd, urn->whole[k], cat ? most_common(c) : 0};
	}
	return n;
}

/* The window with one column moved; the column as it was in keep. */
static void
apply(const struct move *m, struct rai_drift_rows *rows, struct rai_rng *r, void *keep)
{
	double *num = rows->num[m->column];
	int32_t *code = rows->code[m->column];
	size_t i;

	if (num != NULL) {
		memcpy(keep, num, rows->n * sizeof(*num));
		for (i = 0; i < rows->n; i++)
			num[i] += m->whole ? floor(m->by + rai_rng_unit(r)) : m->by;
		return;
	}
	memcpy(keep, code, rows->n * sizeof(*code));
	for (i = 0; i < rows->n; i++)
		if (rai_rng_unit(r) < m->effect)
			code[i] = m->to;
}

static void
undo(const struct move *m, struct rai_drift_rows *rows, const void *keep)
{
	if (rows->num[m->column] != NULL)
		memcpy(rows->num[m->column], keep, rows->n * sizeof(double));
	else
		memcpy(rows->code[m->column], keep, rows->n * sizeof(int32_t));
}

/* One clean window, judged once for every move. */
static void
one_trial(void *ctx, size_t i, size_t worker)
{
	struct trials *t = ctx;
	const struct rai_drift_simulation *s = t->s;
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = NAN};
	struct rai_rng r = rai_rng_new(s->plan->seed, ((uint64_t)s->window << 24) + (2 * i + 1));
	double *keep = malloc((s->window + 1) * sizeof(*keep));
	struct rai_drift_inputs in;
	struct rai_drift_rows rows;
	size_t k;

	(void)worker;
	t->lost[i] = 1;
	if (keep == NULL || rai_drift_drawn_init(&rows, s->urn, s->window, NULL) != 0) {
		free(keep);
		return;
	}
	rai_drift_draw(s->urn, &r, s->window, &rows);
	for (k = 0; k < t->n; k++) {
		apply(&t->move[k], &rows, &r, keep);
		if (rai_drift_judge_inputs(s->urn->ref, &rule, s->alpha, &rows, &in, NULL) != 0)
			break;
		t->hit[i * t->n + k] = in.drifted != 0;
		rai_drift_inputs_release(&in);
		undo(&t->move[k], &rows, keep);
	}
	t->lost[i] = k < t->n;
	if (s->plan->tick != NULL)
		s->plan->tick(s->plan->tick_ctx);
	rai_drift_drawn_release(&rows);
	free(keep);
}

static int
count_up(const struct trials *t, size_t trials, struct rai_drift_power *out)
{
	const struct rai_drift_simulation *s = t->s;
	size_t i, k;
	int64_t hits;

	for (i = 0; i < trials; i++)
		if (t->lost[i])
			return -1;
	for (k = 0; k < t->n; k++) {
		const struct rai_profile_col *c = &s->urn->ref->profile->col[t->move[k].column];

		for (hits = 0, i = 0; i < trials; i++)
			hits += t->hit[i * t->n + k];
		out[k].column = strdup(c->name);
		if (out[k].column == NULL)
			return -1;
		out[k].kind = c->kind;
		out[k].effect = t->move[k].effect;
		out[k].power = (double)hits / (double)trials;
		rai_drift_wilson(hits, (int64_t)trials, &out[k].low, &out[k].high);
		out[k].rows = rai_drift_delay(out[k].power, s->plan->sustain, s->window, s->looks);
	}
	return 0;
}

int
rai_drift_powers(const struct rai_drift_simulation *s, double effect, size_t trials,
    struct rai_drift_power **out, size_t *n, struct rai_err *err)
{
	const struct rai_drift_reference *ref = s->urn->ref;
	struct trials t = {.s = s};
	size_t k, columns = ref->profile->n;
	int rc = -1;

	*out = NULL;
	*n = 0;
	t.move = calloc(EFFECTS * columns + 1, sizeof(*t.move));
	for (k = 0; t.move != NULL && k < columns; k++)
		t.n = add_moves(s->urn, k, effect, t.move, t.n);
	t.hit = calloc(trials * t.n + 1, 1);
	t.lost = calloc(trials + 1, 1);
	*out = calloc(t.n + 1, sizeof(**out));
	if (t.move != NULL && t.hit != NULL && t.lost != NULL && *out != NULL) {
		*n = t.n;
		rai_par_for(trials, s->plan->threads > 0 ? s->plan->threads : rai_par_cores(),
		    one_trial, &t);
		rc = count_up(&t, trials, *out);
	}
	free(t.move);
	free(t.hit);
	free(t.lost);
	if (rc == 0)
		return 0;
	rai_drift_powers_free(*out, *n);
	*out = NULL;
	*n = 0;
	return rai_fail_memory(err);
}

void
rai_drift_powers_free(struct rai_drift_power *p, size_t n)
{
	size_t i;

	for (i = 0; p != NULL && i < n; i++)
		free(p[i].column);
	free(p);
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/par.h"
#include "drift/calibrate_priv.h"

/* Clean windows: drawn, judged, and how often they alarm. */

#define LOG_STEP 0.11512925464970229 /* ln(10) / 20 */
#define LOG_LEAST (-13.815510557964274)

double
rai_drift_grid(int g)
{
	return rai_exp(LOG_LEAST + g * LOG_STEP);
}

int
rai_drift_grid_find(
    const struct rai_drift_clean *c, rai_drift_drifts *drifts, void *look, unsigned char *level)
{
	int low = 0, high = c->budget ? RAI_DRIFT_GRID - 1 : 0, is, mid;

	if (drifts(look, c->budget ? rai_drift_grid(high) : c->s->alpha, &is) != 0)
		return -1;
	if (!is)
		high = low = RAI_DRIFT_GRID;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (drifts(look, rai_drift_grid(mid), &is) != 0)
			return -1;
		if (is)
			high = mid;
		else
			low = mid + 1;
	}
	*level = (unsigned char)high;
	return 0;
}

/* A window, and what was measured of it when it was judged first. */
struct look {
	const struct rai_drift_reference *ref;
	const struct rai_drift_rows *rows;
	struct rai_drift_inputs in;
	int known;
};

/* A window that was measured: judged again at another alpha without measuring it again. */
static int
measured(const struct rai_drift_reference *ref, const void *window, struct rai_drift_inputs *out)
{
	const struct rai_drift_inputs *in = window;

	(void)ref;
	memcpy(out->col, in->col, in->n * sizeof(*in->col));
	out->prediction = in->prediction;
	out->joint = in->joint;
	return 0;
}

static int
drifts_at(void *ctx, double alpha, int *drifts)
{
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = NAN};
	struct look *l = ctx;
	struct rai_drift_inputs again;

	if (!l->known) {
		if (rai_drift_judge_inputs(l->ref, &rule, alpha, l->rows, &l->in, NULL) != 0)
			return -1;
		l->known = 1;
		*drifts = l->in.drifted;
		return 0;
	}
	if (rai_drift_judge_measured(
		l->ref, &rule, alpha, measured, &l->in, l->in.rows, &again, NULL) != 0)
		return -1;
	*drifts = again.drifted;
	rai_drift_inputs_release(&again);
	return 0;
}

/* Another reference of as many rows, while that is a matter of some rows. */
static int
redraw(const struct rai_drift_urn *u, struct rai_rng *r, struct rai_profile *profile,
    struct rai_drift_reference *ref)
{
	struct rai_drift_rows rows;
	int rc = -1;

	if (rai_drift_drawn_init(&rows, u, (size_t)u->ref->profile->rows, NULL) != 0)
		return -1;
	rai_drift_draw(u, r, (size_t)u->ref->profile->rows, &rows);
	if (rai_drift_profile_drawn(u->ref, &rows, profile, NULL) == 0)
		rc = rai_drift_reference(profile, u->ref->schema, ref, NULL);
	rai_drift_drawn_release(&rows);
	return rc;
}

/* The next window: all rows anew, or the oldest ones replaced where it overlaps the one before. */
static void
draw_next(const struct rai_drift_clean *c, struct rai_rng *r, int first,
    const struct rai_profile *redrawn, struct rai_drift_rows *fresh, struct rai_drift_rows *rows)
{
	size_t step = c->looks > 1 && !first ? c->s->window / c->looks : c->s->window;

	rai_drift_draw(c->s->urn, r, step, fresh);
	if (redrawn->n > 0)
		rai_drift_forget(redrawn, fresh);
	rai_drift_follow(rows, fresh, c->s->window);
}

static int
judge_clean(struct rai_drift_clean *c, const struct rai_drift_reference *ref, struct rai_rng *r,
    size_t i, const struct rai_profile *redrawn)
{
	size_t n = c->windows * c->looks, k;
	struct rai_drift_rows rows, fresh;
	int rc;

	if (rai_drift_drawn_init(&rows, c->s->urn, c->s->window, NULL) != 0)
		return -1;
	rc = rai_drift_drawn_init(&fresh, c->s->urn, c->s->window, NULL);
	for (k = 0; k < n && rc == 0; k++) {
		struct look l = {.ref = ref, .rows = &rows};

		draw_next(c, r, k == 0, redrawn, &fresh, &rows);
		rc = rai_drift_grid_find(c, drifts_at, &l, &c->level[i * n + k]);
		c->broken[i * n + k] = l.known && l.in.broken;
		rai_drift_inputs_release(&l.in);
	}
	rai_drift_drawn_release(&fresh);
	rai_drift_drawn_release(&rows);
	return rc;
}

int
rai_drift_clean_inputs(struct rai_drift_clean *c, size_t i)
{
	const struct rai_drift_urn *u = c->s->urn;
	struct rai_rng r = rai_rng_new(c->s->plan->seed, ((uint64_t)c->s->window << 24) + 2 * i);
	struct rai_profile profile = {.col = NULL};
	struct rai_drift_reference ref = *u->ref;
	int rc = 0;

	if (u->ref->profile->rows <= RAI_DRIFT_REDRAWN)
		rc = redraw(u, &r, &profile, &ref);
	if (rc == 0)
		rc = judge_clean(c, &ref, &r, i, &profile);
	rai_profile_release(&profile);
	return rc;
}

static void
one_reference(void *ctx, size_t i, size_t worker)
{
	struct rai_drift_clean *c = ctx;

	(void)worker;
	c->lost[i] = c->one(c, i) != 0;
	if (c->s->plan->tick != NULL)
		c->s->plan->tick(c->s->plan->tick_ctx);
}

void
rai_drift_clean_release(struct rai_drift_clean *c)
{
	free(c->level);
	free(c->broken);
	free(c->lost);
	memset(c, 0, sizeof(*c));
}

int
rai_drift_clean_make(struct rai_drift_clean *c, struct rai_err *err)
{
	const struct rai_drift_plan *plan = c->s->plan;
	size_t i, n = c->references * c->windows * c->looks;
	int lost;

	c->level = calloc(n, 1);
	c->broken = calloc(n, 1);
	c->lost = calloc(c->references, 1);
	lost = c->level == NULL || c->broken == NULL || c->lost == NULL;
	if (!lost)
		rai_par_for(c->references, plan->threads > 0 ? plan->threads : rai_par_cores(),
		    one_reference, c);
	for (i = 0; i < c->references && !lost; i++)
		lost = c->lost[i];
	if (!lost)
		return 0;
	rai_drift_clean_release(c);
	return rai_fail_memory(err);
}

/* Of a reference's windows that do not overlap, from this look on. */
static int64_t
hot_of(const struct rai_drift_clean *c, int g, size_t reference, size_t look)
{
	const unsigned char *level = c->level + reference * c->windows * c->looks;
	int64_t hot = 0;
	size_t i;

	for (i = look; i < c->windows * c->looks; i += c->looks)
		hot += level[i] <= g;
	return hot;
}

int64_t
rai_drift_clean_hot(const struct rai_drift_clean *c, int g)
{
	int64_t hot = 0;
	size_t r, k;

	for (r = 0; r < c->references; r++)
		for (k = 0; k < c->looks; k++)
			hot += hot_of(c, g, r, k);
	return hot;
}

/*
 * Windows that do not overlap: of all orders of a reference's windows, the share that begins with
 * sustain hot ones, on average; at least what it were if all windows were alike.  Where there are
 * too few windows for that, the power of the share.
 */
static double
in_a_row(const struct rai_drift_clean *c, int g)
{
	int64_t s = c->s->plan->sustain, i, k;
	double sum = 0, share, n = (double)c->windows, lines = (double)(c->references * c->looks);
	size_t r, look;

	for (r = 0; r < c->references; r++)
		for (look = 0; look < c->looks; look++) {
			k = hot_of(c, g, r, look);
			share = (int64_t)c->windows >= 10 * s
				    ? 1
				    : rai_drift_power_of((double)k / n, s);
			for (i = 0; (int64_t)c->windows >= 10 * s && i < s; i++)
				share *= fmax(0, (double)(k - i)) / (n - (double)i);
			sum += share;
		}
	return fmax(
	    sum / lines, rai_drift_power_of((double)rai_drift_clean_hot(c, g) / (n * lines), s));
}

/* Windows that overlap, as they came: alarms of all references. */
static int64_t
alarms_seen(const struct rai_drift_clean *c, int g)
{
	size_t n = c->windows * c->looks, r, i, run;
	size_t enough = (size_t)(c->s->plan->sustain - 1) * c->looks + 1;
	int64_t alarms = 0;

	for (r = 0; r < c->references; r++)
		for (run = 0, i = 0; i < n; i++) {
			run = c->level[r * n + i] <= g ? run + 1 : 0;
			alarms += run == enough;
		}
	return alarms;
}

double
rai_drift_clean_alarms(const struct rai_drift_clean *c, int g)
{
	double most = (double)c->looks * in_a_row(c, g);
	int64_t seen;

	if (c->looks == 1)
		return most;
	seen = alarms_seen(c, g);
	return seen < RAI_DRIFT_ENOUGH
		   ? most
		   : fmin(most, (double)seen / (double)(c->references * c->windows));
}

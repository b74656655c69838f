#include "drift/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/par.h"
#include "drift/calibrate_priv.h"
#include "stat/stat.h"

/* The alphas that are tried: 20 to a decade, from 1e-6 to 0.2. */
enum { GRID = 107, NEVER = GRID };
#define LOG_STEP 0.11512925464970229 /* ln(10) / 20 */
#define LOG_LEAST (-13.815510557964274)

/* Windows that must have drifted before their share is taken for a number. */
enum { ENOUGH = 10 };

enum { REFERENCES = 40, WINDOWS = 50, TRIALS = 100, FEWER = 10, FEW_TRIALS = 20 };
static const int64_t windows_to_choose[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000};

static double
alpha_of(int g)
{
	return rai_exp(LOG_LEAST + g * LOG_STEP);
}

/* Clean windows: by reference and window, the first alpha of the grid at which it drifts. */
struct clean {
	const struct rai_drift_simulation *s;
	size_t references, windows;
	int budget;           /* 0: only s->alpha is asked about, as place 0 */
	unsigned char *level; /* references x windows */
	unsigned char *broken;
	unsigned char *lost; /* references: no memory */
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
drifts_at(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    const struct rai_drift_inputs *in, double alpha, int *drifts)
{
	struct rai_drift_inputs again;

	if (rai_drift_judge_measured(ref, rule, alpha, measured, in, in->rows, &again, NULL) != 0)
		return -1;
	*drifts = again.drifted;
	rai_drift_inputs_release(&again);
	return 0;
}

/* The first place of the grid at which this window drifts. */
static int
find_level(const struct clean *c, const struct rai_drift_reference *ref,
    const struct rai_drift_rows *rows, unsigned char *level, unsigned char *broken)
{
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = NAN};
	struct rai_drift_inputs in;
	int low = 0, high = NEVER, drifts, rc = 0;

	if (rai_drift_judge_inputs(
		ref, &rule, c->budget ? alpha_of(GRID - 1) : c->s->alpha, rows, &in, NULL) != 0)
		return -1;
	if (in.drifted)
		high = c->budget ? GRID - 1 : 0;
	while (in.drifted && low < high && rc == 0) {
		int mid = low + (high - low) / 2;

		rc = drifts_at(ref, &rule, &in, alpha_of(mid), &drifts);
		if (rc == 0 && drifts)
			high = mid;
		else
			low = mid + 1;
	}
	*level = (unsigned char)high;
	*broken = in.broken != 0;
	rai_drift_inputs_release(&in);
	return rc;
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

static int
judge_clean(struct clean *c, const struct rai_drift_reference *ref, struct rai_rng *r, size_t i,
    const struct rai_profile *redrawn)
{
	struct rai_drift_rows rows;
	size_t k;
	int rc = 0;

	if (rai_drift_drawn_init(&rows, c->s->urn, c->s->window, NULL) != 0)
		return -1;
	for (k = i * c->windows; k < (i + 1) * c->windows && rc == 0; k++) {
		rai_drift_draw(c->s->urn, r, c->s->window, &rows);
		if (redrawn->n > 0)
			rai_drift_forget(redrawn, &rows);
		rc = find_level(c, ref, &rows, &c->level[k], &c->broken[k]);
	}
	rai_drift_drawn_release(&rows);
	return rc;
}

static void
one_reference(void *ctx, size_t i, size_t worker)
{
	struct clean *c = ctx;
	const struct rai_drift_urn *u = c->s->urn;
	struct rai_rng r = rai_rng_new(c->s->plan->seed, ((uint64_t)c->s->window << 24) + 2 * i);
	struct rai_profile profile = {.col = NULL};
	struct rai_drift_reference ref = *u->ref;
	int rc = 0;

	(void)worker;
	if (u->ref->profile->rows <= RAI_DRIFT_REDRAWN)
		rc = redraw(u, &r, &profile, &ref);
	if (rc == 0)
		rc = judge_clean(c, &ref, &r, i, &profile);
	rai_profile_release(&profile);
	c->lost[i] = rc != 0;
}

static void
clean_release(struct clean *c)
{
	free(c->level);
	free(c->broken);
	free(c->lost);
}

static int
clean_make(struct clean *c, const struct rai_drift_simulation *s, size_t references, size_t windows,
    int budget, struct rai_err *err)
{
	size_t i;
	int lost;

	*c = (struct clean){.s = s, .references = references, .windows = windows, .budget = budget};
	c->level = calloc(references * windows, 1);
	c->broken = calloc(references * windows, 1);
	c->lost = calloc(references, 1);
	lost = c->level == NULL || c->broken == NULL || c->lost == NULL;
	if (!lost)
		rai_par_for(references, s->plan->threads > 0 ? s->plan->threads : rai_par_cores(),
		    one_reference, c);
	for (i = 0; i < references && !lost; i++)
		lost = c->lost[i];
	if (!lost)
		return 0;
	clean_release(c);
	return rai_fail_memory(err);
}

static int64_t
hot_of(const struct clean *c, int g, size_t reference)
{
	const unsigned char *level = c->level + reference * c->windows;
	int64_t hot = 0;
	size_t i;

	for (i = 0; i < c->windows; i++)
		hot += level[i] <= g;
	return hot;
}

static int64_t
hot_in_all(const struct clean *c, int g)
{
	int64_t hot = 0;
	size_t r;

	for (r = 0; r < c->references; r++)
		hot += hot_of(c, g, r);
	return hot;
}

/*
 * Of all orders of a reference's windows, the share that begins with sustain hot ones, on average;
 * at least what it were if all windows were alike.  Where there are too few windows for that, the
 * power of the share.
 */
static double
alarms_at(const struct clean *c, int g)
{
	int64_t s = c->s->plan->sustain, i, k;
	double sum = 0, share, n = (double)c->windows;
	size_t r;

	for (r = 0; r < c->references; r++) {
		k = hot_of(c, g, r);
		share = (int64_t)c->windows >= 10 * s ? 1 : rai_drift_power_of((double)k / n, s);
		for (i = 0; (int64_t)c->windows >= 10 * s && i < s; i++)
			share *= fmax(0, (double)(k - i)) / (n - (double)i);
		sum += share;
	}
	return fmax(sum / (double)c->references,
	    rai_drift_power_of((double)hot_in_all(c, g) / (n * (double)c->references), s));
}

/* alpha for the budget, from the lowest at which enough was seen. */
static void
choose_alpha(const struct clean *c, double budget, int *place, double *alpha)
{
	int g = 0;
	double rate;

	while (g < GRID - 1 && hot_in_all(c, g) < ENOUGH)
		g++;
	*place = g;
	*alpha = alpha_of(g);
	rate = alarms_at(c, g);
	if (rate > budget) {
		*alpha *= rai_exp(rai_log(budget / rate) / (double)c->s->plan->sustain);
		*alpha = fmax(*alpha, 1e-6);
		return;
	}
	while (g < GRID - 1 && alarms_at(c, g + 1) <= budget)
		g++;
	*place = g;
	*alpha = alpha_of(g);
}

/* Alarms per window that are allowed to the inputs; NaN: no budget is stated. */
static double
budget_of(const struct rai_drift_plan *p, size_t window)
{
	if (p->every_ms <= 0 || !(p->rows_per_ms > 0))
		return NAN;
	return fmin(0.5, (double)window / (2 * (double)p->every_ms * p->rows_per_ms));
}

/* What was seen at a place of the grid, for alpha there or below it. */
static void
report(const struct clean *c, int place, double alpha, struct rai_drift_calibration *out)
{
	int64_t s = out->sustain, n = (int64_t)(c->references * c->windows);
	double at = c->budget ? alpha_of(place) : alpha, q, rate, low, high, more;
	size_t i;

	out->references = (int64_t)c->references;
	out->windows = n;
	out->hot = hot_in_all(c, place);
	for (out->broken = 0, i = 0; i < (size_t)n; i++)
		out->broken += c->broken[i];
	out->alpha = alpha;
	out->extrapolated = alpha < at;
	q = (double)out->hot / (double)n;
	rate = alarms_at(c, place);
	more = q > 0 ? fmax(1, rate / rai_drift_power_of(q, s)) : 1;
	rai_drift_wilson(out->hot, n, &low, &high);
	at = rai_drift_power_of(alpha / at, s);
	out->alarms = rate * at;
	out->alarms_low = more * rai_drift_power_of(low, s) * at;
	out->alarms_high = fmin(1, more * rai_drift_power_of(high, s) * at);
}

/* The middle column's rows until a move of half a standard deviation is told. */
static int
typical_delay(const struct rai_drift_simulation *s, double *out, struct rai_err *err)
{
	struct rai_drift_power *p;
	double *rows;
	size_t n, i;

	if (rai_drift_powers(s, 0.5, FEW_TRIALS, &p, &n, err) != 0)
		return -1;
	rows = malloc((n + 1) * sizeof(*rows));
	if (rows == NULL) {
		rai_drift_powers_free(p, n);
		return rai_fail_memory(err);
	}
	for (i = 0; i < n; i++)
		rows[i] = isnan(p[i].rows) ? INFINITY : p[i].rows;
	rai_stat_sort(rows, n);
	*out = n > 0 ? rows[n / 2] : INFINITY;
	free(rows);
	rai_drift_powers_free(p, n);
	return 0;
}

/* The window that sees half a standard deviation soonest within the budget; 500 if none does. */
static int
choose_window(struct rai_drift_simulation *s, size_t *out, struct rai_err *err)
{
	size_t i, n = sizeof(windows_to_choose) / sizeof(windows_to_choose[0]);
	double best = INFINITY, delay = INFINITY, budget;
	struct clean c;
	int place;

	*out = 500;
	for (i = 0; i < n; i++) {
		s->window = (size_t)windows_to_choose[i];
		/* no window that is longer than what is the best so far, or a fourth of the time */
		budget = budget_of(s->plan, s->window);
		if ((double)s->window * (double)s->plan->sustain > best || budget > 0.125)
			break;
		if (clean_make(&c, s, FEWER, WINDOWS, 1, err) != 0)
			return -1;
		choose_alpha(&c, budget, &place, &s->alpha);
		clean_release(&c);
		if (typical_delay(s, &delay, err) != 0)
			return -1;
		if (delay < best) {
			best = delay;
			*out = s->window;
		}
	}
	return 0;
}

static int
calibrate(struct rai_drift_simulation *s, struct rai_drift_calibration *out, struct rai_err *err)
{
	const struct rai_drift_plan *p = s->plan;
	size_t references = p->references > 0 ? p->references : REFERENCES;
	size_t windows = p->windows > 0 ? p->windows : WINDOWS;
	double budget, alpha = p->alpha;
	struct clean c;
	int place = 0;

	s->window = (size_t)p->window;
	if (p->window == 0 && isnan(budget_of(p, 500)))
		s->window = 500;
	else if (p->window == 0 && choose_window(s, &s->window, err) != 0)
		return -1;
	out->window = (int64_t)s->window;
	out->budget = budget = budget_of(p, s->window);
	s->alpha = alpha;
	if (clean_make(&c, s, references, windows, !isnan(budget), err) != 0)
		return -1;
	if (!isnan(budget))
		choose_alpha(&c, budget, &place, &alpha);
	report(&c, place, alpha, out);
	clean_release(&c);
	s->alpha = alpha;
	return rai_drift_powers(
	    s, -1, p->trials > 0 ? p->trials : TRIALS, &out->power, &out->npower, err);
}

int
rai_drift_calibrate(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    const struct rai_drift_plan *plan, struct rai_drift_calibration *out, struct rai_err *err)
{
	struct rai_drift_simulation s = {.plan = plan};
	struct rai_drift_urn urn;
	int rc;

	*out = (struct rai_drift_calibration){.sustain = plan->sustain,
	    .every_ms = plan->every_ms,
	    .rows_per_ms = plan->rows_per_ms,
	    .seed = plan->seed,
	    .from_rows = rows != NULL};
	if (rai_drift_profile_digest(ref->profile, out->reference, err) != 0 ||
	    rai_drift_urn_init(&urn, ref, rows, err) != 0)
		return -1;
	s.urn = &urn;
	rc = calibrate(&s, out, err);
	rai_drift_urn_release(&urn);
	if (rc != 0)
		rai_drift_calibration_release(out);
	return rc;
}

void
rai_drift_calibration_release(struct rai_drift_calibration *c)
{
	rai_drift_powers_free(c->power, c->npower);
	memset(c, 0, sizeof(*c));
}

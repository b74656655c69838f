#include "drift/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "drift/calibrate_priv.h"
#include "stat/stat.h"

enum { REFERENCES = 40, WINDOWS = 50, TRIALS = 100, FEWER = 10, FEW_TRIALS = 20 };
enum { LOOKS = 200, LEAST_WINDOWS = 20 }; /* of one reference, where windows overlap */
static const int64_t windows_to_choose[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000};
enum { CHOICES = sizeof(windows_to_choose) / sizeof(windows_to_choose[0]) };

/* The lowest place of the grid at which enough was seen. */
static int
least_place(const struct rai_drift_clean *c)
{
	int g = 0;

	while (g < RAI_DRIFT_GRID - 1 && rai_drift_clean_hot(c, g) < RAI_DRIFT_ENOUGH)
		g++;
	return g;
}

/* The highest place at or below alpha, but not below that where enough was seen. */
static int
place_of(const struct rai_drift_clean *c, double alpha)
{
	int g = c->budget ? least_place(c) : 0;

	while (c->budget && g < RAI_DRIFT_GRID - 1 && rai_drift_grid(g + 1) <= alpha)
		g++;
	return g;
}

/* alpha for the budget, from the lowest at which enough was seen. */
static double
choose_alpha(const struct rai_drift_clean *c, double budget)
{
	int g = least_place(c);
	double rate = rai_drift_clean_alarms(c, g);

	if (rate > budget)
		return fmax(1e-6, rai_drift_grid(g) * rai_exp(rai_log(budget / rate) /
							      (double)c->s->plan->sustain));
	while (g < RAI_DRIFT_GRID - 1 && rai_drift_clean_alarms(c, g + 1) <= budget)
		g++;
	return rai_drift_grid(g);
}

/* Alarms that are allowed in the time of a window of so many rows, of which a share comes; NaN: no
 * budget is stated. */
static double
budget_of(const struct rai_drift_plan *p, size_t window, double share)
{
	if (p->every_ms <= 0 || !(p->rows_per_ms > 0))
		return NAN;
	return fmin(0.5, (double)window / (2 * (double)p->every_ms * p->rows_per_ms * share));
}

/* What was seen at a place of the grid, for alpha there or below it. */
static void
report(const struct rai_drift_clean *c, double alpha, struct rai_drift_simulated *out)
{
	int place = place_of(c, alpha);
	int64_t s = c->s->plan->sustain, n = (int64_t)(c->references * c->windows * c->looks);
	double at = c->budget ? rai_drift_grid(place) : alpha, q, rate, low, high, more;
	size_t i;

	out->references = (int64_t)c->references;
	out->windows = n;
	out->hot = rai_drift_clean_hot(c, place);
	for (out->broken = 0, i = 0; i < (size_t)n; i++)
		out->broken += c->broken[i];
	out->extrapolated = alpha < at;
	q = (double)out->hot / (double)n;
	rate = rai_drift_clean_alarms(c, place);
	more = q > 0 ? fmax(1, rate / rai_drift_power_of(q, s)) : 1;
	rai_drift_wilson(out->hot, n, &low, &high);
	at = rai_drift_power_of(alpha / at, s);
	out->alarms = rate * at;
	out->low = more * rai_drift_power_of(low, s) * at;
	out->high = fmin((double)c->looks, more * rai_drift_power_of(high, s) * at);
}

/* Are labels simulated, too? */
static int
labels_come(const struct rai_drift_simulation *s)
{
	return s->plan->coverage > 0 && rai_drift_labels_known(s->urn->ref);
}

/* Where windows overlap, fewer do, so that there are not many more looks. */
static size_t
fewer(size_t windows, size_t looks)
{
	size_t few = LOOKS / looks > LEAST_WINDOWS ? LOOKS / looks : LEAST_WINDOWS;

	return looks > 1 && few < windows ? few : windows;
}

/*
 * alpha at which inputs and labels keep their halves of the budget, or the plan's, for a window.
 * out: what was seen at it; or NULL.
 */
static int
find_alpha(struct rai_drift_simulation *s, size_t references, size_t windows,
    struct rai_drift_calibration *out, struct rai_err *err)
{
	double budget = budget_of(s->plan, s->window, 1), alpha = s->plan->alpha;
	struct rai_drift_clean inputs = {.s = s,
	    .references = references,
	    .windows = fewer(windows, s->looks),
	    .looks = s->looks,
	    .budget = !isnan(budget),
	    .one = rai_drift_clean_inputs};
	struct rai_drift_clean labels = {.s = s,
	    .references = references,
	    .windows = windows,
	    .looks = 1,
	    .budget = !isnan(budget),
	    .one = rai_drift_clean_labels};

	s->alpha = alpha;
	if (rai_drift_clean_make(&inputs, err) != 0)
		return -1;
	if (labels_come(s) && rai_drift_clean_make(&labels, err) != 0) {
		rai_drift_clean_release(&inputs);
		return -1;
	}
	if (inputs.budget)
		alpha = choose_alpha(&inputs, budget);
	if (inputs.budget && labels.level != NULL)
		alpha = fmin(
		    alpha, choose_alpha(&labels, budget_of(s->plan, s->window, s->plan->coverage)));
	s->alpha = alpha;
	if (out != NULL)
		report(&inputs, alpha, &out->clean);
	if (out != NULL && labels.level != NULL)
		report(&labels, alpha, &out->labels);
	rai_drift_clean_release(&inputs);
	rai_drift_clean_release(&labels);
	return 0;
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

/* How often windows of so many rows begin in the time of one; 0: the step does not go into it. */
static size_t
looks_of(const struct rai_drift_plan *p, int64_t window)
{
	if (p->slide <= 0 || p->slide == window)
		return 1;
	return window % p->slide == 0 ? (size_t)(window / p->slide) : 0;
}

/* The window that sees half a standard deviation soonest within the budget; 500 if none does. */
static int
choose_window(struct rai_drift_simulation *s, size_t *out, struct rai_err *err)
{
	double best = INFINITY, delay = INFINITY;
	size_t i;

	*out = 500;
	for (i = 0; i < CHOICES; i++) {
		s->window = (size_t)windows_to_choose[i];
		s->looks = looks_of(s->plan, windows_to_choose[i]);
		/* no window that is longer than what is the best so far, or a fourth of the time */
		if ((double)s->window * (double)s->plan->sustain > best ||
		    budget_of(s->plan, s->window, 1) > 0.125)
			break;
		if (s->looks == 0)
			continue;
		if (find_alpha(s, FEWER, WINDOWS, NULL, err) != 0 ||
		    typical_delay(s, &delay, err) != 0)
			return -1;
		if (delay < best) {
			best = delay;
			*out = s->window;
		}
	}
	return 0;
}

static size_t
or_else(size_t given, size_t otherwise)
{
	return given > 0 ? given : otherwise;
}

size_t
rai_drift_calibrate_units(const struct rai_drift_plan *p)
{
	size_t families = p->coverage > 0 ? 2 : 1, units;

	units = families * or_else(p->references, REFERENCES);
	if (!p->brief)
		units += or_else(p->trials, TRIALS);
	if (p->window == 0 && !isnan(budget_of(p, 500, 1)))
		units += CHOICES * (families * FEWER + FEW_TRIALS);
	return units;
}

static int
calibrate(struct rai_drift_simulation *s, struct rai_drift_calibration *out, struct rai_err *err)
{
	const struct rai_drift_plan *p = s->plan;

	s->window = (size_t)p->window;
	if (p->window == 0 && isnan(budget_of(p, 500, 1)))
		s->window = 500;
	else if (p->window == 0 && choose_window(s, &s->window, err) != 0)
		return -1;
	s->looks = looks_of(p, (int64_t)s->window);
	if (s->looks == 0)
		return rai_fail(err, RAI_EINPUT,
		    "a step of %lld rows does not go into a window of %zu a whole number of times",
		    (long long)p->slide, s->window);
	out->window = (int64_t)s->window;
	out->slide = s->looks > 1 ? p->slide : 0;
	out->budget = budget_of(p, s->window, 1);
	if (find_alpha(
		s, or_else(p->references, REFERENCES), or_else(p->windows, WINDOWS), out, err) != 0)
		return -1;
	out->alpha = s->alpha;
	out->extrapolated = out->clean.extrapolated || out->labels.extrapolated;
	if (out->labels.windows > 0)
		out->coverage = p->coverage;
	return p->brief ? 0
			: rai_drift_powers(
			      s, -1, or_else(p->trials, TRIALS), &out->power, &out->npower, err);
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

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drift/calibrate_priv.h"
#include "stat/stat.h"

/*
 * Labelled pairs in which nothing has changed: predictions as the hold-out had them, and true
 * values that miss them as the hold-out's did.
 */
struct pairs {
	double *prediction, *actual, *loss;
	size_t cap;
};

static int
pairs_init(struct pairs *p, size_t cap)
{
	p->cap = cap;
	p->prediction = calloc(cap + 1, sizeof(*p->prediction));
	p->actual = calloc(cap + 1, sizeof(*p->actual));
	p->loss = calloc(cap + 1, sizeof(*p->loss));
	return p->prediction == NULL || p->actual == NULL || p->loss == NULL ? -1 : 0;
}

static void
pairs_release(struct pairs *p)
{
	free(p->prediction);
	free(p->actual);
	free(p->loss);
}

int
rai_drift_labels_known(const struct rai_drift_reference *ref)
{
	const struct rai_profile *p = ref->profile;

	if (rai_drift_says_classes(ref))
		return isfinite(ref->accuracy) && p->target.name != NULL &&
		       rai_profile_values(&p->prediction) > 0 && rai_profile_values(&p->target) > 0;
	return rai_drift_predicts(ref) && p->error.name != NULL &&
	       p->error.kind == RAI_PROFILE_NUM && p->error.nquantile > 1 &&
	       rai_profile_values(&p->prediction) > 0;
}

/* A level as often as it was counted. */
static double
draw_level(const struct rai_profile_col *c, struct rai_rng *r)
{
	int64_t at = (int64_t)rai_rng_below(r, (uint64_t)rai_profile_values(c));
	size_t i;

	for (i = 0; i + 1 < c->nbin && at >= c->count[i]; i++)
		at -= c->count[i];
	return (double)i;
}

static void
draw_classes(const struct rai_drift_reference *ref, struct rai_rng *r, size_t n, struct pairs *out)
{
	const struct rai_profile *p = ref->profile;
	size_t i, tries;

	for (i = 0; i < n; i++) {
		out->prediction[i] = out->actual[i] = draw_level(&p->prediction, r);
		if (rai_rng_unit(r) < ref->accuracy)
			continue;
		for (tries = 0; tries < 100 && out->actual[i] == out->prediction[i]; tries++)
			out->actual[i] = draw_level(&p->target, r);
	}
}

/* Returns how many: where no prediction was made, none can miss. */
static size_t
draw_pairs(const struct rai_drift_reference *ref, struct rai_rng *r, size_t n, struct pairs *out)
{
	const struct rai_profile *p = ref->profile;
	int ratio;
	size_t i, k = 0;

	if (rai_drift_says_classes(ref)) {
		draw_classes(ref, r, n, out);
		return n;
	}
	ratio = strcmp(p->error.name, "ratio") == 0;
	rai_drift_draw_numbers(&p->prediction, 0, r, n, out->prediction);
	rai_drift_draw_numbers(&p->error, 0, r, n, out->actual);
	for (i = 0; i < n; i++) {
		double says = out->prediction[i], missed = out->actual[i];

		if (!isfinite(says) || !isfinite(missed))
			continue;
		out->prediction[k] = says;
		out->actual[k++] = ratio ? says * missed : says + missed;
	}
	return k;
}

static size_t
at_most(int64_t rows)
{
	return (size_t)(rows < RAI_DRIFT_REDRAWN ? rows : RAI_DRIFT_REDRAWN);
}

static int
profile_classes(
    const struct rai_profile_col *c, const double *v, size_t n, struct rai_profile_col *out)
{
	int32_t *code = calloc(n + 1, sizeof(*code));
	size_t i;
	int rc;

	if (code == NULL)
		return -1;
	for (i = 0; i < n; i++)
		code[i] = (int32_t)v[i];
	rc = rai_profile_from_cat(out, c->name, c->level, c->nbin, code, n, NULL);
	free(code);
	return rc;
}

/* The target of a training whose predictions would have missed like that. */
static int
redraw_target(const struct rai_drift_reference *was, struct rai_rng *r, struct pairs *room,
    struct rai_profile *out)
{
	const struct rai_profile_col *c = &was->profile->target;
	size_t n = draw_pairs(was, r, at_most(was->profile->rows), room);

	if (c->name == NULL)
		return 0;
	return rai_drift_says_classes(was)
		   ? profile_classes(c, room->actual, n, &out->target)
		   : rai_profile_from_num(&out->target, c->name, room->actual, n, NULL);
}

/* Accuracy, its standard error and the errors themselves of another hold-out. */
static int
redraw_errors(const struct rai_drift_reference *was, struct rai_rng *r, struct pairs *room,
    struct rai_profile *out, struct rai_drift_reference *ref)
{
	const struct rai_profile *p = was->profile;
	int classes = rai_drift_says_classes(was), ratio;
	size_t n, i, k = 0;
	struct rai_stat_mean m;

	n = draw_pairs(
	    was, r, at_most(rai_profile_values(classes ? &p->prediction : &p->error)), room);
	for (i = 0; i < n; i++)
		if (classes)
			room->loss[k++] = room->actual[i] != room->prediction[i];
		else if (room->actual[i] != 0)
			room->loss[k++] =
			    fabs(room->actual[i] - room->prediction[i]) / fabs(room->actual[i]);
	m = rai_stat_mean(room->loss, k, 0.95);
	if (isfinite(was->accuracy) && k > 0) {
		ref->accuracy = out->accuracy = fmax(0, 1 - m.mean);
		ref->accuracy_se = isfinite(was->accuracy_se) ? m.se : NAN;
	}
	if (classes)
		return 0;
	ratio = strcmp(p->error.name, "ratio") == 0;
	for (i = 0; i < n; i++)
		room->loss[i] = ratio ? room->actual[i] / room->prediction[i]
				      : room->actual[i] - room->prediction[i];
	return rai_profile_from_num(&out->error, p->error.name, room->loss, n, NULL);
}

/* A window of pairs. */
struct look {
	const struct rai_drift_reference *ref;
	const struct pairs *pairs;
	size_t n;
	double accuracy_below;
	int broken;
};

static int
drifts_at(void *ctx, double alpha, int *drifts)
{
	struct look *l = ctx;
	struct rai_drift_rule rule = {.psi_above = NAN, .accuracy_below = l->accuracy_below};
	struct rai_drift_labels labels;

	if (rai_drift_judge_labels(l->ref, &rule, alpha, l->pairs->prediction, l->pairs->actual,
		l->n, &labels, NULL) != 0)
		return -1;
	*drifts = labels.drifted || labels.worse;
	l->broken = labels.broken;
	return 0;
}

/* A threshold that the hold-out itself does not reach alarms truly, whatever alpha is. */
static double
threshold(const struct rai_drift_clean *c)
{
	double below = c->s->plan->accuracy_below;

	return below > 0 && c->s->urn->ref->accuracy >= below ? below : NAN;
}

static int
judge_pairs(struct rai_drift_clean *c, const struct rai_drift_reference *ref, struct rai_rng *r,
    size_t i, struct pairs *room)
{
	struct look l = {.ref = ref, .pairs = room, .accuracy_below = threshold(c)};
	size_t k;
	int rc = 0;

	for (k = i * c->windows; k < (i + 1) * c->windows && rc == 0; k++) {
		l.n = draw_pairs(c->s->urn->ref, r, c->s->window, room);
		rc = rai_drift_grid_find(c, drifts_at, &l, &c->level[k]);
		c->broken[k] = l.broken != 0;
	}
	return rc;
}

int
rai_drift_clean_labels(struct rai_drift_clean *c, size_t i)
{
	const struct rai_drift_reference *was = c->s->urn->ref;
	struct rai_rng r =
	    rai_rng_new(c->s->plan->seed, ((uint64_t)1 << 63) + ((uint64_t)c->s->window << 24) + i);
	struct rai_profile again = {.rows = was->profile->rows, .accuracy = NAN};
	struct rai_drift_reference ref = *was;
	struct pairs room;
	size_t cap = at_most(was->profile->rows);
	int rc = -1;

	if (cap < RAI_DRIFT_REDRAWN && at_most(rai_profile_values(&was->profile->prediction)) > cap)
		cap = RAI_DRIFT_REDRAWN;
	ref.profile = &again;
	if (pairs_init(&room, cap > c->s->window ? cap : c->s->window) == 0 &&
	    redraw_target(was, &r, &room, &again) == 0 &&
	    redraw_errors(was, &r, &room, &again, &ref) == 0) {
		again.prediction = was->profile->prediction; /* lent: what predictions are */
		rc = judge_pairs(c, &ref, &r, i, &room);
		memset(&again.prediction, 0, sizeof(again.prediction));
	}
	rai_profile_release(&again);
	pairs_release(&room);
	return rc;
}

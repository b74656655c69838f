#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "model/boost_rounds.h"

#define HELD_STREAM (UINT64_C(1) << 60)
#define PART_ROWS 4096 /* of a stretch, at least */

static enum rai_boost_loss
loss_of(const struct rai_fitted *f)
{
	return f->nclass == 0   ? (enum rai_boost_loss)f->param[RAI_BOOST_LOSS]
	       : f->nclass == 2 ? RAI_BOOST_LOGISTIC
				: RAI_BOOST_SOFTMAX;
}

/* What is continued must be of the same shape. */
static int
check_earlier(const struct rai_fitted *f, const struct rai_fitted *from, struct rai_err *err)
{
	if (from->kind != f->kind || from->width != f->width || from->nclass != f->nclass)
		return rai_fail(err, RAI_EINPUT,
		    "the fit to continue has kind %s, %zu features and %zu classes, "
		    "this one boost, %zu and %zu",
		    from->kind->name, from->width, from->nclass, f->width, f->nclass);
	if (loss_of(from) != loss_of(f))
		return rai_fail(err, RAI_EINPUT, "the fit to continue was made with another loss");
	return 0;
}

static int
check(const struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	if (d->width > RAI_BOOST_FEATURES_MAX)
		return rai_fail(
		    err, RAI_EINPUT, "boost: at most %d features", RAI_BOOST_FEATURES_MAX);
	if (d->nclass > 0 && f->param[RAI_BOOST_LOSS] != RAI_BOOST_SQUARED)
		return rai_fail(err, RAI_EINPUT,
		    "boost: loss is for numbers; classes are learned by their log loss");
	if (opt->from != NULL && check_earlier(f, opt->from, err) != 0)
		return -1;
	if (opt->resume != NULL && check_earlier(f, opt->resume, err) != 0)
		return -1;
	return 0;
}

static int
alloc_rows(struct rai_boost_rounds *r, struct rai_err *err)
{
	size_t n = r->d->n, outputs = rai_boost_outputs(r->f), i, bytes;
	size_t leaves = (size_t)r->f->param[RAI_BOOST_LEAVES];
	struct rai_boost_target *t = &r->target;

	if (__builtin_mul_overflow(n, outputs * sizeof(double), &bytes))
		return rai_fail(err, RAI_EINPUT, "too many rows and classes");
	*t = (struct rai_boost_target){
	    .loss = loss_of(r->f), .y = r->d->y, .n = n, .outputs = outputs};
	t->score = malloc(bytes);
	t->g = malloc(n * sizeof(*t->g));
	r->value = calloc(leaves, sizeof(*r->value));
	r->leaf_of = calloc(n, sizeof(*r->leaf_of));
	r->inside = calloc(n, sizeof(*r->inside));
	if (t->score == NULL || t->g == NULL || r->value == NULL || r->leaf_of == NULL ||
	    r->inside == NULL)
		return rai_fail_memory(err);
	if (!rai_boost_loss_counted(t->loss) && (t->h = malloc(n * sizeof(*t->h))) == NULL)
		return rai_fail_memory(err);
	if (t->loss == RAI_BOOST_SOFTMAX && (t->share = malloc(bytes)) == NULL)
		return rai_fail_memory(err);
	r->part_rows = (n + RAI_BOOST_PARTS - 1) / RAI_BOOST_PARTS;
	r->part_rows = r->part_rows > PART_ROWS ? r->part_rows : PART_ROWS;
	r->npart = (n + r->part_rows - 1) / r->part_rows;
	for (i = 0; i < r->npart; i++) {
		r->part[i].g = calloc(leaves, sizeof(double));
		r->part[i].h = calloc(leaves, sizeof(double));
		if (r->part[i].g == NULL || r->part[i].h == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

static void
release(struct rai_boost_rounds *r)
{
	size_t i;

	rai_boost_grower_release(&r->grower);
	rai_boost_bins_release(&r->bins);
	rai_boost_made_release(&r->made);
	rai_team_free(r->team);
	free(r->target.score);
	free(r->target.g);
	free(r->target.h);
	free(r->target.share);
	free(r->value);
	free(r->leaf_of);
	free(r->inside);
	free(r->held);
	for (i = 0; i < RAI_BOOST_PARTS; i++) {
		free(r->part[i].g);
		free(r->part[i].h);
	}
}

/* Which rows are watched and not learned from; where that leaves none of either, none are. */
static int
hold_rows(struct rai_boost_rounds *r, struct rai_err *err)
{
	struct rai_rng rng = rai_rng_new(r->opt->seed, HELD_STREAM);
	size_t i, n = r->d->n, nheld = 0;

	if (r->f->param[RAI_BOOST_EARLY_STOPPING] > 0) {
		if ((r->held = calloc(n, 1)) == NULL)
			return rai_fail_memory(err);
		for (i = 0; i < n; i++)
			nheld += r->held[i] = rai_rng_unit(&rng) < RAI_BOOST_HELD;
		if (nheld == 0 || nheld == n) {
			free(r->held);
			r->held = NULL;
		}
	}
	for (i = 0; i < n; i++)
		if (r->held == NULL || !r->held[i])
			r->inside[r->ninside++] = (uint32_t)i;
	return 0;
}

static int
start(struct rai_boost_rounds *r, struct rai_err *err)
{
	const double *param = r->f->param;
	struct rai_boost_rules rules = {.leaves = (size_t)param[RAI_BOOST_LEAVES],
	    .max_depth =
		param[RAI_BOOST_MAX_DEPTH] > 0 ? (size_t)param[RAI_BOOST_MAX_DEPTH] : SIZE_MAX,
	    .min_rows = (uint32_t)param[RAI_BOOST_MIN_ROWS]};

	if ((r->team = rai_team_new(r->opt->threads)) == NULL)
		return rai_fail_memory(err);
	if (alloc_rows(r, err) != 0 || rai_boost_loss_check(&r->target, err) != 0 ||
	    hold_rows(r, err) != 0)
		return -1;
	rules.packing = r->target.h == NULL ? RAI_BOOST_COUNTED : RAI_BOOST_WEIGHED;
	if (rai_boost_bins_make(
		r->d, (size_t)param[RAI_BOOST_MAX_BINS], r->opt->seed, r->team, &r->bins, err) != 0)
		return -1;
	return rai_boost_grower_init(&r->grower, &r->bins, &rules, r->team, err);
}

/* Early stopping: 1 when the loss of the held rows has not become better for too long. */
static int
judge(struct rai_boost_rounds *r, size_t round, double loss)
{
	if (r->best_round == 0 || loss < r->best_loss) {
		r->best_loss = loss;
		r->best_round = round;
	}
	return (double)(round - r->best_round) >= r->f->param[RAI_BOOST_EARLY_STOPPING];
}

/* The base and the trees that are there already; *done: rounds of this fit among them. */
static int
begin(struct rai_boost_rounds *r, size_t *done, struct rai_err *err)
{
	const struct rai_fitted *first = r->opt->resume != NULL ? r->opt->resume : r->opt->from;
	const struct rai_boost *from = r->opt->from != NULL ? r->opt->from->state : NULL;
	const struct rai_boost *s = first != NULL ? first->state : NULL;
	size_t outputs = r->target.outputs, rounds = (size_t)r->f->param[RAI_BOOST_ROUNDS], i;
	double *losses = NULL;
	int rc;

	r->old = from != NULL ? from->ntree / outputs : 0;
	if ((r->old + rounds) * outputs > RAI_BOOST_TREES_MAX)
		return rai_fail(err, RAI_EINPUT, "boost: more than %d trees", RAI_BOOST_TREES_MAX);
	if (s != NULL && (s->ntree / outputs < r->old || s->ntree / outputs > r->old + rounds))
		return rai_fail(err, RAI_EINPUT, "the fit to resume has %zu rounds, not %zu to %zu",
		    s->ntree / outputs, r->old, r->old + rounds);
	if (rai_boost_made_init(&r->made, (r->old + rounds) * outputs, outputs, err) != 0)
		return -1;
	if (s != NULL) {
		memcpy(r->made.base, s->base, outputs * sizeof(*s->base));
		if (rai_boost_made_copy(&r->made, s, err) != 0)
			return -1;
	} else if (rai_boost_loss_base(&r->target, r->made.base, err) != 0)
		return -1;
	*done = r->made.ntree / outputs - r->old;
	if (r->held != NULL && (losses = calloc(r->old + *done + 1, sizeof(*losses))) == NULL)
		return rai_fail_memory(err);
	rc = rai_boost_replay(r, losses, err);
	for (i = 0; rc == 0 && losses != NULL && i < *done; i++)
		judge(r, i + 1, losses[r->old + i]);
	free(losses);
	return rc;
}

static int
checkpoint(const struct rai_boost_rounds *r, size_t done, int64_t *last_ns, struct rai_err *err)
{
	int64_t now = rai_clock_mono_ns();
	struct rai_fitted so_far = *r->f;
	struct rai_boost trees;

	if (r->opt->checkpoint == NULL || now - *last_ns < (int64_t)r->opt->checkpoint_ms * 1000000)
		return 0;
	*last_ns = now;
	trees = rai_boost_made_view(&r->made);
	so_far.state = &trees;
	if (r->opt->checkpoint(r->opt->checkpoint_ctx, &so_far, done) != 0)
		return rai_fail(err, RAI_ESYS, "stopped after %zu rounds", done);
	return 0;
}

static int
all_rounds(struct rai_boost_rounds *r, size_t done, struct rai_err *err)
{
	size_t rounds = (size_t)r->f->param[RAI_BOOST_ROUNDS];
	int64_t last_ns = rai_clock_mono_ns();

	for (; done < rounds; done++) {
		if (rai_boost_round(r, r->old + done, err) != 0)
			return -1;
		if (r->opt->tick != NULL)
			r->opt->tick(r->opt->tick_ctx);
		if (r->held != NULL && judge(r, done + 1, rai_boost_held_loss(r)))
			break;
		if (done + 1 < rounds && checkpoint(r, done + 1, &last_ns, err) != 0)
			return -1;
	}
	if (r->held != NULL)
		rai_boost_made_cut(&r->made, (r->old + r->best_round) * r->target.outputs);
	return 0;
}

int
rai_boost_fit(struct rai_fitted *f, const struct rai_fit_data *d, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	struct rai_boost_rounds r = {.f = f, .d = d, .opt = opt};
	struct rai_boost *s = NULL;
	size_t done = 0;
	int rc = -1;

	f->width = d->width;
	f->nclass = d->nclass;
	if (check(f, d, opt, err) != 0)
		return -1;
	if (start(&r, err) != 0 || begin(&r, &done, err) != 0 || all_rounds(&r, done, err) != 0)
		goto out;
	if ((s = malloc(sizeof(*s))) == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	*s = rai_boost_made_view(&r.made);
	memset(&r.made, 0, sizeof(r.made));
	f->state = s;
	rc = 0;
out:
	release(&r);
	return rc;
}

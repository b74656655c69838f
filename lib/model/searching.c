#include "model/searching.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define STREAM 0x726f77730000 /* the rows of fold f take the stream STREAM + f */
#define ROWS 500              /* a round of halving has at least so many to learn from */

static int
by_spec(const void *a, const void *b)
{
	const struct rai_found *x = a, *y = b;
	size_t i;

	for (i = 0; i < RAI_KIND_PARAMS; i++)
		if (x->spec.param[i] != y->spec.param[i])
			return x->spec.param[i] < y->spec.param[i] ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int
by_number(const void *a, const void *b)
{
	const struct rai_found *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* All different draws, in the order of their numbers. */
static int
make_draws(struct rai_search *s, struct rai_err *err)
{
	size_t n = rai_search_count(s), i, m, kept = 0;
	struct rai_found *d = calloc(n + 1, sizeof(*d));

	rai_search_release(s);
	s->draw = d;
	s->ndraw = s->fits = s->failed = 0;
	if (d == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		d[i].number = i;
		for (m = 0; m < RAI_METRICS; m++)
			d[i].metric[m] = d[i].spread[m] = NAN;
		if (rai_search_draw(s, i, &d[i].spec, err) != 0)
			return -1;
	}
	qsort(d, n, sizeof(*d), by_spec);
	for (i = 0; i < n; i++)
		if (i == 0 ||
		    memcmp(d[i].spec.param, d[kept - 1].spec.param, sizeof(d[i].spec.param)) != 0)
			d[kept++] = d[i];
	qsort(d, kept, sizeof(*d), by_number);
	s->ndraw = kept;
	return 0;
}

/* Rounds of halving: as many as draws and rows allow. */
static size_t
count_rounds(const struct rai_search *s, const struct rai_arena *all)
{
	size_t rounds = 1, draws = s->ndraw, rows = all->fold[0].ntrain, f;

	for (f = 1; f < all->nfold; f++)
		rows = all->fold[f].ntrain < rows ? all->fold[f].ntrain : rows;
	while (s->halving > 1 && draws >= s->halving && rows / s->halving >= ROWS) {
		draws /= s->halving;
		rows /= s->halving;
		rounds++;
	}
	return rounds;
}

int
rai_searching_init(struct rai_searching *g, struct rai_search *s, size_t at, struct rai_arena *all,
    struct rai_err *err)
{
	size_t i;

	memset(g, 0, sizeof(*g));
	g->search = s;
	g->all = all;
	snprintf(g->name, sizeof(g->name), "search%zu", at);
	if (make_draws(s, err) != 0)
		return -1;
	g->nalive = s->ndraw;
	g->rounds = count_rounds(s, all);
	g->draw = calloc(g->nalive + 1, sizeof(*g->draw));
	if (g->draw == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < g->nalive; i++)
		g->draw[i] = i;
	return 0;
}

void
rai_searching_release(struct rai_searching *g)
{
	size_t nfold = g->all != NULL ? g->all->nfold : 0;

	rai_trials_release(g->trial, g->nalive * nfold);
	rai_arena_release(&g->fewer);
	free(g->draw);
	memset(g, 0, sizeof(*g));
}

static int
ascending(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* Fold f with the first of its training rows, in an order drawn for it. */
static int
thin(struct rai_searching *g, size_t f, double share, struct rai_err *err)
{
	struct rai_split *out = &g->fewer.fold[f];
	struct rai_rng rng = rai_rng_new(g->search->seed, STREAM + f);

	if (rai_split_copy(&g->all->fold[f], out, err) != 0)
		return -1;
	rai_rng_shuffle(&rng, out->train, out->ntrain);
	out->ntrain = (size_t)ceil(share * (double)out->ntrain);
	qsort(out->train, out->ntrain, sizeof(*out->train), ascending);
	return 0;
}

static double
share_of(const struct rai_searching *g)
{
	double share = 1;
	size_t r;

	for (r = g->round + 1; r < g->rounds; r++)
		share /= (double)g->search->halving;
	return share;
}

int
rai_searching_next(struct rai_searching *g, size_t *n, struct rai_err *err)
{
	const struct rai_fitted **spec = calloc(g->nalive + 1, sizeof(struct rai_fitted *));
	struct rai_arena *a = g->all;
	double share = share_of(g);
	size_t i, f;

	if (spec == NULL)
		return rai_fail_memory(err);
	if (share < 1) {
		g->fewer = (struct rai_arena){
		    .table = a->table, .opt = a->opt, .unit = a->unit, .nfold = a->nfold};
		for (f = 0; f < a->nfold; f++)
			if (thin(g, f, share, err) != 0)
				goto fail;
		if (rai_arena_init(&g->fewer, err) != 0)
			goto fail;
		a = &g->fewer;
	}
	for (i = 0; i < g->nalive; i++)
		spec[i] = &g->search->draw[g->draw[i]].spec;
	snprintf(strchrnul(g->name, '.'), 24, ".%zu", g->round);
	g->trial = rai_trials_new(a, spec, g->nalive, g->name);
	if (g->trial == NULL) {
		rai_fail_memory(err);
		goto fail;
	}
	for (i = 0; i < g->nalive * a->nfold; i++) /* the same name in every round */
		g->trial[i].index = g->search->draw[g->draw[i / a->nfold]].number;
	*n = g->nalive * a->nfold;
	free(spec);
	return 0;
fail:
	free(spec);
	return -1;
}

struct ranking {
	const struct rai_found *draw;
	double value; /* larger is better */
};

/* Best first; what could not be measured last; equals by number. */
static int
by_rank(const void *a, const void *b)
{
	const struct ranking *x = a, *y = b;

	if (x->draw->share != y->draw->share)
		return x->draw->share > y->draw->share ? -1 : 1;
	if (isnan(x->value) != isnan(y->value))
		return isnan(x->value) ? 1 : -1;
	if (!isnan(x->value) && x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return by_number(x->draw, y->draw);
}

/* The draws of `of` (n numbers), best first, into `to`. */
static int
rank(const struct rai_search *s, const size_t *of, size_t n, size_t *to, struct rai_err *err)
{
	struct ranking *r = calloc(n + 1, sizeof(*r));
	size_t i;

	if (r == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		const struct rai_found *d = &s->draw[of[i]];

		r[i] = (struct ranking){d, d->metric[s->metric] * rai_metric_direction(s->metric)};
	}
	qsort(r, n, sizeof(*r), by_rank);
	for (i = 0; i < n; i++)
		to[i] = (size_t)(r[i].draw - s->draw);
	free(r);
	return 0;
}

/* Takes over what the trials of draw i have shown.  A parameter that does not suit is no failure
 * of the search: *why is what the first such fit of the round says. */
static int
take(struct rai_searching *g, size_t i, const struct rai_err **why, struct rai_err *err)
{
	struct rai_found *d = &g->search->draw[g->draw[i]];
	const struct rai_trial *t = &g->trial[i * g->all->nfold];
	struct rai_outcome mean;
	size_t f;
	int bad = 0;

	for (f = 0; f < g->all->nfold; f++) {
		if (t[f].err != NULL && t[f].err->code != RAI_EINPUT)
			return rai_fail(
			    err, t[f].err->code, "%s: %s", d->spec.kind->name, t[f].err->msg);
		if (t[f].err != NULL && *why == NULL)
			*why = t[f].err;
		bad |= t[f].err != NULL;
	}
	g->search->fits += g->all->nfold;
	g->search->failed += (size_t)bad;
	g->nbad += (size_t)bad;
	rai_trials_sum(t, g->all->nfold, &mean, d->spread);
	memcpy(d->metric, mean.metric, sizeof(d->metric));
	d->smear = mean.smear;
	d->seconds += mean.seconds;
	d->share = share_of(g);
	return 0;
}

/* All draws of the search, best first, for good. */
static int
finish(struct rai_search *s, struct rai_err *err)
{
	struct rai_found *sorted = calloc(s->ndraw + 1, sizeof(*sorted));
	size_t *order = calloc(s->ndraw + 1, 2 * sizeof(*order)), i;
	int rc = -1;

	if (sorted == NULL || order == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < s->ndraw; i++)
		order[i] = i;
	if (rank(s, order, s->ndraw, order + s->ndraw, err) != 0)
		goto out;
	for (i = 0; i < s->ndraw; i++)
		sorted[i] = s->draw[order[s->ndraw + i]];
	memcpy(s->draw, sorted, s->ndraw * sizeof(*sorted));
	rc = 0;
out:
	free(sorted);
	free(order);
	return rc;
}

int
rai_searching_judge(struct rai_searching *g, struct rai_err *err)
{
	struct rai_search *s = g->search;
	const struct rai_err *why = NULL;
	size_t i, *ranked;
	int rc = -1;

	g->nbad = 0;
	for (i = 0; i < g->nalive; i++)
		if (take(g, i, &why, err) != 0)
			return -1;
	if (why != NULL && g->nbad == g->nalive)
		return rai_fail(err, RAI_EINPUT, "search of %s: no draw could be fitted: %s",
		    s->base.kind->name, why->msg);
	rai_trials_release(g->trial, g->nalive * g->all->nfold);
	rai_arena_release(&g->fewer);
	g->trial = NULL;
	if (++g->round == g->rounds)
		return finish(s, err);
	ranked = calloc(g->nalive + 1, sizeof(*ranked));
	if (ranked == NULL)
		return rai_fail_memory(err);
	if (rank(s, g->draw, g->nalive, ranked, err) == 0) {
		i = g->nalive - g->nbad; /* the last ones could not be fitted */
		g->nalive = (g->nalive + s->halving - 1) / s->halving;
		g->nalive = i < g->nalive ? i : g->nalive;
		memcpy(g->draw, ranked, g->nalive * sizeof(*ranked));
		rc = 1;
	}
	free(ranked);
	return rc;
}

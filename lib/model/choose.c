#include "model/choose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/searching.h"
#include "model/trial.h"

struct choosing {
	const struct rai_table *table;
	const struct rai_train_options *opt;
	enum rai_unit unit;
	const struct rai_split *hold;
	int compare;               /* are candidates measured beside each other? */
	struct rai_arena main;     /* where they are */
	struct rai_arena *own;     /* per candidate: where its search is, unless there */
	struct rai_searching *run; /* per candidate */
	unsigned char *more;       /* per candidate: does its search go on? */
	struct rai_trial *trial;   /* ntrial, of candidates */
	size_t ntrial;
	struct rai_trial **pool; /* what is run at once */
	size_t npool;
};

static int
needs_smear(const struct rai_train_options *o, enum rai_unit unit)
{
	return unit != RAI_UNIT_SAME && rai_metric_wants_mean(o->metric);
}

static struct rai_arena
new_arena(const struct choosing *c)
{
	return (struct rai_arena){.table = c->table, .opt = c->opt, .unit = c->unit};
}

static int
make_folds(const struct choosing *c, const size_t *rows, size_t n, size_t k, struct rai_arena *a,
    struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;

	*a = new_arena(c);
	if (rai_split_folds(c->table, &o->validation, rows, n, k, o->seed, a->fold, err) != 0)
		return -1;
	a->nfold = k;
	return rai_arena_init(a, err);
}

static int
make_main(struct choosing *c, struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;
	const struct rai_split *h = c->hold;

	if (o->folds > 0)
		return make_folds(c, h->train, h->ntrain, o->folds, &c->main, err);
	c->main = new_arena(c);
	if (rai_split_rows(
		c->table, &o->validation, h->train, h->ntrain, o->seed, &c->main.fold[0], err) != 0)
		return rai_wrap(err, "validation part");
	c->main.nfold = 1;
	return rai_arena_init(&c->main, err);
}

/* A search looks at no row by which its winner will be compared, unless all look at folds. */
static int
make_search(struct choosing *c, size_t i, struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;
	struct rai_search *s = o->candidate[i].search;
	const struct rai_split *from = c->compare ? &c->main.fold[0] : c->hold;
	struct rai_arena *a = &c->own[i];

	if (o->folds > 0) {
		s->folds = o->folds;
		from = c->hold;
	}
	if (c->compare && o->folds > 0)
		a = &c->main;
	else if (make_folds(c, from->train, from->ntrain, s->folds, a, err) != 0)
		return rai_wrap(err, "search of %s", s->base.kind->name);
	c->more[i] = 1;
	return rai_searching_init(&c->run[i], s, i, a, err);
}

/* The candidates that are (or are not) found by a search, on every fold of the comparison. */
static int
make_trials(struct choosing *c, int found, struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;
	const struct rai_fitted **spec = calloc(o->ncandidate, sizeof(struct rai_fitted *));
	size_t *index = calloc(o->ncandidate, sizeof(*index)), i, n = 0;

	rai_trials_release(c->trial, c->ntrial);
	c->trial = NULL;
	c->ntrial = 0;
	if (spec != NULL && index != NULL) {
		for (i = 0; i < o->ncandidate; i++)
			if ((o->candidate[i].search != NULL) == found) {
				index[n] = i;
				spec[n++] = &o->candidate[i].spec;
			}
		c->trial = rai_trials_new(&c->main, spec, n, "candidate");
		for (i = 0; c->trial != NULL && i < n * c->main.nfold; i++)
			c->trial[i].index = index[i / c->main.nfold];
		c->ntrial = n * c->main.nfold;
	}
	free(spec);
	free(index);
	return c->trial == NULL ? rai_fail_memory(err) : 0;
}

static int
add_to_pool(struct choosing *c, struct rai_trial *trial, size_t n, struct rai_err *err)
{
	struct rai_trial **pool = realloc(c->pool, (c->npool + n + 1) * sizeof(struct rai_trial *));
	size_t i;

	if (pool == NULL)
		return rai_fail_memory(err);
	c->pool = pool;
	for (i = 0; i < n; i++)
		pool[c->npool++] = &trial[i];
	return 0;
}

/* Candidates take over what their trials have shown. */
static int
take_trials(const struct choosing *c, struct rai_err *err)
{
	size_t i, k = c->main.nfold;

	for (i = 0; i < c->ntrial; i++)
		if (c->trial[i].err != NULL)
			return rai_fail(err, c->trial[i].err->code, "%s: %s",
			    c->trial[i].spec->kind->name, c->trial[i].err->msg);
	for (i = 0; i < c->ntrial; i += k) {
		struct rai_candidate *to = &c->opt->candidate[c->trial[i].index];
		struct rai_outcome mean;

		rai_trials_sum(c->trial + i, k, &mean, to->spread);
		memcpy(to->metric, mean.metric, sizeof(to->metric));
		to->smear = mean.smear;
		to->seconds = mean.seconds;
	}
	return 0;
}

/* One round: what candidates and searches have to do, at once.  1: there is more. */
static int
run_round(struct choosing *c, struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;
	size_t i, n;
	int more = 0;

	for (i = 0; i < o->ncandidate; i++)
		if (c->more[i] && (rai_searching_next(&c->run[i], &n, err) != 0 ||
				      add_to_pool(c, c->run[i].trial, n, err) != 0))
			return -1;
	rai_trials_run(c->pool, c->npool, o);
	c->npool = 0;
	for (i = 0; i < o->ncandidate; i++) {
		int rc = c->more[i] ? rai_searching_judge(&c->run[i], err) : 0;

		if (rc < 0)
			return -1;
		c->more[i] = (unsigned char)rc;
		more |= rc;
	}
	return more;
}

/* The winners of the searches become candidates; 1: they are still to be compared. */
static int
take_winners(const struct choosing *c)
{
	const struct rai_train_options *o = c->opt;
	size_t i, found = 0;

	for (i = 0; i < o->ncandidate; i++) {
		struct rai_candidate *to = &o->candidate[i];
		const struct rai_found *best;

		if (to->search == NULL)
			continue;
		found++;
		best = &to->search->draw[0];
		to->spec = best->spec;
		memcpy(to->metric, best->metric, sizeof(to->metric));
		memcpy(to->spread, best->spread, sizeof(to->spread));
		to->smear = best->smear;
		to->seconds = best->seconds;
	}
	return found > 0 && c->compare && o->folds == 0;
}

static int
run_all(struct choosing *c, struct rai_err *err)
{
	const struct rai_train_options *o = c->opt;
	size_t i;
	int more;

	if (c->compare && make_main(c, err) != 0)
		return -1;
	for (i = 0; i < o->ncandidate; i++)
		if (o->candidate[i].search != NULL && make_search(c, i, err) != 0)
			return -1;
	if (c->compare &&
	    (make_trials(c, 0, err) != 0 || add_to_pool(c, c->trial, c->ntrial, err) != 0))
		return -1;
	do
		more = run_round(c, err);
	while (more > 0);
	if (more < 0 || take_trials(c, err) != 0)
		return -1;
	if (!take_winners(c))
		return 0;
	if (make_trials(c, 1, err) != 0 || add_to_pool(c, c->trial, c->ntrial, err) != 0)
		return -1;
	rai_trials_run(c->pool, c->npool, o);
	return take_trials(c, err);
}

static size_t
best_candidate(const struct rai_train_options *o)
{
	size_t i, best = 0;
	int up = rai_metric_direction(o->metric);

	for (i = 1; i < o->ncandidate; i++) {
		double v = o->candidate[i].metric[o->metric];
		double w = o->candidate[best].metric[o->metric];

		if (isnan(w) ? !isnan(v) : v * up > w * up)
			best = i;
	}
	return best;
}

/* A choice among candidates of which nothing is known would be none. */
static int
choose_best(const struct rai_train_options *o, size_t *chosen, struct rai_err *err)
{
	*chosen = best_candidate(o);
	if (o->ncandidate == 1 && o->candidate[0].search == NULL)
		return 0;
	if (!isnan(o->candidate[*chosen].metric[o->metric]))
		return 0;
	return rai_fail(err, RAI_EINPUT,
	    "%s cannot be computed for any candidate on the rows that are to choose among them "
	    "(too "
	    "few rows, or one value of the target)",
	    rai_metric_names[o->metric]);
}

int
rai_choose(const struct rai_table *t, const struct rai_train_options *o, enum rai_unit unit,
    const struct rai_split *hold, size_t *chosen, struct rai_err *err)
{
	struct choosing c = {.table = t, .opt = o, .unit = unit, .hold = hold};
	int rc = -1, one = o->ncandidate == 1, search = o->candidate[0].search != NULL;
	size_t i;

	*chosen = 0;
	c.compare = !one || (!search && needs_smear(o, unit));
	if (!c.compare && !search)
		return 0;
	c.own = calloc(o->ncandidate, sizeof(*c.own));
	c.run = calloc(o->ncandidate, sizeof(*c.run));
	c.more = calloc(o->ncandidate, 1);
	if (c.own == NULL || c.run == NULL || c.more == NULL)
		rai_fail_memory(err);
	else if (run_all(&c, err) == 0)
		rc = choose_best(o, chosen, err);
	for (i = 0; c.run != NULL && i < o->ncandidate; i++)
		rai_searching_release(&c.run[i]);
	rai_trials_release(c.trial, c.ntrial);
	for (i = 0; c.own != NULL && i < o->ncandidate; i++)
		rai_arena_release(&c.own[i]);
	rai_arena_release(&c.main);
	free(c.own);
	free(c.run);
	free(c.more);
	free(c.pool);
	return rc;
}

size_t
rai_train_units(const struct rai_train_options *o)
{
	size_t i, units, n = 0, most = 0, folds = o->folds > 0 ? o->folds : 1;

	for (i = 0; i < o->ncandidate; i++) {
		units = rai_fitted_units(&o->candidate[i].spec);
		if (o->candidate[i].search != NULL)
			n += rai_search_units(o->candidate[i].search);
		if (o->candidate[i].search == NULL ? o->ncandidate > 1 || needs_smear(o, o->unit)
						   : o->ncandidate > 1 && o->folds == 0)
			n += units * folds;
		if (o->all_scores)
			n += units;
		most = units > most ? units : most;
	}
	return n + most;
}

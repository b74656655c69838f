#include <stdlib.h>
#include <string.h>

#include "model/boost_rounds.h"

#define BLOCK 64 /* rows asked at once */

/* The scores of rows that trees were made for earlier, in the order in which they were moved. */
struct replay {
	struct rai_boost_rounds *r;
	struct rai_boost trees;
	struct rai_fitted view;
	size_t rounds, outputs;
	double *x;      /* BLOCK x width per worker, row-major */
	double *score;  /* BLOCK x outputs per worker */
	double *losses; /* rounds per part; or NULL */
};

static double
held_loss(const struct rai_boost_rounds *r, size_t i, const double *score, size_t step)
{
	return r->held != NULL && r->held[i] ? rai_boost_loss_row(r->target.loss, r->target.y[i],
						   score, r->target.outputs, step)
					     : 0;
}

static void
replay_block(struct replay *p, size_t first, size_t n, double *x, double *score, double *losses)
{
	struct rai_boost_rounds *r = p->r;
	size_t i, j, k, t;

	/* without trees nothing is asked, and x may not be there */
	for (j = 0; p->rounds > 0 && j < r->d->width; j++)
		for (i = 0; i < n; i++)
			x[i * r->d->width + j] = r->d->x[j * r->d->n + first + i];
	for (i = 0; i < n; i++)
		memcpy(score + i * p->outputs, p->trees.base, p->outputs * sizeof(*score));
	for (t = 0; t < p->rounds; t++) {
		rai_boost_add_trees(&p->view, t * p->outputs, (t + 1) * p->outputs, x, n, score);
		for (i = 0; losses != NULL && i < n; i++)
			losses[t] += held_loss(r, first + i, score + i * p->outputs, 1);
	}
	for (k = 0; k < p->outputs; k++)
		for (i = 0; i < n; i++)
			r->target.score[k * r->d->n + first + i] = score[i * p->outputs + k];
}

static void
replay_part(void *ctx, size_t part, size_t worker)
{
	struct replay *p = ctx;
	struct rai_boost_rounds *r = p->r;
	size_t first = part * r->part_rows, end = first + r->part_rows, n;

	end = end < r->d->n ? end : r->d->n;
	for (; first < end; first += n) {
		n = end - first < BLOCK ? end - first : BLOCK;
		replay_block(p, first, n, p->x + worker * BLOCK * r->d->width,
		    p->score + worker * BLOCK * p->outputs,
		    p->losses != NULL ? p->losses + part * p->rounds : NULL);
	}
}

int
rai_boost_replay(struct rai_boost_rounds *r, double *losses, struct rai_err *err)
{
	size_t threads = rai_team_size(r->team), t, i;
	struct replay p = {.r = r,
	    .trees = rai_boost_made_view(&r->made),
	    .view = *r->f,
	    .rounds = r->made.ntree / r->target.outputs,
	    .outputs = r->target.outputs};
	int rc = -1;

	p.view.state = &p.trees;
	p.x = calloc(threads, BLOCK * r->d->width * sizeof(*p.x));
	p.score = calloc(threads, BLOCK * p.outputs * sizeof(*p.score));
	if (losses != NULL)
		p.losses = calloc(r->npart, (p.rounds + 1) * sizeof(*p.losses));
	if (p.x == NULL || p.score == NULL || (losses != NULL && p.losses == NULL))
		rai_fail_memory(err);
	else {
		rai_team_run(r->team, r->npart, replay_part, &p);
		for (t = 0; losses != NULL && t < p.rounds; t++)
			for (losses[t] = 0, i = 0; i < r->npart; i++)
				losses[t] += p.losses[i * p.rounds + t];
		rc = 0;
	}
	free(p.x);
	free(p.score);
	free(p.losses);
	return rc;
}

static void
loss_part(void *ctx, size_t part, size_t worker)
{
	struct rai_boost_rounds *r = ctx;
	size_t i = part * r->part_rows, end = i + r->part_rows;

	(void)worker;
	end = end < r->d->n ? end : r->d->n;
	r->part[part].loss = 0;
	for (; i < end; i++)
		r->part[part].loss += held_loss(r, i, r->target.score + i, r->d->n);
}

double
rai_boost_held_loss(struct rai_boost_rounds *r)
{
	double sum = 0;
	size_t i;

	rai_team_run(r->team, r->npart, loss_part, r);
	for (i = 0; i < r->npart; i++)
		sum += r->part[i].loss;
	return sum;
}

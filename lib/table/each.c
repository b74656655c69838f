#include "table/each.h"

#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "table/cut.h"

#define BLOCK ((size_t)1 << 18) /* bytes of a piece */
#define PIECES 16               /* of a load: enough for many threads, of bounded memory */

/*
 * Two loads take turns: while threads read the pieces of one, the other is filled, which is where
 * the bytes are digested and decompressed.
 */
struct crew {
	const struct rai_each *each;
	struct rai_rows *rows;
	struct rai_team *team;
	struct rai_load load[2];
	size_t turn; /* load[turn] is read */
	size_t block;
	struct rai_rows *view; /* one per thread */
	size_t nview;
	struct outcome {
		size_t lines; /* of the piece */
		int bad;
	} * piece;
	size_t room;
	size_t line; /* of the next piece */
	int filled;  /* what rai_load_fill() said */
	struct rai_err fill;
};

static void
read_piece(struct crew *c, size_t i, size_t worker)
{
	const struct rai_piece *piece = &c->load[c->turn].piece[i];
	struct rai_rows *view = &c->view[worker];
	struct outcome *o = &c->piece[i];

	o->bad = !piece->whole ||
		 rai_rows_view(c->rows, piece->p, piece->n, 0, 1, view, NULL) != 0 ||
		 c->each->piece(c->each->ctx, view, i) != 0;
	o->lines = view->line;
}

static void
fill_or_read(void *ctx, size_t i, size_t worker)
{
	struct crew *c = ctx;

	if (i > 0)
		read_piece(c, i - 1, worker);
	else if (!c->load[c->turn].last)
		c->filled = rai_load_fill(
		    c->rows, &c->load[c->turn], c->block, PIECES, &c->load[1 - c->turn], &c->fill);
}

static int
make_room(struct crew *c, size_t n, struct rai_err *err)
{
	struct outcome *p;

	if (n > c->room) {
		p = realloc(c->piece, n * sizeof(*p));
		if (p == NULL)
			return rai_fail_memory(err);
		c->piece = p;
		c->room = n;
	}
	return c->each->room(c->each->ctx, n, err);
}

static int
read_again(struct crew *c, const struct rai_piece *piece, struct rai_err *err)
{
	struct rai_rows *view = &c->view[0];

	if (rai_rows_view(c->rows, piece->p, piece->n, c->line, piece->whole, view, err) != 0 ||
	    c->each->again(c->each->ctx, view, err) != 0)
		return -1;
	c->line = view->line;
	return 0;
}

/* The n pieces of a load in their order. */
static int
in_order(struct crew *c, const struct rai_load *l, struct rai_err *err)
{
	size_t i = 0, end, taken;

	while (i < l->npiece) {
		for (end = i; end < l->npiece && !c->piece[end].bad;)
			end++;
		taken = i;
		if (end > i && c->each->join(c->each->ctx, c->team, i, end, &taken, err) != 0)
			return -1;
		for (; i < taken; i++)
			c->line += c->piece[i].lines;
		if (i < l->npiece && read_again(c, &l->piece[i++], err) != 0)
			return -1;
	}
	return 0;
}

/* Reads one load, while the next one is filled. */
static int
one_load(struct crew *c, struct rai_err *err)
{
	struct rai_load *l = &c->load[c->turn];
	const struct rai_err *why = NULL;

	if (make_room(c, l->npiece, err) != 0)
		return -1;
	c->filled = 0;
	rai_team_run(c->team, l->npiece + 1, fill_or_read, c);
	if (in_order(c, l, err) != 0)
		return -1;
	if (c->filled != 0)
		why = &c->fill;
	else if (l->last && l->err.code != RAI_OK)
		why = &l->err;
	if (why == NULL)
		return 0;
	if (err != NULL)
		*err = *why;
	return -1;
}

static int
all_loads(struct crew *c, struct rai_err *err)
{
	/* nobody works while the first load comes: a small one */
	if (rai_load_fill(c->rows, NULL, c->block, 2, &c->load[0], err) != 0)
		return -1;
	while (one_load(c, err) == 0) {
		if (c->load[c->turn].last)
			return 0;
		c->turn = 1 - c->turn;
	}
	return -1;
}

int
rai_rows_each(struct rai_rows *r, const struct rai_each *each, struct rai_err *err)
{
	struct crew c = {.each = each, .rows = r, .line = r->line};
	size_t threads = each->threads > 0 ? each->threads : rai_par_cores(), i;
	int rc;

	c.block = each->block > 0 ? each->block : BLOCK;
	if (r->ended && r->end - r->at <= c.block)
		threads = 1; /* one piece */
	c.team = rai_team_new(threads);
	c.nview = c.team == NULL ? 0 : rai_team_size(c.team);
	c.view = calloc(c.nview + 1, sizeof(*c.view));
	rc = c.nview == 0 || c.view == NULL ? rai_fail_memory(err) : all_loads(&c, err);
	for (i = 0; c.view != NULL && i < c.nview; i++)
		rai_rows_view_release(&c.view[i]);
	free(c.view);
	free(c.piece);
	rai_load_release(&c.load[0]);
	rai_load_release(&c.load[1]);
	rai_team_free(c.team);
	return rc;
}

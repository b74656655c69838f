#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "base/team.h"
#include "table/cut.h"
#include "table/reader.h"

#define BLOCK ((size_t)1 << 18) /* bytes of a piece */
#define PIECES 8                /* of a load, per thread */
#define MOST 64                 /* pieces of a load: bounds the memory of many threads */

/* One piece, read on its own. */
struct part {
	struct rai_reader reader;
	size_t lines; /* of the piece */
	int bad;      /* something is wrong or not decided: the rows are read again, in order */
	char *keep;   /* per row: 1 when it is none that was seen before */
	size_t keep_cap, nkeep;
};

/*
 * Two loads take turns: while threads read the pieces of one, the other is filled, which is where
 * the bytes are digested and decompressed.
 */
struct bulk {
	struct rai_reader *to;
	struct rai_team *team;
	struct rai_load load[2];
	size_t turn; /* load[turn] is read */
	size_t block, pieces;
	struct part *part; /* npart, one per piece of a load */
	size_t npart;
	struct rai_rows *view; /* one per thread */
	size_t nview, line;    /* line: that of the next row */
	struct rai_err fill;
	int filled; /* what rai_load_fill() said */
};

/* Parts first to end of a load go behind the whole, column by column. */
struct join {
	struct bulk *bulk;
	size_t first, end;
	pthread_mutex_t lock;
	size_t failed; /* the first column that could not; width: none */
	struct rai_err err;
};

static struct rai_load *
other(struct bulk *b)
{
	return &b->load[1 - b->turn];
}

static void
part_clear(struct part *p, const struct rai_reader *whole)
{
	size_t i;

	for (i = 0; i < whole->width; i++) {
		struct rai_reader_col *c = &p->reader.col[i];

		c->open = whole->col[i].open;
		c->marks = 0;
		if (c->spec.type != whole->col[i].spec.type) {
			/* decided since: the cells are of another kind */
			free(c->num);
			free(c->code);
			c->num = NULL;
			c->code = NULL;
			p->reader.cap = 0;
		}
		c->spec = whole->col[i].spec;
		rai_levels_clear(&c->levels);
	}
	p->reader.nrow = 0;
	memset(&p->reader.counts, 0, sizeof(p->reader.counts));
	p->bad = 0;
}

static int
part_init(struct part *p, const struct rai_reader *whole, struct rai_err *err)
{
	size_t i;

	p->reader.opt = whole->opt;
	p->reader.width = whole->width;
	p->reader.target = whole->target;
	p->reader.part = 1;
	p->reader.col = calloc(whole->width, sizeof(*p->reader.col));
	if (p->reader.col == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < whole->width; i++) {
		p->reader.col[i].spec = whole->col[i].spec;
		p->reader.col[i].role = whole->col[i].role;
		p->reader.col[i].declared = whole->col[i].declared;
	}
	return 0;
}

/* Reads a piece into its part. */
static void
read_piece(struct bulk *b, size_t i, size_t worker)
{
	const struct rai_piece *piece = &b->load[b->turn].piece[i];
	struct rai_rows *view = &b->view[worker];
	struct part *p = &b->part[i];
	const struct rai_field *field;
	int rc = -1;

	part_clear(p, b->to);
	p->reader.rows = view;
	if (piece->whole && rai_rows_view(b->to->rows, piece->p, piece->n, 0, 1, view, NULL) == 0)
		while ((rc = rai_rows_next(view, &field, NULL)) == 0)
			if (rai_reader_row(&p->reader, field, 0, NULL) != 0) {
				rc = -1;
				break;
			}
	p->bad = rc < 0;
	p->lines = view->line;
}

static void
fill_or_read(void *ctx, size_t i, size_t worker)
{
	struct bulk *b = ctx;

	if (i > 0)
		read_piece(b, i - 1, worker);
	else if (!b->load[b->turn].last)
		b->filled = rai_load_fill(
		    b->to->rows, &b->load[b->turn], b->block, b->pieces, other(b), &b->fill);
}

/* The rows of a piece one by one: names what is wrong, and decides what is open. */
static int
replay(struct bulk *b, const struct rai_piece *piece, struct rai_err *err)
{
	struct rai_rows *view = &b->view[0];
	const struct rai_field *field;
	int rc;

	if (rai_rows_view(b->to->rows, piece->p, piece->n, b->line, piece->whole, view, err) != 0)
		return -1;
	while ((rc = rai_rows_next(view, &field, err)) == 0)
		if (rai_reader_row(b->to, field, rai_rows_line(view), err) != 0)
			return -1;
	b->line = view->line;
	return rc < 0 ? -1 : 0;
}

/* Which rows of a part are kept? */
static int
mark(struct rai_reader *to, struct part *p, struct rai_err *err)
{
	const struct rai_reader *from = &p->reader;
	size_t i, n = from->nrow;
	int rc;

	p->nkeep = n;
	if (to->opt->duplicates != RAI_DUPLICATES_DROP)
		return 0;
	if (n > p->keep_cap) {
		free(p->keep);
		p->keep_cap = 0;
		p->keep = malloc(from->cap);
		if (p->keep == NULL)
			return rai_fail_memory(err);
		p->keep_cap = from->cap;
	}
	for (i = 0; i < n; i++) {
		if (i + 8 < n)
			rai_seen_fetch(&to->seen, from->hash[i + 8]);
		rc = rai_seen_add(&to->seen, from->hash[i], err);
		if (rc < 0)
			return -1;
		p->keep[i] = rc == 0;
		p->nkeep -= rc == 1;
	}
	return 0;
}

/* The codes of a part's levels among those of the whole; NULL with err. */
static int32_t *
translate(
    struct rai_levels *to, const struct rai_levels *from, const char *name, struct rai_err *err)
{
	int32_t *map = malloc((from->n + 1) * sizeof(*map));
	size_t i;

	if (map == NULL)
		rai_fail_memory(err);
	for (i = 0; map != NULL && i < from->n; i++) {
		const struct rai_level *l = &from->level[i];

		map[i] = rai_levels_add(to, from->text + l->at, l->len, err);
		if (map[i] < 0) {
			rai_wrap(err, "%.100s", name);
			free(map);
			map = NULL;
		}
	}
	return map;
}

/* Column j of a part behind that of the whole, which has row rows and room for these. */
static int
join_column(struct rai_reader *to, size_t row, const struct part *p, size_t j, struct rai_err *err)
{
	const struct rai_reader_col *from = &p->reader.col[j];
	struct rai_reader_col *c = &to->col[j];
	size_t i, n = p->reader.nrow;
	int all = p->nkeep == n;
	int32_t *map;

	if (c->spec.type != RAI_COL_CAT) {
		if (all && n > 0)
			memcpy(c->num + row, from->num, n * sizeof(*c->num));
		for (i = 0; !all && i < n; i++) {
			c->num[row] = from->num[i];
			row += (size_t)p->keep[i];
		}
		return 0;
	}
	if (from->spec.type != RAI_COL_CAT) {
		/* the whole has decided since; in this part nothing was there to decide by */
		for (i = 0; i < p->nkeep; i++)
			c->code[row + i] = RAI_CODE_MISSING;
		return 0;
	}
	map = translate(&c->levels, &from->levels, c->spec.name, err);
	if (map == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		c->code[row] = from->code[i] < 0 ? from->code[i] : map[from->code[i]];
		row += all || p->keep[i];
	}
	free(map);
	return 0;
}

static void
join_one(void *ctx, size_t j, size_t worker)
{
	struct join *x = ctx;
	struct rai_reader *to = x->bulk->to;
	size_t i, row = to->nrow;
	struct rai_err err = RAI_ERR_INIT;
	int rc = 0;

	(void)worker;
	if (to->col[j].role == RAI_ROLE_NONE)
		return;
	for (i = x->first; i < x->end && rc == 0; i++) {
		rc = join_column(to, row, &x->bulk->part[i], j, &err);
		row += x->bulk->part[i].nkeep;
	}
	if (rc == 0)
		return;
	pthread_mutex_lock(&x->lock);
	if (j < x->failed) {
		x->failed = j;
		x->err = err;
	}
	pthread_mutex_unlock(&x->lock);
}

/* Was something read as if it were not decided, and is by now? */
static int
outdated(const struct rai_reader *to, const struct part *p)
{
	size_t j;

	for (j = 0; j < to->width; j++)
		if (p->reader.col[j].marks && !to->col[j].open)
			return 1;
	return 0;
}

/* Adds the parts from first up to the next bad one; *end is where that is. */
static int
join_parts(struct bulk *b, size_t first, size_t n, size_t *end, struct rai_err *err)
{
	struct join x = {.bulk = b, .first = first, .end = first, .failed = b->to->width};
	struct rai_reader *to = b->to;
	size_t rows = 0, kept = 0;

	for (; x.end < n && !b->part[x.end].bad && !outdated(to, &b->part[x.end]); x.end++) {
		struct part *p = &b->part[x.end];

		if (mark(to, p, err) != 0)
			return -1;
		rows += p->reader.nrow;
		kept += p->nkeep;
		to->counts.read += p->reader.counts.read;
		to->counts.no_target += p->reader.counts.no_target;
		to->counts.duplicates += p->reader.nrow - p->nkeep;
		b->line += p->lines;
	}
	*end = x.end;
	if (rai_reader_grow(to, rows + 1, err) != 0)
		return -1;
	pthread_mutex_init(&x.lock, NULL);
	rai_team_run(b->team, to->width, join_one, &x);
	pthread_mutex_destroy(&x.lock);
	if (x.failed < to->width) {
		*err = x.err;
		return -1;
	}
	to->nrow += kept;
	return 0;
}

/* Reads one load, while the next one is filled. */
static int
one_load(struct bulk *b, struct rai_err *err)
{
	struct rai_load *l = &b->load[b->turn];
	size_t i = 0;

	if (l->npiece > b->npart) {
		struct part *p = realloc(b->part, l->npiece * sizeof(*p));

		if (p == NULL)
			return rai_fail_memory(err);
		b->part = p;
		for (; b->npart < l->npiece; b->npart++) {
			memset(&p[b->npart], 0, sizeof(*p));
			if (part_init(&p[b->npart], b->to, err) != 0)
				return -1;
		}
	}
	b->filled = 0;
	rai_team_run(b->team, l->npiece + 1, fill_or_read, b);
	while (i < l->npiece) {
		if (join_parts(b, i, l->npiece, &i, err) != 0)
			return -1;
		if (i < l->npiece && replay(b, &l->piece[i++], err) != 0)
			return -1;
	}
	if (b->filled != 0) {
		*err = b->fill;
		return -1;
	}
	if (l->last && l->err.code != RAI_OK) {
		*err = l->err;
		return -1;
	}
	return 0;
}

static void
bulk_release(struct bulk *b)
{
	size_t i;

	for (i = 0; i < b->npart; i++) {
		b->part[i].reader.rows = NULL; /* a view */
		rai_reader_release(&b->part[i].reader);
		free(b->part[i].keep);
	}
	for (i = 0; b->view != NULL && i < b->nview; i++)
		rai_rows_view_release(&b->view[i]);
	free(b->part);
	free(b->view);
	rai_load_release(&b->load[0]);
	rai_load_release(&b->load[1]);
	rai_team_free(b->team);
}

int
rai_reader_bulk(struct rai_reader *r, struct rai_err *err)
{
	size_t threads = r->opt->threads > 0 ? r->opt->threads : rai_par_cores();
	struct bulk b = {.to = r, .block = r->opt->block > 0 ? r->opt->block : BLOCK};
	int rc = -1;

	if (r->rows->ended && r->rows->end - r->rows->at <= b.block)
		threads = 1; /* a small table */
	b.team = rai_team_new(threads);
	if (b.team == NULL)
		return rai_fail_memory(err);
	b.nview = rai_team_size(b.team);
	b.view = calloc(b.nview, sizeof(*b.view));
	b.pieces = b.nview * PIECES < MOST ? b.nview * PIECES : MOST;
	b.line = r->rows->line;
	if (b.view == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (rai_load_fill(r->rows, NULL, b.block, b.pieces, &b.load[0], err) != 0)
		goto out;
	for (;;) {
		if (one_load(&b, err) != 0)
			goto out;
		if (b.load[b.turn].last)
			break;
		b.turn = 1 - b.turn;
	}
	rc = 0;
out:
	bulk_release(&b);
	return rc;
}

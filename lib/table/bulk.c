#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "table/each.h"
#include "table/reader.h"
#include "table/rows.h"

/* One piece, read on its own. */
struct part {
	struct rai_reader reader;
	char *keep; /* per row: 1 when it is none that was seen before */
	size_t keep_cap, nkeep;
};

struct bulk {
	struct rai_reader *to;
	struct part *part; /* npart */
	size_t npart;
};

/* Parts first to end of a load go behind the whole, column by column. */
struct join {
	struct bulk *bulk;
	size_t first, end;
	pthread_mutex_t lock;
	size_t failed; /* the first column that could not; width: none */
	struct rai_err err;
};

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

static int
bulk_room(void *ctx, size_t n, struct rai_err *err)
{
	struct bulk *b = ctx;
	struct part *p;

	if (n <= b->npart)
		return 0;
	p = realloc(b->part, n * sizeof(*p));
	if (p == NULL)
		return rai_fail_memory(err);
	b->part = p;
	for (; b->npart < n; b->npart++) {
		memset(&p[b->npart], 0, sizeof(*p));
		if (part_init(&p[b->npart], b->to, err) != 0) {
			b->npart++;
			return -1;
		}
	}
	return 0;
}

static int
add_rows(struct rai_reader *to, struct rai_rows *rows, struct rai_err *err)
{
	const struct rai_field *field;
	int rc;

	while ((rc = rai_rows_next(rows, &field, err)) == 0)
		if (rai_reader_row(to, field, rai_rows_line(rows), err) != 0)
			return -1;
	return rc < 0 ? -1 : 0;
}

static int
bulk_piece(void *ctx, struct rai_rows *rows, size_t i)
{
	struct bulk *b = ctx;
	struct part *p = &b->part[i];

	part_clear(p, b->to);
	p->reader.rows = rows;
	return add_rows(&p->reader, rows, NULL);
}

/* Row by row: names what is wrong, and decides what is open. */
static int
bulk_again(void *ctx, struct rai_rows *rows, struct rai_err *err)
{
	struct bulk *b = ctx;

	return add_rows(b->to, rows, err);
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

static int
bulk_join(
    void *ctx, struct rai_team *team, size_t first, size_t end, size_t *taken, struct rai_err *err)
{
	struct bulk *b = ctx;
	struct rai_reader *to = b->to;
	struct join x = {.bulk = b, .first = first, .end = first, .failed = to->width};
	size_t rows = 0, kept = 0;

	for (; x.end < end && !outdated(to, &b->part[x.end]); x.end++) {
		struct part *p = &b->part[x.end];

		if (mark(to, p, err) != 0)
			return -1;
		rows += p->reader.nrow;
		kept += p->nkeep;
		to->counts.read += p->reader.counts.read;
		to->counts.no_target += p->reader.counts.no_target;
		to->counts.duplicates += p->reader.nrow - p->nkeep;
	}
	*taken = x.end;
	if (rai_reader_grow(to, rows + 1, err) != 0)
		return -1;
	pthread_mutex_init(&x.lock, NULL);
	rai_team_run(team, to->width, join_one, &x);
	pthread_mutex_destroy(&x.lock);
	if (x.failed < to->width) {
		if (err != NULL)
			*err = x.err;
		return -1;
	}
	to->nrow += kept;
	return 0;
}

int
rai_reader_bulk(struct rai_reader *r, struct rai_err *err)
{
	struct bulk b = {.to = r};
	const struct rai_each each = {
	    &b, r->opt->threads, r->opt->block, bulk_room, bulk_piece, bulk_join, bulk_again};
	size_t i;
	int rc = rai_rows_each(r->rows, &each, err);

	for (i = 0; i < b.npart; i++) {
		b.part[i].reader.rows = NULL; /* a view, gone already */
		rai_reader_release(&b.part[i].reader);
		free(b.part[i].keep);
	}
	free(b.part);
	return rc;
}

#include "table/leak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW 20         /* values of a number that is judged like a class */
#define CODES 256      /* targets of a code at most */
#define LOOK 1000      /* pairs that are looked at first */
#define DISORDER 1e-4  /* movement against the order, as a share of the target's range */
#define OFF_CURVE 0.1  /* distance from the line between the neighbours, as a share of theirs */
#define BANDS 5        /* values of a banded input */
#define BAND_TARGETS 3 /* different targets to each */
#define TO_EACH 10     /* rows to a value of a code, on average */

struct pair {
	double x, y;
};

struct judging {
	const struct rai_table *t;
	const size_t *rows;
	size_t n;
	int few;           /* the target is a class or has few values */
	struct pair *pair; /* n: where the input is not missing */
	size_t npair;
	struct pair *look; /* LOOK */
	double *off;       /* n */
};

static int
by_x_then_y(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	if (p->x != q->x)
		return p->x > q->x ? 1 : -1;
	return (p->y > q->y) - (p->y < q->y);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts; how far y falls while x rises, as a share of its range. */
static double
disorder(struct pair *p, size_t n)
{
	double falls = 0, min = p[0].y, max = p[0].y;
	size_t i;

	qsort(p, n, sizeof(*p), by_x_then_y);
	for (i = 1; i < n; i++) {
		falls += p[i].y < p[i - 1].y ? p[i - 1].y - p[i].y : 0;
		min = fmin(min, p[i].y);
		max = fmax(max, p[i].y);
	}
	return max > min ? falls / (max - min) : 1;
}

/* Leaves the pairs sorted so that y rises. */
static int
in_order(struct pair *p, size_t n, double *how)
{
	size_t i;

	if ((*how = disorder(p, n)) <= DISORDER)
		return 1;
	for (i = 0; i < n; i++)
		p[i].y = -p[i].y;
	return (*how = disorder(p, n)) <= DISORDER;
}

/* One pair per x: the mean of y.  Returns how many; sorted pairs in, and out. */
static size_t
merge(struct pair *p, size_t n)
{
	size_t i, run, k = 0;

	for (i = 0; i < n; i += run) {
		double x = p[i].x, sum = 0;

		for (run = 0; i + run < n && p[i + run].x == x; run++)
			sum += p[i + run].y;
		p[k++] = (struct pair){x, sum / (double)run};
	}
	return k;
}

/* The pairs have different x, ascending. */
static int
on_a_curve(const struct pair *p, size_t n, double *off)
{
	size_t i, k = 0;

	for (i = 1; i + 1 < n; i++) {
		double across = p[i + 1].y - p[i - 1].y;
		double at = (p[i].x - p[i - 1].x) / (p[i + 1].x - p[i - 1].x);

		if (across != 0)
			off[k++] = fabs(p[i].y - p[i - 1].y - at * across) / fabs(across);
	}
	if (k < FEW - 2)
		return 0;
	qsort(off, k, sizeof(*off), ascending);
	return off[k / 2] < OFF_CURVE;
}

/* A number that the target, a number of many values, can be told from. */
static int
is_number_again(struct judging *g)
{
	size_t i, look = g->npair < LOOK ? g->npair : LOOK, distinct = 1;
	double how;

	for (i = 0; i < look; i++)
		g->look[i] = g->pair[i * g->npair / look];
	if (!in_order(g->look, look, &how) || !in_order(g->pair, g->npair, &how))
		return 0;
	for (i = 1; i < g->npair; i++)
		distinct += g->pair[i].x != g->pair[i - 1].x || g->pair[i].y != g->pair[i - 1].y;
	i = merge(g->pair, g->npair);
	if (how == 0 && i >= BANDS && distinct >= BAND_TARGETS * i)
		return 1;
	return on_a_curve(g->pair, i, g->off);
}

/* Each target one x, each x one target. */
static int
is_code(const struct judging *g)
{
	struct pair known[CODES];
	size_t n = 0, i, k;

	for (i = 0; i < g->npair; i++) {
		const struct pair *p = &g->pair[i];

		for (k = 0; k < n && known[k].x != p->x && known[k].y != p->y; k++)
			;
		if (k < n && (known[k].x != p->x || known[k].y != p->y))
			return 0;
		if (k == n && n == CODES)
			return 0;
		if (k == n)
			known[n++] = *p;
	}
	return n >= 2 && g->npair >= TO_EACH * n;
}

/* Each level of a category says one number. */
static int
says_the_number(const struct judging *g, size_t nlevel, double *said)
{
	size_t i, levels = 0;

	for (i = 0; i < nlevel; i++)
		said[i] = NAN;
	for (i = 0; i < g->npair; i++) {
		double *y = &said[(size_t)g->pair[i].x];

		levels += isnan(*y);
		if (!isnan(*y) && *y != g->pair[i].y)
			return 0;
		*y = g->pair[i].y;
	}
	return levels >= 2 && g->npair >= TO_EACH * levels;
}

static void
gather(struct judging *g, size_t j)
{
	const struct rai_column *c = &g->t->col[j];
	size_t i;

	g->npair = 0;
	for (i = 0; i < g->n; i++) {
		size_t row = g->rows[i];
		double x = c->num != NULL ? c->num[row] : c->code[row] < 0 ? NAN : c->code[row];

		if (!isnan(x))
			g->pair[g->npair++] = (struct pair){x, g->t->target[row]};
	}
}

static int
judge(struct judging *g, size_t j, char *leak, struct rai_err *err)
{
	const struct rai_col_spec *c = &g->t->schema.col[j];
	double *said;

	if (c->type == RAI_COL_DATE ||
	    (g->few && c->type == RAI_COL_NUM && g->t->schema.target.type == RAI_COL_NUM))
		return 0;
	gather(g, j);
	if (g->npair < RAI_LEAK_ROWS || g->npair < g->n / 2)
		return 0;
	if (g->few) {
		*leak = (char)is_code(g);
	} else if (c->type == RAI_COL_NUM) {
		*leak = (char)is_number_again(g);
	} else {
		if ((said = malloc((c->nlevel + 1) * sizeof(*said))) == NULL)
			return rai_fail_memory(err);
		*leak = (char)says_the_number(g, c->nlevel, said);
		free(said);
	}
	return 0;
}

static int
has_few_values(const struct judging *g)
{
	double known[FEW];
	size_t n = 0, i, k;

	if (g->t->schema.target.type == RAI_COL_CAT)
		return 1;
	for (i = 0; i < g->n; i++) {
		for (k = 0; k < n && known[k] != g->t->target[g->rows[i]]; k++)
			;
		if (k == FEW - 1)
			return 0;
		if (k == n)
			known[n++] = g->t->target[g->rows[i]];
	}
	return 1;
}

int
rai_leak_find(const struct rai_table *t, const size_t *rows, size_t n, const char *but, char *leak,
    struct rai_err *err)
{
	struct judging g = {.t = t, .rows = rows, .n = n};
	size_t j;
	int rc = -1;

	memset(leak, 0, t->schema.n);
	if (n < RAI_LEAK_ROWS || t->target == NULL)
		return 0;
	g.pair = malloc(n * sizeof(*g.pair));
	g.look = malloc(LOOK * sizeof(*g.look));
	g.off = malloc(n * sizeof(*g.off));
	if (g.pair == NULL || g.look == NULL || g.off == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	g.few = has_few_values(&g);
	for (j = 0; j < t->schema.n; j++)
		if ((but == NULL || strcmp(t->schema.col[j].name, but) != 0) &&
		    judge(&g, j, &leak[j], err) != 0)
			goto out;
	rc = 0;
out:
	free(g.pair);
	free(g.look);
	free(g.off);
	return rc;
}

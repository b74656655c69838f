#include "table/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "table/rowid.h"
#include "table/split_parts.h"

#define STREAM_AGAIN 0x76616c6964 /* random numbers apart from those of the hold-out */

/* Does this word, or number, of a declared column hold its row out?  1, 0, or -1: neither. */
static int
declared(const struct rai_col_spec *spec, const struct rai_column *col, size_t row)
{
	static const char *const yes[] = {"1", "yes", "true", "test"};
	static const char *const no[] = {"0", "no", "false", "train"};
	const char *word;
	size_t k;

	if (col->num != NULL)
		return col->num[row] == 1 ? 1 : col->num[row] == 0 ? 0 : -1;
	if (col->code[row] < 0)
		return -1;
	word = spec->level[col->code[row]];
	for (k = 0; k < sizeof(yes) / sizeof(yes[0]); k++)
		if (strcasecmp(word, yes[k]) == 0 || strcasecmp(word, no[k]) == 0)
			return strcasecmp(word, yes[k]) == 0;
	return -1;
}

static int
check_declared(const struct rai_table *t, const struct rai_col_spec *spec,
    const struct rai_column *col, struct rai_err *err)
{
	size_t i;

	if (spec->type == RAI_COL_DATE)
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.64s\" holds dates, where 0 or no trains and 1 or yes is held out",
		    spec->name);
	for (i = 0; i < t->nrow; i++) {
		if (declared(spec, col, i) >= 0)
			continue;
		if (col->num == NULL && col->code[i] >= 0)
			return rai_fail(err, RAI_EINPUT,
			    "column \"%.64s\" says \"%.40s\" (0, no, false or train; 1, yes, true "
			    "or test)",
			    spec->name, spec->level[col->code[i]]);
		if (col->num != NULL && !isnan(col->num[i]))
			return rai_fail(err, RAI_EINPUT,
			    "column \"%.64s\" says %g (0 trains, 1 is held out)", spec->name,
			    col->num[i]);
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.64s\" has no value in a row (0 trains, 1 is held out)", spec->name);
	}
	return 0;
}

static int
check_newest(const struct rai_split_by *by, const struct rai_col_spec *spec, struct rai_err *err)
{
	struct rai_cell cell;

	if (spec->type == RAI_COL_CAT)
		return rai_fail(err, RAI_EINPUT,
		    "column \"%.64s\" holds categories, which have no newest ({ group: %.64s } "
		    "keeps each on one side)",
		    spec->name, spec->name);
	if (by->before == NULL)
		return 0;
	if (rai_schema_text(spec, by->before, strlen(by->before), &cell, err) != 0)
		return rai_wrap(err, "before");
	return isnan(cell.num) ? rai_fail(err, RAI_EINPUT, "before: is empty") : 0;
}

int
rai_split_check(const struct rai_table *t, const struct rai_split_by *by, struct rai_err *err)
{
	const struct rai_column *col;
	const struct rai_col_spec *spec;

	if (!(by->share > 0 && by->share < 1))
		return rai_fail(err, RAI_EINPUT,
		    "the share held out must be between 0 and 1, is %g", by->share);
	if (by->rule == RAI_SPLIT_STRATIFIED && t->target == NULL)
		return rai_fail(err, RAI_EINPUT, "stratified: there is no target");
	if (by->rule == RAI_SPLIT_RANDOM || by->rule == RAI_SPLIT_STRATIFIED)
		return 0;
	col = rai_table_column(t, by->column, &spec);
	if (col == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "no column \"%.100s\" (random, stratified, or a date or number column)",
		    by->column);
	if (by->rule == RAI_SPLIT_NEWEST)
		return check_newest(by, spec, err);
	return by->rule == RAI_SPLIT_DECLARED ? check_declared(t, spec, col, err) : 0;
}

static double
place(struct rai_rng rng, uint64_t id)
{
	rng.n = id;
	return rai_rng_unit(&rng);
}

double
rai_split_place(uint64_t id, uint64_t seed)
{
	return place(rai_rng_new(seed, 0), id);
}

struct placed {
	double place;
	size_t i;
};

static inline int
before(const struct placed *x, const struct placed *y)
{
	return x->place != y->place ? x->place < y->place : x->i < y->i;
}

/*
 * The k lowest of n come first, the highest of them last, without an order for the rest (Hoare's
 * find, CACM 4, 1961).  0 < k <= n.  No two are equal, so the answer is one.
 */
static void
lowest_first(struct placed *v, size_t n, size_t k)
{
	size_t low = 0, high = n, i, j;
	struct placed pivot, swap;

	while (high - low > 1) {
		pivot = v[low + (high - low) / 2];
		i = low;
		j = high;
		for (;; i++) {
			while (before(&v[i], &pivot))
				i++;
			while (before(&pivot, &v[--j]))
				;
			if (i >= j)
				break;
			swap = v[i];
			v[i] = v[j];
			v[j] = swap;
		}
		/* none before i is above the pivot, none from there on below it */
		if (k - 1 < i)
			high = i;
		else
			low = i;
	}
}

/* The `want` rows with the lowest places. */
static int
hold_random(
    struct rai_cut *c, unsigned char *held, size_t want, double *held_below, struct rai_err *err)
{
	uint64_t *id = malloc(c->n * sizeof(*id));
	struct placed *order = malloc(c->n * sizeof(*order));
	size_t i;
	int rc = -1;

	if (id == NULL || order == NULL)
		rai_fail_memory(err);
	else
		rc = rai_row_ids(c->t, &c->t->schema, c->rows, c->n, id, err);
	for (i = 0; rc == 0 && i < c->n; i++)
		order[i] = (struct placed){place(c->rng, id[i]), i};
	if (rc == 0)
		lowest_first(order, c->n, want);
	for (i = 0; rc == 0 && i < want; i++) {
		held[order[i].i] = 1;
		*held_below = order[i].place; /* the highest comes last */
	}
	free(id);
	free(order);
	return rc;
}

/* As many of each stratum as its share. */
static int
hold_stratified(struct rai_cut *c, unsigned char *held, size_t want, struct rai_err *err)
{
	size_t *order = malloc(c->n * sizeof(*order)), i, due = 0;

	if (order == NULL)
		return rai_fail_memory(err);
	if (rai_cut_order(c, order, err) != 0) {
		free(order);
		return -1;
	}
	for (i = 0; i < c->n; i++)
		if ((due += want) >= c->n) { /* every (n / want)-th */
			due -= c->n;
			held[order[i]] = 1;
		}
	free(order);
	return 0;
}

/* The first value of the newest rows: by the share, or as told. */
static int
find_boundary(struct rai_cut *c, const double *sorted, size_t known, size_t want, double *boundary,
    struct rai_err *err)
{
	const struct rai_col_spec *spec;
	struct rai_cell cell;
	size_t cut;

	if (known == 0 || sorted[0] == sorted[known - 1])
		return rai_fail(err, RAI_EINPUT,
		    "split by %.100s: %s (split: {by: random} needs no dates)", c->by->column,
		    known == 0 ? "no row has a value" : "all rows have the same value");
	if (c->by->before != NULL) {
		rai_table_column(c->t, c->by->column, &spec);
		if (rai_schema_text(spec, c->by->before, strlen(c->by->before), &cell, err) != 0)
			return -1;
		*boundary = cell.num;
		if (!(sorted[known - 1] >= *boundary))
			return rai_fail(err, RAI_EINPUT,
			    "split by %.100s: no row from %.40s on, to be held out", c->by->column,
			    c->by->before);
		if (!(sorted[0] < *boundary) && known == c->n)
			return rai_fail(err, RAI_EINPUT,
			    "split by %.100s: no row before %.40s, to be learned from",
			    c->by->column, c->by->before);
		return 0;
	}
	cut = known > want ? known - want : 0;
	*boundary = sorted[cut];
	/* the whole boundary day is held out, unless nothing would be left to train on */
	for (; sorted[cut] == sorted[0]; cut++)
		*boundary = sorted[cut + 1];
	return 0;
}

static int
hold_newest(
    struct rai_cut *c, unsigned char *held, size_t want, double *boundary, struct rai_err *err)
{
	double *sorted;
	size_t known, i;
	int rc;

	if (rai_cut_sorted(c, &sorted, &known, err) != 0)
		return -1;
	rc = find_boundary(c, sorted, known, want, boundary, err);
	for (i = 0; rc == 0 && i < c->n; i++)
		held[i] = rai_cut_value(c, i) >= *boundary;
	free(sorted);
	return rc;
}

/*
 * Groups in random order, each held out unless that would lead further from what is wanted; where
 * that is true of all, the smallest.
 */
static int
choose_groups(struct rai_cut *c, const size_t *size, size_t ngroup, size_t want, unsigned char *out,
    struct rai_err *err)
{
	size_t *order = malloc(ngroup * sizeof(*order)), i, have = 0, least = 0;

	if (order == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < ngroup; i++)
		order[i] = i;
	rai_rng_shuffle(&c->rng, order, ngroup);
	for (i = 0; i < ngroup; i++) {
		size_t g = order[i];

		if (have < want && have + size[g] < c->n &&
		    (have + size[g] <= want || have + size[g] - want <= want - have)) {
			out[g] = 1;
			have += size[g];
		}
		least = i == 0 || size[g] < size[least] ? g : least;
	}
	out[least] |= have == 0;
	free(order);
	return 0;
}

static int
hold_groups(struct rai_cut *c, unsigned char *held, size_t want, struct rai_err *err)
{
	size_t *group = malloc(c->n * sizeof(*group)), *size = NULL, ngroup = 0, i;
	unsigned char *chosen = NULL;
	int rc = -1;

	if (group == NULL)
		return rai_fail_memory(err);
	if (rai_cut_groups(c, group, &ngroup, err) != 0)
		goto out;
	size = calloc(ngroup, sizeof(*size));
	chosen = calloc(ngroup, 1);
	if (size == NULL || chosen == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	if (ngroup < 2) {
		rai_fail(err, RAI_EINPUT,
		    "split by group %.100s: all rows are of one group, at least 2 are needed",
		    c->by->column);
		goto out;
	}
	for (i = 0; i < c->n; i++)
		size[group[i]]++;
	if (choose_groups(c, size, ngroup, want, chosen, err) != 0)
		goto out;
	for (i = 0; i < c->n; i++)
		held[i] = chosen[group[i]];
	rc = 0;
out:
	free(group);
	free(size);
	free(chosen);
	return rc;
}

static int
hold_declared(const struct rai_cut *c, unsigned char *held, struct rai_err *err)
{
	const struct rai_col_spec *spec;
	const struct rai_column *col = rai_table_column(c->t, c->by->column, &spec);
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		n += held[i] = declared(spec, col, c->rows[i]) == 1;
	if (n > 0 && n < c->n)
		return 0;
	return rai_fail(err, RAI_EINPUT, "split by column %.100s: %s row is held out",
	    c->by->column, n == 0 ? "no" : "every");
}

/* Gives each row to the side that held[position] says. */
static int
deal(const struct rai_cut *c, const unsigned char *held, struct rai_split *out, struct rai_err *err)
{
	size_t i;

	out->train = malloc((c->n + 1) * sizeof(*out->train));
	out->test = malloc((c->n + 1) * sizeof(*out->test));
	if (out->train == NULL || out->test == NULL) {
		rai_split_release(out);
		return rai_fail_memory(err);
	}
	for (i = 0; i < c->n; i++)
		if (held[i])
			out->test[out->ntest++] = c->rows[i];
		else
			out->train[out->ntrain++] = c->rows[i];
	return 0;
}

static int
cut(struct rai_cut *c, struct rai_split *out, struct rai_err *err)
{
	unsigned char *held;
	size_t want;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->boundary = out->held_below = NAN;
	if (rai_split_check(c->t, c->by, err) != 0)
		return rai_wrap(err, "split");
	if (c->n < 2)
		return rai_fail(err, RAI_EINPUT,
		    "split: %zu row%s cannot be split in two (at least 2)", c->n,
		    c->n == 1 ? "" : "s");
	want = (size_t)floor(c->by->share * (double)c->n + 0.5);
	want = want < 1 ? 1 : want >= c->n ? c->n - 1 : want;
	held = calloc(c->n, 1);
	if (held == NULL)
		return rai_fail_memory(err);
	switch (c->by->rule) {
	case RAI_SPLIT_RANDOM:
		rc = hold_random(c, held, want, &out->held_below, err);
		break;
	case RAI_SPLIT_STRATIFIED:
		rc = hold_stratified(c, held, want, err);
		break;
	case RAI_SPLIT_NEWEST:
		rc = hold_newest(c, held, want, &out->boundary, err);
		break;
	case RAI_SPLIT_GROUP:
		rc = hold_groups(c, held, want, err);
		break;
	case RAI_SPLIT_DECLARED:
		rc = hold_declared(c, held, err);
		break;
	}
	if (rc == 0)
		rc = deal(c, held, out, err);
	free(held);
	return rc;
}

int
rai_split_rows(const struct rai_table *t, const struct rai_split_by *by, const size_t *rows,
    size_t n, uint64_t seed, struct rai_split *out, struct rai_err *err)
{
	struct rai_cut c = {t, by, rows, n, rai_rng_new(seed, STREAM_AGAIN)};

	return cut(&c, out, err);
}

int
rai_split_make(const struct rai_table *t, const struct rai_split_by *by, uint64_t seed,
    struct rai_split *out, struct rai_err *err)
{
	size_t *rows = malloc((t->nrow + 1) * sizeof(*rows)), i;
	struct rai_cut c = {t, by, rows, t->nrow, rai_rng_new(seed, 0)};
	int rc;

	if (rows == NULL) {
		memset(out, 0, sizeof(*out));
		return rai_fail_memory(err);
	}
	for (i = 0; i < t->nrow; i++)
		rows[i] = i;
	rc = cut(&c, out, err);
	free(rows);
	return rc;
}

int
rai_split_copy(const struct rai_split *from, struct rai_split *to, struct rai_err *err)
{
	*to = *from;
	to->train = malloc((from->ntrain + 1) * sizeof(*to->train));
	to->test = malloc((from->ntest + 1) * sizeof(*to->test));
	if (to->train == NULL || to->test == NULL) {
		rai_split_release(to);
		return rai_fail_memory(err);
	}
	memcpy(to->train, from->train, from->ntrain * sizeof(*to->train));
	memcpy(to->test, from->test, from->ntest * sizeof(*to->test));
	return 0;
}

void
rai_split_release(struct rai_split *s)
{
	free(s->train);
	free(s->test);
	memset(s, 0, sizeof(*s));
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "table/prep_col.h"

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The smallest of the most frequent of n values, at least one; sorts them. */
static double
mode_of(double *v, size_t n)
{
	size_t i, run = 0, best = 0;
	double mode = v[0];

	qsort(v, n, sizeof(*v), ascending);
	for (i = 0; i < n; i++) {
		run = i > 0 && v[i] == v[i - 1] ? run + 1 : 1;
		if (run > best) {
			best = run;
			mode = v[i];
		}
	}
	return mode;
}

/*
 * The value at place k of n in ascending order, and none greater before it, none smaller behind
 * (Hoare, "Find", CACM 4, 1961, with random pivots and three parts).
 */
static double
select_place(double *v, size_t n, size_t k)
{
	struct rai_rng r = rai_rng_new(n, 0);
	size_t low = 0, high = n, less, more, i;
	double pivot, swap;

	while (high - low > 1) {
		pivot = v[low + (size_t)rai_rng_below(&r, high - low)];
		for (i = less = low, more = high; i < more;) {
			swap = v[i];
			if (swap < pivot) {
				v[i++] = v[less];
				v[less++] = swap;
			} else if (swap > pivot) {
				v[i] = v[--more];
				v[more] = swap;
			} else
				i++;
		}
		if (k < less)
			high = less;
		else if (k >= more)
			low = more;
		else
			break;
	}
	return v[k];
}

/* Linear between order statistics (Hyndman and Fan 1996, type 7); 0.5 is the median. */
static double
quantile_of(double *v, size_t n, double q)
{
	double at = q * (double)(n - 1), here, next;
	size_t i = (size_t)at, j;

	here = select_place(v, n, i);
	if (at == (double)i)
		return here;
	next = v[i + 1];
	for (j = i + 2; j < n; j++)
		next = v[j] < next ? v[j] : next;
	return here + (at - (double)i) * (next - here);
}

struct rai_prep_fill
rai_prep_fill_of(const struct rai_prep_options *o, const char *name, enum rai_col_type type)
{
	struct rai_prep_fill fill = {name, o->fill, o->constant};
	size_t i;

	if (fill.fill == RAI_FILL_CONSTANT && type != RAI_COL_NUM)
		fill.fill = RAI_FILL_MEDIAN;
	for (i = 0; i < o->nimpute; i++)
		if (strcmp(o->impute[i].column, name) == 0)
			fill = o->impute[i];
	return fill;
}

static int
fill_constant(
    const struct rai_col_spec *spec, const char *text, struct rai_prep_col *c, struct rai_err *err)
{
	struct rai_cell cell;

	if (rai_schema_text(spec, text, strlen(text), &cell, err) != 0)
		return rai_wrap(err, "impute");
	if (c->type == RAI_COL_CAT && cell.code < 0)
		return rai_fail(err, RAI_EINPUT,
		    "impute: %.100s: \"%.100s\" is none of its categories (a missing one counts as "
		    "a "
		    "category of its own without this)",
		    c->name, text);
	if (c->type != RAI_COL_CAT && !isfinite(cell.num))
		return rai_fail(err, RAI_EINPUT, "impute: %.100s: the constant is empty", c->name);
	c->fill = cell.num;
	c->fill_code = cell.code;
	return 0;
}

/* Numbers and dates: the fill and, for numbers, the limits of clipping, from n values. */
static void
fit_values(const struct rai_prep_options *o, enum rai_fill fill, double *v, size_t n,
    struct rai_prep_col *c)
{
	double q1, q3;

	if (n > 0 && c->type == RAI_COL_NUM && o->clip_iqr > 0) {
		q1 = quantile_of(v, n, 0.25);
		q3 = quantile_of(v, n, 0.75);
		if (q3 > q1) {
			c->low = q1 - o->clip_iqr * (q3 - q1);
			c->high = q3 + o->clip_iqr * (q3 - q1);
		}
	}
	if (fill == RAI_FILL_CONSTANT)
		return;
	if (o->view == RAI_VIEW_NATIVE)
		c->fill = NAN;
	else if (n > 0) /* + 0: no negative zero, which of equal values ever comes first */
		c->fill = (fill == RAI_FILL_MODE ? mode_of(v, n) : quantile_of(v, n, 0.5)) + 0.0;
	if (c->type == RAI_COL_DATE)
		c->fill = floor(c->fill);
}

static int
fit_number(const struct rai_prep_data *d, const struct rai_column *col, enum rai_fill fill,
    struct rai_prep_col *c, struct rai_err *err)
{
	double *v = malloc((d->n + 1) * sizeof(*v));
	size_t i, n = 0;

	if (v == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < d->n; i++)
		if (isfinite(col->num[d->rows[i]]))
			v[n++] = col->num[d->rows[i]];
	c->indicator = d->opt->indicator && n < d->n;
	fit_values(d->opt, fill, v, n, c);
	if (isnan(c->fill))
		c->indicator = 0;
	free(v);
	return 0;
}

/* Categories: the most frequent level, the first of them. */
static void
fit_level(
    const struct rai_prep_data *d, const size_t *count, enum rai_fill fill, struct rai_prep_col *c)
{
	size_t i, best = 0, rows = 0;

	for (i = 0; i < c->nlevel; i++) {
		rows += count[i];
		if (count[i] > count[best])
			best = i;
	}
	if (fill == RAI_FILL_MODE && d->opt->view != RAI_VIEW_NATIVE && rows > 0)
		c->fill_code = (int32_t)best;
	c->indicator = d->opt->indicator && rows < d->n && c->fill_code >= 0;
}

int
rai_prep_fit_fill(const struct rai_prep_data *d, size_t j, const size_t *count,
    struct rai_prep_col *c, struct rai_err *err)
{
	const struct rai_prep_fill fill = rai_prep_fill_of(d->opt, c->name, c->type);

	if (fill.fill == RAI_FILL_CONSTANT &&
	    fill_constant(&d->t->schema.col[j], fill.constant, c, err) != 0)
		return -1;
	if (c->type != RAI_COL_CAT)
		return fit_number(d, &d->t->col[j], fill.fill, c, err);
	fit_level(d, count, fill.fill, c);
	return 0;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/prep_col.h"

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_sorted(const double *v, size_t n)
{
	return n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The smallest of the most frequent values. */
static double
mode_sorted(const double *v, size_t n)
{
	size_t i, run = 0, best = 0;
	double mode = v[0];

	for (i = 0; i < n; i++) {
		run = i > 0 && v[i] == v[i - 1] ? run + 1 : 1;
		if (run > best) {
			best = run;
			mode = v[i];
		}
	}
	return mode;
}

/* Linear between order statistics (Hyndman and Fan 1996, type 7). */
static double
quantile_sorted(const double *v, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;

	return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[i];
}

/* Numbers and dates: the fill, and for numbers the limits of clipping. */
static int
fit_number(const struct rai_prep_data *f, size_t j, struct rai_prep_col *c, struct rai_err *err)
{
	const double *num = f->t->col[j].num;
	double *v = malloc((f->n + 1) * sizeof(*v)), q1, q3;
	size_t i, n = 0;

	if (v == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < f->n; i++)
		if (!isnan(num[f->rows[i]]))
			v[n++] = num[f->rows[i]];
	if (n > 0) {
		qsort(v, n, sizeof(*v), ascending);
		c->fill = f->opt->fill == RAI_FILL_MODE ? mode_sorted(v, n) : median_sorted(v, n);
		if (c->type == RAI_COL_DATE)
			c->fill = floor(c->fill);
		q1 = quantile_sorted(v, n, 0.25);
		q3 = quantile_sorted(v, n, 0.75);
		if (c->type == RAI_COL_NUM && f->opt->clip_iqr > 0 && q3 > q1) {
			c->low = q1 - f->opt->clip_iqr * (q3 - q1);
			c->high = q3 + f->opt->clip_iqr * (q3 - q1);
		}
	}
	free(v);
	return 0;
}

/* RAI_ENCODE_AUTO where nothing was said about the column. */
static enum rai_encode
wanted(const struct rai_prep_data *f, const char *name)
{
	enum rai_encode e = f->opt->encode;
	size_t i;

	for (i = 0; i < f->opt->ncolumn; i++)
		if (strcmp(f->opt->column[i].column, name) == 0)
			e = f->opt->column[i].encode;
	return e;
}

static int
fit_one_hot(const double *count, struct rai_prep_col *c, struct rai_err *err)
{
	size_t i;
	int32_t n = 0;

	c->slot = malloc((c->nlevel + 1) * sizeof(*c->slot));
	if (c->slot == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->nlevel; i++)
		c->slot[i] = count[i] > 0 ? n++ : -1;
	if (n > RAI_PREP_ONE_HOT)
		return rai_fail(err, RAI_EINPUT,
		    "%.100s: %d categories are too many for one-hot (at most %d; encode: {%.100s: "
		    "target}, or drop it)",
		    c->name, (int)n, RAI_PREP_ONE_HOT, c->name);
	return 0;
}

static int
fit_category(const struct rai_prep_data *f, size_t j, const struct rai_prep *p,
    struct rai_prep_col *c, struct rai_err *err)
{
	const int32_t *code = f->t->col[j].code;
	double *count = calloc(c->nlevel + 1, sizeof(*count));
	size_t i, k, levels = 0, best = 0;
	int rc = 0;

	if (count == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < f->n; i++)
		if (code[f->rows[i]] >= 0)
			count[code[f->rows[i]]]++;
	for (k = 0; k < c->nlevel; k++) {
		levels += count[k] > 0;
		if (count[k] > count[best])
			best = k;
	}
	if (f->opt->fill == RAI_FILL_MODE && f->opt->view != RAI_VIEW_NATIVE && levels > 0)
		c->fill_code = (int32_t)best;
	c->encode = wanted(f, c->name);
	if (c->encode == RAI_ENCODE_AUTO && f->opt->view == RAI_VIEW_NATIVE)
		c->encode = RAI_ENCODE_NATIVE;
	else if (c->encode == RAI_ENCODE_AUTO)
		c->encode = levels <= RAI_PREP_AUTO || levels <= p->nmean ? RAI_ENCODE_ONE_HOT
									  : RAI_ENCODE_TARGET;
	if (c->encode == RAI_ENCODE_ONE_HOT)
		rc = fit_one_hot(count, c, err);
	else if (c->encode == RAI_ENCODE_TARGET)
		rc = rai_prep_fit_target(f, &f->t->col[j], p->nmean, c, err);
	free(count);
	return rc;
}

/* Mean and population standard deviation of every feature, in two passes over the rows. */
static int
fit_scale(const struct rai_prep_data *f, struct rai_prep *p, struct rai_err *err)
{
	struct rai_cell *cells = malloc((p->n + 1) * sizeof(*cells));
	double *x = malloc((p->width + 1) * sizeof(*x));
	double *mean = calloc(p->width + 1, sizeof(*mean));
	double *sd = calloc(p->width + 1, sizeof(*sd));
	size_t i, j;
	int pass;

	if (cells == NULL || x == NULL || mean == NULL || sd == NULL) {
		free(cells);
		free(x);
		free(mean);
		free(sd);
		return rai_fail_memory(err);
	}
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < f->n; i++) {
			rai_table_cells(f->t, f->rows[i], cells);
			rai_prep_row(p, cells, x);
			for (j = 0; j < p->width; j++)
				if (pass == 0)
					mean[j] += x[j];
				else
					sd[j] += (x[j] - mean[j]) * (x[j] - mean[j]);
		}
		for (j = 0; j < p->width && pass == 0; j++)
			mean[j] /= (double)f->n;
	}
	for (j = 0; j < p->width; j++) {
		sd[j] = sqrt(sd[j] / (double)f->n);
		if (!(sd[j] > 0))
			sd[j] = 1;
	}
	free(cells);
	free(x);
	p->mean = mean;
	p->sd = sd;
	return 0;
}

static int
check_options(const struct rai_prep_data *f, struct rai_err *err)
{
	size_t i;
	int j;

	if (f->n == 0)
		return rai_fail(err, RAI_EINPUT, "no rows to fit the preparation on");
	if (!(f->opt->clip_iqr >= 0))
		return rai_fail(err, RAI_EINPUT, "clip_iqr: must be 0 or more");
	for (i = 0; i < f->opt->ncolumn; i++) {
		const char *name = f->opt->column[i].column;

		j = rai_schema_find(&f->t->schema, name, strlen(name));
		if (j < 0 || f->t->schema.col[j].type != RAI_COL_CAT)
			return rai_fail(err, RAI_EINPUT, "encode: %.100s: %s", name,
			    j < 0 ? "no such input column"
				  : "is no category (its values are numbers or dates)");
	}
	return 0;
}

int
rai_prep_fit(const struct rai_table *t, const size_t *rows, size_t n, const double *target,
    const struct rai_prep_options *opt, struct rai_prep **out, struct rai_err *err)
{
	const struct rai_prep_options none = {.fill = RAI_FILL_MEDIAN};
	const struct rai_prep_data f = {t, rows, n, target, opt == NULL ? &none : opt, NULL};
	struct rai_prep *p = NULL;
	size_t j;

	if (check_options(&f, err) != 0)
		return -1;
	p = rai_prep_new(&t->schema);
	if (p == NULL)
		return rai_fail_memory(err);
	p->native = f.opt->view == RAI_VIEW_NATIVE;
	for (j = 0; j < p->n; j++)
		if ((p->col[j].type == RAI_COL_CAT ? fit_category(&f, j, p, &p->col[j], err)
						   : fit_number(&f, j, &p->col[j], err)) != 0)
			goto fail;
	if (rai_prep_layout(p, &t->schema, err) != 0)
		goto fail;
	if (f.opt->view == RAI_VIEW_STANDARD && fit_scale(&f, p, err) != 0)
		goto fail;
	*out = p;
	return 0;
fail:
	rai_prep_free(p);
	return -1;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/prep_col.h"

/* What the rows say of a category. */
struct tally {
	size_t *count; /* by level */
	size_t levels; /* among the rows */
	size_t rows;   /* that have one */
	size_t n;
};

static int
tally_make(const struct rai_prep_data *f, size_t j, struct tally *a, struct rai_err *err)
{
	const int32_t *code = f->t->col[j].code;
	size_t nlevel = f->t->schema.col[j].nlevel, i;

	*a = (struct tally){calloc(nlevel + 1, sizeof(*a->count)), 0, 0, f->n};
	if (a->count == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < f->n; i++)
		if (code[f->rows[i]] >= 0)
			a->count[code[f->rows[i]]]++;
	for (i = 0; i < nlevel; i++) {
		a->levels += a->count[i] > 0;
		a->rows += a->count[i];
	}
	return 0;
}

static enum rai_encode
choose(const struct rai_prep_data *f, size_t j, const struct tally *a)
{
	const char *name = f->t->schema.col[j].name;
	enum rai_encode e = f->opt->encode;
	size_t i;

	for (i = 0; i < f->opt->ncolumn; i++)
		if (strcmp(f->opt->column[i].column, name) == 0)
			e = f->opt->column[i].encode;
	if (e != RAI_ENCODE_AUTO)
		return e;
	if (a->levels + (a->rows < a->n) < 2)
		return RAI_ENCODE_NONE;
	if (a->levels > RAI_PREP_AUTO && a->levels > a->rows / 2)
		return RAI_ENCODE_NONE;
	if (a->levels > RAI_PREP_AUTO && a->levels > rai_prep_means(&f->t->schema.target))
		return RAI_ENCODE_TARGET;
	return f->opt->view == RAI_VIEW_NATIVE ? RAI_ENCODE_NATIVE : RAI_ENCODE_ONE_HOT;
}

int
rai_prep_choice(const struct rai_table *t, size_t j, const size_t *rows, size_t n,
    const struct rai_prep_options *opt, enum rai_encode *out, struct rai_err *err)
{
	const struct rai_prep_data f = {t, rows, n, NULL, opt, NULL};
	struct tally a;

	if (tally_make(&f, j, &a, err) != 0)
		return -1;
	*out = choose(&f, j, &a);
	free(a.count);
	return 0;
}

static int
fit_one_hot(const struct tally *a, double rare, struct rai_prep_col *c, struct rai_err *err)
{
	size_t i, pooled = 0;
	int32_t n = 0;

	c->slot = malloc((c->nlevel + 1) * sizeof(*c->slot));
	if (c->slot == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->nlevel; i++) {
		int few = (double)a->count[i] < rare && a->count[i] > 0;

		pooled += few;
		c->slot[i] = a->count[i] > 0 && !few ? n++ : -1;
	}
	if (pooled > 0)
		c->shared = n++;
	for (i = 0; i < c->nlevel; i++)
		if (c->slot[i] < 0 && a->count[i] > 0)
			c->slot[i] = c->shared;
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
	struct tally a;
	int rc;

	if (tally_make(f, j, &a, err) != 0)
		return -1;
	c->encode = choose(f, j, &a);
	rc = rai_prep_fit_fill(f, j, a.count, c, err);
	if (rc == 0 && c->fill_code >= 0) {
		a.count[c->fill_code] += a.n - a.rows;
		a.rows = a.n;
	}
	if (c->encode == RAI_ENCODE_NONE)
		c->indicator = 0;
	if (rc == 0 && c->encode == RAI_ENCODE_ONE_HOT)
		rc = fit_one_hot(&a, f->opt->rare, c, err);
	else if (rc == 0 && c->encode == RAI_ENCODE_TARGET)
		rc = rai_prep_fit_target(f, &f->t->col[j], p->nmean, c, err);
	free(a.count);
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
	for (i = 0; i < f->opt->nimpute; i++) {
		const char *name = f->opt->impute[i].column;

		if (rai_schema_find(&f->t->schema, name, strlen(name)) < 0)
			return rai_fail(
			    err, RAI_EINPUT, "impute: %.100s: no such input column", name);
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
		if ((p->col[j].type == RAI_COL_CAT
			    ? fit_category(&f, j, p, &p->col[j], err)
			    : rai_prep_fit_fill(&f, j, NULL, &p->col[j], err)) != 0)
			goto fail;
	if (rai_prep_layout(p, &t->schema, err) != 0)
		goto fail;
	if (p->width == 0) {
		rai_fail(err, RAI_EINPUT,
		    "no column makes a feature: each has one value only, or another one in almost "
		    "every row");
		goto fail;
	}
	if (f.opt->view == RAI_VIEW_STANDARD && fit_scale(&f, p, err) != 0)
		goto fail;
	*out = p;
	return 0;
fail:
	rai_prep_free(p);
	return -1;
}

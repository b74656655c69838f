#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "table/prep_col.h"

static const char *const date_part[] = {"year", "month", "day"};

struct rai_prep *
rai_prep_new(const struct rai_schema *s)
{
	struct rai_prep *p = calloc(1, sizeof(*p));
	size_t j;

	if (p == NULL)
		return NULL;
	p->nmean = rai_prep_means(&s->target);
	p->col = calloc(s->n + 1, sizeof(*p->col));
	if (p->col == NULL) {
		free(p);
		return NULL;
	}
	for (j = 0; j < s->n; j++) {
		struct rai_prep_col *c = &p->col[j];

		p->n++;
		c->type = s->col[j].type;
		c->nlevel = s->col[j].nlevel;
		c->low = -INFINITY;
		c->high = INFINITY;
		c->shared = -1;
		c->fill_code = RAI_CODE_MISSING;
		c->name = strdup(s->col[j].name);
		if (c->name == NULL) {
			rai_prep_free(p);
			return NULL;
		}
	}
	return p;
}

/* Features besides the indicator. */
static size_t
width_of(const struct rai_prep *p, const struct rai_prep_col *c)
{
	size_t i, n = 0;

	if (c->type == RAI_COL_DATE)
		return 3;
	if (c->type == RAI_COL_NUM)
		return 1;
	switch (c->encode) {
	case RAI_ENCODE_NONE:
		return 0;
	case RAI_ENCODE_TARGET:
		return p->nmean;
	case RAI_ENCODE_ONE_HOT:
		for (i = 0; i < c->nlevel; i++)
			n += c->slot[i] >= 0 && c->slot[i] != c->shared;
		return n + (c->shared >= 0);
	default:
		return 1;
	}
}

/* "name", "name=level", "name~class" or "name.part"; caller frees. */
static char *
feature_name(const char *name, const char *mark, const char *rest)
{
	size_t n = strlen(name) + strlen(mark) + strlen(rest) + 1;
	char *s = malloc(n);

	if (s != NULL)
		snprintf(s, n, "%s%s%s", name, mark, rest);
	return s;
}

static int
name_features(struct rai_prep *p, size_t j, const struct rai_schema *s, struct rai_err *err)
{
	const struct rai_prep_col *c = &p->col[j];
	char *const *level = s->col[j].level;
	size_t i;

	for (i = 0; i < c->width; i++) {
		p->origin[c->first + i] = j;
		if (c->indicator && i == c->width - 1)
			p->feature[c->first + i] = feature_name(c->name, "?", "");
		else if (c->type == RAI_COL_DATE)
			p->feature[c->first + i] = feature_name(c->name, ".", date_part[i]);
		else if (c->value != NULL && p->nmean > 1)
			p->feature[c->first + i] = feature_name(c->name, "~", s->target.level[i]);
		else if ((int64_t)i == c->shared)
			p->feature[c->first + i] = feature_name(c->name, "=", "(rare)");
		else if (c->slot == NULL)
			p->feature[c->first + i] = feature_name(c->name, "", "");
	}
	for (i = 0; c->slot != NULL && i < c->nlevel; i++)
		if (c->slot[i] >= 0 && c->slot[i] != c->shared)
			p->feature[c->first + (size_t)c->slot[i]] =
			    feature_name(c->name, "=", level[i]);
	for (i = 0; i < c->width; i++)
		if (p->feature[c->first + i] == NULL)
			return rai_fail_memory(err);
	return 0;
}

int
rai_prep_layout(struct rai_prep *p, const struct rai_schema *s, struct rai_err *err)
{
	size_t j, n = 0;

	for (j = 0; j < p->n; j++) {
		p->col[j].first = n;
		p->col[j].width = width_of(p, &p->col[j]) + (p->col[j].indicator != 0);
		n += p->col[j].width;
	}
	p->feature = calloc(n + 1, sizeof(*p->feature));
	p->origin = calloc(n + 1, sizeof(*p->origin));
	if (p->feature == NULL || p->origin == NULL)
		return rai_fail_memory(err);
	p->width = n;
	for (j = 0; j < p->n; j++)
		if (name_features(p, j, s, err) != 0)
			return -1;
	return 0;
}

int
rai_prep_plain(const struct rai_schema *s, struct rai_prep **out, struct rai_err *err)
{
	struct rai_prep *p = rai_prep_new(s);
	size_t j;

	if (p == NULL)
		return rai_fail_memory(err);
	p->native = 1;
	for (j = 0; j < p->n; j++)
		p->col[j].fill = NAN; /* missing values stay so */
	if (rai_prep_layout(p, s, err) != 0) {
		rai_prep_free(p);
		return -1;
	}
	*out = p;
	return 0;
}

void
rai_prep_free(struct rai_prep *p)
{
	size_t j;

	if (p == NULL)
		return;
	for (j = 0; j < p->n; j++) {
		free(p->col[j].name);
		free(p->col[j].slot);
		free(p->col[j].value);
	}
	for (j = 0; p->feature != NULL && j < p->width; j++)
		free(p->feature[j]);
	free(p->feature);
	free(p->origin);
	free(p->mean);
	free(p->sd);
	free(p->col);
	free(p);
}

size_t
rai_prep_inputs(const struct rai_prep *p)
{
	return p->n;
}

size_t
rai_prep_width(const struct rai_prep *p)
{
	return p->width;
}

const char *
rai_prep_feature(const struct rai_prep *p, size_t j)
{
	return p->feature[j];
}

size_t
rai_prep_origin(const struct rai_prep *p, size_t j)
{
	return p->origin[j];
}

size_t
rai_prep_levels(const struct rai_prep *p, size_t j)
{
	const struct rai_prep_col *c = &p->col[p->origin[j]];

	if (c->type != RAI_COL_CAT || c->encode != RAI_ENCODE_NATIVE || j != c->first)
		return 0;
	return c->nlevel;
}

static void
number_cell(const struct rai_prep_col *c, double v, double *x, size_t stride)
{
	int missing = !isfinite(v);

	v = missing ? c->fill : v;
	*x = v < c->low ? c->low : v > c->high ? c->high : v;
	if (c->indicator)
		x[stride] = missing;
}

static void
date_cell(const struct rai_prep_col *c, double day, double *x, size_t stride)
{
	int missing = !isfinite(day), y, m, d;

	if (c->indicator)
		x[3 * stride] = missing;
	day = missing ? c->fill : day;
	if (isnan(day)) {
		x[0] = x[stride] = x[2 * stride] = NAN;
		return;
	}
	/* the year 9999 and as far back: whatever a cell holds, the conversion is defined */
	day = day > 2932896 ? 2932896 : day < -2932896 ? -2932896 : floor(day);
	rai_clock_civil((int64_t)day, &y, &m, &d);
	x[0] = y;
	x[stride] = m;
	x[2 * stride] = day;
}

size_t
rai_prep_place(const struct rai_prep_col *c, int32_t code)
{
	if (code == RAI_CODE_MISSING)
		code = c->fill_code;
	if (code == RAI_CODE_MISSING)
		return c->nlevel;
	return code >= 0 && (size_t)code < c->nlevel ? (size_t)code : c->nlevel + 1;
}

/* The features of a one-hot column are 0 already. */
static void
category_cell(
    const struct rai_prep *p, const struct rai_prep_col *c, int32_t code, double *x, size_t stride)
{
	size_t place = rai_prep_place(c, code), k;
	int known = place < c->nlevel;
	int32_t slot;

	if (c->indicator)
		x[(c->width - 1) * stride] = code == RAI_CODE_MISSING;
	switch (c->encode) {
	case RAI_ENCODE_LABEL:
		x[0] = known ? (double)place : -1;
		break;
	case RAI_ENCODE_NATIVE:
		x[0] = known ? (double)place : NAN;
		break;
	case RAI_ENCODE_TARGET:
		for (k = 0; k < p->nmean; k++)
			x[k * stride] = c->value[place * p->nmean + k];
		break;
	case RAI_ENCODE_ONE_HOT:
		slot = known ? c->slot[place] : -1;
		if (slot < 0 && place != c->nlevel)
			slot = c->shared;
		if (slot >= 0)
			x[(size_t)slot * stride] = 1;
		break;
	default:
		break;
	}
}

/* The features of column c, before scaling. */
static void
one_cell(const struct rai_prep *p, const struct rai_prep_col *c, struct rai_cell cell, double *x)
{
	if (c->type == RAI_COL_NUM)
		number_cell(c, cell.num, x, 1);
	else if (c->type == RAI_COL_DATE)
		date_cell(c, cell.num, x, 1);
	else {
		if (c->slot != NULL)
			memset(x, 0, c->width * sizeof(*x));
		category_cell(p, c, cell.code, x, 1);
	}
}

static void
scale(const struct rai_prep *p, size_t from, size_t to, double *x)
{
	size_t j;

	if (p->mean != NULL)
		for (j = from; j < to; j++)
			x[j] = (x[j] - p->mean[j]) / p->sd[j];
}

void
rai_prep_row(const struct rai_prep *p, const struct rai_cell *cells, double *x)
{
	size_t j;

	for (j = 0; j < p->n; j++)
		one_cell(p, &p->col[j], cells[j], x + p->col[j].first);
	scale(p, 0, p->width, x);
}

void
rai_prep_cell(const struct rai_prep *p, size_t column, struct rai_cell cell, double *x)
{
	const struct rai_prep_col *c = &p->col[column];

	one_cell(p, c, cell, x + c->first);
	scale(p, c->first, c->first + c->width, x);
}

/* Column-major n x c->width into x, before scaling. */
static void
fill_column(const struct rai_prep *p, const struct rai_prep_col *c, const struct rai_column *v,
    const size_t *rows, size_t n, double *x)
{
	size_t i;

	if (c->slot != NULL)
		memset(x, 0, c->width * n * sizeof(*x));
	for (i = 0; i < n; i++)
		if (c->type == RAI_COL_NUM)
			number_cell(c, v->num[rows[i]], x + i, n);
		else if (c->type == RAI_COL_DATE)
			date_cell(c, v->num[rows[i]], x + i, n);
		else
			category_cell(p, c, v->code[rows[i]], x + i, n);
}

static void
scale_column(const struct rai_prep *p, const struct rai_prep_col *c, size_t n, double *x)
{
	size_t i, k;

	for (k = c->first; p->mean != NULL && k < c->first + c->width; k++, x += n)
		for (i = 0; i < n; i++)
			x[i] = (x[i] - p->mean[k]) / p->sd[k];
}

void
rai_prep_matrix(
    const struct rai_prep *p, const struct rai_table *t, const size_t *rows, size_t n, double *x)
{
	size_t j;

	for (j = 0; j < p->n; j++) {
		const struct rai_prep_col *c = &p->col[j];

		fill_column(p, c, &t->col[j], rows, n, x + c->first * n);
		scale_column(p, c, n, x + c->first * n);
	}
}

/* The features of input j for training: column-major n x its width into x. */
static int
training_column(
    const struct rai_prep *p, struct rai_prep_data *d, size_t j, double *x, struct rai_err *err)
{
	const struct rai_prep_col *c = &p->col[j];
	uint8_t *fold = NULL;
	size_t i;
	int rc = 0;

	fill_column(p, c, &d->t->col[j], d->rows, d->n, x);
	if (c->value != NULL) {
		fold = malloc(d->n + 1);
		if (fold == NULL)
			return rai_fail_memory(err);
		for (i = 0; i < d->n; i++)
			fold[i] = (uint8_t)rai_prep_fold(d->opt->seed, d->rows[i]);
		d->fold = fold;
		rc = rai_prep_out_of_fold(d, &d->t->col[j], p->nmean, c, x, err);
		d->fold = NULL;
	}
	scale_column(p, c, d->n, x);
	free(fold);
	return rc;
}

static const struct rai_prep_options by_default = {.fill = RAI_FILL_MEDIAN};

int
rai_prep_training_matrix(const struct rai_prep *p, const struct rai_table *t, const size_t *rows,
    size_t n, const double *target, const struct rai_prep_options *opt, double *x,
    struct rai_err *err)
{
	struct rai_prep_data d = {t, rows, n, target, opt == NULL ? &by_default : opt, NULL};
	size_t j;

	for (j = 0; j < p->n; j++)
		if (training_column(p, &d, j, x + p->col[j].first * n, err) != 0)
			return -1;
	return 0;
}

int
rai_prep_training_feature(const struct rai_prep *p, const struct rai_table *t, const size_t *rows,
    size_t n, const double *target, const struct rai_prep_options *opt, size_t j, double *x,
    struct rai_err *err)
{
	struct rai_prep_data d = {t, rows, n, target, opt == NULL ? &by_default : opt, NULL};
	const struct rai_prep_col *c = &p->col[p->origin[j]];
	double *all;
	int rc;

	if (c->width == 1)
		return training_column(p, &d, p->origin[j], x, err);
	all = malloc(c->width * n * sizeof(*all));
	if (all == NULL)
		return rai_fail_memory(err);
	rc = training_column(p, &d, p->origin[j], all, err);
	if (rc == 0 && n > 0)
		memcpy(x, all + (j - c->first) * n, n * sizeof(*x));
	free(all);
	return rc;
}

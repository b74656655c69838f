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
		c->fill_code = RAI_CODE_MISSING;
		c->name = strdup(s->col[j].name);
		if (c->name == NULL) {
			rai_prep_free(p);
			return NULL;
		}
	}
	return p;
}

static size_t
width_of(const struct rai_prep_col *c)
{
	size_t i, n = 0;

	if (c->type == RAI_COL_DATE)
		return 3;
	if (c->type == RAI_COL_NUM || c->encode != RAI_ENCODE_ONE_HOT)
		return 1;
	for (i = 0; i < c->nlevel; i++)
		n += c->slot[i] >= 0;
	return n;
}

/* "name", "name=level" or "name.part"; caller frees. */
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
name_features(struct rai_prep *p, size_t j, char *const *level, struct rai_err *err)
{
	const struct rai_prep_col *c = &p->col[j];
	size_t i;

	for (i = 0; i < c->width; i++) {
		p->origin[c->first + i] = j;
		if (c->type == RAI_COL_DATE)
			p->feature[c->first + i] = feature_name(c->name, ".", date_part[i]);
		else if (c->slot == NULL)
			p->feature[c->first + i] = feature_name(c->name, "", "");
	}
	for (i = 0; c->slot != NULL && i < c->nlevel; i++)
		if (c->slot[i] >= 0)
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
		p->col[j].width = width_of(&p->col[j]);
		n += p->col[j].width;
	}
	p->feature = calloc(n + 1, sizeof(*p->feature));
	p->origin = calloc(n + 1, sizeof(*p->origin));
	if (p->feature == NULL || p->origin == NULL)
		return rai_fail_memory(err);
	p->width = n;
	for (j = 0; j < p->n; j++)
		if (name_features(p, j, s->col[j].level, err) != 0)
			return -1;
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

	return c->type == RAI_COL_CAT && c->encode == RAI_ENCODE_NATIVE ? c->nlevel : 0;
}

static void
date_row(const struct rai_prep_col *c, double day, int native, double *x)
{
	int y, m, d;

	if (!isfinite(day)) {
		if (native) {
			x[0] = x[1] = x[2] = NAN;
			return;
		}
		day = c->fill;
	}
	/* the year 9999 and as far back: whatever a cell holds, the conversion is defined */
	day = day > 2932896 ? 2932896 : day < -2932896 ? -2932896 : floor(day);
	rai_clock_civil((int64_t)day, &y, &m, &d);
	x[0] = y;
	x[1] = m;
	x[2] = day;
}

static void
category_row(const struct rai_prep_col *c, int32_t code, double *x)
{
	size_t i;
	int known;

	if (code == RAI_CODE_MISSING)
		code = c->fill_code;
	known = code >= 0 && (size_t)code < c->nlevel;
	if (c->encode == RAI_ENCODE_LABEL)
		x[0] = known ? code : -1;
	else if (c->encode == RAI_ENCODE_NATIVE)
		x[0] = known ? code : NAN;
	else if (c->encode == RAI_ENCODE_TARGET)
		x[0] = known ? c->value[code] : code == RAI_CODE_MISSING ? c->missing : c->unseen;
	else {
		for (i = 0; i < c->width; i++)
			x[i] = 0;
		if (known && c->slot[code] >= 0)
			x[c->slot[code]] = 1;
	}
}

void
rai_prep_row(const struct rai_prep *p, const struct rai_cell *cells, double *x)
{
	size_t j;
	double v;

	for (j = 0; j < p->n; j++) {
		const struct rai_prep_col *c = &p->col[j];

		if (c->type == RAI_COL_CAT)
			category_row(c, cells[j].code, x + c->first);
		else if (c->type == RAI_COL_DATE)
			date_row(c, cells[j].num, p->native, x + c->first);
		else {
			v = isfinite(cells[j].num) ? cells[j].num : p->native ? NAN : c->fill;
			x[c->first] = v < c->low ? c->low : v > c->high ? c->high : v;
		}
	}
	if (p->mean != NULL)
		for (j = 0; j < p->width; j++)
			x[j] = (x[j] - p->mean[j]) / p->sd[j];
}

int
rai_prep_matrix(const struct rai_prep *p, const struct rai_table *t, const size_t *rows, size_t n,
    double *x, struct rai_err *err)
{
	struct rai_cell *cells = malloc((p->n + 1) * sizeof(*cells));
	double *row = malloc((p->width + 1) * sizeof(*row));
	size_t i, j;
	int rc = -1;

	if (cells == NULL || row == NULL) {
		rai_fail_memory(err);
		goto out;
	}
	for (i = 0; i < n; i++) {
		rai_table_cells(t, rows[i], cells);
		rai_prep_row(p, cells, row);
		for (j = 0; j < p->width; j++)
			x[j * n + i] = row[j];
	}
	rc = 0;
out:
	free(cells);
	free(row);
	return rc;
}

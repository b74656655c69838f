#include "model/slices.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

#define QUARTERS 4

/* Which slice each row of the hold-out belongs to; SIZE_MAX: its value is missing. */
struct cut {
	const struct rai_table *t;
	const struct rai_col_spec *spec;
	const struct rai_column *col;
	const size_t *rows;
	size_t n;
	size_t *slice;          /* n */
	double upper[QUARTERS]; /* of numbers: the largest value in each quarter */
	double lower[QUARTERS];
};

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The quarters of the known values; equal values stay together.  Returns how many there are. */
static int
cut_numbers(struct cut *c, size_t *count, struct rai_err *err)
{
	double *v = malloc((c->n + 1) * sizeof(*v));
	size_t i, k, known = 0, end = 0;

	if (v == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->n; i++)
		if (!isnan(c->col->num[c->rows[i]]))
			v[known++] = c->col->num[c->rows[i]];
	qsort(v, known, sizeof(*v), ascending);
	*count = 0;
	for (k = 1; k <= QUARTERS && end < known; k++) {
		size_t start = end;

		for (end = known * k / QUARTERS; end < known && end > 0 && v[end] == v[end - 1];)
			end++;
		if (end <= start)
			continue;
		c->lower[*count] = v[start];
		c->upper[(*count)++] = v[end - 1];
	}
	free(v);
	return 0;
}

static size_t
slice_of(const struct cut *c, size_t row, size_t count)
{
	size_t k;

	if (c->spec->type == RAI_COL_CAT)
		return c->col->code[row] < 0 ? SIZE_MAX : (size_t)c->col->code[row];
	for (k = 0; k < count; k++)
		if (c->col->num[row] <= c->upper[k])
			return k;
	return SIZE_MAX;
}

static void
value_text(const struct rai_col_spec *spec, double v, char out[RAI_NUM_TEXT])
{
	int year, month, day;

	if (spec->type == RAI_COL_DATE) {
		rai_clock_civil((int64_t)v, &year, &month, &day);
		snprintf(out, RAI_NUM_TEXT, "%04d-%02d-%02d", year, month, day);
	} else
		rai_num_format(v, out);
}

static void
label(const struct cut *c, size_t k, struct rai_slice *s)
{
	char from[RAI_NUM_TEXT], to[RAI_NUM_TEXT];

	if (c->spec->type == RAI_COL_CAT) {
		snprintf(
		    s->label, sizeof(s->label), "%.40s=%.48s", c->spec->name, c->spec->level[k]);
		return;
	}
	value_text(c->spec, c->lower[k], from);
	value_text(c->spec, c->upper[k], to);
	snprintf(s->label, sizeof(s->label), "%.30s %s .. %s", c->spec->name, from, to);
}

/* The metric of the rows of one slice, and what it means. */
static int
measure(const struct cut *c, size_t k, const struct rai_scored *all, double whole,
    const struct rai_slice_rule *rule, struct rai_slice *s, struct rai_err *err)
{
	size_t outputs = all->nclass > 0 ? all->nclass : 1, i;
	double *actual = malloc((s->n + 1) * sizeof(*actual));
	double *predicted = malloc((s->n + 1) * outputs * sizeof(*predicted));
	struct rai_scored part = {actual, predicted, 0, all->nclass};
	struct rai_interval m[RAI_METRICS];
	int up = rai_metric_direction(rule->metric);

	if (actual == NULL || predicted == NULL) {
		free(actual);
		free(predicted);
		return rai_fail_memory(err);
	}
	for (i = 0; i < c->n; i++) {
		if (c->slice[i] != k)
			continue;
		actual[part.n] = all->actual[i];
		memcpy(predicted + part.n++ * outputs, all->predicted + i * outputs,
		    outputs * sizeof(*predicted));
	}
	rai_metric_intervals(&part, rule->seed, rule->threads, m);
	s->metric = m[rule->metric];
	s->gap = (whole - s->metric.value) * up;
	if (s->n < rule->min_rows || isnan(s->gap))
		s->verdict = RAI_VERDICT_UNCLEAR;
	else if (s->gap <= rule->worst_gap)
		s->verdict = RAI_VERDICT_PASSED;
	else
		s->verdict = (up > 0 ? s->metric.high < whole : s->metric.low > whole)
				 ? RAI_VERDICT_FAILED
				 : RAI_VERDICT_UNCLEAR;
	free(actual);
	free(predicted);
	return 0;
}

static int
make_all(const struct cut *c, size_t count, const struct rai_scored *scored,
    const struct rai_slice_rule *rule, struct rai_slices *out, struct rai_err *err)
{
	double whole[RAI_METRICS];
	size_t i, k;

	rai_metric_all(scored, whole);
	for (i = 0; i < c->n; i++) {
		c->slice[i] = slice_of(c, c->rows[i], count);
		if (c->slice[i] < count)
			out->slice[c->slice[i]].n++;
	}
	for (k = 0; k < count; k++) {
		struct rai_slice *s = &out->slice[out->count];

		if (out->slice[k].n == 0)
			continue;
		*s = (struct rai_slice){.n = out->slice[k].n};
		label(c, k, s);
		if (measure(c, k, scored, whole[rule->metric], rule, s, err) != 0)
			return -1;
		out->count++;
	}
	return 0;
}

int
rai_slices_make(const struct rai_table *t, const char *column, const size_t *rows,
    const struct rai_scored *scored, const struct rai_slice_rule *rule, struct rai_slices *out,
    struct rai_err *err)
{
	int j = rai_schema_find(&t->schema, column, strlen(column)), rc = -1;
	struct cut c = {.t = t, .rows = rows, .n = scored->n};
	size_t count;

	memset(out, 0, sizeof(*out));
	if (j < 0)
		return rai_fail(err, RAI_EINPUT, "slices: no input column \"%.64s\"", column);
	c.spec = &t->schema.col[j];
	c.col = &t->col[j];
	count = c.spec->nlevel;
	c.slice = calloc(c.n + 1, sizeof(*c.slice));
	if (c.slice == NULL)
		return rai_fail_memory(err);
	if (c.spec->type != RAI_COL_CAT && cut_numbers(&c, &count, err) != 0)
		goto out;
	out->slice = calloc(count + 1, sizeof(*out->slice));
	if (out->slice == NULL)
		rai_fail_memory(err);
	else
		rc = make_all(&c, count, scored, rule, out, err);
out:
	free(c.slice);
	if (rc != 0)
		rai_slices_release(out);
	return rc;
}

void
rai_slices_release(struct rai_slices *s)
{
	free(s->slice);
	memset(s, 0, sizeof(*s));
}

void
rai_gate_slices(struct rai_gate *g, const struct rai_slices *s, const struct rai_slice_rule *rule)
{
	struct rai_check *c = rai_gate_add(g, "slices");
	const struct rai_slice *worst = NULL;
	size_t i, unclear = 0;

	c->verdict = RAI_VERDICT_PASSED;
	c->limit = rule->worst_gap;
	for (i = 0; i < s->count; i++) {
		const struct rai_slice *k = &s->slice[i];

		if (k->verdict == RAI_VERDICT_UNCLEAR) {
			unclear++;
			continue;
		}
		if (worst == NULL || k->gap > worst->gap)
			worst = k;
		if (k->verdict == RAI_VERDICT_FAILED)
			c->verdict = RAI_VERDICT_FAILED;
	}
	if (worst == NULL) {
		snprintf(c->message, sizeof(c->message),
		    "cannot tell: none of %zu slices has enough rows", s->count);
		return;
	}
	c->value = worst->gap;
	snprintf(c->message, sizeof(c->message),
	    "worst is %s: %s %.4g (%.4g to %.4g, %zu rows), a gap of %.3g; cannot tell of %zu of "
	    "%zu",
	    worst->label, rai_metric_names[rule->metric], worst->metric.value, worst->metric.low,
	    worst->metric.high, worst->n, worst->gap, unclear, s->count);
}

#include "drift/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
is_whole(const struct rai_profile_col *c)
{
	size_t i;

	for (i = 0; i < c->nquantile && c->quantile[i] == floor(c->quantile[i]); i++)
		;
	return i == c->nquantile && c->min == floor(c->min) && c->max == floor(c->max);
}

int
rai_drift_urn_init(struct rai_drift_urn *u, const struct rai_drift_reference *ref,
    const struct rai_drift_rows *rows, struct rai_err *err)
{
	const struct rai_profile *p = ref->profile;
	size_t i, k, total = 0;
	int64_t sum;

	*u = (struct rai_drift_urn){.ref = ref, .rows = rows};
	for (i = 0; i < p->n; i++)
		total += p->col[i].kind == RAI_PROFILE_CAT ? p->col[i].nbin : 0;
	total += p->prediction.kind == RAI_PROFILE_CAT ? p->prediction.nbin : 0;
	u->column = calloc(p->n + 1, sizeof(*u->column));
	u->up = calloc(total + 1, sizeof(*u->up));
	u->whole = calloc(p->n + 1, 1);
	u->withheld = calloc(p->n + 1, 1);
	if (u->column == NULL || u->up == NULL || u->whole == NULL || u->withheld == NULL) {
		rai_drift_urn_release(u);
		return rai_fail_memory(err);
	}
	for (total = 0, i = 0; i <= p->n; i++) {
		const struct rai_profile_col *c = i < p->n ? &p->col[i] : &p->prediction;

		u->column[i] = total;
		if (c->kind == RAI_PROFILE_NUM)
			u->whole[i] = (unsigned char)is_whole(c);
		for (sum = 0, k = 0; c->kind == RAI_PROFILE_CAT && k < c->nbin; k++)
			u->up[total++] = sum += c->count[k];
	}
	return 0;
}

void
rai_drift_urn_release(struct rai_drift_urn *u)
{
	free(u->column);
	free(u->up);
	free(u->whole);
	free(u->withheld);
	memset(u, 0, sizeof(*u));
}

int
rai_drift_drawn_init(
    struct rai_drift_rows *out, const struct rai_drift_urn *u, size_t cap, struct rai_err *err)
{
	const struct rai_schema *s = u->ref->schema;
	size_t i;
	int lost;

	*out = (struct rai_drift_rows){.ncol = s->n, .withheld = u->withheld};
	out->num = calloc(s->n + 1, sizeof(*out->num));
	out->code = calloc(s->n + 1, sizeof(*out->code));
	out->prediction = calloc(cap + 1, sizeof(*out->prediction));
	lost = out->num == NULL || out->code == NULL || out->prediction == NULL;
	for (i = 0; i < s->n && !lost; i++)
		if (s->col[i].type == RAI_COL_CAT)
			lost = (out->code[i] = calloc(cap + 1, sizeof(**out->code))) == NULL;
		else
			lost = (out->num[i] = calloc(cap + 1, sizeof(**out->num))) == NULL;
	if (!lost)
		return 0;
	rai_drift_drawn_release(out);
	return rai_fail_memory(err);
}

void
rai_drift_drawn_release(struct rai_drift_rows *rows)
{
	size_t i;

	for (i = 0; rows->num != NULL && rows->code != NULL && i < rows->ncol; i++) {
		free(rows->num[i]);
		free(rows->code[i]);
	}
	free(rows->num);
	free(rows->code);
	free(rows->prediction);
	memset(rows, 0, sizeof(*rows));
}

/* The value at a place 0..1 of the distribution: order statistic k is at (k + 1/2) / n. */
static double
at_place(const struct rai_profile_col *c, double place, int whole)
{
	double x = place * (double)c->nquantile - 0.5, low, high, v;
	size_t k;

	if ((int64_t)c->nquantile == rai_profile_values(c)) /* all values: one of them */
		return c->quantile[(size_t)(place * (double)c->nquantile)];
	if (x < 0) {
		low = c->min;
		high = c->quantile[0];
		x = 2 * (x + 0.5);
	} else {
		k = (size_t)x;
		low = c->quantile[k];
		high = k + 1 < c->nquantile ? c->quantile[k + 1] : c->max;
		x -= (double)k;
		x = k + 1 < c->nquantile ? x : 2 * x;
	}
	v = low + (high - low) * x;
	return whole ? floor(v + 0.5) : v;
}

void
rai_drift_draw_numbers(
    const struct rai_profile_col *c, int whole, struct rai_rng *r, size_t n, double *out)
{
	int64_t values = rai_profile_values(c), all = values + c->missing;
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = all > 0 && (int64_t)rai_rng_below(r, (uint64_t)all) < values
			     ? at_place(c, rai_rng_unit(r), whole)
			     : NAN;
}

static void
draw_cat(
    const struct rai_profile_col *c, const int64_t *up, struct rai_rng *r, size_t n, int32_t *out)
{
	int64_t values = c->nbin > 0 ? up[c->nbin - 1] : 0, all = values + c->missing + c->unseen,
		at;
	size_t i, low, high, mid;

	for (i = 0; i < n; i++) {
		at = all > 0 ? (int64_t)rai_rng_below(r, (uint64_t)all) : values;
		if (at >= values) {
			out[i] = at < values + c->unseen ? RAI_CODE_UNSEEN : RAI_CODE_MISSING;
			continue;
		}
		for (low = 0, high = c->nbin - 1; low < high;) {
			mid = low + (high - low) / 2;
			if (at < up[mid])
				high = mid;
			else
				low = mid + 1;
		}
		out[i] = (int32_t)low;
	}
}

/* Predicted classes, by the same walk over their counts. */
static void
draw_classes(const struct rai_drift_urn *u, struct rai_rng *r, size_t n, double *out)
{
	const struct rai_profile *p = u->ref->profile;
	int32_t code;
	size_t i;

	for (i = 0; i < n; i++) {
		draw_cat(&p->prediction, u->up + u->column[p->n], r, 1, &code);
		out[i] = code == RAI_CODE_MISSING ? NAN : code;
	}
}

static void
draw_rows(const struct rai_drift_urn *u, struct rai_rng *r, size_t n, struct rai_drift_rows *out)
{
	const struct rai_drift_rows *from = u->rows;
	size_t i, k, at;

	for (i = 0; i < n; i++) {
		at = (size_t)rai_rng_below(r, from->n);
		for (k = 0; k < out->ncol; k++)
			if (out->code[k] != NULL)
				out->code[k][i] = from->code[k][at];
			else
				out->num[k][i] = from->num[k][at];
		out->prediction[i] = from->prediction != NULL ? from->prediction[at] : NAN;
	}
}

void
rai_drift_draw(
    const struct rai_drift_urn *u, struct rai_rng *r, size_t n, struct rai_drift_rows *out)
{
	const struct rai_profile *p = u->ref->profile;
	size_t k;

	out->n = n;
	if (u->rows != NULL) {
		draw_rows(u, r, n, out);
		return;
	}
	for (k = 0; k < p->n; k++)
		if (out->code[k] != NULL)
			draw_cat(&p->col[k], u->up + u->column[k], r, n, out->code[k]);
		else
			rai_drift_draw_numbers(&p->col[k], u->whole[k], r, n, out->num[k]);
	if (rai_drift_says_classes(u->ref))
		draw_classes(u, r, n, out->prediction);
	else if (p->prediction.name != NULL && p->prediction.kind == RAI_PROFILE_NUM)
		rai_drift_draw_numbers(&p->prediction, 0, r, n, out->prediction);
}

/* n values of size bytes behind the newest `left` of the `have` there are. */
static void
follow(void *into, const void *from, size_t size, size_t have, size_t left, size_t n)
{
	char *to = into;

	memmove(to, to + (have - left) * size, left * size);
	memcpy(to + left * size, from, n * size);
}

void
rai_drift_follow(struct rai_drift_rows *rows, const struct rai_drift_rows *fresh, size_t cap)
{
	size_t have = rows->n, left = have + fresh->n > cap ? cap - fresh->n : have, n = fresh->n,
	       k;

	for (k = 0; k < rows->ncol; k++)
		if (rows->code[k] != NULL)
			follow(rows->code[k], fresh->code[k], sizeof(**rows->code), have, left, n);
		else
			follow(rows->num[k], fresh->num[k], sizeof(**rows->num), have, left, n);
	follow(rows->prediction, fresh->prediction, sizeof(*rows->prediction), have, left, n);
	rows->n = left + n;
}

static int
profile_classes(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    struct rai_profile_col *out, struct rai_err *err)
{
	const struct rai_profile_col *c = &ref->profile->prediction;
	int32_t *code = calloc(rows->n + 1, sizeof(*code));
	size_t i;
	int rc;

	if (code == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < rows->n; i++)
		code[i] =
		    isfinite(rows->prediction[i]) ? (int32_t)rows->prediction[i] : RAI_CODE_MISSING;
	rc = rai_profile_from_cat(out, c->name, c->level, c->nbin, code, rows->n, err);
	free(code);
	return rc;
}

int
rai_drift_profile_drawn(const struct rai_drift_reference *ref, const struct rai_drift_rows *rows,
    struct rai_profile *out, struct rai_err *err)
{
	const struct rai_profile *p = ref->profile;
	size_t k;
	int rc = 0;

	*out = (struct rai_profile){.rows = (int64_t)rows->n, .accuracy = NAN};
	out->col = calloc(p->n + 1, sizeof(*out->col));
	if (out->col == NULL)
		return rai_fail_memory(err);
	for (k = 0; k < p->n && rc == 0; k++, out->n++)
		rc = rows->code[k] != NULL
			 ? rai_profile_from_cat(&out->col[k], p->col[k].name, p->col[k].level,
			       p->col[k].nbin, rows->code[k], rows->n, err)
			 : rai_profile_from_num(
			       &out->col[k], p->col[k].name, rows->num[k], rows->n, err);
	if (rc == 0 && rai_drift_says_classes(ref))
		rc = profile_classes(ref, rows, &out->prediction, err);
	else if (rc == 0 && p->prediction.name != NULL && p->prediction.kind == RAI_PROFILE_NUM)
		rc = rai_profile_from_num(
		    &out->prediction, p->prediction.name, rows->prediction, rows->n, err);
	if (rc != 0)
		rai_profile_release(out);
	return rc;
}

void
rai_drift_forget(const struct rai_profile *p, struct rai_drift_rows *rows)
{
	size_t i, k;

	for (k = 0; k < rows->ncol; k++)
		for (i = 0; rows->code[k] != NULL && i < rows->n; i++)
			if (rows->code[k][i] >= 0 && p->col[k].count[rows->code[k][i]] == 0)
				rows->code[k][i] = RAI_CODE_UNSEEN;
}

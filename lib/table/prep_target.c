#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "table/prep_col.h"

/* Sums of one class (or of the target itself) over rows, by place of the level. */
struct means {
	size_t n;            /* places: the levels, and missing */
	double *sum, *count; /* n */
	double all_sum, all_count;
};

size_t
rai_prep_means(const struct rai_col_spec *target)
{
	return target->type == RAI_COL_CAT && target->nlevel > 2 ? target->nlevel : 1;
}

size_t
rai_prep_fold(uint64_t seed, size_t row)
{
	struct rai_rng r = rai_rng_new(seed, 0x666f6c64);

	r.n = row;
	return (size_t)rai_rng_below(&r, RAI_PREP_FOLDS);
}

/* The number whose mean is wanted: the target, or 1 where it is class k. */
static double
hit(double target, size_t nmean, size_t k)
{
	return nmean == 1 ? target : target == (double)k;
}

/* (sum + m prior) / (n + m) (Micci-Barreca 2001 with n / (n + m)). */
static double
smoothed(const struct rai_prep_options *o, double sum, double count, double prior)
{
	double m = o->smooth > 0 ? o->smooth : 10;
	double rare = o->rare > 0 ? o->rare : 5;

	return count < rare ? prior : (sum + m * prior) / (count + m);
}

static int
means_init(struct means *s, size_t n, struct rai_err *err)
{
	s->n = n;
	s->sum = calloc(n, sizeof(*s->sum));
	s->count = calloc(n, sizeof(*s->count));
	return s->sum == NULL || s->count == NULL ? rai_fail_memory(err) : 0;
}

static void
means_release(struct means *s)
{
	free(s->sum);
	free(s->count);
}

static void
means_add(struct means *s, size_t place, double v)
{
	s->sum[place] += v;
	s->count[place]++;
	s->all_sum += v;
	s->all_count++;
}

int
rai_prep_fit_target(const struct rai_prep_data *d, const struct rai_column *v, size_t nmean,
    struct rai_prep_col *c, struct rai_err *err)
{
	size_t i, k, n = c->nlevel + 1;
	struct means s = {0};
	double prior;
	int rc = -1;

	c->value = calloc(n + 1, nmean * sizeof(*c->value));
	if (c->value == NULL)
		return rai_fail_memory(err);
	for (k = 0; k < nmean; k++) {
		if (means_init(&s, n, err) != 0)
			goto out;
		for (i = 0; i < d->n; i++)
			means_add(&s, rai_prep_place(c, v->code[d->rows[i]]),
			    hit(d->target[i], nmean, k));
		prior = s.all_sum / s.all_count;
		for (i = 0; i < n; i++)
			c->value[i * nmean + k] = smoothed(d->opt, s.sum[i], s.count[i], prior);
		c->value[n * nmean + k] = prior;
		means_release(&s);
		memset(&s, 0, sizeof(s));
	}
	rc = 0;
out:
	means_release(&s);
	return rc;
}

/* The sums of all folds but f, added in the order of the folds. */
static void
add_others(const struct means *fold, size_t f, struct means *out)
{
	size_t g, i;

	for (g = 0; g < RAI_PREP_FOLDS; g++) {
		if (g == f)
			continue;
		for (i = 0; i < out->n; i++) {
			out->sum[i] += fold[g].sum[i];
			out->count[i] += fold[g].count[i];
		}
		out->all_sum += fold[g].all_sum;
		out->all_count += fold[g].all_count;
	}
}

/* Class k into x; s: twice as many empty means as there are folds. */
static void
encode_class(const struct rai_prep_data *d, const struct rai_column *v,
    const struct rai_prep_col *c, size_t nmean, size_t k, struct means *s, double *x)
{
	struct means *rest = s + RAI_PREP_FOLDS;
	double prior[RAI_PREP_FOLDS];
	size_t f, i, place;

	for (i = 0; i < d->n; i++)
		means_add(&s[d->fold[i]], rai_prep_place(c, v->code[d->rows[i]]),
		    hit(d->target[i], nmean, k));
	for (f = 0; f < RAI_PREP_FOLDS; f++) {
		add_others(s, f, &rest[f]);
		/* a fold that has all the rows knows only their mean */
		prior[f] = rest[f].all_count > 0 ? rest[f].all_sum / rest[f].all_count
						 : s[f].all_sum / s[f].all_count;
	}
	for (i = 0; i < d->n; i++) {
		f = d->fold[i];
		place = rai_prep_place(c, v->code[d->rows[i]]);
		x[i] = smoothed(d->opt, rest[f].sum[place], rest[f].count[place], prior[f]);
	}
}

int
rai_prep_out_of_fold(const struct rai_prep_data *d, const struct rai_column *v, size_t nmean,
    const struct rai_prep_col *c, double *x, struct rai_err *err)
{
	struct means s[2 * RAI_PREP_FOLDS];
	size_t f, k;
	int rc = 0;

	for (k = 0; k < nmean && rc == 0; k++) {
		memset(s, 0, sizeof(s));
		for (f = 0; f < 2 * RAI_PREP_FOLDS && rc == 0; f++)
			rc = means_init(&s[f], c->nlevel + 1, err);
		if (rc == 0)
			encode_class(d, v, c, nmean, k, s, x + k * d->n);
		for (f = 0; f < 2 * RAI_PREP_FOLDS; f++)
			means_release(&s[f]);
	}
	return rc;
}

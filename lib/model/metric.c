#include "model/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/rng.h"

const char *const rai_metric_names[] = {"r2", "rmse", "mae", "mape", "accuracy", "log_loss", NULL};

/* Sums over rows from which every metric follows; actual values are taken about a centre. */
struct sums {
	double n, a, aa, ee, e, r,
	    nr;             /* rows, a, a^2, error^2, |error|, |error| / |a|, rows of r */
	double right, loss; /* of classes: rows that are right, -ln p */
};

/* What one row adds. */
struct term {
	double a, ee, e, r, right, loss;
	int has_r;
};

int
rai_metric_find(const char *name)
{
	int i;

	for (i = 0; i < RAI_METRICS; i++)
		if (strcmp(rai_metric_names[i], name) == 0)
			return i;
	return -1;
}

int
rai_metric_direction(enum rai_metric metric)
{
	return metric == RAI_METRIC_R2 || metric == RAI_METRIC_ACCURACY ? 1 : -1;
}

int
rai_metric_fits(enum rai_metric metric, size_t nclass)
{
	return metric == RAI_METRIC_ACCURACY || (metric == RAI_METRIC_LOG_LOSS) == (nclass > 0);
}

static struct term
number_term(double a, double p, double centre)
{
	struct term t = {
	    .a = a - centre, .ee = (a - p) * (a - p), .e = fabs(a - p), .has_r = a != 0};

	if (t.has_r)
		t.r = t.e / fabs(a);
	return t;
}

static struct term
class_term(size_t actual, const double *p, size_t nclass)
{
	double v = fmin(fmax(p[actual], 1e-15), 1 - 1e-15);
	size_t k, best = 0;

	for (k = 1; k < nclass; k++)
		if (p[k] > p[best])
			best = k;
	return (struct term){.right = best == actual, .loss = -rai_log(v)};
}

static struct term
term_of(const struct rai_scored *s, size_t i, double centre)
{
	if (s->nclass == 0)
		return number_term(s->actual[i], s->predicted[i], centre);
	return class_term((size_t)s->actual[i], s->predicted + i * s->nclass, s->nclass);
}

static void
add(struct sums *s, const struct term *t)
{
	s->n++;
	s->a += t->a;
	s->aa += t->a * t->a;
	s->ee += t->ee;
	s->e += t->e;
	s->r += t->r;
	s->nr += t->has_r;
	s->right += t->right;
	s->loss += t->loss;
}

static void
finish(const struct sums *s, size_t nclass, double *out)
{
	double spread = s->aa - s->a * s->a / s->n;
	size_t m;

	for (m = 0; m < RAI_METRICS; m++)
		out[m] = NAN;
	if (nclass > 0) {
		out[RAI_METRIC_ACCURACY] = s->right / s->n;
		out[RAI_METRIC_LOG_LOSS] = s->loss / s->n;
		return;
	}
	out[RAI_METRIC_R2] = spread > 0 ? 1 - s->ee / spread : NAN;
	out[RAI_METRIC_RMSE] = sqrt(s->ee / s->n);
	out[RAI_METRIC_MAE] = s->e / s->n;
	out[RAI_METRIC_MAPE] = s->nr > 0 ? s->r / s->nr : NAN;
	out[RAI_METRIC_ACCURACY] =
	    isnan(out[RAI_METRIC_MAPE]) ? NAN : fmax(0, 1 - out[RAI_METRIC_MAPE]);
}

static double
mean_of(const double *a, size_t n)
{
	double s = 0;
	size_t i;

	for (i = 0; i < n; i++)
		s += a[i];
	return n > 0 ? s / (double)n : 0;
}

void
rai_metric_all(const struct rai_scored *s, double *out)
{
	double centre = mean_of(s->actual, s->n);
	struct sums sums = {0};
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct term t = term_of(s, i, centre);

		add(&sums, &t);
	}
	finish(&sums, s->nclass, out);
}

static int
by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	/* NaN last, so that the order is total */
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

static struct term *
terms_of(const struct rai_scored *s)
{
	struct term *t = calloc(s->n + 1, sizeof(*t));
	double centre = mean_of(s->actual, s->n);
	size_t i;

	for (i = 0; t != NULL && i < s->n; i++)
		t[i] = term_of(s, i, centre);
	return t;
}

void
rai_metric_intervals(const struct rai_scored *scored, uint64_t seed, struct rai_interval *out)
{
	struct term *t = terms_of(scored);
	double *draws = calloc(RAI_METRICS * RAI_METRIC_RESAMPLES, sizeof(*draws));
	double value[RAI_METRICS];
	size_t n = scored->n, i, k, m;

	rai_metric_all(scored, value);
	for (m = 0; m < RAI_METRICS; m++)
		out[m] = (struct rai_interval){value[m], NAN, NAN};
	for (k = 0; k < RAI_METRIC_RESAMPLES && t != NULL && draws != NULL && n > 1; k++) {
		struct rai_rng rng = rai_rng_new(seed, k);
		struct sums s = {0};

		for (i = 0; i < n; i++)
			add(&s, &t[rai_rng_below(&rng, n)]);
		finish(&s, scored->nclass, value);
		for (m = 0; m < RAI_METRICS; m++)
			draws[m * RAI_METRIC_RESAMPLES + k] = value[m];
	}
	for (m = 0; m < RAI_METRICS && k == RAI_METRIC_RESAMPLES; m++) {
		double *d = draws + m * RAI_METRIC_RESAMPLES;

		qsort(d, RAI_METRIC_RESAMPLES, sizeof(*d), by_value);
		out[m].low = d[RAI_METRIC_RESAMPLES * 25 / 1000];
		out[m].high = d[RAI_METRIC_RESAMPLES - 1 - RAI_METRIC_RESAMPLES * 25 / 1000];
	}
	free(t);
	free(draws);
}

int
rai_metric_paired(enum rai_metric metric, const struct rai_scored *p, const double *q,
    uint64_t seed, double *diff, struct rai_err *err)
{
	const struct rai_scored other = {p->actual, q, p->n, p->nclass};
	struct term *tp = terms_of(p), *tq = terms_of(&other);
	double vp[RAI_METRICS], vq[RAI_METRICS];
	size_t n = p->n, i, k, r;

	if (tp == NULL || tq == NULL) {
		free(tp);
		free(tq);
		return rai_fail_memory(err);
	}
	for (k = 0; k < RAI_METRIC_RESAMPLES; k++) {
		struct rai_rng rng = rai_rng_new(seed, k);
		struct sums sp = {0}, sq = {0};

		for (i = 0; i < n; i++) {
			r = (size_t)rai_rng_below(&rng, n);
			add(&sp, &tp[r]);
			add(&sq, &tq[r]);
		}
		finish(&sp, p->nclass, vp);
		finish(&sq, p->nclass, vq);
		diff[k] = (vp[metric] - vq[metric]) * rai_metric_direction(metric);
	}
	qsort(diff, RAI_METRIC_RESAMPLES, sizeof(*diff), by_value);
	free(tp);
	free(tq);
	return 0;
}

void
rai_metric_write(const struct rai_interval *m, size_t nclass, struct rai_jw *w, const char *key)
{
	size_t i;

	rai_jw_object(w, key);
	for (i = 0; i < RAI_METRICS; i++) {
		if (!rai_metric_fits((enum rai_metric)i, nclass))
			continue;
		rai_jw_object(w, rai_metric_names[i]);
		rai_jw_num(w, "value", m[i].value);
		rai_jw_num(w, "low", m[i].low);
		rai_jw_num(w, "high", m[i].high);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

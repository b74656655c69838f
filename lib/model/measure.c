#include "model/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"

/*
 * An entry of order: the row, whether its class is the one that auc is taken of, and whether it is
 * the last of those with equal probability.
 */
#define ROW 2
#define POSITIVE 2U
#define LAST 1U
#define ROWS_MAX ((size_t)1 << (32 - ROW))

static double
mean_of(const double *a, size_t n)
{
	double s = 0;
	size_t i;

	for (i = 0; i < n; i++)
		s += a[i];
	return n > 0 ? s / (double)n : 0;
}

static int
init_numbers(struct rai_measure *m, const struct rai_scored *s)
{
	double centre = mean_of(s->actual, s->n);
	size_t i, n = s->n;

	m->a = malloc(5 * (n + 1) * sizeof(*m->a));
	if (m->a == NULL)
		return -1;
	m->ee = m->a + n;
	m->e = m->ee + n;
	m->r = m->e + n;
	m->known = m->r + n;
	for (i = 0; i < n; i++) {
		double a = s->actual[i], error = a - s->predicted[i];

		m->a[i] = a - centre;
		m->ee[i] = error * error;
		m->e[i] = fabs(error);
		m->known[i] = a != 0;
		m->r[i] = a != 0 ? m->e[i] / fabs(a) : 0;
	}
	return 0;
}

static void
init_class_row(struct rai_measure *m, size_t i, uint32_t actual, const double *p)
{
	double kept = fmin(fmax(p[actual], 1e-15), 1 - 1e-15), sum = 0, off;
	uint32_t k;

	for (k = 0; k < m->nclass; k++) {
		off = p[k] - (k == actual);
		sum += off * off;
	}
	m->label[i] = actual;
	m->best[i] = (uint32_t)rai_metric_class(p, m->nclass);
	m->loss[i] = -rai_log(kept);
	off = p[m->nclass - 1] - (actual == m->nclass - 1);
	m->brier[i] = m->nclass == 2 ? off * off : sum;
}

struct ranked {
	double p;
	uint32_t row;
};

static int
by_probability(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	if (a->p != b->p)
		return isnan(a->p) || isnan(b->p) ? isnan(b->p) - isnan(a->p)
						  : (a->p > b->p) - (a->p < b->p);
	return (a->row > b->row) - (a->row < b->row);
}

static int
init_orders(struct rai_measure *m, const struct rai_scored *s)
{
	struct ranked *v = malloc((s->n + 1) * sizeof(*v));
	size_t k, i, n = s->n;

	m->norder = m->nclass == 2 ? 1 : m->nclass;
	m->order = calloc(m->norder, (n + 1) * sizeof(*m->order));
	if (v == NULL || m->order == NULL) {
		free(v);
		return -1;
	}
	for (k = 0; k < m->norder; k++) {
		size_t class = m->nclass == 2 ? 1 : k;

		for (i = 0; i < n; i++)
			v[i] = (struct ranked){s->predicted[i * m->nclass + class], (uint32_t)i};
		qsort(v, n, sizeof(*v), by_probability);
		for (i = 0; i < n; i++)
			m->order[k * n + i] = v[i].row << ROW |
					      (m->label[v[i].row] == class ? POSITIVE : 0) |
					      (i + 1 == n || v[i].p != v[i + 1].p ? LAST : 0);
	}
	free(v);
	return 0;
}

static int
init_classes(struct rai_measure *m, const struct rai_scored *s)
{
	size_t i, n = s->n;

	m->loss = malloc(2 * (n + 1) * sizeof(*m->loss));
	m->label = malloc(2 * (n + 1) * sizeof(*m->label));
	if (m->loss == NULL || m->label == NULL)
		return -1;
	m->brier = m->loss + n;
	m->best = m->label + n;
	for (i = 0; i < n; i++)
		init_class_row(m, i, (uint32_t)s->actual[i], s->predicted + i * s->nclass);
	return m->want & 1U << RAI_METRIC_AUC ? init_orders(m, s) : 0;
}

int
rai_measure_init(struct rai_measure *m, const struct rai_scored *s, unsigned want)
{
	memset(m, 0, sizeof(*m));
	m->n = s->n;
	m->nclass = s->nclass;
	m->want = want;
	if (s->n < ROWS_MAX && s->nclass < UINT32_MAX &&
	    (s->nclass > 0 ? init_classes(m, s) : init_numbers(m, s)) == 0)
		return 0;
	rai_measure_release(m);
	return -1;
}

void
rai_measure_release(struct rai_measure *m)
{
	free(m->a);
	free(m->loss);
	free(m->label);
	free(m->order);
	memset(m, 0, sizeof(*m));
}

size_t
rai_measure_scratch(const struct rai_measure *m)
{
	return 3 * m->nclass + 1;
}

static void
measure_numbers(const struct rai_measure *m, const uint32_t *count, double *out)
{
	double n = 0, a = 0, aa = 0, ee = 0, e = 0, r = 0, known = 0, spread;
	size_t i;

	for (i = 0; i < m->n; i++) {
		double w = count[i];

		n += w;
		a += w * m->a[i];
		aa += w * (m->a[i] * m->a[i]);
		ee += w * m->ee[i];
		e += w * m->e[i];
		r += w * m->r[i];
		known += w * m->known[i];
	}
	spread = aa - a * a / n;
	out[RAI_METRIC_R2] = spread > 0 ? 1 - ee / spread : NAN;
	out[RAI_METRIC_RMSE] = sqrt(ee / n);
	out[RAI_METRIC_MAE] = e / n;
	out[RAI_METRIC_MAPE] = known > 0 ? r / known : NAN;
	out[RAI_METRIC_ACCURACY] =
	    isnan(out[RAI_METRIC_MAPE]) ? NAN : fmax(0, 1 - out[RAI_METRIC_MAPE]);
}

/*
 * The share of pairs of a row of the class and one of another in which the first is the more
 * probable, half of those that are equal (Mann and Whitney 1947), by exact counts.
 */
static double
auc_of(const uint32_t *order, size_t n, const uint32_t *count)
{
	uint64_t up = 0, all = 0, below = 0, positives = 0, twice = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t w = count[order[i] >> ROW];

		all += w;
		up += order[i] & POSITIVE ? w : 0;
		if (order[i] & LAST) {
			twice += up * (2 * below + (all - up));
			below += all - up;
			positives += up;
			all = up = 0;
		}
	}
	if (positives == 0 || below == 0)
		return NAN;
	return (double)twice / 2 / ((double)positives * (double)below);
}

/* The mean over the classes of which the sample has rows, and rows of others. */
static double
mean_auc(const struct rai_measure *m, const uint32_t *count)
{
	double sum = 0, one;
	size_t k, known = 0;

	for (k = 0; k < m->norder; k++) {
		one = auc_of(m->order + k * m->n, m->n, count);
		if (isnan(one))
			continue;
		sum += one;
		known++;
	}
	return known > 0 ? sum / (double)known : NAN;
}

/* Rows of each class, rows said to be of it, and those that are right. */
static void
measure_counts(const struct rai_measure *m, const uint32_t *count, uint64_t *scratch, double *out)
{
	uint64_t *actual = scratch, *said = actual + m->nclass, *right = said + m->nclass, all = 0,
		 n = 0;
	double f1 = 0, recall = 0;
	size_t i, k, nf1 = 0, nrecall = 0;

	memset(scratch, 0, 3 * m->nclass * sizeof(*scratch));
	for (i = 0; i < m->n; i++) {
		actual[m->label[i]] += count[i];
		said[m->best[i]] += count[i];
		right[m->best[i]] += count[i] * (uint64_t)(m->label[i] == m->best[i]);
	}
	for (k = 0; k < m->nclass; k++) {
		all += right[k];
		n += actual[k];
		if (actual[k] > 0) {
			recall += (double)right[k] / (double)actual[k];
			nrecall++;
		}
		if (actual[k] + said[k] > 0 && (m->nclass > 2 || k == 1)) {
			f1 += 2 * (double)right[k] / (double)(actual[k] + said[k]);
			nf1++;
		}
	}
	out[RAI_METRIC_ACCURACY] = (double)all / (double)n;
	out[RAI_METRIC_F1] = nf1 > 0 ? f1 / (double)nf1 : NAN;
	out[RAI_METRIC_BALANCED_ACCURACY] = nrecall > 0 ? recall / (double)nrecall : NAN;
}

static void
measure_classes(const struct rai_measure *m, const uint32_t *count, uint64_t *scratch, double *out)
{
	const unsigned sums = 1U << RAI_METRIC_LOG_LOSS | 1U << RAI_METRIC_BRIER;
	double n = 0, loss = 0, brier = 0;
	size_t i;

	for (i = 0; i < m->n && m->want & sums; i++) {
		double w = count[i];

		n += w;
		loss += w * m->loss[i];
		brier += w * m->brier[i];
	}
	out[RAI_METRIC_LOG_LOSS] = loss / n;
	out[RAI_METRIC_BRIER] = brier / n;
	if (m->want & ~(sums | 1U << RAI_METRIC_AUC))
		measure_counts(m, count, scratch, out);
	if (m->order != NULL)
		out[RAI_METRIC_AUC] = mean_auc(m, count);
}

void
rai_measure(const struct rai_measure *m, const uint32_t *count, uint64_t *scratch, double *out)
{
	size_t i;

	for (i = 0; i < RAI_METRICS; i++)
		out[i] = NAN;
	if (m->nclass > 0)
		measure_classes(m, count, scratch, out);
	else
		measure_numbers(m, count, out);
	for (i = 0; i < RAI_METRICS; i++)
		if (!(m->want & 1U << i))
			out[i] = NAN;
}

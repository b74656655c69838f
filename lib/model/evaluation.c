#include "model/evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double rai_residual_shares[7] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
rai_residuals(const struct rai_scored *s, struct rai_residuals *out, struct rai_err *err)
{
	double *v = malloc((s->n + 1) * sizeof(*v)), sum = 0, squares = 0;
	size_t i, k;

	if (v == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		v[i] = s->actual[i] - s->predicted[i];
		sum += v[i];
	}
	out->mean = sum / (double)s->n;
	for (i = 0; i < s->n; i++)
		squares += (v[i] - out->mean) * (v[i] - out->mean);
	out->sd = s->n > 1 ? sqrt(squares / (double)(s->n - 1)) : NAN;
	qsort(v, s->n, sizeof(*v), ascending);
	for (k = 0; k < 7; k++) {
		double at = rai_residual_shares[k] * (double)(s->n - 1);
		size_t low = (size_t)at, high = low + 1 < s->n ? low + 1 : low;

		out->quantile[k] = v[low] + (at - (double)low) * (v[high] - v[low]);
	}
	free(v);
	return 0;
}

void
rai_confusion(const struct rai_scored *s, size_t *out)
{
	size_t i;

	memset(out, 0, s->nclass * s->nclass * sizeof(*out));
	for (i = 0; i < s->n; i++)
		out[(size_t)s->actual[i] * s->nclass +
		    rai_metric_class(s->predicted + i * s->nclass, s->nclass)]++;
}

struct said {
	double p;
	size_t row;
	int is;
};

static int
by_probability(const void *x, const void *y)
{
	const struct said *a = x, *b = y;

	if (a->p != b->p)
		return a->p < b->p ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

int
rai_reliability(const struct rai_scored *s, struct rai_reliability out[RAI_RELIABILITY_GROUPS],
    struct rai_err *err)
{
	size_t groups = s->n < RAI_RELIABILITY_GROUPS ? s->n : RAI_RELIABILITY_GROUPS, i, g;
	struct said *v = malloc((s->n + 1) * sizeof(*v));

	if (v == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		const double *p = s->predicted + i * s->nclass;
		size_t class = s->nclass == 2 ? 1 : rai_metric_class(p, s->nclass);

		v[i] = (struct said){p[class], i, (size_t)s->actual[i] == class};
	}
	qsort(v, s->n, sizeof(*v), by_probability);
	for (g = 0; g < groups; g++) {
		out[g] = (struct rai_reliability){0, 0, 0};
		for (i = s->n * g / groups; i < s->n * (g + 1) / groups; i++) {
			out[g].n++;
			out[g].said += v[i].p;
			out[g].is += v[i].is;
		}
		out[g].said /= (double)out[g].n;
		out[g].is /= (double)out[g].n;
	}
	free(v);
	return (int)groups;
}

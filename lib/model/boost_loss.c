#include "model/boost_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"

int
rai_boost_loss_counted(enum rai_boost_loss loss)
{
	return loss == RAI_BOOST_SQUARED || loss == RAI_BOOST_ABSOLUTE;
}

int
rai_boost_loss_check(const struct rai_boost_target *t, struct rai_err *err)
{
	double sum = 0;
	size_t i;

	for (i = 0; t->loss == RAI_BOOST_POISSON && i < t->n; i++) {
		if (t->y[i] < 0)
			return rai_fail(err, RAI_EINPUT,
			    "loss poisson: a target is %g; counts must not be negative", t->y[i]);
		sum += t->y[i];
	}
	if (t->loss == RAI_BOOST_POISSON && sum == 0)
		return rai_fail(err, RAI_EINPUT, "loss poisson: all targets are 0");
	return 0;
}

static double
mean(const double *y, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += y[i];
	return sum / (double)n;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
rai_boost_loss_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n % 2 == 1 ? v[n / 2] : v[n / 2 - 1] / 2 + v[n / 2] / 2;
}

/* Logarithms of the classes' shares; a class without rows counts as half a row. */
static void
class_base(const struct rai_boost_target *t, double *base)
{
	size_t i, k;

	memset(base, 0, t->outputs * sizeof(*base));
	for (i = 0; i < t->n; i++)
		if (t->loss == RAI_BOOST_SOFTMAX)
			base[(size_t)t->y[i]] += 1;
		else
			base[0] += t->y[i];
	for (k = 0; t->loss == RAI_BOOST_SOFTMAX && k < t->outputs; k++)
		base[k] = rai_log(fmax(base[k], 0.5) / (double)t->n);
	if (t->loss == RAI_BOOST_LOGISTIC)
		base[0] = rai_log(fmax(base[0], 0.5) / fmax((double)t->n - base[0], 0.5));
}

int
rai_boost_loss_base(const struct rai_boost_target *t, double *base, struct rai_err *err)
{
	double *v;

	switch (t->loss) {
	case RAI_BOOST_SQUARED:
		base[0] = mean(t->y, t->n);
		break;
	case RAI_BOOST_POISSON:
		base[0] = rai_log(mean(t->y, t->n));
		break;
	case RAI_BOOST_ABSOLUTE:
		if ((v = malloc(t->n * sizeof(*v))) == NULL)
			return rai_fail_memory(err);
		memcpy(v, t->y, t->n * sizeof(*v));
		base[0] = rai_boost_loss_median(v, t->n);
		free(v);
		break;
	case RAI_BOOST_LOGISTIC:
	case RAI_BOOST_SOFTMAX:
		class_base(t, base);
		break;
	}
	if (!isfinite(base[0]))
		return rai_fail(err, RAI_EINPUT, "the targets are too large to be summed");
	return 0;
}

double
rai_boost_loss_sigmoid(double s)
{
	double e = rai_exp(s < 0 ? s : -s);

	return s < 0 ? e / (1 + e) : 1 / (1 + e);
}

void
rai_boost_loss_softmax(const double *score, size_t n, size_t step, double *out)
{
	double max = score[0], sum = 0;
	size_t k;

	for (k = 1; k < n; k++)
		max = score[k * step] > max ? score[k * step] : max;
	for (k = 0; k < n; k++) {
		out[k * step] = rai_exp(score[k * step] - max);
		sum += out[k * step];
	}
	for (k = 0; k < n; k++)
		out[k * step] /= sum;
}

void
rai_boost_loss_share(const struct rai_boost_target *t, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++)
		rai_boost_loss_softmax(t->score + i, t->outputs, t->n, t->share + i);
}

static void
derive_row(const struct rai_boost_target *t, size_t k, size_t i)
{
	double s = t->score[k * t->n + i], y = t->y[i], p;

	switch (t->loss) {
	case RAI_BOOST_SQUARED:
		t->g[i] = s - y;
		break;
	case RAI_BOOST_ABSOLUTE:
		t->g[i] = s > y ? 1 : -1;
		break;
	case RAI_BOOST_POISSON:
		p = rai_exp(s);
		t->g[i] = p - y;
		t->h[i] = p;
		break;
	case RAI_BOOST_LOGISTIC:
		p = rai_boost_loss_sigmoid(s);
		t->g[i] = p - y;
		t->h[i] = p * (1 - p);
		break;
	case RAI_BOOST_SOFTMAX:
		p = t->share[k * t->n + i];
		t->g[i] = p - (y == (double)k);
		t->h[i] = p * (1 - p);
		break;
	}
}

void
rai_boost_loss_derive(const struct rai_boost_target *t, size_t k, size_t from, size_t to,
    double *max_g, double *max_h)
{
	size_t i;

	for (i = from; i < to; i++) {
		derive_row(t, k, i);
		*max_g = fabs(t->g[i]) > *max_g ? fabs(t->g[i]) : *max_g;
		if (t->h != NULL)
			*max_h = t->h[i] > *max_h ? t->h[i] : *max_h;
	}
}

/* log(1 + exp(s)) */
static double
softplus(double s)
{
	return (s > 0 ? s : 0) + rai_log(1 + rai_exp(s > 0 ? -s : s));
}

double
rai_boost_loss_row(
    enum rai_boost_loss loss, double y, const double *score, size_t outputs, size_t step)
{
	double max = score[0], sum = 0;
	size_t k;

	switch (loss) {
	case RAI_BOOST_SQUARED:
		return (score[0] - y) * (score[0] - y);
	case RAI_BOOST_ABSOLUTE:
		return fabs(score[0] - y);
	case RAI_BOOST_POISSON:
		return rai_exp(score[0]) - y * score[0];
	case RAI_BOOST_LOGISTIC:
		return softplus(score[0]) - y * score[0];
	case RAI_BOOST_SOFTMAX:
		break;
	}
	for (k = 1; k < outputs; k++)
		max = score[k * step] > max ? score[k * step] : max;
	for (k = 0; k < outputs; k++)
		sum += rai_exp(score[k * step] - max);
	return max + rai_log(sum) - score[(size_t)y * step];
}

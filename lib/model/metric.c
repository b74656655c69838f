#include "model/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/measure.h"

const char *const rai_metric_names[] = {"r2", "rmse", "mae", "mape", "accuracy", "log_loss", "auc",
    "f1", "brier", "balanced_accuracy", NULL};

static const struct {
	signed char direction, numbers, classes;
} traits[RAI_METRICS] = {
    [RAI_METRIC_R2] = {1, 1, 0},
    [RAI_METRIC_RMSE] = {-1, 1, 0},
    [RAI_METRIC_MAE] = {-1, 1, 0},
    [RAI_METRIC_MAPE] = {-1, 1, 0},
    [RAI_METRIC_ACCURACY] = {1, 1, 1},
    [RAI_METRIC_LOG_LOSS] = {-1, 0, 1},
    [RAI_METRIC_AUC] = {1, 0, 1},
    [RAI_METRIC_F1] = {1, 0, 1},
    [RAI_METRIC_BRIER] = {-1, 0, 1},
    [RAI_METRIC_BALANCED_ACCURACY] = {1, 0, 1},
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
	return traits[metric].direction;
}

int
rai_metric_fits(enum rai_metric metric, size_t nclass)
{
	return nclass > 0 ? traits[metric].classes : traits[metric].numbers;
}

size_t
rai_metric_class(const double *p, size_t nclass)
{
	size_t k, best = 0;

	for (k = 1; k < nclass; k++)
		if (p[k] > p[best])
			best = k;
	return best;
}

void
rai_metric_list(size_t nclass, struct rai_buf *out)
{
	size_t i, n = 0;

	for (i = 0; i < RAI_METRICS; i++)
		if (rai_metric_fits((enum rai_metric)i, nclass))
			rai_buf_printf(out, "%s%s", n++ > 0 ? ", " : "", rai_metric_names[i]);
}

void
rai_metric_all(const struct rai_scored *s, double *out)
{
	struct rai_measure m;
	uint32_t *count = calloc(s->n + 1, sizeof(*count));
	uint64_t *scratch = NULL;
	size_t i;

	for (i = 0; i < RAI_METRICS; i++)
		out[i] = NAN;
	if (rai_measure_init(&m, s, ~0U) == 0)
		scratch = calloc(rai_measure_scratch(&m), sizeof(*scratch));
	for (i = 0; count != NULL && i < s->n; i++)
		count[i] = 1;
	if (count != NULL && scratch != NULL && s->n > 0)
		rai_measure(&m, count, scratch, out);
	rai_measure_release(&m);
	free(count);
	free(scratch);
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

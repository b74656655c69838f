#include "drift/coverage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stat.h"

static int
make_room(struct rai_drift_lag *l, size_t cap)
{
	int64_t *made = reallocarray(l->made_ms, cap, sizeof(*made));
	unsigned char *labelled;

	if (made == NULL)
		return -1;
	l->made_ms = made;
	labelled = realloc(l->labelled, cap);
	if (labelled == NULL)
		return -1;
	l->labelled = labelled;
	memset(made + l->cap, 0, (cap - l->cap) * sizeof(*made));
	memset(labelled + l->cap, 0, cap - l->cap);
	l->cap = cap;
	return 0;
}

int
rai_drift_lag_prediction(struct rai_drift_lag *l, int64_t seq, int64_t made_ms, int labelled)
{
	size_t at = (size_t)(seq % (int64_t)RAI_DRIFT_MEMORY), cap = l->cap > 0 ? l->cap : 512;

	while (cap <= at)
		cap *= 2;
	if (cap > l->cap && make_room(l, cap) != 0)
		return -1;
	l->made_ms[at] = made_ms;
	l->labelled[at] = labelled != 0;
	return 0;
}

void
rai_drift_lag_delay(struct rai_drift_lag *l, int64_t delay_ms)
{
	l->delay_ms[l->ndelay++ % RAI_DRIFT_DELAYS] = delay_ms;
}

void
rai_drift_lag_pair(struct rai_drift_lag *l, const struct rai_drift_pair *pair)
{
	size_t at = (size_t)(pair->seq % (int64_t)RAI_DRIFT_MEMORY);

	if (at < l->cap)
		l->labelled[at] = 1;
	if (pair->made_ms > 0 && pair->known_ms >= pair->made_ms)
		rai_drift_lag_delay(l, pair->known_ms - pair->made_ms);
}

void
rai_drift_lag_release(struct rai_drift_lag *l)
{
	free(l->made_ms);
	free(l->labelled);
	memset(l, 0, sizeof(*l));
}

/* Counts those made up to latest_ms; without a time too. */
static int64_t
count(const struct rai_drift_lag *l, int64_t from, int64_t to, int64_t latest_ms, int64_t *of)
{
	int64_t seq, labelled = 0;

	for (*of = 0, seq = from; seq < to; seq++) {
		size_t at = (size_t)(seq % (int64_t)RAI_DRIFT_MEMORY);

		if (at >= l->cap || l->made_ms[at] > latest_ms)
			continue;
		*of += 1;
		labelled += l->labelled[at];
	}
	return labelled;
}

/* What is remembered of so many predictions begins here. */
static int64_t
oldest(int64_t from, int64_t predictions)
{
	int64_t first = predictions - (int64_t)RAI_DRIFT_MEMORY / 2;

	return from > first ? from : first > 0 ? first : 0;
}

int64_t
rai_drift_lag_made(const struct rai_drift_lag *l, int64_t seq, int64_t predictions)
{
	size_t at = (size_t)(seq % (int64_t)RAI_DRIFT_MEMORY);

	return seq < predictions && seq == oldest(seq, predictions) && at < l->cap ? l->made_ms[at]
										   : 0;
}

int64_t
rai_drift_lag_labelled(
    const struct rai_drift_lag *l, int64_t from, int64_t to, int64_t predictions, int64_t *of)
{
	return count(l, oldest(from, predictions), to, INT64_MAX, of);
}

static void
usual_delay(const struct rai_drift_lag *l, struct rai_drift_coverage *out)
{
	double sorted[RAI_DRIFT_DELAYS];
	size_t i, n = l->ndelay < RAI_DRIFT_DELAYS ? (size_t)l->ndelay : RAI_DRIFT_DELAYS;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		sorted[i] = (double)l->delay_ms[i];
	rai_stat_sort(sorted, n);
	out->delays = (int64_t)n;
	out->median_ms = (int64_t)rai_stat_quantile(sorted, n, 0.5);
	out->p95_ms = (int64_t)rai_stat_quantile(sorted, n, 0.95);
}

void
rai_drift_lag_cover(const struct rai_drift_lag *l, const struct rai_drift_pair *pair, size_t n,
    int64_t predictions, int64_t now_ms, struct rai_drift_coverage *out)
{
	int64_t from = predictions, to = 0;
	size_t i;

	memset(out, 0, sizeof(*out));
	usual_delay(l, out);
	for (i = 0; i < n; i++) {
		from = pair[i].seq < from ? pair[i].seq : from;
		to = pair[i].seq >= to ? pair[i].seq + 1 : to;
	}
	from = oldest(from, predictions);
	out->labelled = count(l, from, to, now_ms - out->p95_ms, &out->eligible);
	if (out->eligible == 0) /* labels came sooner than they use to */
		out->labelled = count(l, from, to, INT64_MAX, &out->eligible);
}

void
rai_drift_coverage_ask(
    const struct rai_drift_coverage *c, double least, struct rai_drift_labels *labels)
{
	labels->told = (double)c->labelled >= least * (double)c->eligible;
	if (labels->told)
		return;
	labels->accuracy = labels->low = labels->high = labels->p = NAN;
	labels->worse = labels->drifted = labels->target.drifted = 0;
	labels->worse_lingers = labels->lingers = 0;
	labels->residual.n = 0;
	labels->residual.moved = 0;
	snprintf(labels->why, sizeof(labels->why),
	    "cannot tell the accuracy: labels for %.1f %% of the predictions that are old enough, "
	    "at least %.1f %% are wanted",
	    100 * (double)c->labelled / (double)c->eligible, 100 * least);
}

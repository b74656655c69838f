#include "drift/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rai_profile_col *
rai_drift_history_col(const struct rai_drift_history *h, size_t i)
{
	return i < h->profile->n    ? &h->profile->col[i]
	       : i == h->profile->n ? &h->profile->prediction
				    : &h->profile->target;
}

int
rai_drift_history_init(
    struct rai_drift_history *h, const struct rai_profile *profile, struct rai_err *err)
{
	size_t i;

	memset(h, 0, sizeof(*h));
	h->profile = profile;
	h->mark = calloc(RAI_DRIFT_MARKS, sizeof(*h->mark));
	h->bin = calloc(profile->n + 2, sizeof(*h->bin));
	if (h->mark == NULL || h->bin == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < profile->n + 2; i++) {
		h->bin[i] = calloc(rai_drift_history_col(h, i)->nbin + 2, sizeof(**h->bin));
		if (h->bin[i] == NULL)
			return rai_fail_memory(err);
	}
	return 0;
}

void
rai_drift_history_release(struct rai_drift_history *h)
{
	size_t i;

	for (i = 0; h->bin != NULL && i < h->profile->n + 2; i++)
		free(h->bin[i]);
	free(h->bin);
	free(h->mark);
	memset(h, 0, sizeof(*h));
}

static void
count(struct rai_drift_history *h, size_t i, const double *num, const int32_t *code, size_t n)
{
	const struct rai_profile_col *c = rai_drift_history_col(h, i);
	size_t k;

	memset(h->bin[i], 0, (c->nbin + 2) * sizeof(**h->bin));
	if (c->name == NULL || (c->kind == RAI_PROFILE_CAT ? code == NULL : num == NULL))
		return;
	for (k = 0; k < n; k++)
		h->bin[i][c->kind == RAI_PROFILE_CAT ? rai_profile_bin_cat(c, code[k])
						     : rai_profile_bin_num(c, num[k])]++;
}

static void
hear_inputs(void *ctx, const struct rai_drift_rows *rows)
{
	struct rai_drift_history *h = ctx;
	size_t i;

	for (i = 0; i < h->profile->n; i++)
		count(h, i, rows->num[i], rows->code[i], rows->n);
	count(h, h->profile->n, rows->prediction, NULL, rows->n);
}

static void
hear_labels(void *ctx, const double *actual, size_t n)
{
	struct rai_drift_history *h = ctx;

	count(h, h->profile->n + 1, actual, NULL, n);
}

struct rai_drift_listener
rai_drift_history_listener(struct rai_drift_history *h)
{
	return (struct rai_drift_listener){hear_inputs, hear_labels, h};
}

struct rai_drift_mark *
rai_drift_history_add(struct rai_drift_history *h)
{
	struct rai_drift_mark *m;

	if (h->n == RAI_DRIFT_MARKS)
		memmove(h->mark, h->mark + 1, --h->n * sizeof(*h->mark));
	m = &h->mark[h->n++];
	memset(m, 0, sizeof(*m));
	return m;
}

static struct rai_drift_mark *
add(struct rai_drift_history *h, const struct rai_drift_state *s)
{
	struct rai_drift_mark *m = rai_drift_history_add(h);

	m->verdict = s->verdict;
	m->advice = s->advice;
	m->accuracy = m->low = m->high = NAN;
	return m;
}

static void
name(struct rai_drift_mark *m, const char *what)
{
	if (m->hot < RAI_DRIFT_HOT)
		snprintf(m->name[m->hot], sizeof(m->name[0]), "%s", what);
	m->hot++;
}

static void
mark_inputs(struct rai_drift_history *h, const struct rai_drift_state *s)
{
	struct rai_drift_mark *m = add(h, s);
	const struct rai_drift_inputs *in = s->in;
	size_t i;

	m->number = s->input_windows;
	m->rows = s->span.rows;
	m->from_ms = s->span.from_ms;
	m->to_ms = s->span.to_ms;
	if (in == NULL)
		return;
	m->moved = in->drifted;
	m->broken = in->broken;
	for (i = 0; i < in->n; i++)
		if (in->broken ? in->col[i].broken : in->col[i].drifted)
			name(m, in->col[i].name);
	if (!in->broken && in->prediction.drifted)
		name(m, "the prediction");
	if (!in->broken && in->joint.drifted)
		name(m, "all numbers together");
}

static void
mark_labels(struct rai_drift_history *h, const struct rai_drift_state *s)
{
	struct rai_drift_mark *m = add(h, s);
	const struct rai_drift_labels *l = s->labels;

	m->labels = 1;
	m->number = s->label_windows;
	m->to_ms = s->span.to_ms;
	if (l == NULL)
		return;
	m->rows = (int64_t)l->rows;
	m->moved = l->drifted || l->worse;
	m->broken = l->broken;
	if (l->told) {
		m->accuracy = l->accuracy;
		m->low = l->low;
		m->high = l->high;
	}
	if (l->broken)
		name(m, "the labels");
	else if (l->worse)
		name(m, "the error");
	if (!l->broken && l->drifted)
		name(m, "the target");
}

void
rai_drift_history_skip(struct rai_drift_history *h, const struct rai_drift_state *s)
{
	h->input_windows = s->input_windows;
	h->label_windows = s->label_windows;
}

int
rai_drift_history_see(struct rai_drift_history *h, const struct rai_drift_state *s)
{
	int inputs = s->input_windows > h->input_windows;
	int labels = s->label_windows > h->label_windows;

	if (inputs)
		mark_inputs(h, s);
	if (labels)
		mark_labels(h, s);
	rai_drift_history_skip(h, s);
	return inputs || labels;
}

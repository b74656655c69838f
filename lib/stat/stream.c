#include "stat/stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat/stream_kind.h"

const char *const rai_stat_stream_names[] = {
    "cusum", "page-hinkley", "adwin", "ddm", "eddm", "kswin", NULL};

static const struct stream_kind *const kinds[] = {
    &stream_cusum, &stream_page_hinkley, &stream_adwin, &stream_ddm, &stream_eddm, &stream_kswin};

struct rai_stat_stream_rule
rai_stat_stream_default(enum rai_stat_stream_kind kind)
{
	struct rai_stat_stream_rule r = {.kind = kind, .least = 30};

	switch (kind) {
	case RAI_STREAM_CUSUM:
		r.share = 0.04;
		r.per = 6000;
		break;
	case RAI_STREAM_PAGE_HINKLEY:
		r.delta = 0.005;
		r.threshold = 50;
		r.keep = 0.9999;
		break;
	case RAI_STREAM_ADWIN:
		r.delta = 0.002;
		break;
	case RAI_STREAM_DDM:
		r.beta = 2;
		r.sd = 3;
		break;
	case RAI_STREAM_EDDM:
		r.alpha = 0.95;
		r.beta = 0.9;
		break;
	case RAI_STREAM_KSWIN:
		r.alpha = 0.005;
		r.window = 100;
		r.recent = 30;
		break;
	}
	return r;
}

int
rai_stat_stream_new(
    const struct rai_stat_stream_rule *rule, struct rai_stat_stream **out, struct rai_err *err)
{
	const struct stream_kind *kind = kinds[rule->kind];
	const char *why = kind->check(rule);
	struct rai_stat_stream *s;

	if (why != NULL)
		return rai_fail(err, RAI_EINPUT, "%s: %s", rai_stat_stream_names[rule->kind], why);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return rai_fail_memory(err);
	s->kind = kind;
	s->rule = *rule;
	s->state = calloc(kind->size(rule), sizeof(*s->state));
	if (s->state == NULL || (rule->kind == RAI_STREAM_CUSUM && stream_cusum_begin(s) != 0)) {
		rai_stat_stream_free(s);
		return rai_fail_memory(err);
	}
	*out = s;
	return 0;
}

void
rai_stat_stream_free(struct rai_stat_stream *s)
{
	if (s == NULL)
		return;
	free(s->state);
	stream_cusum_free(s->cusum);
	free(s);
}

int
rai_stat_stream_push(struct rai_stat_stream *s, double v, struct rai_stat_change *change)
{
	int rc;

	if (!isfinite(v))
		return RAI_STREAM_QUIET;
	rc = s->kind->push(s, v, change);
	if (rc == RAI_STREAM_ALARM)
		rai_stat_stream_reset(s);
	return rc;
}

void
rai_stat_stream_reset(struct rai_stat_stream *s)
{
	memset(s->state, 0, s->kind->size(&s->rule) * sizeof(*s->state));
}

const double *
rai_stat_stream_state(const struct rai_stat_stream *s, size_t *n)
{
	*n = s->kind->size(&s->rule);
	return s->state;
}

int
rai_stat_stream_restore(
    struct rai_stat_stream *s, const double *state, size_t n, struct rai_err *err)
{
	const char *name = rai_stat_stream_names[s->rule.kind];
	size_t i, want = s->kind->size(&s->rule);

	if (n != want)
		return rai_fail(err, RAI_EINPUT,
		    "the state of a detector %s is %zu numbers, these are %zu", name, want, n);
	for (i = 0; i < n; i++)
		if (!(fabs(state[i]) <= 1e300))
			return rai_fail(err, RAI_EINPUT,
			    "the state of a detector %s is finite numbers, number %zu is not", name,
			    i + 1);
	if (!s->kind->sound(&s->rule, state))
		return rai_fail(
		    err, RAI_EINPUT, "these numbers are no state of a detector %s", name);
	memcpy(s->state, state, n * sizeof(*state));
	return 0;
}

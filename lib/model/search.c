#include "model/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/num.h"
#include "base/rng.h"

#define STREAM 0x647261770000 /* draw i takes the stream STREAM + i */

size_t
rai_search_count(const struct rai_search *s)
{
	size_t n = 1, k;

	if (s->draws > 0)
		return s->draws > RAI_SEARCH_DRAWS ? 0 : s->draws;
	for (k = 0; k < s->nparam; k++) {
		n *= s->param[k].nword;
		if (n > RAI_SEARCH_DRAWS)
			return 0;
	}
	return n;
}

/* A number of the range at u, from 0 to less than 1. */
static double
in_range(const struct rai_search_param *p, double u)
{
	double end = p->whole ? p->to + 1 : p->to, v;

	if (p->log) {
		double from = rai_log(p->from), to = rai_log(end);

		v = rai_exp(from + u * (to - from));
	} else
		v = p->from + u * (end - p->from);
	if (p->whole)
		v = floor(v);
	return v < p->from ? p->from : v > p->to ? p->to : v;
}

static int
set(const struct rai_search_param *p, struct rai_fitted *f, double value, struct rai_err *err)
{
	char text[RAI_NUM_TEXT];

	rai_num_format(value, text);
	return rai_fitted_set_text(f, p->name, text, err);
}

int
rai_search_check(const struct rai_search *s, struct rai_err *err)
{
	struct rai_fitted f = s->base;
	size_t k, w;

	for (k = 0; k < s->nparam; k++) {
		const struct rai_search_param *p = &s->param[k];

		for (w = 0; w < p->nword; w++)
			if (rai_fitted_set_text(&f, p->name, p->word[w], err) != 0)
				return -1;
		if (p->nword > 0)
			continue;
		if (set(p, &f, p->from, err) != 0 || set(p, &f, p->to, err) != 0)
			return -1;
		if (!(p->from <= p->to) || (p->log && !(p->from > 0)))
			return rai_fail(err, RAI_EINPUT, "%s: from %g to %g is no range%s", p->name,
			    p->from, p->to, p->log ? " of a logarithm" : "");
		if (s->draws == 0)
			return rai_fail(err, RAI_EINPUT,
			    "%s: every combination needs a list of values, no range", p->name);
	}
	if (rai_search_count(s) == 0)
		return rai_fail(err, RAI_EINPUT, "more than %d draws", RAI_SEARCH_DRAWS);
	return 0;
}

int
rai_search_draw(const struct rai_search *s, size_t i, struct rai_fitted *out, struct rai_err *err)
{
	struct rai_rng rng = rai_rng_new(s->seed, STREAM + i);
	size_t k, at, rest = i;

	*out = s->base;
	for (k = 0; k < s->nparam; k++) {
		const struct rai_search_param *p = &s->param[k];

		if (p->nword == 0) {
			if (set(p, out, in_range(p, rai_rng_unit(&rng)), err) != 0)
				return -1;
			continue;
		}
		at = s->draws > 0 ? (size_t)rai_rng_below(&rng, p->nword) : rest % p->nword;
		rest /= p->nword;
		if (rai_fitted_set_text(out, p->name, p->word[at], err) != 0)
			return -1;
	}
	return 0;
}

size_t
rai_search_units(const struct rai_search *s)
{
	size_t n = rai_search_count(s), i, one, units = 0, most = 0;
	struct rai_fitted f;

	for (i = 0; i < n; i++)
		if (rai_search_draw(s, i, &f, NULL) == 0) {
			one = rai_fitted_units(&f);
			units += one * s->folds;
			most = one > most ? one : most;
		}
	for (; s->halving > 1 && n >= s->halving; n = (n + s->halving - 1) / s->halving)
		units += (n + s->halving - 1) / s->halving * most * s->folds;
	return units;
}

void
rai_search_release(struct rai_search *s)
{
	free(s->draw);
	s->draw = NULL;
	s->ndraw = 0;
}

#include <math.h>
#include <stdio.h>

#include "drift/check.h"
#include "stat/stat.h"

int32_t
rai_drift_new_category(const char *text, size_t len)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return RAI_DRIFT_CODE_LEAST + (int32_t)((h ^ h >> 32) & 0x3fffffff);
}

/* I. Good, "The population frequencies of species and the estimation of population parameters",
 * Biometrika 40, 1953: the chance of a new species is the share of those seen once. */
static int64_t
seen_once(const struct rai_profile_col *ref)
{
	int64_t once = ref->unseen;
	size_t i;

	for (i = 0; i < ref->nbin; i++)
		once += ref->count[i] == 1;
	return once;
}

/* The chance that all `times` members of a category are among the n that are drawn of n + m. */
static double
all_drawn(int64_t times, double n, double m)
{
	double p = 1;
	int64_t i;

	for (i = 0; i < times && p > 1e-30; i++)
		p *= fmax(0, n - (double)i) / (n + m - (double)i);
	return p;
}

/* Runs of one number among codes below RAI_CODE_UNSEEN, sorted: each is a category. */
struct runs {
	const double *code;
	size_t n;
};

static int64_t
longest(const struct runs *r)
{
	size_t i, start = 0, most = 0;

	for (i = 0; i < r->n; i++) {
		if (r->code[i] != r->code[start])
			start = i;
		if (i + 1 - start > most)
			most = i + 1 - start;
	}
	return (int64_t)most;
}

/*
 * Is one new category too frequent to be one of the rare ones that any window brings?  Were the
 * window a draw from it and the reference together, so many categories as frequent as that, or more
 * so, would lie in the window altogether: at least as much as the chance that one does.
 */
static double
one_alone(const struct rai_profile_col *ref, const int64_t *now, const struct runs *r, int64_t most,
    double n, double m)
{
	double p = 0;
	size_t i, end;

	for (i = 0; i < ref->nbin; i++)
		if (ref->count[i] + now[i] >= most)
			p += all_drawn(ref->count[i] + now[i], n, m);
	for (i = 0; i < r->n; i = end) {
		for (end = i + 1; end < r->n && r->code[end] == r->code[i]; end++)
			;
		if ((int64_t)(end - i) >= most)
			p += all_drawn((int64_t)(end - i), n, m);
	}
	return fmin(1, p);
}

void
rai_drift_check_new(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const int64_t *now, const double *new_code, size_t nnew)
{
	const struct runs r = {new_code, nnew};
	int64_t have = rai_profile_values(ref) + ref->unseen, once = seen_once(ref),
		fresh = now[ref->nbin + 1], most, all;
	size_t i;

	most = longest(&r);
	for (i = 0; i < ref->nbin; i++) {
		if (ref->count[i] > 0)
			continue;
		fresh += now[i]; /* a level that the rows of the reference do not have */
		most = now[i] > most ? now[i] : most;
	}
	all = (int64_t)out->n;
	if (all == 0 || have == 0)
		return;
	out->unseen = (double)fresh / (double)all;
	out->unseen_one = (double)most / (double)all;
	out->unseen_ref = (double)once / (double)have;
	out->p_unseen = rai_stat_share_more(fresh, all, once, have);
	/* where nothing was rare, all that is new together says as much */
	if (once > 0 && most > 0)
		out->p_unseen = fmin(1, 2 * fmin(out->p_unseen, one_alone(ref, now, &r, most,
								    (double)all, (double)have)));
	else if (once == 0)
		out->least_unseen = out->p_unseen;
	if (out->broken || all < RAI_DRIFT_LEAST ||
	    out->unseen - out->unseen_ref <= RAI_DRIFT_FLOOD)
		return;
	out->broken = 1;
	snprintf(out->why, sizeof(out->why),
	    "%.60s: %.1f %% of values are categories never seen in training", out->name,
	    100 * out->unseen);
}

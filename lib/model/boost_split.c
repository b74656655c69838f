#include <string.h>

#include "model/boost_grow.h"

static double
score(double g, double h, double l2)
{
	return h + l2 > 0 ? g * g / (h + l2) : 0;
}

/* What is tried: the left side's sums against the node's. */
struct trial {
	const struct rai_boost_rules *rules;
	const struct rai_boost_sum *node;
	double l2;
};

static inline double
gain_of(const struct trial *t, int64_t g, int64_t h)
{
	return score((double)g, (double)h, t->l2) +
	       score((double)(t->node->g - g), (double)(t->node->h - h), t->l2);
}

static inline int
enough_rows(const struct trial *t, uint32_t n)
{
	return n >= t->rules->min_rows && t->node->n - n >= t->rules->min_rows;
}

static void
set_codes(uint64_t left[4], size_t from, size_t to)
{
	for (; from < to; from++)
		left[from >> 6] |= UINT64_C(1) << (from & 63);
}

/* Where a number is missing in none of the node's rows, such rows will go with the most. */
static void
take_number(const struct trial *t, size_t bin, size_t nbin, int with_missing, uint32_t nmissing,
    struct rai_boost_split *best)
{
	memset(best->left, 0, sizeof(best->left));
	set_codes(best->left, 0, bin + 1);
	best->bin = (uint16_t)bin;
	best->nothing = nmissing == 0;
	if (nmissing == 0 ? best->n >= t->node->n - best->n : with_missing)
		set_codes(best->left, nbin, nbin + 1);
}

/* The best cut between two bins, with the missing ones on either side; and those alone. */
static void
find_number(const struct trial *t, const int64_t *g, const int64_t *h, const uint32_t *n,
    size_t nbin, struct rai_boost_split *best)
{
	struct rai_boost_sum left = {0, 0, 0};
	size_t b, bin = 0, found = 0, with = 0;
	double gain;

	for (b = 0; b < nbin; b++) {
		int last = b + 1 == nbin;

		if (n[b] == 0 && !last)
			continue;
		left.g += g[b];
		left.h += h != NULL ? h[b] : n[b];
		left.n += n[b];
		if (t->node->n - left.n < t->rules->min_rows)
			break;
		if (enough_rows(t, left.n) && (gain = gain_of(t, left.g, left.h)) > best->gain) {
			*best = (struct rai_boost_split){
			    .gain = gain, .g = left.g, .h = left.h, .n = left.n};
			bin = b;
			with = 0;
			found = 1;
		}
		if (n[nbin] == 0 || last || !enough_rows(t, left.n + n[nbin]))
			continue;
		gain = gain_of(t, left.g + g[nbin], left.h + (h != NULL ? h[nbin] : n[nbin]));
		if (gain > best->gain) {
			*best = (struct rai_boost_split){.gain = gain,
			    .g = left.g + g[nbin],
			    .h = left.h + (h != NULL ? h[nbin] : n[nbin]),
			    .n = left.n + n[nbin]};
			bin = b;
			with = found = 1;
		}
	}
	if (found)
		take_number(t, bin, nbin, with, n[nbin], best);
}

/* Levels in the order of g / (h + smooth), equals by their code. */
struct ranked {
	double key;
	size_t code;
};

static void
sort_ranked(struct ranked *r, size_t n)
{
	size_t i, k;

	for (i = 1; i < n; i++) {
		struct ranked v = r[i];

		for (k = i; k > 0 && r[k - 1].key > v.key; k--)
			r[k] = r[k - 1];
		r[k] = v;
	}
}

/* From one end of the ranked levels: those so far go left. */
static void
try_levels(const struct trial *t, const struct ranked *r, size_t n, int backwards, const int64_t *g,
    const int64_t *h, const uint32_t *rows, struct rai_boost_split *best)
{
	struct rai_boost_sum left = {0, 0, 0};
	size_t i, k, until = 0;
	double gain;

	for (i = 0; i + 1 < n && i < RAI_BOOST_LEVELS; i++) {
		k = r[backwards ? n - 1 - i : i].code;
		left.g += g[k];
		left.h += h != NULL ? h[k] : rows[k];
		left.n += rows[k];
		if (!enough_rows(t, left.n) || (gain = gain_of(t, left.g, left.h)) <= best->gain)
			continue;
		*best =
		    (struct rai_boost_split){.gain = gain, .g = left.g, .h = left.h, .n = left.n};
		until = i + 1;
	}
	if (until > 0)
		memset(best->left, 0, sizeof(best->left));
	for (i = 0; i < until; i++) {
		k = r[backwards ? n - 1 - i : i].code;
		set_codes(best->left, k, k + 1);
	}
}

/*
 * A category's levels are ranked by their mean gradient, smoothed; the best subset by squared
 * error is a stretch from one end of that order (Fisher, "On grouping for maximum homogeneity",
 * JASA 1958).  As in LightGBM, levels with few rows in the node are not ranked but go right, the
 * smaller side has at most RAI_BOOST_LEVELS levels, and the gain is counted with more l2, since
 * so many subsets were compared.
 */
static void
find_category(struct trial *t, const int64_t *g, const int64_t *h, const uint32_t *n, size_t nbin,
    struct rai_boost_split *best)
{
	struct ranked r[RAI_BOOST_BINS + 1];
	double before = best->gain;
	size_t k, nranked = 0;

	t->l2 += t->rules->cat_l2;
	for (k = 0; k <= nbin; k++) {
		if (n[k] < RAI_BOOST_LEVEL_ROWS)
			continue;
		r[nranked].key =
		    (double)g[k] / ((h != NULL ? (double)h[k] : (double)n[k]) + t->rules->smooth);
		r[nranked++].code = k;
	}
	sort_ranked(r, nranked);
	try_levels(t, r, nranked, 0, g, h, n, best);
	try_levels(t, r, nranked, 1, g, h, n, best);
	if (best->gain > before) {
		best->nothing = n[nbin] == 0;
		if (n[nbin] == 0 && best->n >= t->node->n - best->n)
			set_codes(best->left, nbin, nbin + 1);
	}
}

void
rai_boost_find(const struct rai_boost_bins *b, const struct rai_boost_hist *hist, size_t j,
    const struct rai_boost_rules *rules, const struct rai_boost_sum *node,
    struct rai_boost_split *best)
{
	struct trial t = {rules, node, rules->l2};
	size_t first = b->first[j];
	const int64_t *h = hist->h != NULL ? hist->h + first : NULL;
	double parent = score((double)node->g, (double)node->h, rules->l2);

	memset(best, 0, sizeof(*best));
	/* what rounding alone may seem to gain is none */
	best->gain = parent * (1 + 1e-12);
	best->n = 0;
	if (b->levels[j] > 0)
		find_category(&t, hist->g + first, h, hist->n + first, b->nbin[j], best);
	else
		find_number(&t, hist->g + first, h, hist->n + first, b->nbin[j], best);
	best->gain = best->n > 0 ? best->gain - parent : 0;
	best->feature = (uint32_t)j;
}

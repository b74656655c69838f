#include "model/cut.h"

#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"

/*
 * With L and R the sums of the target left and right of a cut and l and r the rows there, the
 * gains are: squared error, L^2 / l + R^2 / r; Poisson deviance, L log(L / l) + R log(R / r);
 * with l_k and r_k the rows of class k, Gini, sum l_k^2 / l + sum r_k^2 / r; entropy,
 * sum l_k log l_k - l log l + the same of r.  Each is, but for a constant of the node, the
 * impurity that the cut takes away (Breiman, Friedman, Olshen, Stone, 1984).
 */
#define TERM_SCALE 0x1p20 /* n log2 n < 2^36 for n < 2^31 */

int
rai_impurity_make(enum rai_criterion criterion, const struct rai_codes *codes,
    const struct rai_target *target, uint64_t min_leaf, struct rai_impurity *out,
    struct rai_err *err)
{
	double log2e = 1 / rai_log(2);
	size_t i, n = codes->n;

	*out = (struct rai_impurity){criterion, codes, target, min_leaf, NULL, NULL};
	out->inverse = malloc((n + 1) * sizeof(*out->inverse));
	if (criterion == RAI_CRITERION_ENTROPY)
		out->term = malloc((n + 1) * sizeof(*out->term));
	if (out->inverse == NULL || (criterion == RAI_CRITERION_ENTROPY && out->term == NULL)) {
		rai_impurity_release(out);
		return rai_fail_memory(err);
	}
	out->inverse[0] = 0;
	for (i = 1; i <= n; i++)
		out->inverse[i] = 1 / (double)i;
	for (i = 0; out->term != NULL && i <= n; i++)
		out->term[i] =
		    i == 0 ? 0
			   : (int64_t)((double)i * rai_log((double)i) * log2e * TERM_SCALE + 0.5);
	return 0;
}

void
rai_impurity_release(struct rai_impurity *m)
{
	free(m->inverse);
	free(m->term);
	m->inverse = NULL;
	m->term = NULL;
}

int
rai_cutter_init(struct rai_cutter *c, const struct rai_impurity *m, struct rai_err *err)
{
	size_t nclass = m->target->nclass;

	memset(c, 0, sizeof(*c));
	c->m = m;
	c->hist = calloc(RAI_CODES_FEW * rai_draw_cells(m->target), sizeof(*c->hist));
	c->count = calloc(3 * nclass + 1, sizeof(*c->count));
	if (c->hist == NULL || c->count == NULL) {
		rai_cutter_release(c);
		return rai_fail_memory(err);
	}
	c->left = c->count + nclass;
	c->right = c->left + nclass;
	return 0;
}

void
rai_cutter_release(struct rai_cutter *c)
{
	free(c->hist);
	free(c->count);
	c->hist = NULL;
	c->count = NULL;
}

/* What is left of a moving cut. */
struct sweep {
	int64_t q;
	uint64_t w;
	int64_t left, right; /* of classes: the sums of terms on both sides */
};

/* The searches below are made once for each criterion, so that none is asked for inside a loop. */
#define EACH static inline __attribute__((always_inline))

EACH int
of_classes(enum rai_criterion k)
{
	return k == RAI_CRITERION_GINI || k == RAI_CRITERION_ENTROPY;
}

EACH int64_t
term(const struct rai_cutter *c, int64_t w, enum rai_criterion k)
{
	return k == RAI_CRITERION_GINI ? w * w : c->m->term[w];
}

EACH void
move_class(struct rai_cutter *c, struct sweep *s, size_t class, int64_t w, enum rai_criterion k)
{
	int64_t l = c->left[class], r = c->right[class];

	s->w += (uint64_t)w;
	s->left += term(c, l + w, k) - term(c, l, k);
	s->right += term(c, r - w, k) - term(c, r, k);
	c->left[class] = l + w;
	c->right[class] = r - w;
}

EACH void
move_row(struct rai_cutter *c, struct sweep *s, int64_t q, uint64_t w, enum rai_criterion k)
{
	if (of_classes(k)) {
		move_class(c, s, (size_t)q, (int64_t)w, k);
		return;
	}
	s->q += q;
	s->w += w;
}

EACH void
move_bin(struct rai_cutter *c, struct sweep *s, const int64_t *cell, enum rai_criterion k)
{
	size_t i;

	if (of_classes(k)) {
		for (i = 0; i < c->m->target->nclass; i++)
			if (cell[i] > 0)
				move_class(c, s, i, cell[i], k);
		return;
	}
	s->q += cell[0];
	s->w += (uint64_t)cell[1];
}

static double
deviance(const struct rai_cutter *c, int64_t q, uint64_t w)
{
	double sum = (double)q / c->m->target->scale;

	return sum > 0 ? sum * rai_log(sum * c->m->inverse[w]) : 0;
}

EACH double
gain_of(const struct rai_cutter *c, const struct sweep *s, enum rai_criterion k)
{
	const double *inverse = c->m->inverse;
	uint64_t right = c->all.w - s->w;
	double l, r;

	if (k == RAI_CRITERION_GINI)
		return (double)s->left * inverse[s->w] + (double)s->right * inverse[right];
	if (k == RAI_CRITERION_ENTROPY)
		return (double)(s->left - c->m->term[s->w] + s->right - c->m->term[right]);
	if (k == RAI_CRITERION_POISSON)
		return s->q > 0 && c->all.q > s->q
			   ? deviance(c, s->q, s->w) + deviance(c, c->all.q - s->q, right)
			   : -__builtin_inf();
	l = (double)s->q;
	r = (double)(c->all.q - s->q);
	return l * l * inverse[s->w] + r * r * inverse[right];
}

EACH struct sweep
begin(struct rai_cutter *c, enum rai_criterion k)
{
	struct sweep s = {0, 0, 0, 0};
	size_t i, nclass = c->m->target->nclass;

	if (of_classes(k))
		for (i = 0; i < nclass; i++) {
			c->left[i] = 0;
			c->right[i] = c->count[i];
			s.right += term(c, c->count[i], k);
		}
	return s;
}

/* Both sides must have their rows; returns 1 when the right one has too few from here on. */
EACH int
consider(const struct rai_cutter *c, const struct sweep *s, size_t feature, uint32_t left_bin,
    uint32_t right_bin, struct rai_best_cut *best, enum rai_criterion k)
{
	double gain;

	if (c->all.w - s->w < c->m->min_leaf)
		return 1;
	if (s->w < c->m->min_leaf)
		return 0;
	gain = gain_of(c, s, k);
	if (gain > best->gain)
		*best = (struct rai_best_cut){gain, feature, left_bin, right_bin, {s->q, s->w}};
	return 0;
}

EACH int
is_filled(const struct rai_cutter *c, const int64_t *cell, enum rai_criterion k)
{
	size_t i;

	if (!of_classes(k))
		return cell[1] > 0;
	for (i = 0; i < c->m->target->nclass; i++)
		if (cell[i] > 0)
			return 1;
	return 0;
}

EACH int
search_hist(struct rai_cutter *c, size_t feature, const int64_t *hist, struct rai_best_cut *best,
    enum rai_criterion k)
{
	size_t nbin = rai_codes_nbin(c->m->codes, feature), cells = rai_draw_cells(c->m->target);
	struct sweep s = begin(c, k);
	size_t b = 0, last;

	while (!is_filled(c, hist + b * cells, k))
		b++;
	move_bin(c, &s, hist + b * cells, k);
	if (s.w == c->all.w)
		return 0;
	for (last = b++; b < nbin; b++) {
		const int64_t *cell = hist + b * cells;

		if (!is_filled(c, cell, k))
			continue;
		if (consider(c, &s, feature, (uint32_t)last, (uint32_t)b, best, k))
			break;
		move_bin(c, &s, cell, k);
		last = b;
	}
	return 1;
}

/* Walks the filled bins and empties them. */
EACH void
search_filled(struct rai_cutter *c, size_t feature, struct rai_best_cut *best, enum rai_criterion k)
{
	size_t cells = rai_draw_cells(c->m->target), last = SIZE_MAX, bin;
	struct sweep s = begin(c, k);
	int word;

	for (word = 0; word < RAI_CODES_FEW / 64; word++) {
		uint64_t set = c->filled[word];

		c->filled[word] = 0;
		for (; set != 0; set &= set - 1) {
			bin = (size_t)word * 64 + (size_t)__builtin_ctzll(set);
			if (last != SIZE_MAX)
				consider(c, &s, feature, (uint32_t)last, (uint32_t)bin, best, k);
			move_bin(c, &s, c->hist + bin * cells, k);
			memset(c->hist + bin * cells, 0, cells * sizeof(*c->hist));
			last = bin;
		}
	}
}

EACH int
search_rows(struct rai_cutter *c, size_t feature, const struct rai_local *row, size_t n,
    struct rai_best_cut *best, enum rai_criterion k)
{
	const uint16_t *code = c->m->codes->code + feature * c->m->codes->ngroup;
	size_t cells = rai_draw_cells(c->m->target), i;
	uint16_t first = code[row[0].id];

	for (i = 1; i < n; i++)
		if (code[row[i].id] != first)
			break;
	if (i == n)
		return 0;
	for (i = 0; i < n; i++) {
		size_t b = code[row[i].id];

		c->filled[b / 64] |= UINT64_C(1) << b % 64;
		if (of_classes(k))
			c->hist[b * cells + (size_t)row[i].q] += row[i].w;
		else {
			c->hist[b * 2] += row[i].q;
			c->hist[b * 2 + 1] += row[i].w;
		}
	}
	search_filled(c, feature, best, k);
	return 1;
}

EACH int
search_sorted(struct rai_cutter *c, size_t feature, const struct rai_sorted *row, size_t n,
    struct rai_best_cut *best, enum rai_criterion k)
{
	struct sweep s = begin(c, k);
	size_t i;

	if (row[0].code == row[n - 1].code)
		return 0;
	for (i = 0; i + 1 < n; i++) {
		const struct rai_drawn *r = &c->row[row[i].id];

		move_row(c, &s, r->q, r->w, k);
		if (row[i].code != row[i + 1].code &&
		    consider(c, &s, feature, row[i].code, row[i + 1].code, best, k))
			break;
	}
	return 1;
}

/* The bin after which the feature is cut: drawn between the values, as they are spaced. */
static uint32_t
random_bin(
    const struct rai_codes *c, size_t feature, uint32_t first, uint32_t last, struct rai_rng *rng)
{
	double low = c->low[c->start[feature] + first], high = c->high[c->start[feature] + last];
	double u = rai_rng_unit(rng);

	return rai_codes_cut(c, feature, first, last, low * (1 - u) + high * u);
}

EACH int
search_random(struct rai_cutter *c, size_t feature, const struct rai_local *row, size_t n,
    struct rai_rng *rng, struct rai_best_cut *best, enum rai_criterion k)
{
	const uint16_t *code = c->m->codes->code + feature * c->m->codes->ngroup;
	uint32_t first = UINT32_MAX, last = 0, bin, b;
	struct sweep s;
	size_t i;

	for (i = 0; i < n; i++) {
		b = code[row[i].id];
		first = b < first ? b : first;
		last = b > last ? b : last;
	}
	if (first == last)
		return 0;
	bin = random_bin(c->m->codes, feature, first, last, rng);
	s = begin(c, k);
	for (i = 0; i < n; i++) {
		uint32_t left = code[row[i].id] <= bin;

		if (of_classes(k)) {
			if (left)
				move_row(c, &s, row[i].q, row[i].w, k);
			continue;
		}
		s.q += left ? row[i].q : 0;
		s.w += left ? row[i].w : 0;
	}
	consider(c, &s, feature, bin, bin + 1, best, k);
	return 1;
}

#define BY_CRITERION(search, ...)                                        \
	switch (c->m->criterion) {                                       \
	case RAI_CRITERION_GINI:                                         \
		return search(__VA_ARGS__, RAI_CRITERION_GINI);          \
	case RAI_CRITERION_ENTROPY:                                      \
		return search(__VA_ARGS__, RAI_CRITERION_ENTROPY);       \
	case RAI_CRITERION_POISSON:                                      \
		return search(__VA_ARGS__, RAI_CRITERION_POISSON);       \
	default:                                                         \
		return search(__VA_ARGS__, RAI_CRITERION_SQUARED_ERROR); \
	}

int
rai_cutter_hist(
    struct rai_cutter *c, size_t feature, const int64_t *hist, struct rai_best_cut *best)
{
	BY_CRITERION(search_hist, c, feature, hist, best)
}

int
rai_cutter_rows(struct rai_cutter *c, size_t feature, const struct rai_local *row, size_t n,
    struct rai_best_cut *best)
{
	BY_CRITERION(search_rows, c, feature, row, n, best)
}

int
rai_cutter_sorted(struct rai_cutter *c, size_t feature, const struct rai_sorted *row, size_t n,
    struct rai_best_cut *best)
{
	BY_CRITERION(search_sorted, c, feature, row, n, best)
}

int
rai_cutter_random(struct rai_cutter *c, size_t feature, const struct rai_local *row, size_t n,
    struct rai_rng *rng, struct rai_best_cut *best)
{
	BY_CRITERION(search_random, c, feature, row, n, rng, best)
}

void
rai_cutter_node(struct rai_cutter *c, const struct rai_total *all, const uint32_t *id, size_t n)
{
	size_t i, nclass = c->m->target->nclass;

	c->all = *all;
	if (nclass == 0)
		return;
	memset(c->count, 0, nclass * sizeof(*c->count));
	for (i = 0; i < n; i++)
		c->count[c->row[id[i]].q] += (int64_t)c->row[id[i]].w;
}

double
rai_cutter_none(const struct rai_cutter *c)
{
	double sum = (double)c->all.q, none = 0;
	size_t i;

	switch (c->m->criterion) {
	case RAI_CRITERION_POISSON:
		return deviance(c, c->all.q, c->all.w);
	case RAI_CRITERION_GINI:
		for (i = 0; i < c->m->target->nclass; i++)
			none += (double)term(c, c->count[i], RAI_CRITERION_GINI);
		return none * c->m->inverse[c->all.w];
	case RAI_CRITERION_ENTROPY:
		for (i = 0; i < c->m->target->nclass; i++)
			none += (double)term(c, c->count[i], RAI_CRITERION_ENTROPY);
		return none - (double)c->m->term[c->all.w];
	default:
		return sum * sum * c->m->inverse[c->all.w];
	}
}

double
rai_cutter_decrease(const struct rai_cutter *c, const struct rai_best_cut *cut)
{
	double gain = (cut->gain - rai_cutter_none(c)) * c->m->inverse[c->all.w];
	double scale = c->m->target->scale;

	switch (c->m->criterion) {
	case RAI_CRITERION_SQUARED_ERROR:
		return gain / scale / scale;
	case RAI_CRITERION_ENTROPY:
		return gain / TERM_SCALE;
	default:
		return gain;
	}
}

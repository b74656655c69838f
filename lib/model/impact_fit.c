#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "model/impact.h"

#define ROWS_MAX 5000                 /* training rows that the support is learned from */
#define LOSSES_MAX 65536              /* losses that are learned from */
#define NUMBERS_MAX ((size_t)1 << 25) /* of all columns, of either */
#define TAIL 0.001                    /* beyond each bound of a number */
#define KEPT 0.95                     /* share of rows that are plausible */
#define GROUPS 5                      /* of the rows by one column, for the estimate's own error */
#define GROUP_ROWS 50
#define STREAM UINT64_C(0x696d70616374) /* of the random numbers */

/* Rows of the hold-out and what was lost on them. */
struct losses {
	struct rai_fit_data d; /* x and y are owned */
	size_t *levels, *row;  /* width; d.n rows of the table */
	double *expected;      /* d.n: by trees that have not seen the row */
};

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value below which a share of n > 0 sorted values lies. */
static double
at_share(const double *sorted, size_t n, double share)
{
	return sorted[(size_t)(share * (double)(n - 1) + 0.5)];
}

/* How many of n rows are looked at. */
static size_t
some_of(size_t n, size_t most, size_t width)
{
	most = most < NUMBERS_MAX / (width + 1) ? most : NUMBERS_MAX / (width + 1);
	return n < most ? n : most;
}

static void
losses_release(struct losses *l)
{
	free((void *)(uintptr_t)l->d.x);
	free((void *)(uintptr_t)l->d.y);
	free(l->levels);
	free(l->row);
	free(l->expected);
}

static size_t *
levels_of(const struct rai_schema *s)
{
	size_t *levels = calloc(s->n + 2, sizeof(*levels)), j;

	for (j = 0; levels != NULL && j < s->n; j++)
		levels[j] = s->col[j].type == RAI_COL_CAT ? s->col[j].nlevel : 0;
	return levels;
}

/* Relative losses, unless values near 0 make nonsense of them. */
static enum rai_metric
metric_of(const struct rai_trained *r)
{
	double accuracy = r->metric[RAI_METRIC_ACCURACY].value;
	size_t i;

	for (i = 0; i < r->split.ntest; i++)
		if (r->actual[i] == 0)
			return RAI_METRIC_MAE;
	return accuracy > 0 ? RAI_METRIC_ACCURACY : RAI_METRIC_MAE;
}

/* Losses as multiples of their mean, so that their unit does not matter. */
static void
scale(struct rai_impact *m, double *y, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += y[i];
	m->reference = sum / (double)n;
	for (i = 0; i < n; i++)
		y[i] /= m->reference;
}

/* Some rows, spread over the hold-out. */
static int
losses_make(struct rai_impact *m, const struct rai_table *t, const struct rai_trained *r,
    struct losses *l, struct rai_err *err)
{
	size_t width = m->loss.width, n = some_of(r->split.ntest, LOSSES_MAX, width), i, j;
	double *x = calloc(n * width + 1, sizeof(*x)), *y = calloc(n + 1, sizeof(*y));
	double *one = calloc(width + 1, sizeof(*one));
	struct rai_cell *cells = calloc(width + 1, sizeof(*cells));

	*l = (struct losses){.d = {.x = x, .y = y, .n = n, .width = width},
	    .row = calloc(n + 1, sizeof(*l->row)),
	    .expected = calloc(n + 1, sizeof(*l->expected)),
	    .levels = levels_of(m->schema)};
	l->d.levels = l->levels;
	for (i = 0;
	     i < n && x != NULL && y != NULL && one != NULL && cells != NULL && l->row != NULL;
	     i++) {
		size_t at = i * r->split.ntest / n;

		l->row[i] = r->split.test[at];
		rai_table_cells(t, l->row[i], cells);
		rai_impact_features(m->schema, cells, one);
		one[width - 1] = r->predicted[at];
		for (j = 0; j < width; j++)
			x[j * n + i] = one[j];
		y[i] = fabs(r->actual[at] - r->predicted[at]);
		if (m->metric == RAI_METRIC_ACCURACY)
			y[i] /= fabs(r->actual[at]);
	}
	if (i == n)
		scale(m, y, n);
	free(cells);
	free(one);
	return i < n || l->expected == NULL || l->levels == NULL ? rai_fail_memory(err) : 0;
}

/* Row i as a learner is asked. */
static void
row_of(const struct rai_fit_data *d, size_t i, double *x)
{
	size_t j;

	for (j = 0; j < d->width; j++)
		x[j] = d->x[j * d->n + i];
}

/* The rows outside fold k. */
static int
without_fold(const struct losses *l, uint64_t seed, size_t k, struct rai_fit_data *out)
{
	double *x = calloc(l->d.n * l->d.width + 1, sizeof(*x)),
	       *y = calloc(l->d.n + 1, sizeof(*y));
	size_t i, j, n = 0;

	*out = l->d;
	out->x = x;
	out->y = y;
	if (x == NULL || y == NULL)
		return -1;
	for (i = 0; i < l->d.n; i++)
		n += rai_prep_fold(seed, l->row[i]) != k;
	out->n = n;
	for (i = 0, n = 0; i < l->d.n; i++) {
		if (rai_prep_fold(seed, l->row[i]) == k)
			continue;
		for (j = 0; j < l->d.width; j++)
			x[j * out->n + n] = l->d.x[j * l->d.n + i];
		y[n++] = l->d.y[i];
	}
	return 0;
}

/* What trees that have not seen a row expect of it: of each fold by the other ones. */
static int
cross_fit(const struct rai_impact *m, struct losses *l, const struct rai_fit_options *opt,
    struct rai_err *err)
{
	double x[RAI_PIPELINE_WIDTH + 1];
	struct rai_fit_data d;
	size_t i, k;
	int rc = 0;

	for (k = 0; k < RAI_PREP_FOLDS && rc == 0; k++) {
		struct rai_fitted f = m->loss;

		rc = without_fold(l, opt->seed, k, &d) != 0 ? rai_fail_memory(err)
							    : f.kind->fit(&f, &d, opt, err);
		for (i = 0; rc == 0 && i < l->d.n; i++)
			if (rai_prep_fold(opt->seed, l->row[i]) == k) {
				row_of(&l->d, i, x);
				f.kind->predict(&f, x, &l->expected[i]);
			}
		rai_fitted_release(&f);
		free((void *)(uintptr_t)d.x);
		free((void *)(uintptr_t)d.y);
	}
	return rc;
}

/* Sums over a group of rows. */
struct sums {
	double n, lost, expected, square;
};

/* How far the estimate of a group's mean is off, squared and relative, beyond chance. */
static double
excess(const struct sums *s, double spread)
{
	double off = s->lost / s->expected - 1;

	return off * off - spread * spread * s->square / (s->expected * s->expected);
}

/* Adds the excess of the rows of each fifth of column j (or of each level); returns how many. */
static size_t
add_groups(const struct rai_impact *m, const struct losses *l, size_t j, double *sum)
{
	size_t n = l->d.n, known = 0, k, i, ngroup = l->levels[j] > 0 ? l->levels[j] : GROUPS;
	const double *x = l->d.x + j * n;
	double *sorted = calloc(n + 1, sizeof(*sorted)), edge[GROUPS + 1];
	struct sums *group = calloc(ngroup + 1, sizeof(*group));
	size_t added = 0;

	for (i = 0; sorted != NULL && i < n; i++)
		if (isfinite(x[i]))
			sorted[known++] = x[i];
	if (sorted != NULL)
		qsort(sorted, known, sizeof(*sorted), by_value);
	for (k = 0; k <= GROUPS && known > 0; k++)
		edge[k] = at_share(sorted, known, (double)k / GROUPS);
	for (i = 0; group != NULL && known > 0 && i < n; i++) {
		struct sums *s;

		for (k = 0; l->levels[j] == 0 && k + 1 < GROUPS && x[i] > edge[k + 1]; k++)
			;
		if (l->levels[j] > 0)
			k = (size_t)(x[i] >= 0 ? x[i] : 0);
		s = &group[isfinite(x[i]) ? k : ngroup];
		s->n++;
		s->lost += l->d.y[i];
		s->expected += l->expected[i];
		s->square += l->expected[i] * l->expected[i];
	}
	for (k = 0; group != NULL && k <= ngroup; k++)
		if (group[k].n >= GROUP_ROWS) {
			*sum += excess(&group[k], m->spread);
			added++;
		}
	free(sorted);
	free(group);
	return added;
}

/*
 * How rare much larger losses than the expected ones are: from the k = root of n largest, as a
 * power (B. Hill, "A simple general approach to inference about the tail of a distribution", Annals
 * of Statistics 3, 1975; I. Weissman, JASA 73, 1978, for what lies beyond all of them).
 */
static int
measure_tail(struct rai_impact *m, const struct losses *l)
{
	size_t n = l->d.n, k = (size_t)sqrt((double)n), i;
	double *times = calloc(n + 1, sizeof(*times)), sum = 0;

	if (times == NULL)
		return -1;
	for (i = 0; i < n; i++)
		times[i] = l->d.y[i] / l->expected[i];
	qsort(times, n, sizeof(*times), by_value);
	m->tail = times[n - 1 - k];
	for (i = 0; i < k && m->tail > 0; i++)
		sum += rai_log(times[n - 1 - i] / m->tail);
	m->tail_share = (double)k / (double)n;
	m->tail_index = fmin(1, sum / (double)k);
	free(times);
	return 0;
}

/* How good the estimates are where they had not seen the row. */
static void
measure(struct rai_impact *m, const struct losses *l)
{
	struct sums s = {0, 0, 0, 0};
	double off = 0, sum = 0, level;
	size_t i, j, n = 0;

	for (i = 0; i < l->d.n; i++) {
		double e = l->d.y[i] - l->expected[i];

		s.lost += l->d.y[i];
		s.expected += l->expected[i];
		s.square += l->expected[i] * l->expected[i];
		off += e * e;
	}
	m->rows = l->d.n;
	m->spread = sqrt(off / s.square);
	for (j = 0; j < l->d.width; j++)
		n += add_groups(m, l, j, &sum);
	level = m->spread * m->spread * s.square / (s.expected * s.expected);
	m->own = sqrt((n > 0 && sum > 0 ? sum / (double)n : 0) + level);
}

static int
fit_losses(struct rai_impact *m, const struct rai_table *t, const struct rai_trained *r,
    const struct rai_fit_options *opt, struct rai_err *err)
{
	struct losses l;
	int rc = -1;

	if (losses_make(m, t, r, &l, err) == 0 && cross_fit(m, &l, opt, err) == 0 &&
	    m->loss.kind->fit(&m->loss, &l.d, opt, err) == 0) {
		measure(m, &l);
		rc = measure_tail(m, &l) == 0 ? 0 : rai_fail_memory(err);
	}
	losses_release(&l);
	return rc;
}

/* Number j of a row becomes another row's, any of its range, or none. */
static double
spoil(const double *column, size_t n, double low, double high, size_t levels, struct rai_rng *rng)
{
	uint64_t how = rai_rng_below(rng, 4);

	if (how < 2)
		return column[rai_rng_below(rng, n)];
	if (how == 2 && levels > 0)
		return (double)rai_rng_below(rng, levels);
	return how == 2 && high > low ? low + (high - low) * rai_rng_unit(rng) : NAN;
}

/* n rows as they were, and behind each of them the same with one column spoilt. */
static void
fill_support(const struct rai_impact *m, const double *x, const size_t *levels, size_t n,
    uint64_t seed, double *out, double *member)
{
	struct rai_rng rng = rai_rng_new(seed, STREAM);
	size_t i, j, width = m->schema->n;

	for (i = 0; i < n; i++) {
		for (j = 0; j < width; j++)
			out[j * 2 * n + 2 * i] = out[j * 2 * n + 2 * i + 1] = x[j * n + i];
		j = (size_t)rai_rng_below(&rng, width);
		out[j * 2 * n + 2 * i + 1] =
		    spoil(x + j * n, n, m->bounds[2 * j], m->bounds[2 * j + 1], levels[j], &rng);
		member[2 * i] = 0;
		member[2 * i + 1] = 1;
	}
}

/* The range that all but the outermost values of each number lie in. */
static int
find_bounds(struct rai_impact *m, const double *x, size_t n, struct rai_err *err)
{
	double *sorted = calloc(n + 1, sizeof(*sorted));
	size_t i, j, known;

	m->own_bounds = calloc(m->schema->n + 1, 2 * sizeof(*m->own_bounds));
	m->bounds = m->own_bounds;
	if (sorted == NULL || m->own_bounds == NULL) {
		free(sorted);
		return rai_fail_memory(err);
	}
	for (j = 0; j < m->schema->n; j++) {
		for (i = 0, known = 0; i < n; i++)
			if (isfinite(x[j * n + i]))
				sorted[known++] = x[j * n + i];
		qsort(sorted, known, sizeof(*sorted), by_value);
		m->own_bounds[2 * j] = known > 0 ? at_share(sorted, known, TAIL) : -DBL_MAX;
		m->own_bounds[2 * j + 1] = known > 0 ? at_share(sorted, known, 1 - TAIL) : DBL_MAX;
	}
	free(sorted);
	return 0;
}

/* Some training rows, spread over all of them; column-major. */
static double *
training_rows(
    const struct rai_impact *m, const struct rai_table *t, const struct rai_split *s, size_t *n)
{
	size_t width = m->schema->n, i, j;
	double *x, *one = calloc(width + 1, sizeof(*one));
	struct rai_cell *cells = calloc(width + 1, sizeof(*cells));

	*n = some_of(s->ntrain, ROWS_MAX, width);
	x = calloc(*n * width + 1, sizeof(*x));
	for (i = 0; x != NULL && one != NULL && cells != NULL && i < *n; i++) {
		rai_table_cells(t, s->train[i * s->ntrain / *n], cells);
		rai_impact_features(m->schema, cells, one);
		for (j = 0; j < width; j++)
			x[j * *n + i] = one[j];
	}
	if (one == NULL || cells == NULL) {
		free(x);
		x = NULL;
	}
	free(one);
	free(cells);
	return x;
}

static int
fit_support(struct rai_impact *m, const struct rai_table *t, const struct rai_trained *r,
    const struct rai_fit_options *opt, struct rai_err *err)
{
	size_t n, *levels = levels_of(m->schema);
	double *x = training_rows(m, t, &r->split, &n), *both, *member;
	struct rai_fit_data d = {.n = 2 * n, .width = m->schema->n, .nclass = 2, .levels = levels};
	int rc = -1;

	d.x = both = calloc(2 * n * m->schema->n + 1, sizeof(*both));
	d.y = member = calloc(2 * n + 1, sizeof(*member));
	if (x == NULL || levels == NULL || both == NULL || member == NULL)
		rai_fail_memory(err);
	else if (find_bounds(m, x, n, err) == 0) {
		fill_support(m, x, levels, n, opt->seed, both, member);
		rc = m->support.kind->fit(&m->support, &d, opt, err);
	}
	free(levels);
	free(x);
	free(both);
	free(member);
	return rc;
}

/* Mean and sd of the probabilities. */
static void
spread(struct rai_impact *m, const double *spoilt, size_t n)
{
	double sum = 0, square = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += spoilt[i];
	m->spoilt = sum / (double)n;
	for (i = 0; i < n; i++)
		square += (spoilt[i] - m->spoilt) * (spoilt[i] - m->spoilt);
	m->spoilt_sd = sqrt(square / (double)n);
}

/* Where the least plausible rows of the hold-out begin, and how many are outside by any rule. */
static int
find_limit(struct rai_impact *m, const struct rai_table *t, const struct rai_trained *r,
    struct rai_err *err)
{
	size_t n = some_of(r->split.ntest, LOSSES_MAX, m->loss.width), i, outside = 0;
	struct rai_cell *cells = calloc(m->schema->n + 1, sizeof(*cells));
	double *spoilt = calloc(n + 1, sizeof(*spoilt)), *sorted = calloc(n + 1, sizeof(*sorted));
	unsigned char *beyond = calloc(n + 1, 1);
	struct rai_impact_row row;
	int rc = cells != NULL && spoilt != NULL && sorted != NULL && beyond != NULL ? 0 : -1;

	m->implausible = 1;
	for (i = 0; rc == 0 && i < n; i++) {
		size_t at = i * r->split.ntest / n;

		rai_table_cells(t, r->split.test[at], cells);
		rai_impact_row(m, cells, r->predicted[at], &row);
		spoilt[i] = sorted[i] = row.spoilt;
		beyond[i] = (unsigned char)row.outside;
	}
	if (rc == 0) {
		qsort(sorted, n, sizeof(*sorted), by_value);
		m->implausible = at_share(sorted, n, KEPT);
		for (i = 0; i < n; i++)
			outside += beyond[i] || spoilt[i] > m->implausible;
		m->outside = (double)outside / (double)n;
		spread(m, spoilt, n);
	}
	free(cells);
	free(spoilt);
	free(sorted);
	free(beyond);
	return rc == 0 ? 0 : rai_fail_memory(err);
}

/* Is there anything to learn from? */
static int
teaches(const struct rai_table *t, const struct rai_trained *r)
{
	double lost = 0;
	size_t i;

	if (r->pipeline.fitted.nclass > 0 || r->split.ntest < RAI_IMPACT_ROWS || t->schema.n < 1 ||
	    t->schema.n >= RAI_PIPELINE_WIDTH)
		return 0;
	for (i = 0; i < r->split.ntest; i++)
		lost += fabs(r->actual[i] - r->predicted[i]);
	return lost > 0 && isfinite(lost);
}

int
rai_impact_fit(const struct rai_table *t, const struct rai_trained *trained, uint64_t seed,
    size_t threads, struct rai_impact **out, struct rai_err *err)
{
	const struct rai_fit_options opt = {.seed = seed, .threads = threads};
	struct rai_impact *m;

	*out = NULL;
	if (!teaches(t, trained))
		return 0;
	if ((m = malloc(sizeof(*m))) == NULL)
		return rai_fail_memory(err);
	rai_impact_init(m, &t->schema);
	m->metric = metric_of(trained);
	if (fit_losses(m, t, trained, &opt, err) != 0 ||
	    fit_support(m, t, trained, &opt, err) != 0 || find_limit(m, t, trained, err) != 0) {
		rai_impact_free(m);
		return rai_wrap(err, "estimate of losses");
	}
	*out = m;
	return 0;
}

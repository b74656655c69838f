#include "drift/counts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drift/check.h"
#include "drift/tally.h"
#include "stat/stat.h"

struct rai_drift_counts {
	const struct rai_drift_reference *ref;
	size_t n; /* columns, the prediction not counted */
	int64_t rows;
	struct rai_drift_tally *tally; /* n + 1; those of numbers are in use */
	int64_t **level;               /* n; of categories: nbin + 2 */
	unsigned char *withheld;       /* n */
	struct rai_drift_run *run;     /* n: equal values side by side, in the order of the rows */
	int ordered;                   /* which is known */
	int prediction;                /* there is one, and a reference for it */
	/* Those rows whose number is a multiple of stride: for all numbers together. */
	struct rai_drift_rows few;
	int64_t stride; /* 0: not known any more */
	int binned;     /* by somebody else */
};

static const struct rai_profile_col *
column_of(const struct rai_drift_counts *c, size_t k)
{
	return k < c->n ? &c->ref->profile->col[k] : &c->ref->profile->prediction;
}

static int
make_tally(struct rai_drift_tally *t, const struct rai_profile_col *ref)
{
	double *limit = malloc(RAI_DRIFT_LIMITS(ref) * sizeof(*limit));
	int rc = limit == NULL
		     ? -1
		     : rai_drift_tally_init(t, ref, limit, rai_drift_check_limits(ref, limit));

	free(limit);
	return rc;
}

static int
make_columns(struct rai_drift_counts *c)
{
	const struct rai_profile_col *ref;
	size_t k;

	for (k = 0; k < c->n; k++) {
		ref = column_of(c, k);
		if (ref->kind == RAI_PROFILE_CAT) {
			c->level[k] = calloc(ref->nbin + 2, sizeof(**c->level));
			if (c->level[k] == NULL)
				return -1;
			continue;
		}
		c->few.num[k] = malloc(RAI_DRIFT_JOINT_ROWS * sizeof(**c->few.num));
		if (c->few.num[k] == NULL || make_tally(&c->tally[k], ref) != 0)
			return -1;
	}
	ref = column_of(c, c->n);
	c->prediction = rai_drift_predicts(c->ref);
	if (!rai_drift_says_classes(c->ref))
		return c->prediction ? make_tally(&c->tally[c->n], ref) : 0;
	c->level[c->n] = calloc(ref->nbin + 2, sizeof(**c->level));
	return c->level[c->n] == NULL ? -1 : 0;
}

static void
start_runs(struct rai_drift_counts *c)
{
	size_t k;

	c->ordered = 1;
	for (k = 0; k < c->n; k++)
		c->run[k] = (struct rai_drift_run)RAI_DRIFT_RUN_INIT;
}

int
rai_drift_counts_new(
    const struct rai_drift_reference *ref, struct rai_drift_counts **out, struct rai_err *err)
{
	struct rai_drift_counts *c = calloc(1, sizeof(*c));
	size_t n = ref->profile->n;

	if (c == NULL)
		return rai_fail_memory(err);
	c->ref = ref;
	c->n = c->few.ncol = n;
	c->stride = 1;
	c->tally = calloc(n + 1, sizeof(*c->tally));
	c->level = calloc(n + 1, sizeof(*c->level));
	c->withheld = calloc(n + 1, sizeof(*c->withheld));
	c->few.num = calloc(n + 1, sizeof(*c->few.num));
	c->run = malloc((n + 1) * sizeof(*c->run));
	if (c->tally == NULL || c->level == NULL || c->withheld == NULL || c->few.num == NULL ||
	    c->run == NULL || make_columns(c) != 0) {
		rai_drift_counts_free(c);
		return rai_fail_memory(err);
	}
	start_runs(c);
	*out = c;
	return 0;
}

void
rai_drift_counts_free(struct rai_drift_counts *c)
{
	size_t k;

	if (c == NULL)
		return;
	for (k = 0; k < c->n; k++) {
		if (c->level != NULL)
			free(c->level[k]);
		if (c->few.num != NULL)
			free(c->few.num[k]);
	}
	if (c->level != NULL)
		free(c->level[c->n]);
	for (k = 0; c->tally != NULL && k <= c->n; k++)
		rai_drift_tally_release(&c->tally[k]);
	free(c->tally);
	free(c->level);
	free(c->withheld);
	free(c->run);
	free(c->few.num);
	free(c);
}

/* Is column k held as a tally? */
static int
is_tally(const struct rai_drift_counts *c, size_t k)
{
	return (k < c->n || c->prediction) && c->level[k] == NULL;
}

void
rai_drift_counts_clear(struct rai_drift_counts *c)
{
	size_t k;

	for (k = 0; k <= c->n; k++)
		if (is_tally(c, k))
			rai_drift_tally_clear(&c->tally[k]);
		else if (c->level[k] != NULL)
			memset(c->level[k], 0, (column_of(c, k)->nbin + 2) * sizeof(**c->level));
	memset(c->withheld, 0, c->n);
	c->rows = 0;
	c->binned = 0;
	c->few.n = 0;
	c->stride = 1;
	start_runs(c);
}

/* Of the rows kept every second one. */
static void
thin(struct rai_drift_counts *c)
{
	size_t i, k;

	for (k = 0; k < c->n; k++)
		for (i = 0; c->few.num[k] != NULL && 2 * i < c->few.n; i++)
			c->few.num[k][i] = c->few.num[k][2 * i];
	c->few.n = (c->few.n + 1) / 2;
	c->stride *= 2;
}

static void
keep_few(struct rai_drift_counts *c, const struct rai_drift_rows *rows)
{
	int64_t i = (c->rows + c->stride - 1) / c->stride * c->stride;
	size_t k;

	for (; i < c->rows + (int64_t)rows->n; i += c->stride) {
		if (c->few.n == RAI_DRIFT_JOINT_ROWS) {
			thin(c);
			if (i % c->stride != 0)
				i += c->stride / 2;
			if (i >= c->rows + (int64_t)rows->n)
				return;
		}
		for (k = 0; k < c->n; k++)
			if (c->few.num[k] != NULL)
				c->few.num[k][c->few.n] = rows->num[k][i - c->rows];
		c->few.n++;
	}
}

int
rai_drift_counts_begin(
    struct rai_drift_counts *c, const struct rai_drift_rows *rows, struct rai_err *err)
{
	size_t k;

	if (rows->n > (size_t)(RAI_DRIFT_COUNTS_ROWS - c->rows))
		return rai_fail(err, RAI_EINPUT, "a window has at most %" PRId64 " rows",
		    RAI_DRIFT_COUNTS_ROWS);
	for (k = 0; rows->withheld != NULL && k < c->n; k++)
		c->withheld[k] |= rows->withheld[k];
	if (c->stride > 0)
		keep_few(c, rows);
	c->rows += (int64_t)rows->n;
	return 0;
}

/* A class that is predicted comes as its number, NaN for none. */
static size_t
class_bin(const struct rai_profile_col *ref, double v)
{
	return rai_profile_bin_cat(ref, isfinite(v) ? (int32_t)v : RAI_CODE_MISSING);
}

void
rai_drift_counts_column(struct rai_drift_counts *c, const struct rai_drift_rows *rows, size_t k)
{
	size_t i;

	if (k == c->n && rows->prediction == NULL)
		return;
	if (k < c->n && is_tally(c, k))
		rai_drift_run_nums(&c->run[k], rows->num[k], rows->n);
	else if (k < c->n)
		rai_drift_run_codes(&c->run[k], rows->code[k], rows->n);
	if (k == c->n && c->prediction)
		rai_drift_tally_add(&c->tally[k], rows->prediction, rows->n);
	else if (k == c->n && c->level[k] != NULL)
		for (i = 0; i < rows->n; i++)
			c->level[k][class_bin(column_of(c, k), rows->prediction[i])]++;
	else if (k < c->n && is_tally(c, k))
		rai_drift_tally_add(&c->tally[k], rows->num[k], rows->n);
	else if (k < c->n)
		for (i = 0; i < rows->n; i++)
			c->level[k][rai_profile_bin_cat(column_of(c, k), rows->code[k][i])]++;
}

int
rai_drift_counts_add(
    struct rai_drift_counts *c, const struct rai_drift_rows *rows, struct rai_err *err)
{
	size_t k;

	if (rai_drift_counts_begin(c, rows, err) != 0)
		return -1;
	for (k = 0; k <= c->n; k++)
		rai_drift_counts_column(c, rows, k);
	return 0;
}

static void
settle(struct rai_drift_counts *c)
{
	size_t k;

	for (k = 0; k <= c->n; k++)
		if (is_tally(c, k))
			rai_drift_tally_settle(&c->tally[k]);
}

int
rai_drift_counts_merge(
    struct rai_drift_counts *to, struct rai_drift_counts *from, struct rai_err *err)
{
	size_t i, k;

	if (from->rows > RAI_DRIFT_COUNTS_ROWS - to->rows)
		return rai_fail(err, RAI_EINPUT, "a window has at most %" PRId64 " rows",
		    RAI_DRIFT_COUNTS_ROWS);
	settle(to);
	settle(from);
	for (k = 0; k <= to->n; k++)
		if (is_tally(to, k))
			rai_drift_tally_merge(&to->tally[k], &from->tally[k]);
		else
			for (i = 0; to->level[k] != NULL && i < column_of(to, k)->nbin + 2; i++)
				to->level[k][i] += from->level[k][i];
	for (k = 0; k < to->n; k++)
		to->withheld[k] |= from->withheld[k];
	to->rows += from->rows;
	to->few.n = 0;
	to->stride = 0;
	to->ordered = 0;
	return 0;
}

static void
spread_bins(struct rai_drift_tally *t, const struct rai_profile_col *ref, const int64_t *count)
{
	size_t i;

	for (i = 0; i < ref->nbin; i++)
		rai_drift_tally_spread(t, i > 0 ? ref->edge[i - 1] : -INFINITY,
		    i + 1 < ref->nbin ? ref->edge[i] : INFINITY, count[i]);
	t->missing += count[ref->nbin];
}

int
rai_drift_counts_bins(
    struct rai_drift_counts *c, size_t k, const int64_t *count, struct rai_err *err)
{
	const struct rai_profile_col *ref = column_of(c, k);
	int64_t all = 0;
	size_t i;

	for (i = 0; i < ref->nbin + 2; i++) {
		if (count[i] < 0 || count[i] > RAI_DRIFT_COUNTS_ROWS - all)
			return rai_fail(err, RAI_EINPUT,
			    "%.60s: bin %zu holds %" PRId64
			    " values: a window has at most %" PRId64,
			    ref->name, i, count[i], RAI_DRIFT_COUNTS_ROWS);
		all += count[i];
	}
	c->binned = 1;
	c->stride = 0;
	c->ordered = 0;
	c->few.n = 0;
	c->rows = all > c->rows ? all : c->rows;
	if (is_tally(c, k))
		spread_bins(&c->tally[k], ref, count);
	else if (c->level[k] != NULL)
		for (i = 0; i < ref->nbin + 2; i++)
			c->level[k][i] += count[i];
	return 0;
}

int64_t
rai_drift_counts_rows(const struct rai_drift_counts *c)
{
	return c->rows;
}

/* Room for what the largest column needs: sums of a tally, counts of categories, the rows held. */
static void *
scratch_for(const struct rai_drift_counts *c)
{
	size_t k, size, most = (c->few.n + 1) * sizeof(double);

	for (k = 0; k <= c->n; k++) {
		size = is_tally(c, k) ? (2 * c->tally[k].ncut + 1) * sizeof(uint32_t)
				      : 3 * (column_of(c, k)->nbin + 2) * sizeof(int64_t);
		most = size > most ? size : most;
	}
	return malloc(most);
}

/* Where in a bin a value lies is not known: tails are not, and a unit shows in the outermost bins
 * alone, by more than any market moves. */
static void
only_bins(struct rai_drift_check *out, const struct rai_profile_col *ref,
    const struct rai_drift_tally *t, const uint32_t *up)
{
	double n = (double)t->n, have = (double)rai_profile_values(ref), share[2], was[2];
	size_t last = ref->nbin - 1, i;

	out->p_outside = 1;
	out->outside = out->outside_ref = 0;
	if (!out->judged || out->broken || ref->nbin < 2 || t->n < RAI_DRIFT_LEAST || !(have > 0))
		return;
	share[0] = (double)rai_drift_tally_below(t, up, ref->edge[0]) / n;
	share[1] = 1 - (double)rai_drift_tally_below(t, up, ref->edge[last - 1]) / n;
	was[0] = (double)ref->count[0] / have;
	was[1] = (double)ref->count[last] / have;
	for (i = 0; i < 2; i++)
		if (share[i] >= RAI_DRIFT_END && was[i] <= 0.25) {
			out->broken = 1;
			snprintf(out->why, sizeof(out->why),
			    "%.60s: another unit? %.1f %% of values %s %.6g (reference %.1f %%)",
			    out->name, 100 * share[i], i == 0 ? "below" : "from",
			    ref->edge[i == 0 ? 0 : last - 1], 100 * was[i]);
			return;
		}
}

/* Another unit of about the same size, by the rows that are held; v: room for them. */
static void
check_unit(const struct rai_drift_counts *c, size_t k, double *v, struct rai_drift_check *out)
{
	size_t i, n = 0;

	for (i = 0; i < c->few.n; i++)
		if (isfinite(c->few.num[k][i]))
			v[n++] = c->few.num[k][i] + 0.0;
	rai_stat_sort(v, n);
	rai_drift_check_near_unit(out, column_of(c, k), v, n);
}

/* scratch: what the columns need. */
static void
measure_column(const struct rai_drift_reference *ref, const struct rai_drift_counts *c, size_t k,
    void *scratch, struct rai_drift_check *out, struct rai_drift_still *still)
{
	const struct rai_profile_col *col = column_of(c, k);
	const int time = ref->schema->col[k].type == RAI_COL_DATE;

	if (is_tally(c, k)) {
		rai_drift_check_tally(out, col, time, &c->tally[k], scratch);
		if (c->binned)
			only_bins(out, col, &c->tally[k], scratch);
		if (!time && c->stride > 0)
			check_unit(c, k, scratch, out);
		if (!time && c->ordered)
			rai_drift_still_tally(still, col, &c->run[k], &c->tally[k]);
	} else {
		rai_drift_check_levels(out, col, c->level[k], NULL, 0, scratch);
		if (c->ordered)
			rai_drift_still_levels(still, col, &c->run[k], c->level[k]);
	}
	if (c->withheld[k]) {
		rai_drift_withhold(out);
		still->frozen = still->grouped = 0;
	}
}

static void
measure_prediction(const struct rai_drift_counts *c, void *scratch, struct rai_drift_check *out)
{
	const struct rai_profile_col *col = column_of(c, c->n);
	const struct rai_drift_tally *t = &c->tally[c->n];

	if (c->prediction && t->n + t->missing > 0)
		rai_drift_check_tally(out, col, 0, t, scratch);
	if (c->level[c->n] != NULL)
		rai_drift_check_levels(out, col, c->level[c->n], NULL, 0, scratch);
	out->broken = 0; /* the columns say it, with their names */
	out->why[0] = '\0';
}

static int
measure(const struct rai_drift_reference *ref, const void *window, struct rai_drift_inputs *out)
{
	const struct rai_drift_counts *c = window;
	struct rai_drift_still *still = calloc(c->n + 1, sizeof(*still));
	void *scratch = scratch_for(c);
	size_t k;

	if (scratch == NULL || still == NULL) {
		free(scratch);
		free(still);
		return -1;
	}
	for (k = 0; k < c->n; k++)
		measure_column(ref, c, k, scratch, &out->col[k], &still[k]);
	rai_drift_still_judge(still, out->col, c->n);
	measure_prediction(c, scratch, &out->prediction);
	free(scratch);
	free(still);
	return rai_drift_check_joint(ref, &c->few, &out->joint);
}

int
rai_drift_judge_counts(const struct rai_drift_reference *ref, const struct rai_drift_rule *rule,
    double alpha, struct rai_drift_counts *c, struct rai_drift_inputs *out, struct rai_err *err)
{
	settle(c);
	return rai_drift_judge_measured(ref, rule, alpha, measure, c, (size_t)c->rows, out, err);
}

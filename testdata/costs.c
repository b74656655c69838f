/*
 * costs: how good rai-drift's estimate of what a window costs is.  Windows are drawn
 * without replacement from rows that the model has not seen; some are drawn unevenly, so that the
 * inputs move and nothing else; in others something is spoilt.  Of each kind: in how many it cannot
 * be told, and where it can, how far the estimate of the mean loss is from the loss that came true.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fpmath.h"
#include "base/rng.h"
#include "cli/cli.h"
#include "drift/impact.h"
#include "stat/stat.h"
#include "trials.h"

struct options {
	const char *model;
	int64_t trials, seed, rows;
};

enum spoil {
	SPOIL_NOT,
	SPOIL_UNEVEN,   /* rows are drawn by the value of one column */
	SPOIL_PART,     /* only rows of one fifth of a number, or of one level, are drawn */
	SPOIL_UNIT,     /* one number is 1000 times as large */
	SPOIL_SHUFFLE,  /* one column has the values of other rows */
	SPOIL_COSTLY,   /* the same, of one for which that costs COSTLY or more */
	SPOIL_APART,    /* every column has */
	SPOIL_MISSING,  /* one column lacks 30 to 100 % of its values */
	SPOIL_CATEGORY, /* one category is any of its levels */
};

static const struct {
	const char *name;
	enum spoil how;
} kinds[] = {
    {"as it was", SPOIL_NOT},
    {"drawn unevenly by one column", SPOIL_UNEVEN},
    {"a fifth, by one column", SPOIL_PART},
    {"one number x 1000", SPOIL_UNIT},
    {"one column shuffled", SPOIL_SHUFFLE},
    {"the same, where it costs", SPOIL_COSTLY},
    {"all columns shuffled", SPOIL_APART},
    {"a surge of missing values", SPOIL_MISSING},
    {"one category at random", SPOIL_CATEGORY},
};

#define COSTLY 0.01 /* of the mean loss: half of what makes an error worse */
#define TRIES 1000  /* columns, until one costs that */

/* A place in the race of all rows. */
struct place {
	double time;
	size_t row;
};

/* A window, and what it is judged against. */
struct bench {
	struct population p;
	struct rai_profile profile;
	struct rai_drift_reference ref;
	struct rai_drift_estimator knows;
	struct rai_drift_rows rows;
	size_t *from;        /* rows of the population */
	double *weight;      /* one per row of the population */
	struct place *place; /* the same */
	double *error;       /* of each trial */
	double *naive;       /* the same of the hold-out's mean loss */
};

/* What came out of the trials of one kind. */
struct tally {
	int64_t trials, unknown, worse, told, inside;
	double expected, lost, accuracy;
};

static int
ask(const void *ctx, const struct rai_cell *cells, const double *prediction, size_t n,
    struct rai_drift_estimate *out)
{
	const struct rai_model *m = ctx;
	struct rai_impact_row row;
	size_t i, width = rai_model_schema(m)->n;
	double own;

	for (i = 0; i < n; i++) {
		if (prediction == NULL)
			rai_model_predict(m, cells + i * width, &own);
		rai_impact_row(rai_model_impact(m), cells + i * width,
		    prediction != NULL ? prediction[i] : own, &row);
		out[i] = (struct rai_drift_estimate){row.loss, row.spoilt, row.outside};
	}
	return 0;
}

static int
bench_reference(struct bench *b, struct rai_err *err)
{
	const char *text = rai_model_meta(b->p.model, "rai.profile");
	const struct rai_impact *m = rai_model_impact(b->p.model);
	struct cJSON *doc = rai_json_parse(text, strlen(text), err);
	int rc = doc == NULL || rai_profile_read(doc, &b->profile, err) != 0 ||
			 rai_drift_reference(
			     &b->profile, rai_model_schema(b->p.model), &b->ref, err) != 0
		     ? -1
		     : 0;

	rai_json_free(doc);
	if (rc == 0 && m == NULL)
		return rai_fail(err, RAI_EINPUT, "the model expects nothing of its losses");
	if (rc == 0)
		b->knows =
		    (struct rai_drift_estimator){.accuracy = m->metric == RAI_METRIC_ACCURACY,
			.reference = m->reference,
			.spread = m->spread,
			.own = m->own,
			.tail = m->tail,
			.tail_share = m->tail_share,
			.tail_index = m->tail_index,
			.outside = m->outside,
			.spoilt = m->spoilt,
			.spoilt_sd = m->spoilt_sd,
			.rows = (double)m->rows,
			.ask = ask,
			.ctx = b->p.model};
	b->ref.impact = &b->knows;
	return rc;
}

static int
bench_open(struct bench *b, const struct options *o, const char *data, struct rai_err *err)
{
	const struct rai_schema *s;
	size_t k, n = (size_t)o->rows;

	memset(b, 0, sizeof(*b));
	if (population_open(o->model, data, &b->p, err) != 0 || bench_reference(b, err) != 0)
		return -1;
	s = rai_model_schema(b->p.model);
	b->rows = (struct rai_drift_rows){.n = n, .ncol = s->n};
	b->rows.num = calloc(s->n + 1, sizeof(double *));
	b->rows.code = calloc(s->n + 1, sizeof(int32_t *));
	b->rows.prediction = calloc(n, sizeof(double));
	b->rows.withheld = calloc(s->n + 1, 1);
	b->from = calloc(n, sizeof(*b->from));
	b->weight = calloc(b->p.seen.table.nrow + 1, sizeof(*b->weight));
	b->place = calloc(b->p.seen.table.nrow + 1, sizeof(*b->place));
	b->error = calloc((size_t)o->trials + 1, sizeof(*b->error));
	b->naive = calloc((size_t)o->trials + 1, sizeof(*b->naive));
	for (k = 0; b->rows.num != NULL && b->rows.code != NULL && k < s->n; k++)
		if (s->col[k].type == RAI_COL_CAT)
			b->rows.code[k] = calloc(n, sizeof(int32_t));
		else
			b->rows.num[k] = calloc(n, sizeof(double));
	return b->place == NULL || b->error == NULL || b->naive == NULL || b->weight == NULL ||
		       b->from == NULL || b->rows.withheld == NULL
		   ? rai_fail_memory(err)
		   : 0;
}

static void
bench_close(struct bench *b)
{
	size_t k;

	for (k = 0; b->rows.num != NULL && b->rows.code != NULL && k < b->rows.ncol; k++) {
		free(b->rows.num[k]);
		free(b->rows.code[k]);
	}
	free(b->rows.num);
	free(b->rows.code);
	free(b->rows.prediction);
	free(b->rows.withheld);
	free(b->from);
	free(b->weight);
	free(b->place);
	free(b->error);
	free(b->naive);
	rai_profile_release(&b->profile);
	population_release(&b->p);
}

/* A column that has what is asked for; dates are time itself. */
static size_t
pick(const struct bench *b, int numbers, int categories, struct rai_rng *r)
{
	const struct rai_schema *s = rai_model_schema(b->p.model);
	size_t k;

	do
		k = (size_t)rai_rng_below(r, s->n);
	while (!(numbers && s->col[k].type == RAI_COL_NUM) &&
	       !(categories && s->col[k].type == RAI_COL_CAT));
	return k;
}

/* How often each row is drawn, by a column: even; up to e^3 times as often in the highest tenth of
 * a number as in the lowest, e^2 between two levels; or only in one part.  Returns the rows of it.
 */
static size_t
weigh_by(struct bench *b, enum spoil how, size_t k, struct rai_rng *r)
{
	const struct rai_column *c = &b->p.seen.table.col[k];
	const struct rai_profile_col *ref = &b->profile.col[k];
	double steep = 6 * rai_rng_unit(r) - 3, w;
	uint64_t key = rai_rng_u64(r), part = rai_rng_below(r, c->num != NULL ? 5 : ref->nbin);
	size_t i, bin, rows = 0;

	for (i = 0; i < b->p.seen.table.nrow; i++) {
		struct rai_rng level = rai_rng_new(key, c->num != NULL ? 0 : (uint64_t)c->code[i]);

		bin = c->num != NULL ? rai_profile_bin_num(ref, c->num[i])
				     : rai_profile_bin_cat(ref, c->code[i]);
		w = 1;
		if (how == SPOIL_UNEVEN)
			w = rai_exp(c->num != NULL ? steep * (double)bin / (double)ref->nbin
						   : 2 * rai_rng_unit(&level));
		if (how == SPOIL_PART)
			w = (c->num != NULL ? 5 * bin / (ref->nbin + 1) : bin) == part;
		rows += w > 0;
		b->weight[i] = w;
	}
	return rows;
}

static void
weigh(struct bench *b, enum spoil how, struct rai_rng *r)
{
	while (weigh_by(b, how, pick(b, 1, 1, r), r) < b->rows.n)
		;
}

static int
by_time(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

/* Different rows, each the sooner the larger its weight (Efraimidis and Spirakis, 2006). */
static void
draw_rows(struct bench *b, struct rai_rng *r)
{
	size_t n = b->p.seen.table.nrow, i;

	for (i = 0; i < n; i++) {
		double u = rai_rng_unit(r);

		b->place[i] =
		    (struct place){b->weight[i] > 0 ? -rai_log(1 - u) / b->weight[i] : INFINITY, i};
	}
	qsort(b->place, n, sizeof(*b->place), by_time);
	for (i = 0; i < b->rows.n; i++)
		b->from[i] = b->place[i].row;
}

/* Column k of the window: of its rows, or of any. */
static void
fill_column(struct bench *b, size_t k, int own, struct rai_rng *r)
{
	const struct rai_column *c = &b->p.seen.table.col[k];
	size_t i, from;

	for (i = 0; i < b->rows.n; i++) {
		from = own ? b->from[i] : (size_t)rai_rng_below(r, b->p.seen.table.nrow);
		if (c->num != NULL)
			b->rows.num[k][i] = c->num[from];
		else
			b->rows.code[k][i] = c->code[from];
	}
}

static void
lose(struct bench *b, size_t k, double share, struct rai_rng *r)
{
	size_t i;

	for (i = 0; i < b->rows.n; i++)
		if (rai_rng_unit(r) >= share)
			continue;
		else if (b->rows.num[k] != NULL)
			b->rows.num[k][i] = NAN;
		else
			b->rows.code[k][i] = RAI_CODE_MISSING;
}

static void
spoil(struct bench *b, enum spoil how, struct rai_rng *r)
{
	size_t i, k = pick(b, how != SPOIL_CATEGORY, how != SPOIL_UNIT, r);

	if (how == SPOIL_SHUFFLE || how == SPOIL_COSTLY)
		fill_column(b, k, 0, r);
	for (i = 0; how == SPOIL_APART && i < b->rows.ncol; i++)
		fill_column(b, i, 0, r);
	for (i = 0; how == SPOIL_UNIT && i < b->rows.n; i++)
		b->rows.num[k][i] *= 1000;
	if (how == SPOIL_MISSING)
		lose(b, k, 0.3 + 0.7 * rai_rng_unit(r), r);
	for (i = 0; how == SPOIL_CATEGORY && i < b->rows.n; i++)
		b->rows.code[k][i] =
		    (int32_t)rai_rng_below(r, rai_model_schema(b->p.model)->col[k].nlevel);
}

/* What the model says of the rows as they are now; the mean loss that comes true. */
static double
come_true(struct bench *b)
{
	size_t i, k, n = b->rows.n;
	struct rai_cell *cells = calloc(b->rows.ncol + 1, sizeof(*cells));
	double loss, sum = 0;

	for (i = 0; cells != NULL && i < n; i++) {
		double actual = b->p.seen.table.target[b->from[i]];

		for (k = 0; k < b->rows.ncol; k++)
			cells[k] = b->rows.num[k] != NULL
				       ? (struct rai_cell){b->rows.num[k][i], RAI_CODE_MISSING}
				       : (struct rai_cell){NAN, b->rows.code[k][i]};
		rai_model_predict(b->p.model, cells, &b->rows.prediction[i]);
		loss = fabs(actual - b->rows.prediction[i]);
		sum += (b->knows.accuracy ? loss / fabs(actual) : loss) / (double)n;
	}
	free(cells);
	return sum;
}

/* The rows that were drawn, spoilt; what is lost on them. */
static double
fill(struct bench *b, enum spoil how, struct rai_rng *r)
{
	double sound = 0, lost;
	size_t i, tries = 0;

	do {
		for (i = 0; i < b->rows.ncol; i++)
			fill_column(b, i, 1, r);
		if (how == SPOIL_COSTLY)
			sound = come_true(b);
		spoil(b, how, r);
		lost = come_true(b);
	} while (how == SPOIL_COSTLY && lost < sound + COSTLY && ++tries < TRIES);
	return lost;
}

static int
one_trial(struct bench *b, enum spoil how, uint64_t seed, struct tally *t, struct rai_err *err)
{
	static const struct rai_drift_rule rule = {
	    .window = 500, .sustain = 2, .alpha = 0.01, .psi_above = NAN, .accuracy_below = NAN};
	struct rai_rng r = rai_rng_new(seed, 1);
	struct rai_drift_inputs in;
	struct rai_drift_impact impact;
	double lost, loss, metric;
	int rc;

	weigh(b, how, &r);
	draw_rows(b, &r);
	lost = fill(b, how, &r);
	memset(&in, 0, sizeof(in));
	rc = rai_drift_judge_inputs(&b->ref, &rule, 0.01, &b->rows, &in, err);
	if (rc == 0)
		rc = rai_drift_judge_impact(&b->ref, &rule, &b->rows, &in, &impact, NULL, err);
	rai_drift_inputs_release(&in);
	if (rc != 0)
		return -1;
	t->trials++;
	t->unknown += impact.verdict == RAI_IMPACT_UNKNOWN;
	t->worse += impact.verdict == RAI_IMPACT_WORSE;
	if (impact.verdict == RAI_IMPACT_UNKNOWN)
		return 0;
	metric = b->knows.accuracy ? 1 - lost : lost;
	loss = b->knows.accuracy ? 1 - impact.expected : impact.expected;
	t->inside += metric >= impact.low && metric <= impact.high;
	t->expected += loss;
	t->lost += lost;
	t->accuracy += fabs(impact.expected / metric - 1);
	b->naive[t->told] = fabs(b->knows.reference / lost - 1);
	b->error[t->told++] = fabs(loss / lost - 1);
	return 0;
}

static void
print_kind(struct bench *b, const char *name, const struct tally *t, struct rai_buf *out)
{
	double told = (double)t->told, all = (double)t->trials / 100;

	rai_buf_printf(
	    out, "%-30s %11.1f %6.1f", name, (double)t->unknown / all, (double)t->worse / all);
	if (t->told > 0) {
		rai_stat_sort(b->error, (size_t)t->told);
		rai_stat_sort(b->naive, (size_t)t->told);
		rai_buf_printf(out, " %8.1f %8.1f %8.1f %8.1f %8.1f %8.1f",
		    100 * (t->expected / t->lost - 1),
		    100 * rai_stat_quantile(b->error, (size_t)t->told, 0.5),
		    100 * rai_stat_quantile(b->error, (size_t)t->told, 0.95),
		    100 * rai_stat_quantile(b->naive, (size_t)t->told, 0.5),
		    100 * t->accuracy / told, 100 * (double)t->inside / told);
	}
	rai_buf_char(out, '\n');
}

static int
run(const struct options *o, const char *data, struct rai_buf *out, struct rai_err *err)
{
	struct bench b;
	size_t k, i;
	int rc = bench_open(&b, o, data, err);

	rai_buf_printf(out, "%-30s %11s %6s %8s %8s %8s %8s %8s %8s\n",
	    "percent of windows, and errors", "cannot tell", "worse", "loss +-", "median", "95th",
	    "naive", "metric", "inside");
	if (rc == 0 && b.rows.n > b.p.seen.table.nrow / 6)
		rc = rai_fail(
		    err, RAI_EINPUT, "%s: too few rows for windows of %zu", data, b.rows.n);
	for (k = 0; rc == 0 && k < sizeof(kinds) / sizeof(*kinds); k++) {
		struct tally t = {.trials = 0};

		for (i = 0; rc == 0 && i < (size_t)o->trials; i++)
			rc = one_trial(&b, kinds[k].how,
			    (uint64_t)o->seed * 1000003 + k * 100003 + i, &t, err);
		if (rc == 0)
			print_kind(&b, kinds[k].name, &t, out);
	}
	bench_close(&b);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.trials = 500, .seed = 1, .rows = 500};
	struct rai_opt opts[] = {
	    {RAI_OPT_STR, 'm', "model", "file", "the model", &o.model, 0},
	    {RAI_OPT_INT, 't', "trials", "n", "windows of each kind (500)", &o.trials, 0},
	    {RAI_OPT_INT, 's', "seed", "n", "seed (1)", &o.seed, 0},
	    {RAI_OPT_INT, 'r', "rows", "n", "rows of a window (500)", &o.rows, 0},
	    {RAI_OPT_END, 0, NULL, NULL, NULL, NULL, 0},
	};
	struct rai_cli cli = {.name = "costs",
	    .synopsis = "--model file data",
	    .summary = "Counts how often the estimate of what a window costs is right.",
	    .opts = opts};
	struct rai_buf out = RAI_BUF_INIT(1 << 20);
	struct rai_err err = RAI_ERR_INIT;
	int i, status;

	i = rai_cli_parse(&cli, argc, argv);
	if (o.model == NULL || argc - i != 1 || o.trials < 1 || o.rows < RAI_DRIFT_LEAST)
		rai_cli_usage(&cli, "--model FILE and the data are needed");
	status = rai_cli_finish(&cli, run(&o, argv[i], &out, &err), &out, &err);
	rai_buf_free(&out);
	return status;
}

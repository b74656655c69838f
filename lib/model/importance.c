#include "model/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "model/external.h"

#define STREAM 0x696d706f7274 /* of the random numbers */

#define CHUNK 256 /* rows predicted at once */

/* One shuffle of one column is a piece of work of its own. */
struct shuffling {
	const struct rai_pipeline *pipeline;
	const struct rai_table *table;
	size_t *rows; /* n: those that are used */
	size_t n;
	double *x; /* n x width: their features, as they are */
	size_t width;
	struct rai_scored whole; /* of them, as they are */
	enum rai_metric metric;
	uint64_t seed;
	double before;
	double *drop;        /* columns x RAI_IMPORTANCE_REPEATS */
	struct rai_err *err; /* the same */
};

static struct rai_cell
cell_of(const struct rai_column *c, size_t row)
{
	struct rai_cell cell = {NAN, RAI_CODE_MISSING};

	if (c->num != NULL)
		cell.num = c->num[row];
	else
		cell.code = c->code[row];
	return cell;
}

/* The predictions where column j takes its values from the rows at from. */
static int
predict_shuffled(
    const struct shuffling *s, size_t j, const size_t *from, double *predicted, struct rai_err *err)
{
	size_t outputs = rai_pipeline_outputs(s->pipeline), first, i, n;
	double *x = malloc((CHUNK < s->n ? CHUNK : s->n) * (s->width + 1) * sizeof(*x));

	if (x == NULL)
		return rai_fail_memory(err);
	for (first = 0; first < s->n; first += n) {
		n = s->n - first < CHUNK ? s->n - first : CHUNK;
		memcpy(x, s->x + first * s->width, n * s->width * sizeof(*x));
		for (i = 0; i < n; i++)
			rai_prep_cell(s->pipeline->prep, j,
			    cell_of(&s->table->col[j], from[first + i]), x + i * s->width);
		rai_pipeline_finish(s->pipeline, x, n, predicted + first * outputs);
	}
	free(x);
	return rai_fitted_check(&s->pipeline->fitted, err);
}

static void
shuffle_one(void *ctx, size_t k, size_t worker)
{
	struct shuffling *s = ctx;
	struct rai_rng rng = rai_rng_new(s->seed, STREAM + k);
	size_t *from = malloc((s->n + 1) * sizeof(*from));
	double value[RAI_METRICS];
	double *predicted =
	    malloc((s->n + 1) * rai_pipeline_outputs(s->pipeline) * sizeof(*predicted));
	struct rai_scored scored = s->whole;

	(void)worker;
	if (from == NULL || predicted == NULL)
		rai_fail_memory(&s->err[k]);
	else {
		memcpy(from, s->rows, s->n * sizeof(*from));
		rai_rng_shuffle(&rng, from, s->n);
		scored.predicted = predicted;
		if (predict_shuffled(s, k / RAI_IMPORTANCE_REPEATS, from, predicted, &s->err[k]) ==
		    0) {
			rai_metric_all(&scored, value);
			s->drop[k] =
			    (s->before - value[s->metric]) * rai_metric_direction(s->metric);
		}
	}
	free(from);
	free(predicted);
}

/* What the rows are before anything is shuffled. */
static int
make_features(struct shuffling *s, struct rai_err *err)
{
	struct rai_cell *cells = calloc(s->table->schema.n + 1, sizeof(*cells));
	size_t i, total;

	s->width = rai_prep_width(s->pipeline->prep);
	if (__builtin_mul_overflow(s->n, s->width * sizeof(*s->x), &total)) {
		free(cells);
		return rai_fail(err, RAI_EINPUT, "too many rows and features");
	}
	s->x = malloc(total + 1);
	for (i = 0; cells != NULL && s->x != NULL && i < s->n; i++) {
		rai_table_cells(s->table, s->rows[i], cells);
		rai_prep_row(s->pipeline->prep, cells, s->x + i * s->width);
	}
	i = cells != NULL && s->x != NULL;
	free(cells);
	return i ? 0 : rai_fail_memory(err);
}

static void
summarise(const double *drop, struct rai_importance *out)
{
	double sum = 0, squares = 0;
	size_t k;

	for (k = 0; k < RAI_IMPORTANCE_REPEATS; k++)
		sum += drop[k];
	out->drop = sum / RAI_IMPORTANCE_REPEATS;
	for (k = 0; k < RAI_IMPORTANCE_REPEATS; k++)
		squares += (drop[k] - out->drop) * (drop[k] - out->drop);
	out->sd = sqrt(squares / (RAI_IMPORTANCE_REPEATS - 1));
}

/* All rows, or as many as are used of them, at random. */
static int
pick_rows(struct shuffling *s, const size_t *rows, const struct rai_scored *all, double **actual,
    double **predicted)
{
	size_t outputs = all->nclass > 0 ? all->nclass : 1, i;
	size_t *order = malloc((all->n + 1) * sizeof(*order));
	struct rai_rng rng = rai_rng_new(s->seed, STREAM - 1);

	s->n = all->n < RAI_IMPORTANCE_ROWS ? all->n : RAI_IMPORTANCE_ROWS;
	s->rows = malloc((s->n + 1) * sizeof(*s->rows));
	*actual = malloc((s->n + 1) * sizeof(**actual));
	*predicted = malloc((s->n + 1) * outputs * sizeof(**predicted));
	if (order == NULL || s->rows == NULL || *actual == NULL || *predicted == NULL) {
		free(order);
		return -1;
	}
	for (i = 0; i < all->n; i++)
		order[i] = i;
	if (s->n < all->n)
		rai_rng_shuffle(&rng, order, all->n);
	for (i = 0; i < s->n; i++) {
		s->rows[i] = rows[order[i]];
		(*actual)[i] = all->actual[order[i]];
		memcpy(*predicted + i * outputs, all->predicted + order[i] * outputs,
		    outputs * sizeof(**predicted));
	}
	free(order);
	s->whole = (struct rai_scored){*actual, *predicted, s->n, all->nclass};
	return 0;
}

int
rai_importance(const struct rai_pipeline *p, const struct rai_table *t, const size_t *rows,
    const struct rai_scored *scored, enum rai_metric metric, uint64_t seed, size_t threads,
    struct rai_importance *out, struct rai_err *err)
{
	struct shuffling s = {.pipeline = p, .table = t, .metric = metric, .seed = seed};
	size_t work = t->schema.n * RAI_IMPORTANCE_REPEATS, k;
	double value[RAI_METRICS], *actual = NULL, *predicted = NULL;
	int rc = -1;

	s.drop = calloc(work + 1, sizeof(*s.drop));
	s.err = calloc(work + 1, sizeof(*s.err));
	if (s.drop == NULL || s.err == NULL || pick_rows(&s, rows, scored, &actual, &predicted)) {
		rai_fail_memory(err);
		goto out;
	}
	if (make_features(&s, err) != 0)
		goto out;
	rai_metric_all(&s.whole, value);
	s.before = value[metric];
	rai_par_for(work, threads, shuffle_one, &s);
	for (k = 0; k < work; k++)
		if (s.err[k].code != RAI_OK) {
			rai_fail(err, s.err[k].code, "importance: %s", s.err[k].msg);
			goto out;
		}
	for (k = 0; k < t->schema.n; k++)
		summarise(s.drop + k * RAI_IMPORTANCE_REPEATS, &out[k]);
	rc = 0;
out:
	free(s.rows);
	free(s.x);
	free(s.drop);
	free(s.err);
	free(actual);
	free(predicted);
	return rc;
}

#include "model/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/par.h"
#include "base/rng.h"
#include "model/score.h"

#define STREAM 0x696d706f7274 /* of the random numbers */

/* One shuffle of one column is a piece of work of its own. */
struct shuffling {
	const struct rai_pipeline *pipeline;
	const struct rai_table *table;
	size_t *rows; /* n: those that are used */
	size_t n;
	struct rai_scored whole; /* of them, as they are */
	enum rai_metric metric;
	uint64_t seed;
	double before;
	double *drop;        /* columns x RAI_IMPORTANCE_REPEATS */
	struct rai_err *err; /* the same */
};

/* The rows' own table, but column j takes its values from other rows. */
struct shuffled {
	struct rai_table table;
	struct rai_column *col;
	double *num;
	int32_t *code;
	size_t *from; /* n */
	double *predicted;
};

static void
shuffled_release(struct shuffled *v)
{
	free(v->col);
	free(v->num);
	free(v->code);
	free(v->from);
	free(v->predicted);
}

static int
shuffled_init(struct shuffled *v, const struct shuffling *s, size_t j, size_t stream)
{
	const struct rai_table *t = s->table;
	struct rai_rng rng = rai_rng_new(s->seed, STREAM + stream);
	size_t i;

	*v = (struct shuffled){.table = *t};
	v->col = malloc((t->schema.n + 1) * sizeof(*v->col));
	v->from = malloc((s->n + 1) * sizeof(*v->from));
	v->predicted = malloc((s->n + 1) * rai_pipeline_outputs(s->pipeline) * sizeof(double));
	if (t->col[j].num != NULL)
		v->num = malloc((t->nrow + 1) * sizeof(*v->num));
	else
		v->code = malloc((t->nrow + 1) * sizeof(*v->code));
	if (v->col == NULL || v->from == NULL || v->predicted == NULL ||
	    (v->num == NULL && v->code == NULL))
		return -1;
	memcpy(v->from, s->rows, s->n * sizeof(*v->from));
	rai_rng_shuffle(&rng, v->from, s->n);
	for (i = 0; i < s->n; i++)
		if (v->num != NULL)
			v->num[s->rows[i]] = t->col[j].num[v->from[i]];
		else
			v->code[s->rows[i]] = t->col[j].code[v->from[i]];
	memcpy(v->col, t->col, t->schema.n * sizeof(*v->col));
	v->col[j].num = v->num;
	v->col[j].code = v->code;
	v->table.col = v->col;
	return 0;
}

static void
shuffle_one(void *ctx, size_t k, size_t worker)
{
	struct shuffling *s = ctx;
	struct rai_scored scored = s->whole;
	double value[RAI_METRICS];
	struct shuffled v;

	(void)worker;
	if (shuffled_init(&v, s, k / RAI_IMPORTANCE_REPEATS, k) != 0)
		rai_fail_memory(&s->err[k]);
	else if (rai_score_pipeline(
		     s->pipeline, &v.table, s->rows, s->n, 1, v.predicted, &s->err[k]) == 0) {
		scored.predicted = v.predicted;
		rai_metric_all(&scored, value);
		s->drop[k] = (s->before - value[s->metric]) * rai_metric_direction(s->metric);
	}
	shuffled_release(&v);
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
	free(s.drop);
	free(s.err);
	free(actual);
	free(predicted);
	return rc;
}

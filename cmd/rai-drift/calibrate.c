#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "drift.h"
#include "table/conform.h"

/* The rows that are drawn from: a table as the reference sees it, and what a model says of it. */
struct pool {
	struct rai_table *table;
	struct rai_conformed seen;
	struct rai_drift_rows rows;
	double *says; /* of the model */
	unsigned char *withheld;
};

static void
pool_free(struct pool *p)
{
	free(p->rows.num);
	free(p->rows.code);
	free(p->says);
	free(p->withheld);
	if (p->seen.own != NULL)
		rai_conformed_release(&p->seen);
	rai_table_free(p->table);
}

/* Predictions of all rows: the model's, or the column that holds them. */
static int
predict_all(struct run *r, struct pool *p, struct rai_err *err)
{
	const struct rai_column *column =
	    rai_table_column(p->table, RAI_DRIFT_PREDICTION_COLUMN, NULL);
	struct rai_cell *cells = calloc(r->ref.schema->n + 1, sizeof(*cells));
	size_t i;

	p->says = calloc(p->table->nrow + 1, sizeof(*p->says));
	if (cells == NULL || p->says == NULL) {
		free(cells);
		return rai_fail_memory(err);
	}
	for (i = 0; i < p->table->nrow; i++)
		if (r->model != NULL) {
			rai_table_cells(&p->seen.table, i, cells);
			rai_model_predict(r->model, cells, &p->says[i]);
		} else
			p->says[i] = column != NULL && column->num != NULL ? column->num[i] : NAN;
	free(cells);
	return 0;
}

static int
pool_read(struct run *r, const char *path, struct pool *p, struct rai_err *err)
{
	const struct rai_schema *s = r->ref.schema;
	size_t i;

	memset(p, 0, sizeof(*p));
	if (drift_read_table(r->o, path, s, &p->table, err) != 0)
		return -1;
	if (rai_table_conform(p->table, s, &p->seen, err) != 0)
		return rai_wrap(err, "%s", path);
	p->rows.n = p->table->nrow;
	p->rows.ncol = s->n;
	p->rows.num = calloc(s->n + 1, sizeof(*p->rows.num));
	p->rows.code = calloc(s->n + 1, sizeof(*p->rows.code));
	p->rows.withheld = p->withheld = calloc(s->n + 1, 1);
	if (p->rows.num == NULL || p->rows.code == NULL || p->withheld == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < s->n; i++) {
		p->rows.num[i] = p->seen.table.col[i].num;
		p->rows.code[i] = p->seen.table.col[i].code;
	}
	if (predict_all(r, p, err) != 0)
		return -1;
	p->rows.prediction = p->says;
	return 0;
}

/* What is to be found out, from the options. */
static int
make_plan(struct run *r, struct rai_drift_plan *plan, struct rai_err *err)
{
	const struct rai_drift_rule *rule = &r->about.rule;

	*plan = (struct rai_drift_plan){.window = drift_window_given(r) ? rule->window : 0,
	    .sustain = rule->sustain,
	    .alpha = rule->alpha,
	    .every_ms = rule->false_alarm_every_ms,
	    .seed = (uint64_t)r->o->seed};
	if (r->o->slide != NULL)
		return rai_fail(err, RAI_EINPUT,
		    "--calibrate: windows that overlap are not simulated: leave out --slide");
	if (drift_traffic(r->o, &plan->rows_per_ms, err) != 0)
		return -1;
	if (plan->every_ms > 0 && !(plan->rows_per_ms > 0))
		return rai_fail(
		    err, RAI_EINPUT, "--calibrate: --false-alarm-every needs --traffic, as 10/min");
	if (rule->window_ms > 0 && !(plan->rows_per_ms > 0))
		return rai_fail(
		    err, RAI_EINPUT, "--calibrate: a window of time needs --traffic, as 10/min");
	if (rule->window_ms > 0)
		plan->window = (int64_t)(plan->rows_per_ms * (double)rule->window_ms + 0.5);
	if (plan->window != 0 && (plan->window < RAI_DRIFT_LEAST || plan->window > 1000000))
		return rai_fail(err, RAI_EINPUT,
		    "--calibrate: a window of %" PRId64
		    " rows: from %d to 1000000 can be simulated",
		    plan->window, RAI_DRIFT_LEAST);
	return 0;
}

/* The reference's own rows, where they are at hand. */
static const char *
rows_of(const struct run *r, const char *const *path, size_t n)
{
	if (n > 0)
		return path[0];
	return r->o->against != NULL && !drift_is_document(r->o->against) ? r->o->against : NULL;
}

int
drift_calibrate(struct run *r, const char *const *path, size_t n, struct rai_drift_calibration *out,
    struct rai_err *err)
{
	const char *rows = rows_of(r, path, n);
	struct rai_drift_plan plan;
	struct pool p;
	int rc;

	memset(&p, 0, sizeof(p));
	if (n > 1)
		return rai_fail(
		    err, RAI_EINPUT, "--calibrate: one file of the reference's rows, not %zu", n);
	if (make_plan(r, &plan, err) != 0)
		return -1;
	rc = rows != NULL ? pool_read(r, rows, &p, err) : 0;
	if (rc == 0)
		rc = rai_drift_calibrate(&r->ref, rows != NULL ? &p.rows : NULL, &plan, out, err);
	pool_free(&p);
	return rc;
}

int
drift_print_calibration(struct run *r, const char *const *path, size_t n, struct rai_err *err)
{
	struct rai_drift_calibration c;
	struct rai_jw w;

	if (drift_calibrate(r, path, n, &c, err) != 0)
		return -1;
	if (r->o->table)
		rai_drift_calibration_table(&c, r->out);
	else {
		rai_jw_init(&w, r->out);
		rai_drift_calibration_write(&c, &w, NULL);
		rai_buf_char(r->out, '\n');
	}
	rai_drift_calibration_release(&c);
	return 0;
}

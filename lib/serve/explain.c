#include <stdlib.h>
#include <string.h>

#include "serve/exchange.h"

/*
 * KServe's :explain: what each column of a row adds to its prediction beyond that of a baseline,
 * which is a typical row of the training data or one that the request has.  It is no prediction
 * that anybody acts on, so nothing is logged, counted or remembered, and no challenger takes part.
 */
enum {
	PARTS = 1 << 17, /* numbers in one answer */
	STEPS = 1 << 22, /* nodes of trees for one answer: about 0.2 s */
};

struct explaining {
	struct rai_serve_call *c;
	const struct rai_serve_model *model;
	size_t n, nout;                  /* rows; the baseline follows them */
	double *out;                     /* (n + 1) x nout: predictions */
	struct rai_serve_explanation of; /* the row that is written */
	size_t steps;
};

/* One more row, behind those that are explained. */
static int
add_baseline(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err)
{
	const struct cJSON *given = rai_json_get(doc, "baseline");
	const struct rai_serve_model *m = &c->live->model;
	struct rai_serve_rows *rows = &c->slot->rows;
	enum rai_json_kind kind = rai_json_kind(given);

	if (kind == RAI_JSON_OBJECT)
		return rai_serve_rows_json(m->schema, given, rows, err) == 0
			   ? 0
			   : rai_wrap(err, "baseline");
	if (kind != RAI_JSON_NONE && kind != RAI_JSON_NULL)
		return rai_fail(err, RAI_EINPUT, "\"baseline\" must be an object of fields");
	if (m->typical == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "this model's file says nothing of typical rows: give one to compare with as "
		    "\"baseline\", an object of fields");
	if (rai_serve_rows_add(rows, 1, err) != 0)
		return -1;
	memcpy(
	    rows->cell + (rows->n - 1) * rows->ncol, m->typical, rows->ncol * sizeof(*rows->cell));
	return 0;
}

static int
read_rows(struct rai_serve_call *c, const struct cJSON *doc, struct rai_err *err)
{
	struct rai_serve_rows *rows = &c->slot->rows;

	if (rai_serve_rows_begin(c->live->model.schema, rows, err) != 0 ||
	    rai_serve_v1_read(c, doc, err) != 0)
		return -1;
	if (rows->n > 0 && rows->ncol > PARTS / rows->n)
		return rai_fail(err, RAI_EINPUT,
		    "%zu rows of %zu columns are too many to explain at once: send at most %zu",
		    rows->n, rows->ncol, PARTS / rows->ncol);
	return add_baseline(c, doc, err);
}

/* All rows, and the baseline. */
static int
predict(struct explaining *e, struct rai_err *err)
{
	const struct rai_serve_rows *rows = &e->c->slot->rows;
	const struct rai_serve_model *m = e->model;
	size_t i;

	e->n = rows->n - 1;
	e->nout = m->nclass > 0 ? m->nclass : 1;
	e->out = calloc(rows->n * e->nout, sizeof(*e->out));
	e->of.part = calloc(rows->ncol + 1, sizeof(*e->of.part));
	if (e->out == NULL || e->of.part == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < rows->n; i++)
		m->predict(m->payload, rows->cell + i * rows->ncol, e->out + i * e->nout);
	for (i = 0; i < rows->n; i++)
		if (rai_serve_score_check(m->schema, rows->cell + i * rows->ncol,
			e->out + i * e->nout, e->nout, err) != 0)
			return i == e->n ? rai_wrap(err, "baseline")
					 : rai_wrap(err, "row %zu", i + 1);
	return 0;
}

static void
write_prediction(
    const struct rai_serve_model *m, const char *key, const double *out, struct rai_jw *w)
{
	if (m->nclass == 0)
		rai_jw_num(w, key, out[0]);
	else
		rai_jw_str(w, key, m->schema->target.level[rai_serve_class(m, out)]);
}

static void
write_explanation(const struct explaining *e, const double *out, struct rai_jw *w)
{
	const struct rai_schema *s = e->model->schema;
	size_t j;

	rai_jw_object(w, NULL);
	if (e->model->nclass > 0)
		write_prediction(e->model, "class", out, w);
	rai_jw_str(w, "scale", e->of.scale);
	rai_jw_num(w, "base", e->of.base);
	rai_jw_object(w, "contributions");
	for (j = 0; j < s->n; j++)
		rai_jw_num(w, s->col[j].name, e->of.part[j]);
	rai_jw_end(w);
	rai_jw_num(w, "score", e->of.score);
	rai_jw_end(w);
}

static int
explain_row(struct explaining *e, size_t i, struct rai_jw *w, struct rai_err *err)
{
	const struct rai_serve_rows *rows = &e->c->slot->rows;
	const struct rai_serve_model *m = e->model;
	const struct rai_cell *cell = rows->cell + i * rows->ncol;
	const double *out = e->out + i * e->nout;
	int rc = m->explain(m->payload, cell, rows->cell + e->n * rows->ncol,
	    m->nclass > 0 ? rai_serve_class(m, out) : 0, &e->of, &e->steps, err);

	if (rc > 0)
		return rai_fail(err, RAI_EINPUT,
		    "explaining takes too long from here on: send fewer rows at once");
	if (rc != 0 || rai_serve_score_check(m->schema, cell, e->of.part, rows->ncol, err) != 0 ||
	    rai_serve_score_check(m->schema, cell, &e->of.score, 1, err) != 0)
		return -1;
	write_explanation(e, out, w);
	return 0;
}

static int
write_answer(struct explaining *e, struct rai_buf *body, struct rai_err *err)
{
	struct rai_serve_call *c = e->c;
	struct rai_jw w;
	size_t i;

	rai_jw_init(&w, body);
	rai_jw_object(&w, NULL);
	rai_jw_array(&w, "predictions");
	for (i = 0; i < e->n; i++)
		write_prediction(e->model, NULL, e->out + i * e->nout, &w);
	rai_jw_end(&w);
	rai_jw_array(&w, "explanations");
	for (i = 0; i < e->n; i++)
		if (explain_row(e, i, &w, err) != 0)
			return rai_wrap(err, "row %zu", i + 1);
	rai_jw_end(&w);
	rai_serve_rows_write(
	    e->model->schema, &c->live->names, &c->slot->rows, e->n, NULL, &w, "baseline");
	write_prediction(e->model, "baseline_prediction", e->out + e->n * e->nout, &w);
	rai_jw_raw(&w, NULL, c->live->who.ptr, c->live->who.len);
	rai_jw_end(&w);
	rai_buf_char(body, '\n');
	return 0;
}

void
rai_serve_v1_explain(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct explaining e = {.c = c, .model = &c->live->model, .steps = STEPS};
	struct rai_err err = RAI_ERR_INIT;
	struct cJSON *doc;

	if (e.model->explain == NULL) {
		rai_serve_error(r, 501,
		    "this kind of model is not explained: what a column adds to its prediction "
		    "depends on all others");
		return;
	}
	doc = rai_json_parse(c->q->body, c->q->len, &err);
	if (doc == NULL || read_rows(c, doc, &err) != 0 || predict(&e, &err) != 0 ||
	    write_answer(&e, &r->body, &err) != 0)
		rai_serve_error(r, err.code == RAI_EINPUT ? 400 : 500, err.msg);
	else
		r->type = "application/json";
	free(e.out);
	free(e.of.part);
	rai_json_free(doc);
}

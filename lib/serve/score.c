#include "serve/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "serve/state.h"

enum { KEEP = 64 << 10 }; /* bytes that scores may hold between requests */

void
rai_serve_scores_release(struct rai_serve_scores *s)
{
	free(s->out);
	free(s->id);
	memset(s, 0, sizeof(*s));
}

void
rai_serve_scores_trim(struct rai_serve_scores *s)
{
	if (s->room_out * sizeof(*s->out) + s->room_id * sizeof(*s->id) > KEEP)
		rai_serve_scores_release(s);
}

/* The rows' number is bounded (rows.h), that of classes by the model file. */
static int
make_room(struct rai_serve_scores *s, size_t n, size_t nout, struct rai_err *err)
{
	s->n = n;
	s->nout = nout;
	if (n > SIZE_MAX / sizeof(double) / nout)
		return rai_fail_memory(err);
	if (n * nout > s->room_out || s->out == NULL) {
		free(s->out);
		s->room_out = n * nout;
		s->out = calloc(n * nout + 1, sizeof(*s->out));
	}
	if (n > s->room_id || s->id == NULL) {
		free(s->id);
		s->room_id = n;
		s->id = calloc(n + 1, sizeof(*s->id));
	}
	if (s->out == NULL || s->id == NULL) {
		rai_serve_scores_release(s);
		return rai_fail_memory(err);
	}
	return 0;
}

size_t
rai_serve_class(const struct rai_serve_model *m, const double *out)
{
	size_t k, best = 0;

	for (k = 1; k < m->nclass; k++)
		if (out[k] > out[best])
			best = k;
	return best;
}

void
rai_serve_score_write(const struct rai_serve_model *m, const double *out, struct rai_jw *w)
{
	size_t k;

	if (m->nclass == 0) {
		rai_jw_num(w, "prediction", out[0]);
		return;
	}
	rai_jw_str(w, "prediction", m->schema->target.level[rai_serve_class(m, out)]);
	rai_jw_object(w, "probabilities");
	for (k = 0; k < m->nclass; k++)
		rai_jw_num(w, m->schema->target.level[k], out[k]);
	rai_jw_end(w);
}

static int
predict_all(const struct rai_serve_model *m, const struct rai_serve_rows *rows,
    struct rai_serve_scores *s, struct rai_err *err)
{
	size_t i;

	if (m->predict_rows != NULL && rows->n > 1)
		m->predict_rows(m->payload, rows->cell, rows->n, s->out);
	else
		for (i = 0; i < rows->n; i++)
			m->predict(m->payload, rows->cell + i * rows->ncol, s->out + i * s->nout);
	for (i = 0; i < s->n * s->nout; i++)
		if (!isfinite(s->out[i])) {
			rai_fail(err, RAI_ESYS, "the model gives no finite number for this row");
			return s->n == 1 ? -1 : rai_wrap(err, "row %zu", i / s->nout + 1);
		}
	return 0;
}

static void
count_bins(const struct rai_serve_call *c, const struct rai_cell *cell, const double *out)
{
	const struct rai_serve_model *m = &c->live->model;
	struct rai_serve_bins *bins = c->live->bins;
	size_t i;

	if (bins == NULL)
		return;
	for (i = 0; i < m->schema->n; i++)
		rai_serve_bins_count(bins, c->q->lane, i, m->bin(m->payload, i, &cell[i]));
	rai_serve_bins_count(bins, c->q->lane, i, m->bin_prediction(m->payload, out));
}

/* One line of the prediction log; its members are described in rai-json(5). */
static void
log_row(struct rai_serve_call *c, int64_t now_ms, size_t i)
{
	const struct rai_serve_model *m = &c->live->model;
	const struct rai_serve_scores *s = &c->slot->scores;
	struct rai_buf *line = &c->slot->line;
	char time[RAI_CLOCK_TEXT];
	struct rai_jw w;

	if (c->app->config.log == NULL)
		return;
	rai_buf_clear(line);
	rai_clock_format(now_ms, time);
	rai_jw_init(&w, line);
	rai_jw_object(&w, NULL);
	rai_jw_str(&w, "type", "prediction");
	rai_jw_str(&w, "time", time);
	rai_jw_str(&w, "id", s->id[i]);
	rai_jw_raw(&w, NULL, c->live->who.ptr, c->live->who.len);
	rai_serve_rows_write(m->schema, &c->slot->rows, i, &w, "features");
	rai_serve_score_write(m, s->out + i * s->nout, &w);
	rai_jw_end(&w);
	rai_buf_char(line, '\n');
	rai_serve_log_add(c->app->config.log, line->ptr, line->len, 1);
}

int
rai_serve_score(struct rai_serve_call *c, struct rai_err *err)
{
	const struct rai_serve_model *m = &c->live->model;
	const struct rai_serve_rows *rows = &c->slot->rows;
	struct rai_serve_scores *s = &c->slot->scores;
	int64_t now = rai_clock_now(c->app->config.clock);
	size_t i;

	if (make_room(s, rows->n, m->nclass > 0 ? m->nclass : 1, err) != 0 ||
	    predict_all(m, rows, s, err) != 0)
		return -1;
	for (i = 0; i < s->n; i++) {
		const double *out = s->out + i * s->nout;

		rai_serve_join_issue(c->named->join, now,
		    m->nclass > 0 ? c->live->class_key[rai_serve_class(m, out)] : out[0], s->id[i]);
		count_bins(c, rows->cell + i * rows->ncol, out);
		log_row(c, now, i);
	}
	return 0;
}

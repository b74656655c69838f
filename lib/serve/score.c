#include "serve/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "serve/line.h"
#include "serve/state.h"
#include "serve/trial.h"

enum { KEEP = 64 << 10 }; /* bytes that scores may hold between requests */

void
rai_serve_scores_release(struct rai_serve_scores *s)
{
	free(s->out);
	free(s->id);
	free(s->challenged);
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
	s->nsaid = 0;
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
		free(s->challenged);
		s->challenged = calloc(n + 1, sizeof(*s->challenged));
	}
	if (s->out == NULL || s->id == NULL || s->challenged == NULL) {
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

double
rai_serve_score_key(const struct rai_serve_live *live, const double *out)
{
	return live->model.nclass > 0 ? live->class_key[rai_serve_class(&live->model, out)]
				      : out[0];
}

void
rai_serve_score_count(const struct rai_serve_live *live, unsigned lane, const double *out)
{
	const struct rai_serve_model *m = &live->model;

	if (live->bins != NULL)
		rai_serve_bins_count(
		    live->bins, lane, m->schema->n, m->bin_prediction(m->payload, out));
}

const struct rai_serve_live *
rai_serve_score_by(const struct rai_serve_call *c, size_t i)
{
	return c->trial != NULL && c->slot->scores.challenged[i] ? c->trial->challenger : c->live;
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

void
rai_serve_score_write_id(const char id[RAI_ULID_TEXT], struct rai_jw *w)
{
	char member[] = "\"id\":\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"";

	memcpy(member + 6, id, RAI_ULID_TEXT - 1);
	rai_jw_raw(w, NULL, member, sizeof(member) - 1);
}

void
rai_serve_score_write_row(const struct rai_serve_call *c, size_t i, struct rai_jw *w)
{
	const struct rai_serve_scores *s = &c->slot->scores;

	if (s->nsaid > 0)
		rai_jw_raw(w, NULL, c->slot->line.ptr + s->said, s->nsaid);
	else
		rai_serve_score_write(&rai_serve_score_by(c, i)->model, s->out + i * s->nout, w);
}

/* The features of one row of the champion's. */
static void
count_features(const struct rai_serve_call *c, const struct rai_serve_live *live, size_t row)
{
	const struct rai_serve_rows *rows = &c->slot->rows;
	const struct rai_serve_model *m = &live->model;
	const struct rai_cell *cell = rows->cell + row * rows->ncol;
	size_t i;

	for (i = 0; live->bins != NULL && i < m->schema->n; i++)
		rai_serve_bins_count(live->bins, c->q->lane, i, m->bin(m->payload, i, &cell[i]));
}

/*
 * Who answers which row, when a challenger is tried: it and the champion may share a batch.  Rows
 * of the challenger are read for it from now on; what came in them is counted before, or the key's
 * share would be missing in the champion's bins.
 */
static int
share_out(struct rai_serve_call *c)
{
	struct rai_serve_trial *t = c->models->entry[c->index].trial;
	struct rai_serve_scores *s = &c->slot->scores;
	struct rai_serve_rows *rows = &c->slot->rows;
	size_t i, challenged = 0;

	/* who asks for a version by its name gets that */
	c->trial = rai_serve_captured(&c->found, "version", &i) == NULL ? t : NULL;
	for (i = 0; c->trial != NULL && i < s->n; i++) {
		s->challenged[i] =
		    rai_serve_trial_choose(t, rows, i, c->q) == RAI_CHOICE_CHALLENGER;
		challenged += s->challenged[i];
		if (!s->challenged[i])
			continue;
		count_features(c, c->live, i);
		rai_serve_trial_recode(t, rows, i);
	}
	if (challenged > 0 && challenged == s->n)
		c->live = t->challenger;
	return challenged > 0 && challenged < s->n;
}

/* The number that lies farthest outside of what training saw in its column; s->n: none does. */
static size_t
farthest_out(const struct rai_schema *s, const struct rai_cell *cell)
{
	size_t i, farthest = s->n;
	double most = 0, by;

	for (i = 0; i < s->n; i++) {
		const struct rai_col_spec *c = &s->col[i];

		by = fmax(c->min - cell[i].num, cell[i].num - c->max);
		if (c->type == RAI_COL_NUM && by > most) {
			most = by;
			farthest = i;
		}
	}
	return farthest;
}

int
rai_serve_score_check(const struct rai_schema *s, const struct rai_cell *cell, const double *out,
    size_t n, struct rai_err *err)
{
	char value[RAI_NUM_TEXT], min[RAI_NUM_TEXT], max[RAI_NUM_TEXT];
	size_t i;

	for (i = 0; i < n && isfinite(out[i]); i++)
		;
	if (i == n)
		return 0;
	i = farthest_out(s, cell);
	if (i == s->n)
		return rai_fail(err, RAI_ESYS, "the model gives no finite number for this row");
	rai_num_format(cell[i].num, value);
	rai_num_format(s->col[i].min, min);
	rai_num_format(s->col[i].max, max);
	return rai_fail(err, RAI_EINPUT,
	    "field \"%.100s\": %s is outside of training (%s to %s), where the model gives no "
	    "finite number",
	    s->col[i].name, value, min, max);
}

static int
predict_all(struct rai_serve_call *c, struct rai_err *err)
{
	const struct rai_serve_rows *rows = &c->slot->rows;
	struct rai_serve_scores *s = &c->slot->scores;
	int mixed = share_out(c);
	const struct rai_serve_model *m = &c->live->model;
	size_t i;

	if (m->predict_rows != NULL && rows->n > 1 && !mixed)
		m->predict_rows(m->payload, rows->cell, rows->n, s->out);
	else
		for (i = 0; i < rows->n; i++) {
			m = &rai_serve_score_by(c, i)->model;
			m->predict(m->payload, rows->cell + i * rows->ncol, s->out + i * s->nout);
		}
	for (i = 0; i < s->n; i++)
		if (rai_serve_score_check(rai_serve_score_by(c, i)->model.schema,
			rows->cell + i * rows->ncol, s->out + i * s->nout, s->nout, err) != 0)
			return s->n == 1 ? -1 : rai_wrap(err, "row %zu", i + 1);
	return 0;
}

/* Many lines are of the same millisecond. */
static void
begin_line(struct rai_serve_slot *slot, int64_t now_ms, struct rai_jw *w)
{
	char time[RAI_CLOCK_TEXT];

	if (now_ms != slot->time_ms || slot->nlead == 0) {
		rai_clock_format(now_ms, time);
		slot->nlead = (size_t)snprintf(slot->lead, sizeof(slot->lead),
		    "\"type\":\"prediction\",\"time\":\"%s\"", time);
		slot->time_ms = now_ms;
	}
	rai_jw_object(w, NULL);
	rai_jw_raw(w, NULL, slot->lead, slot->nlead);
}

/* One line of the prediction log; its members are described in rai-json(5). */
static void
log_row(struct rai_serve_call *c, int64_t now_ms, size_t i)
{
	const struct rai_serve_live *live = rai_serve_score_by(c, i);
	struct rai_serve_scores *s = &c->slot->scores;
	struct rai_buf *line = &c->slot->line;
	struct rai_jw w;
	size_t from;

	if (!rai_serve_line_wanted(c->app->config.log, s->id[i]))
		return;
	rai_buf_clear(line);
	rai_jw_init(&w, line);
	begin_line(c->slot, now_ms, &w);
	rai_serve_score_write_id(s->id[i], &w);
	if (c->trial != NULL)
		rai_jw_str(&w, "role", rai_serve_trial_role(c->trial, s->challenged[i]));
	rai_jw_raw(&w, NULL, live->who.ptr, live->who.len);
	if (c->slot->trace.id[0] != '\0') {
		rai_jw_str(&w, "trace_id", c->slot->trace.id);
		rai_jw_str(&w, "span_id", c->slot->trace.span);
		rai_jw_str(&w, "parent_span_id", c->slot->trace.parent);
	}
	rai_serve_line_marks(c->app->config.log, live->model.schema, &w);
	rai_serve_rows_write(live->model.schema, &live->names, &c->slot->rows, i,
	    c->app->config.log, &w, "features");
	from = line->len + 1; /* behind a comma */
	rai_serve_score_write(&live->model, s->out + i * s->nout, &w);
	if (s->n == 1 && !line->bad) {
		s->said = from;
		s->nsaid = line->len - from;
	}
	rai_jw_end(&w);
	rai_buf_char(line, '\n');
	rai_serve_log_add(c->app->config.log, line->ptr, line->len, 1);
}

/* The row gets its id, is remembered, counted and logged, and handed on for comparison. */
static void
account(struct rai_serve_call *c, int64_t now_ms, size_t i)
{
	const struct rai_serve_rows *rows = &c->slot->rows;
	const struct rai_serve_live *live = rai_serve_score_by(c, i);
	struct rai_serve_scores *s = &c->slot->scores;
	const double *out = s->out + i * s->nout;
	double key = rai_serve_score_key(live, out);

	rai_serve_join_issue(c->named->join, now_ms, key, s->id[i]);
	count_features(c, live, i);
	rai_serve_score_count(live, c->q->lane, out);
	if (i == 0 && c->slot->trace.id[0] != '\0')
		rai_serve_trace_span(&c->slot->trace, s->id[0]);
	log_row(c, now_ms, i);
	if (c->trial != NULL)
		rai_serve_trial_answered(
		    c->trial, rows, i, s->challenged[i], s->id[i], now_ms, key);
}

int
rai_serve_score(struct rai_serve_call *c, struct rai_err *err)
{
	const struct rai_serve_model *m = &c->live->model;
	struct rai_serve_scores *s = &c->slot->scores;
	int64_t now = rai_clock_now(c->app->config.clock);
	size_t i;

	if (make_room(s, c->slot->rows.n, m->nclass > 0 ? m->nclass : 1, err) != 0 ||
	    predict_all(c, err) != 0)
		return -1;
	rai_serve_trace_read(rai_serve_header_once(c->q, "traceparent"), &c->slot->trace);
	for (i = 0; i < s->n; i++)
		account(c, now, i);
	return 0;
}

void
rai_serve_score_headers(struct rai_serve_call *c, struct rai_serve_reply *r)
{
	struct rai_serve_slot *slot = c->slot;

	if (slot->scores.n == 0)
		return;
	memcpy(slot->id, slot->scores.id[0], sizeof(slot->id));
	rai_serve_reply_header(r, "X-Prediction-Id", slot->id);
	if (slot->trace.id[0] == '\0')
		return;
	rai_serve_trace_write(&slot->trace, slot->span);
	rai_serve_reply_header(r, "traceresponse", slot->span);
}

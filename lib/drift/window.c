#include "drift/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* p with room for cap values of size bytes; p as it is, and *lost set, where memory is out. */
static void *
bigger(void *p, size_t cap, size_t size, int *lost)
{
	void *fresh = reallocarray(p, cap, size);

	if (fresh != NULL)
		return fresh;
	*lost = 1;
	return p;
}

/* Room for cap rows; which columns are codes is decided by the schema. */
static int
make_room(struct rai_drift_window *w, size_t cap)
{
	struct rai_drift_rows *r = &w->rows;
	size_t i;
	int lost = 0;

	for (i = 0; i < r->ncol; i++)
		if (w->schema->col[i].type == RAI_COL_CAT)
			r->code[i] = bigger(r->code[i], cap, sizeof(*r->code[i]), &lost);
		else
			r->num[i] = bigger(r->num[i], cap, sizeof(*r->num[i]), &lost);
	r->prediction = bigger(r->prediction, cap, sizeof(*r->prediction), &lost);
	if (lost)
		return -1;
	w->cap = cap;
	return 0;
}

int
rai_drift_window_init(struct rai_drift_window *w, const struct rai_schema *schema)
{
	memset(w, 0, sizeof(*w));
	w->schema = schema;
	w->rows.ncol = schema->n;
	w->rows.num = calloc(schema->n + 1, sizeof(*w->rows.num));
	w->rows.code = calloc(schema->n + 1, sizeof(*w->rows.code));
	w->rows.withheld = calloc(schema->n + 1, sizeof(*w->rows.withheld));
	if (w->rows.num == NULL || w->rows.code == NULL || w->rows.withheld == NULL)
		return -1;
	return make_room(w, 64);
}

int
rai_drift_window_add(struct rai_drift_window *w, const struct rai_drift_row *row)
{
	struct rai_drift_span *s = &w->span;
	size_t i, n = w->rows.n;

	if (n == w->cap && make_room(w, 2 * w->cap) != 0)
		return -1;
	for (i = 0; i < w->rows.ncol; i++)
		if (w->rows.code[i] != NULL)
			w->rows.code[i][n] = row->cells[i].code;
		else
			w->rows.num[i][n] = row->cells[i].num;
	for (i = 0; row->withheld != NULL && i < w->rows.ncol; i++)
		w->rows.withheld[i] |= row->withheld[i];
	w->rows.prediction[n] = row->prediction;
	w->rows.n++;
	if (n == 0)
		snprintf(s->first, sizeof(s->first), "%s", row->id);
	snprintf(s->last, sizeof(s->last), "%s", row->id);
	s->rows = (int64_t)w->rows.n;
	if (row->time_ms > 0 && (s->from_ms == 0 || row->time_ms < s->from_ms))
		s->from_ms = row->time_ms;
	if (row->time_ms > s->to_ms)
		s->to_ms = row->time_ms;
	return 0;
}

void
rai_drift_window_clear(struct rai_drift_window *w)
{
	w->rows.n = 0;
	memset(w->rows.withheld, 0, w->rows.ncol);
	memset(&w->span, 0, sizeof(w->span));
}

void
rai_drift_window_release(struct rai_drift_window *w)
{
	size_t i;

	for (i = 0; i < w->rows.ncol; i++) {
		if (w->rows.num != NULL)
			free(w->rows.num[i]);
		if (w->rows.code != NULL)
			free(w->rows.code[i]);
	}
	free(w->rows.num);
	free(w->rows.code);
	free(w->rows.prediction);
	free(w->rows.withheld);
	memset(w, 0, sizeof(*w));
}

int
rai_drift_couples_add(struct rai_drift_couples *c, double prediction, double actual, int64_t seq)
{
	size_t cap = c->cap > 0 ? c->cap * 2 : 64;
	int lost = 0;

	if (c->n == c->cap) {
		c->prediction = bigger(c->prediction, cap, sizeof(*c->prediction), &lost);
		c->actual = bigger(c->actual, cap, sizeof(*c->actual), &lost);
		c->seq = bigger(c->seq, cap, sizeof(*c->seq), &lost);
		if (lost)
			return -1;
		c->cap = cap;
	}
	c->prediction[c->n] = prediction;
	c->actual[c->n] = actual;
	c->seq[c->n] = seq;
	c->n++;
	return 0;
}

void
rai_drift_couples_release(struct rai_drift_couples *c)
{
	free(c->prediction);
	free(c->actual);
	free(c->seq);
	memset(c, 0, sizeof(*c));
}

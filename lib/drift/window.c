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

/* All of it from one block: the panes' masks too. */
static int
make_panes(struct rai_drift_window *w, size_t npane)
{
	size_t i, ncol = w->schema->n;
	unsigned char *masks;

	w->pane = calloc(npane, sizeof(*w->pane));
	masks = calloc(npane, ncol + 1);
	if (w->pane == NULL || masks == NULL) {
		free(masks);
		return -1;
	}
	for (i = 0; i < npane; i++)
		w->pane[i].withheld = masks + i * (ncol + 1);
	w->npane = npane;
	w->held = 1;
	return 0;
}

int
rai_drift_window_init(struct rai_drift_window *w, const struct rai_schema *schema, size_t npane)
{
	memset(w, 0, sizeof(*w));
	w->schema = schema;
	w->rows.ncol = schema->n;
	w->rows.num = calloc(schema->n + 1, sizeof(*w->rows.num));
	w->rows.code = calloc(schema->n + 1, sizeof(*w->rows.code));
	w->rows.withheld = calloc(schema->n + 1, sizeof(*w->rows.withheld));
	if (w->rows.num == NULL || w->rows.code == NULL || w->rows.withheld == NULL ||
	    make_panes(w, npane) != 0)
		return -1;
	return make_room(w, 64);
}

/* from what lies behind it in the order of rows. */
static void
span_extend(struct rai_drift_span *s, const struct rai_drift_span *more)
{
	if (more->rows == 0)
		return;
	if (s->rows == 0)
		memcpy(s->first, more->first, sizeof(s->first));
	memcpy(s->last, more->last, sizeof(s->last));
	s->rows += more->rows;
	if (more->from_ms > 0 && (s->from_ms == 0 || more->from_ms < s->from_ms))
		s->from_ms = more->from_ms;
	if (more->to_ms > s->to_ms)
		s->to_ms = more->to_ms;
}

int
rai_drift_window_put(struct rai_drift_window *w, const struct rai_drift_row *row)
{
	size_t i, n = w->rows.n;

	if (n == w->cap && make_room(w, 2 * w->cap) != 0)
		return -1;
	for (i = 0; i < w->rows.ncol; i++)
		if (w->rows.code[i] != NULL)
			w->rows.code[i][n] = row->cells[i].code;
		else
			w->rows.num[i][n] = row->cells[i].num;
	w->rows.prediction[n] = row->prediction;
	w->rows.n++;
	return 0;
}

int
rai_drift_window_add(struct rai_drift_window *w, const struct rai_drift_row *row)
{
	struct rai_drift_pane *pane = &w->pane[w->held - 1];
	struct rai_drift_span one = {1, row->time_ms, row->time_ms, "", ""};
	size_t i;

	if (rai_drift_window_put(w, row) != 0)
		return -1;
	for (i = 0; row->withheld != NULL && i < w->rows.ncol; i++)
		pane->withheld[i] |= row->withheld[i];
	snprintf(one.first, sizeof(one.first), "%s", row->id);
	snprintf(one.last, sizeof(one.last), "%s", row->id);
	span_extend(&pane->span, &one);
	return 0;
}

static void
pane_clear(struct rai_drift_window *w, size_t i)
{
	memset(&w->pane[i].span, 0, sizeof(w->pane[i].span));
	memset(w->pane[i].withheld, 0, w->rows.ncol);
}

/* The oldest pane and its rows go. */
static void
drop(struct rai_drift_window *w)
{
	struct rai_drift_rows *r = &w->rows;
	size_t i, gone = (size_t)w->pane[0].span.rows, left = r->n - gone;
	unsigned char *mask = w->pane[0].withheld;

	for (i = 0; i < r->ncol; i++)
		if (r->code[i] != NULL)
			memmove(r->code[i], r->code[i] + gone, left * sizeof(*r->code[i]));
		else
			memmove(r->num[i], r->num[i] + gone, left * sizeof(*r->num[i]));
	memmove(r->prediction, r->prediction + gone, left * sizeof(*r->prediction));
	r->n = left;
	w->held--;
	memmove(w->pane, w->pane + 1, w->held * sizeof(*w->pane));
	w->pane[w->held].withheld = mask;
}

void
rai_drift_window_turn(struct rai_drift_window *w)
{
	if (w->held == w->npane)
		drop(w);
	pane_clear(w, w->held++);
}

void
rai_drift_window_sum(struct rai_drift_window *w)
{
	size_t i, k;

	memset(&w->span, 0, sizeof(w->span));
	memset(w->rows.withheld, 0, w->rows.ncol);
	for (i = 0; i < w->held; i++) {
		span_extend(&w->span, &w->pane[i].span);
		for (k = 0; k < w->rows.ncol; k++)
			w->rows.withheld[k] |= w->pane[i].withheld[k];
	}
}

void
rai_drift_window_clear(struct rai_drift_window *w)
{
	w->rows.n = 0;
	w->held = 1;
	pane_clear(w, 0);
	rai_drift_window_sum(w);
}

int
rai_drift_window_copy(struct rai_drift_window *to, const struct rai_drift_window *from)
{
	const struct rai_drift_rows *r = &from->rows;
	size_t i;

	if (to->cap < r->n && make_room(to, r->n) != 0)
		return -1;
	for (i = 0; i < r->ncol; i++)
		if (r->code[i] != NULL)
			memcpy(to->rows.code[i], r->code[i], r->n * sizeof(*r->code[i]));
		else
			memcpy(to->rows.num[i], r->num[i], r->n * sizeof(*r->num[i]));
	memcpy(to->rows.prediction, r->prediction, r->n * sizeof(*r->prediction));
	memcpy(to->rows.withheld, r->withheld, r->ncol);
	to->rows.n = r->n;
	to->span = from->span;
	return 0;
}

void
rai_drift_window_release(struct rai_drift_window *w)
{
	unsigned char *masks = w->pane != NULL ? w->pane[0].withheld : NULL;
	size_t i;

	for (i = 1; i < w->npane; i++) /* they changed places; the block begins with the lowest */
		if (w->pane[i].withheld < masks)
			masks = w->pane[i].withheld;
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
	free(masks);
	free(w->pane);
	memset(w, 0, sizeof(*w));
}

int
rai_drift_couples_add(struct rai_drift_couples *c, const struct rai_drift_pair *pair)
{
	size_t cap = c->cap > 0 ? c->cap * 2 : 64;
	int lost = 0;

	if (c->n == c->cap) {
		c->prediction = bigger(c->prediction, cap, sizeof(*c->prediction), &lost);
		c->actual = bigger(c->actual, cap, sizeof(*c->actual), &lost);
		c->pair = bigger(c->pair, cap, sizeof(*c->pair), &lost);
		if (lost)
			return -1;
		c->cap = cap;
	}
	c->prediction[c->n] = pair->prediction;
	c->actual[c->n] = pair->actual;
	c->pair[c->n] = *pair;
	c->n++;
	return 0;
}

void
rai_drift_couples_release(struct rai_drift_couples *c)
{
	free(c->prediction);
	free(c->actual);
	free(c->pair);
	memset(c, 0, sizeof(*c));
}

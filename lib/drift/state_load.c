#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drift/heed.h"
#include "drift/state.h"
#include "drift/watch_priv.h"

/* State lines back into a watch: each kind of line has its reader. */
struct loader {
	struct rai_drift_watch *w;
	struct rai_cell *cells; /* of a row */
	double *number;         /* and its values, with the prediction */
	size_t panes;           /* read so far */
	int begun;              /* the line "watch" has come */
};

#define WHOLE 9007199254740992.0

/* The n numbers at the head of an array, null as NaN; *rest is what follows them. */
static int
read_numbers(const struct cJSON *array, double *out, size_t n, const struct cJSON **rest,
    struct rai_err *err)
{
	const struct cJSON *item = rai_json_first(array);
	size_t i;

	for (i = 0; i < n; i++, item = rai_json_next(item)) {
		enum rai_json_kind kind = rai_json_kind(item);

		if (kind != RAI_JSON_NUM && kind != RAI_JSON_NULL)
			return rai_fail(err, RAI_EINPUT, "number %zu of %zu is missing", i + 1, n);
		out[i] = kind == RAI_JSON_NUM ? rai_json_as_num(item) : NAN;
	}
	*rest = item;
	return 0;
}

static int
to_whole(double v, double least, double most, int64_t *out)
{
	if (!(v >= least && v <= most) || v != floor(v))
		return -1;
	*out = (int64_t)v;
	return 0;
}

static int
read_text(const struct cJSON *obj, const char *key, char *out, size_t size, struct rai_err *err)
{
	const char *text;

	if (rai_json_str(obj, key, &text, err) != 0)
		return -1;
	if (strlen(text) >= size)
		return rai_fail(err, RAI_EINPUT, "\"%s\" is too long", key);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int
read_span(const struct cJSON *obj, const char *key, struct rai_drift_span *s, struct rai_err *err)
{
	const struct cJSON *span;

	if (rai_json_object(obj, key, &span, err) != 0 ||
	    rai_json_int(span, "rows", &s->rows, err) != 0 ||
	    rai_json_int(span, "from_ms", &s->from_ms, err) != 0 ||
	    rai_json_int(span, "to_ms", &s->to_ms, err) != 0 ||
	    read_text(span, "first", s->first, sizeof(s->first), err) != 0)
		return -1;
	return read_text(span, "last", s->last, sizeof(s->last), err);
}

static int
read_channel(
    const struct cJSON *obj, const char *key, struct rai_drift_channel *c, struct rai_err *err)
{
	const struct cJSON *o;

	if (rai_json_object(obj, key, &o, err) != 0 || rai_json_bool(o, "on", &c->on, err) != 0 ||
	    rai_json_int(o, "hot", &c->hot, err) != 0 ||
	    rai_json_int(o, "cool", &c->cool, err) != 0 ||
	    rai_json_int(o, "since", &c->since, err) != 0)
		return -1;
	return rai_json_int(o, "until", &c->until, err);
}

static int
read_watch(struct loader *l, const struct cJSON *o, struct rai_err *err)
{
	struct rai_drift_watch *w = l->w;
	struct rai_drift_state *s = &w->state;
	int64_t verdict, advice;
	size_t i;

	if (rai_json_int(o, "verdict", &verdict, err) != 0 ||
	    rai_json_int(o, "advice", &advice, err) != 0 ||
	    rai_json_bool(o, "broken", &s->broken, err) != 0 ||
	    rai_json_bool(o, "labels_broken", &s->labels_broken, err) != 0 ||
	    rai_json_num(o, "alpha", &s->alpha, err) != 0 ||
	    rai_json_num(o, "labels_alpha", &w->labels_alpha, err) != 0 ||
	    read_text(o, "message", s->message, sizeof(s->message), err) != 0 ||
	    read_span(o, "span", &s->span, err) != 0)
		return -1;
	if (verdict < RAI_DRIFT_NONE || verdict > RAI_DRIFT_INSUFFICIENT ||
	    advice < RAI_ADVISE_WAIT || advice > RAI_ADVISE_RETRAIN)
		return rai_fail(err, RAI_EINPUT, "no such verdict or advice");
	if (!(s->alpha > 0 && s->alpha < 1 && w->labels_alpha >= 0 && w->labels_alpha < 1))
		return rai_fail(err, RAI_EINPUT, "an alpha that is no probability");
	s->verdict = (enum rai_drift_verdict)verdict;
	s->advice = (enum rai_drift_advice)advice;
	for (i = 0; i < RAI_DRIFT_NUMBERS; i++)
		if (rai_json_int(o, rai_drift_numbers[i].name,
			(void *)((char *)w + rai_drift_numbers[i].at), err) != 0)
			return -1;
	for (i = 0; i < RAI_DRIFT_CHANNELS; i++)
		if (read_channel(o, rai_drift_channels[i].name,
			(void *)((char *)w + rai_drift_channels[i].at), err) != 0)
			return -1;
	if (w->decided < 0 || w->decided > s->predictions)
		return rai_fail(err, RAI_EINPUT, "more was decided than was predicted");
	l->begun = 1;
	return 0;
}

/* Where rows lie, and which columns their log withholds. */
static int
read_place(struct loader *l, const struct cJSON *o, struct rai_drift_span *span,
    unsigned char *withheld, struct rai_err *err)
{
	const struct cJSON *list, *item;
	int64_t at;

	if (read_span(o, "span", span, err) != 0 || rai_json_array(o, "withheld", &list, err) != 0)
		return -1;
	for (item = rai_json_first(list); item != NULL; item = rai_json_next(item)) {
		if (rai_json_kind(item) != RAI_JSON_NUM ||
		    to_whole(rai_json_as_num(item), 0, (double)l->w->ref.schema->n - 1, &at) != 0)
			return rai_fail(err, RAI_EINPUT, "\"withheld\" names no column");
		withheld[at] = 1;
	}
	return 0;
}

static int
read_pane(struct loader *l, const struct cJSON *o, struct rai_err *err)
{
	struct rai_drift_window *win = &l->w->window;
	struct rai_drift_pane *pane;

	if (l->panes == win->npane)
		return rai_fail(err, RAI_EINPUT, "more than %zu panes", win->npane);
	if (l->panes > 0)
		rai_drift_window_turn(win);
	pane = &win->pane[l->panes++];
	return read_place(l, o, &pane->span, pane->withheld, err);
}

static int
read_judged(struct loader *l, const struct cJSON *o, struct rai_err *err)
{
	return read_place(l, o, &l->w->judged.span, l->w->judged.rows.withheld, err);
}

static int
read_cells(
    struct loader *l, const struct cJSON *array, struct rai_drift_window *win, struct rai_err *err)
{
	const struct rai_schema *schema = l->w->ref.schema;
	struct rai_drift_row row = {"", 0, l->cells, 0, NULL};
	const struct cJSON *rest = NULL;
	int64_t code;
	size_t i;

	if (read_numbers(array, l->number, schema->n + 1, &rest, err) != 0)
		return -1;
	for (i = 0; i < schema->n; i++) {
		l->cells[i] = (struct rai_cell){l->number[i], RAI_CODE_MISSING};
		if (schema->col[i].type != RAI_COL_CAT)
			continue;
		if (to_whole(l->number[i], RAI_DRIFT_CODE_LEAST, (double)schema->col[i].nlevel - 1,
			&code) != 0)
			return rai_fail(
			    err, RAI_EINPUT, "no category of \"%.60s\"", schema->col[i].name);
		l->cells[i].code = (int32_t)code;
	}
	row.prediction = l->number[schema->n];
	if (isinf(row.prediction) || rest != NULL)
		return rai_fail(
		    err, RAI_EINPUT, "%zu numbers and a prediction are wanted", schema->n);
	return rai_drift_window_put(win, &row) == 0 ? 0 : rai_fail_memory(err);
}

static int
read_row(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	return read_cells(l, array, &l->w->window, err);
}

static int
read_judged_row(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	return read_cells(l, array, &l->w->judged, err);
}

/* prediction, actual, seq, made_ms, known_ms, broken; what an entry has is told by have. */
static int
read_pair(const struct loader *l, const struct cJSON *array, int have, struct rai_drift_pair *p,
    const struct cJSON **rest, struct rai_err *err)
{
	double v[6];
	int64_t broken;

	if (read_numbers(array, v, 6, rest, err) != 0)
		return -1;
	*p = (struct rai_drift_pair){.prediction = v[0], .actual = v[1]};
	if (isinf(v[0]) || !isfinite(v[1]) ||
	    to_whole(v[2], 0, (double)l->w->state.predictions - (have & 1), &p->seq) != 0 ||
	    to_whole(v[3], -WHOLE, WHOLE, &p->made_ms) != 0 ||
	    to_whole(v[4], -WHOLE, WHOLE, &p->known_ms) != 0 || to_whole(v[5], 0, 1, &broken) != 0)
		return rai_fail(err, RAI_EINPUT, "no pair of a prediction and its label");
	p->broken = (int)broken;
	return 0;
}

/* What was expected of its row, where that was known: the last number of a line. */
static int
read_expected(const struct loader *l, int64_t seq, const struct cJSON *item, struct rai_err *err)
{
	if (item == NULL)
		return 0;
	if (rai_json_kind(item) != RAI_JSON_NUM || !(rai_json_as_num(item) >= 0) ||
	    rai_json_next(item) != NULL)
		return rai_fail(err, RAI_EINPUT, "no expected loss");
	if (l->w->state.predictions - seq <= (int64_t)RAI_DRIFT_MEMORY)
		rai_drift_expected_put(&l->w->expected, seq, rai_json_as_num(item));
	return 0;
}

static int
read_couple(const struct loader *l, const struct cJSON *array, struct rai_drift_couples *c,
    struct rai_err *err)
{
	struct rai_drift_pair p;
	const struct cJSON *rest;

	if (read_pair(l, array, 3, &p, &rest, err) != 0)
		return -1;
	if (read_expected(l, p.seq, rest, err) != 0)
		return -1;
	return rai_drift_couples_add(c, &p) == 0 ? 0 : rai_fail_memory(err);
}

static int
read_waiting(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	return read_couple(l, array, &l->w->waiting, err);
}

static int
read_sound(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	return read_couple(l, array, &l->w->couples, err);
}

static int
read_judged_couple(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	return read_couple(l, array, &l->w->judged_couples, err);
}

static int
read_entry(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	struct rai_drift_entry e;
	const struct cJSON *rest;
	int64_t have;
	const char *id;

	memset(&e, 0, sizeof(e));
	if (read_pair(l, array, 0, &e.pair, &rest, err) != 0)
		return -1;
	if (rai_json_kind(rest) != RAI_JSON_NUM ||
	    to_whole(rai_json_as_num(rest), 1, 3, &have) != 0 ||
	    rai_json_kind(rest = rai_json_next(rest)) != RAI_JSON_STR)
		return rai_fail(
		    err, RAI_EINPUT, "what is known of a pair, and its id, are missing");
	id = rai_json_as_str(rest);
	if (id[0] == '\0' || strlen(id) >= sizeof(e.id))
		return rai_fail(err, RAI_EINPUT, "an id has 1 to %zu bytes", sizeof(e.id) - 1);
	if ((have & 1) && e.pair.seq >= l->w->state.predictions)
		return rai_fail(err, RAI_EINPUT, "a prediction that is still to come");
	if ((have & 1) && read_expected(l, e.pair.seq, rai_json_next(rest), err) != 0)
		return -1;
	memcpy(e.id, id, strlen(id));
	e.have_prediction = have & 1;
	e.have_label = have >> 1;
	if (e.have_prediction &&
	    rai_drift_lag_prediction(&l->w->lag, e.pair.seq, e.pair.made_ms, e.have_label) != 0)
		return rai_fail_memory(err);
	return rai_drift_pairs_put(l->w->pairs, &e, err);
}

static int
read_delays(struct loader *l, const struct cJSON *array, struct rai_err *err)
{
	const struct cJSON *item;
	int64_t delay;

	for (item = rai_json_first(array); item != NULL; item = rai_json_next(item)) {
		if (rai_json_kind(item) != RAI_JSON_NUM ||
		    to_whole(rai_json_as_num(item), 0, WHOLE, &delay) != 0)
			return rai_fail(err, RAI_EINPUT, "no delay");
		rai_drift_lag_delay(&l->w->lag, delay);
	}
	return 0;
}

static int
read_alarm(struct loader *l, const struct cJSON *o, struct rai_err *err)
{
	const struct cJSON *alarm;
	struct rai_drift_signal a;
	int64_t about;

	if (rai_json_int(o, "about", &about, err) != 0 ||
	    rai_json_object(o, "alarm", &alarm, err) != 0 ||
	    rai_drift_signal_load(alarm, &l->w->ref, &a, err) != 0)
		return -1;
	if (about < 0 || about >= RAI_DRIFT_ABOUTS)
		return rai_fail(err, RAI_EINPUT, "an alarm about nothing");
	l->w->state.alarm[about] = a;
	return 0;
}

static int
read_detector(struct loader *l, const struct cJSON *o, struct rai_err *err)
{
	return rai_drift_sentinel_load(l->w->sentinel, rai_json_key(o), o, err);
}

static const struct {
	const char *name;
	int (*read)(struct loader *l, const struct cJSON *value, struct rai_err *err);
} kinds[] = {{"watch", read_watch}, {"pane", read_pane}, {"row", read_row}, {"judged", read_judged},
    {"judged_row", read_judged_row}, {"waiting", read_waiting}, {"couple", read_sound},
    {"judged_couple", read_judged_couple}, {"pair", read_entry}, {"delays", read_delays},
    {"alarm", read_alarm}, {"detector", read_detector}, {"recent", read_detector},
    {"held", read_detector}};

static int
read_line(struct loader *l, const char *text, size_t len, struct rai_err *err)
{
	struct cJSON *doc = rai_json_parse(text, len, err);
	const struct cJSON *member = rai_json_first(doc);
	const char *name = member != NULL ? rai_json_key(member) : NULL;
	size_t i, n = sizeof(kinds) / sizeof(*kinds);
	int rc = -1;

	for (i = 0; name != NULL && i < n && strcmp(kinds[i].name, name) != 0; i++)
		;
	if (doc == NULL)
		rc = -1;
	else if (name == NULL || i == n || (i == 0) == l->begun)
		rc = rai_fail(err, RAI_EINPUT, "no line that is wanted here");
	else
		rc = kinds[i].read(l, member, err);
	rai_json_free(doc);
	return rc;
}

/* Do the rows that came fill the panes that were named, and no pane more than it can hold? */
static int
check_rows(const struct loader *l, struct rai_err *err)
{
	const struct rai_drift_watch *w = l->w;
	int64_t most = w->rule.slide > 0 ? w->rule.slide : w->rule.window, rows = 0;
	size_t i;

	if (!l->begun || l->panes == 0 || !rai_drift_sentinel_loaded(w->sentinel))
		return rai_fail(err, RAI_EINPUT, "the end is missing");
	if (w->rule.window_ms > 0)
		most = RAI_DRIFT_MOST;
	for (i = 0; i < l->panes; i++) {
		const struct rai_drift_span *s = &w->window.pane[i].span;

		if (s->rows < 0 || s->rows > most ||
		    (w->rule.window_ms == 0 && i + 1 == l->panes && s->rows == most))
			return rai_fail(
			    err, RAI_EINPUT, "a pane with %lld rows", (long long)s->rows);
		rows += s->rows;
	}
	if (rows != (int64_t)w->window.rows.n || rows > w->state.predictions ||
	    (w->judged.rows.n > 0 && w->judged.span.rows != (int64_t)w->judged.rows.n))
		return rai_fail(err, RAI_EINPUT, "the rows do not fill their windows");
	return 0;
}

/* What was judged last, judged again. */
static int
judge_again(struct rai_drift_watch *w, struct rai_err *err)
{
	const struct rai_drift_couples *c = &w->judged_couples;
	struct rai_drift_state *s = &w->state;

	rai_drift_heed_pace(w);
	if (w->judged.rows.n > 0) {
		if (rai_drift_judge_inputs(
			&w->ref, &w->rule, s->alpha, &w->judged.rows, &w->in, err) != 0 ||
		    rai_drift_judge_impact(
			&w->ref, &w->rule, &w->judged.rows, &w->in, &w->impact, NULL, err) != 0)
			return -1;
		s->in = &w->in;
		s->impact = &w->impact;
		if (w->listener.inputs != NULL)
			w->listener.inputs(w->listener.ctx, &w->judged.rows);
	}
	if (c->n == 0)
		return 0;
	if (rai_drift_judge_labels(&w->ref, &w->rule, w->labels_alpha, c->prediction, c->actual,
		c->n, &w->labels, err) != 0)
		return -1;
	rai_drift_coverage_ask(&s->coverage, w->rule.coverage_least, &w->labels);
	s->labels = &w->labels;
	rai_drift_explain(w, c);
	if (w->listener.labels != NULL)
		w->listener.labels(w->listener.ctx, c->actual, c->n);
	return 0;
}

static int
read_lines(struct loader *l, const char *text, size_t len, int64_t first, struct rai_err *err)
{
	const char *newline;

	for (; len > 0; first++) {
		newline = memchr(text, '\n', len);
		if (newline == NULL)
			return rai_fail(err, RAI_EINPUT, "line %lld: cut off", (long long)first);
		if (read_line(l, text, (size_t)(newline - text), err) != 0)
			return rai_wrap(err, "line %lld", (long long)first);
		len -= (size_t)(newline + 1 - text);
		text = newline + 1;
	}
	return 0;
}

int
rai_drift_watch_load(
    struct rai_drift_watch *w, const char *text, size_t len, int64_t first, struct rai_err *err)
{
	struct loader l = {.w = w};
	size_t n = w->ref.schema->n + 1;
	int rc = -1;

	l.cells = calloc(n, sizeof(*l.cells));
	l.number = calloc(n, sizeof(*l.number));
	if (l.cells == NULL || l.number == NULL)
		rai_fail_memory(err);
	else if (read_lines(&l, text, len, first, err) == 0 && check_rows(&l, err) == 0)
		rc = judge_again(w, err);
	free(l.cells);
	free(l.number);
	return rc;
}

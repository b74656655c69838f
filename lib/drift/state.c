#include "drift/state.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "drift/watch_priv.h"

#define WATCH(member)                                             \
	{                                                         \
#member, offsetof(struct rai_drift_watch, member) \
	}

const struct rai_drift_member rai_drift_numbers[RAI_DRIFT_NUMBERS] = {WATCH(decided),
    WATCH(newest_pair), WATCH(slot), WATCH(label_slot), WATCH(clock_ms), WATCH(state.predictions),
    WATCH(state.labelled), WATCH(state.input_windows), WATCH(state.label_windows),
    WATCH(state.thin_windows), WATCH(state.late), WATCH(state.set_back), WATCH(state.missing_rows),
    WATCH(first), WATCH(end), WATCH(moved_ms), WATCH(told_ms), WATCH(asked),
    WATCH(state.window_labelled), WATCH(state.coverage.eligible), WATCH(state.coverage.labelled),
    WATCH(state.coverage.delays), WATCH(state.coverage.median_ms), WATCH(state.coverage.p95_ms)};

const struct rai_drift_member rai_drift_channels[RAI_DRIFT_CHANNELS] = {
    WATCH(state.inputs), WATCH(state.target), WATCH(state.error), WATCH(state.cost)};

int
rai_drift_watch_keep(struct rai_drift_watch *w, struct rai_err *err)
{
	w->keep = 1;
	if (rai_drift_window_init(&w->judged, w->ref.schema, 1) != 0)
		return rai_fail_memory(err);
	return 0;
}

static void
save_span(struct rai_jw *j, const char *key, const struct rai_drift_span *s)
{
	rai_jw_object(j, key);
	rai_jw_int(j, "rows", s->rows);
	rai_jw_int(j, "from_ms", s->from_ms);
	rai_jw_int(j, "to_ms", s->to_ms);
	rai_jw_str(j, "first", s->first);
	rai_jw_str(j, "last", s->last);
	rai_jw_end(j);
}

static void
save_channel(struct rai_jw *j, const char *key, const struct rai_drift_channel *c)
{
	rai_jw_object(j, key);
	rai_jw_bool(j, "on", c->on);
	rai_jw_int(j, "hot", c->hot);
	rai_jw_int(j, "cool", c->cool);
	rai_jw_int(j, "since", c->since);
	rai_jw_int(j, "until", c->until);
	rai_jw_end(j);
}

static void
end_line(struct rai_jw *j)
{
	rai_jw_end(j);
	rai_buf_char(j->out, '\n');
}

static void
save_scalars(const struct rai_drift_watch *w, struct rai_buf *out)
{
	const struct rai_drift_state *s = &w->state;
	struct rai_jw j;
	size_t i;

	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_object(&j, "watch");
	rai_jw_int(&j, "verdict", s->verdict);
	rai_jw_int(&j, "advice", s->advice);
	rai_jw_bool(&j, "broken", s->broken);
	rai_jw_bool(&j, "labels_broken", s->labels_broken);
	rai_jw_num(&j, "alpha", s->alpha);
	rai_jw_num(&j, "labels_alpha", w->labels_alpha);
	rai_jw_str(&j, "message", s->message);
	for (i = 0; i < RAI_DRIFT_NUMBERS; i++)
		rai_jw_int(&j, rai_drift_numbers[i].name,
		    *(const int64_t *)(const void *)((const char *)w + rai_drift_numbers[i].at));
	for (i = 0; i < RAI_DRIFT_CHANNELS; i++)
		save_channel(&j, rai_drift_channels[i].name,
		    (const void *)((const char *)w + rai_drift_channels[i].at));
	save_span(&j, "span", &s->span);
	rai_jw_end(&j);
	end_line(&j);
}

static void
save_pane(struct rai_buf *out, const char *key, const struct rai_drift_span *span,
    const unsigned char *withheld, size_t ncol)
{
	struct rai_jw j;
	size_t i;

	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_object(&j, key);
	save_span(&j, "span", span);
	rai_jw_array(&j, "withheld");
	for (i = 0; i < ncol; i++)
		if (withheld[i])
			rai_jw_int(&j, NULL, (int64_t)i);
	rai_jw_end(&j);
	rai_jw_end(&j);
	end_line(&j);
}

/* Values column by column, then the prediction. */
static void
save_rows(struct rai_buf *out, const char *key, const struct rai_drift_rows *r)
{
	struct rai_jw j;
	size_t i, k;

	for (i = 0; i < r->n; i++) {
		rai_jw_init(&j, out);
		rai_jw_object(&j, NULL);
		rai_jw_array(&j, key);
		for (k = 0; k < r->ncol; k++)
			if (r->code[k] != NULL)
				rai_jw_int(&j, NULL, r->code[k][i]);
			else
				rai_jw_num(&j, NULL, r->num[k][i]);
		rai_jw_num(&j, NULL, r->prediction[i]);
		rai_jw_end(&j);
		end_line(&j);
	}
}

static void
save_pair(struct rai_jw *j, const struct rai_drift_pair *p)
{
	rai_jw_num(j, NULL, p->prediction);
	rai_jw_num(j, NULL, p->actual);
	rai_jw_int(j, NULL, p->seq);
	rai_jw_int(j, NULL, p->made_ms);
	rai_jw_int(j, NULL, p->known_ms);
	rai_jw_int(j, NULL, p->broken);
}

/* Where it is known. */
static void
save_expected(const struct rai_drift_watch *w, struct rai_jw *j, int64_t seq)
{
	double loss = rai_drift_expected_at(&w->expected, seq, w->state.predictions);

	if (loss > 0)
		rai_jw_num(j, NULL, loss);
}

static void
save_couples(const struct rai_drift_watch *w, struct rai_buf *out, const char *key,
    const struct rai_drift_couples *c)
{
	struct rai_jw j;
	size_t i;

	for (i = 0; i < c->n; i++) {
		rai_jw_init(&j, out);
		rai_jw_object(&j, NULL);
		rai_jw_array(&j, key);
		save_pair(&j, &c->pair[i]);
		save_expected(w, &j, c->pair[i].seq);
		rai_jw_end(&j);
		end_line(&j);
	}
}

static void
save_pairs(const struct rai_drift_watch *w, struct rai_buf *out)
{
	const struct rai_drift_pairs *p = w->pairs;
	const struct rai_drift_entry *e;
	struct rai_jw j;
	size_t i;

	for (i = 0; (e = rai_drift_pairs_at(p, i)) != NULL; i++) {
		rai_jw_init(&j, out);
		rai_jw_object(&j, NULL);
		rai_jw_array(&j, "pair");
		save_pair(&j, &e->pair);
		rai_jw_int(&j, NULL, e->have_prediction + 2 * e->have_label);
		rai_jw_str(&j, NULL, e->id);
		if (e->have_prediction && !e->have_label)
			save_expected(w, &j, e->pair.seq);
		rai_jw_end(&j);
		end_line(&j);
	}
}

/* Oldest first. */
static void
save_delays(struct rai_buf *out, const struct rai_drift_lag *l)
{
	int64_t i = l->ndelay > RAI_DRIFT_DELAYS ? l->ndelay - RAI_DRIFT_DELAYS : 0;
	struct rai_jw j;

	rai_jw_init(&j, out);
	rai_jw_object(&j, NULL);
	rai_jw_array(&j, "delays");
	for (; i < l->ndelay; i++)
		rai_jw_int(&j, NULL, l->delay_ms[i % RAI_DRIFT_DELAYS]);
	rai_jw_end(&j);
	end_line(&j);
}

/* What detectors said, as far as no window has answered. */
static void
save_alarms(const struct rai_drift_watch *w, struct rai_buf *out)
{
	struct rai_jw j;
	size_t i;

	for (i = 0; i < RAI_DRIFT_ABOUTS; i++) {
		if (!w->state.alarm[i].stands)
			continue;
		rai_jw_init(&j, out);
		rai_jw_object(&j, NULL);
		rai_jw_object(&j, "alarm");
		rai_jw_int(&j, "about", (int64_t)i);
		rai_drift_signal_save(&j, "alarm", &w->state.alarm[i]);
		rai_jw_end(&j);
		end_line(&j);
	}
}

void
rai_drift_watch_save(const struct rai_drift_watch *w, struct rai_buf *out)
{
	size_t i, ncol = w->ref.schema->n;

	save_scalars(w, out);
	for (i = 0; i < w->window.held; i++)
		save_pane(out, "pane", &w->window.pane[i].span, w->window.pane[i].withheld, ncol);
	save_rows(out, "row", &w->window.rows);
	if (w->judged.rows.n > 0)
		save_pane(out, "judged", &w->judged.span, w->judged.rows.withheld, ncol);
	save_rows(out, "judged_row", &w->judged.rows);
	save_couples(w, out, "waiting", &w->waiting);
	save_couples(w, out, "couple", &w->couples);
	save_couples(w, out, "judged_couple", &w->judged_couples);
	save_pairs(w, out);
	save_delays(out, &w->lag);
	save_alarms(w, out);
	rai_drift_sentinel_save(w->sentinel, out);
}

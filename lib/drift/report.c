#include "drift/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ulid.h"

static const char *
kind_of(enum rai_drift_verdict v)
{
	switch (v) {
	case RAI_DRIFT_MOVED:
		return "drift.detected";
	case RAI_DRIFT_BROKEN:
		return "input.broken";
	case RAI_DRIFT_INSUFFICIENT:
		return "evidence.insufficient";
	case RAI_DRIFT_NONE:
		break;
	}
	return "drift.cleared";
}

static void
write_time(struct rai_jw *w, const char *key, int64_t ms)
{
	char text[RAI_CLOCK_TEXT];

	if (ms <= 0) {
		rai_jw_null(w, key);
		return;
	}
	rai_clock_format(ms, text);
	rai_jw_str(w, key, text);
}

static void
write_window(struct rai_jw *w, const struct rai_drift_state *s)
{
	rai_jw_object(w, "window");
	rai_jw_int(w, "rows", s->span.rows);
	rai_jw_int(w, "labelled", s->labels != NULL ? (int64_t)s->labels->rows : 0);
	rai_jw_int(w, "have_label", s->window_labelled);
	write_time(w, "from", s->span.from_ms);
	write_time(w, "to", s->span.to_ms);
	rai_jw_str(w, "first", s->span.first);
	rai_jw_str(w, "last", s->span.last);
	rai_jw_num(w, "alpha", s->alpha);
	rai_jw_end(w);
}

static void
write_check(struct rai_jw *w, const char *key, const struct rai_drift_check *c)
{
	if (c->name == NULL) {
		rai_jw_null(w, key);
		return;
	}
	rai_jw_object(w, key);
	rai_jw_str(w, "name", c->name);
	rai_jw_str(w, "kind", c->kind == RAI_PROFILE_NUM ? "numeric" : "categorical");
	rai_jw_bool(w, "judged", c->judged);
	rai_jw_int(w, "values", (int64_t)c->n);
	rai_jw_num(w, "psi", c->psi);
	rai_jw_num(w, "psi_expected", c->psi_expected);
	rai_jw_num(w, "js", c->js);
	rai_jw_num(w, "js_expected", c->js_expected);
	if (c->kind == RAI_PROFILE_NUM) {
		rai_jw_num(w, "w1", c->w1);
		rai_jw_num(w, "w1_expected", c->w1_expected);
		rai_jw_object(w, "ks");
		rai_jw_num(w, "d", c->d);
	} else {
		rai_jw_object(w, "chi2");
		rai_jw_num(w, "x2", c->x2);
		rai_jw_int(w, "df", c->df);
		rai_jw_num(w, "tv", c->tv);
		rai_jw_num(w, "linf", c->linf);
	}
	rai_jw_num(w, "p", c->p);
	rai_jw_end(w);
	rai_jw_num(w, "missing_rate", c->missing);
	rai_jw_num(w, "missing_reference", c->missing_ref);
	rai_jw_num(w, "missing_p", c->p_missing);
	if (c->kind == RAI_PROFILE_CAT) {
		rai_jw_num(w, "unseen_rate", c->unseen);
		rai_jw_num(w, "unseen_expected", c->unseen_ref);
		rai_jw_num(w, "unseen_one", c->unseen_one);
		rai_jw_num(w, "unseen_p", c->p_unseen);
	} else {
		rai_jw_num(w, "tail_rate", c->outside);
		rai_jw_num(w, "tail_expected", c->outside_ref);
		rai_jw_num(w, "tail_p", c->p_outside);
	}
	rai_jw_num(w, "q", c->q);
	rai_jw_bool(w, "drifted", c->drifted);
	rai_jw_bool(w, "broken", c->broken);
	rai_jw_end(w);
}

static void
write_joint(struct rai_jw *w, const struct rai_drift_joint *j)
{
	if (j->rows == 0) {
		rai_jw_null(w, "joint");
		return;
	}
	rai_jw_object(w, "joint");
	rai_jw_int(w, "columns", (int64_t)j->columns);
	rai_jw_int(w, "rows", (int64_t)j->rows);
	rai_jw_num(w, "distance", j->distance);
	rai_jw_num(w, "p", j->p);
	rai_jw_bool(w, "drifted", j->drifted);
	rai_jw_end(w);
}

/* Rows that came again, at the distance at which most did. */
static void
write_repeats(struct rai_jw *w, const struct rai_drift_repeats *r)
{
	if (r->rows == 0) {
		rai_jw_null(w, "repeats");
		return;
	}
	rai_jw_object(w, "repeats");
	rai_jw_int(w, "rows", (int64_t)r->rows);
	rai_jw_int(w, "distance", (int64_t)r->distance);
	rai_jw_bool(w, "broken", r->broken);
	rai_jw_end(w);
}

static void
write_impact(struct rai_jw *w, const struct rai_drift_impact *m)
{
	size_t i;

	if (m == NULL || m->metric == NULL) {
		rai_jw_null(w, "impact");
		return;
	}
	rai_jw_object(w, "impact");
	rai_jw_str(w, "verdict", rai_drift_impact_names[m->verdict]);
	rai_jw_str(w, "metric", m->metric);
	rai_jw_num(w, "expected", m->expected);
	rai_jw_num(w, "low", m->low);
	rai_jw_num(w, "high", m->high);
	rai_jw_num(w, "reference", m->reference);
	rai_jw_num(w, "outside", m->outside);
	rai_jw_num(w, "outside_expected", m->outside_expected);
	rai_jw_num(w, "outside_limit", m->outside_limit);
	rai_jw_num(w, "spoilt", m->spoilt);
	rai_jw_num(w, "spoilt_expected", m->spoilt_expected);
	rai_jw_num(w, "spoilt_limit", m->spoilt_limit);
	rai_jw_str(w, "reason", m->reason[0] != '\0' ? m->reason : NULL);
	rai_jw_array(w, "costs");
	for (i = 0; i < m->ncost; i++) {
		rai_jw_object(w, NULL);
		rai_jw_str(w, "name", m->cost[i].name);
		rai_jw_num(w, "cost", m->cost[i].cost);
		rai_jw_end(w);
	}
	rai_jw_end(w);
	rai_jw_end(w);
}

static void
write_close(struct rai_jw *w, const struct rai_drift_state *s)
{
	if (s->in == NULL || s->in->close.name == NULL) {
		rai_jw_null(w, "close");
		return;
	}
	rai_jw_object(w, "close");
	rai_jw_str(w, "name", s->in->close.name);
	rai_jw_num(w, "p", s->in->close.p);
	rai_jw_int(w, "rows", s->in->close.rows);
	rai_jw_end(w);
}

/* Of the predictions that could have a label; times in seconds. */
static void
write_coverage(struct rai_jw *w, const struct rai_drift_coverage *c, int told)
{
	rai_jw_bool(w, "told", told);
	rai_jw_int(w, "eligible", c->eligible);
	rai_jw_int(w, "eligible_labelled", c->labelled);
	rai_jw_num(w, "delay_median_s", c->delays > 0 ? (double)c->median_ms / 1000 : NAN);
	rai_jw_num(w, "delay_p95_s", c->delays > 0 ? (double)c->p95_ms / 1000 : NAN);
}

static void
write_accuracy(struct rai_jw *w, const struct rai_drift_state *s)
{
	const struct rai_drift_labels *l = s->labels;

	if (l == NULL) {
		rai_jw_null(w, "accuracy");
		return;
	}
	rai_jw_object(w, "accuracy");
	rai_jw_num(w, "value", l->accuracy);
	rai_jw_num(w, "low", l->low);
	rai_jw_num(w, "high", l->high);
	rai_jw_num(w, "reference", l->reference);
	rai_jw_num(w, "p", l->p);
	rai_jw_bool(w, "worse", l->worse);
	rai_jw_num(
	    w, "coverage", s->predictions > 0 ? (double)s->labelled / (double)s->predictions : NAN);
	write_coverage(w, &s->coverage, l->told);
	rai_jw_num(w, "expected", s->explains != NULL ? s->explains->expected : NAN);
	rai_jw_num(w, "expected_low", s->explains != NULL ? s->explains->low : NAN);
	rai_jw_num(w, "expected_high", s->explains != NULL ? s->explains->high : NAN);
	rai_jw_end(w);
}

/* Which way predictions miss. */
static void
write_residual(struct rai_jw *w, const struct rai_drift_state *s)
{
	const struct rai_drift_residual *r = s->labels != NULL ? &s->labels->residual : NULL;

	if (r == NULL || r->n == 0) {
		rai_jw_null(w, "residual");
		return;
	}
	rai_jw_object(w, "residual");
	rai_jw_str(w, "kind", r->ratio ? "log-ratio" : "difference");
	rai_jw_int(w, "values", (int64_t)r->n);
	rai_jw_num(w, "mean", r->mean);
	rai_jw_num(w, "low", r->low);
	rai_jw_num(w, "high", r->high);
	rai_jw_num(w, "reference", r->reference);
	rai_jw_num(w, "p", r->p);
	rai_jw_bool(w, "drifted", r->moved);
	rai_jw_end(w);
}

static void
say_if(struct rai_jw *w, const struct rai_drift_check *c, int broken)
{
	if (c->name != NULL && (broken ? c->broken : c->drifted) && c->why[0] != '\0')
		rai_jw_str(w, NULL, c->why);
}

/* The checks behind the verdict, in words. */
static void
write_deciders(struct rai_jw *w, const struct rai_drift_state *s)
{
	int broken = s->verdict == RAI_DRIFT_BROKEN;
	size_t i;

	rai_jw_array(w, "decided_by");
	for (i = 0; i < RAI_DRIFT_ABOUTS && !broken; i++)
		if (s->alarm[i].stands)
			rai_jw_str(w, NULL, s->alarm[i].why);
	if (s->labels != NULL && !broken && s->labels->worse)
		rai_jw_str(w, NULL, s->labels->why);
	for (i = 0; s->in != NULL && i < s->in->n; i++)
		say_if(w, &s->in->col[i], broken);
	if (s->in != NULL && broken && s->in->repeats.broken)
		rai_jw_str(w, NULL, s->in->repeats.why);
	if (s->in != NULL)
		say_if(w, &s->in->prediction, broken);
	if (s->in != NULL && !broken && s->in->joint.drifted)
		rai_jw_str(w, NULL, s->in->joint.why);
	if (s->labels != NULL)
		say_if(w, &s->labels->target, broken);
	if (s->labels != NULL && !broken && s->labels->residual.moved)
		rai_jw_str(w, NULL, s->labels->residual.why);
	rai_jw_end(w);
}

/* What detectors said and no window has answered yet. */
static void
write_alarms(struct rai_jw *w, const struct rai_drift_state *s)
{
	static const char *const about[] = {"error", "target", "inputs"};
	size_t i;

	rai_jw_array(w, "alarms");
	for (i = 0; i < RAI_DRIFT_ABOUTS; i++) {
		const struct rai_drift_signal *a = &s->alarm[i];

		if (!a->stands)
			continue;
		rai_jw_object(w, NULL);
		rai_jw_str(w, "about", about[i]);
		rai_jw_str(w, "stream", a->stream);
		rai_jw_str(w, "detector", rai_stat_stream_names[a->detector]);
		rai_jw_int(w, "row", a->since + 1);
		write_time(w, "since", a->since_ms);
		rai_jw_int(w, "values", a->samples);
		rai_jw_num(w, "before", a->before);
		rai_jw_num(w, "after", a->after);
		rai_jw_end(w);
	}
	rai_jw_end(w);
}

/* A reader of the same log twice must give the same id: the name holds what was judged. */
static void
make_id(const struct rai_drift_state *s, const struct rai_drift_subject *about, int64_t now_ms,
    char id[RAI_ULID_TEXT])
{
	struct rai_buf name = RAI_BUF_INIT(4096);
	size_t i;

	rai_buf_printf(&name, "%s\n%s\n%s\n%s\n%s\n%" PRId64, about->digest,
	    rai_drift_verdict_names[s->verdict], rai_drift_advice_names[s->advice], s->span.first,
	    s->span.last, s->label_windows);
	for (i = 0; i < RAI_DRIFT_ABOUTS; i++)
		if (s->alarm[i].stands)
			rai_buf_printf(&name, "\n%zu %" PRId64, i, s->alarm[i].seen);
	rai_ulid_named(s->span.to_ms > 0 ? s->span.to_ms : now_ms, name.ptr, name.len, id);
	rai_buf_free(&name);
}

void
rai_drift_report_unchecked(const struct rai_drift_state *s, char *out, size_t size)
{
	size_t i, n;

	*out = '\0';
	for (i = 0; s->unchecked != NULL && s->unchecked[i] != NULL; i++) {
		n = strlen(out);
		snprintf(
		    out + n, size - n, "%s%s", i == 0 ? "not checked: " : ", ", s->unchecked[i]);
	}
}

void
rai_drift_report_event(const struct rai_drift_state *s, const struct rai_drift_subject *about,
    struct rai_drift_incident *incident, int64_t now_ms, struct rai_buf *out)
{
	struct rai_drift_next next;
	struct rai_jw w;
	char id[RAI_ULID_TEXT];
	size_t i;

	rai_drift_next(s, about, &next);
	make_id(s, about, now_ms, id);
	if (!incident->open)
		memset(&incident->chain, 0, sizeof(incident->chain));
	rai_event_begin(
	    &w, out, "rai-drift", kind_of(s->verdict), about->name, now_ms, id, &incident->chain);
	/* what cannot be seen has not ended */
	if (s->verdict != RAI_DRIFT_INSUFFICIENT)
		incident->open = s->verdict != RAI_DRIFT_NONE;
	rai_jw_str(&w, "model", about->name);
	rai_jw_str(&w, "digest", about->digest);
	rai_jw_str(&w, "version", about->version);
	rai_jw_str(&w, "verdict", rai_drift_verdict_names[s->verdict]);
	rai_jw_str(&w, "advice", rai_drift_advice_names[s->advice]);
	rai_jw_str(&w, "message", s->message);
	rai_jw_object(&w, "next");
	rai_jw_str(&w, "text", next.text);
	rai_jw_str(&w, "command", next.command[0] != '\0' ? next.command : NULL);
	rai_jw_end(&w);
	rai_jw_bool(&w, "asks_person", s->asks);
	write_window(&w, s);
	write_deciders(&w, s);
	write_alarms(&w, s);
	rai_jw_array(&w, "features");
	for (i = 0; s->in != NULL && i < s->in->n; i++)
		write_check(&w, NULL, &s->in->col[i]);
	rai_jw_end(&w);
	if (s->in != NULL)
		write_check(&w, "prediction", &s->in->prediction);
	else
		rai_jw_null(&w, "prediction");
	if (s->in != NULL)
		write_joint(&w, &s->in->joint);
	else
		rai_jw_null(&w, "joint");
	if (s->labels != NULL)
		write_check(&w, "target", &s->labels->target);
	else
		rai_jw_null(&w, "target");
	write_accuracy(&w, s);
	write_residual(&w, s);
	write_impact(&w, s->impact);
	rai_jw_int(&w, "rows_wanted", s->missing_rows);
	write_close(&w, s);
	if (s->in != NULL)
		write_repeats(&w, &s->in->repeats);
	else
		rai_jw_null(&w, "repeats");
	rai_jw_array(&w, "not_checked");
	for (i = 0; s->unchecked != NULL && s->unchecked[i] != NULL; i++)
		rai_jw_str(&w, NULL, s->unchecked[i]);
	rai_jw_end(&w);
	rai_event_end(&w);
}

#include "say.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static void
write_time(struct rai_jw *w, const char *key, int64_t ms)
{
	char text[RAI_CLOCK_TEXT];

	rai_clock_format(ms, text);
	rai_jw_str(w, key, ms > 0 ? text : NULL);
}

static void
write_alert(struct rai_jw *w, const struct rai_alert *a)
{
	rai_jw_object(w, "alert");
	rai_jw_str(w, "source", a->source);
	rai_jw_str(w, "id", a->id);
	rai_jw_str(w, "name", a->name);
	rai_jw_str(w, "status", rai_alert_status_name(a->status));
	write_time(w, "time", a->time_ms);
	rai_jw_str(w, "summary", a->summary);
	if (a->severity != NULL)
		rai_jw_str(w, "severity", a->severity);
	if (a->metric[0] != '\0') {
		rai_jw_str(w, "metric", a->metric);
		rai_jw_num(w, "value", a->value);
	}
	if (a->advice != RAI_ADVICE_NONE)
		rai_jw_str(w, "advice", rai_alert_advice_name(a->advice));
	if (a->version != NULL)
		rai_jw_str(w, "version", a->version);
	if (a->digest != NULL)
		rai_jw_str(w, "digest", a->digest);
	rai_jw_end(w);
}

static void
write_data(struct rai_jw *w, const struct say *s)
{
	char ref[192];

	rai_jw_str(w, "model", s->model);
	rai_jw_str(w, "cause_key", s->cause_key);
	write_alert(w, s->alert);
	if (s->target != NULL) {
		rai_jw_object(w, "target");
		rai_jw_str(w, "kind", s->target->kind);
		rai_jw_str(w, "where", s->where);
		rai_jw_end(w);
	}
	if (s->attempt > 0)
		rai_jw_int(w, "attempt", s->attempt);
	if (s->oversight != NULL)
		rai_jw_str(w, "oversight", s->oversight);
	if (s->reason != NULL)
		rai_jw_str(w, "reason", s->reason);
	if (s->message != NULL && s->message[0] != '\0')
		rai_jw_str(w, "message", s->message);
	if (s->has_status)
		rai_jw_int(w, "status", s->status);
	if (s->next_at_ms > 0)
		write_time(w, "next_at", s->next_at_ms);
	if (s->claim != NULL) {
		snprintf(ref, sizeof(ref), "%s%s", RAI_CLAIM_REFS, s->cause_key);
		rai_jw_object(w, "claim");
		rai_jw_str(w, "ref", ref);
		rai_jw_str(w, "commit", s->claim);
		rai_jw_end(w);
	}
	if (s->request != NULL) {
		rai_jw_bool(w, "dry_run", 1);
		rai_jw_raw(w, "request", s->request, strlen(s->request));
	}
}

void
say_event(const struct say *s, int64_t now_ms, struct rai_event_chain *chain, struct rai_buf *out)
{
	struct rai_jw w;

	rai_event_begin(&w, out, "rai-dispatch", s->kind, s->model, now_ms, s->id, chain);
	write_data(&w, s);
	rai_event_end(&w);
}

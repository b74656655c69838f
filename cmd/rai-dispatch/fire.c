#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "job.h"

int64_t
job_now(const struct job *j)
{
	return rai_clock_now(&j->d->cli->clock);
}

/* The same alert, answer and time give the same id: a replay gives the same bytes. */
static void
name_event(
    const struct say *s, const struct rai_alert *alert, int64_t now_ms, char out[RAI_ULID_TEXT])
{
	char name[640];
	int n = snprintf(name, sizeof(name), "%s\n%s\n%" PRId64 "\n%s\n%s", s->kind, s->cause_key,
	    s->attempt, alert->source, alert->id);

	rai_ulid_named(now_ms, name, (size_t)n, out);
}

void
job_say(struct job *j, struct say *s, const struct rai_alert *alert)
{
	struct rai_event_chain chain = {"", ""};
	char id[RAI_ULID_TEXT];
	int64_t now = job_now(j);

	if (alert->correlation != NULL)
		snprintf(chain.correlation, sizeof(chain.correlation), "%s", alert->correlation);
	if (alert->event != NULL)
		snprintf(chain.causation, sizeof(chain.causation), "%s", alert->event);
	if (s->id == NULL) {
		name_event(s, alert, now, id);
		s->id = id;
	}
	s->alert = alert;
	say_event(s, now, &chain, &j->d->out);
	s->id = NULL;
}

int
job_record(struct job *j, struct rai_past *p, enum rai_past_state state, char oid[RAI_OID_TEXT],
    struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	int rc;

	p->state = state;
	p->updated_ms = job_now(j);
	rc = rai_past_write(p, &text, err);
	if (rc == 0)
		rc = rai_claim_update(
		    j->d->repo, j->d->remote, p->key, oid, text.ptr, p->updated_ms, err);
	rai_buf_free(&text);
	return rc;
}

/* What every event about this claim says. */
static struct say
about(struct job *j, const struct rai_past *p, const char *kind, const char *oid)
{
	return (struct say){.kind = kind,
	    .model = j->model->name,
	    .target = j->target,
	    .where = p->where,
	    .cause_key = p->key,
	    .attempt = p->attempt,
	    .oversight = j->call.oversight,
	    .claim = oid};
}

/* The outcome is known, the ledger cannot be told: say so, the lease settles the rest. */
static void
record_or_warn(struct job *j, struct rai_past *p, enum rai_past_state state, char *oid)
{
	struct rai_err err = RAI_ERR_INIT;
	int rc = job_record(j, p, state, oid, &err);

	if (rc != 0)
		rai_cli_warn(j->d->cli, "claim %s: \"%s\" is not recorded: %s", p->key,
		    rai_past_state_name(state),
		    rc > 0 ? "another dispatcher has taken it over" : err.msg);
}

static void
finish(struct job *j, struct rai_past *p, const struct rai_target_result *res, char *oid)
{
	static const enum rai_past_state state[] = {
	    [RAI_TARGET_SENT] = RAI_PAST_DONE,
	    [RAI_TARGET_LATER] = RAI_PAST_DEFERRED,
	    [RAI_TARGET_NO] = RAI_PAST_REJECTED,
	    [RAI_TARGET_REFUSED] = RAI_PAST_FAILED,
	};
	struct say s;

	p->next_at_ms = res->end == RAI_TARGET_LATER ? job_now(j) + res->later_ms : 0;
	record_or_warn(j, p,
	    res->end == RAI_TARGET_SENT && !j->target->runs_here ? RAI_PAST_DISPATCHED
								 : state[res->end],
	    oid);
	if (res->end == RAI_TARGET_SENT)
		return;
	rai_cli_warn(j->d->cli, "%s: %s", p->key, res->message);
	s = about(j, p,
	    res->end == RAI_TARGET_LATER && !j->target->runs_here ? "retrain.suppressed"
								  : "retrain.failed",
	    oid);
	if (res->end == RAI_TARGET_LATER)
		s.reason = "unreachable";
	s.message = res->message;
	s.has_status = res->status > 0;
	s.status = res->status;
	s.next_at_ms = p->next_at_ms;
	job_say(j, &s, &p->alert);
}

static void
count(struct job *j, const struct rai_target_result *res)
{
	j->d->stopped |= res->stopped;
	switch (res->end) {
	case RAI_TARGET_SENT:
		j->d->dispatched++;
		break;
	case RAI_TARGET_LATER:
		j->d->unreachable++;
		break;
	case RAI_TARGET_NO:
		j->d->failed++;
		break;
	case RAI_TARGET_REFUSED:
		if (j->target->runs_here)
			j->d->failed++;
		else
			j->d->bad++;
		break;
	}
}

/* The line of retrain.dispatched, whose id the call carries. */
static int
prepare_event(struct job *j, struct rai_past *p, const char *oid, char id[RAI_ULID_TEXT],
    struct rai_buf *line, struct rai_err *err)
{
	struct say s = about(j, p, "retrain.dispatched", oid);
	struct rai_buf before = j->d->out;
	char name[192];
	int n = snprintf(name, sizeof(name), "%s#%" PRId64, p->key, p->tries);

	rai_ulid_named(p->time_ms, name, (size_t)n, id);
	if (p->alert.correlation == NULL)
		p->alert.correlation = id;
	s.id = id;
	rai_buf_init(&j->d->out, before.max);
	job_say(j, &s, &p->alert);
	*line = j->d->out;
	j->d->out = before;
	return rai_buf_check(line, "event", err);
}

int
job_fire(struct job *j, struct rai_past *p, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	struct rai_target_result res;
	struct rai_buf line = RAI_BUF_INIT(0);
	char id[RAI_ULID_TEXT];
	int rc = 0;

	j->call.claim = p;
	j->call.now_ms = job_now(j);
	if (j->target->runs_here) /* from here on it is not handed over a second time */
		rc = job_record(j, p, RAI_PAST_DISPATCHED, oid, err);
	if (rc > 0)
		rc = rai_fail(
		    err, RAI_ECONFLICT, "claim %s: taken over by another dispatcher", p->key);
	if (rc == 0)
		rc = prepare_event(j, p, oid, id, &line, err);
	if (rc == 0) {
		j->call.event = line.ptr;
		j->call.event_id = id;
		j->call.correlation = p->alert.correlation;
		if (j->target->runs_here) {
			rai_buf_add(&j->d->out, line.ptr, line.len);
			rc = rai_cli_emit(&j->d->out, err);
		}
	}
	if (rc == 0)
		rc = j->target->send(&j->call, &res, err);
	if (rc == 0) {
		if (!j->target->runs_here && res.end == RAI_TARGET_SENT)
			rai_buf_add(&j->d->out, line.ptr, line.len);
		finish(j, p, &res, oid);
		count(j, &res);
	}
	rai_buf_free(&line);
	return rc;
}

#include "act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/secret.h"
#include "job.h"

enum { ROUNDS = 16, LEASE_MS = 15 * 60 * 1000, RUN_MS = 6 * 3600 * 1000, ATTEMPTS = 5 };

/* Lines of the command: its events go on, anything else is for people. */
static int
on_line(const char *line, size_t len, int is_event, void *payload)
{
	struct rai_err err = RAI_ERR_INIT;
	struct rai_buf text = RAI_BUF_INIT(len + 1);
	int rc = 0;

	(void)payload;
	rai_buf_add(&text, line, len);
	rai_buf_char(&text, '\n');
	if (is_event)
		rc = rai_cli_emit(&text, &err);
	else
		rai_cli_say(&text);
	rai_buf_free(&text);
	return rc;
}

static void
job_free(struct job *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		rai_past_free(&j->past[i]);
	free(j->past);
	free(j->of);
	rai_claims_free(j->claim, j->claims);
	j->claim = NULL;
	j->past = NULL;
	j->of = NULL;
	j->claims = j->n = 0;
	j->has_slot = 0;
}

static int
job_init(struct job *j, struct dispatch *d, const struct rai_loop_model *m,
    const struct rai_alert *alert, struct rai_err *err)
{
	const struct rai_loop_dispatch *c = &m->dispatch;
	struct rai_err ignored = RAI_ERR_INIT;
	size_t i;

	memset(j, 0, sizeof(*j));
	j->d = d;
	j->model = m;
	j->alert = alert;
	j->policy = (struct rai_policy){.cooldown_ms = c->cooldown_ms,
	    .budget = c->budget.count,
	    .budget_ms = c->budget.per_ms,
	    .stop_after_unhelpful = c->stop_after_unhelpful,
	    .lease_ms = LEASE_MS > 2 * d->retry_for_ms ? LEASE_MS : 2 * d->retry_for_ms,
	    .run_ms = RUN_MS > c->cooldown_ms ? RUN_MS : c->cooldown_ms,
	    .propose = m->oversight == RAI_OVERSIGHT_PROPOSE};
	j->argv = calloc(c->command.n + 1, sizeof(*j->argv));
	if (j->argv == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < c->command.n; i++)
		j->argv[i] = c->command.word[i];
	j->call = (struct rai_target_call){.model = m->name,
	    .oversight = m->oversight == RAI_OVERSIGHT_APPROVE ? "approve" : "automatic",
	    .github = c->github,
	    .github_api = c->github_api,
	    .timeout_ms = d->timeout_ms,
	    .retry = {ATTEMPTS, 2000, 60000, d->retry_for_ms},
	    .argv = j->argv,
	    .folder = d->loop->folder,
	    .on_line = on_line,
	    .payload = d};
	j->target = rai_target_find(&j->call);
	if (j->target != NULL)
		j->target->where(&j->call, j->where, sizeof(j->where));
	if (rai_secret_read(c->github_token, &j->token, c->github != NULL ? err : &ignored) != 0 &&
	    c->github != NULL && !d->dry_run)
		return rai_wrap(err, "models.%s.dispatch.to.github_token", m->name);
	j->call.github_token = j->token;
	return j->token != NULL ? rai_repo_set_token(d->repo, j->token, err) : 0;
}

/* The claims of exactly this model: its own entry, and "<model>.<cause>...". */
static int
load(struct job *j, struct rai_err *err)
{
	const char *name = j->model->name;
	size_t i, len = strlen(name);
	struct rai_claim *c;

	job_free(j);
	if (rai_claims_list(j->d->repo, j->d->remote, name, &j->claim, &j->claims, err) != 0)
		return -1;
	j->past = calloc(j->claims + 1, sizeof(*j->past));
	j->of = calloc(j->claims + 1, sizeof(*j->of));
	if (j->past == NULL || j->of == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < j->claims; i++) {
		c = &j->claim[i];
		if (c->key[len] == '\0') {
			if (rai_slot_read(c->text, strlen(c->text), &j->slot, err) != 0)
				return rai_wrap(err, "%s%s", RAI_CLAIM_REFS, c->key);
			j->has_slot = 1;
			memcpy(j->slot_oid, c->oid, sizeof(j->slot_oid));
		} else if (c->key[len] == '.') {
			if (rai_past_read(c->key, c->text, strlen(c->text), &j->past[j->n], err) !=
			    0)
				return -1;
			j->of[j->n++] = i;
		}
	}
	return 0;
}

static int
decide(struct job *j, struct rai_err *err)
{
	return rai_policy_decide(&j->policy, j->alert, j->model->name, j->past, j->n,
	    j->has_slot ? &j->slot : NULL, job_now(j), &j->decision, err);
}

/* Moves the model's own entry on from what we have seen.  1: it has moved meanwhile. */
static int
move_slot(struct job *j, const struct rai_slot *slot, struct rai_err *err)
{
	struct rai_buf text = RAI_BUF_INIT(1 << 12);
	char oid[RAI_OID_TEXT];
	int rc = rai_slot_write(slot, &text, err);

	if (rc == 0 && j->has_slot)
		rc = rai_claim_update(j->d->repo, j->d->remote, j->model->name, j->slot_oid,
		    text.ptr, job_now(j), err);
	else if (rc == 0)
		rc = rai_claim_take(
		    j->d->repo, j->d->remote, j->model->name, text.ptr, job_now(j), oid, err);
	rai_buf_free(&text);
	return rc;
}

/*
 * The claim is ours; another cause of the same model may have been claimed in the same moment.
 * The model's entry decides who goes on; the other one withdraws.  1: withdrawn.
 */
static int
enter(struct job *j, struct rai_past *p, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	struct rai_slot slot = {j->has_slot ? j->slot.since_ms : p->time_ms, 0, ""};
	int rc;

	snprintf(slot.last, sizeof(slot.last), "%s", p->key);
	rc = move_slot(j, &slot, err);
	if (rc > 0 && job_record(j, p, RAI_PAST_WITHDRAWN, oid, err) < 0)
		return -1;
	return rc;
}

static void
say_decision(struct job *j, const char *kind, const char *request)
{
	const struct rai_decision *v = &j->decision;
	struct say s = {.kind = kind,
	    .model = j->model->name,
	    .target = j->target,
	    .where = j->where,
	    .cause_key = v->key,
	    .attempt = v->attempt,
	    .oversight = j->call.oversight,
	    .reason = v->reason,
	    .message = v->message,
	    .next_at_ms = v->next_at_ms,
	    .request = request};

	if (v->verdict == RAI_VERDICT_PROPOSE)
		s.oversight = "propose";
	job_say(j, &s, j->alert);
}

static int
say_dry(struct job *j, struct rai_past *p, struct rai_err *err)
{
	struct rai_buf request = RAI_BUF_INIT(65535);
	int rc;

	j->call.claim = p;
	j->call.event_id = NULL;
	j->call.correlation = p->alert.correlation;
	rc = j->target->preview(&j->call, &request, err);
	if (rc == 0) {
		say_decision(j, "retrain.dispatched", request.ptr);
		j->d->dispatched++;
	}
	rai_buf_free(&request);
	return rc;
}

/* 0: acted; 1: the history has changed, decide again. */
static int
take(struct job *j, struct rai_err *err)
{
	struct rai_past p = {.attempt = j->decision.attempt,
	    .tries = 1,
	    .time_ms = job_now(j),
	    .runs_here = j->target->runs_here,
	    .alert = *j->alert};
	struct rai_buf text = RAI_BUF_INIT(1 << 16);
	char oid[RAI_OID_TEXT];
	int rc;

	snprintf(p.key, sizeof(p.key), "%s", j->decision.key);
	snprintf(p.cause, sizeof(p.cause), "%s", j->decision.cause);
	snprintf(p.where, sizeof(p.where), "%s", j->where);
	p.updated_ms = p.time_ms;
	if (j->d->dry_run)
		return say_dry(j, &p, err);
	rc = rai_past_write(&p, &text, err);
	if (rc == 0)
		rc = rai_claim_take(j->d->repo, j->d->remote, p.key, text.ptr, p.time_ms, oid, err);
	if (rc == 0)
		rc = enter(j, &p, oid, err);
	if (rc == 0)
		rc = job_fire(j, &p, oid, err);
	rai_buf_free(&text);
	return rc;
}

/* A claim that was never handed over: its holder died, or the target was out of reach. */
static int
resume(struct job *j, struct rai_err *err)
{
	struct rai_past *p = &j->past[j->decision.index];
	char *oid = j->claim[j->of[j->decision.index]].oid;
	int rc;

	if (j->d->dry_run)
		return say_dry(j, p, err);
	p->next_at_ms = 0;
	if (++p->tries > RAI_POLICY_TRIES) {
		rc = job_record(j, p, RAI_PAST_FAILED, oid, err);
		if (rc == 0)
			rai_cli_warn(j->d->cli, "claim %s: given up after %d tries", p->key,
			    RAI_POLICY_TRIES);
		return rc == 0 ? 1 : rc;
	}
	p->runs_here = j->target->runs_here;
	snprintf(p->where, sizeof(p->where), "%s", j->where);
	rc = job_record(j, p, RAI_PAST_CLAIMED, oid, err);
	if (rc == 0)
		rc = enter(j, p, oid, err);
	return rc == 0 ? job_fire(j, p, oid, err) : rc;
}

/* The breaker has tripped: it stays so until a person removes the model's entry. */
static void
trip(struct job *j)
{
	struct rai_slot slot = j->slot;
	struct rai_err err = RAI_ERR_INIT;

	if (!j->has_slot || slot.stopped || j->d->dry_run)
		return;
	slot.stopped = 1;
	if (move_slot(j, &slot, &err) < 0)
		rai_cli_warn(j->d->cli, "the stop is not recorded: %s", err.msg);
}

/* One round.  1: decide again on the history as it is now. */
static int
round_of(struct job *j, struct rai_err *err)
{
	int same, rc;

	if (load(j, err) != 0 || decide(j, err) != 0)
		return -1;
	switch (j->decision.verdict) {
	case RAI_VERDICT_DISPATCH:
		return take(j, err);
	case RAI_VERDICT_RESUME:
		same = strcmp(j->past[j->decision.index].alert.identity, j->alert->identity) == 0 &&
		       strcmp(j->past[j->decision.index].alert.source, j->alert->source) == 0;
		rc = resume(j, err);
		return rc == 0 && !same && !j->d->dry_run && !j->d->stopped ? 1 : rc;
	case RAI_VERDICT_SUPPRESS:
		if (strcmp(j->decision.reason, "breaker") == 0)
			trip(j);
		break;
	case RAI_VERDICT_PROPOSE:
		break;
	}
	say_decision(j, "retrain.suppressed", NULL);
	return 0;
}

/* What needs no history is said at once; the rest goes by rounds. */
static int
act(struct job *j, struct rai_err *err)
{
	int i, rc = 1;

	if (decide(j, err) != 0)
		return -1;
	if (j->decision.verdict != RAI_VERDICT_DISPATCH) {
		say_decision(j,
		    j->decision.verdict == RAI_VERDICT_PROPOSE ? "retrain.proposed"
							       : "retrain.suppressed",
		    NULL);
		return 0;
	}
	if (j->target == NULL)
		return rai_fail(err, RAI_EINPUT,
		    "%s: models.%s.dispatch.to: names neither github nor a command",
		    j->d->loop->file, j->model->name);
	for (i = 0; i < ROUNDS && rc == 1; i++)
		rc = round_of(j, err);
	if (rc == 1)
		return rai_fail(err, RAI_ECONFLICT,
		    "models.%s: other dispatchers were faster %d times", j->model->name, ROUNDS);
	return rc;
}

/* The model that the alert is about; NULL with the reason in words. */
static const struct rai_loop_model *
find_model(const struct dispatch *d, const struct rai_alert *alert, struct rai_err *why)
{
	const char *name = alert->model;

	if (alert->kind == RAI_ALERT_NAMED && name == NULL) {
		rai_fail(why, RAI_EINPUT, "the event names no model (data.model or subject)");
		return NULL;
	}
	if (name == NULL)
		name = d->only;
	if (name != NULL && d->only != NULL && strcmp(name, d->only) != 0) {
		rai_fail(why, RAI_EINPUT, "another model than --model %s", d->only);
		return NULL;
	}
	return rai_loop_find(d->loop, name, why);
}

static void
say_nobodys(struct dispatch *d, const struct rai_alert *alert, const struct rai_err *why)
{
	struct job j = {.d = d};
	struct say s = {.kind = "retrain.suppressed",
	    .model = alert->model,
	    .reason = "nothing",
	    .message = why->msg};

	job_say(&j, &s, alert);
}

int
act_on(struct dispatch *d, const struct rai_alert *alert, struct rai_err *err)
{
	const struct rai_loop_model *m;
	struct rai_err why = RAI_ERR_INIT;
	struct job j;
	int rc;

	m = find_model(d, alert, &why);
	if (m == NULL) {
		say_nobodys(d, alert, &why);
		return rai_cli_emit(&d->out, err);
	}
	rc = job_init(&j, d, m, alert, &why);
	if (rc == 0)
		rc = act(&j, &why);
	job_free(&j);
	free(j.argv);
	free(j.token);
	if (rc != 0 && (why.code == RAI_ENET || why.code == RAI_ECONFLICT)) {
		rai_cli_warn(d->cli, "%s", why.msg);
		d->unreachable++;
		rc = 0;
	}
	if (rc != 0) {
		*err = why;
		return rc;
	}
	return rai_cli_emit(&d->out, err);
}

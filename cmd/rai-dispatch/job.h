#ifndef RAI_DISPATCH_JOB_H
#define RAI_DISPATCH_JOB_H

#include "act.h"
#include "base/ulid.h"
#include "say.h"

/* One alert on one model, from the history to the outcome. */
struct job {
	struct dispatch *d;
	const struct rai_loop_model *model;
	const struct rai_alert *alert;
	struct rai_policy policy;
	const struct rai_target *target; /* NULL: rai.yaml names none */
	struct rai_target_call call;
	const char **argv; /* NULL-terminated copy for call.argv */
	char *token;
	char where[256];

	/* the history, as the remote has it */
	struct rai_claim *claim; /* claims, and past[i] is claim[of[i]] read */
	size_t claims;
	struct rai_past *past;
	size_t *of;
	size_t n;
	struct rai_slot slot;
	int has_slot;
	char slot_oid[RAI_OID_TEXT];

	struct rai_decision decision;
};

int64_t job_now(const struct job *j);

/* An event about alert, whose members the caller fills into s beforehand; adds to the output. */
void job_say(struct job *j, struct say *s, const struct rai_alert *alert);

/*
 * Hands a claim that is ours to the target and records what came of it.  oid is its newest
 * commit.  -1 with RAI_ENET or RAI_ECONFLICT: nothing was handed over.
 */
int job_fire(struct job *j, struct rai_past *p, char oid[RAI_OID_TEXT], struct rai_err *err);

/* Writes p's state into the ledger.  1: somebody has taken the claim over. */
int job_record(struct job *j, struct rai_past *p, enum rai_past_state state, char oid[RAI_OID_TEXT],
    struct rai_err *err);

#endif

#ifndef RAI_LEDGER_CLAIM_H
#define RAI_LEDGER_CLAIM_H

#include <stdint.h>

#include "ledger/repo.h"

/*
 * A claim on a cause: the ref refs/rai/claims/<key> is created by compare-and-swap, on the remote
 * when there is one, so that of many dispatchers exactly one wins.  The ref points to a commit
 * with an empty tree whose message is the claim's JSON text; later states of the same cause
 * (dispatched, done, failed) are child commits, so the ref's history is the cause's history.
 */
struct rai_claim {
	char key[128];
	char *text;      /* the newest JSON; freed by rai_claims_free */
	int64_t time_ms; /* when it was first made */
};

/* 0: claimed now; 1: somebody has claimed it before (a 0-or-1 answer, never both to two callers).
 */
int rai_claim_take(struct rai_repo *r, const char *remote, const char *key, const char *json,
    int64_t now_ms, struct rai_err *err);

/* Adds a state to a claim that we hold. */
int rai_claim_update(struct rai_repo *r, const char *remote, const char *key, const char *json,
    int64_t now_ms, struct rai_err *err);

/* All claims whose key begins with prefix, oldest first (fetched from the remote when given). */
int rai_claims_list(struct rai_repo *r, const char *remote, const char *prefix,
    struct rai_claim **out, size_t *n, struct rai_err *err);
void rai_claims_free(struct rai_claim *c, size_t n);

#endif

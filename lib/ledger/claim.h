#ifndef RAI_LEDGER_CLAIM_H
#define RAI_LEDGER_CLAIM_H

#include <stdint.h>

#include "ledger/repo.h"

/*
 * A claim on a cause: the ref refs/rai/claims/<key> is created by compare-and-swap, on the remote
 * when there is one, so that of many dispatchers exactly one wins.  The ref points to a commit
 * with an empty tree whose message is the claim's JSON text; later states of the same cause
 * (dispatched, done, failed) are child commits, so the ref's history is the cause's history.
 * remote is a name or URL, or NULL for the repository itself.
 */
struct rai_claim {
	char key[128];
	char oid[RAI_OID_TEXT]; /* the newest commit */
	char *text;             /* its JSON; freed by rai_claims_free */
	int64_t time_ms;        /* when it was first made, to the second */
};

/* The ref of a key: for messages and events. */
#define RAI_CLAIM_REFS "refs/rai/claims/"

/*
 * 0: claimed now, oid is its commit; 1: somebody has claimed it before: never 0 to two callers.
 * A key holds a-z, 0-9, '-' and '.', begins with a letter or digit and has at most 127 of them.
 */
int rai_claim_take(struct rai_repo *r, const char *remote, const char *key, const char *json,
    int64_t now_ms, char oid[RAI_OID_TEXT], struct rai_err *err);

/*
 * Adds a state to a claim whose newest commit is oid, which becomes the new one.  1: the claim
 * has moved on meanwhile (somebody else has taken it over), and nothing has changed.
 */
int rai_claim_update(struct rai_repo *r, const char *remote, const char *key,
    char oid[RAI_OID_TEXT], const char *json, int64_t now_ms, struct rai_err *err);

/* All claims whose key begins with prefix, oldest first, as they stand on the remote now. */
int rai_claims_list(struct rai_repo *r, const char *remote, const char *prefix,
    struct rai_claim **out, size_t *n, struct rai_err *err);
void rai_claims_free(struct rai_claim *c, size_t n);

#endif

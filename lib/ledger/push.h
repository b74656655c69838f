#ifndef RAI_LEDGER_PUSH_H
#define RAI_LEDGER_PUSH_H

#include "ledger/repo.h"

/*
 * Compare-and-swap of one reference.  expected and oid are commit (or tag) ids in hex; expected
 * NULL means "there must be none yet".  0: ref is oid now; 1: somebody was faster (ref has another
 * value than expected, or is locked), and nothing has changed; -1: failed.
 */

/* In the repository itself. */
int rai_repo_cas(struct rai_repo *r, const char *ref, const char *expected, const char *oid,
    struct rai_err *err);

/*
 * On the remote: sends what the remote lacks of oid, then swaps.  A path or file:// remote is
 * locked and compared in place; over the network the server compares with what it advertised to
 * us, and that is compared with expected.  RAI_ENET when the remote cannot be reached, RAI_EINPUT
 * when it refuses (no permission, a hook, a branch that is checked out there).
 */
int rai_repo_push_cas(struct rai_repo *r, const char *remote, const char *ref, const char *expected,
    const char *oid, struct rai_err *err);

#endif

#ifndef RAI_LEDGER_REPO_H
#define RAI_LEDGER_REPO_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The only door to libgit2: a repository (bare or not), read at a revision without a work tree.
 * Remotes: a path or file://, http(s):// (token by reference), ssh:// (agent or key file).
 */
struct rai_repo;

#define RAI_OID_TEXT 65 /* hex and NUL; SHA-1 uses 41 of it */

int rai_repo_open(const char *path, struct rai_repo **out, struct rai_err *err);
void rai_repo_free(struct rai_repo *r);

/* "main", "HEAD", "refs/...", a tag, a (short) commit id -> the commit's id. */
int rai_repo_resolve(
    struct rai_repo *r, const char *revision, char oid[RAI_OID_TEXT], struct rai_err *err);

/* The file path of that revision; 1 when it is not there. */
int rai_repo_read(struct rai_repo *r, const char *revision, const char *path, struct rai_buf *out,
    struct rai_err *err);

/* Calls each(path, payload) for every file below folder ("" is all), in bytewise order. */
int rai_repo_list(struct rai_repo *r, const char *revision, const char *folder,
    int (*each)(const char *path, void *payload), void *payload, struct rai_err *err);

/* Brings refs/heads/<branch> of the remote into refs/remotes/<remote>/<branch>.  RAI_ENET on
 * failure. */
int rai_repo_fetch(struct rai_repo *r, const char *remote, const char *branch, struct rai_err *err);

#endif

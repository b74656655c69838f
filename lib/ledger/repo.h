#ifndef RAI_LEDGER_REPO_H
#define RAI_LEDGER_REPO_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The only door to libgit2: a repository (bare or not), read at a revision without a work tree.
 * Remotes: a path or file://, http(s):// (with a token), ssh:// (keys of the agent).
 */
struct rai_repo;

#define RAI_OID_TEXT 65 /* hex and NUL; SHA-1 uses 41 of it */

/* Once per program, in main, around everything else of this room. */
int rai_ledger_init(struct rai_err *err);
void rai_ledger_done(void);

/* path is the repository or a folder in its work tree. */
int rai_repo_open(const char *path, struct rai_repo **out, struct rai_err *err);
void rai_repo_free(struct rai_repo *r); /* NULL is fine */

/*
 * The token for http(s) remotes, or NULL for none (user name x-access-token); copied, never put
 * into messages.  Where it comes from (conf/secret.h) is the caller's business.
 */
int rai_repo_set_token(struct rai_repo *r, const char *token, struct rai_err *err);

/* The folder of the work tree with a slash at its end, or NULL for a bare repository; r's own. */
const char *rai_repo_work_tree(const struct rai_repo *r);

/* The branch that HEAD is on ("main"), also before its first commit; 1: HEAD is detached. */
int rai_repo_branch(struct rai_repo *r, char *out, size_t size, struct rai_err *err);

/* "main", "HEAD", "refs/...", a tag, a (short) commit id -> the commit's id. */
int rai_repo_resolve(
    struct rai_repo *r, const char *revision, char oid[RAI_OID_TEXT], struct rai_err *err);

/* What a full reference name points at (not peeled); 1 when there is no such reference. */
int rai_repo_ref(struct rai_repo *r, const char *ref, char oid[RAI_OID_TEXT], struct rai_err *err);

/* The file path of that revision; 1 when it is not there. */
int rai_repo_read(struct rai_repo *r, const char *revision, const char *path, struct rai_buf *out,
    struct rai_err *err);

/* Calls each(path, payload) for every file below folder ("" is all), in bytewise order.
 * A result other than 0 ends the walk and is returned (-1: each has filled its own error). */
int rai_repo_list(struct rai_repo *r, const char *revision, const char *folder,
    int (*each)(const char *path, void *payload), void *payload, struct rai_err *err);

/* The same with each file's content (len bytes), which lives during the call: one walk reads ten
 * thousand files where rai_repo_read() would look each of them up from the top. */
int rai_repo_each(struct rai_repo *r, const char *revision, const char *folder,
    int (*each)(const char *path, const char *bytes, size_t len, void *payload), void *payload,
    struct rai_err *err);

/* 1 when commit ancestor is oid itself or in its history, 0 when not. */
int rai_repo_contains(
    struct rai_repo *r, const char *oid, const char *ancestor, struct rai_err *err);

/* A remote is a configured name ("origin"), or a URL or path as it stands. */

/* The remote's URL without user name and password, for people; 1: there is no such remote. */
int rai_repo_remote_url(struct rai_repo *r, const char *remote, char *out, size_t size);

/*
 * What a full reference name ("refs/heads/main") points at on the remote now; 1 when it has none.
 * One round trip and no objects: for polling.  RAI_ENET when the remote cannot be reached.
 */
int rai_repo_remote_ref(struct rai_repo *r, const char *remote, const char *ref,
    char oid[RAI_OID_TEXT], struct rai_err *err);

/* Brings refs/heads/<branch> of the remote into refs/remotes/<remote>/<branch> (of a remote that
 * is a URL: refs/rai/fetched/<branch>).  1: the remote has no such branch.  RAI_ENET on failure. */
int rai_repo_fetch(struct rai_repo *r, const char *remote, const char *branch, struct rai_err *err);

#endif

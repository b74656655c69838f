#ifndef RAI_LEDGER_COMMIT_H
#define RAI_LEDGER_COMMIT_H

#include <stddef.h>
#include <stdint.h>

#include "ledger/repo.h"

/*
 * Commits made in the object database, without touching a work tree: until a reference is moved
 * (ledger/push.h) nobody sees them, and a kill leaves nothing but unused objects.
 * Author and committer come from GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_..., else from
 * user.name and user.email of git's configuration; the time is the caller's, in UTC.
 */
struct rai_change {
	const char *path;  /* "models/x/CHANGELOG.md" */
	const char *bytes; /* NULL: the file goes */
	size_t len;
};

int rai_commit_make(struct rai_repo *r, const char *base, const struct rai_change *changes,
    size_t n, const char *message, int64_t now_ms, char oid[RAI_OID_TEXT], struct rai_err *err);

/* An annotated tag object called name; no reference is made. */
int rai_commit_tag(struct rai_repo *r, const char *commit, const char *name, const char *message,
    int64_t now_ms, char oid[RAI_OID_TEXT], struct rai_err *err);

struct rai_commit {
	char oid[RAI_OID_TEXT], parent[RAI_OID_TEXT]; /* parent: the first, or "" */
	char author[200], committer[200];             /* "Name <mail>" */
	int64_t time_ms;                              /* of the committer */
	char *message;                                /* freed by rai_commit_release */
};

int rai_commit_read(
    struct rai_repo *r, const char *revision, struct rai_commit *out, struct rai_err *err);
void rai_commit_release(struct rai_commit *c);

/* The id of a file (a blob) at a revision; 1: not there. */
int rai_commit_file_id(struct rai_repo *r, const char *revision, const char *path,
    char oid[RAI_OID_TEXT], struct rai_err *err);

/*
 * The work tree.  Clean means: no tracked file is changed, staged or missing; untracked files do
 * not count, except where one stands in the way of a change.  An update that was killed after its
 * reference had moved (index and files are the parent's) is finished first.
 */
int rai_work_tree_check(
    struct rai_repo *r, const struct rai_change *changes, size_t n, struct rai_err *err);

/* Brings index and files from commit old to commit new; HEAD has been moved by the caller. */
int rai_work_tree_update(struct rai_repo *r, const char *old, const char *new, struct rai_err *err);

#endif

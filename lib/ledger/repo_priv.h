#ifndef RAI_LEDGER_REPO_PRIV_H
#define RAI_LEDGER_REPO_PRIV_H

#include <git2.h>

#include "ledger/repo.h"

/* For the files of this room only: what stands behind a struct rai_repo. */
struct rai_repo {
	git_repository *git;
	char *token; /* or NULL */
};

/* Puts "fmt: libgit2's reason" into err and returns -1. */
int rai_git_fail(struct rai_err *err, enum rai_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* For a configured name, a URL or a path; freed with git_remote_free(). */
int rai_git_remote(struct rai_repo *r, const char *name, git_remote **out, struct rai_err *err);

/* The folder behind a remote that is a path or file://, or NULL (also without memory). */
char *rai_git_remote_path(git_remote *remote);

/* "origin (https://host/repo.git)": for messages, without credentials. */
void rai_git_remote_label(git_remote *remote, const char *name, char *out, size_t size);

/* Credentials for one connection; count starts at 0. */
struct rai_git_login {
	const struct rai_repo *repo;
	int count;
};

void rai_git_callbacks(git_remote_callbacks *cb, struct rai_git_login *login);

/* -1 with RAI_ENET, or RAI_EINPUT where the remote refused our credentials. */
int rai_git_remote_fail(struct rai_err *err, int code, const char *label, const char *what);

/* A commit by its id in hex; freed with git_commit_free(). */
int rai_git_commit(struct rai_repo *r, const char *oid, git_commit **out, struct rai_err *err);

/* A revision's tree; freed with git_tree_free(). */
int rai_git_tree(struct rai_repo *r, const char *revision, git_tree **out, struct rai_err *err);

#endif

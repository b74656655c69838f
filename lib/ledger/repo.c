#include "ledger/repo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/repo_priv.h"

int
rai_git_fail(struct rai_err *err, enum rai_code code, const char *fmt, ...)
{
	const git_error *e = git_error_last();
	char what[RAI_ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return rai_fail(
	    err, code, "%s: %s", what, e != NULL && e->message != NULL ? e->message : "git failed");
}

/* Objects and references reach the disk before a release is called done. */
int
rai_ledger_init(struct rai_err *err)
{
	if (git_libgit2_init() < 0 || git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) != 0)
		return rai_git_fail(err, RAI_ESYS, "libgit2");
	return 0;
}

void
rai_ledger_done(void)
{
	git_libgit2_shutdown();
}

static int
open_fail(int code, const char *path, struct rai_err *err)
{
	if (code == GIT_ENOTFOUND)
		return rai_fail(err, RAI_EINPUT,
		    "%s: not a Git repository (git init makes one, git clone fetches one)", path);
	if (code == GIT_EOWNER)
		return rai_fail(err, RAI_EINPUT,
		    "%s: the repository belongs to another user (if you trust it: git config "
		    "--global --add safe.directory %s)",
		    path, path);
	return rai_git_fail(err, RAI_EINPUT, "%s: cannot open the repository", path);
}

int
rai_repo_open(const char *path, struct rai_repo **out, struct rai_err *err)
{
	struct rai_repo *r = calloc(1, sizeof(*r));
	int code;

	if (r == NULL)
		return rai_fail_memory(err);
	code = git_repository_open_ext(&r->git, path, 0, NULL);
	if (code != 0) {
		free(r);
		return open_fail(code, path, err);
	}
	*out = r;
	return 0;
}

void
rai_repo_free(struct rai_repo *r)
{
	if (r == NULL)
		return;
	git_repository_free(r->git);
	free(r->token);
	free(r);
}

int
rai_repo_set_token(struct rai_repo *r, const char *token, struct rai_err *err)
{
	free(r->token);
	r->token = NULL;
	if (token != NULL && (r->token = strdup(token)) == NULL)
		return rai_fail_memory(err);
	return 0;
}

const char *
rai_repo_work_tree(const struct rai_repo *r)
{
	return git_repository_workdir(r->git);
}

int
rai_repo_branch(struct rai_repo *r, char *out, size_t size, struct rai_err *err)
{
	git_reference *head = NULL;
	const char *target;
	int rc = 1;

	if (git_reference_lookup(&head, r->git, "HEAD") != 0)
		return rai_git_fail(err, RAI_EINPUT, "HEAD");
	target = git_reference_symbolic_target(head);
	if (target != NULL && strncmp(target, "refs/heads/", 11) == 0) {
		rc = 0;
		if ((size_t)snprintf(out, size, "%s", target + 11) >= size)
			rc = rai_fail(err, RAI_EINPUT, "%s: the branch's name is too long", target);
	}
	git_reference_free(head);
	return rc;
}

static int
find_commit(struct rai_repo *r, const char *revision, git_object **out, struct rai_err *err)
{
	git_object *any = NULL;
	int code = git_revparse_single(&any, r->git, revision);

	if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC)
		return rai_fail(err, RAI_EINPUT, "no branch, tag or commit \"%.200s\" in %s",
		    revision, git_repository_path(r->git));
	if (code == GIT_EAMBIGUOUS)
		return rai_fail(err, RAI_EINPUT,
		    "\"%.200s\" is the start of several commit ids (give more letters)", revision);
	if (code != 0)
		return rai_git_fail(err, RAI_EINPUT, "revision \"%.200s\"", revision);
	code = git_object_peel(out, any, GIT_OBJECT_COMMIT);
	git_object_free(any);
	if (code != 0)
		return rai_fail(err, RAI_EINPUT, "\"%.200s\" is no commit", revision);
	return 0;
}

int
rai_repo_resolve(
    struct rai_repo *r, const char *revision, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	git_object *commit = NULL;

	if (find_commit(r, revision, &commit, err) != 0)
		return -1;
	git_oid_tostr(oid, RAI_OID_TEXT, git_object_id(commit));
	git_object_free(commit);
	return 0;
}

int
rai_repo_ref(struct rai_repo *r, const char *ref, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	git_oid id;
	int code = git_reference_name_to_id(&id, r->git, ref);

	if (code == GIT_ENOTFOUND)
		return 1;
	if (code != 0)
		return rai_git_fail(err, RAI_EINPUT, "reference %s", ref);
	git_oid_tostr(oid, RAI_OID_TEXT, &id);
	return 0;
}

int
rai_git_commit(struct rai_repo *r, const char *oid, git_commit **out, struct rai_err *err)
{
	git_oid id;

	if (git_oid_fromstr(&id, oid) != 0 || git_commit_lookup(out, r->git, &id) != 0)
		return rai_git_fail(err, RAI_EINPUT, "commit %.12s", oid);
	return 0;
}

int
rai_git_tree(struct rai_repo *r, const char *revision, git_tree **out, struct rai_err *err)
{
	git_object *commit = NULL;
	int code;

	if (find_commit(r, revision, &commit, err) != 0)
		return -1;
	code = git_commit_tree(out, (git_commit *)commit);
	git_object_free(commit);
	return code == 0 ? 0 : rai_git_fail(err, RAI_EINPUT, "the tree of \"%.200s\"", revision);
}

int
rai_repo_read(struct rai_repo *r, const char *revision, const char *path, struct rai_buf *out,
    struct rai_err *err)
{
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	git_blob *blob = NULL;
	int code, rc = -1;

	if (rai_git_tree(r, revision, &tree, err) != 0)
		return -1;
	code = git_tree_entry_bypath(&entry, tree, path);
	if (code == GIT_ENOTFOUND || (code == 0 && git_tree_entry_type(entry) != GIT_OBJECT_BLOB)) {
		rc = 1;
		goto out;
	}
	if (code != 0 || git_blob_lookup(&blob, r->git, git_tree_entry_id(entry)) != 0) {
		rai_git_fail(err, RAI_EINPUT, "%s at %.100s", path, revision);
		goto out;
	}
	rai_buf_add(out, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	rc = rai_buf_check(out, path, err);
out:
	git_blob_free(blob);
	git_tree_entry_free(entry);
	git_tree_free(tree);
	return rc;
}

enum { MAX_DEPTH = 64 };

struct walk {
	struct rai_repo *r;
	int (*each)(const char *path, void *payload);
	int (*read)(const char *path, const char *bytes, size_t len, void *payload); /* or this */
	void *payload;
	struct rai_buf path;
	struct rai_err *err;
};

static int
visit(struct walk *w, const git_tree_entry *e)
{
	git_blob *blob = NULL;
	int rc;

	if (w->read == NULL)
		return w->each(w->path.ptr, w->payload);
	if (git_blob_lookup(&blob, w->r->git, git_tree_entry_id(e)) != 0)
		return rai_git_fail(w->err, RAI_EINPUT, "%s", w->path.ptr);
	rc = w->read(
	    w->path.ptr, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob), w->payload);
	git_blob_free(blob);
	return rc;
}

static int
walk_tree(struct walk *w, const git_oid *id, int depth)
{
	size_t i, n, mark = w->path.len;
	git_tree *tree = NULL;
	int rc = 0;

	if (depth > MAX_DEPTH)
		return rai_fail(w->err, RAI_EINPUT, "%s: folders nested too deep", w->path.ptr);
	if (git_tree_lookup(&tree, w->r->git, id) != 0)
		return rai_git_fail(w->err, RAI_EINPUT, "folder %s", w->path.ptr);
	n = git_tree_entrycount(tree);
	for (i = 0; rc == 0 && i < n; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);

		rai_buf_str(&w->path, git_tree_entry_name(e));
		if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
			rai_buf_char(&w->path, '/');
		rc = rai_buf_check(&w->path, "a path", w->err);
		if (rc == 0 && git_tree_entry_type(e) == GIT_OBJECT_TREE)
			rc = walk_tree(w, git_tree_entry_id(e), depth + 1);
		else if (rc == 0 && git_tree_entry_type(e) == GIT_OBJECT_BLOB)
			rc = visit(w, e);
		w->path.len = mark;
		w->path.ptr[mark] = '\0';
	}
	git_tree_free(tree);
	return rc;
}

static int
walk_folder(struct walk *w, const char *revision, const char *folder)
{
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	size_t n = strlen(folder);
	int code, rc = -1;

	if (rai_git_tree(w->r, revision, &tree, w->err) != 0)
		return -1;
	while (n > 0 && folder[n - 1] == '/')
		n--;
	if (n == 0) {
		rc = walk_tree(w, git_tree_id(tree), 0);
		goto out;
	}
	rai_buf_add(&w->path, folder, n);
	if (rai_buf_check(&w->path, "a path", w->err) != 0)
		goto out;
	code = git_tree_entry_bypath(&entry, tree, w->path.ptr);
	if (code == 0 && git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
		rai_buf_char(&w->path, '/');
		rc = walk_tree(w, git_tree_entry_id(entry), 0);
	} else if (code == 0 || code == GIT_ENOTFOUND)
		rc = 0;
	else
		rai_git_fail(w->err, RAI_EINPUT, "%s at %.100s", folder, revision);
out:
	git_tree_entry_free(entry);
	git_tree_free(tree);
	return rc;
}

int
rai_repo_list(struct rai_repo *r, const char *revision, const char *folder,
    int (*each)(const char *path, void *payload), void *payload, struct rai_err *err)
{
	struct walk w = {r, each, NULL, payload, RAI_BUF_INIT(1 << 16), err};
	int rc = walk_folder(&w, revision, folder);

	rai_buf_free(&w.path);
	return rc;
}

int
rai_repo_each(struct rai_repo *r, const char *revision, const char *folder,
    int (*each)(const char *path, const char *bytes, size_t len, void *payload), void *payload,
    struct rai_err *err)
{
	struct walk w = {r, NULL, each, payload, RAI_BUF_INIT(1 << 16), err};
	int rc = walk_folder(&w, revision, folder);

	rai_buf_free(&w.path);
	return rc;
}

int
rai_repo_contains(struct rai_repo *r, const char *oid, const char *ancestor, struct rai_err *err)
{
	git_oid a, b;
	int rc;

	if (git_oid_fromstr(&a, oid) != 0 || git_oid_fromstr(&b, ancestor) != 0)
		return rai_git_fail(err, RAI_EINPUT, "commit id");
	if (git_oid_equal(&a, &b))
		return 1;
	rc = git_graph_descendant_of(r->git, &a, &b);
	if (rc < 0)
		return rai_git_fail(err, RAI_EINPUT, "the history of %.12s", oid);
	return rc;
}

#include "ledger/commit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/repo_priv.h"

/* GIT_<role>_<what>, else user.<what>; NULL: neither. */
static char *
identity(git_config *config, const char *role, const char *what, const char *key)
{
	git_buf value = {NULL, 0, 0};
	char name[64], *out = NULL;
	const char *env;

	snprintf(name, sizeof(name), "GIT_%s_%s", role, what);
	env = getenv(name);
	if (env != NULL && *env != '\0')
		return strdup(env);
	if (git_config_get_string_buf(&value, config, key) == 0 && value.size > 0)
		out = strdup(value.ptr);
	git_buf_dispose(&value);
	return out;
}

static int
signature(
    struct rai_repo *r, const char *role, int64_t now_ms, git_signature **out, struct rai_err *err)
{
	git_config *config = NULL;
	char *name = NULL, *email = NULL;
	int rc = -1;

	if (git_repository_config_snapshot(&config, r->git) != 0)
		return rai_git_fail(err, RAI_EINPUT, "git's configuration");
	name = identity(config, role, "NAME", "user.name");
	email = identity(config, role, "EMAIL", "user.email");
	if (name == NULL || email == NULL)
		rai_fail(err, RAI_EINPUT,
		    "who commits? set GIT_%s_NAME and GIT_%s_EMAIL, or git config user.name and "
		    "user.email",
		    role, role);
	else if (git_signature_new(out, name, email, now_ms / 1000, 0) != 0)
		rai_git_fail(err, RAI_EINPUT, "\"%s <%s>\"", name, email);
	else
		rc = 0;
	free(name);
	free(email);
	git_config_free(config);
	return rc;
}

static int
write_tree(struct rai_repo *r, git_tree *base, const struct rai_change *changes, size_t n,
    git_oid *out, struct rai_err *err)
{
	git_tree_update *up = calloc(n ? n : 1, sizeof(*up));
	size_t i;
	int rc = -1;

	if (up == NULL)
		return rai_fail_memory(err);
	for (i = 0; i < n; i++) {
		up[i].path = changes[i].path;
		up[i].filemode = GIT_FILEMODE_BLOB;
		up[i].action =
		    changes[i].bytes != NULL ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
		if (changes[i].bytes != NULL && git_blob_create_from_buffer(&up[i].id, r->git,
						    changes[i].bytes, changes[i].len) != 0) {
			rai_git_fail(err, RAI_ESYS, "%s", changes[i].path);
			goto out;
		}
	}
	if (git_tree_create_updated(out, r->git, base, n, up) != 0)
		rai_git_fail(err, RAI_EINPUT, "the new tree");
	else
		rc = 0;
out:
	free(up);
	return rc;
}

int
rai_commit_make(struct rai_repo *r, const char *base, const struct rai_change *changes, size_t n,
    const char *message, int64_t now_ms, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	git_signature *author = NULL, *committer = NULL;
	git_commit *parent = NULL;
	const git_commit *parents[1];
	git_tree *before = NULL, *after = NULL;
	git_oid id;
	int rc = -1;

	if (signature(r, "AUTHOR", now_ms, &author, err) != 0 ||
	    signature(r, "COMMITTER", now_ms, &committer, err) != 0)
		goto out;
	if (rai_git_commit(r, base, &parent, err) != 0)
		goto out;
	if (git_commit_tree(&before, parent) != 0) {
		rai_git_fail(err, RAI_EINPUT, "the tree of commit %.12s", base);
		goto out;
	}
	if (write_tree(r, before, changes, n, &id, err) != 0)
		goto out;
	parents[0] = parent;
	if (git_tree_lookup(&after, r->git, &id) != 0 ||
	    git_commit_create(
		&id, r->git, NULL, author, committer, NULL, message, after, 1, parents) != 0) {
		rai_git_fail(err, RAI_ESYS, "the new commit");
		goto out;
	}
	git_oid_tostr(oid, RAI_OID_TEXT, &id);
	rc = 0;
out:
	git_tree_free(after);
	git_tree_free(before);
	git_commit_free(parent);
	git_signature_free(author);
	git_signature_free(committer);
	return rc;
}

int
rai_commit_tag(struct rai_repo *r, const char *commit, const char *name, const char *message,
    int64_t now_ms, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	git_signature *tagger = NULL;
	git_object *target = NULL;
	git_oid id;
	int rc = -1;

	if (signature(r, "COMMITTER", now_ms, &tagger, err) != 0)
		return -1;
	if (git_oid_fromstr(&id, commit) != 0 ||
	    git_object_lookup(&target, r->git, &id, GIT_OBJECT_COMMIT) != 0 ||
	    git_tag_annotation_create(&id, r->git, name, target, tagger, message) != 0)
		rai_git_fail(err, RAI_EINPUT, "tag %s", name);
	else {
		git_oid_tostr(oid, RAI_OID_TEXT, &id);
		rc = 0;
	}
	git_object_free(target);
	git_signature_free(tagger);
	return rc;
}

int
rai_commit_read(
    struct rai_repo *r, const char *revision, struct rai_commit *out, struct rai_err *err)
{
	git_commit *c = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	if (rai_repo_resolve(r, revision, out->oid, err) != 0 ||
	    rai_git_commit(r, out->oid, &c, err) != 0)
		return -1;
	if (git_commit_parentcount(c) > 0)
		git_oid_tostr(out->parent, RAI_OID_TEXT, git_commit_parent_id(c, 0));
	snprintf(out->author, sizeof(out->author), "%s <%s>", git_commit_author(c)->name,
	    git_commit_author(c)->email);
	snprintf(out->committer, sizeof(out->committer), "%s <%s>", git_commit_committer(c)->name,
	    git_commit_committer(c)->email);
	out->time_ms = (int64_t)git_commit_time(c) * 1000;
	out->message = strdup(git_commit_message(c));
	rc = out->message != NULL ? 0 : rai_fail_memory(err);
	git_commit_free(c);
	return rc;
}

void
rai_commit_release(struct rai_commit *c)
{
	free(c->message);
	c->message = NULL;
}

int
rai_commit_file_id(struct rai_repo *r, const char *revision, const char *path,
    char oid[RAI_OID_TEXT], struct rai_err *err)
{
	git_tree_entry *entry = NULL;
	git_tree *tree = NULL;
	int code, rc;

	if (rai_git_tree(r, revision, &tree, err) != 0)
		return -1;
	code = git_tree_entry_bypath(&entry, tree, path);
	if (code == 0) {
		git_oid_tostr(oid, RAI_OID_TEXT, git_tree_entry_id(entry));
		rc = 0;
	} else if (code == GIT_ENOTFOUND)
		rc = 1;
	else
		rc = rai_git_fail(err, RAI_EINPUT, "%s", path);
	git_tree_entry_free(entry);
	git_tree_free(tree);
	return rc;
}

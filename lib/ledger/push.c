#include "ledger/push.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/repo_priv.h"

struct swap {
	const char *ref;
	git_oid expected, oid; /* expected is zero: must not exist */
};

static int
swap_init(
    struct swap *s, const char *ref, const char *expected, const char *oid, struct rai_err *err)
{
	memset(s, 0, sizeof(*s));
	s->ref = ref;
	if ((expected != NULL && git_oid_fromstr(&s->expected, expected) != 0) ||
	    git_oid_fromstr(&s->oid, oid) != 0)
		return rai_git_fail(err, RAI_EINPUT, "%s", ref);
	return 0;
}

/* 0: ref has the expected value; 1: it has another. */
static int
compare(git_repository *git, const struct swap *s, struct rai_err *err)
{
	git_oid now;
	int code = git_reference_name_to_id(&now, git, s->ref);

	if (code == GIT_ENOTFOUND)
		return git_oid_is_zero(&s->expected) ? 0 : 1;
	if (code != 0)
		return rai_git_fail(err, RAI_EINPUT, "%s", s->ref);
	return git_oid_equal(&now, &s->expected) ? 0 : 1;
}

/*
 * Takes git's own lock file of the reference, compares, writes: nobody, git included, can come
 * between.  A locked reference means that somebody is writing it now.
 */
static int
swap_in(git_repository *git, const struct swap *s, struct rai_err *err)
{
	git_transaction *tx = NULL;
	int code, rc = -1;

	if (git_transaction_new(&tx, git) != 0) {
		rai_git_fail(err, RAI_ESYS, "%s", s->ref);
		goto out;
	}
	code = git_transaction_lock_ref(tx, s->ref);
	if (code == GIT_ELOCKED) {
		rc = 1;
		goto out;
	}
	if (code != 0) {
		rai_git_fail(err, RAI_ESYS, "%s: cannot be locked", s->ref);
		goto out;
	}
	rc = compare(git, s, err);
	if (rc != 0)
		goto out;
	if (git_transaction_set_target(tx, s->ref, &s->oid, NULL, "rai") != 0 ||
	    git_transaction_commit(tx) != 0)
		rc = rai_git_fail(err, RAI_ESYS, "%s: cannot be written", s->ref);
out:
	git_transaction_free(tx);
	return rc;
}

int
rai_repo_cas(
    struct rai_repo *r, const char *ref, const char *expected, const char *oid, struct rai_err *err)
{
	struct swap s;

	if (swap_init(&s, ref, expected, oid, err) != 0)
		return -1;
	return swap_in(r->git, &s, err);
}

enum { MAX_DEPTH = 64 };

struct copy {
	git_repository *from;
	git_odb *here, *there;
	struct rai_err *err;
};

static int
copy_object(struct copy *c, const git_oid *id)
{
	git_odb_object *o = NULL;
	git_oid written;
	int rc = 0;

	if (git_odb_exists(c->there, id))
		return 0;
	if (git_odb_read(&o, c->here, id) != 0 ||
	    git_odb_write(&written, c->there, git_odb_object_data(o), git_odb_object_size(o),
		git_odb_object_type(o)) != 0)
		rc = rai_git_fail(c->err, RAI_ESYS, "copying object %s", git_oid_tostr_s(id));
	git_odb_object_free(o);
	return rc;
}

/* Children first: a tree that is there has all that it names, even after a kill in the middle. */
static int
copy_tree(struct copy *c, const git_oid *id, int depth)
{
	git_tree *tree = NULL;
	size_t i;
	int rc = 0;

	if (git_odb_exists(c->there, id))
		return 0;
	if (depth > MAX_DEPTH)
		return rai_fail(c->err, RAI_EINPUT, "folders nested too deep");
	if (git_tree_lookup(&tree, c->from, id) != 0)
		return rai_git_fail(c->err, RAI_EINPUT, "tree %s", git_oid_tostr_s(id));
	for (i = 0; rc == 0 && i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *e = git_tree_entry_byindex(tree, i);

		if (git_tree_entry_type(e) == GIT_OBJECT_TREE)
			rc = copy_tree(c, git_tree_entry_id(e), depth + 1);
		else if (git_tree_entry_type(e) == GIT_OBJECT_BLOB)
			rc = copy_object(c, git_tree_entry_id(e));
	}
	git_tree_free(tree);
	return rc == 0 ? copy_object(c, id) : rc;
}

static int
copy_commit(struct copy *c, const git_oid *id)
{
	git_commit *commit = NULL;
	int rc;

	if (git_commit_lookup(&commit, c->from, id) != 0)
		return rai_git_fail(c->err, RAI_EINPUT, "commit %s", git_oid_tostr_s(id));
	rc = copy_tree(c, git_commit_tree_id(commit), 0);
	git_commit_free(commit);
	return rc == 0 ? copy_object(c, id) : rc;
}

/* What the remote has already need not be walked: its branches, and the reference's old value. */
static int
hide_known(git_revwalk *walk, git_repository *there, const struct swap *s)
{
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;

	if (!git_oid_is_zero(&s->expected))
		git_revwalk_hide(walk, &s->expected);
	if (git_reference_iterator_glob_new(&it, there, "refs/heads/*") != 0)
		return -1;
	while (git_reference_next(&ref, it) == 0) {
		if (git_reference_target(ref) != NULL)
			git_revwalk_hide(walk, git_reference_target(ref)); /* unknown here: fine */
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	return 0;
}

static int
copy_history(struct copy *c, git_repository *there, const struct swap *s)
{
	git_revwalk *walk = NULL;
	git_object *any = NULL, *commit = NULL;
	git_oid id;
	int rc = -1;

	if (git_object_lookup(&any, c->from, &s->oid, GIT_OBJECT_ANY) != 0 ||
	    git_object_peel(&commit, any, GIT_OBJECT_COMMIT) != 0 ||
	    git_revwalk_new(&walk, c->from) != 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE) != 0 ||
	    git_revwalk_push(walk, git_object_id(commit)) != 0 || hide_known(walk, there, s) != 0) {
		rai_git_fail(c->err, RAI_EINPUT, "%s", s->ref);
		goto out;
	}
	rc = 0;
	while (rc == 0 && git_revwalk_next(&id, walk) == 0)
		rc = copy_commit(c, &id);
	if (rc == 0)
		rc = copy_object(c, &s->oid); /* an annotated tag */
out:
	git_revwalk_free(walk);
	git_object_free(commit);
	git_object_free(any);
	return rc;
}

/* As git does: a branch that is checked out there would no longer match its work tree. */
static int
is_checked_out(git_repository *there, const char *ref)
{
	git_reference *head = NULL;
	const char *target;
	int is = 0;

	if (!git_repository_is_bare(there) && git_reference_lookup(&head, there, "HEAD") == 0) {
		target = git_reference_symbolic_target(head);
		is = target != NULL && strcmp(target, ref) == 0;
	}
	git_reference_free(head);
	return is;
}

static int
push_path(struct rai_repo *r, const char *path, const char *label, const struct swap *s,
    struct rai_err *err)
{
	struct copy c = {r->git, NULL, NULL, err};
	git_repository *there = NULL;
	int rc = -1;

	if (git_repository_open(&there, path) != 0) {
		rai_git_fail(err, RAI_ENET, "%s: cannot be reached", label);
		goto out;
	}
	if (is_checked_out(there, s->ref)) {
		rai_fail(err, RAI_EINPUT,
		    "%s: %s is checked out there (push to a bare repository: git init --bare)",
		    label, s->ref);
		goto out;
	}
	rc = compare(there, s, err);
	if (rc != 0)
		goto out;
	if (git_repository_odb(&c.here, r->git) != 0 || git_repository_odb(&c.there, there) != 0)
		rc = rai_git_fail(err, RAI_ESYS, "%s", label);
	else
		rc = copy_history(&c, there, s);
	if (rc == 0)
		rc = swap_in(there, s, err);
	if (rc < 0)
		rai_wrap(err, "%s", label);
out:
	git_odb_free(c.here);
	git_odb_free(c.there);
	git_repository_free(there);
	return rc;
}

struct talk {
	struct rai_git_login login; /* first: libgit2 gives one payload to all callbacks */
	const struct swap *swap;
	int beaten;
	char refused[200];
};

/* Before anything is sent: the server's value must be the expected one. */
static int
negotiate(const git_push_update **updates, size_t n, void *payload)
{
	struct talk *t = payload;

	if (n != 1 || !git_oid_equal(&updates[0]->src, &t->swap->expected)) {
		t->beaten = 1;
		return GIT_EUSER;
	}
	return 0;
}

static int
answered(const char *ref, const char *status, void *payload)
{
	struct talk *t = payload;

	(void)ref;
	if (status != NULL)
		snprintf(t->refused, sizeof(t->refused), "%s", status);
	return 0;
}

/* The words with which git's own server says that its lock or old value was taken meanwhile. */
static int
means_beaten(const char *status)
{
	return strstr(status, "failed to update ref") != NULL ||
	       strstr(status, "failed to lock") != NULL || strstr(status, "fetch first") != NULL ||
	       strstr(status, "non-fast-forward") != NULL ||
	       strstr(status, "cannot lock ref") != NULL;
}

static int
push_network(struct rai_repo *r, git_remote *remote, const char *label, const struct swap *s,
    struct rai_err *err)
{
	struct talk t = {{r, 0}, s, 0, ""};
	git_push_options opts;
	char name[80], spec[600], *specs[1] = {spec};
	git_strarray list = {specs, 1};
	git_reference *tmp = NULL;
	int code;

	/* libgit2 pushes references only: a private one stands for the object. */
	snprintf(name, sizeof(name), "refs/rai/push/%s", git_oid_tostr_s(&s->oid));
	snprintf(spec, sizeof(spec), "%s:%s", name, s->ref);
	if (git_reference_create(&tmp, r->git, name, &s->oid, 1, NULL) != 0)
		return rai_git_fail(err, RAI_ESYS, "%s", s->ref);
	git_push_options_init(&opts, GIT_PUSH_OPTIONS_VERSION);
	rai_git_callbacks(&opts.callbacks, &t.login);
	opts.callbacks.payload = &t;
	opts.callbacks.push_negotiation = negotiate;
	opts.callbacks.push_update_reference = answered;
	opts.proxy_opts.type = GIT_PROXY_AUTO;
	code = git_remote_push(remote, &list, &opts);
	git_reference_delete(tmp);
	git_reference_free(tmp);
	if (t.beaten || code == GIT_ENONFASTFORWARD || means_beaten(t.refused))
		return 1;
	if (t.refused[0] != '\0')
		return rai_fail(err, RAI_EINPUT, "%s: refuses %s: %s", label, s->ref, t.refused);
	return code == 0 ? 0 : rai_git_remote_fail(err, code, label, "push failed");
}

int
rai_repo_push_cas(struct rai_repo *r, const char *remote, const char *ref, const char *expected,
    const char *oid, struct rai_err *err)
{
	git_remote *g = NULL;
	char label[320], *path;
	struct swap s;
	int rc;

	if (swap_init(&s, ref, expected, oid, err) != 0 || rai_git_remote(r, remote, &g, err) != 0)
		return -1;
	rai_git_remote_label(g, remote, label, sizeof(label));
	path = rai_git_remote_path(g);
	rc = path != NULL ? push_path(r, path, label, &s, err) : push_network(r, g, label, &s, err);
	free(path);
	git_remote_free(g);
	return rc;
}

#include "ledger/claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/push.h"
#include "ledger/repo_priv.h"

enum { MAX_CLAIMS = 100000, MAX_STATES = 10000 };

static int
check_key(const char *key, struct rai_err *err)
{
	size_t n = strlen(key);

	if (n == 0 || n > 127 || strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-.") != n ||
	    key[0] == '-' || key[0] == '.' || strstr(key, "..") != NULL || key[n - 1] == '.')
		return rai_fail(err, RAI_EINPUT, "\"%.130s\" is no key of a claim", key);
	return 0;
}

/* The person's name where git knows one; the time is the caller's.  Freed by the caller. */
static int
sign(git_repository *git, int64_t now_ms, git_signature **out, struct rai_err *err)
{
	git_signature *who = NULL;
	int code;

	if (git_signature_default(&who, git) == 0)
		code = git_signature_new(out, who->name, who->email, now_ms / 1000, 0);
	else
		code = git_signature_new(
		    out, "rai-dispatch", "rai-dispatch@localhost", now_ms / 1000, 0);
	git_signature_free(who);
	return code == 0 ? 0 : rai_git_fail(err, RAI_ESYS, "signature");
}

static int
empty_tree(git_repository *git, git_tree **out)
{
	git_treebuilder *b = NULL;
	git_oid id;
	int code = git_treebuilder_new(&b, git, NULL);

	if (code == 0)
		code = git_treebuilder_write(&id, b);
	if (code == 0)
		code = git_tree_lookup(out, git, &id);
	git_treebuilder_free(b);
	return code;
}

/* A commit that no reference names yet; parent NULL: the first state. */
static int
write_state(git_repository *git, const char *parent, const char *json, int64_t now_ms,
    char oid[RAI_OID_TEXT], struct rai_err *err)
{
	git_signature *who = NULL;
	git_commit *before = NULL;
	git_tree *tree = NULL;
	git_oid id;
	int rc = -1;

	if (sign(git, now_ms, &who, err) != 0)
		goto out;
	if (parent != NULL &&
	    (git_oid_fromstr(&id, parent) != 0 || git_commit_lookup(&before, git, &id) != 0)) {
		rai_git_fail(err, RAI_ESYS, "claim %.40s", parent);
		goto out;
	}
	if (empty_tree(git, &tree) != 0 ||
	    git_commit_create(&id, git, NULL, who, who, NULL, json, tree, before != NULL ? 1 : 0,
		(const git_commit **)&before) != 0) {
		rai_git_fail(err, RAI_ESYS, "writing a claim");
		goto out;
	}
	git_oid_tostr(oid, RAI_OID_TEXT, &id);
	rc = 0;
out:
	git_tree_free(tree);
	git_commit_free(before);
	git_signature_free(who);
	return rc;
}

static int
swap(struct rai_repo *r, const char *remote, const char *key, const char *expected, const char *oid,
    struct rai_err *err)
{
	char ref[160];

	snprintf(ref, sizeof(ref), "%s%s", RAI_CLAIM_REFS, key);
	if (remote == NULL)
		return rai_repo_cas(r, ref, expected, oid, err);
	return rai_repo_push_cas(r, remote, ref, expected, oid, err);
}

int
rai_claim_take(struct rai_repo *r, const char *remote, const char *key, const char *json,
    int64_t now_ms, char oid[RAI_OID_TEXT], struct rai_err *err)
{
	if (check_key(key, err) != 0 || write_state(r->git, NULL, json, now_ms, oid, err) != 0)
		return -1;
	return swap(r, remote, key, NULL, oid, err);
}

int
rai_claim_update(struct rai_repo *r, const char *remote, const char *key, char oid[RAI_OID_TEXT],
    const char *json, int64_t now_ms, struct rai_err *err)
{
	char next[RAI_OID_TEXT];
	int rc;

	if (check_key(key, err) != 0 || write_state(r->git, oid, json, now_ms, next, err) != 0)
		return -1;
	rc = swap(r, remote, key, oid, next, err);
	if (rc == 0)
		snprintf(oid, RAI_OID_TEXT, "%s", next);
	return rc;
}

struct list {
	struct rai_claim *claim;
	size_t n, cap;
};

static int
add(struct list *l, const char *ref, const git_oid *id, const char *prefix, struct rai_err *err)
{
	const char *key = ref + strlen(RAI_CLAIM_REFS);
	struct rai_claim *p;

	if (strncmp(key, prefix, strlen(prefix)) != 0 || check_key(key, NULL) != 0)
		return 0;
	if (l->n == MAX_CLAIMS)
		return rai_fail(err, RAI_EINPUT, "more than %d claims", MAX_CLAIMS);
	if (l->n == l->cap) {
		p = realloc(l->claim, (l->cap * 2 + 16) * sizeof(*p));
		if (p == NULL)
			return rai_fail_memory(err);
		l->claim = p;
		l->cap = l->cap * 2 + 16;
	}
	p = &l->claim[l->n++];
	memset(p, 0, sizeof(*p));
	snprintf(p->key, sizeof(p->key), "%s", key);
	git_oid_tostr(p->oid, sizeof(p->oid), id);
	return 0;
}

/* The refs of a repository that can be opened. */
static int
list_refs(git_repository *git, const char *prefix, struct list *l, struct rai_err *err)
{
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int rc = 0;

	if (git_reference_iterator_glob_new(&it, git, RAI_CLAIM_REFS "*") != 0)
		return rai_git_fail(err, RAI_ESYS, "claims");
	while (rc == 0 && git_reference_next(&ref, it) == 0) {
		if (git_reference_target(ref) != NULL)
			rc =
			    add(l, git_reference_name(ref), git_reference_target(ref), prefix, err);
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	return rc;
}

/* Over the network: the refs as advertised, their objects downloaded, no local ref written. */
static int
list_network(struct rai_repo *r, git_remote *remote, const char *label, const char *prefix,
    struct list *l, struct rai_err *err)
{
	char spec[] = "+" RAI_CLAIM_REFS "*:" RAI_CLAIM_REFS "*", *specs[1] = {spec};
	git_strarray want = {specs, 1};
	struct rai_git_login login = {r, 0};
	git_fetch_options opts;
	const git_remote_head **head;
	size_t n, i;
	int code;

	git_fetch_options_init(&opts, GIT_FETCH_OPTIONS_VERSION);
	rai_git_callbacks(&opts.callbacks, &login);
	opts.proxy_opts.type = GIT_PROXY_AUTO;
	code = git_remote_connect(
	    remote, GIT_DIRECTION_FETCH, &opts.callbacks, &opts.proxy_opts, NULL);
	if (code == 0)
		code = git_remote_ls(&head, &n, remote);
	if (code != 0)
		return rai_git_remote_fail(err, code, label, "claims cannot be listed");
	for (i = 0; i < n; i++)
		if (strncmp(head[i]->name, RAI_CLAIM_REFS, strlen(RAI_CLAIM_REFS)) == 0 &&
		    add(l, head[i]->name, &head[i]->oid, prefix, err) != 0)
			return -1;
	code = l->n > 0 ? git_remote_download(remote, &want, &opts) : 0;
	git_remote_disconnect(remote);
	return code == 0 ? 0 : rai_git_remote_fail(err, code, label, "claims cannot be fetched");
}

/* The text of the newest state and the time of the first. */
static int
read_claim(git_repository *git, struct rai_claim *c, struct rai_err *err)
{
	git_commit *commit = NULL, *parent = NULL;
	git_oid id;
	int depth = 0;

	if (git_oid_fromstr(&id, c->oid) != 0 || git_commit_lookup(&commit, git, &id) != 0)
		return rai_git_fail(err, RAI_ESYS, "%s%s", RAI_CLAIM_REFS, c->key);
	c->text = strdup(git_commit_message(commit));
	while (depth++ < MAX_STATES && git_commit_parent(&parent, commit, 0) == 0) {
		git_commit_free(commit);
		commit = parent;
	}
	c->time_ms = (int64_t)git_commit_time(commit) * 1000;
	git_commit_free(commit);
	return c->text == NULL ? rai_fail_memory(err) : 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct rai_claim *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return strcmp(x->key, y->key);
}

static int
read_all(git_repository *git, struct list *l, struct rai_err *err)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (read_claim(git, &l->claim[i], err) != 0)
			return -1;
	if (l->n > 1)
		qsort(l->claim, l->n, sizeof(*l->claim), by_time);
	return 0;
}

/*
 * Brings the states of a claim here, newest first, as far as they are lacking: a later state of
 * ours needs its parent.
 */
static int
bring(git_odb *from, git_repository *there, git_odb *here, const char *oid)
{
	git_oid id, next = {{0}}, written;
	git_odb_object *o = NULL;
	git_commit *commit = NULL;
	int code = git_oid_fromstr(&id, oid), more = 1;

	while (code == 0 && more && !git_odb_exists(here, &id)) {
		code = git_odb_read(&o, from, &id);
		if (code == 0)
			code = git_odb_write(&written, here, git_odb_object_data(o),
			    git_odb_object_size(o), GIT_OBJECT_COMMIT);
		git_odb_object_free(o);
		o = NULL;
		if (code == 0)
			code = git_commit_lookup(&commit, there, &id);
		more = code == 0 && git_commit_parentcount(commit) > 0;
		if (more)
			git_oid_cpy(&next, git_commit_parent_id(commit, 0));
		git_commit_free(commit);
		commit = NULL;
		id = next;
	}
	return code;
}

static int
bring_all(git_repository *there, git_repository *git, const struct list *l, struct rai_err *err)
{
	git_odb *from = NULL, *here = NULL;
	git_tree *tree = NULL;
	size_t i;
	int code = git_repository_odb(&from, there);

	if (code == 0)
		code = git_repository_odb(&here, git);
	if (code == 0)
		code = empty_tree(git, &tree);
	for (i = 0; code == 0 && i < l->n; i++)
		code = bring(from, there, here, l->claim[i].oid);
	git_tree_free(tree);
	git_odb_free(from);
	git_odb_free(here);
	return code == 0 ? 0 : rai_git_fail(err, RAI_ESYS, "claims cannot be copied");
}

static int
list_path(git_repository *git, const char *path, const char *label, const char *prefix,
    struct list *l, struct rai_err *err)
{
	git_repository *there = NULL;
	int rc;

	if (git_repository_open(&there, path) != 0)
		return rai_git_fail(err, RAI_ENET, "%s: cannot be reached", label);
	rc = list_refs(there, prefix, l, err);
	if (rc == 0)
		rc = bring_all(there, git, l, err);
	if (rc == 0)
		rc = read_all(git, l, err);
	git_repository_free(there);
	return rc;
}

static int
list_remote(
    struct rai_repo *r, const char *remote, const char *prefix, struct list *l, struct rai_err *err)
{
	git_remote *g = NULL;
	char label[320], *path;
	int rc;

	if (rai_git_remote(r, remote, &g, err) != 0)
		return -1;
	rai_git_remote_label(g, remote, label, sizeof(label));
	path = rai_git_remote_path(g);
	if (path != NULL)
		rc = list_path(r->git, path, label, prefix, l, err);
	else {
		rc = list_network(r, g, label, prefix, l, err);
		if (rc == 0)
			rc = read_all(r->git, l, err);
	}
	free(path);
	git_remote_free(g);
	return rc;
}

int
rai_claims_list(struct rai_repo *r, const char *remote, const char *prefix, struct rai_claim **out,
    size_t *n, struct rai_err *err)
{
	struct list l = {NULL, 0, 0};
	int rc;

	if (remote != NULL)
		rc = list_remote(r, remote, prefix, &l, err);
	else {
		rc = list_refs(r->git, prefix, &l, err);
		if (rc == 0)
			rc = read_all(r->git, &l, err);
	}
	if (rc != 0) {
		rai_claims_free(l.claim, l.n);
		return -1;
	}
	*out = l.claim;
	*n = l.n;
	return 0;
}

void
rai_claims_free(struct rai_claim *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(c[i].text);
	free(c);
}

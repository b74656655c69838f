#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "ledger/commit.h"
#include "ledger/repo_priv.h"

/* The first tracked file that is not as HEAD has it; 1: there is none. */
static int
first_change(
    struct rai_repo *r, git_status_show_t show, char *path, size_t size, struct rai_err *err)
{
	git_status_list *list = NULL;
	git_status_options opts;
	const git_status_entry *e;
	int rc = 1;

	git_status_options_init(&opts, GIT_STATUS_OPTIONS_VERSION);
	opts.show = show;
	opts.flags = GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
	if (git_status_list_new(&list, r->git, &opts) != 0)
		return rai_git_fail(err, RAI_EINPUT, "the work tree's state");
	if (git_status_list_entrycount(list) > 0) {
		e = git_status_byindex(list, 0);
		snprintf(path, size, "%s",
		    e->head_to_index != NULL ? e->head_to_index->old_file.path
					     : e->index_to_workdir->old_file.path);
		rc = 0;
	}
	git_status_list_free(list);
	return rc;
}

int
rai_work_tree_update(struct rai_repo *r, const char *old, const char *new, struct rai_err *err)
{
	git_commit *from = NULL, *to = NULL;
	git_tree *before = NULL;
	git_checkout_options opts;
	int rc = -1;

	if (rai_repo_work_tree(r) == NULL || strcmp(old, new) == 0)
		return 0;
	if (rai_git_commit(r, old, &from, err) != 0 || rai_git_commit(r, new, &to, err) != 0)
		goto out;
	git_checkout_options_init(&opts, GIT_CHECKOUT_OPTIONS_VERSION);
	opts.checkout_strategy = GIT_CHECKOUT_SAFE;
	if (git_commit_tree(&before, from) != 0) {
		rai_git_fail(err, RAI_EINPUT, "commit %.12s", old);
		goto out;
	}
	opts.baseline = before;
	if (git_checkout_tree(r->git, (git_object *)to, &opts) != 0)
		rai_git_fail(err, RAI_EINPUT,
		    "the work tree could not follow to %.12s (git status shows why)", new);
	else
		rc = 0;
out:
	git_tree_free(before);
	git_commit_free(from);
	git_commit_free(to);
	return rc;
}

/*
 * Killed between the move of the branch and the update of the files: the index holds the tree of
 * HEAD's parent, and the files are as the index says.  1: it is something else.
 */
static int
finish_update(struct rai_repo *r, struct rai_err *err)
{
	struct rai_commit head;
	char path[16];
	git_commit *parent = NULL;
	git_index *index = NULL;
	git_oid tree;
	int rc = 1;

	if (rai_commit_read(r, "HEAD", &head, err) != 0)
		return -1;
	if (head.parent[0] == '\0' ||
	    first_change(r, GIT_STATUS_SHOW_WORKDIR_ONLY, path, sizeof(path), err) != 1 ||
	    rai_git_commit(r, head.parent, &parent, err) != 0)
		goto out;
	if (git_repository_index(&index, r->git) == 0 && git_index_write_tree(&tree, index) == 0 &&
	    git_oid_equal(&tree, git_commit_tree_id(parent)))
		rc = rai_work_tree_update(r, head.parent, head.oid, err);
out:
	rai_commit_release(&head);
	git_index_free(index);
	git_commit_free(parent);
	return rc;
}

static int
check_in_the_way(
    struct rai_repo *r, const struct rai_change *changes, size_t n, struct rai_err *err)
{
	char oid[RAI_OID_TEXT], *path;
	struct stat st;
	size_t i;
	int rc, there;

	for (i = 0; i < n; i++) {
		rc = rai_commit_file_id(r, "HEAD", changes[i].path, oid, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			continue;
		path = rai_file_join(rai_repo_work_tree(r), changes[i].path);
		if (path == NULL)
			return rai_fail_memory(err);
		there = lstat(path, &st) == 0;
		free(path);
		if (there)
			return rai_fail(err, RAI_EINPUT,
			    "%s: an untracked file stands where the release writes (move it away)",
			    changes[i].path);
	}
	return 0;
}

int
rai_work_tree_check(
    struct rai_repo *r, const struct rai_change *changes, size_t n, struct rai_err *err)
{
	char path[300];
	int rc;

	if (rai_repo_work_tree(r) == NULL)
		return 0;
	rc = first_change(r, GIT_STATUS_SHOW_INDEX_AND_WORKDIR, path, sizeof(path), err);
	if (rc == 0) {
		rc = finish_update(r, err);
		if (rc == 1)
			return rai_fail(err, RAI_EINPUT,
			    "%s: is changed and not committed (git commit it, or git restore it)",
			    path);
	}
	if (rc < 0)
		return -1;
	return check_in_the_way(r, changes, n, err);
}

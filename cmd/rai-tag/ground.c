#include <stdio.h>
#include <string.h>

#include "tag.h"

static int
fetch(struct desk *d, struct ground *g, struct rai_err *err)
{
	char ref[500];
	int named = strpbrk(d->o->remote, "/:.") == NULL, rc;

	rc = rai_repo_fetch(d->repo, d->o->remote, d->branch, err);
	if (rc == 1)
		return 0; /* a new branch there */
	if (rc < 0)
		return -1;
	if (named)
		snprintf(ref, sizeof(ref), "refs/remotes/%s/%s", d->o->remote, d->branch);
	else
		snprintf(ref, sizeof(ref), "refs/rai/fetched/%s", d->branch);
	return rai_repo_ref(d->repo, ref, g->remote, err) < 0 ? -1 : 0;
}

int
ground_find(struct desk *d, struct ground *g, struct rai_err *err)
{
	int ahead, behind;

	memset(g, 0, sizeof(*g));
	if (rai_repo_ref(d->repo, d->ref, g->local, err) < 0 ||
	    (d->o->push && fetch(d, g, err) != 0))
		return -1;
	if (g->local[0] == '\0' && g->remote[0] == '\0')
		return rai_fail(err, RAI_EINPUT,
		    "branch %s has no commit yet (commit rai.yaml and the manifests first)",
		    d->branch);
	if (g->local[0] == '\0' || g->remote[0] == '\0') {
		memcpy(g->base, g->local[0] != '\0' ? g->local : g->remote, sizeof(g->base));
		return 0;
	}
	ahead = rai_repo_contains(d->repo, g->local, g->remote, err);
	behind = ahead == 0 ? rai_repo_contains(d->repo, g->remote, g->local, err) : 0;
	if (ahead < 0 || behind < 0)
		return -1;
	if (!ahead && !behind)
		return rai_fail(err, RAI_EINPUT,
		    "branch %s has diverged: %.12s here, %.12s on %s (git pull --rebase, then "
		    "again)",
		    d->branch, g->local, g->remote, d->o->remote);
	memcpy(g->base, ahead ? g->local : g->remote, sizeof(g->base));
	return 0;
}

/* The tag comes second: a kill between the two is mended by the next run of the same event. */
static int
push(struct desk *d, const struct ground *g, const char *commit, const char *tag_ref,
    const char *tag, struct rai_err *err)
{
	char there[RAI_OID_TEXT];
	int rc = 0;

	if (strcmp(g->remote, commit) != 0)
		rc = rai_repo_push_cas(d->repo, d->o->remote, d->ref,
		    g->remote[0] != '\0' ? g->remote : NULL, commit, err);
	if (rc != 0 || tag == NULL)
		return rc;
	rc = rai_repo_push_cas(d->repo, d->o->remote, tag_ref, NULL, tag, err);
	if (rc == 1) {
		rc = rai_repo_remote_ref(d->repo, d->o->remote, tag_ref, there, err);
		/* still absent (1): another run of this release holds its lock; begin again */
		if (rc == 0 && strcmp(there, tag) != 0)
			rai_cli_warn(d->cli, "%s: %s is there already and stays as it is",
			    d->o->remote, tag_ref);
	}
	return rc;
}

/*
 * The branch here follows.  Without --push this is the compare-and-swap itself; after a push the
 * release is out, so that a branch that somebody moved meanwhile is left to him.
 */
static int
follow(struct desk *d, const struct ground *g, const char *commit, struct rai_err *err)
{
	int rc = 0;

	if (strcmp(g->local, commit) != 0)
		rc = rai_repo_cas(
		    d->repo, d->ref, g->local[0] != '\0' ? g->local : NULL, commit, err);
	if (rc == 1 && d->o->push) {
		rai_cli_warn(
		    d->cli, "branch %s was moved here meanwhile: git pull brings it up", d->branch);
		return 0;
	}
	if (rc == 0 && d->on_head && g->local[0] != '\0')
		rc = rai_work_tree_update(d->repo, g->local, commit, err);
	return rc;
}

static int
remember_remote(struct desk *d, const struct ground *g, const char *commit)
{
	struct rai_err lost = RAI_ERR_INIT;
	char ref[500];

	if (strpbrk(d->o->remote, "/:.") != NULL || strcmp(g->remote, commit) == 0)
		return 0;
	snprintf(ref, sizeof(ref), "refs/remotes/%s/%s", d->o->remote, d->branch);
	return rai_repo_cas(d->repo, ref, g->remote[0] != '\0' ? g->remote : NULL, commit, &lost);
}

int
ground_move(struct desk *d, const struct ground *g, const char *commit, const char *tag_ref,
    const char *tag, struct rai_err *err)
{
	char here[RAI_OID_TEXT];
	int rc = 0;

	if (d->o->push) {
		rc = push(d, g, commit, tag_ref, tag, err);
		if (rc != 0)
			return rc;
		remember_remote(d, g, commit);
	}
	rc = follow(d, g, commit, err);
	if (rc != 0 || tag == NULL)
		return rc;
	if (rai_repo_ref(d->repo, tag_ref, here, err) == 0)
		return 0;
	return rai_repo_cas(d->repo, tag_ref, NULL, tag, err) < 0 ? -1 : 0;
}
